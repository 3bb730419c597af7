//! What can be wrong with the numbers that a risk is measured from.

use autotrading_statistics::StatisticsError;

/// Why a risk could not be measured; always with the offending value and what was required.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RiskError {
    /// A statistic refused its input.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// A number is not finite, or outside of what is defined.
    #[error("{what} is {got}, required: {required}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        got: f64,
        /// What was required.
        required: &'static str,
    },
    /// Two inputs do not fit together.
    #[error("{what}: {got} given, {required} required")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        required: usize,
    },
}

/// A finite number, or an error.
pub(crate) fn finite(what: &'static str, got: f64) -> Result<f64, RiskError> {
    if got.is_finite() { Ok(got) } else { Err(RiskError::OutOfRange { what, got, required: "finite" }) }
}

/// A finite number above zero, or an error.
pub(crate) fn positive(what: &'static str, got: f64) -> Result<f64, RiskError> {
    if got.is_finite() && got > 0.0 {
        Ok(got)
    } else {
        Err(RiskError::OutOfRange { what, got, required: "finite and above zero" })
    }
}
