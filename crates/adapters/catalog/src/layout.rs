//! Which column holds what: read from the header, or known of a dump without one.

use crate::source::{Record, without_mark};
use crate::{CatalogError, HeaderFault};

/// What the columns of a bar file are called. Other columns are not looked at.
///
/// ```
/// use autotrading_catalog::{Columns, read_bars_from};
/// use autotrading_market_data::ReadRules;
///
/// let columns = Columns { open_time: "date".to_owned(), ..Columns::default() };
/// let file = "date,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n2024-01-02,1,1,1,1,1\n";
/// assert_eq!(read_bars_from(file.as_bytes(), "days.csv", &columns, ReadRules::default())?.history.len(), 2);
/// # Ok::<(), autotrading_catalog::CatalogError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// When the bar opens.
    pub open_time: String,
    /// First price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Last price.
    pub close: String,
    /// Traded amount.
    pub volume: String,
}

impl Default for Columns {
    fn default() -> Self {
        let [open_time, open, high, low, close, volume] = NAMES.map(str::to_owned);
        Self { open_time, open, high, low, close, volume }
    }
}

/// The columns by their own names, in the order of a row.
pub(crate) const NAMES: [&str; 6] = ["open_time", "open", "high", "low", "close", "volume"];
/// The figures of a bar, in the order of a row.
pub(crate) const FIGURES: [&str; 5] = ["open", "high", "low", "close", "volume"];
/// Column that marks bars filled forward; only our own files have it, and only when there is such a bar.
pub(crate) const SYNTHETIC: &str = "synthetic";
/// The public kline dumps have this many columns; the first six are ours.
const KLINE_WIDTH: usize = 12;

impl Columns {
    fn names(&self) -> [&str; 6] {
        [&self.open_time, &self.open, &self.high, &self.low, &self.close, &self.volume].map(String::as_str)
    }
}

/// Places of the columns in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout<const N: usize> {
    pub(crate) places: [usize; N],
    /// How many fields every row has.
    pub(crate) width: usize,
    /// Whether the first row is a header.
    pub(crate) has_header: bool,
}

impl<const N: usize> Layout<N> {
    /// Finds the named columns in a header.
    pub(crate) fn of_header(header: &Record<'_>, names: [&str; N], file: &str) -> Result<Self, CatalogError> {
        let found: Vec<String> = header.fields().map(field_name).collect();
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let mut positions = found.iter().enumerate().filter(|(_, found)| *found == name);
            *place = positions
                .next()
                .map(|(at, _)| at)
                .ok_or_else(|| missing(header, &found, name, &names, file))?;
            if positions.next().is_some() {
                let (file, column) = (file.to_owned(), name.to_owned());
                return Err(CatalogError::TwiceNamed { file, line: header.line(), column });
            }
        }
        Ok(Self { places, width: header.len(), has_header: true })
    }
}

impl Layout<6> {
    /// The layout of a bar file by its first row.
    pub(crate) fn of_bars(first: &Record<'_>, columns: &Columns, file: &str) -> Result<Self, CatalogError> {
        if first.len() == KLINE_WIDTH && is_count(first.field(0)) {
            return Ok(Self { places: [0, 1, 2, 3, 4, 5], width: KLINE_WIDTH, has_header: false });
        }
        Self::of_header(first, columns.names(), file)
    }
}

/// The place of the mark of synthetic bars, if there is one.
pub(crate) fn synthetic_place(header: &Record<'_>) -> Option<usize> {
    header.fields().position(|field| field_name(field) == SYNTHETIC)
}

/// A name without what spreadsheets put around it.
pub(crate) fn field_name(field: &[u8]) -> String {
    String::from_utf8_lossy(without_mark(field)).trim().to_owned()
}

fn is_count(field: &[u8]) -> bool {
    let digits = without_mark(field);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn missing(header: &Record<'_>, found: &[String], name: &str, names: &[&str], file: &str) -> CatalogError {
    let likeness = |candidate: &&String| strsim::jaro_winkler(candidate, name);
    let nearest = found
        .iter()
        .filter(|candidate| !names.contains(&candidate.as_str()) && likeness(candidate) > 0.6)
        .max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    let fault = HeaderFault {
        line: header.line(),
        missing: name.to_owned(),
        nearest: nearest.cloned(),
        found: found.join(","),
        expected: names.join(","),
    };
    CatalogError::Header { file: file.to_owned(), fault: Box::new(fault) }
}
