//! How variables move together: covariance of a table of observations, whole or as a fading stream.
//!
//! Tables have one row per observation (oldest first) and one column per variable.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::{Decay, Estimator, StatisticsError, moments, sample};

/// Covariance matrix of a table, about the column means: `sum (x - m)(x - m)' / (n - 1)`, or `/ n`.
///
/// ```
/// use autotrading_statistics::{Estimator, covariance::covariance};
/// use ndarray::array;
/// let table = array![[1.0, 2.0], [3.0, 6.0]];
/// assert_eq!(covariance(table.view(), Estimator::Sample)?, array![[2.0, 4.0], [4.0, 8.0]]);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// No column, fewer than one (population) or two (sample) rows, a non-finite entry, overflow.
pub fn covariance(table: ArrayView2<'_, f64>, estimator: Estimator) -> Result<Array2<f64>, StatisticsError> {
    let (rows, columns) = table.dim();
    let required = if estimator == Estimator::Sample { 2 } else { 1 };
    sample::check_length("rows", rows, required)?;
    sample::check_length("columns", columns, 1)?;
    sample::check_matrix("table", table)?;
    let means: Array1<f64> =
        table.columns().into_iter().map(|c| moments::mean(&c.to_vec())).collect::<Result<_, _>>()?;
    let deviations = &table - &means;
    let divisor = (rows - (required - 1)) as f64;
    symmetric("covariance", deviations.t().dot(&deviations) / divisor)
}

/// Correlation matrix of a covariance matrix: `s_ij / sqrt(s_ii s_jj)`, ones on the diagonal, within [-1, 1].
///
/// ```
/// use autotrading_statistics::covariance::correlation;
/// use ndarray::array;
/// let s = array![[4.0, 1.0], [1.0, 1.0]];
/// assert_eq!(correlation(s.view())?, array![[1.0, 0.5], [0.5, 1.0]]);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Not square, empty, not finite, not symmetric; a variance not above zero (with its variable).
pub fn correlation(covariance: ArrayView2<'_, f64>) -> Result<Array2<f64>, StatisticsError> {
    let n = sample::check_symmetric("covariance", covariance)?;
    let deviations = standard_deviations(covariance)?;
    Ok(Array2::from_shape_fn((n, n), |(i, j)| {
        if i == j { 1.0 } else { (covariance[[i, j]] / deviations[i] / deviations[j]).clamp(-1.0, 1.0) }
    }))
}

/// Standard deviations, the square roots of the diagonal.
///
/// # Errors
/// Not square, empty, not finite; a variance not above zero.
pub fn standard_deviations(covariance: ArrayView2<'_, f64>) -> Result<Array1<f64>, StatisticsError> {
    sample::check_symmetric("covariance", covariance)?;
    let root = |(index, &value): (usize, &f64)| {
        if value > 0.0 {
            Ok(value.sqrt())
        } else {
            Err(StatisticsError::NoVariation { what: "covariance", index, value })
        }
    };
    covariance.diag().iter().enumerate().map(root).collect()
}

/// Quadratic form `w' S w`: the variance of a portfolio with weights `w`, in squared units of `w` times `S`.
///
/// ```
/// use autotrading_statistics::covariance::quadratic_form;
/// use ndarray::array;
/// let s = array![[4.0, 1.0], [1.0, 1.0]];
/// assert_eq!(quadratic_form(array![1.0, -1.0].view(), s.view())?, 3.0); // 4 - 2 + 1
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// A matrix that is not square with the vector's length, a non-finite entry, overflow.
pub fn quadratic_form(
    weights: ArrayView1<'_, f64>,
    matrix: ArrayView2<'_, f64>,
) -> Result<f64, StatisticsError> {
    let n = weights.len();
    if matrix.dim() != (n, n) {
        return Err(StatisticsError::Shape { what: "matrix", got: matrix.dim(), required: (n, n) });
    }
    sample::check_matrix("weights", weights.insert_axis(Axis(0)))?;
    sample::check_matrix("matrix", matrix)?;
    sample::finite_result("quadratic form", weights.dot(&matrix.dot(&weights)))
}

/// Exponentially weighted covariance of a stream of rows, in `O(N^2)` a row and without allocation.
///
/// The newest row weighs one, one `k` steps old `lambda^k`; weights are normalised by their sum.
///
/// ```
/// use autotrading_statistics::{Decay, ExponentialCovariance};
/// use ndarray::array;
///
/// let mut stream = ExponentialCovariance::new(2, Decay::from_lambda(0.5)?)?;
/// stream.push(array![1.0, 0.0].view())?;
/// stream.push(array![4.0, 3.0].view())?; // weights 1/2 and 1: variance 2, as for one variable
/// assert!((stream.covariance()?[[0, 1]] - 2.0).abs() < 1e-15);
/// assert!((stream.about_zero()?[[0, 1]] - 8.0).abs() < 1e-15); // 12 / 1.5
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ExponentialCovariance {
    decay: Decay,
    count: u64,
    weight: f64,
    square_weight: f64,
    mean: Array1<f64>,
    shift: Array1<f64>,
    /// The lower triangle; what lies above it is never read.
    spread: Array2<f64>,
}

