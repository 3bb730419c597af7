//! The whole house behind one door: re-exports the inner crates behind features.
//!
//! Each inner crate is a module named by its noun, and a feature of the same name; all are on by default, and with them
//! `optimise`, which gives `portfolio` its conic solver. A bot that wants
//! one judgement alone takes that one, and with it no more than the words that it speaks:
//!
//! ```toml
//! autotrading = { version = "0.1", default-features = false, features = ["sizing"] }
//! ```
//!
//! | module | question it answers |
//! | --- | --- |
//! | `domain` | what is a price, an order, a fill, a margin? |
//! | `statistics` | what do these numbers say, and how surely? |
//! | `market_data` | is this data fit to trade on? |
//! | `regime` | what kind of market is this? |
//! | `strategy` | what do we think will happen? |
//! | `portfolio` | how is capital shared among opinions? |
//! | `sizing` | how much, and what held it back? |
//! | `risk` | may this order go out? |
//! | `positions` | what is held, and what was earned? |
//! | `execution` | where in its life is this order? |
//! | `exchanges` | what would a venue say and do? |
//! | `core` | what happens next? One event in, one turn out |
//! | `backtest` | how would it have gone? |
//!
//! How much may be bought, and what holds it back:
//!
#![cfg_attr(feature = "sizing", doc = "```")]
#![cfg_attr(not(feature = "sizing"), doc = "```ignore")]
//! use autotrading::domain::{Instrument, Side};
//! use autotrading::sizing::{AtrRisk, Concentration, SizeRequest, Sizer};
//!
//! let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let sizer = Sizer::empty()
//!     .with_cap(AtrRisk { risk_per_trade: 0.01, multiple: 2.0 }) // lose 1 % at two average ranges
//!     .with_cap(Concentration { share: 0.2 }); // and hold no more than a fifth
//! let request = SizeRequest { atr: Some(400.0), ..SizeRequest::new(&bitcoin, Side::Buy, 20_000.0, 10_000.0) };
//! let decision = sizer.size(&request);
//! println!("{decision}"); // the table of caps
//! assert_eq!((decision.quantity.to_string(), decision.bound.to_string()), ("0.100".into(), "concentration".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "backtest")]
pub use autotrading_backtest as backtest;
#[cfg(feature = "core")]
pub use autotrading_core as core;
#[cfg(feature = "domain")]
pub use autotrading_domain as domain;
#[cfg(feature = "exchanges")]
pub use autotrading_exchanges as exchanges;
#[cfg(feature = "execution")]
pub use autotrading_execution as execution;
#[cfg(feature = "market-data")]
pub use autotrading_market_data as market_data;
#[cfg(feature = "portfolio")]
pub use autotrading_portfolio as portfolio;
#[cfg(feature = "positions")]
pub use autotrading_positions as positions;
#[cfg(feature = "regime")]
pub use autotrading_regime as regime;
#[cfg(feature = "risk")]
pub use autotrading_risk as risk;
#[cfg(feature = "sizing")]
pub use autotrading_sizing as sizing;
#[cfg(feature = "statistics")]
pub use autotrading_statistics as statistics;
#[cfg(feature = "strategy")]
pub use autotrading_strategy as strategy;
