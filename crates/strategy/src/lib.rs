//! Opinions about the market, and nothing else.
//!
//! A [`Strategy`] sees one event at a time and says what it thinks: direction, strength, confidence, where it would be
//! proven wrong. It cannot send orders. Strategies are made by name from the [`catalogue`], out of [`indicators`] that
//! neither drift nor poison.
//!
//! ```
//! use autotrading_domain::{Bar, Direction, Instrument, InstrumentId, MarketEvent, Span, StrategyId, Timestamp};
//! use autotrading_strategy::{Context, Mandate, Parameters, ParameterValue, Signals, build};
//!
//! let facts = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let mandate = Mandate { strategy: StrategyId(0), instrument: InstrumentId(0), facts };
//! let said = Parameters::new().with("fast", ParameterValue::Integer(1)).with("slow", ParameterValue::Integer(2));
//! let mut strategy = build("sma-cross", &said, mandate)?;
//!
//! let mut signals = Signals::new();
//! for (hour, price) in [(0, 100.0), (1, 99.0), (2, 101.0)] {
//!     let bar = Bar {
//!         open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour)),
//!         interval: Span::HOUR,
//!         open: price, high: price, low: price, close: price, volume: 1.0,
//!         closed: true, synthetic: false,
//!     };
//!     strategy.observe(&MarketEvent::closed_bar(InstrumentId(0), bar), &Context::BLANK, &mut signals)?;
//! }
//! assert_eq!(signals.as_slice()[0].direction, Direction::Long);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod indicators;

mod catalogue;
mod causality;
mod cointegration;
mod compound;
mod conviction;
mod funding_forecast;
mod life_cycle;
mod lockstep;
mod matrix;
mod parameters;
mod pipeline;
mod reach;
mod settings;
mod space;
mod strategies;
mod strategy;

pub use catalogue::{Listing, build, build_across, catalogue, listing};
pub use causality::{Leak, assert_causal, assert_causal_across, opinions, opinions_across};
pub use cointegration::{CointegrationError, EngleGranger, FEWEST_OBSERVATIONS, MOST_LAGS, Significance};
pub use life_cycle::{
    LifeCycle, LifeCycleError, LifeCycleRules, LiveRecord, Reading, Sign, Stage, StageWeights, Transition,
};
pub use matrix::{Blend, CASH, MatrixError, MatrixRow, StrategyMatrix, Weighing};
pub use parameters::{Parameter, ParameterKind, ParameterValue, Parameters};
pub use pipeline::{Admission, Ancestor, Consensus, HeldBack, Pipeline, PipelineSettings, SignalFault};
pub use reach::Reach;
pub use settings::{ParameterError, Settings};
pub use space::{Axis, ParameterGrid, ParameterSpace};
pub use strategy::{
    Context, FundingOutlook, LegContext, Mandate, Signals, Strategy, StrategyError, Universe,
};
