//! Why there is no growth-optimal bet.

use autotrading_statistics::StatisticsError;

/// Why a growth-optimal bet could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GrowthError {
    /// A parameter lies outside its range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// Its value.
        got: f64,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// A return or weight is NaN or infinite, or a return below -1.
    #[error("{what} {index} is {got}, expected {expected}")]
    Element {
        /// Which list.
        what: &'static str,
        /// Place in the list, from 0.
        index: usize,
        /// Its value.
        got: f64,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// Fewer observations than it takes.
    #[error("{got} returns, at least {required} required")]
    TooFew {
        /// How many there are.
        got: usize,
        /// How many it takes.
        required: usize,
    },
    /// A sample that gains and never loses: no bet is too large for it.
    #[error("no return is below zero: the growth-optimal bet has no bound")]
    NoLoss,
    /// Lists that must agree in length do not.
    #[error("{what} has {got} entries, {required} required")]
    Length {
        /// Which list.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length required.
        required: usize,
    },
    /// The covariance is not square, not symmetric or not finite.
    #[error("covariance: {0}")]
    Covariance(#[from] StatisticsError),
    /// The covariance has a negative eigenvalue: no returns can move like that.
    #[error("covariance is not positive semi-definite")]
    NotPositiveSemidefinite,
    /// A bet that earns without risk and has no limit, or one so nearly so that the search does not settle.
    #[error(
        "the growth-optimal weights did not settle after {sweeps} sweeps: an edge without risk needs a limit"
    )]
    NoConvergence {
        /// How many sweeps were spent.
        sweeps: usize,
    },
}
