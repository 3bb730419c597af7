//! What keeps an estimate from being made.

use autotrading_domain::ValueError;
use autotrading_statistics::StatisticsError;

use crate::hmm::HmmDegeneracy;

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
    /// A sample too short for the model asked of it.
    #[error("{what}: {got} observations, at least {required} are needed")]
    TooFew {
        /// Which sample.
        what: &'static str,
        /// Its length.
        got: usize,
        /// What the model needs.
        required: usize,
    },
    /// A number that is none.
    #[error("{what}[{index}] is {got}; it must be finite")]
    NotFinite {
        /// Which sample.
        what: &'static str,
        /// The place in it: time, or time * columns + column.
        index: usize,
        /// The offending value.
        got: f64,
    },
    /// A series that does not vary has no volatility to model.
    #[error("{what}: column {column} does not vary")]
    Constant {
        /// Which sample.
        what: &'static str,
        /// The column in it, from 0.
        column: usize,
    },
    /// A parameter or option outside of the admissible set.
    #[error("{name} is {got}, allowed is {allowed}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Observations with another number of features than the model has.
    #[error("{got} features were shown, the model has {required}")]
    Features {
        /// How many came.
        got: usize,
        /// How many the model has.
        required: usize,
    },
    /// A fit at rest that cannot be trusted.
    #[error("a fit of {states} hidden states is degenerate: {reason}")]
    Degenerate {
        /// How many states it has.
        states: usize,
        /// What is wrong with it.
        reason: HmmDegeneracy,
    },
    /// A finite input whose answer is too large or too small for a number.
    #[error("{what} leaves the range of finite numbers")]
    Overflow {
        /// Which answer.
        what: &'static str,
    },
    /// A bar that is not sound.
    #[error(transparent)]
    Bar(#[from] ValueError),
    /// The numbers underneath refused.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}
