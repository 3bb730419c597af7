//! A backtest as one page of HTML, as JSON and as tables.
//!
//! [`write_report`] puts `report.html` (one file that needs no other and no network), `report.json`, `trades.csv` and
//! `equity.csv` into a folder. The same run gives the same bytes. A run without a page writes its parts with
//! [`write_figures`], [`write_trades`] and [`write_equity`].
//!
//! ```
//! use autotrading_backtest::{Series, TradeRow};
//! use autotrading_report::{write_equity, write_trades};
//!
//! # let folder = tempfile::tempdir()?;
//! let trades: Vec<TradeRow> = Vec::new();
//! write_trades(&folder.path().join("trades.csv"), &trades)?;
//! write_equity(&folder.path().join("equity.csv"), &Series::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(clippy::disallowed_methods, reason = "this crate is where reports in files are opened")]

mod charts;
mod csv;
mod error;
mod markup;
mod number;
mod page;
mod regimes;
mod study;
mod table;
mod word;
mod writing;

pub use error::ReportError;
pub use page::{Page, page_html};
pub use regimes::{WrittenRegimes, regimes_html, write_regimes};
pub use study::{
    MARKET_TRADES_HEADER, MonteCarloStudy, OverfitStudy, SweepStudy, cross_validation_html, folds_csv,
    market_equity_csv, market_fills_csv, market_trade_line, market_trades_csv, markets_html, monte_carlo_csv,
    monte_carlo_html, overfit_html, paths_csv, portfolio_csv, portfolio_html, portfolio_weights_csv,
    sweep_csv, sweep_html, walk_forward_html, walks_csv,
};
pub use writing::{Written, write_equity, write_figures, write_page, write_report, write_trades};
