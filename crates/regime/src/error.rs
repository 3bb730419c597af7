//! What keeps an estimate from being made.

use autotrading_statistics::StatisticsError;

/// A measurement or a rule that an estimate cannot be made with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RegimeError {
    /// A bar's close must be finite and above zero.
    #[error("the detector was shown a close of {close}; it must be finite and above zero")]
    Close {
        /// The offending close.
        close: f64,
    },
    /// A rule lies outside of what it may be.
    #[error("regime.{key} is {got}, allowed is {allowed}")]
    Rule {
        /// The configuration key.
        key: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// The numbers underneath refused.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}