impl ExponentialCovariance {
    /// An empty memory for `variables` columns, one to 4096.
    pub fn new(variables: usize, decay: Decay) -> Result<Self, StatisticsError> {
        sample::check_variables("columns", variables)?;
        Ok(Self {
            decay,
            count: 0,
            weight: 0.0,
            square_weight: 0.0,
            mean: Array1::zeros(variables),
            shift: Array1::zeros(variables),
            spread: Array2::zeros((variables, variables)),
        })
    }

    /// The memory after a whole table. Errors: no row, no column, a non-finite entry.
    pub fn of(table: ArrayView2<'_, f64>, decay: Decay) -> Result<Self, StatisticsError> {
        sample::check_length("rows", table.nrows(), 1)?;
        sample::check_matrix("table", table)?;
        let mut memory = Self::new(table.ncols(), decay)?;
        table.rows().into_iter().try_for_each(|row| memory.push(row))?;
        Ok(memory)
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// A row of another length, or with an entry that is not finite or so far off (1e150) that its square would never
    /// fade; the memory is unchanged then.
    pub fn push(&mut self, row: ArrayView1<'_, f64>) -> Result<(), StatisticsError> {
        sample::check_equal_length("row", row.len(), self.mean.len())?;
        sample::check_matrix("row", row.insert_axis(Axis(0)))?;
        if row.iter().zip(&self.mean).any(|(x, mean)| (x - mean).abs() > 1e150) {
            return Err(StatisticsError::Overflow { what: "exponentially weighted covariance" });
        }
        let lambda = self.decay.lambda();
        let old = lambda * self.weight;
        self.count += 1;
        self.weight = old + 1.0;
        self.square_weight = lambda * lambda * self.square_weight + 1.0;
        for ((shift, mean), x) in self.shift.iter_mut().zip(&mut self.mean).zip(row) {
            *shift = x - *mean;
            *mean += *shift / self.weight;
        }
        // The outer product of deviations from the old and the new mean is symmetric: both are multiples of `shift`.
        // Only the lower triangle is kept; whoever reads mirrors it.
        let factor = old / self.weight;
        // As plain slices, which the compiler walks several entries at a time; both are always contiguous.
        let shift = self.shift.as_slice().unwrap_or_default();
        for (place, (line, &di)) in self.spread.rows_mut().into_iter().zip(shift).enumerate() {
            let line = line.into_slice().unwrap_or_default();
            for (entry, &dj) in line.iter_mut().zip(shift.get(..=place).unwrap_or_default()) {
                *entry = lambda * *entry + factor * (di * dj);
            }
        }
        Ok(())
    }

    /// How many rows were taken, whatever they weigh by now.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// `n_eff = (sum w)^2 / sum w^2`; zero when empty.
    pub fn effective_count(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.weight * self.weight / self.square_weight }
    }

    /// Weighted means of the variables. Errors: no row; overflow.
    pub fn mean(&self) -> Result<ArrayView1<'_, f64>, StatisticsError> {
        self.require(1)?;
        self.mean
            .iter()
            .try_for_each(|&m| sample::finite_result("exponentially weighted mean", m).map(drop))?;
        Ok(self.mean.view())
    }

    /// Weighted covariance about the weighted means, `sum w (x - m)(x - m)' / sum w`. Errors: no row; overflow.
    pub fn covariance(&self) -> Result<Array2<f64>, StatisticsError> {
        self.require(1)?;
        symmetric("exponentially weighted covariance", &self.spread / self.weight)
    }

    /// The covariance freed of its bias: times `n_eff / (n_eff - 1)`.
    ///
    /// # Errors
    /// Fewer than two rows; memory so short that one row holds all the weight; overflow.
    pub fn corrected_covariance(&self) -> Result<Array2<f64>, StatisticsError> {
        self.require(2)?;
        let factor = 1.0 - self.square_weight / (self.weight * self.weight);
        if factor <= 0.0 {
            return Err(sample::out_of_range("effective count", self.effective_count(), "(1, inf)"));
        }
        symmetric("exponentially weighted covariance", &self.spread / (self.weight * factor))
    }

    /// Weighted second moments about zero, `sum w x x' / sum w`: RiskMetrics, where the mean is taken as zero.
    /// Errors: no row; overflow.
    pub fn about_zero(&self) -> Result<Array2<f64>, StatisticsError> {
        let mut moments = self.covariance()?;
        for ((i, j), entry) in moments.indexed_iter_mut() {
            *entry += self.mean[i] * self.mean[j];
        }
        symmetric("exponentially weighted covariance", moments)
    }

    fn require(&self, required: usize) -> Result<(), StatisticsError> {
        sample::check_length("rows", usize::try_from(self.count).unwrap_or(usize::MAX), required)
    }
}

