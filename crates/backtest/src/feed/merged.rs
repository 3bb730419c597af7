//! The feed of a run of many markets.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use autotrading_core::Feed;
use autotrading_domain::{
    Event, Instrument, InstrumentId, MarketData, MarketEvent, Money, Price, Side, Timestamp, Trade,
};
use autotrading_exchanges::{LatencyLine, VenueError};
use autotrading_market_data::{RowKind, TapeRow};

use super::lane::Lane;
use super::moment::{Moment, Rank};
use super::{FeedError, MarketHistory};
use crate::replay::{greeting, hear};
use crate::{ScriptedOperator, SharedVenue};

/// Reads many markets through one simulated venue, merged by time.
///
/// Each bar goes through the three phases of [`BarReplay`](crate::BarReplay). At one moment the inside of all bars that
/// close comes first, then changes of facts and status, then the closed bars are told, then mark prices and funding
/// rates, then the opens of the bars that begin, then the rows of recordings, then quotes, then trades; of equals the
/// instrument with the smaller number goes first. What happened inside a bar is heard of at its close, also when shorter bars of other markets were
/// told meanwhile: nobody knows of it earlier.
///
/// The order depends on nothing but times, kinds and numbers. An event costs one step in a heap of as many heads as
/// there are markets, twice, or one look at it while the words of one market come before all else; nothing is allocated
/// after the answers' room has grown (but for words that carry books).
#[derive(Debug)]
pub struct MergedReplay<'a> {
    lanes: Vec<Lane<'a>>,
    due: BinaryHeap<Reverse<Moment>>,
    /// The next word of the market that spoke last, if it did not go back to the others.
    ahead: Option<Moment>,
    venue: SharedVenue,
    operator: ScriptedOperator,
    answers: Vec<Event>,
    told: usize,
    current: Event,
    deposit: Option<(Timestamp, Money)>,
    feed: Option<LatencyLine>,
    heard: Timestamp,
}

