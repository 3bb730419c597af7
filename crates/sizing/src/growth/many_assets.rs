//! Kelly on many assets at once.

use autotrading_statistics::cholesky;
use ndarray::{ArrayView1, ArrayView2};

use super::{GrowthError, WeightLimits};

/// The weights that maximise `mu' w - w' S w / 2` under limits: the growth rate of continuously rebalanced wealth.
///
/// `mu` and `S` are mean and covariance of returns over the same horizon, the weights fractions of the wealth; without
/// limits they are `S^-1 mu`. Take a part of them (a quarter, say) for the same reasons as with one asset.
/// Each weight in turn takes its best value within its bounds until none moves; the limit on the gross weight becomes a
/// price per unit of weight, found by halving. The problem is convex, so what is found is the best there is.
/// Source: Merton (1969) for the objective; Friedman, Hastie, Hoefling and Tibshirani (2007), "Pathwise coordinate
/// optimization", for the method.
///
/// ```
/// use autotrading_sizing::{WeightLimits, growth_optimal_weights};
/// use ndarray::array;
/// let (mean, covariance) = (array![0.02, 0.01], array![[0.04, 0.01], [0.01, 0.01]]);
/// let free = growth_optimal_weights(mean.view(), covariance.view(), &WeightLimits::none(2))?;
/// assert!((free[0] - 1.0 / 3.0).abs() < 1e-9 && (free[1] - 2.0 / 3.0).abs() < 1e-9);
/// let limits = WeightLimits::long_only(2).with_gross(0.5)?;
/// let held = growth_optimal_weights(mean.view(), covariance.view(), &limits)?;
/// assert!((held[0] - 1.0 / 3.0).abs() < 1e-9 && (held[1] - 1.0 / 6.0).abs() < 1e-9);
/// # Ok::<(), autotrading_sizing::GrowthError>(())
/// ```
///
/// # Errors
/// Lengths that differ, a mean that is not finite, a covariance that is not symmetric and positive semi-definite, an
/// edge without risk and without limit.
pub fn growth_optimal_weights(
    mean: ArrayView1<'_, f64>,
    covariance: ArrayView2<'_, f64>,
    limits: &WeightLimits,
) -> Result<Vec<f64>, GrowthError> {
    let problem = Problem::new(mean, covariance, limits)?;
    let mut weights = vec![0.0; mean.len()];
    problem.settle(0.0, &mut weights)?;
    if gross(&weights) <= limits.gross {
        return Ok(weights);
    }
    // At a price above every mean nothing is worth its weight.
    let (mut cheap, mut dear) = (0.0, mean.iter().fold(0.0_f64, |most, mu| most.max(mu.abs())));
    let (mut beyond, mut within) = (weights.clone(), vec![0.0; mean.len()]);
    for _ in 0..HALVINGS {
        let price = 0.5 * (cheap + dear);
        problem.settle(price, &mut weights)?;
        let (bound, end) = if gross(&weights) <= limits.gross {
            (&mut dear, &mut within)
        } else {
            (&mut cheap, &mut beyond)
        };
        *bound = price;
        end.copy_from_slice(&weights);
    }
    Ok(between(&within, &beyond, limits.gross))
}

