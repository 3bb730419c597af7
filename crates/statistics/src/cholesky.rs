//! The Cholesky factor of a small covariance matrix, and what it is good for.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::{StatisticsError, sample};

/// `S = L L'` with `L` lower triangular: proof that a matrix is positive definite.
///
/// A plain loop, `N^3 / 3` multiplications: meant for up to about fifty variables. From a hundred on a blocked
/// factorisation of a linear algebra library is several times faster.
///
/// ```
/// use autotrading_statistics::Cholesky;
/// use ndarray::array;
///
/// let s = array![[4.0, 2.0], [2.0, 5.0]];
/// let factor = Cholesky::of(s.view())?;
/// assert_eq!(factor.lower(), array![[2.0, 0.0], [1.0, 2.0]]);
/// assert_eq!(factor.solve(array![8.0, 12.0].view())?, array![1.0, 2.0]);
/// assert!((factor.ln_determinant() - 16.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cholesky(Array2<f64>);

impl Cholesky {
    /// Factors a symmetric matrix; only rounding may part it from its transpose.
    ///
    /// # Errors
    /// Not square, empty, not finite, not symmetric, or not positive definite (with the pivot that says so).
    pub fn of(matrix: ArrayView2<'_, f64>) -> Result<Self, StatisticsError> {
        let n = sample::check_symmetric("matrix", matrix)?;
        let mut lower = Array2::<f64>::zeros((n, n));
        for row in 0..n {
            for column in 0..=row {
                let inner: f64 = (0..column).map(|k| lower[[row, k]] * lower[[column, k]]).sum();
                let rest = matrix[[row, column]] - inner;
                if row > column {
                    lower[[row, column]] = rest / lower[[column, column]];
                } else if rest > n as f64 * f64::EPSILON * matrix[[row, row]] && rest.is_finite() {
                    lower[[row, row]] = rest.sqrt();
                } else {
                    return Err(StatisticsError::NotPositiveDefinite {
                        what: "matrix",
                        index: row,
                        got: rest,
                    });
                }
            }
        }
        Ok(Self(lower))
    }

    /// The lower triangular factor. Times a vector of independent standard normals it gives correlated ones.
    pub fn lower(&self) -> ArrayView2<'_, f64> {
        self.0.view()
    }

    /// The order of the matrix.
    pub fn order(&self) -> usize {
        self.0.nrows()
    }

    /// `x` with `S x = b`. Errors: `b` of another length or not finite; overflow.
    pub fn solve(&self, b: ArrayView1<'_, f64>) -> Result<Array1<f64>, StatisticsError> {
        let mut x = self.whiten(b)?;
        for row in (0..self.order()).rev() {
            let later: f64 = (row + 1..self.order()).map(|k| self.0[[k, row]] * x[k]).sum();
            x[row] = sample::finite_result("solution", (x[row] - later) / self.0[[row, row]])?;
        }
        Ok(x)
    }

    /// `y` with `L y = b`, whose squared length is Mahalanobis' distance `b' S^-1 b`. Errors: as [`solve`](Self::solve).
    pub fn whiten(&self, b: ArrayView1<'_, f64>) -> Result<Array1<f64>, StatisticsError> {
        sample::check_equal_length("right-hand side", b.len(), self.order())?;
        let mut y = Array1::zeros(self.order());
        for row in 0..self.order() {
            sample::check_finite("right-hand side", b[row])?;
            let earlier: f64 = (0..row).map(|k| self.0[[row, k]] * y[k]).sum();
            y[row] = sample::finite_result("solution", (b[row] - earlier) / self.0[[row, row]])?;
        }
        Ok(y)
    }

    /// `ln det S`, which does not overflow where the determinant does.
    pub fn ln_determinant(&self) -> f64 {
        2.0 * self.0.diag().iter().map(|d| d.ln()).sum::<f64>()
    }
}

