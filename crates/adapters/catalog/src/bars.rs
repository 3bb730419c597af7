//! Bars from CSV.

use std::{io::Read, path::Path};

use crate::CatalogError;
use crate::figure::{Figure, figure};
use crate::layout::{Columns, Layout, NAMES, synthetic_place};
use crate::moment::Clockface;
use crate::source::{self, Record, Rows, without_mark};
use autotrading_domain::Timestamp;
use autotrading_market_data::{Intake, IntakeError, ReadRules, Reading, Row, Survey};

/// Reads a file of bars, `open_time,open,high,low,close,volume` in any order, or one of Binance's public kline dumps with
/// or without header. Times are RFC 3339 or an epoch in s, ms, us or ns, told apart by magnitude, the same throughout.
///
/// # Errors
/// [`CatalogError`] with the file, and with line, column, value and what was expected where a row offends.
pub fn read_bars(path: &Path, rules: ReadRules) -> Result<Reading, CatalogError> {
    let (file, name) = source::open(path)?;
    read_bars_from(file, &name, &Columns::default(), rules)
}

/// Reads bars from any source; `name` is for messages.
///
/// # Errors
/// As [`read_bars`].
pub fn read_bars_from(
    source: impl Read,
    name: &str,
    columns: &Columns,
    rules: ReadRules,
) -> Result<Reading, CatalogError> {
    let mut rows = Rows::new(source, name);
    let Some(first) = rows.next()? else {
        return Err(nothing_in(name));
    };
    let refused = |source| CatalogError::Bars { file: name.to_owned(), source };
    let mut register = Register::open(&first, columns, Intake::new(rules), name)?;
    if !register.layout.has_header {
        register.take(&first).map_err(refused)?;
    }
    while let Some(record) = rows.next()? {
        register.take(&record).map_err(refused)?;
    }
    register.judge.finish().map_err(refused)
}

pub(crate) fn nothing_in(file: &str) -> CatalogError {
    CatalogError::Empty { file: file.to_owned(), expected: format!("a header {}", NAMES.join(",")) }
}

/// Who judges rows: an intake that keeps them, or a survey that gives them away.
pub(crate) trait Judge {
    fn take(&mut self, line: u64, row: &Row) -> Result<(), IntakeError>;
    fn unreadable(
        &mut self,
        line: u64,
        column: &'static str,
        value: &str,
        expected: &str,
    ) -> Result<(), IntakeError>;
}

impl Judge for Intake {
    #[inline]
    fn take(&mut self, line: u64, row: &Row) -> Result<(), IntakeError> {
        Self::take(self, line, row)
    }
    fn unreadable(
        &mut self,
        line: u64,
        column: &'static str,
        value: &str,
        expected: &str,
    ) -> Result<(), IntakeError> {
        Self::unreadable(self, line, column, value, expected)
    }
}

impl Judge for Survey {
    #[inline]
    fn take(&mut self, line: u64, row: &Row) -> Result<(), IntakeError> {
        Self::take(self, line, row)
    }
    fn unreadable(
        &mut self,
        line: u64,
        column: &'static str,
        value: &str,
        expected: &str,
    ) -> Result<(), IntakeError> {
        Self::unreadable(self, line, column, value, expected)
    }
}

/// Reads rows by the layout of their file and hands them in.
#[derive(Debug)]
pub(crate) struct Register<J = Intake> {
    pub(crate) layout: Layout<6>,
    synthetic: Option<usize>,
    clockface: Clockface,
    pub(crate) judge: J,
}

/// A field that does not hold what its column should.
struct Misread<'a> {
    column: &'static str,
    field: &'a [u8],
    expected: &'static str,
}

impl<J: Judge> Register<J> {
    pub(crate) fn open(
        first: &Record<'_>,
        columns: &Columns,
        judge: J,
        file: &str,
    ) -> Result<Self, CatalogError> {
        let layout = Layout::of_bars(first, columns, file)?;
        let synthetic = layout.has_header.then(|| synthetic_place(first)).flatten();
        Ok(Self::new(layout, synthetic, judge))
    }

    pub(crate) fn new(layout: Layout<6>, synthetic: Option<usize>, judge: J) -> Self {
        Self { layout, synthetic, clockface: Clockface::default(), judge }
    }

    /// Takes a row in which not all figures are empty.
    pub(crate) fn take_unless_empty(&mut self, record: &Record<'_>) -> Result<(), IntakeError> {
        let figures = self.layout.places.get(1..).unwrap_or_default();
        let empty = figures.iter().all(|place| record.field(*place).is_empty());
        if empty && record.len() == self.layout.width { Ok(()) } else { self.take(record) }
    }

    #[inline]
    pub(crate) fn take(&mut self, record: &Record<'_>) -> Result<(), IntakeError> {
        let line = record.line();
        if record.len() != self.layout.width {
            let (found, expected) = (record.len(), self.layout.width);
            let expected = format!("{expected} fields as in the first line");
            return self.judge.unreadable(line, "row", &format!("{found} fields"), &expected);
        }
        match self.read(record) {
            Ok(row) => self.judge.take(line, &row),
            Err(Misread { column, field, expected }) => {
                self.judge.unreadable(line, column, &source::shown(field), expected)
            }
        }
    }

    #[inline]
    fn read<'a>(&mut self, record: &Record<'a>) -> Result<Row, Misread<'a>> {
        let [time, open, high, low, close, volume] = self.layout.places.map(|place| record.field(place));
        let open_time = self.time(time)?;
        let (open, high) = (number(open, "open")?, number(high, "high")?);
        let (low, close) = (number(low, "low")?, number(close, "close")?);
        Ok(Row {
            open_time,
            open: open.value,
            high: high.value,
            low: low.value,
            close: close.value,
            volume: number(volume, "volume")?.value,
            synthetic: self.synthetic.map_or(Ok(false), |place| mark(record.field(place)))?,
            price_decimals: open.decimals.max(high.decimals).max(low.decimals).max(close.decimals),
        })
    }

    #[inline]
    fn time<'a>(&mut self, field: &'a [u8]) -> Result<Timestamp, Misread<'a>> {
        self.clockface.read(without_mark(field)).map_err(|expected| Misread {
            column: "open_time",
            field,
            expected,
        })
    }
}

#[inline]
fn number<'a>(field: &'a [u8], column: &'static str) -> Result<Figure, Misread<'a>> {
    figure(field).ok_or(Misread { column, field, expected: "a number" })
}

fn mark(field: &[u8]) -> Result<bool, Misread<'_>> {
    match field {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => Err(Misread { column: "synthetic", field, expected: "true or false" }),
    }
}
