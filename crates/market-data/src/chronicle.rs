//! What a market said besides its bars, in the order of time.

use autotrading_domain::{MarketData, Side, Timestamp};

use crate::digest::WordDigest;
use crate::{FundingSeries, Window};

/// One thing that a market said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// When it happened, by the venue's clock.
    pub at: Timestamp,
    /// What was said.
    pub data: MarketData,
}

/// Everything that one market said besides its bars: trades, quotes, mark prices, funding rates, changes of its facts
/// and of its status. Times never run backward; what was said at one moment stands in the order of
/// [`precedence`](Self::precedence), and within that in the order in which it came.
///
/// ```
/// use autotrading_domain::{MarketData, Timestamp};
/// use autotrading_market_data::{Announcement, Chronicle};
///
/// let mark = |secs, price| Announcement { at: Timestamp::from_secs(secs), data: MarketData::MarkPrice(price) };
/// let hourly = Chronicle::new(vec![mark(0, 100.0), mark(3_600, 101.0)])?;
/// let between = Chronicle::new(vec![mark(1_800, 100.5)])?;
/// assert_eq!(hourly.and(between).as_slice()[1].at, Timestamp::from_secs(1_800));
/// # Ok::<(), autotrading_market_data::ChronicleError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chronicle(Vec<Announcement>);

/// Why announcements are not a chronicle.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChronicleError {
    /// The clock of the source runs backward.
    #[error("announcement {row} is of {got}, but the one before it of {last}")]
    Backward {
        /// Place, from 0.
        row: usize,
        /// Its time.
        got: Timestamp,
        /// The time before.
        last: Timestamp,
    },
    /// Bars are no announcements: they have their own columns.
    #[error("announcement {row} is a bar; bars are replayed from a history")]
    Bar {
        /// Place, from 0.
        row: usize,
    },
}

impl Chronicle {
    /// A chronicle of announcements that come in the order of their times.
    ///
    /// # Errors
    /// [`ChronicleError`] names the first one that is out of order, or is a bar.
    pub fn new(announcements: Vec<Announcement>) -> Result<Self, ChronicleError> {
        let pairs = announcements.iter().zip(announcements.iter().skip(1)).enumerate();
        for (row, (last, next)) in pairs {
            if next.at < last.at {
                return Err(ChronicleError::Backward { row: row + 1, got: next.at, last: last.at });
            }
        }
        if let Some(row) = announcements.iter().position(|said| matches!(said.data, MarketData::Bar(_))) {
            return Err(ChronicleError::Bar { row });
        }
        Ok(Self::sorted(announcements))
    }

    /// The mark price at the close of each bar: what a file of mark-price bars says.
    pub fn of_marks(bars: Window<'_>) -> Self {
        let mark = |bar: autotrading_domain::Bar| Announcement {
            at: bar.close_time(),
            data: MarketData::MarkPrice(bar.close),
        };
        Self::sorted(bars.into_bars().map(mark).collect())
    }

    /// Each funding rate at the moment it was paid, as the outlook on the next: what is settled is known, what comes is
    /// not. The last one has no next and is left out.
    pub fn of_funding(series: &FundingSeries) -> Self {
        let points = series.as_slice();
        let said = points.iter().zip(points.iter().skip(1)).map(|(paid, next)| Announcement {
            at: paid.at,
            data: MarketData::FundingRate { rate: paid.rate.to_f64(), next: next.at },
        });
        Self(said.collect())
    }

