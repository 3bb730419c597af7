//! Which volatility model: how the variance moves, and how its errors are spread.

use super::likelihood;
use super::parameters::check_finite;
use super::{ConditionalVariance, GarchParameters};
use crate::RegimeError;

/// How today's variance follows from yesterday's error `e` and variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dynamics {
    /// `s2' = omega + alpha e^2 + beta s2`. Source: Bollerslev (1986), Journal of Econometrics 31, 307-327.
    Garch,
    /// `s2' = omega + (alpha + gamma [e < 0]) e^2 + beta s2`: losses count more.
    /// Source: Glosten, Jagannathan and Runkle (1993), Journal of Finance 48, 1779-1801.
    Gjr,
    /// `ln s2' = omega + alpha (|z| - sqrt(2 / pi)) + gamma z + beta ln s2`, `z = e / s`.
    /// Source: Nelson (1991), Econometrica 59, 347-370.
    Egarch,
}

/// The law of the standardised errors, mean zero and variance one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errors {
    /// Normal.
    Normal,
    /// Student's t with `nu` degrees of freedom.
    StudentT,
    /// Hansen's skewed t with `nu` degrees of freedom and skewness `lambda`.
    SkewedT,
}

/// A volatility model: dynamics of order one about a constant mean, and a law of errors.
///
/// ```
/// use autotrading_regime::garch::{Dynamics, Errors, GarchParameters, VolatilityModel};
///
/// let model = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::Normal };
/// let parameters = GarchParameters { omega: 0.1, alpha: 0.1, beta: 0.8, ..GarchParameters::ZERO };
/// let seen = model.evaluate(&parameters, &[1.0, -1.0])?;
/// // The mean is 0 and both squares are 1, so the backcast is 1: 0.1 + 0.1 * 1 + 0.8 * 1 = 1, and so on.
/// assert_eq!(seen.variances, vec![1.0, 1.0]);
/// assert!((seen.log_likelihood + 2.8378770664093453).abs() < 1e-15); // -ln(2 pi) - 1
/// assert_eq!(seen.next.variance(), 1.0);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VolatilityModel {
    /// How the variance moves.
    pub dynamics: Dynamics,
    /// How the errors are spread.
    pub errors: Errors,
}

/// What a sample looks like under given parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Log-likelihood of the sample, constants included.
    pub log_likelihood: f64,
    /// Conditional variance of each observation, in squared units of the returns; each knows earlier returns only,
    /// but for the backcast, which starts the recursion from the first 75.
    pub variances: Vec<f64>,
    /// The variance of the observation after the sample, and what follows from it.
    pub next: ConditionalVariance,
}

/// Observations that the backcast averages.
const BACKCAST_WINDOW: usize = 75;
/// Decay of their weights.
const BACKCAST_DECAY: f64 = 0.94;

impl VolatilityModel {
    /// How many parameters are estimated.
    pub const fn parameter_count(self) -> usize {
        let dynamics = match self.dynamics {
            Dynamics::Garch => 4,
            Dynamics::Gjr | Dynamics::Egarch => 5,
        };
        let shape = match self.errors {
            Errors::Normal => 0,
            Errors::StudentT => 1,
            Errors::SkewedT => 2,
        };
        dynamics + shape
    }

    /// Log-likelihood, conditional variances and next variance of a sample under given parameters.
    ///
    /// The recursion starts from the backcast: the mean square about the sample mean of the first 75 returns, weighted
    /// `0.94^t`.
    ///
    /// # Errors
    /// Fewer than two returns, one that is not finite, no variation; parameters outside of the admissible set; a
    /// variance that leaves the range of finite numbers.
    pub fn evaluate(self, parameters: &GarchParameters, returns: &[f64]) -> Result<Evaluation, RegimeError> {
        parameters.check(self)?;
        let (centre, _) = spread(returns)?;
        likelihood::evaluate(self, parameters, returns, backcast(returns, centre))
    }
}

/// Sample mean and standard deviation (divided by `n`).
pub(super) fn spread(returns: &[f64]) -> Result<(f64, f64), RegimeError> {
    if returns.len() < 2 {
        return Err(RegimeError::TooFew { what: "returns", got: returns.len(), required: 2 });
    }
    check_finite("returns", returns)?;
    let count = returns.len() as f64;
    let mean: f64 = returns.iter().map(|r| r / count).sum();
    let largest = returns.iter().fold(0.0_f64, |most, r| most.max(r.abs()));
    // Taken of shares of the largest, squares can neither over- nor underflow.
    let square = |r: &f64| ((r - mean) / largest.max(f64::MIN_POSITIVE)).powi(2);
    let deviation = largest * (returns.iter().map(square).sum::<f64>() / count).sqrt();
    // What is left of equal numbers after rounding is no variation.
    if deviation <= 8.0 * f64::EPSILON * largest || deviation < f64::MIN_POSITIVE.sqrt() {
        return Err(RegimeError::Constant { what: "returns", column: 0 });
    }
    if deviation > 1e150 {
        return Err(RegimeError::Overflow { what: "the variance of the returns" });
    }
    Ok((mean, deviation))
}

/// The variance before the first observation.
pub(super) fn backcast(returns: &[f64], centre: f64) -> f64 {
    let mut weight = 1.0;
    let (mut sum, mut total) = (0.0, 0.0);
    for r in returns.iter().take(BACKCAST_WINDOW) {
        sum += weight * (r - centre) * (r - centre);
        total += weight;
        weight *= BACKCAST_DECAY;
    }
    sum / total
}
