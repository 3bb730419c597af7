//! Shrinkage: a mix of the sample covariance with a target that has less noise.

use ndarray::Array2;

use super::{CovarianceEstimate, covariance::volatilities};
use crate::{PortfolioError, Returns};

/// What the sample covariance is pulled towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShrinkageTarget {
    /// One variance for all, no correlation: `(tr S / N) I`. Ledoit and Wolf (2004), "A well-conditioned estimator for
    /// large-dimensional covariance matrices".
    Identity,
    /// Each asset its own variance, all pairs the mean correlation. Ledoit and Wolf (2004), "Honey, I shrunk the
    /// sample covariance matrix".
    ConstantCorrelation,
}

/// Sums that both recipes start from. Every moment is divided by `T`, the convention of the published equations: mixing
/// in a `T - 1` changes the intensity in its fourth digit.
struct SampleMoments {
    periods: f64,
    deviations: Array2<f64>,
    covariance: Array2<f64>,
}

impl SampleMoments {
    fn of(returns: &Returns) -> Result<Self, PortfolioError> {
        returns.require(2)?;
        let periods = returns.observations() as f64;
        let deviations = returns.deviations()?;
        let mut covariance = deviations.t().dot(&deviations) / periods;
        for row in 0..covariance.nrows() {
            for column in 0..row {
                covariance[[column, row]] = covariance[[row, column]];
            }
        }
        Ok(Self { periods, deviations, covariance })
    }

    fn mean_variance(&self) -> f64 {
        self.covariance.diag().sum() / self.covariance.nrows() as f64
    }

    fn towards_identity(&self, shrinkage: f64) -> CovarianceEstimate {
        let mut matrix = &self.covariance * (1.0 - shrinkage);
        let share = shrinkage * self.mean_variance();
        matrix.diag_mut().iter_mut().for_each(|d| *d += share);
        CovarianceEstimate { matrix, shrinkage: Some(shrinkage) }
    }
}

pub(super) fn ledoit_wolf(
    returns: &Returns,
    target: ShrinkageTarget,
) -> Result<CovarianceEstimate, PortfolioError> {
    let sample = SampleMoments::of(returns)?;
    match target {
        ShrinkageTarget::Identity => Ok(identity(&sample)),
        ShrinkageTarget::ConstantCorrelation => constant_correlation(&sample, returns.names()),
    }
}

/// `rho = b2 / d2`: the noise of the sample covariance over its distance from the target, both squared.
fn identity(sample: &SampleMoments) -> CovarianceEstimate {
    let assets = sample.covariance.nrows() as f64;
    let squares = sample.covariance.iter().map(|s| s * s).sum::<f64>();
    let mean = sample.mean_variance();
    let distance = squares / assets - mean * mean;
    let fourth: f64 =
        sample.deviations.rows().into_iter().map(|x| x.iter().map(|v| v * v).sum::<f64>().powi(2)).sum();
    let noise = (fourth / sample.periods - squares) / assets / sample.periods;
    // At the target already there is nothing to pull.
    let shrinkage = if distance > 0.0 { noise.clamp(0.0, distance) / distance } else { 0.0 };
    sample.towards_identity(shrinkage)
}

/// `delta = (pi - rho) / (gamma T)`, the letters of the paper: the sum of the variances of the entries, the part of it
/// that the target shares, and the distance of the target.
fn constant_correlation(
    sample: &SampleMoments,
    names: &[String],
) -> Result<CovarianceEstimate, PortfolioError> {
    let (s, x, periods) = (&sample.covariance, &sample.deviations, sample.periods);
    let n = s.nrows();
    let sigma = volatilities(s, names)?;
    let pairs = (n * (n - 1)) as f64;
    let correlations: f64 = s.indexed_iter().map(|((i, j), v)| v / (sigma[i] * sigma[j])).sum();
    let mean_correlation = if n > 1 { (correlations - n as f64) / pairs } else { 0.0 };
    let target = Array2::from_shape_fn((n, n), |(i, j)| {
        if i == j { s[[i, i]] } else { mean_correlation * (sigma[i] * sigma[j]) }
    });
    let squared = x.mapv(|v| v * v);
    let pi = squared.t().dot(&squared) / periods - s.mapv(|v| v * v);
    let cubed = x.mapv(|v| v * v * v);
    let theta = cubed.t().dot(x) / periods;
    let shared: f64 = theta
        .indexed_iter()
        .filter(|((i, j), _)| i != j)
        .map(|((i, j), v)| sigma[j] / sigma[i] * (v - s[[i, i]] * s[[i, j]]))
        .sum();
    let rho = pi.diag().sum() + mean_correlation * shared;
    let gamma = (&target - s).iter().map(|d| d * d).sum::<f64>();
    let shrinkage = if gamma > 0.0 { ((pi.sum() - rho) / gamma / periods).clamp(0.0, 1.0) } else { 0.0 };
    Ok(CovarianceEstimate { matrix: &target * shrinkage + s * (1.0 - shrinkage), shrinkage: Some(shrinkage) })
}

/// Chen, Wiesel, Eldar and Hero (2010), "Shrinkage algorithms for MMSE covariance estimation", with the numerator
/// `tr(S^2) + tr(S)^2` that is in common use: the paper's term `-2/N tr(S^2)` is left out.
pub(super) fn oracle_approximating(returns: &Returns) -> Result<CovarianceEstimate, PortfolioError> {
    let sample = SampleMoments::of(returns)?;
    let assets = sample.covariance.nrows() as f64;
    let mean = sample.mean_variance();
    let alpha = sample.covariance.iter().map(|s| s * s).sum::<f64>() / (assets * assets);
    let denominator = (sample.periods + 1.0) * (alpha - mean * mean / assets);
    let shrinkage = if denominator > 0.0 { ((alpha + mean * mean) / denominator).min(1.0) } else { 1.0 };
    Ok(sample.towards_identity(shrinkage))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CovarianceEstimator;
    use ndarray::array;

    #[test]
    fn one_asset_has_nothing_to_shrink_to() {
        let returns = Returns::new(["A"], array![[0.1], [-0.1], [0.3]]).unwrap();
        for target in [ShrinkageTarget::Identity, ShrinkageTarget::ConstantCorrelation] {
            let estimate = CovarianceEstimator::LedoitWolf(target).estimate(&returns).unwrap();
            assert!((estimate.matrix[[0, 0]] - 0.08 / 3.0).abs() < 1e-16);
        }
    }

    #[test]
    fn a_constant_asset_is_named_where_its_correlation_is_asked_for() {
        let returns = Returns::new(["A", "B"], array![[0.1, 0.0], [0.2, 0.0], [0.0, 0.0]]).unwrap();
        let estimator = CovarianceEstimator::LedoitWolf(ShrinkageTarget::ConstantCorrelation);
        let error = estimator.estimate(&returns).unwrap_err();
        assert_eq!(error, PortfolioError::Constant { asset: "B".into(), variance: 0.0 });
        assert!(CovarianceEstimator::Sample.estimate(&returns).is_ok());
    }

    #[test]
    fn one_period_is_too_few() {
        let returns = Returns::new(["A"], array![[0.1]]).unwrap();
        assert!(CovarianceEstimator::OracleApproximating.estimate(&returns).is_err());
        assert!(CovarianceEstimator::Sample.estimate(&returns).is_err());
    }
}
