//! When a position ends: small state machines, one per file, behind one front door, [`ExitPlan`].
//!
//! Prices are measurements here (`f64`, quote currency per base unit); the grid of the instrument turns levels into
//! orders. Inside a bar only its high and low are known, so the pessimistic order is assumed: the stop that stood when the
//! bar began comes before every target, and what the bar's high moves counts from its close on.

mod break_even;
mod course;
mod fixed_stop;
mod ladder;
mod plan;
mod range;
mod rules;
mod take_profit;
mod time_stop;
mod trailing;

pub use plan::{ExitCause, ExitPlan, ExitUpdate, RungLevel};
pub use range::PriceRange;
pub use rules::{
    BreakEvenRule, Distance, EntryFacts, ExitError, ExitRules, Rung, StopRule, TargetRule, TrailingRule,
};
