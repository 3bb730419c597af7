//! The books, from fills alone: what is held, what it cost, what was earned, and at which price it would be taken away.
//!
//! A [`Ledger`] is the fold of everything that touched one account in one settlement currency: deposits, fills,
//! funding. It is exact: costs, profits, fees and funding are decimals, rounded once at booking, and satisfy
//! `wallet = deposits + realized - fees + funding` to the last digit. Every change is a [`BookEntry`]; replaying the
//! entries rebuilds the ledger. Marks are measurements, so `f64`, and cost a few operations each.
//!
//! ```
//! use autotrading_domain::*;
//! use autotrading_positions::{Applied, Ledger, LedgerRules};
//!
//! let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
//! let id = InstrumentId(0);
//! let mut books = Ledger::new(&Instruments::new(vec![bitcoin]), LedgerRules::isolated(Leverage::new(5.into())?))?;
//! books.deposit(Money::new(10_000.into()), Timestamp::EPOCH)?;
//! let fill = Fill {
//!     trade: TradeId(1), order: None, instrument: id, side: Side::Buy,
//!     price: Price::new(25_000.into())?, quantity: Quantity::new("0.4".parse()?)?,
//!     fee: Money::new(4.into()), fee_currency: Currency::USDT,
//!     liquidity: Liquidity::Taker, cause: FillCause::Order, at: Timestamp::EPOCH,
//! };
//! assert!(matches!(books.apply_fill(&fill)?, Applied::Booked(_)));
//! assert!(matches!(books.apply_fill(&fill)?, Applied::Duplicate));
//!
//! books.mark(id, 26_000.0); // the hot path: no decimal is touched
//! assert_eq!(books.equity_f64(), 10_396.0); // 10 000 deposited, 4 paid, 400 gained
//! assert_eq!(books.totals().wallet.to_string(), "9996");
//! books.check_identities()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod account;
mod booking;
mod entry;
mod error;
mod exits;
mod fee_balances;
mod identities;
mod inferred;
mod inferring;
mod ledger;
mod liquidation;
mod marks;
mod measured;
mod position;
mod precise;
mod round_trip;
mod rules;
mod snapshot;
mod totals;
mod trade_memory;

pub use account::MarginHealth;
pub use entry::{Applied, BookChange, BookEntry, FillBooked, FundingBooked};
pub use error::{IdentityBroken, LedgerError};
pub use exits::{
    BreakEvenRule, Distance, EntryFacts, ExitCause, ExitError, ExitPlan, ExitRules, ExitUpdate, PriceRange,
    Rung, RungLevel, StopRule, TargetRule, TrailingRule,
};
pub use fee_balances::FeeBalances;
pub use inferred::Unsettled;
pub use ledger::Ledger;
pub use position::Position;
pub use round_trip::{ClosedTrade, RoundTrip};
pub use rules::{LedgerRules, MarginMode, PositionMode};
pub use snapshot::{LedgerSnapshot, SnapshotError};
pub use totals::Totals;
pub use trade_memory::{TRADE_MEMORY, TradeMemory};
