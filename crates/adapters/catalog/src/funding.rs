//! Funding rates from CSV.

use std::{io::Read, path::Path};

use autotrading_domain::Rate;
use autotrading_market_data::{FundingError, FundingPoint, FundingSeries};
use rust_decimal::Decimal;

use crate::CatalogError;
use crate::layout::Layout;
use crate::moment::Clockface;
use crate::source::{self, Record, Rows};

/// Our own form.
const OWN: [&str; 2] = ["time", "rate"];
/// Binance's public dumps (`calc_time,funding_interval_hours,last_funding_rate`).
const DUMP: [&str; 2] = ["calc_time", "last_funding_rate"];

/// Reads a funding series: `time,rate`, or a `fundingRate` dump of Binance. Rates are exact decimals, 0.0001 is one basis
/// point; times as in [`crate::read_bars`], strictly ascending.
///
/// # Errors
/// [`CatalogError`] with file, line, column, value and what was expected.
pub fn read_funding(path: &Path) -> Result<FundingSeries, CatalogError> {
    let (file, name) = source::open(path)?;
    read_funding_from(file, &name)
}

/// Reads a funding series from any source; `name` is for messages.
///
/// # Errors
/// As [`read_funding`].
pub fn read_funding_from(source: impl Read, name: &str) -> Result<FundingSeries, CatalogError> {
    let mut rows = Rows::new(source, name);
    let Some(header) = rows.next()? else {
        return Err(CatalogError::Empty { file: name.to_owned(), expected: "a header time,rate".to_owned() });
    };
    let layout = Layout::of_header(&header, OWN, name)
        .or_else(|own| Layout::of_header(&header, DUMP, name).map_err(|_| own))?;
    let (mut clockface, mut points, mut lines) = (Clockface::default(), Vec::new(), Vec::new());
    while let Some(record) = rows.next()? {
        points.push(point(&record, &layout, &mut clockface, name)?);
        lines.push(record.line());
    }
    if points.is_empty() {
        return Err(CatalogError::Empty {
            file: name.to_owned(),
            expected: "a row after the header".to_owned(),
        });
    }
    FundingSeries::new(points).map_err(|FundingError::Order { row, got, last }| CatalogError::Field {
        file: name.to_owned(),
        line: lines.get(row).copied().unwrap_or(0),
        column: "time",
        value: got.to_string(),
        expected: format!("later than {last} in the row before"),
    })
}

fn point(
    record: &Record<'_>,
    layout: &Layout<2>,
    clockface: &mut Clockface,
    name: &str,
) -> Result<FundingPoint, CatalogError> {
    let misread = |column, value: String, expected: String| CatalogError::Field {
        file: name.to_owned(),
        line: record.line(),
        column,
        value,
        expected,
    };
    if record.len() != layout.width {
        let expected = format!("{} fields as in the first line", layout.width);
        return Err(misread("row", format!("{} fields", record.len()), expected));
    }
    let [time, rate] = layout.places.map(|place| record.field(place));
    let at =
        clockface.read(time).map_err(|expected| misread("time", source::shown(time), expected.to_owned()))?;
    let rate = decimal(rate)
        .filter(|rate| rate.abs() < Decimal::ONE)
        .ok_or_else(|| misread("rate", source::shown(rate), "a decimal between -1 and 1".to_owned()))?;
    Ok(FundingPoint { at, rate: Rate::new(rate) })
}

fn decimal(field: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(field).ok()?.trim();
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FundingSeries, CatalogError> {
        read_funding_from(text.as_bytes(), "funding.csv")
    }

    fn message(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn both_forms_read_the_same_and_exactly() {
        let own = read("time,rate\n2024-01-01T00:00:00Z,0.0001\n2024-01-01T08:00:00Z,-7.5e-05\n").unwrap();
        let dump = read(
            "calc_time,funding_interval_hours,last_funding_rate\n\
             1704067200000,8,0.00010000\n1704096000000,8,-0.00007500\n",
        )
        .unwrap();
        assert_eq!(own, dump);
        assert_eq!(own.as_slice()[1].rate.to_string(), "-0.000075");
    }

    #[test]
    fn faults_say_where() {
        assert_eq!(
            message("time,rate\n1704067200,lots\n"),
            "funding.csv, line 2: rate is \"lots\", expected a decimal between -1 and 1"
        );
        assert!(message("time,rate\n1704067200,7\n").contains("between -1 and 1"));
        assert!(message("time,rate\n1704067200,0\n1704067200,0\n").contains("line 3: time is"));
        assert!(message("time,rate\n1704067200\n").contains("1 fields"));
        assert!(message("when,rate\n").contains("lacks \"time\""));
        assert!(message("").contains("is empty"));
        assert!(message("time,rate\n").contains("a row after the header"));
    }
}
