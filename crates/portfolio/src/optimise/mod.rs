//! Convex portfolio programs: a sentence in, certified weights or a typed error out.

mod choice;
mod constraint;
mod corner;
mod exact;
mod frontier;
mod inputs;
mod objective;
mod polish;
mod portfolio;
mod program;
mod scenarios;
mod solution;
mod solving;

pub use choice::Choice;
pub use frontier::{FrontierPoint, efficient_frontier};
pub use inputs::Inputs;
pub use objective::{Reward, Risk};
pub use portfolio::Portfolio;
pub use solution::{Residuals, Solution, SolvedBy};
