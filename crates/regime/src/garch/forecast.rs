//! What to expect of the variances to come.

use std::f64::consts::{FRAC_2_PI, PI};

use autotrading_statistics::normal;

use super::density::{Density, Skewed};
use super::partial_moments::{absolute_mean, loss_share};
use super::{Dynamics, Errors, GarchParameters, VolatilityModel};
use crate::RegimeError;

/// Longest horizon.
const FARTHEST: usize = 100_000;

/// A forecast of the variances of the next returns; the first element is the next one, which is known.
#[derive(Clone, Debug, PartialEq)]
pub enum VarianceForecast {
    /// GARCH and GJR: expected variances, in squared units of the returns.
    Variance(Vec<f64>),
    /// EGARCH: the expected logarithm always exists, the expected variance may not.
    LogVariance {
        /// Expected logarithm of each variance.
        expected_log: Vec<f64>,
        /// Expected variances, if they are finite.
        expected: ExpectedVariance,
    },
}

/// Whether the variances beyond the next one have an expectation.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpectedVariance {
    /// They have.
    Finite(Vec<f64>),
    /// They have none: the variance is exponential in an error whose tail is a power, so its mean is infinite. A mean
    /// over simulated paths grows with the number of paths and means nothing.
    Infinite,
}

impl VarianceForecast {
    /// The expected variances, `None` where they are infinite.
    pub fn variances(&self) -> Option<&[f64]> {
        match self {
            Self::Variance(variances)
            | Self::LogVariance { expected: ExpectedVariance::Finite(variances), .. } => Some(variances),
            Self::LogVariance { expected: ExpectedVariance::Infinite, .. } => None,
        }
    }
}

/// The forecast from the known next variance.
pub(super) fn ahead(
    model: VolatilityModel,
    p: &GarchParameters,
    next: f64,
    horizon: usize,
) -> Result<VarianceForecast, RegimeError> {
    if horizon == 0 || horizon > FARTHEST {
        let allowed = "1 to 100000";
        return Err(RegimeError::Parameter { name: "horizon", got: horizon as f64, allowed });
    }
    let forecast = match model.dynamics {
        Dynamics::Garch => VarianceForecast::Variance(linear(p.omega, p.alpha + p.beta, next, horizon)),
        Dynamics::Gjr => {
            let persistence = p.alpha + loss_share(model.errors, p)? * p.gamma + p.beta;
            VarianceForecast::Variance(linear(p.omega, persistence, next, horizon))
        }
        Dynamics::Egarch => {
            let surprise = p.alpha * (absolute_mean(model.errors, p)? - FRAC_2_PI.sqrt());
            let expected_log = linear(p.omega + surprise, p.beta, next.ln(), horizon);
            let expected = exponential(model.errors, p, next, horizon)?;
            VarianceForecast::LogVariance { expected_log, expected }
        }
    };
    let sound = |sequence: &[f64]| sequence.iter().all(|x| x.is_finite());
    let logs = match &forecast {
        VarianceForecast::LogVariance { expected_log, .. } => sound(expected_log),
        VarianceForecast::Variance(_) => true,
    };
    if logs && forecast.variances().is_none_or(sound) {
        Ok(forecast)
    } else {
        Err(RegimeError::Overflow { what: "the forecast variance" })
    }
}

/// `x, c + b x, c + b (c + b x), ...`
fn linear(constant: f64, factor: f64, first: f64, horizon: usize) -> Vec<f64> {
    std::iter::successors(Some(first), |x| Some(constant + factor * x)).take(horizon).collect()
}

/// EGARCH's expected variances: `ln s2` at `k` steps beyond the next is `b^k ln s2 + sum_j b^j (omega + g(z))`, so its
/// expectation is a product of moments `E exp(b^j g(z))`.
fn exponential(
    errors: Errors,
    p: &GarchParameters,
    next: f64,
    horizon: usize,
) -> Result<ExpectedVariance, RegimeError> {
    let grows = p.alpha + p.gamma > 0.0 || p.alpha - p.gamma > 0.0;
    let alternates = p.beta < 0.0 && (p.alpha != 0.0 || p.gamma != 0.0);
    if errors != Errors::Normal && horizon > 1 && (grows || alternates) {
        return Ok(ExpectedVariance::Infinite);
    }
    let mut variances = Vec::with_capacity(horizon);
    let (mut carried, mut gained, mut weight) = (next.ln(), 0.0, 1.0);
    for _ in 0..horizon {
        variances.push((carried + gained).exp());
        gained += weight * p.omega + exponential_moment(errors, p, weight)?.ln();
        weight *= p.beta;
        carried *= p.beta;
    }
    Ok(ExpectedVariance::Finite(variances))
}

