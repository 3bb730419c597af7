//! The order of the day: one event in, one turn out.
//!
//! [`Engine::turn`] takes one [`Event`](autotrading_domain::Event) through the house: quality, books, regime, opinions,
//! target, size, review, command. What it decided stands in the [`Turn`], with its reasons. A [`Session`] puts the engine
//! between a [`Feed`], an [`OrderGateway`](autotrading_execution::OrderGateway) and a [`Journal`]; backtest, paper and live
//! differ in these three alone.
//!
//! ```
//! use autotrading_core::{Engine, Outcome, Turn, read_toml};
//! use autotrading_domain::*;
//!
//! let mut engine = Engine::new(
//!     Instruments::new(vec![Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?]),
//!     read_toml(
//!         r#"
//!         run = 1
//!         stale_after = "1 h"
//!         strategies = [{ name = "sma-cross", parameters = { fast = 2, slow = 3 } }]
//!         pipeline = { max_age = "1 h" }
//!         portfolio = {}
//!         sizing.fixed.quantity = 0.5
//!         ledger = { mode = "one_way", settle = "USDT", margin = { isolated = { leverage = "1" } } }
//!         exits = {}
//!         risk = { price_age = { intervals = 2 }, concentration = "0.5" }
//!         execution = {}
//!         measures = {}
//!         "#,
//!     )?,
//! )?;
//! let mut turn = Turn::default();
//! engine.turn(&Event::Deposit { at: Timestamp::EPOCH, amount: Money::new(100_000.into()) }, &mut turn)?;
//! for (hour, close) in [100.0, 99.0, 98.0, 97.0, 110.0].into_iter().enumerate() {
//!     let bar = Bar {
//!         open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour as i64)),
//!         interval: Span::HOUR,
//!         open: close,
//!         high: close,
//!         low: close,
//!         close,
//!         volume: 10.0,
//!         closed: true,
//!         synthetic: false,
//!     };
//!     engine.turn(&Event::Market(MarketEvent::closed_bar(InstrumentId(0), bar)), &mut turn)?;
//! }
//! // The averages crossed on the last bar: an order was reviewed, and is to be sent.
//! assert!(matches!(turn.decisions()[0].outcome, Outcome::Sent(_)));
//! assert_eq!(turn.commands().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
pub use engine::{Engine, KeptLife, Market, RiskMemory};
pub use error::EngineError;
pub use explain::{Explainer, Explanation, UnknownOrder};
pub use feed::Feed;
pub use finding::{Finding, FindingKind};
pub use journal::{Closing, Journal, Opening, OwnedRecord, Record, Unrecorded};
pub use measures::{MeasureRules, Measures};
pub use monitoring::MonitorSettings;
pub use replay::{Replay, ReplayError, Replayed};
pub use session::{Session, SessionError, SessionResult};
pub use toml_text::{ConfigurationError, nearest_name, place_of, read_toml};
pub use turn::{Decision, DecisionRecord, LifeChange, Occasion, Outcome, Turn, TurnRecord, Voice};
