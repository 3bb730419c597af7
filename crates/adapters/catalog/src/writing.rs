//! Bars to CSV, in the form that reads back bit by bit.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use autotrading_domain::{Bar, Timestamp};
use autotrading_market_data::Window;

use crate::CatalogError;
use crate::layout::{NAMES, SYNTHETIC};

/// What to do with a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and say so.
    Keep,
    /// Write over it.
    Replace,
}

/// Writes bars into a file: `open_time,open,high,low,close,volume`, times as RFC 3339 in UTC, and a column `synthetic`
/// when a bar is. Numbers have as many digits as it takes to read the same `f64` back.
///
/// # Errors
/// [`CatalogError::Write`], also for a file that exists and is to be kept.
pub fn write_bars(path: &Path, bars: Window<'_>, existing: Existing) -> Result<(), CatalogError> {
    let name = path.display().to_string();
    let file = match existing {
        Existing::Keep => File::create_new(path),
        Existing::Replace => File::create(path),
    };
    match file {
        Ok(file) => write_bars_to(file, &name, bars),
        Err(source) => Err(CatalogError::Write { file: name, source }),
    }
}

/// Writes bars anywhere; `name` is for messages.
///
/// # Errors
/// [`CatalogError::Write`].
pub fn write_bars_to(sink: impl Write, name: &str, bars: Window<'_>) -> Result<(), CatalogError> {
    let mut sink = BufWriter::with_capacity(1 << 16, sink);
    write_rows(&mut sink, bars)
        .and_then(|()| sink.flush())
        .map_err(|source| CatalogError::Write { file: name.to_owned(), source })
}

fn write_rows(sink: &mut impl Write, bars: Window<'_>) -> io::Result<()> {
    let marked = (0..bars.len()).any(|place| bars.is_synthetic(place));
    sink.write_all(NAMES.join(",").as_bytes())?;
    if marked {
        write!(sink, ",{SYNTHETIC}")?;
    }
    sink.write_all(b"\n")?;
    let mut calendar = Calendar::default();
    for bar in bars.into_bars() {
        calendar.write(sink, bar.open_time)?;
        let Bar { open, high, low, close, volume, .. } = bar;
        write!(sink, ",{open},{high},{low},{close},{volume}")?;
        if marked {
            write!(sink, ",{}", bar.synthetic)?;
        }
        sink.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes times in order; works a date out once a day.
#[derive(Default)]
struct Calendar {
    day: Option<i64>,
    date: String,
}

impl Calendar {
    fn write(&mut self, sink: &mut impl Write, moment: Timestamp) -> io::Result<()> {
        let (seconds, nanos) =
            (moment.nanos().div_euclid(1_000_000_000), moment.nanos().rem_euclid(1_000_000_000));
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        if self.day != Some(day) {
            let whole = moment.to_string();
            self.date = whole.split_once('T').map_or_else(String::new, |(date, _)| date.to_owned());
            self.day = Some(day);
        }
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(sink, "{}T{hour:02}:{minute:02}:{second:02}", self.date)?;
        if nanos != 0 {
            write!(sink, ".{nanos:09}")?;
        }
        sink.write_all(b"Z")
    }
}