/// Whether a symmetric matrix has no eigenvalue below `-tolerance` times its largest diagonal entry.
///
/// Decided by factoring `S` with that much added to its diagonal, so a singular covariance matrix passes.
/// A tolerance of `1e-10` forgives rounding; zero is refused because rounding alone would decide then.
///
/// ```
/// use autotrading_statistics::cholesky::is_positive_semidefinite;
/// use ndarray::array;
/// assert!(is_positive_semidefinite(array![[1.0, 1.0], [1.0, 1.0]].view(), 1e-10)?); // eigenvalues 2 and 0
/// assert!(!is_positive_semidefinite(array![[1.0, 1.1], [1.1, 1.0]].view(), 1e-10)?); // 2.1 and -0.1
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Not square, empty, not finite, not symmetric; a tolerance not above zero.
pub fn is_positive_semidefinite(
    matrix: ArrayView2<'_, f64>,
    tolerance: f64,
) -> Result<bool, StatisticsError> {
    sample::check_symmetric("matrix", matrix)?;
    sample::check_positive("tolerance", tolerance)?;
    let largest = matrix.diag().iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        // With a diagonal of zeros only the zero matrix is positive semi-definite.
        return Ok(matrix.iter().all(|&x| x == 0.0));
    }
    let mut raised = matrix.to_owned();
    raised.diag_mut().iter_mut().for_each(|d| *d += tolerance * largest);
    match Cholesky::of(raised.view()) {
        Ok(_) => Ok(true),
        Err(StatisticsError::NotPositiveDefinite { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_positive_definite_names_its_pivot() {
        let singular = array![[1.0, 1.0], [1.0, 1.0]];
        assert!(matches!(
            Cholesky::of(singular.view()),
            Err(StatisticsError::NotPositiveDefinite { index: 1, .. })
        ));
        assert!(matches!(Cholesky::of(array![[1.0, 2.0]].view()), Err(StatisticsError::Shape { .. })));
        assert!(matches!(
            Cholesky::of(array![[1.0, 0.5], [0.4, 1.0]].view()),
            Err(StatisticsError::NotSymmetric { row: 1, column: 0, .. })
        ));
        assert!(matches!(
            Cholesky::of(array![[1.0, f64::NAN], [0.0, 1.0]].view()),
            Err(StatisticsError::NotFinite { index: 1, .. })
        ));
    }

    #[test]
    fn a_right_hand_side_must_fit() {
        let factor = Cholesky::of(array![[2.0]].view()).unwrap();
        assert!(matches!(factor.solve(array![1.0, 2.0].view()), Err(StatisticsError::Length { .. })));
        assert!(factor.solve(array![f64::NAN].view()).is_err());
    }

    #[test]
    fn only_the_zero_matrix_has_a_diagonal_of_zeros() {
        assert_eq!(is_positive_semidefinite(Array2::zeros((3, 3)).view(), 1e-10), Ok(true));
        assert_eq!(is_positive_semidefinite(array![[0.0, 1.0], [1.0, 0.0]].view(), 1e-10), Ok(false));
        assert_eq!(is_positive_semidefinite(array![[-1.0]].view(), 1e-10), Ok(false));
    }

    proptest! {
        #[test]
        fn the_factor_gives_the_matrix_back_and_solves_it(
            entries in prop::collection::vec(-1.0_f64..1.0, 25),
            x in prop::collection::vec(-1.0_f64..1.0, 5),
        ) {
            let a = Array2::from_shape_vec((5, 5), entries).unwrap();
            let s = a.dot(&a.t()) + 0.1 * Array2::<f64>::eye(5);
            let factor = Cholesky::of(s.view()).unwrap();
            let back = factor.lower().dot(&factor.lower().t());
            prop_assert!((&back - &s).iter().all(|d| d.abs() < 1e-13));
            let x = Array1::from_vec(x);
            let solved = factor.solve(s.dot(&x).view()).unwrap();
            prop_assert!((&solved - &x).iter().all(|d| d.abs() < 1e-10));
            prop_assert!(is_positive_semidefinite(s.view(), 1e-10).unwrap());
        }
    }
}