/// Mirrors the lower triangle, so that the result is symmetric to the last bit, and requires it to be finite.
fn symmetric(what: &'static str, mut matrix: Array2<f64>) -> Result<Array2<f64>, StatisticsError> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(StatisticsError::Overflow { what });
    }
    for row in 0..matrix.nrows() {
        for column in 0..row {
            matrix[[column, row]] = matrix[[row, column]];
        }
    }
    Ok(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExponentialMoments;
    use ndarray::array;
    use proptest::prelude::*;

    fn tables() -> impl Strategy<Value = Array2<f64>> {
        (2_usize..30).prop_flat_map(|rows| {
            prop::collection::vec(-2.0_f64..2.0, rows * 3)
                .prop_map(move |entries| Array2::from_shape_vec((rows, 3), entries).unwrap())
        })
    }

    #[test]
    fn bad_tables_are_named() {
        assert!(matches!(
            covariance(array![[1.0, 2.0]].view(), Estimator::Sample),
            Err(StatisticsError::TooFew { what: "rows", got: 1, required: 2 })
        ));
        assert!(matches!(
            covariance(array![[1.0, 2.0], [3.0, f64::NAN]].view(), Estimator::Sample),
            Err(StatisticsError::NotFinite { index: 3, .. })
        ));
        assert!(matches!(
            correlation(array![[1.0, 0.0], [0.0, 0.0]].view()),
            Err(StatisticsError::NoVariation { index: 1, .. })
        ));
        assert!(matches!(
            quadratic_form(array![1.0].view(), Array2::eye(2).view()),
            Err(StatisticsError::Shape { .. })
        ));
    }

    #[test]
    fn a_refused_row_leaves_the_stream_unchanged() {
        let decay = Decay::from_lambda(0.9).unwrap();
        let mut stream = ExponentialCovariance::of(array![[1.0, 2.0]].view(), decay).unwrap();
        let before = stream.clone();
        assert!(stream.push(array![1.0].view()).is_err());
        assert!(stream.push(array![1.0, f64::INFINITY].view()).is_err());
        assert!(stream.push(array![1.0, -1e200].view()).is_err());
        assert_eq!(stream, before);
        assert!(stream.corrected_covariance().is_err());
    }

    proptest! {
        #[test]
        fn the_diagonal_is_the_variance_of_each_column(table in tables()) {
            for e in [Estimator::Population, Estimator::Sample] {
                let s = covariance(table.view(), e).unwrap();
                for (j, column) in table.columns().into_iter().enumerate() {
                    let v = moments::variance(&column.to_vec(), e).unwrap();
                    prop_assert!((s[[j, j]] - v).abs() < 1e-13);
                }
            }
        }

        #[test]
        fn the_quadratic_form_is_the_variance_of_the_combination(
            table in tables(),
            w in prop::collection::vec(-1.0_f64..1.0, 3),
        ) {
            let w = Array1::from_vec(w);
            let s = covariance(table.view(), Estimator::Sample).unwrap();
            let direct = moments::variance(&table.dot(&w).to_vec(), Estimator::Sample).unwrap();
            prop_assert!((quadratic_form(w.view(), s.view()).unwrap() - direct).abs() < 1e-12);
        }

        #[test]
        fn every_covariance_is_positive_semidefinite(table in tables(), lambda in 0.5_f64..1.0) {
            let stream = ExponentialCovariance::of(table.view(), Decay::from_lambda(lambda).unwrap()).unwrap();
            for s in [covariance(table.view(), Estimator::Sample).unwrap(), stream.covariance().unwrap()] {
                prop_assert!(crate::cholesky::is_positive_semidefinite(s.view(), 1e-10).unwrap());
            }
        }

        #[test]
        fn the_fading_stream_agrees_with_one_variable_at_a_time(table in tables(), lambda in 0.5_f64..=1.0) {
            let decay = Decay::from_lambda(lambda).unwrap();
            let stream = ExponentialCovariance::of(table.view(), decay).unwrap();
            for (j, column) in table.columns().into_iter().enumerate() {
                let one = ExponentialMoments::of(&column.to_vec(), decay).unwrap();
                let corrected = stream.corrected_covariance().unwrap()[[j, j]];
                prop_assert!((corrected - one.corrected_variance().unwrap()).abs() < 1e-11 * (1.0 + corrected));
                prop_assert!((stream.about_zero().unwrap()[[j, j]] - one.mean_square().unwrap()).abs() < 1e-12);
            }
        }

        #[test]
        fn without_forgetting_it_is_the_sample_covariance(table in tables()) {
            let stream = ExponentialCovariance::of(table.view(), Decay::from_lambda(1.0).unwrap()).unwrap();
            let plain = covariance(table.view(), Estimator::Sample).unwrap();
            let gap = stream.corrected_covariance().unwrap() - plain;
            prop_assert!(gap.iter().all(|d| d.abs() < 1e-12));
        }
    }
}
