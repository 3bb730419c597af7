//! One market on the clock: what is due of it next.

use autotrading_domain::{Bar, InstrumentId, MarketData, MarketEvent, Timestamp};
use autotrading_market_data::{Announcement, BarWalk, TapeRow, Window};

use super::moment::{Moment, Rank};
use super::{FeedError, MarketHistory};

/// How far the venue and the house are with the bar at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Inside,
    Close,
}

/// One market: its walk along the bars and its place among the announcements.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    symbol: &'a str,
    instrument: InstrumentId,
    walk: Box<dyn BarWalk + 'a>,
    bar: Option<Bar>,
    phase: Phase,
    announcements: &'a [Announcement],
    said: usize,
    rows: &'a [TapeRow],
    marks: Option<Window<'a>>,
    marked: usize,
    delisted: Option<Timestamp>,
    /// Whether the venue matches on what is said, and not on bars.
    pub(super) ticks: bool,
}

impl<'a> Lane<'a> {
    pub(super) fn new(instrument: InstrumentId, market: &MarketHistory<'a>) -> Result<Self, FeedError> {
        let refused = |source| FeedError::Supply { symbol: market.symbol.to_owned(), source };
        let (got, expected) = (market.marks.map(|marks| marks.interval()), market.bars.facts().interval);
        if let Some(got) = got.filter(|got| *got != expected) {
            return Err(FeedError::Marks { symbol: market.symbol.to_owned(), got, expected });
        }
        let mut walk = market.bars.walk().map_err(refused)?;
        let bar = walk.next_bar().map_err(refused)?;
        Ok(Self {
            symbol: market.symbol,
            instrument,
            walk,
            bar,
            phase: Phase::Open,
            announcements: market.announcements(),
            said: 0,
            rows: market.rows(),
            marks: market.marks.map(|marks| marks.all()),
            marked: 0,
            delisted: market.delisted(),
            ticks: market.ticks.is_some(),
        })
    }

    /// When its bar at hand is due next; nothing after the last bar.
    ///
    /// # Errors
    /// The bar opens when the instrument is traded no more.
    pub(super) fn bar_due(&self) -> Result<Option<Moment>, FeedError> {
        let Some(bar) = &self.bar else { return Ok(None) };
        if let Some(delisted) = self.delisted.filter(|delisted| *delisted <= bar.open_time) {
            let (symbol, open_time) = (self.symbol.to_owned(), bar.open_time);
            return Err(FeedError::AfterDelisting { symbol, open_time, delisted });
        }
        let (at, rank) = match self.phase {
            Phase::Open => (bar.open_time, Rank::Open),
            Phase::Inside => (self.close_of(bar), Rank::Inside),
            Phase::Close => (self.close_of(bar), Rank::Close),
        };
        Ok(Some(Moment { at, rank, instrument: self.instrument }))
    }

    /// When its next announcement is due.
    pub(super) fn word_due(&self) -> Option<Moment> {
        let said = self.announcements.get(self.said)?;
        Some(Moment { at: said.at, rank: Rank::of(&said.data), instrument: self.instrument })
    }

    /// When the next row of its recording is due.
    pub(super) fn row_due(&self) -> Option<Moment> {
        let row = self.rows.first()?;
        Some(Moment { at: row.venue, rank: Rank::Row, instrument: self.instrument })
    }

    /// Takes the next row of its recording, if it is due by then.
    pub(super) fn next_row(&mut self, due: impl Fn(&TapeRow) -> bool) -> Option<&'a TapeRow> {
        let (row, rest) = self.rows.split_first()?;
        if !due(row) {
            return None;
        }
        self.rows = rest;
        Some(row)
    }

    /// The mark price over the bar at hand, if it is told.
    pub(super) fn mark(&mut self) -> Option<Bar> {
        let (marks, bar) = (self.marks?, self.bar?);
        while marks.open_time().get(self.marked).is_some_and(|open| *open < bar.open_time.nanos()) {
            self.marked += 1;
        }
        marks.bar(self.marked).filter(|mark| mark.open_time == bar.open_time)
    }

    /// The bar at hand.
    pub(super) const fn bar(&self) -> Option<&Bar> {
        self.bar.as_ref()
    }

    /// Goes on within the bar at hand, or to the next one.
    ///
    /// # Errors
    /// The bars cannot be read on, or their clock runs backward.
    pub(super) fn advance(&mut self) -> Result<(), FeedError> {
        self.phase = match self.phase {
            Phase::Open => Phase::Inside,
            Phase::Inside => Phase::Close,
            Phase::Close => {
                self.next_bar()?;
                Phase::Open
            }
        };
        Ok(())
    }

    fn next_bar(&mut self) -> Result<(), FeedError> {
        let refused = |source| FeedError::Supply { symbol: self.symbol.to_owned(), source };
        let next = self.walk.next_bar().map_err(refused)?;
        if let (Some(bar), Some(next)) = (&self.bar, &next)
            && next.open_time <= bar.open_time
        {
            let (got, last) = (next.open_time, bar.open_time);
            return Err(FeedError::Backward { symbol: self.symbol.to_owned(), got, last });
        }
        self.bar = next;
        Ok(())
    }

    /// The closed bar as the house hears of it. One that was cut off by the end of trading closes there.
    pub(super) fn closed(&self) -> Option<MarketEvent> {
        let bar = *self.bar.as_ref()?;
        let at = self.close_of(&bar);
        Some(MarketEvent { ts_event: at, ts_received: at, ..MarketEvent::closed_bar(self.instrument, bar) })
    }

    /// Takes the next announcement.
    pub(super) fn say(&mut self) -> Option<MarketEvent> {
        let Announcement { at, data } = self.announcements.get(self.said)?;
        self.said += 1;
        let data: MarketData = data.clone();
        Some(MarketEvent { instrument: self.instrument, ts_event: *at, ts_received: *at, data })
    }

    fn close_of(&self, bar: &Bar) -> Timestamp {
        let close = bar.close_time();
        self.delisted.map_or(close, |delisted| delisted.min(close))
    }
}
