//! Replays a market through core against the simulated venue.
//!
//! A [`Backtest`] hands the engine a [`BarReplay`] as its feed and a simulated venue as its gateway; the rest is what
//! paper and live run. What comes out is an [`Outcome`]: a plain [`Report`] with every figure, the series behind the charts,
//! every fill, trade and decision.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use autotrading_backtest::{Backtest, Detail, ResearchRules};
//! use autotrading_core::{StrategyEntry, Unrecorded};
//! use autotrading_domain::{Money, Rate};
//! use autotrading_market_data::CommonWorkload;
//!
//! let history = CommonWorkload::history(2_000);
//! let rules = ResearchRules {
//!     strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Default::default() },
//!     fee: Rate::basis_points(5),
//!     size: "1".parse()?,
//!     cash: Money::new(100_000.into()),
//! };
//! let configuration = rules.configuration();
//! let (history, data, detail) = (history.all(), "synthetic", Detail::Figures);
//! let backtest = Backtest { configuration: &configuration, history, funding: &[], data, detail };
//! let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?;
//! let summary = finished.summary(&backtest)?;
//! assert!(finished.venue_agrees() && summary.fills > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod breakdown;
mod columns;
mod configuration;
mod digest;
mod executions;
mod feed;
mod fees;
pub mod laboratory;
mod largest_book;
mod latency;
mod limits;
pub mod monte_carlo;
mod outcome;
mod outlook;
mod performance;
mod portfolio;
mod portfolio_comparison;
mod recorder;
mod regime_figures;
mod regime_study;
mod replay;
mod report;
mod research;
mod running;
mod simulation;
mod trading;
mod trips;
mod voices;
mod walk_table;

pub use breakdown::{Breakdown, GroupFigures};
pub use columns::{Change, ColumnFault, ColumnOutcome, ColumnStrategy, Columns, CurveFigures, Keep};
pub use configuration::{BacktestConfiguration, ConfigurationFault, InstrumentRules, RunRules};
pub use executions::{FillMark, OrderStory, TradeRow};
pub use feed::{FeedError, MarketHistory, MergedReplay};
pub use largest_book::LargestBook;
pub use latency::LatencyRules;
pub use outcome::Outcome;
pub use outlook::Outlook;
pub use performance::{
    Benchmark, Capture, DrawdownEpisode, Excursion, Interval, MonthReturn, Performance, RoundTripFigures,
    Undefined, annualised, conditional_drawdown, drawdown_episodes, drawdowns, lo_correction, max_drawdown,
    minimum_track_record, monthly_returns, omega, probabilistic_sharpe, sharpe, sharpe_interval,
    sharpe_standard_error, sortino, tail_ratio, ulcer_index,
};
pub use portfolio::{
    InstrumentFigures, PortfolioBacktest, PortfolioFill, PortfolioFinished, PortfolioOutcome,
    PortfolioReport, PortfolioSeries, PortfolioTrade,
};
pub use portfolio_comparison::{
    AssetFigures, BreakdownFigures, ComparisonFault, ComparisonReport, ComparisonRules, ComparisonSeries,
    CorrelationFigures, FrontierFigures, MethodFigures, MethodSeries, PortfolioComparison, hold,
};
pub use recorder::Detail;
pub use regime_study::{
    DayFit, ForecastRow, HeldRow, HiddenStates, Hindsight, LabelRow, ParameterRow, RegimeFit, RegimeFitRules,
    RegimeSeries, RegimeStory, RegimeStudyError, StateRow, VolatilityFit, VolatilityTrial, fit_regimes,
    tell_regimes,
};
pub use replay::{BarReplay, ScriptedOperator, SharedVenue, VenueDoor};
pub use report::{
    Contribution, Costs, FeeScenario, LevelNote, LimitUse, RegimeFigures, RegimeTransition, Report, RunFacts,
    Series, StageNote, StateChangeNote, StrategyFigures, Summary, Tally, TradingFigures, ValueAtRiskTest,
};
pub use research::ResearchRules;
pub use simulation::{Backtest, BacktestError, Finished, Step};
pub use walk_table::{WalkStretch, WalkTable};

/// What a book risked, one of its positions, and what a crash would have done to it.
pub use autotrading_risk::{BookView, PositionView, StressResult};
/// A stage in the life of a strategy.
pub use autotrading_strategy::Stage;
