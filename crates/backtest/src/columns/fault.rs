//! Why the fused path does not answer.

use autotrading_domain::{Timestamp, ValueError};
use autotrading_positions::LedgerError;
use autotrading_strategy::ParameterError;
use rust_decimal::Decimal;

use crate::ConfigurationFault;

/// What the fused path cannot state exactly. The event engine has an answer to most of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ColumnFault {
    /// There is nothing to run on.
    #[error("there is no bar to run on")]
    NoBars,
    /// A bar contradicts itself; the engine would judge it on its own.
    #[error("bar {place} is unsound: {source}")]
    Bar {
        /// Its place.
        place: usize,
        /// What is wrong with it.
        source: ValueError,
    },
    /// A bar was filled forward over a gap: nothing trades on it, and the engine follows no opinion formed on it.
    #[error("bar {place} was filled forward, on which nothing trades: this needs the event engine")]
    Synthetic {
        /// Its place.
        place: usize,
    },
    /// A bar opens before the one before it has closed: an order sent at that close comes too late for its open.
    #[error(
        "bar {place} opens at {opens}, before the last one closes at {closes}: this needs the event engine"
    )]
    Overlap {
        /// Its place.
        place: usize,
        /// When it opens.
        opens: Timestamp,
        /// When the bar before it closes.
        closes: Timestamp,
    },
    /// A price is nothing, or more than can be counted exactly, on the grid of the instrument.
    #[error("bar {place} has the price {got}, which cannot be counted on the price grid")]
    Price {
        /// Place of the bar.
        place: usize,
        /// The price.
        got: f64,
    },
    /// The strategy cannot be stated over columns.
    #[error("{name} cannot be stated over columns: this needs the event engine")]
    Strategy {
        /// Its name.
        name: String,
    },
    /// Its settings are illegal.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// A size that the engine would not trade as it is.
    #[error("size is {got}, allowed is {allowed}")]
    Size {
        /// The size.
        got: Decimal,
        /// What it may be.
        allowed: &'static str,
    },
    /// Amounts have more digits than sums can keep exactly.
    #[error("{what} has more digits than an exact sum keeps")]
    Digits {
        /// Of what.
        what: &'static str,
    },
    /// Sums of so many prices with so many digits cannot be compared in machine words.
    #[error(
        "averages over {fast} and {slow} bars of prices this fine cannot be compared exactly here: this needs the event engine"
    )]
    Range {
        /// Bars of the fast average.
        fast: usize,
        /// Bars of the slow average.
        slow: usize,
    },
    /// The account no longer bears the size with ease; the engine's sizing and risk gate would have to decide.
    #[error(
        "at bar {place} equity is {equity:.2}, which no longer bears the size: this needs the event engine"
    )]
    Ruin {
        /// Place of the bar.
        place: usize,
        /// Equity, to a few digits.
        equity: f64,
    },
    /// A strategy's change does not lie in the stretch that it was asked about, after its last one.
    #[error("a change at bar {got}: expected one in {from}..{to}, in order of time")]
    Change {
        /// Where it is.
        got: usize,
        /// First place that was asked about.
        from: usize,
        /// First place that was not.
        to: usize,
    },
    /// What is asked for was not kept.
    #[error("{what} was not kept: run with Keep::Everything")]
    NotKept {
        /// What.
        what: &'static str,
    },
    /// The instrument cannot be made of the rules.
    #[error(transparent)]
    Configuration(#[from] ConfigurationFault),
    /// A value breaks the law of its type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The books refuse a fill.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
