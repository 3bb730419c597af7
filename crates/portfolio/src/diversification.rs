//! How much of the risk of the parts cancels in the whole.

use ndarray::{Array2, ArrayView2};

use crate::{
    PortfolioError, WeightBounds,
    budgeting::contributions,
    definite::{ScaledCovariance, check_vector},
    minimum_variance,
};

/// The long-only portfolio with the largest diversification ratio, `sum w_i sigma_i / sqrt(w'Sw)`.
///
/// It is the minimum variance portfolio of the correlation, with each weight divided by its volatility. Source:
/// Choueifaty and Coignard (2008), "Toward maximum diversification".
///
/// ```
/// use autotrading_portfolio::maximum_diversification;
/// use ndarray::array;
/// let weights = maximum_diversification(array![[0.01, 0.0], [0.0, 0.04]].view())?;
/// assert!((weights[0] - 2.0 / 3.0).abs() < 1e-15); // uncorrelated: inverse volatility
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// As [`minimum_variance`].
pub fn maximum_diversification(covariance: ArrayView2<'_, f64>) -> Result<Vec<f64>, PortfolioError> {
    let scaled = ScaledCovariance::of(covariance)?.matrix;
    let sigma = scaled.diag().mapv(f64::sqrt);
    let correlation = Array2::from_shape_fn(scaled.dim(), |(i, j)| scaled[[i, j]] / (sigma[i] * sigma[j]));
    let least = minimum_variance(correlation.view(), &WeightBounds::long_only(sigma.len())?)?;
    let raw: Vec<f64> = least.weights.iter().zip(&sigma).map(|(w, s)| w / s).collect();
    let total: f64 = raw.iter().sum();
    Ok(raw.into_iter().map(|w| w / total).collect())
}

/// Diversification ratio of weights: weighted mean volatility over portfolio volatility, 1 for a single asset.
///
/// ```
/// use autotrading_portfolio::diversification_ratio;
/// use ndarray::array;
/// let ratio = diversification_ratio(array![[1.0, 0.0], [0.0, 1.0]].view(), &[0.5, 0.5])?;
/// assert!((ratio - 2.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// A covariance as in [`minimum_variance`], weights of another number, or a portfolio without risk.
pub fn diversification_ratio(
    covariance: ArrayView2<'_, f64>,
    weights: &[f64],
) -> Result<f64, PortfolioError> {
    let scaled = ScaledCovariance::of(covariance)?.matrix;
    check_vector("weights", weights, scaled.nrows())?;
    let (_, variance) = contributions(&scaled, weights);
    if variance.is_nan() || variance <= 0.0 {
        return Err(PortfolioError::Constant { asset: "the portfolio".into(), variance });
    }
    let mean: f64 = weights.iter().zip(scaled.diag()).map(|(w, v)| w * v.sqrt()).sum();
    Ok(mean / variance.sqrt())
}
