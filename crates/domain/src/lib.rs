//! The words of trading and their laws: pure values without I/O, clock or chance.
//!
//! Market data are measurements (`f64`); orders, fills, balances and limits are obligations (exact decimals). They meet
//! in one place, [`Instrument::price`], which lands on the tick grid.
//!
//! ```
//! use autotrading_domain::{Instrument, Quantity};
//!
//! let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let price = instrument.price(27_123.4)?;
//! let notional = price.times(Quantity::new("0.5".parse()?)?)?;
//! assert_eq!(notional.to_string(), "13561.70");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod error;
mod event;
mod exact;
mod exposure;
mod grid;
mod identity;
mod instrument;
mod margin;
mod market;
mod money;
mod opinion;
mod order;
mod order_life;
mod price;
mod quantity;
mod report;
mod side;
mod tiers;
mod time;
mod trading_state;

pub use error::ValueError;
pub use event::{ConnectionWord, Event, FundingPayment, OperatorAction, OperatorCommand};
pub use exact::BOOKING_PLACES;
pub use exposure::{Account, Exposure, Holding};
pub use grid::Grid;
pub use identity::{BracketId, ClientOrderId, InstrumentId, StrategyId, TradeId};
pub use instrument::{
    Instrument, InstrumentError, InstrumentKind, InstrumentSpec, Instruments, PriceBand, Toward,
};
pub use margin::{
    Liquidation, LiquidationInputs, bankruptcy, headroom, initial_margin, liquidation, unrealized,
};
pub use market::{Bar, BookLevels, InstrumentStatus, Level, MarketData, MarketEvent, Quote, Trade};
pub use money::{Currency, Leverage, Money, Rate};
pub use opinion::{Leg, RegimeEstimate, RegimeLabel, Signal, Target, VolatilityLevel};
pub use order::{Amendment, OrderIntent, OrderKind, Purpose, TimeInForce, Trigger, TriggerSource};
pub use order_life::{IllegalTransition, OrderEvent, OrderState};
pub use price::{Price, PriceDelta};
pub use quantity::Quantity;
pub use report::{Fill, FillCause, Liquidity, OrderReport, Reason, ReportKind};
pub use side::{Direction, Side};
pub use tiers::{MarginTier, MarginTiers, TierError};
pub use time::{Span, Timestamp};
pub use trading_state::TradingState;
