//! The door every input passes: long enough, finite, in range. Private to the crate.

use ndarray::ArrayView2;

use crate::StatisticsError;

/// Requires at least `required` observations, all finite.
pub(crate) fn check(what: &'static str, sample: &[f64], required: usize) -> Result<(), StatisticsError> {
    check_length(what, sample.len(), required)?;
    match sample.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(index) => Err(StatisticsError::NotFinite {
            what,
            index,
            got: sample.get(index).copied().unwrap_or(f64::NAN),
        }),
    }
}

/// Requires at least `required` observations.
pub(crate) fn check_length(what: &'static str, got: usize, required: usize) -> Result<(), StatisticsError> {
    if got < required { Err(StatisticsError::TooFew { what, got, required }) } else { Ok(()) }
}

/// The most variables a matrix or a box may have: 4096 squared numbers are 128 MiB.
pub(crate) const MOST_VARIABLES: usize = 4096;

/// Requires between one and [`MOST_VARIABLES`] variables.
pub(crate) fn check_variables(what: &'static str, got: usize) -> Result<(), StatisticsError> {
    check_length(what, got, 1)?;
    if got <= MOST_VARIABLES { Ok(()) } else { Err(out_of_range(what, got as f64, "[1, 4096]")) }
}

/// Requires two inputs of equal length.
pub(crate) fn check_equal_length(
    what: &'static str,
    got: usize,
    required: usize,
) -> Result<(), StatisticsError> {
    if got == required { Ok(()) } else { Err(StatisticsError::Length { what, got, required }) }
}

/// Requires a matrix whose entries are all finite; the index counts row by row.
pub(crate) fn check_matrix(what: &'static str, matrix: ArrayView2<'_, f64>) -> Result<(), StatisticsError> {
    match matrix.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        None => Ok(()),
        Some((index, &got)) => Err(StatisticsError::NotFinite { what, index, got }),
    }
}

/// Requires a square, finite matrix, symmetric up to rounding; returns its order.
pub(crate) fn check_symmetric(
    what: &'static str,
    matrix: ArrayView2<'_, f64>,
) -> Result<usize, StatisticsError> {
    let (rows, columns) = matrix.dim();
    if rows != columns || rows == 0 {
        return Err(StatisticsError::Shape {
            what,
            got: (rows, columns),
            required: (rows.max(1), rows.max(1)),
        });
    }
    check_matrix(what, matrix)?;
    for row in 0..rows {
        for column in 0..row {
            let (got, mirror) = (matrix[[row, column]], matrix[[column, row]]);
            // A covariance near zero is rounded in proportion to the deviations, not to itself.
            let deviations = matrix[[row, row]].abs().sqrt() * matrix[[column, column]].abs().sqrt();
            if (got - mirror).abs() > 1e-9 * got.abs().max(mirror.abs()) + 1e-12 * deviations {
                return Err(StatisticsError::NotSymmetric { what, row, column, got, mirror });
            }
        }
    }
    Ok(rows)
}

/// Requires one finite number.
pub(crate) fn check_finite(what: &'static str, got: f64) -> Result<f64, StatisticsError> {
    if got.is_finite() { Ok(got) } else { Err(StatisticsError::NotFinite { what, index: 0, got }) }
}

/// Requires one finite number above zero.
pub(crate) fn check_positive(what: &'static str, got: f64) -> Result<f64, StatisticsError> {
    check_finite(what, got)?;
    if got > 0.0 { Ok(got) } else { Err(out_of_range(what, got, "(0, inf)")) }
}

/// Requires a finite number at or above zero.
pub(crate) fn check_not_negative(what: &'static str, got: f64) -> Result<f64, StatisticsError> {
    check_finite(what, got)?;
    if got >= 0.0 { Ok(got) } else { Err(out_of_range(what, got, "[0, inf)")) }
}

/// Requires a probability strictly between zero and one.
pub(crate) fn check_probability(what: &'static str, got: f64) -> Result<f64, StatisticsError> {
    check_finite(what, got)?;
    if got > 0.0 && got < 1.0 { Ok(got) } else { Err(out_of_range(what, got, "(0, 1)")) }
}

/// Turns a result that overflowed, or met `inf - inf` on its way, into an error.
pub(crate) fn finite_result(what: &'static str, value: f64) -> Result<f64, StatisticsError> {
    if value.is_finite() { Ok(value) } else { Err(StatisticsError::Overflow { what }) }
}

/// The error for a single number outside its range.
pub(crate) fn out_of_range(what: &'static str, got: f64, required: &'static str) -> StatisticsError {
    StatisticsError::OutOfRange { what, index: 0, got, required }
}