    /// Both together, by time; at one moment what stands here goes first unless its precedence is later.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        Self::sorted(self.0)
    }

    /// What comes first when a market says several things at one moment: what it is and whether it trades (0), what its
    /// mark, index and funding are (1), its best prices and its book (2), its trades (3).
    pub const fn precedence(data: &MarketData) -> u8 {
        match data {
            MarketData::Status(_) | MarketData::Listing(_) => 0,
            MarketData::MarkPrice(_) | MarketData::IndexPrice(_) | MarketData::FundingRate { .. } => 1,
            MarketData::Quote(_) | MarketData::BookSnapshot(_) | MarketData::BookDelta(_) => 2,
            MarketData::Trade(_) | MarketData::Liquidation(_) | MarketData::Bar(_) => 3,
        }
    }

    /// All announcements, oldest first.
    pub fn as_slice(&self) -> &[Announcement] {
        &self.0
    }

    /// A checksum of everything that was said, and when.
    pub fn digest(&self) -> u64 {
        let mut digest = WordDigest::default();
        for said in &self.0 {
            digest.take([said.at.nanos().cast_unsigned(), u64::from(Self::precedence(&said.data))]);
            match &said.data {
                MarketData::Trade(trade) => {
                    let taker = f64::from(u8::from(trade.taker == Side::Buy));
                    digest.take([trade.price, trade.quantity, taker].map(f64::to_bits));
                }
                MarketData::Quote(quote) => digest
                    .take([quote.bid, quote.bid_quantity, quote.ask, quote.ask_quantity].map(f64::to_bits)),
                MarketData::MarkPrice(price) => digest.take([price.to_bits()]),
                MarketData::FundingRate { rate, next } => {
                    digest.take([rate.to_bits(), next.nanos().cast_unsigned()]);
                }
                // Rare, and of many parts: what they look like written out.
                other => digest.take(format!("{other:?}").bytes().map(u64::from)),
            }
        }
        digest.finish()
    }

    fn sorted(mut announcements: Vec<Announcement>) -> Self {
        announcements.sort_by_key(|said| (said.at, Self::precedence(&said.data)));
        Self(announcements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommonWorkload, FundingPoint};
    use autotrading_domain::{InstrumentStatus, Rate, Span, Trade};

    fn said(secs: i64, data: MarketData) -> Announcement {
        Announcement { at: Timestamp::from_secs(secs), data }
    }

    fn trade(price: f64) -> MarketData {
        MarketData::Trade(Trade { price, quantity: 1.0, taker: Side::Buy })
    }

    #[test]
    fn a_clock_that_runs_backward_is_refused_by_place_with_both_times() {
        let error = Chronicle::new(vec![said(5, trade(1.0)), said(4, trade(1.0))]).unwrap_err();
        let (got, last) = (Timestamp::from_secs(4), Timestamp::from_secs(5));
        assert_eq!(error, ChronicleError::Backward { row: 1, got, last });
    }

    #[test]
    fn at_one_moment_the_status_comes_before_the_mark_and_the_mark_before_trades() {
        let all = vec![
            said(5, trade(1.0)),
            said(5, trade(2.0)),
            said(5, MarketData::MarkPrice(3.0)),
            said(5, MarketData::Status(InstrumentStatus::Halted)),
        ];
        let chronicle = Chronicle::new(all.clone()).unwrap();
        let expected = [&all[3], &all[2], &all[0], &all[1]];
        assert!(chronicle.as_slice().iter().eq(expected));
    }

    #[test]
    fn the_checksum_is_of_all_that_was_said() {
        let of = |said: Vec<Announcement>| Chronicle::new(said).unwrap().digest();
        let first = of(vec![said(1, trade(1.0)), said(2, MarketData::MarkPrice(3.0))]);
        for other in [
            vec![said(1, trade(1.0)), said(2, MarketData::MarkPrice(3.5))],
            vec![said(1, trade(2.0)), said(2, MarketData::MarkPrice(3.0))],
            vec![said(1, trade(1.0)), said(3, MarketData::MarkPrice(3.0))],
            vec![said(1, trade(1.0)), said(2, MarketData::Status(InstrumentStatus::Halted))],
            vec![said(1, trade(1.0))],
        ] {
            assert_ne!(of(other), first);
        }
    }

    #[test]
    fn bars_are_no_announcements() {
        let bar = CommonWorkload::history(1).bar(0).unwrap();
        assert_eq!(Chronicle::new(vec![said(0, MarketData::Bar(bar))]), Err(ChronicleError::Bar { row: 0 }));
    }

    #[test]
    fn marks_are_known_at_the_close_and_rates_once_they_are_paid() {
        let history = CommonWorkload::history(2);
        let marks = Chronicle::of_marks(history.all());
        let first = history.bar(0).unwrap();
        assert_eq!(marks.as_slice()[0].at, first.open_time.after(Span::MINUTE));
        assert_eq!(marks.as_slice()[0].data, MarketData::MarkPrice(first.close));
        let point =
            |secs, bps| FundingPoint { at: Timestamp::from_secs(secs), rate: Rate::basis_points(bps) };
        let series = FundingSeries::new(vec![point(10, 1), point(20, 2)]).unwrap();
        let expected = said(10, MarketData::FundingRate { rate: 0.0001, next: Timestamp::from_secs(20) });
        assert_eq!(Chronicle::of_funding(&series).as_slice(), [expected]);
    }
}
