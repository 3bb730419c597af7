//! Why a feed of many markets cannot go on.

use autotrading_domain::{Span, Timestamp};
use autotrading_exchanges::VenueError;
use autotrading_market_data::SupplyError;

/// Why a feed of many markets cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The simulated venue refused.
    #[error("the simulated venue: {0}")]
    Venue(#[from] VenueError),
    /// Bars could not be read on; the source inside says where.
    #[error("{symbol}: {source}")]
    Supply {
        /// Whose bars.
        symbol: String,
        /// What happened.
        source: SupplyError,
    },
    /// The clock of a source runs backward.
    #[error("{symbol}: a bar opens at {got}, not after the one before it at {last}")]
    Backward {
        /// Whose bars.
        symbol: String,
        /// When it opens.
        got: Timestamp,
        /// When the one before it opened.
        last: Timestamp,
    },
    /// Mark-price bars are of another length than the bars that they mark.
    #[error("{symbol}: its mark-price bars are of {got}, but its bars of {expected}")]
    Marks {
        /// Whose bars.
        symbol: String,
        /// Length of a mark-price bar.
        got: Span,
        /// Length of its bars.
        expected: Span,
    },
    /// There is a bar of an instrument that is traded no more.
    #[error("{symbol}: a bar opens at {open_time}, but the instrument was delisted at {delisted}")]
    AfterDelisting {
        /// Whose bar.
        symbol: String,
        /// When it opens.
        open_time: Timestamp,
        /// When it should have been over.
        delisted: Timestamp,
    },
}
