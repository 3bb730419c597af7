//! The conditional variance, carried on return by return.

use super::forecast::{self, VarianceForecast};
use super::recursion::next_variance;
use super::{GarchParameters, VolatilityModel};
use crate::RegimeError;

/// The variance of the next return under a volatility model: a few numbers, updated in place.
///
/// ```
/// use autotrading_regime::garch::{ConditionalVariance, Dynamics, Errors, GarchParameters, VolatilityModel};
///
/// let model = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::Normal };
/// let parameters = GarchParameters { omega: 0.1, alpha: 0.1, beta: 0.8, ..GarchParameters::ZERO };
/// let mut variance = ConditionalVariance::new(model, parameters, 1.0)?;
/// assert!((variance.observe(2.0)? - 1.3).abs() < 1e-15); // 0.1 + 0.1 * 4 + 0.8 * 1
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConditionalVariance {
    model: VolatilityModel,
    parameters: GarchParameters,
    variance: f64,
}

impl ConditionalVariance {
    /// Starts with the variance of the next return, in squared units of the returns.
    ///
    /// # Errors
    /// Parameters outside of the admissible set; a variance not above zero or not finite.
    pub fn new(
        model: VolatilityModel,
        parameters: GarchParameters,
        variance: f64,
    ) -> Result<Self, RegimeError> {
        parameters.check(model)?;
        if variance > 0.0 && variance.is_finite() {
            Ok(Self { model, parameters, variance })
        } else {
            Err(RegimeError::Parameter { name: "variance", got: variance, allowed: "above 0 and finite" })
        }
    }

    /// Variance of the next return, in squared units of the returns.
    pub const fn variance(&self) -> f64 {
        self.variance
    }

    /// Takes the next return and gives the variance of the one after it. Allocates nothing.
    ///
    /// # Errors
    /// The return is not finite, or so large that the variance would not be; nothing changes.
    #[inline]
    pub fn observe(&mut self, value: f64) -> Result<f64, RegimeError> {
        if !value.is_finite() {
            return Err(RegimeError::NotFinite { what: "return", index: 0, got: value });
        }
        let error = value - self.parameters.mean;
        let next = next_variance(self.model.dynamics, &self.parameters, self.variance, error);
        if !(next > 0.0 && next.is_finite()) {
            return Err(RegimeError::Overflow { what: "the conditional variance" });
        }
        self.variance = next;
        Ok(next)
    }

    /// What to expect of the next `horizon` variances.
    ///
    /// # Errors
    /// A horizon of zero or above 100 000; a variance that leaves the range of finite numbers.
    pub fn forecast(&self, horizon: usize) -> Result<VarianceForecast, RegimeError> {
        forecast::ahead(self.model, &self.parameters, self.variance, horizon)
    }
}