/// `E exp(w (alpha (|z| - sqrt(2 / pi)) + gamma z))`.
fn exponential_moment(errors: Errors, p: &GarchParameters, weight: f64) -> Result<f64, RegimeError> {
    let (gain, loss) = (weight * (p.alpha + p.gamma), weight * (p.alpha - p.gamma));
    let centre = (-weight * p.alpha * FRAC_2_PI.sqrt()).exp();
    match errors {
        Errors::Normal => {
            let side = |s: f64| Ok::<f64, RegimeError>((0.5 * s * s).exp() * normal::cdf(s)?);
            Ok(centre * (side(gain)? + side(loss)?))
        }
        Errors::StudentT | Errors::SkewedT => {
            let lambda = if errors == Errors::SkewedT { p.lambda } else { 0.0 };
            Ok(centre * falling_moment(&Skewed::new(p.nu, lambda)?, gain, loss))
        }
    }
}

/// `E exp(gain z+ + loss z-)` with neither above zero, by the midpoint rule on `z = tan(x)`.
fn falling_moment(law: &Skewed, gain: f64, loss: f64) -> f64 {
    const STEPS: u32 = 2000;
    let width = 0.5 * PI / f64::from(STEPS);
    let at = |i: u32| {
        let x = (f64::from(i) + 0.5) * width;
        let z = x.tan();
        let both = (gain * z + law.ln_pdf(z)).exp() + (loss * z + law.ln_pdf(-z)).exp();
        both * width / (x.cos() * x.cos())
    };
    (0..STEPS).map(at).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EGARCH: GarchParameters = GarchParameters {
        omega: 0.02,
        alpha: 0.15,
        gamma: -0.1,
        beta: 0.95,
        nu: 7.0,
        ..GarchParameters::ZERO
    };

    fn egarch(errors: Errors) -> VolatilityModel {
        VolatilityModel { dynamics: Dynamics::Egarch, errors }
    }

    #[test]
    fn fat_tails_make_the_expected_variance_infinite_but_not_its_logarithm() {
        let said = ahead(egarch(Errors::StudentT), &EGARCH, 1.5, 5).unwrap();
        assert_eq!(said.variances(), None);
        let VarianceForecast::LogVariance { expected_log, .. } = said else { panic!("{said:?}") };
        assert!((expected_log[0] - 1.5_f64.ln()).abs() < 1e-15);
        // E|z| of a t is below that of a normal law, which centres the recursion.
        assert!(expected_log[1] < 0.02 + 0.95 * 1.5_f64.ln());
    }

    #[test]
    fn the_next_variance_is_known_whatever_the_tails() {
        let said = ahead(egarch(Errors::StudentT), &EGARCH, 1.5, 1).unwrap();
        assert!((said.variances().unwrap()[0] - 1.5).abs() < 1e-14);
    }

    #[test]
    fn a_variance_that_shocks_only_lower_has_an_expectation_even_with_fat_tails() {
        let calming = GarchParameters { alpha: -0.2, gamma: 0.1, nu: 1e6, ..EGARCH };
        let fat = ahead(egarch(Errors::StudentT), &calming, 1.0, 4).unwrap();
        let normal = ahead(egarch(Errors::Normal), &calming, 1.0, 4).unwrap();
        for (t, n) in fat.variances().unwrap().iter().zip(normal.variances().unwrap()) {
            assert!((t / n - 1.0).abs() < 1e-5, "{t} {n}");
        }
    }

    #[test]
    fn garch_returns_to_its_long_run_variance() {
        let p = GarchParameters { omega: 0.1, alpha: 0.1, beta: 0.8, ..GarchParameters::ZERO };
        let model = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::Normal };
        let said = ahead(model, &p, 3.0, 500).unwrap();
        let variances = said.variances().unwrap();
        assert!((variances[1] - 2.8).abs() < 1e-15); // 0.1 + 0.9 * 3
        assert!((variances[499] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_horizon_of_nothing_is_refused() {
        assert!(ahead(egarch(Errors::Normal), &EGARCH, 1.0, 0).is_err());
    }
}
