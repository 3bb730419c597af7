//! Paths whose volatility clusters and whose shocks have fat tails.

use autotrading_regime::garch::{Dynamics, Errors, FitStatus, GarchParameters, VolatilityModel};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StudentT};

use super::{LARGEST_STEP, MonteCarloError, PathMaker, logarithmic, simple};

/// GARCH(1,1) with Student-t errors on logarithmic returns: `s2' = omega + alpha e^2 + beta s2`, begun at the variance that
/// the sample ended with.
///
/// Sources: Bollerslev (1986), Journal of Econometrics 31, 307-327; (1987), Review of Economics and Statistics 69, 542-547.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GarchPaths {
    parameters: GarchParameters,
    variance: f64,
    status: Option<FitStatus>,
    errors: StudentT<f64>,
    /// Makes the variance of an error one.
    scale: f64,
}

const MODEL: VolatilityModel = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::StudentT };

impl GarchPaths {
    /// Paths under given parameters of logarithmic returns, begun at a given variance.
    ///
    /// # Errors
    /// Parameters outside of the admissible set; a variance not above zero or not finite.
    pub fn new(parameters: GarchParameters, variance: f64) -> Result<Self, MonteCarloError> {
        parameters.check(MODEL)?;
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(MonteCarloError::Rule {
                key: "variance",
                got: variance,
                allowed: "above 0 and finite",
            });
        }
        let nu = parameters.nu;
        let outside = MonteCarloError::Rule { key: "nu", got: nu, allowed: "above 2 and finite" };
        let errors = StudentT::new(nu).map_err(|_| outside)?;
        Ok(Self { parameters, variance, status: None, errors, scale: ((nu - 2.0) / nu).sqrt() })
    }

    /// Paths under the model fitted to simple returns by maximum likelihood.
    ///
    /// # Errors
    /// Fewer than 50 returns; one that is not finite or not above -1; no variation.
    pub fn fitted(returns: &[f64]) -> Result<Self, MonteCarloError> {
        let fit = MODEL.fit(&logarithmic(returns, 50)?)?;
        let paths = Self::new(fit.parameters, fit.stream().variance())?;
        Ok(Self { status: Some(fit.status), ..paths })
    }

    /// The parameters, of logarithmic returns.
    pub const fn parameters(&self) -> &GarchParameters {
        &self.parameters
    }

    /// How the fit ended: the paths of a degenerate one are not to be trusted. `None` for given parameters.
    pub const fn status(&self) -> Option<FitStatus> {
        self.status
    }
}

impl PathMaker for GarchPaths {
    fn name(&self) -> &'static str {
        "GARCH with Student-t errors"
    }

    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]) {
        let GarchParameters { mean, omega, alpha, beta, .. } = self.parameters;
        let mut variance = self.variance;
        for slot in returns {
            let shock = self.scale * self.errors.sample(chance) * variance.sqrt();
            let error = shock.clamp(-LARGEST_STEP, LARGEST_STEP);
            *slot = simple(mean + error);
            variance = omega + alpha * error * error + beta * variance;
        }
    }
}
