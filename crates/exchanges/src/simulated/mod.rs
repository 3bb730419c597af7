//! A venue made of rules: orders in, bars in, reports and payments out.

mod account;
mod admission;
mod book;
mod clearing;
mod costs;
mod error;
mod execution;
mod funding;
mod funds;
mod gateway;
mod inside;
mod letter;
mod liquidation;
mod listing;
mod memory;
mod opening;
mod phase;
mod position;
mod post;
mod reason;
mod rules;
#[cfg(test)]
mod scenarios;
mod terms;
mod venue;
mod working;

pub use account::VenueAccount;
pub use error::VenueError;
pub use reason::{FillReason, FillRecord};
pub use rules::{FaultRules, Latency, MarginRule, VenueRules};
pub use venue::SimulatedVenue;
