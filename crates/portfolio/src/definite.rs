//! The one place where a covariance is checked and factored.

use autotrading_statistics::{Cholesky, StatisticsError};
use ndarray::{Array1, Array2, ArrayView2};

use crate::PortfolioError;

/// From so many assets on a blocked factorisation does the work, where the feature `optimise` brings one. Below it is no
/// faster, and an answer must not change in its last digits with a feature.
#[cfg(feature = "optimise")]
const LARGE: usize = 64;

/// A Cholesky factor to solve with.
pub(crate) enum Factor {
    Plain(Cholesky),
    #[cfg(feature = "optimise")]
    Blocked(faer::linalg::solvers::Llt<f64>),
}

impl Factor {
    /// `None` for a matrix that is not positive definite by more than rounding.
    pub(crate) fn of(matrix: ArrayView2<'_, f64>) -> Option<Self> {
        #[cfg(feature = "optimise")]
        if matrix.nrows() >= LARGE {
            return Self::blocked(matrix);
        }
        Cholesky::of(matrix).ok().map(Self::Plain)
    }

    #[cfg(feature = "optimise")]
    fn blocked(matrix: ArrayView2<'_, f64>) -> Option<Self> {
        faer::set_global_parallelism(faer::Par::Seq); // the caller owns the threads
        let n = matrix.nrows();
        let dense = faer::Mat::from_fn(n, n, |i, j| matrix[[i, j]]);
        let factor = dense.llt(faer::Side::Lower).ok()?;
        let lower = factor.L();
        let sound = |i: usize| lower[(i, i)].powi(2) > n as f64 * f64::EPSILON * matrix[[i, i]];
        (0..n).all(sound).then_some(Self::Blocked(factor))
    }

    pub(crate) fn solve(&self, b: &Array1<f64>) -> Option<Array1<f64>> {
        match self {
            Self::Plain(factor) => factor.solve(b.view()).ok(),
            #[cfg(feature = "optimise")]
            Self::Blocked(factor) => {
                use faer::linalg::solvers::Solve;
                let rhs = faer::Mat::from_fn(b.len(), 1, |i, _| b[i]);
                let x = factor.solve(&rhs);
                let x = Array1::from_shape_fn(b.len(), |i| x[(i, 0)]);
                x.iter().all(|v| v.is_finite()).then_some(x)
            }
        }
    }
}

/// A covariance that is what it should be, brought to a mean variance of one so that the unit of returns cannot matter.
pub(crate) struct ScaledCovariance {
    pub(crate) matrix: Array2<f64>,
    /// What it was divided by.
    pub(crate) scale: f64,
}

impl ScaledCovariance {
    /// Checks shape, finiteness, symmetry, variances above zero and that no combination has a variance below zero.
    pub(crate) fn of(covariance: ArrayView2<'_, f64>) -> Result<Self, PortfolioError> {
        let n = covariance.nrows();
        if n == 0 {
            return Err(PortfolioError::Empty);
        }
        if covariance.ncols() != n {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        check_finite(covariance)?;
        if let Some((index, &variance)) = covariance.diag().iter().enumerate().find(|(_, v)| **v <= 0.0) {
            return Err(PortfolioError::Constant { asset: format!("asset {index}"), variance });
        }
        check_symmetric(covariance)?;
        let scale = covariance.diag().iter().map(|v| v / n as f64).sum::<f64>();
        if !scale.is_normal() {
            return Err(StatisticsError::Overflow { what: "mean variance" }.into());
        }
        let matrix = covariance.mapv(|v| v / scale);
        check_semidefinite(&matrix)?;
        Ok(Self { matrix, scale })
    }
}

fn check_finite(covariance: ArrayView2<'_, f64>) -> Result<(), PortfolioError> {
    match covariance.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((row, column), &got)) => {
            let asset = format!("asset {column}");
            Err(PortfolioError::NotFinite { what: "the covariance", asset, row, got })
        }
    }
}

/// Rounding may part an entry from its mirror image, relative to the volatilities of the pair.
fn check_symmetric(covariance: ArrayView2<'_, f64>) -> Result<(), PortfolioError> {
    for ((row, column), &got) in covariance.indexed_iter() {
        let mirror = covariance[[column, row]];
        let size = covariance[[row, row]].sqrt() * covariance[[column, column]].sqrt();
        if (got - mirror).abs() > 1e-10 * size {
            return Err(StatisticsError::NotSymmetric { what: "covariance", row, column, got, mirror }.into());
        }
    }
    Ok(())
}

/// Decided by factoring the matrix with a trifle on its diagonal, so that a singular one passes.
fn check_semidefinite(matrix: &Array2<f64>) -> Result<(), PortfolioError> {
    const TRIFLE: f64 = 1e-10;
    let n = matrix.nrows();
    let sigma = matrix.diag().mapv(f64::sqrt);
    let raised = Array2::from_shape_fn((n, n), |(i, j)| {
        if i == j { 1.0 + TRIFLE } else { matrix[[i, j]] / (sigma[i] * sigma[j]) }
    });
    if Factor::of(raised.view()).is_some() {
        return Ok(());
    }
    // Again, by the plain loop, which names the pivot.
    let got = match Cholesky::of(raised.view()) {
        Err(StatisticsError::NotPositiveDefinite { got, .. }) => got.min(0.0) - TRIFLE,
        _ => -TRIFLE,
    };
    Err(PortfolioError::NotPositiveSemidefinite { got })
}

/// Refuses a vector of another length, or with an entry that is not finite.
pub(crate) fn check_vector(what: &'static str, got: &[f64], required: usize) -> Result<(), PortfolioError> {
    if got.len() != required {
        return Err(PortfolioError::Shape { what, got: (got.len(), 1), required: (required, 1) });
    }
    match got.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some((index, &got)) => Err(StatisticsError::NotFinite { what, index, got }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_matrix_is_solved_as_by_the_plain_loop() {
        let n = 90;
        let entry = |i: usize, j: usize| ((i * 37 + j * 91) % 101) as f64 / 101.0 - 0.5;
        let a = Array2::from_shape_fn((n + 5, n), |(i, j)| entry(i, j * j + i));
        let matrix = a.t().dot(&a) + 0.1 * Array2::<f64>::eye(n);
        let b = Array1::from_shape_fn(n, |i| entry(i, 7));
        let x = Factor::of(matrix.view()).unwrap().solve(&b).unwrap();
        let plain = Cholesky::of(matrix.view()).unwrap().solve(b.view()).unwrap();
        assert!(x.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-10));
        let mut singular = matrix;
        let twin = singular.row(0).to_owned();
        singular.row_mut(1).assign(&twin);
        let twin = singular.column(0).to_owned();
        singular.column_mut(1).assign(&twin);
        assert!(Factor::of(singular.view()).is_none());
    }

    #[test]
    fn what_is_no_covariance_is_told_by_how_far_it_is_off() {
        let got = |c: f64| match ScaledCovariance::of(ndarray::array![[1.0, c], [c, 1.0]].view()) {
            Err(PortfolioError::NotPositiveSemidefinite { got }) => Some(got),
            _ => None,
        };
        assert_eq!(got(1.0), None);
        assert!((got(1.1).unwrap() + 0.21).abs() < 1e-8); // 1 - 1.1^2
        assert!((got(-2.0).unwrap() + 3.0).abs() < 1e-8);
    }
}
