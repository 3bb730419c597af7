//! Mean and variance between bounds: the same fast exact path, with expected returns.

use ndarray::ArrayView2;

use crate::{BoundedPortfolio, PortfolioError, WeightBounds, minimum_variance::BoundedProblem};

/// The portfolio of most utility between bounds: `max mu'w - (risk_aversion / 2) w'Sw`, the weights summing to 1.
///
/// ```
/// use autotrading_portfolio::{WeightBounds, mean_variance};
/// use ndarray::array;
///
/// // Half in each has the least variance; an edge of 2 % over a risk aversion of 5 and variances of 4 % moves 5 %.
/// let covariance = array![[0.04, 0.0], [0.0, 0.04]];
/// let answer = mean_variance(covariance.view(), &[0.07, 0.05], 5.0, &WeightBounds::long_only(2)?)?;
/// assert!((answer.weights[0] - 0.55).abs() < 1e-12); // 0.5 + 0.02 / (2 * 5 * 0.04)
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// As [`minimum_variance`](crate::minimum_variance); expected returns of another number or not finite, a risk aversion
/// that is not above zero.
pub fn mean_variance(
    covariance: ArrayView2<'_, f64>,
    expected: &[f64],
    risk_aversion: f64,
    bounds: &WeightBounds,
) -> Result<BoundedPortfolio, PortfolioError> {
    utility(covariance, expected, risk_aversion, bounds)?.solve(None)
}

/// The efficient portfolios between bounds, from that of the least variance to that of the largest return, by falling risk
/// aversion: each is the optimum of its own, started from the one before it.
///
/// The risk aversions fall in a geometric row over eight powers of ten around the one at which return and variance weigh
/// the same, so that every corner between the two ends is passed.
///
/// ```
/// use autotrading_portfolio::{WeightBounds, efficient_line};
/// use ndarray::array;
///
/// let covariance = array![[1.0, 0.0], [0.0, 3.0]];
/// let line = efficient_line(covariance.view(), &[0.1, 0.3], &WeightBounds::long_only(2)?, 50)?;
/// assert!((line[0].weights[0] - 0.75).abs() < 1e-3); // three quarters of the calmer one
/// assert_eq!(line[49].weights, [0.0, 1.0]); // all of the better one
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Fewer than two points; as [`mean_variance`].
pub fn efficient_line(
    covariance: ArrayView2<'_, f64>,
    expected: &[f64],
    bounds: &WeightBounds,
    points: usize,
) -> Result<Vec<BoundedPortfolio>, PortfolioError> {
    const FROM: f64 = 1e4;
    const TO: f64 = 1e-4;
    if points < 2 {
        let (what, got) = ("the number of points of the frontier", points as f64);
        return Err(PortfolioError::Parameter { what, got, allowed: "two or more" });
    }
    let assets = expected.len().max(1) as f64;
    let size = covariance.diag().iter().sum::<f64>() / assets;
    let (low, high) = expected
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &mu| (low.min(mu), high.max(mu)));
    let unit = ((high - low) / size).max(f64::MIN_POSITIVE);
    let mut line: Vec<BoundedPortfolio> = Vec::with_capacity(points);
    for k in 0..points {
        let share = k as f64 / (points - 1) as f64;
        let aversion = unit * FROM.powf(1.0 - share) * TO.powf(share);
        let problem = utility(covariance, expected, aversion, bounds)?;
        let near = line.last().map(|last| last.weights.clone());
        line.push(problem.solve(near.as_deref())?);
    }
    Ok(line)
}

