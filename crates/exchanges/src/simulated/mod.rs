//! A venue made of rules: orders in, bars in, reports and payments out.

mod account;
mod admission;
mod book;
mod clearing;
mod costs;
mod crossing;
mod error;
mod execution;
mod fees;
mod funding;
mod funds;
mod gateway;
mod hearing;
mod inside;
mod latency;
mod letter;
mod liquidation;
mod listing;
mod memory;
mod opening;
mod phase;
mod position;
mod post;
mod queue;
mod reason;
mod rules;
#[cfg(test)]
mod scenarios;
mod tape_replay;
mod terms;
mod ticks;
mod venue;
mod working;

pub use account::VenueAccount;
pub use error::VenueError;
pub use fees::{FeeSchedule, FeeTier};
pub use latency::{LatencyLine, LatencyModel};
pub use queue::{CancelWeight, QueueModel, QueueWait};
pub use reason::{FillReason, FillRecord};
pub use rules::{FaultRules, Latency, MarginRule, VenueRules};
pub use tape_replay::TapeReplay;
pub use ticks::TickRules;
pub use venue::SimulatedVenue;
