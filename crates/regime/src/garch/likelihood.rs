//! The log-likelihood of a sample, its slopes, and what each observation adds to them.
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of constant length are indexed by constants of the same list"
)]

use super::density::{Density, Normal, Skewed, Student};
use super::parameters::{GarchParameters, LAMBDA, MEAN, NU, PARAMETERS};
use super::recursion::{DYNAMIC, Linear, Logarithmic, Recursion};
use super::{ConditionalVariance, Dynamics, Errors, Evaluation, VolatilityModel};
use crate::RegimeError;
use crate::log_sum::LogSum;

/// A log-likelihood and its slopes in the parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likelihood {
    pub(super) value: f64,
    pub(super) slopes: [f64; PARAMETERS],
}

/// What to do with a recursion and a density once they are known by type.
trait Walk {
    type Output;
    fn walk<R: Recursion, D: Density>(self, parameters: &GarchParameters, density: &D) -> Self::Output;
}

/// Chooses the types that a model stands for, once and not at each observation.
fn dispatch<W: Walk>(
    model: VolatilityModel,
    parameters: &GarchParameters,
    walk: W,
) -> Result<W::Output, RegimeError> {
    let p = &GarchParameters {
        gamma: if model.dynamics == Dynamics::Garch { 0.0 } else { parameters.gamma },
        ..*parameters
    };
    Ok(match (model.dynamics, model.errors) {
        (Dynamics::Garch | Dynamics::Gjr, Errors::Normal) => walk.walk::<Linear, _>(p, &Normal),
        (Dynamics::Garch | Dynamics::Gjr, Errors::StudentT) => {
            walk.walk::<Linear, _>(p, &Student::new(p.nu)?)
        }
        (Dynamics::Garch | Dynamics::Gjr, Errors::SkewedT) => {
            walk.walk::<Linear, _>(p, &Skewed::new(p.nu, p.lambda)?)
        }
        (Dynamics::Egarch, Errors::Normal) => walk.walk::<Logarithmic, _>(p, &Normal),
        (Dynamics::Egarch, Errors::StudentT) => walk.walk::<Logarithmic, _>(p, &Student::new(p.nu)?),
        (Dynamics::Egarch, Errors::SkewedT) => walk.walk::<Logarithmic, _>(p, &Skewed::new(p.nu, p.lambda)?),
    })
}

/// One observation's slopes, but for what the logarithms add.
#[inline(always)]
fn slopes<R: Recursion>(
    recursion: &R,
    inverse_deviation: f64,
    z: f64,
    slope: f64,
    shape: [f64; 2],
) -> [f64; PARAMETERS] {
    let level = -0.5 * (1.0 + z * slope);
    let mut all = [0.0; PARAMETERS];
    let ln_slopes = recursion.ln_slopes();
    for place in 0..DYNAMIC {
        all[place] = level * ln_slopes[place];
    }
    all[MEAN] -= slope * inverse_deviation;
    all[NU] = shape[0];
    all[LAMBDA] = shape[1];
    all
}

/// The log-likelihood and its slopes.
pub(super) fn total(
    model: VolatilityModel,
    parameters: &GarchParameters,
    returns: &[f64],
    backcast: f64,
) -> Result<Likelihood, RegimeError> {
    dispatch(model, parameters, Total::<true>(returns, backcast))
}

/// The log-likelihood alone, in half the time.
pub(super) fn value(
    model: VolatilityModel,
    parameters: &GarchParameters,
    returns: &[f64],
    backcast: f64,
) -> Result<f64, RegimeError> {
    Ok(dispatch(model, parameters, Total::<false>(returns, backcast))?.value)
}

/// One walk over a sample from its backcast, with or without the slopes.
struct Total<'a, const SLOPES: bool>(&'a [f64], f64);

impl<const SLOPES: bool> Walk for Total<'_, SLOPES> {
    type Output = Likelihood;

    fn walk<R: Recursion, D: Density>(self, p: &GarchParameters, density: &D) -> Likelihood {
        let mut recursion = R::start(p, self.1);
        let (mut variances, mut insides) = (LogSum::EMPTY, LogSum::EMPTY);
        let (mut ln_variances, mut linear) = (0.0, 0.0);
        let mut sums = [0.0; PARAMETERS];
        for observed in self.0 {
            let error = observed - p.mean;
            let inverse = recursion.inverse_deviation();
            let z = error * inverse;
            let kernel = density.at(z);
            recursion.add_ln(&mut variances, &mut ln_variances);
            insides.add(kernel.inside);
            linear += kernel.linear;
            if SLOPES {
                let own = slopes(&recursion, inverse, z, kernel.slope, kernel.shape);
                for place in 0..PARAMETERS {
                    sums[place] += own[place];
                }
            }
            recursion.advance(p, error);
        }
        let (count, insides) = (self.0.len() as f64, insides.value());
        let constant = density.constant_slopes();
        sums[NU] += count * constant[0] - density.tail_slope() * insides;
        sums[LAMBDA] += count * constant[1];
        let value = count * density.constant() + linear
            - density.tail() * insides
            - 0.5 * (ln_variances + variances.value());
        // The variance after the sample must be a number too, or nothing could be said of tomorrow.
        let held = recursion.variance() > 0.0 && recursion.inverse_deviation().is_finite();
        Likelihood { value: if held { value } else { f64::NAN }, slopes: sums }
    }
}

