//! Growth-optimal bets beyond the one-asset formula: under a drawdown tolerance, and on many assets at once.

mod drawdown_tolerance;
mod error;
mod many_assets;
mod weight_limits;

pub use drawdown_tolerance::DrawdownTolerance;
pub use error::GrowthError;
pub use many_assets::growth_optimal_weights;
pub use weight_limits::WeightLimits;
