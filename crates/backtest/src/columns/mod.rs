//! The fused path: strategies that can be stated over whole columns, with the very results of the event engine.
//!
//! In the research profile an order meets the next open, nothing is refused and nothing is paid but a fee. Then the run
//! is decided by where the opinion changes: between two fills equity is linear in the close. This path looks for the
//! changes block by block, touches the account at fills alone, and answers with the same fills, trades and equity, bit
//! for bit. Where it cannot state the engine's answer exactly, it refuses with a [`ColumnFault`] and approximates
//! nothing; the event engine is the reference.

mod account;
mod block;
mod course;
mod crossing;
mod curve;
mod fault;
mod level;
mod market;
mod outcome;
mod rows;
mod strategy;
mod sweep;
mod terms;

pub use curve::CurveFigures;
pub use fault::ColumnFault;
pub use market::Columns;
pub use outcome::{ColumnOutcome, Keep};
pub use strategy::{Change, ColumnStrategy};
