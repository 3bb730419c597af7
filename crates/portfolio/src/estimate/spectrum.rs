//! What the eigenvalues of a covariance say: conditioning, repair, noise, and the market in it.

use autotrading_statistics::{StatisticsError, covariance};
use faer::{Mat, Par, Side};
use ndarray::{Array1, Array2, ArrayView2};

use crate::PortfolioError;

/// Eigenvalues in ascending order, and the eigenvectors in the columns of a matrix.
pub(crate) fn eigen(matrix: ArrayView2<'_, f64>) -> Result<(Array1<f64>, Array2<f64>), PortfolioError> {
    let n = check(matrix)?;
    // The caller owns the threads, and one order of additions gives one answer.
    faer::set_global_parallelism(Par::Seq);
    let decomposed =
        Mat::from_fn(n, n, |i, j| matrix[[i, j]]).self_adjoint_eigen(Side::Lower).map_err(|_| {
            StatisticsError::NoConvergence { what: "eigenvalues", iterations: 0, residual: f64::MAX }
        })?;
    let values = Array1::from_shape_fn(n, |i| decomposed.S().column_vector()[i]);
    Ok((values, Array2::from_shape_fn((n, n), |(i, j)| decomposed.U()[(i, j)])))
}

fn check(matrix: ArrayView2<'_, f64>) -> Result<usize, PortfolioError> {
    let n = matrix.nrows();
    if n == 0 {
        return Err(PortfolioError::Empty);
    }
    if matrix.ncols() != n {
        return Err(PortfolioError::Shape { what: "matrix", got: matrix.dim(), required: (n, n) });
    }
    let scale = matrix.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for ((row, column), &got) in matrix.indexed_iter() {
        if !got.is_finite() {
            let index = row * n + column;
            return Err(StatisticsError::NotFinite { what: "matrix", index, got }.into());
        }
        let mirror = matrix[[column, row]];
        if (got - mirror).abs() > 1e-10 * scale {
            return Err(StatisticsError::NotSymmetric { what: "matrix", row, column, got, mirror }.into());
        }
    }
    Ok(n)
}

/// `V diag(values) V'`, symmetric to the last bit.
fn rebuilt(vectors: &Array2<f64>, values: &Array1<f64>) -> Array2<f64> {
    let product = (vectors * values).dot(&vectors.t());
    (&product + &product.t()) / 2.0
}

/// Eigenvalues of a symmetric matrix, ascending.
///
/// ```
/// use autotrading_portfolio::eigenvalues;
/// use ndarray::array;
/// let values = eigenvalues(array![[2.0, 1.0], [1.0, 2.0]].view())?;
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-14);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Not square, not symmetric, not finite.
pub fn eigenvalues(matrix: ArrayView2<'_, f64>) -> Result<Array1<f64>, PortfolioError> {
    Ok(eigen(matrix)?.0)
}

/// Largest over smallest absolute eigenvalue: by how much a relative error of the input can grow in the answer.
/// Infinite for a singular matrix (anything beyond `1 / epsilon`).
///
/// ```
/// use autotrading_portfolio::condition_number;
/// use ndarray::array;
/// assert!((condition_number(array![[2.0, 1.0], [1.0, 2.0]].view())? - 3.0).abs() < 1e-14);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// As [`eigenvalues`].
pub fn condition_number(matrix: ArrayView2<'_, f64>) -> Result<f64, PortfolioError> {
    let values = eigen(matrix)?.0.mapv(f64::abs);
    let (least, most) = values.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), &x| (a.min(x), b.max(x)));
    Ok(if least > f64::EPSILON * most { most / least } else { f64::INFINITY })
}

/// The nearest positive semi-definite matrix in the Frobenius norm: negative eigenvalues become zero.
/// Source: Higham (1988), "Computing a nearest symmetric positive semidefinite matrix".
///
/// ```
/// use autotrading_portfolio::nearest_positive_semidefinite;
/// use ndarray::array;
/// // Eigenvalues 3 and -1: the second goes, 3/2 of ones is left.
/// let repaired = nearest_positive_semidefinite(array![[1.0, 2.0], [2.0, 1.0]].view())?;
/// assert!(repaired.iter().all(|x| (x - 1.5).abs() < 1e-14));
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// As [`eigenvalues`].
pub fn nearest_positive_semidefinite(matrix: ArrayView2<'_, f64>) -> Result<Array2<f64>, PortfolioError> {
    let (values, vectors) = eigen(matrix)?;
    if values[0] >= 0.0 {
        return Ok(matrix.to_owned());
    }
    Ok(rebuilt(&vectors, &values.mapv(|v| v.max(0.0))))
}

/// Correlations of a rebuilt matrix, back to the volatilities of the original.
fn with_volatilities_of(
    original: ArrayView2<'_, f64>,
    rebuilt: &Array2<f64>,
) -> Result<Array2<f64>, PortfolioError> {
    let sigma = covariance::standard_deviations(original)?;
    let mut matrix = covariance::correlation(rebuilt.view())?;
    matrix.indexed_iter_mut().for_each(|((i, j), c)| *c *= sigma[i] * sigma[j]);
    Ok(matrix)
}

