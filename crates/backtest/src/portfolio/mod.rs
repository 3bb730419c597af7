//! A run of many markets on one clock: one engine, one venue, one account.

mod figures;
mod outcome;
mod record;
mod run;

pub use figures::{InstrumentFigures, PortfolioFill, PortfolioReport, PortfolioSeries, PortfolioTrade};
pub use outcome::{PortfolioFinished, PortfolioOutcome};
pub use run::PortfolioBacktest;