impl<'a> MergedReplay<'a> {
    /// A replay of the markets, numbered in this order; the first event is the deposit of `cash`.
    ///
    /// # Errors
    /// [`FeedError`] when bars cannot be read, or an instrument is delisted before its first one.
    pub fn new(
        markets: &[MarketHistory<'a>],
        venue: SharedVenue,
        operator: ScriptedOperator,
        cash: Money,
    ) -> Result<Self, FeedError> {
        let numbered = (0u32..).map(InstrumentId).zip(markets);
        let lanes = numbered.map(|(id, market)| Lane::new(id, market)).collect::<Result<Vec<_>, _>>()?;
        let mut due = BinaryHeap::with_capacity(3 * lanes.len());
        for lane in &lanes {
            due.extend(lane.bar_due()?.map(Reverse));
            due.extend(lane.word_due().map(Reverse));
            due.extend(lane.row_due().map(Reverse));
        }
        let start = due.peek().map_or(Timestamp::EPOCH, |Reverse(first)| first.at);
        Ok(Self {
            lanes,
            due,
            ahead: None,
            venue,
            operator,
            answers: Vec::new(),
            told: 0,
            current: Event::Clock(Timestamp::EPOCH),
            deposit: Some((start, cash)),
            feed: None,
            heard: Timestamp::from_nanos(i64::MIN),
        })
    }

    /// The same, where the house waits for a word of the connection before it opens anything.
    pub(crate) fn greeted(self) -> Self {
        let at = self.deposit.map_or(Timestamp::EPOCH, |(at, _)| at);
        Self { answers: greeting(at), ..self }
    }

    /// The same, but what the markets say reaches us by this way.
    #[must_use]
    pub fn heard_by(self, feed: Option<LatencyLine>) -> Self {
        Self { feed, ..self }
    }

    /// The word at hand, when it reaches us.
    fn tell(&mut self) -> &Event {
        if let Event::Market(word) = &mut self.current {
            if let Some(feed) = &mut self.feed {
                word.ts_received = feed.arrival(word.ts_event);
            }
            self.heard = self.heard.max(word.ts_received);
        }
        &self.current
    }

    /// Does what is due at a moment. Says whether there is a word of the market to tell.
    fn act(&mut self, moment: Moment) -> Result<bool, FeedError> {
        let id = moment.instrument;
        let Some(lane) = self.lanes.get_mut(id.index()) else { return Ok(false) };
        let mut venue = self.venue.borrow_mut();
        match moment.rank {
            Rank::Open | Rank::Inside => {
                if lane.ticks {
                    venue.pass_time(id, moment.at, &mut self.answers)?;
                } else if !venue.is_idle(id) {
                    if let Some(mark) = lane.mark() {
                        venue.mark_bar(id, &mark)?;
                    }
                    let Some(bar) = lane.bar() else { return Ok(false) };
                    match moment.rank {
                        Rank::Open => venue.open_bar(id, bar, &mut self.answers)?,
                        _ => venue.close_bar(id, bar, &mut self.answers)?,
                    }
                }
            }
            Rank::Close => {
                if let Some(word) = lane.closed() {
                    self.current = Event::Market(word);
                }
            }
            Rank::Row => {
                // Rows go on until something else is due, or there is something to hear.
                let other = soonest(self.ahead, &self.due).map_or(Timestamp::MAX, |next| next.at);
                let mut told = false;
                while !told && self.answers.is_empty() {
                    let due = |row: &TapeRow| row.venue <= moment.at || row.venue < other;
                    let Some(row) = lane.next_row(due) else { break };
                    venue.hear_row(id, row, &mut self.answers)?;
                    if let Some(data) = word_of(row, venue.instrument(id)?)? {
                        let (ts_event, ts_received) = (row.venue, row.heard);
                        self.current =
                            Event::Market(MarketEvent { instrument: id, ts_event, ts_received, data });
                        told = true;
                    }
                }
                self.due.extend(lane.row_due().map(Reverse));
                return Ok(told);
            }
            Rank::Listing | Rank::Mark | Rank::Quote | Rank::Trade => {
                let Some(word) = lane.say() else { return Ok(false) };
                let MarketEvent { ts_event: at, data, .. } = &word;
                match data {
                    // The house hears of it first, then of what the venue made of it.
                    MarketData::Status(status) => venue.set_status(id, *status, *at, &mut self.answers)?,
                    MarketData::Listing(facts) => venue.relist(id, (**facts).clone(), *at)?,
                    _ if lane.ticks => venue.hear(&word, &mut self.answers)?,
                    _ => {}
                }
                self.current = Event::Market(word);
                if let Some(waiting) = std::mem::replace(&mut self.ahead, lane.word_due()) {
                    self.due.push(Reverse(waiting));
                }
                return Ok(true);
            }
        }
        lane.advance()?;
        // A bar off its grid may open before the one before it closed: the clock does not go back for it.
        self.due.extend(lane.bar_due()?.map(|next| Reverse(Moment { at: next.at.max(moment.at), ..next })));
        Ok(moment.rank == Rank::Close)
    }

    /// The next answer of the venue, heard of no earlier than what was told before it.
    fn answer(&mut self) -> Option<&Event> {
        self.told += 1;
        let event = self.answers.get_mut(self.told - 1)?;
        hear(event, self.heard);
        Some(event)
    }
}

/// What is due next. No two are due at one place of the clock: each market has one bar, one word and one row in it.
fn soonest(ahead: Option<Moment>, due: &BinaryHeap<Reverse<Moment>>) -> Option<Moment> {
    let first = due.peek().map(|Reverse(first)| *first);
    match (ahead, first) {
        (Some(ahead), Some(first)) => Some(ahead.min(first)),
        (ahead, first) => ahead.or(first),
    }
}

/// What the house hears of a row: trades and mark prices.
fn word_of(row: &TapeRow, instrument: &Instrument) -> Result<Option<MarketData>, VenueError> {
    let taker = match row.kind {
        RowKind::Bought => Side::Buy,
        RowKind::Sold => Side::Sell,
        RowKind::Mark => return Ok(Some(MarketData::MarkPrice(row.quantity))),
        RowKind::Bid
        | RowKind::Ask
        | RowKind::Clear
        | RowKind::Lost
        | RowKind::BestBid
        | RowKind::BestAsk => return Ok(None),
    };
    let price = Price::new(instrument.ticks().at(row.tick)?)?.to_f64();
    Ok(Some(MarketData::Trade(Trade { price, quantity: row.quantity, taker })))
}

impl Feed for MergedReplay<'_> {
    type Error = FeedError;

    fn next(&mut self) -> Result<Option<&Event>, FeedError> {
        if let Some((at, amount)) = self.deposit.take() {
            self.current = Event::Deposit { at, amount };
            return Ok(Some(&self.current));
        }
        loop {
            if self.told < self.answers.len() {
                return Ok(self.answer());
            }
            self.answers.clear();
            self.told = 0;
            let Some(moment) = soonest(self.ahead, &self.due) else { return Ok(None) };
            if moment.rank == Rank::Close
                && let Some(command) = self.operator.due(moment.at)
            {
                self.answers.push(Event::Operator(command));
                continue;
            }
            if self.ahead == Some(moment) {
                self.ahead = None;
            } else {
                self.due.pop();
            }
            if self.act(moment)? {
                return Ok(Some(self.tell()));
            }
        }
    }
}
