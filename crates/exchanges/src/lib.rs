//! What a venue says and does: its dialect, and the simulated venue.
//!
//! [`SimulatedVenue`] stands behind the same port as a real venue, matches orders against bars, charges fees and
//! funding, liquidates, and keeps its own exact account, so that the venue and our books judge each other. What it does
//! not know about the inside of a bar it takes to our disadvantage.
//!
//! ```
//! use autotrading_domain::{Bar, Instrument, InstrumentId, Instruments, Money, Span, Timestamp};
//! use autotrading_exchanges::{SimulatedVenue, VenueRules};
//!
//! let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let cash = Money::new(100_000.into());
//! let mut venue = SimulatedVenue::new(&Instruments::new(vec![bitcoin]), VenueRules::research(), cash, 1)?;
//!
//! let bar = Bar {
//!     open_time: Timestamp::EPOCH, interval: Span::HOUR, open: 100.0, high: 105.0, low: 99.0, close: 104.0,
//!     volume: 10.0, closed: true, synthetic: false,
//! };
//! let mut events = Vec::new();
//! venue.open_bar(InstrumentId(0), &bar, &mut events)?;
//! venue.close_bar(InstrumentId(0), &bar, &mut events)?;
//! assert!(events.is_empty() && venue.is_idle(InstrumentId(0)));
//! assert_eq!(venue.account().wallet()?, cash);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod binance;
mod simulated;

pub use binance::{BinanceDialect, BinanceMarket, DialectError, FrameKind};
pub use simulated::{
    CancelWeight, FaultRules, FeeSchedule, FeeTier, FillReason, FillRecord, Latency, LatencyLine,
    LatencyModel, MarginRule, QueueModel, QueueWait, SimulatedVenue, TapeReplay, TickRules, VenueAccount,
    VenueError, VenueRules,
};
