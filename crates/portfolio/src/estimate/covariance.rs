//! The choice among covariance estimators.

use autotrading_statistics::{Decay, Estimator, ExponentialCovariance, covariance};
use ndarray::Array2;

use super::{ShrinkageTarget, gerber, shrinkage};
use crate::{PortfolioError, Returns};

/// How a covariance matrix is made from returns. Units: squared return per period, not annualised.
///
/// Denoising and detoning work on the result of any of these; see `denoised` and `detoned` (feature `optimise`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CovarianceEstimator {
    /// `sum (x - m)(x - m)' / (T - 1)`. Unbiased; singular when there are fewer periods than assets.
    Sample,
    /// Fading memory with the mean taken as zero, `sum lambda^k x x' / sum lambda^k` (RiskMetrics 1996).
    Exponential {
        /// How fast the past fades.
        decay: Decay,
    },
    /// Ledoit and Wolf's optimal mix of the sample covariance and a structured target.
    LedoitWolf(ShrinkageTarget),
    /// Oracle approximating shrinkage towards the scaled identity, for returns near normal.
    OracleApproximating,
    /// Gerber's count of joint large moves, robust against outliers.
    Gerber {
        /// A move counts from this many standard deviations on; 0.5 is usual.
        threshold: f64,
    },
}

/// A covariance matrix and how much of it is the target.
#[derive(Clone, Debug, PartialEq)]
pub struct CovarianceEstimate {
    /// Symmetric, squared return per period.
    pub matrix: Array2<f64>,
    /// Weight of the target, 0 to 1; `None` where nothing is shrunk.
    pub shrinkage: Option<f64>,
}

impl CovarianceEstimator {
    /// The estimate.
    ///
    /// ```
    /// use autotrading_portfolio::{CovarianceEstimator, Returns};
    /// use ndarray::array;
    ///
    /// let returns = Returns::new(["A", "B"], array![[0.01, 0.02], [0.03, 0.06]])?;
    /// let sample = CovarianceEstimator::Sample.estimate(&returns)?.matrix;
    /// assert!((sample[[0, 1]] - 0.0004).abs() < 1e-18); // deviations 0.01 and 0.02, both signs, over T - 1 = 1
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// Too few periods (two; one for the fading memory), a constant asset where the method divides by its volatility,
    /// a threshold outside of (0, 1), overflow.
    pub fn estimate(self, returns: &Returns) -> Result<CovarianceEstimate, PortfolioError> {
        let plain = |matrix| CovarianceEstimate { matrix, shrinkage: None };
        let estimate = match self {
            Self::Sample => plain(covariance::covariance(returns.table(), Estimator::Sample)?),
            Self::Exponential { decay } => {
                plain(ExponentialCovariance::of(returns.table(), decay)?.about_zero()?)
            }
            Self::LedoitWolf(target) => shrinkage::ledoit_wolf(returns, target)?,
            Self::OracleApproximating => shrinkage::oracle_approximating(returns)?,
            Self::Gerber { threshold } => plain(gerber::gerber(returns, threshold)?),
        };
        match estimate.matrix.iter().all(|x| x.is_finite()) {
            true => Ok(estimate),
            false => Err(autotrading_statistics::StatisticsError::Overflow { what: "covariance" }.into()),
        }
    }
}

/// Each asset's standard deviation; a constant asset is refused by name.
pub(crate) fn volatilities(matrix: &Array2<f64>, names: &[String]) -> Result<Vec<f64>, PortfolioError> {
    let root = |(variance, name): (&f64, &String)| {
        if *variance > 0.0 {
            Ok(variance.sqrt())
        } else {
            Err(PortfolioError::Constant { asset: name.clone(), variance: *variance })
        }
    };
    matrix.diag().iter().zip(names).map(root).collect()
}
