//! When something is due, and what goes first when several things are due at once.

use autotrading_domain::{InstrumentId, MarketData, Timestamp};
use autotrading_market_data::Chronicle;

/// What is done at one moment, in this order. A bar that closes at the moment is over before anything new is heard, is
/// told before the next one opens, and what is said at the very moment belongs to the bar that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The venue matches the inside of the bars that close now.
    Inside,
    /// Facts and status of instruments change.
    Listing,
    /// The house hears of the bars that close now.
    Close,
    /// Mark prices and funding rates.
    Mark,
    /// The venue matches the opens of the bars that begin now.
    Open,
    /// Rows of a recording: books, quotes and trades in their own order.
    Row,
    /// Best prices and books.
    Quote,
    /// Trades.
    Trade,
}

impl Rank {
    pub(super) const fn of(data: &MarketData) -> Self {
        match Chronicle::precedence(data) {
            0 => Self::Listing,
            1 => Self::Mark,
            2 => Self::Quote,
            _ => Self::Trade,
        }
    }
}

/// The place of something on the clock. Of two things of one rank at one time, the instrument with the smaller number
/// goes first; what one instrument says at one time keeps its own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) rank: Rank,
    pub(super) instrument: InstrumentId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_comes_before_rank_and_rank_before_the_instrument() {
        let moment = |secs, rank, instrument| Moment {
            at: Timestamp::from_secs(secs),
            rank,
            instrument: InstrumentId(instrument),
        };
        let ordered = [
            moment(1, Rank::Trade, 7),
            moment(2, Rank::Inside, 0),
            moment(2, Rank::Inside, 1),
            moment(2, Rank::Close, 0),
            moment(2, Rank::Open, 0),
            moment(3, Rank::Inside, 0),
        ];
        assert!(ordered.is_sorted());
    }
}
