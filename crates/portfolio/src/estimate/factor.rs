//! Covariance from a few common factors.

use autotrading_statistics::{Estimator, LeastSquares, covariance};
use ndarray::{Array1, Array2, ArrayView2, concatenate};

use crate::{PortfolioError, Returns};

/// Loadings on factors, and what is left to each asset alone.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorModel {
    /// One row an asset, one column a factor.
    pub loadings: Array2<f64>,
    /// Sample covariance of the factors.
    pub factor_covariance: Array2<f64>,
    /// Residual variance of each asset, with the degrees of freedom that are left (`T - K - 1`).
    pub specific: Array1<f64>,
}

impl FactorModel {
    /// `B F B' + diag(specific)`: positive definite even with fewer periods than assets.
    pub fn covariance(&self) -> Array2<f64> {
        let mut matrix = self.loadings.dot(&self.factor_covariance).dot(&self.loadings.t());
        matrix.diag_mut().iter_mut().zip(&self.specific).for_each(|(d, s)| *d += s);
        // Symmetric to the last bit.
        (&matrix + &matrix.t()) / 2.0
    }
}

/// Regresses each asset on the factors (with an intercept), one row a period as in the returns.
///
/// ```
/// use autotrading_portfolio::{Returns, factor_model};
/// use ndarray::array;
///
/// let market = array![[0.01], [-0.02], [0.03], [0.00]];
/// let returns = Returns::new(["A"], &market * 2.0)?; // exactly twice the market
/// let model = factor_model(&returns, market.view())?;
/// assert!((model.loadings[[0, 0]] - 2.0).abs() < 1e-12);
/// assert!(model.specific[0] < 1e-30);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Factors with another number of rows, too few periods, factors that are combinations of each other.
pub fn factor_model(returns: &Returns, factors: ArrayView2<'_, f64>) -> Result<FactorModel, PortfolioError> {
    let (periods, assets, count) = (returns.observations(), returns.assets(), factors.ncols());
    if factors.nrows() != periods || count == 0 {
        let required = (periods, count.max(1));
        return Err(PortfolioError::Shape { what: "factors", got: factors.dim(), required });
    }
    let intercept = Array2::ones((periods, 1));
    let design = concatenate![ndarray::Axis(1), intercept, factors];
    let mut model = FactorModel {
        loadings: Array2::zeros((assets, count)),
        factor_covariance: covariance::covariance(factors, Estimator::Sample)?,
        specific: Array1::zeros(assets),
    };
    for (asset, column) in returns.table().columns().into_iter().enumerate() {
        let fit = LeastSquares::fit(design.view(), &column.to_vec())?;
        let slopes = fit.coefficients().iter().skip(1);
        model.loadings.row_mut(asset).iter_mut().zip(slopes).for_each(|(to, from)| *to = *from);
        model.specific[asset] = fit.residual_variance();
    }
    Ok(model)
}
