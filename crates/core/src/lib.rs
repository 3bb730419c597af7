//! The order of the day: one event in, one turn out.
//!
//! [`Engine::turn`] takes one [`Event`](autotrading_domain::Event) through the house: quality, books, regime, opinions,
//! target, size, review, command. What it decided stands in the [`Turn`], with its reasons. A [`Session`] puts the engine
//! between a [`Feed`], an [`OrderGateway`](autotrading_execution::OrderGateway) and a [`Journal`]; backtest, paper and live
//! differ in these three alone.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod approval;
mod books;
mod configuration;
mod engine;
mod error;
mod explain;
mod feed;
mod finding;
mod journal;
mod measures;
mod monitoring;
mod replay;
mod session;
mod toml_text;
mod turn;

pub use approval::{Approval, Profile};
pub use books::Books;
pub use configuration::{Algorithm, Configuration, ExecutionRules, StrategyEntry};
pub use engine::{Engine, Market, RiskMemory};
pub use error::EngineError;
pub use explain::{Explainer, Explanation, UnknownOrder};
pub use feed::Feed;
pub use finding::{Finding, FindingKind};
pub use journal::{Closing, Journal, Opening, OwnedRecord, Record, Unrecorded};
pub use measures::{MeasureRules, Measures};
pub use monitoring::MonitorSettings;
pub use replay::{Replay, ReplayError, Replayed};
pub use session::{Session, SessionError, SessionResult};
pub use toml_text::{ConfigurationError, nearest_name, read_toml};
pub use turn::{Decision, DecisionRecord, Occasion, Outcome, Turn, TurnRecord, Voice};