fn utility<'a>(
    covariance: ArrayView2<'_, f64>,
    expected: &[f64],
    risk_aversion: f64,
    bounds: &'a WeightBounds,
) -> Result<BoundedProblem<'a>, PortfolioError> {
    if !(risk_aversion > 0.0 && risk_aversion.is_finite()) {
        let (what, got) = ("the risk aversion", risk_aversion);
        return Err(PortfolioError::Parameter { what, got, allowed: "above zero" });
    }
    // What is the same for all moves no weight, and only costs digits.
    let level = expected.iter().sum::<f64>() / expected.len().max(1) as f64;
    let gain: Vec<f64> = expected.iter().map(|mu| (mu - level) / risk_aversion).collect();
    BoundedProblem::of(covariance, bounds)?.gaining(&gain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, array};
    use proptest::prelude::*;

    fn covariances() -> impl Strategy<Value = Array2<f64>> {
        prop::collection::vec(-1.0_f64..1.0, 30).prop_map(|entries| {
            let a = Array2::from_shape_vec((6, 5), entries).unwrap();
            a.t().dot(&a) / 6.0 + 0.01 * Array2::<f64>::eye(5)
        })
    }

    #[test]
    fn bad_input_is_named() {
        let (covariance, bounds) = (array![[1.0, 0.0], [0.0, 1.0]], WeightBounds::long_only(2).unwrap());
        let utility =
            |expected: &[f64], aversion| mean_variance(covariance.view(), expected, aversion, &bounds);
        assert!(matches!(utility(&[0.1], 1.0), Err(PortfolioError::Shape { .. })));
        assert!(utility(&[0.1, f64::NAN], 1.0).is_err());
        assert!(utility(&[0.1, 0.2], 0.0).is_err());
        assert!(utility(&[0.1, 1e300], 1e-300).is_err());
        assert!(efficient_line(covariance.view(), &[0.1, 0.2], &bounds, 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_allowed_portfolio_has_more_utility_than_the_best(
            covariance in covariances(),
            expected in prop::collection::vec(-0.5_f64..0.5, 5),
            other in prop::collection::vec(0.01_f64..1.0, 5),
            aversion in 0.1_f64..20.0,
        ) {
            let answer = mean_variance(covariance.view(), &expected, aversion, &WeightBounds::long_only(5).unwrap());
            let total: f64 = other.iter().sum();
            let utility = |w: &Array1<f64>| {
                w.dot(&Array1::from(expected.clone())) - aversion / 2.0 * w.dot(&covariance.dot(w))
            };
            let other: Array1<f64> = other.iter().map(|w| w / total).collect();
            prop_assert!(utility(&Array1::from(answer.unwrap().weights)) >= utility(&other) - 1e-9);
        }

        #[test]
        fn along_the_line_return_and_risk_never_fall(
            covariance in covariances(), expected in prop::collection::vec(-0.5_f64..0.5, 5),
        ) {
            let bounds = WeightBounds::new(vec![0.0; 5], vec![0.6; 5]).unwrap();
            let line = efficient_line(covariance.view(), &expected, &bounds, 30).unwrap();
            let mean = |p: &BoundedPortfolio| p.weights.iter().zip(&expected).map(|(w, m)| w * m).sum::<f64>();
            for pair in line.windows(2) {
                prop_assert!(mean(&pair[1]) >= mean(&pair[0]) - 1e-9);
                prop_assert!(pair[1].volatility >= pair[0].volatility - 1e-9);
            }
        }

        #[test]
        fn where_one_starts_decides_nothing(
            covariance in covariances(), start in prop::collection::vec(0.0_f64..1.0, 5), cap in 0.25_f64..1.0,
        ) {
            let bounds = WeightBounds::new(vec![0.0; 5], vec![cap; 5]).unwrap();
            let cold = crate::minimum_variance(covariance.view(), &bounds).unwrap();
            let warm = crate::minimum_variance_near(covariance.view(), &bounds, &start).unwrap();
            let again = crate::minimum_variance_near(covariance.view(), &bounds, &cold.weights).unwrap();
            prop_assert!(again.iterations <= cold.iterations);
            for (a, (b, c)) in cold.weights.iter().zip(warm.weights.iter().zip(&again.weights)) {
                prop_assert!((a - b).abs() < 1e-9 && (a - c).abs() < 1e-9);
            }
        }
    }
}
