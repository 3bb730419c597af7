//! What scales the tightest ceiling: factors in [0, 1].

mod correlation;
mod drawdown;

pub use correlation::{CorrelationStep, CorrelationThrottle};
pub use drawdown::DrawdownThrottle;

use crate::{CapName, Refusal, SizeRequest, ceiling};

/// One reason to take less than the caps allow. Built-in ones and those of users are the same to the
/// [`Sizer`](crate::Sizer).
pub trait Multiplier: Send + Sync {
    /// How decisions and reports call it.
    fn name(&self) -> CapName;

    /// How much of the tightest ceiling is taken, in [0, 1]; anything else counts as a refusal.
    ///
    /// # Errors
    /// What it needs and cannot find or believe; counts as a factor of zero.
    fn factor(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal>;
}

/// The signal's strength, in [0, 1]. Always applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalStrength;

impl Multiplier for SignalStrength {
    fn name(&self) -> CapName {
        CapName::new("strength")
    }

    fn factor(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        ceiling::share("signal strength", request.strength)
    }
}

/// The weight that the strategy has earned, in [0, 1]. Always applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LifeCycle;

impl Multiplier for LifeCycle {
    fn name(&self) -> CapName {
        CapName::new("life_cycle")
    }

    fn factor(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        ceiling::share("life-cycle weight", request.life_cycle_weight)
    }
}
