//! Walks an approved order through its life.
//!
//! [`OrderDesk`] is the only owner of order states. It takes [`Approved`](autotrading_risk::Approved) intents from
//! the risk gate, names orders from a sequence, applies the venue's words along the transition table of
//! [`OrderState`](autotrading_domain::OrderState), and makes every [`OrderCommand`] there is. A request without an
//! answer is asked about, never sent again. [`OrderGateway`] is the one door through which a command leaves.
//!
//! ```
//! use autotrading_domain::{InstrumentId, Timestamp};
//! use autotrading_execution::{DeskRules, OrderDesk};
//! use rust_decimal::Decimal;
//!
//! let mut desk = OrderDesk::new(1, DeskRules::default());
//! assert_eq!(desk.next_id().to_string(), "1-1");
//! let exposure = desk.exposure(InstrumentId(0), Decimal::ONE);
//! assert_eq!((exposure.position, exposure.open_buys.get()), (Decimal::ONE, Decimal::ZERO));
//! let mut commands = Vec::new();
//! desk.expire(Timestamp::from_secs(600), &mut commands);
//! assert!(commands.is_empty());
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod algorithm;
mod command;
mod desk;
mod effect;
mod error;
mod gateway;
mod record;
mod rules;
mod shortfall;
mod slippage;

pub use command::{CommandRecord, OrderCommand, Request};
pub use desk::OrderDesk;
pub use effect::{DeskEffect, Remark};
pub use error::DeskError;
pub use gateway::OrderGateway;
pub use record::OrderRecord;
pub use rules::DeskRules;
pub use shortfall::{JudgedFill, JudgedOrder, Shortfall};
pub use slippage::{
    SlippageError, SlippageGuard, SlippageInputs, TooDear, predicted_slippage, realized_slippage,
};