/// The slopes of each observation's log density.
pub(super) fn scores(
    model: VolatilityModel,
    parameters: &GarchParameters,
    returns: &[f64],
    backcast: f64,
) -> Result<Vec<[f64; PARAMETERS]>, RegimeError> {
    struct Scores<'a>(&'a [f64], f64);
    impl Walk for Scores<'_> {
        type Output = Vec<[f64; PARAMETERS]>;

        fn walk<R: Recursion, D: Density>(self, p: &GarchParameters, density: &D) -> Self::Output {
            let mut recursion = R::start(p, self.1);
            let constant = density.constant_slopes();
            let one = |observed: &f64| {
                let error = observed - p.mean;
                let inverse = recursion.inverse_deviation();
                let z = error * inverse;
                let kernel = density.at(z);
                let mut own = slopes(&recursion, inverse, z, kernel.slope, kernel.shape);
                own[NU] += constant[0] - density.tail_slope() * kernel.inside.ln();
                own[LAMBDA] += constant[1];
                recursion.advance(p, error);
                own
            };
            self.0.iter().map(one).collect()
        }
    }
    dispatch(model, parameters, Scores(returns, backcast))
}

/// Log-likelihood, conditional variances and the next variance.
pub(super) fn evaluate(
    model: VolatilityModel,
    parameters: &GarchParameters,
    returns: &[f64],
    backcast: f64,
) -> Result<Evaluation, RegimeError> {
    struct Variances<'a>(&'a [f64], f64);
    impl Walk for Variances<'_> {
        type Output = (f64, Vec<f64>, f64);

        fn walk<R: Recursion, D: Density>(self, p: &GarchParameters, density: &D) -> Self::Output {
            let mut recursion = R::start(p, self.1);
            let mut value = 0.0;
            let one = |observed: &f64| {
                let (error, variance) = (observed - p.mean, recursion.variance());
                value += density.ln_pdf(error / variance.sqrt()) - 0.5 * variance.ln();
                recursion.advance(p, error);
                variance
            };
            let variances = self.0.iter().map(one).collect();
            (value, variances, recursion.variance())
        }
    }
    let (log_likelihood, variances, next) = dispatch(model, parameters, Variances(returns, backcast))?;
    let sound = |variance: &f64| *variance > 0.0 && variance.is_finite();
    if !log_likelihood.is_finite() || !variances.iter().all(sound) {
        return Err(RegimeError::Overflow { what: "the conditional variance" });
    }
    let next = ConditionalVariance::new(model, *parameters, next)?;
    Ok(Evaluation { log_likelihood, variances, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_model() -> Vec<VolatilityModel> {
        let mut models = Vec::new();
        for dynamics in [Dynamics::Garch, Dynamics::Gjr, Dynamics::Egarch] {
            for errors in [Errors::Normal, Errors::StudentT, Errors::SkewedT] {
                models.push(VolatilityModel { dynamics, errors });
            }
        }
        models
    }

    const SOMEWHERE: [f64; PARAMETERS] = [0.03, 0.05, 0.08, 0.06, 0.85, 7.0, -0.2];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn slopes_are_those_that_small_steps_show_and_the_sum_of_the_scores(
            returns in prop::collection::vec(-3.0_f64..3.0, 40),
        ) {
            for model in every_model() {
                let at = |point: [f64; PARAMETERS]| {
                    total(model, &GarchParameters::from_array(point), &returns, 1.0).unwrap()
                };
                let here = at(SOMEWHERE);
                let each = scores(model, &GarchParameters::from_array(SOMEWHERE), &returns, 1.0).unwrap();
                for place in model.estimated() {
                    let h = 1e-6 * SOMEWHERE[place].abs();
                    let (mut up, mut down) = (SOMEWHERE, SOMEWHERE);
                    up[place] += h;
                    down[place] -= h;
                    let shown = (at(up).value - at(down).value) / (2.0 * h);
                    let summed: f64 = each.iter().map(|score| score[place]).sum();
                    prop_assert!((here.slopes[place] - shown).abs() < 2e-5 * (1.0 + shown.abs()),
                        "{model:?} {place}: {} {shown}", here.slopes[place]);
                    prop_assert!((here.slopes[place] - summed).abs() < 1e-9 * (1.0 + summed.abs()));
                }
            }
        }

        #[test]
        fn the_quick_sum_is_the_slow_one(returns in prop::collection::vec(-3.0_f64..3.0, 60)) {
            for model in every_model() {
                let parameters = GarchParameters::from_array(SOMEWHERE);
                let quick = total(model, &parameters, &returns, 0.7).unwrap().value;
                let slow = evaluate(model, &parameters, &returns, 0.7).unwrap().log_likelihood;
                prop_assert!((quick - slow).abs() < 1e-11 * slow.abs());
            }
        }
    }
}
