//! How much, and what held it back.
//!
//! A [`Sizer`] asks an ordered list of caps how large the position may become, takes the lowest ceiling, scales it by
//! multipliers in [0, 1], subtracts what is held and floors the rest to the lot. The [`SizingDecision`] keeps every
//! answer on the way. Rounding is never up, and what is missing or no number opens nothing.
//!
//! ```
//! use autotrading_domain::{Instrument, Side};
//! use autotrading_sizing::{AtrRisk, GrossLeverage, SizeRequest, Sizer, SizingRules};
//!
//! let rules = SizingRules {
//!     atr_risk: Some(AtrRisk { risk_per_trade: 0.01, multiple: 2.0 }),
//!     leverage: Some(GrossLeverage { maximum: 3.0 }),
//!     ..SizingRules::NONE
//! };
//! let sizer = Sizer::new(rules)?;
//! let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let request = SizeRequest { atr: Some(300.0), ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0) };
//! let decision = sizer.size(&request);
//! assert_eq!(decision.quantity.to_string(), "0.166"); // 100 / 600 risked, floored; 3x would be 1.5
//! assert_eq!(decision.bound.to_string(), "atr_risk");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod caps;
pub mod ceiling;
mod decision;
mod edge;
mod growth;
mod multipliers;
mod request;
mod rules;
mod sizer;
mod table;

pub use caps::{
    AtrRisk, Concentration, DrawdownKelly, Fixed, GrossLeverage, Kelly, LiquidationDistance, Liquidity,
    RegimeCaps, SideCaps, ValueAtRisk, ValueAtRiskRoom, VolatilityTarget,
};
pub use ceiling::{Cap, CapName, Ceiling, Refusal};
pub use decision::{Bound, CapReading, Minimum, MultiplierReading, SizingDecision};
pub use edge::{Edge, EdgeTracker};
pub use growth::{DrawdownTolerance, GrowthError, WeightLimits, growth_optimal_weights};
pub use multipliers::{
    CorrelationStep, CorrelationThrottle, DrawdownThrottle, LifeCycle, Multiplier, SignalStrength,
};
pub use request::{BookRisk, MarginMode, SizeRequest};
pub use rules::{SizingRules, SizingRulesError};
pub use sizer::Sizer;
