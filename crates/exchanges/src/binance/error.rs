//! Why a frame cannot be understood.

use autotrading_domain::{InstrumentError, ValueError};

/// What is wrong with a frame. Unknown fields and unknown kinds of frames are no errors: new ones appear often.
#[derive(Debug, thiserror::Error)]
pub enum DialectError {
    /// It is not the JSON that was expected.
    #[error("a frame of {length} bytes cannot be read: {source}")]
    Unreadable {
        /// Its length.
        length: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// It speaks of a symbol that is not listed here.
    #[error("a frame speaks of {got:?}, which is not among the instruments")]
    UnknownSymbol {
        /// The symbol.
        got: String,
    },
    /// A snapshot does not say whose it is, and more than one instrument is listed.
    #[error("a snapshot does not name its instrument, and {known} are listed")]
    WhoseSnapshot {
        /// How many are listed.
        known: usize,
    },
    /// The instrument is not listed.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
    /// A price is not on the instrument's grid.
    #[error("{symbol}: {source}")]
    Value {
        /// Which instrument.
        symbol: String,
        /// What is wrong.
        source: ValueError,
    },
    /// A figure is no number, or not one that can be.
    #[error("{symbol}: {what} is {got:?}, expected a number that is not negative")]
    Figure {
        /// Which instrument.
        symbol: String,
        /// Which figure.
        what: &'static str,
        /// What stands there.
        got: String,
    },
}
