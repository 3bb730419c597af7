//! Why the venue cannot go on.

use autotrading_domain::{ClientOrderId, InstrumentError, InstrumentId, Timestamp, ValueError};

/// What is wrong with what the venue was given. A refused order is no error: it is answered by a report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VenueError {
    /// The instrument is not listed here.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
    /// A figure overflows.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A bar is not sound.
    #[error("bar of instrument {} at {open_time}: {source}", instrument.0)]
    Bar {
        /// Whose bar.
        instrument: InstrumentId,
        /// Which bar.
        open_time: Timestamp,
        /// What is wrong with it.
        source: ValueError,
    },
    /// A bar came after a later one.
    #[error("bar of instrument {} opens at {got}, but {last} was there already", instrument.0)]
    OutOfOrder {
        /// Whose bar.
        instrument: InstrumentId,
        /// When it opens.
        got: Timestamp,
        /// When the latest bar so far opens.
        last: Timestamp,
    },
    /// The market of an instrument is told in bars, and a tick came, or the other way round.
    #[error("instrument {} is told {follows}", instrument.0)]
    Feed {
        /// Which instrument.
        instrument: InstrumentId,
        /// How its market is told.
        follows: &'static str,
    },
    /// A word of the market came after a later one.
    #[error("instrument {}: the market's word of {got} comes after that of {last}", instrument.0)]
    ClockBackward {
        /// Which instrument.
        instrument: InstrumentId,
        /// The time of the word.
        got: Timestamp,
        /// The time of the latest word so far.
        last: Timestamp,
    },
    /// A rule contradicts itself or another.
    #[error("venue rule {field} is {got}, expected {expected}")]
    Rule {
        /// The rule.
        field: &'static str,
        /// Its value.
        got: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Funding rates are not in the order of their times.
    #[error("funding of instrument {} at {got} does not come after {last}", instrument.0)]
    FundingOrder {
        /// Whose funding.
        instrument: InstrumentId,
        /// The time that is too early.
        got: Timestamp,
        /// The time before it in the series.
        last: Timestamp,
    },
    /// A fault on demand: the connection was down and the command did not leave.
    #[error("order {order}: the connection to the venue is down")]
    Disconnected {
        /// The order that the command is about.
        order: ClientOrderId,
    },
}