/// Removes the first `markets` principal components of the correlation: what moves all assets together.
///
/// What is left is singular, fit for clustering and not for minimising variance. Source: Lopez de Prado (2020),
/// "Machine Learning for Asset Managers", section 2.6.
///
/// # Errors
/// No component or all of them, a constant asset, as [`eigenvalues`].
pub fn detoned(covariance: ArrayView2<'_, f64>, markets: usize) -> Result<Array2<f64>, PortfolioError> {
    let n = check(covariance)?;
    if markets == 0 || markets >= n {
        let (what, allowed) = ("the number of market components", "1 to one less than the assets");
        return Err(PortfolioError::Parameter { what, got: markets as f64, allowed });
    }
    let correlation = covariance::correlation(covariance)?;
    let (mut values, vectors) = eigen(correlation.view())?;
    values.iter_mut().take(n - markets).for_each(|v| *v = 0.0);
    with_volatilities_of(covariance, &(&correlation - &rebuilt(&vectors, &values)))
}

/// Replaces the eigenvalues of the correlation that pure noise explains by their mean.
///
/// The variance of the noise is fitted: the Marchenko-Pastur density of `T / N` is laid over the density of the
/// eigenvalues (normal kernel, bandwidth 0.01) by least squares; eigenvalues above its upper edge are kept. Source:
/// Lopez de Prado (2020), "Machine Learning for Asset Managers", sections 2.4 and 2.5.
///
/// # Errors
/// Not more observations than assets, a constant asset, as [`eigenvalues`].
pub fn denoised(covariance: ArrayView2<'_, f64>, observations: usize) -> Result<Array2<f64>, PortfolioError> {
    let n = check(covariance)?;
    if observations <= n {
        let what = "returns (more than assets, to tell noise)";
        return Err(StatisticsError::TooFew { what, got: observations, required: n + 1 }.into());
    }
    let (mut values, vectors) = eigen(covariance::correlation(covariance)?.view())?;
    let shape = n as f64 / observations as f64;
    let edge = noise_variance(&values, shape) * (1.0 + shape.sqrt()).powi(2);
    let noise: Vec<f64> = values.iter().copied().filter(|v| *v <= edge).collect();
    if !noise.is_empty() {
        let mean = noise.iter().sum::<f64>() / noise.len() as f64;
        values.iter_mut().filter(|v| **v <= edge).for_each(|v| *v = mean);
    }
    with_volatilities_of(covariance, &rebuilt(&vectors, &values))
}

/// The noise variance in (0, 1) that fits best: the best of a grid, then a golden section around it.
fn noise_variance(values: &Array1<f64>, shape: f64) -> f64 {
    let misfit = |variance: f64| marchenko_pastur_misfit(values, shape, variance);
    let grid = (1..100).map(|k| f64::from(k) / 100.0);
    let best =
        grid.map(|v| (v, misfit(v))).fold((0.5, f64::INFINITY), |a, b| if b.1 < a.1 { b } else { a }).0;
    let (mut low, mut high) = ((best - 0.01).max(1e-5), (best + 0.01).min(1.0 - 1e-5));
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    while high - low > 1e-6 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if misfit(left) < misfit(right) { high = right } else { low = left }
    }
    (low + high) / 2.0
}

/// Squared distance of the two densities over 1000 points of the noise band.
fn marchenko_pastur_misfit(values: &Array1<f64>, shape: f64, variance: f64) -> f64 {
    const POINTS: u32 = 1000;
    const BANDWIDTH: f64 = 0.01;
    let (low, high) = (variance * (1.0 - shape.sqrt()).powi(2), variance * (1.0 + shape.sqrt()).powi(2));
    let step = (high - low) / f64::from(POINTS - 1);
    let kernel = 1.0 / (values.len() as f64 * BANDWIDTH * std::f64::consts::TAU.sqrt());
    (0..POINTS)
        .map(|k| {
            let x = low + step * f64::from(k);
            let noise =
                ((high - x).max(0.0) * (x - low)).sqrt() / (std::f64::consts::TAU * variance * shape * x);
            let seen: f64 = values.iter().map(|v| (-0.5 * ((x - v) / BANDWIDTH).powi(2)).exp()).sum();
            (kernel * seen - noise).powi(2)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn a_singular_matrix_has_an_infinite_condition_number() {
        assert_eq!(condition_number(array![[1.0, 1.0], [1.0, 1.0]].view()), Ok(f64::INFINITY));
        assert!(eigenvalues(array![[1.0, 2.0], [0.0, 1.0]].view()).is_err());
        assert!(eigenvalues(array![[f64::NAN]].view()).is_err());
    }

    #[test]
    fn noise_needs_more_observations_than_assets() {
        assert!(denoised(Array2::eye(3).view(), 3).is_err());
        assert!(detoned(Array2::eye(3).view(), 3).is_err());
        assert!(detoned(array![[1.0, 0.0], [0.0, 0.0]].view(), 1).is_err());
    }

    proptest! {
        #[test]
        fn the_repaired_matrix_is_positive_semidefinite_and_a_sound_one_is_left_alone(
            entries in prop::collection::vec(-1.0_f64..1.0, 16),
        ) {
            let a = Array2::from_shape_vec((4, 4), entries).unwrap();
            let symmetric = &a + &a.t();
            let repaired = nearest_positive_semidefinite(symmetric.view()).unwrap();
            prop_assert!(eigenvalues(repaired.view()).unwrap()[0] > -1e-12);
            let sound = a.dot(&a.t()) + 0.1 * Array2::<f64>::eye(4);
            let again = nearest_positive_semidefinite(sound.view()).unwrap();
            prop_assert_eq!(again, sound);
        }
    }
}
