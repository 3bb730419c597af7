//! What can be wrong with numbers, each with the offending value and what was required.

/// Why a statistic could not be computed.
///
/// Every function of this crate answers bad input with one of these; none of them panics, and none of them
/// returns NaN or infinity.
///
/// ```
/// use autotrading_statistics::{StatisticsError, moments};
///
/// let refused = moments::mean(&[1.0, f64::NAN]).unwrap_err();
/// assert_eq!(refused.to_string(), "sample: value NaN at index 1 is not finite");
/// assert_eq!(moments::mean(&[]), Err(StatisticsError::TooFew { what: "sample", got: 0, required: 1 }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// Fewer observations than the statistic needs.
    #[error("{what}: {got} observations, at least {required} required")]
    TooFew {
        /// Which input.
        what: &'static str,
        /// How many there were.
        got: usize,
        /// How many are needed.
        required: usize,
    },
    /// A NaN or an infinity among the inputs.
    #[error("{what}: value {got} at index {index} is not finite")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// Position in the input, row by row for a matrix; zero for a single number.
        index: usize,
        /// The value found.
        got: f64,
    },
    /// A finite value outside what the function is defined for.
    #[error("{what}: value {got} at index {index} is outside {required}")]
    OutOfRange {
        /// Which input.
        what: &'static str,
        /// Position in the input; zero for a single number.
        index: usize,
        /// The value found.
        got: f64,
        /// What would have been accepted, in words or interval notation.
        required: &'static str,
    },
    /// Two inputs that must agree in length do not.
    #[error("{what}: length {got}, {required} required")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length required.
        required: usize,
    },
    /// A matrix of the wrong shape.
    #[error("{what}: shape {got:?}, {required:?} required")]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Its rows and columns.
        got: (usize, usize),
        /// The rows and columns required.
        required: (usize, usize),
    },
    /// A matrix that must be symmetric is not.
    #[error("{what}: entry ({row}, {column}) is {got}, its mirror image is {mirror}")]
    NotSymmetric {
        /// Which matrix.
        what: &'static str,
        /// Row of the first offending entry.
        row: usize,
        /// Column of the first offending entry.
        column: usize,
        /// The entry.
        got: f64,
        /// The entry mirrored at the diagonal.
        mirror: f64,
    },
    /// A constant input where the statistic divides by its spread.
    #[error("{what}: constant at {value} (variable {index}), a spread above zero is required")]
    NoVariation {
        /// Which input.
        what: &'static str,
        /// Which variable, zero for a single sample.
        index: usize,
        /// The constant.
        value: f64,
    },
    /// A Cholesky pivot that is not above zero.
    #[error("{what}: pivot {index} is {got}, not above zero: the matrix is not positive definite")]
    NotPositiveDefinite {
        /// Which matrix.
        what: &'static str,
        /// Row of the pivot.
        index: usize,
        /// The pivot.
        got: f64,
    },
    /// A regressor that is a combination of the ones before it.
    #[error("{what}: column {column} depends on the earlier ones: {left} of its length {whole} is left")]
    RankDeficient {
        /// Which matrix.
        what: &'static str,
        /// The column.
        column: usize,
        /// Length of its part that is orthogonal to the earlier columns.
        left: f64,
        /// Its whole length.
        whole: f64,
    },
    /// A Cornish-Fisher expansion that is not a monotone quantile function.
    #[error(
        "Cornish-Fisher expansion with skewness {skewness} and excess kurtosis {excess_kurtosis} is not monotone"
    )]
    NotMonotone {
        /// The skewness given.
        skewness: f64,
        /// The excess kurtosis given.
        excess_kurtosis: f64,
    },
    /// A root finder whose interval does not bracket a sign change.
    #[error("no sign change between f({lower}) = {at_lower} and f({upper}) = {at_upper}")]
    NoSignChange {
        /// Lower end of the interval.
        lower: f64,
        /// Upper end of the interval.
        upper: f64,
        /// Value at the lower end.
        at_lower: f64,
        /// Value at the upper end.
        at_upper: f64,
    },
    /// An iteration that did not arrive.
    #[error("{what}: no convergence after {iterations} iterations, residual {residual}")]
    NoConvergence {
        /// Which iteration.
        what: &'static str,
        /// How many iterations were spent.
        iterations: usize,
        /// What is left (units of the iteration's own test).
        residual: f64,
    },
    /// Finite inputs whose result does not fit a finite `f64`.
    #[error("{what}: the result leaves the range of finite numbers")]
    Overflow {
        /// Which result.
        what: &'static str,
    },
}
