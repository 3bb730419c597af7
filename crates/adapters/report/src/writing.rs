//! Files: the page, the figures as JSON, trades and equity as tables.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use autotrading_backtest::{Report, Series, TradeRow};

use serde::Serialize;

use crate::{Page, ReportError, csv, page_html};

/// Where the parts of a report are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The page, to be looked at.
    pub page: PathBuf,
    /// Every figure, to be read by programs.
    pub figures: PathBuf,
    /// One line a round trip.
    pub trades: PathBuf,
    /// One line a bar.
    pub equity: PathBuf,
}

/// Writes `report.html`, `report.json`, `trades.csv` and `equity.csv` into a folder, which is made when it is not there.
/// Files of these names are replaced. The same run gives the same bytes.
///
/// # Errors
/// [`ReportError`] with the file and what the system says.
pub fn write_report(folder: &Path, run: &Page<'_>) -> Result<Written, ReportError> {
    self::folder(folder)?;
    let written = Written {
        page: folder.join("report.html"),
        figures: folder.join("report.json"),
        trades: folder.join("trades.csv"),
        equity: folder.join("equity.csv"),
    };
    write_figures(&written.figures, run.report)?;
    write_trades(&written.trades, run.trades)?;
    write_equity(&written.equity, run.series)?;
    write_page(&written.page, run)?;
    Ok(written)
}

/// Writes the page: one file that needs no other and no network.
///
/// # Errors
/// [`ReportError::Write`].
pub fn write_page(file: &Path, run: &Page<'_>) -> Result<(), ReportError> {
    let page = page_html(run);
    write(file, |sink| sink.write_all(page.as_bytes()))
}

/// Writes every figure as indented JSON. Money is text, undefined is `null`.
///
/// # Errors
/// [`ReportError::Write`], [`ReportError::Json`].
pub fn write_figures(file: &Path, report: &Report) -> Result<(), ReportError> {
    let text = json(report)?;
    write(file, |sink| sink.write_all(text.as_bytes()))
}

/// Makes a folder that is not there.
pub(crate) fn folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path)
        .map_err(|source| ReportError::Folder { folder: path.display().to_string(), source })
}

/// Figures as indented JSON.
pub(crate) fn json(figures: &impl Serialize) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(figures).map_err(|source| ReportError::Json { source })?;
    text.push('\n');
    Ok(text)
}

/// Writes one line a round trip; prices and money keep every digit.
///
/// # Errors
/// [`ReportError::Write`].
pub fn write_trades(file: &Path, trades: &[TradeRow]) -> Result<(), ReportError> {
    write(file, |sink| csv::trades(sink, trades))
}

/// Writes one line a bar: its close, prices, equity, drawdown, buy-and-hold, exposure, regime and volatility level.
///
/// # Errors
/// [`ReportError::Write`].
pub fn write_equity(file: &Path, series: &Series) -> Result<(), ReportError> {
    write(file, |sink| csv::equity(sink, series))
}

pub(crate) fn write(
    file: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), ReportError> {
    let fill = || {
        let mut sink = BufWriter::with_capacity(1 << 16, File::create(file)?);
        content(&mut sink)?;
        sink.flush()
    };
    fill().map_err(|source| ReportError::Write { file: file.display().to_string(), source })
}
