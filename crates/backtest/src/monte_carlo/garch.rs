//! Paths whose volatility clusters and whose shocks have fat tails.

use autotrading_regime::garch::{Degeneracy, Dynamics, Errors, FitStatus, GarchParameters, VolatilityModel};
use autotrading_statistics::{Estimator, Moments};
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
    targeted: bool,
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
        Ok(Self {
            parameters,
            variance,
            status: None,
            targeted: false,
            errors,
            scale: ((nu - 2.0) / nu).sqrt(),
        })
    }

    /// Paths under the model fitted to simple returns by maximum likelihood.
    ///
    /// Where the likelihood is highest at a persistence of one, as often in short samples of a market that calmed down or
    /// woke up, the variance would come back to nothing. Then shocks fade to 0.99 of themselves a period, in the fitted
    /// proportion, towards the variance of the sample (variance targeting, Francq, Horvath and Zakoian (2011), Journal of
    /// Financial Econometrics 9, 619-656), and the name says so. With tails so fat that single shocks make up the variance
    /// (fewer than 2.5 degrees of freedom), as of an account that mostly stands still, nothing is mended: see
    /// [`GarchPaths::status`].
    ///
    /// # Errors
    /// Fewer than 50 returns; one that is not finite or not above -1; no variation.
    pub fn fitted(returns: &[f64]) -> Result<Self, MonteCarloError> {
        let logs = logarithmic(returns, 50)?;
        let fit = MODEL.fit(&logs)?;
        let parameters = match fit.status {
            FitStatus::Degenerate(Degeneracy::Integrated) if fit.parameters.nu >= LEAST_NU => {
                targeted(fit.parameters, Moments::of(&logs)?.variance(Estimator::Sample)?)
            }
            FitStatus::Converged | FitStatus::Stalled { .. } | FitStatus::Degenerate(_) => fit.parameters,
        };
        let paths = Self::new(parameters, fit.stream().variance())?;
        Ok(Self { status: Some(fit.status), targeted: parameters != fit.parameters, ..paths })
    }

    /// Whether the long-run variance is that of the sample, since the fit has none.
    pub const fn is_targeted(&self) -> bool {
        self.targeted
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

/// How much of a shock is left after a period, where the fit forgets nothing.
const FADING: f64 = 0.99;

/// Degrees of freedom below which the variance of a sample tells nothing of its usual days.
const LEAST_NU: f64 = 2.5;

/// The same reaction and memory in proportion, but with this long-run variance.
fn targeted(fitted: GarchParameters, variance: f64) -> GarchParameters {
    let share = FADING / fitted.persistence(MODEL.dynamics);
    let (alpha, beta) = (fitted.alpha * share, fitted.beta * share);
    GarchParameters { omega: (1.0 - FADING) * variance, alpha, beta, ..fitted }
}

impl PathMaker for GarchPaths {
    fn name(&self) -> &'static str {
        if self.is_targeted() { "GARCH-t, variance of the sample" } else { "GARCH with Student-t errors" }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn a_market_that_only_woke_up_comes_back_to_the_variance_of_the_sample() {
        let mut chance = ChaCha8Rng::seed_from_u64(3);
        let mut noise = || (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0;
        // Ever wilder: no constant variance explains it.
        let returns: Vec<f64> =
            (0..800).map(|day| 0.002 * (f64::from(day) / 200.0).exp() * noise()).collect();
        let paths = GarchPaths::fitted(&returns).unwrap();
        assert!(paths.is_targeted() && paths.name().ends_with("variance of the sample"), "{paths:?}");
        let GarchParameters { omega, alpha, beta, .. } = *paths.parameters();
        let logs: Vec<f64> = returns.iter().map(|r| r.ln_1p()).collect();
        let variance = Moments::of(&logs).unwrap().variance(Estimator::Sample).unwrap();
        assert!((omega / (1.0 - alpha - beta) / variance - 1.0).abs() < 1e-9);
        assert!((alpha + beta - FADING).abs() < 1e-12);
    }

    #[test]
    fn an_account_that_mostly_stands_still_is_not_mended() {
        let mut chance = ChaCha8Rng::seed_from_u64(3);
        let mut noise = || (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0;
        let still: Vec<f64> = (0..800).map(|day| if day % 7 < 2 { 0.01 * noise() } else { 0.0 }).collect();
        let paths = GarchPaths::fitted(&still).unwrap();
        assert!(
            !paths.is_targeted() && matches!(paths.status(), Some(FitStatus::Degenerate(_))),
            "{paths:?}"
        );
    }
}
