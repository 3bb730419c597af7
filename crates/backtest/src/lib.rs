//! Replays a market through core against the simulated venue.
//!
//! A [`Backtest`] hands the engine a [`BarReplay`] as its feed and a simulated venue as its gateway; the rest is what
//! paper and live run. What comes out is an [`Outcome`]: a plain [`Report`] with every figure, the series behind the charts,
//! every fill, trade and decision.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod columns;
mod configuration;
mod digest;
mod fees;
mod limits;
mod outcome;
mod performance;
mod recorder;
mod replay;
mod report;
mod research;
mod simulation;

pub use columns::{Change, ColumnFault, ColumnOutcome, ColumnStrategy, Columns, CurveFigures, Keep};
pub use configuration::{BacktestConfiguration, ConfigurationFault, InstrumentRules, RunRules};
pub use outcome::Outcome;
pub use performance::{
    Benchmark, DrawdownEpisode, MonthReturn, Performance, annualised, drawdown_episodes, drawdowns,
    lo_correction, max_drawdown, minimum_track_record, monthly_returns, omega, probabilistic_sharpe, sharpe,
    sharpe_standard_error, sortino, tail_ratio, ulcer_index,
};
pub use recorder::Detail;
pub use replay::{BarReplay, ScriptedOperator, SharedVenue, VenueDoor};
pub use report::{
    Costs, FeeScenario, FillMark, LimitUse, OrderStory, RegimeFigures, Report, RunFacts, Series,
    StateChangeNote, Summary, Tally, TradeRow, TradingFigures,
};
pub use research::ResearchRules;
pub use simulation::{Backtest, BacktestError, Finished, Step};
