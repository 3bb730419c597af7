//! Expected returns, the weakest input of every optimiser.

use autotrading_statistics::{Cholesky, Decay, ExponentialMoments};
use ndarray::{Array1, ArrayView1, ArrayView2};

use super::CovarianceEstimator;
use crate::{PortfolioError, Returns};

/// How expected returns are made from past ones. Unit: simple return per period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ExpectedReturns {
    /// The mean.
    Mean,
    /// The mean of a fading memory.
    Exponential {
        /// How fast the past fades.
        decay: Decay,
    },
    /// Means pulled towards the return of the minimum variance portfolio (Jorion 1986, "Bayes-Stein estimation for
    /// portfolio analysis"): `(1 - w) m + w m0`, `w = (N + 2) / ((N + 2) + T (m - m0)' S^-1 (m - m0))`.
    JamesStein,
}

impl ExpectedReturns {
    /// The estimate, one number an asset.
    ///
    /// ```
    /// use autotrading_portfolio::{ExpectedReturns, Returns};
    /// use ndarray::array;
    ///
    /// let returns = Returns::new(["A", "B"], array![[0.01, 0.02], [0.03, -0.02], [0.02, 0.06]])?;
    /// let mean = ExpectedReturns::Mean.estimate(&returns)?;
    /// assert!((mean[0] - 0.02).abs() < 1e-16 && (mean[1] - 0.02).abs() < 1e-16);
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// For James-Stein fewer than `N + 3` periods (its scale `(T - 1) / (T - N - 2)` asks for them) or a covariance
    /// that is not positive definite.
    pub fn estimate(self, returns: &Returns) -> Result<Array1<f64>, PortfolioError> {
        match self {
            Self::Mean => returns.means(),
            Self::Exponential { decay } => {
                let mean = |column: ArrayView1<'_, f64>| {
                    Ok(ExponentialMoments::of(&column.to_vec(), decay)?.mean()?)
                };
                returns.table().columns().into_iter().map(mean).collect()
            }
            Self::JamesStein => james_stein(returns),
        }
    }
}

fn james_stein(returns: &Returns) -> Result<Array1<f64>, PortfolioError> {
    let (periods, assets) = (returns.observations() as f64, returns.assets() as f64);
    returns.require(returns.assets() + 3)?;
    let means = returns.means()?;
    let sample = CovarianceEstimator::Sample.estimate(returns)?.matrix;
    let factor = Cholesky::of((&sample * ((periods - 1.0) / (periods - assets - 2.0))).view())?;
    let portfolio = factor.solve(Array1::ones(returns.assets()).view())?;
    let centre = portfolio.dot(&means) / portfolio.sum();
    let gap = &means - centre;
    let distance = periods * gap.dot(&factor.solve(gap.view())?);
    let weight = (assets + 2.0) / (assets + 2.0 + distance);
    Ok(means.mapv(|mean| (1.0 - weight) * mean + weight * centre))
}

/// Returns that make the market portfolio optimal: `pi = delta S w`, in excess of the risk-free rate.
///
/// With two uncorrelated assets of variance 0.04 and 0.09, half each, and `delta = 2`:
///
/// ```
/// use autotrading_portfolio::capm_equilibrium;
/// use ndarray::array;
/// let pi = capm_equilibrium(array![[0.04, 0.0], [0.0, 0.09]].view(), array![0.5, 0.5].view(), 2.0)?;
/// assert_eq!(pi, array![0.04, 0.09]);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Shapes that do not fit, a risk aversion that is not above zero.
pub fn capm_equilibrium(
    covariance: ArrayView2<'_, f64>,
    market: ArrayView1<'_, f64>,
    risk_aversion: f64,
) -> Result<Array1<f64>, PortfolioError> {
    let n = market.len();
    if covariance.dim() != (n, n) {
        return Err(PortfolioError::Shape { what: "covariance", got: covariance.dim(), required: (n, n) });
    }
    if !(risk_aversion > 0.0 && risk_aversion.is_finite()) {
        let what = "the risk aversion";
        return Err(PortfolioError::Parameter { what, got: risk_aversion, allowed: "above zero" });
    }
    let pi = covariance.dot(&market) * risk_aversion;
    match pi.iter().all(|x| x.is_finite()) {
        true => Ok(pi),
        false => {
            Err(autotrading_statistics::StatisticsError::Overflow { what: "equilibrium returns" }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn james_stein_lies_between_the_means_and_one_number() {
        let table =
            array![[0.01, 0.02], [0.03, -0.02], [-0.02, 0.06], [0.01, 0.01], [0.02, 0.00], [0.00, -0.03]];
        let returns = Returns::new(["A", "B"], table).unwrap();
        let means = returns.means().unwrap();
        let shrunk = ExpectedReturns::JamesStein.estimate(&returns).unwrap();
        assert!((shrunk[0] - shrunk[1]).abs() < (means[0] - means[1]).abs());
    }

    #[test]
    fn james_stein_needs_more_periods_than_assets() {
        let returns = Returns::new(["A", "B"], array![[0.1, 0.2], [0.2, 0.1], [0.0, 0.1]]).unwrap();
        assert!(ExpectedReturns::JamesStein.estimate(&returns).is_err());
    }
}