/// Both ends are best at the same price, so everything between them is: the point that uses the gross limit up.
fn between(within: &[f64], beyond: &[f64], limit: f64) -> Vec<f64> {
    let (low, high) = (gross(within), gross(beyond));
    let part = if high > low { ((limit - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    let mixed: Vec<f64> = within.iter().zip(beyond).map(|(a, b)| a + part * (b - a)).collect();
    // The last digit of a sum may lie above the limit.
    if gross(&mixed) <= limit { mixed } else { within.to_vec() }
}

const HALVINGS: usize = 60;
const SWEEPS: usize = 20_000;
/// Relative size of the largest move, in units of risk, at which the weights have settled.
const SETTLED: f64 = 1e-13;

fn gross(weights: &[f64]) -> f64 {
    weights.iter().map(|weight| weight.abs()).sum()
}

struct Problem<'a> {
    mean: ArrayView1<'a, f64>,
    covariance: ArrayView2<'a, f64>,
    limits: &'a WeightLimits,
}

impl<'a> Problem<'a> {
    fn new(
        mean: ArrayView1<'a, f64>,
        covariance: ArrayView2<'a, f64>,
        limits: &'a WeightLimits,
    ) -> Result<Self, GrowthError> {
        let required = mean.len();
        for (what, got) in [("covariance", covariance.nrows()), ("limits", limits.bounds.len())] {
            if got != required {
                return Err(GrowthError::Length { what, got, required });
            }
        }
        if let Some((index, got)) = mean.iter().enumerate().find(|(_, mu)| !mu.is_finite()) {
            let expected = "a finite number";
            return Err(GrowthError::Element { what: "mean", index, got: *got, expected });
        }
        if !cholesky::is_positive_semidefinite(covariance, 1e-10)? {
            return Err(GrowthError::NotPositiveSemidefinite);
        }
        Ok(Self { mean, covariance, limits })
    }

    /// The best weights at a price per unit of absolute weight, from where they are.
    fn settle(&self, price: f64, weights: &mut [f64]) -> Result<(), GrowthError> {
        for _ in 0..SWEEPS {
            let (moved, size) = self.sweep(price, weights);
            if !moved.is_finite() {
                break;
            }
            if moved <= SETTLED * size {
                return Ok(());
            }
        }
        Err(GrowthError::NoConvergence { sweeps: SWEEPS })
    }

    /// Each weight in turn to its best value given the others; the largest move and the largest weight, both in risk.
    fn sweep(&self, price: f64, weights: &mut [f64]) -> (f64, f64) {
        let (mut moved, mut size) = (0.0_f64, 0.0_f64);
        let assets = self.covariance.rows().into_iter().zip(self.mean).zip(&self.limits.bounds);
        for (place, ((row, mean), bounds)) in assets.enumerate() {
            let shared: f64 = row.iter().zip(weights.iter()).map(|(cov, weight)| cov * weight).sum();
            let variance = row.get(place).copied().unwrap_or(0.0);
            let Some(weight) = weights.get_mut(place) else { continue };
            let bounds = (bounds.0.max(-self.limits.gross), bounds.1.min(self.limits.gross));
            let best = best_weight(mean - shared + variance * *weight, variance, price, bounds);
            let risk = variance.sqrt();
            moved = moved.max(if best == *weight { 0.0 } else { (best - *weight).abs() * risk });
            size = size.max(best.abs() * risk);
            *weight = best;
            if !best.is_finite() {
                return (f64::INFINITY, size);
            }
        }
        (moved, size)
    }
}

/// Maximises `pull w - variance w^2 / 2 - price |w|` within bounds.
fn best_weight(pull: f64, variance: f64, price: f64, (low, high): (f64, f64)) -> f64 {
    let worth = pull.signum() * (pull.abs() - price).max(0.0);
    let free = if worth == 0.0 { 0.0 } else { worth / variance.max(0.0) };
    free.max(low).min(high)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, array};
    use proptest::prelude::*;

    use super::*;

    fn objective(weights: &[f64], mean: &Array1<f64>, covariance: &Array2<f64>) -> f64 {
        let w = Array1::from(weights.to_vec());
        mean.dot(&w) - 0.5 * w.dot(&covariance.dot(&w))
    }

    #[test]
    fn between_two_ends_the_gross_limit_is_used_up() {
        for (limit, best) in [(0.4, 0.4), (0.5, 0.5), (0.2, 0.2), (0.9, 0.6)] {
            let [weight] = between(&[0.2], &[0.6], limit)[..] else { panic!("one weight") };
            assert!((weight - best).abs() < 1e-15, "{weight} for {limit}");
        }
        assert_eq!(between(&[0.3], &[-0.3], 0.3), [0.3], "ends of the same gross");
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let (mean, eye) = (array![0.1, 0.2], array![[1.0, 0.0], [0.0, 1.0]]);
        let solve = |mean: &Array1<f64>, covariance: &Array2<f64>, limits: &WeightLimits| {
            growth_optimal_weights(mean.view(), covariance.view(), limits).unwrap_err()
        };
        let none = WeightLimits::none(2);
        assert!(matches!(solve(&array![0.1], &eye, &none), GrowthError::Length { what: "covariance", .. }));
        assert!(matches!(
            solve(&mean, &eye, &WeightLimits::none(3)),
            GrowthError::Length { what: "limits", .. }
        ));
        assert!(matches!(solve(&array![0.1, f64::NAN], &eye, &none), GrowthError::Element { index: 1, .. }));
        let impossible = array![[1.0, 2.0], [2.0, 1.0]];
        assert_eq!(solve(&mean, &impossible, &none), GrowthError::NotPositiveSemidefinite);
        let lopsided = array![[1.0, 0.5], [0.4, 1.0]];
        assert!(matches!(solve(&mean, &lopsided, &none), GrowthError::Covariance(_)));
        let riskless = array![[0.0, 0.0], [0.0, 1.0]];
        assert!(matches!(solve(&mean, &riskless, &none), GrowthError::NoConvergence { .. }));
    }

    #[test]
    fn an_edge_without_risk_goes_to_its_limit() {
        let (mean, riskless) = (array![0.1, 0.2], array![[0.0, 0.0], [0.0, 1.0]]);
        let limits = WeightLimits::between(vec![(-1.0, 2.0), (-0.1, 0.1)]).unwrap();
        let weights = growth_optimal_weights(mean.view(), riskless.view(), &limits).unwrap();
        assert_eq!(weights, vec![2.0, 0.1]);
        let shared = WeightLimits::none(2).with_gross(1.0).unwrap();
        let weights = growth_optimal_weights(mean.view(), riskless.view(), &shared).unwrap();
        assert!((weights[0] - 0.9).abs() < 1e-9 && (weights[1] - 0.1).abs() < 1e-9, "{weights:?}");
    }

    #[test]
    fn a_gross_limit_of_zero_bets_nothing() {
        let (mean, eye) = (array![0.1, -0.2], array![[1.0, 0.0], [0.0, 1.0]]);
        let limits = WeightLimits::none(2).with_gross(0.0).unwrap();
        assert_eq!(growth_optimal_weights(mean.view(), eye.view(), &limits).unwrap(), vec![0.0, 0.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_allowed_weights_grow_faster(
            loadings in prop::collection::vec(prop::collection::vec(-1.0_f64..1.0, 2), 2..7),
            mean in prop::collection::vec(-0.05_f64..0.05, 7),
            bounds in prop::collection::vec((-2.0_f64..0.0, 0.0_f64..2.0), 7),
            gross_limit in 0.05_f64..5.0,
            tries in prop::collection::vec(prop::collection::vec(0.0_f64..1.0, 7), 40),
        ) {
            let n = loadings.len();
            let factors = Array2::from_shape_fn((n, 2), |(i, k)| loadings[i][k]);
            let covariance = factors.dot(&factors.t()) * 0.05 + Array2::<f64>::eye(n) * 0.01;
            let mean = Array1::from(mean[..n].to_vec());
            let limits = WeightLimits::between(bounds[..n].to_vec()).unwrap().with_gross(gross_limit).unwrap();
            let best = growth_optimal_weights(mean.view(), covariance.view(), &limits).unwrap();
            prop_assert!(gross(&best) <= gross_limit);
            prop_assert!(best.iter().zip(&bounds).all(|(w, (low, high))| low <= w && w <= high));
            let most = objective(&best, &mean, &covariance);
            for mix in tries {
                let mut other: Vec<f64> =
                    mix[..n].iter().zip(&bounds).map(|(x, (low, high))| low + x * (high - low)).collect();
                let shrink = (gross_limit / gross(&other)).min(1.0);
                other.iter_mut().for_each(|w| *w *= shrink);
                for step in [1.0, 0.1, 1e-3] {
                    let between: Vec<f64> = best.iter().zip(&other).map(|(a, b)| a + step * (b - a)).collect();
                    prop_assert!(objective(&between, &mean, &covariance) <= most + 1e-12);
                }
            }
        }
    }
}
