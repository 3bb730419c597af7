//! What keeps a simulation from being made.

use std::ops::Range;

use autotrading_market_data::HistoryError;
use autotrading_regime::RegimeError;
use autotrading_statistics::StatisticsError;

/// A rule, a sample or a share that a simulation cannot be made with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MonteCarloError {
    /// Fewer returns than the path maker needs.
    #[error("{got} returns, at least {required} are needed")]
    TooFew {
        /// How many there were.
        got: usize,
        /// How many are needed.
        required: usize,
    },
    /// A return that cannot be one.
    #[error("return {index} is {got}, allowed is {allowed}")]
    Return {
        /// Its place.
        index: usize,
        /// The offending value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A rule outside of what it may be.
    #[error("{key} is {got}, allowed is {allowed}")]
    Rule {
        /// Which rule.
        key: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Paths that the simulation does not have.
    #[error("paths {from} to {to} were asked for, there are {paths}")]
    Paths {
        /// First path.
        from: u64,
        /// The path after the last.
        to: u64,
        /// How many there are.
        paths: u64,
    },
    /// Shares that do not make the whole.
    #[error("the shares hold paths {} to {} where path {expected} is due", .got.start, .got.end)]
    Shares {
        /// The path that is missing or there twice.
        expected: u64,
        /// What the next share holds.
        got: Range<u64>,
    },
    /// A share of another simulation.
    #[error("the share from path {first} was made with other rules")]
    Foreign {
        /// Its first path.
        first: u64,
    },
    /// The model could not be fitted.
    #[error(transparent)]
    Model(#[from] RegimeError),
    /// The numbers underneath refused.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// A permuted market is none.
    #[error(transparent)]
    Market(#[from] HistoryError),
}
