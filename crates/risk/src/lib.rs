//! Yes with proof, or no with a number.
//!
//! The pre-trade gate judges every order. What it approves, it hands back as [`Approved`], a value that nobody else can
//! make; what it refuses, as a [`Refusal`] with what offended and what was allowed. Openings fail closed on anything
//! missing; a proven close passes a halted, breached, stale gate.
//!
//! ```
//! use autotrading_domain::*;
//! use autotrading_risk::{RiskGate, RiskLimits, Refusal};
//!
//! let btc = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let mut gate = RiskGate::new(&Instruments::new(vec![btc]), RiskLimits::production())?;
//! let (id, now) = (InstrumentId(0), Timestamp::from_secs(1_700_000_000));
//! gate.observe_price(id, 25_000.0, 25_001.0, now);
//! gate.observe_volume(id, 900.0);
//! gate.observe_equity(100_000.0, 100_000.0, now);
//!
//! let order = |sequence, quantity: &str| -> Result<OrderIntent, Box<dyn std::error::Error>> {
//!     Ok(OrderIntent {
//!         id: ClientOrderId { run: 1, sequence },
//!         instrument: id,
//!         strategy: None,
//!         side: Side::Buy,
//!         quantity: Quantity::new(quantity.parse()?)?,
//!         kind: OrderKind::Limit { price: Price::new("25000".parse()?)? },
//!         time_in_force: TimeInForce::Gtc,
//!         reduce_only: false,
//!         bracket: None,
//!         purpose: Purpose::Target,
//!     })
//! };
//! let yes = gate.review(order(1, "0.5")?, now);
//! assert_eq!(yes.outcome.unwrap().intent().quantity.to_string(), "0.5");
//! // The first order rests and counts: 0.5 + 0.4 at 25 000 would be 22.5 % of equity.
//! let no = gate.review(order(2, "0.4")?, now);
//! assert_eq!(no.outcome.unwrap_err(), Refusal::ConcentrationLimit { would_be: 0.225, limit: 0.2 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod approved;
mod assessment;
mod book;
mod book_view;
mod breaker;
mod bucket;
mod cap;
mod cluster;
mod control;
mod decay_text;
mod drawdown;
mod equity;
mod error;
mod forecast_test;
mod gate;
mod heeding;
mod joint_liquidation;
mod level;
mod limits;
mod limits_check;
mod liquidation_risk;
mod live;
mod looseness;
mod monitor;
mod monitor_profiles;
mod monitor_snapshot;
mod nearness;
mod orders;
mod portfolio_risk;
mod profiles;
mod reading;
mod reference;
mod refusal;
mod refusing;
mod repeat;
mod return_memory;
mod review;
mod risk_monitor;
mod snapshot;
mod spent;
mod state;
mod steps;
mod strategy_use;
mod stress;
mod tail_risk;
mod verdict;
mod watch;
mod widening;

pub use approved::{Approved, ApprovedChange};
pub use book_view::{BookView, PositionView};
pub use breaker::{BreakerLimits, CircuitBreakers, Trip};
pub use cap::Cap;
pub use cluster::ClusterLimit;
pub use control::Control;
pub use drawdown::{Drawdown, DrawdownMonitor, LossStreak};
pub use equity::Losses;
pub use error::RiskError;
pub use forecast_test::{ForecastTest, rolling_value_at_risk, test_forecasts};
pub use gate::RiskGate;
pub use joint_liquidation::{JointRules, joint_liquidation_risk};
pub use level::{Level, LevelChange, LevelShares, LevelWatch};
pub use limits::{InstrumentLimits, LossLadder, PriceAge, RateLimit, RepeatLimit, RiskLimits};
pub use limits_check::LimitsError;
pub use liquidation_risk::{Barrier, LiquidationRisk, liquidation_risk};
pub use monitor::{MonitorLimits, PortfolioMonitor, RiskMeasure};
pub use monitor_snapshot::MonitorSnapshot;
pub use portfolio_risk::{RiskSplit, herfindahl, incremental_risk, portfolio_returns, split_risk};
pub use reading::Reading;
pub use reference::{PriceSource, PriceSources, reference_price};
pub use refusal::{MissingInput, Refusal};
pub use review::{ChangeReview, Measured, Review};
pub use risk_monitor::{Alarms, MonitorRules, MonitoredPosition, RiskMonitor};
pub use snapshot::GateSnapshot;
pub use state::{Cause, CommandError, OperatorWord, StateChange};
pub use stress::{Scenario, StressResult, StressedPosition};
pub use tail_risk::{TailModel, TailRisk, filtered_tail_risk, rescaled, tail_risk};
pub use verdict::{Check, Verdict};
pub use widening::LimitsChangeError;
