//! A recorded market played through the venue and to our ears, each by its own clock.

use std::collections::VecDeque;

use autotrading_domain::{Event, InstrumentId, Side, Timestamp};
use autotrading_market_data::{LocalBook, RowKind, Tape, TapeRow};

use super::{LatencyModel, SimulatedVenue, VenueError, latency::LatencyLine};

/// Plays a [`Tape`]: at each moment the venue has seen what happened until then, and we have heard what reached us.
///
/// The venue's book is ahead of ours by the latency of the feed; orders travel to it, and reports back, by the latencies
/// of the venue. So nobody acts on what he cannot know yet.
///
/// ```
/// use autotrading_domain::{
///     InstrumentId, Instrument, Instruments, MarketData, MarketEvent, Money, Side, Span, Timestamp, Trade,
/// };
/// use autotrading_exchanges::{LatencyModel, SimulatedVenue, TapeReplay, TickRules, VenueRules};
/// use autotrading_market_data::{BackwardClock, TapeBuilder, UpdateNumbering};
///
/// let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let mut venue = SimulatedVenue::new(&Instruments::new(vec![bitcoin]), VenueRules::research(), Money::ZERO, 1)?;
/// venue.follow_ticks(InstrumentId(0), TickRules::default())?;
///
/// let mut builder = TapeBuilder::new(0.1, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
/// let (instrument, at) = (InstrumentId(0), Timestamp::from_secs(10));
/// let data = MarketData::Trade(Trade { price: 100.1, quantity: 2.0, taker: Side::Sell });
/// builder.hear(&MarketEvent { instrument, ts_event: at, ts_received: at, data })?;
/// let tape = builder.finish(None);
///
/// let feed = LatencyModel::Constant(Span::MILLISECOND);
/// let mut replay = TapeReplay::new(&tape, instrument, Some(feed))?;
/// let mut events = Vec::new();
/// assert!(replay.run_until(&mut venue, at, &mut events)?);
/// assert_eq!(replay.last_trade(), None); // it has happened, and we have not heard of it
/// assert!(!replay.run_until(&mut venue, at.after(Span::MILLISECOND), &mut events)?);
/// assert_eq!(replay.last_trade(), Some(1_001));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TapeReplay<'t> {
    rows: &'t [TapeRow],
    instrument: InstrumentId,
    /// Rows that the venue has seen, and rows that we have heard.
    seen: usize,
    heard: usize,
    feed: Option<LatencyLine>,
    /// When the message that we hear next reaches us, by the model.
    next_arrival: Option<Timestamp>,
    book: LocalBook,
    known: bool,
    last_trade: Option<i64>,
    said: Vec<Event>,
    on_the_way: VecDeque<Event>,
}

impl<'t> TapeReplay<'t> {
    /// A replay from the beginning. We hear of the market as it was recorded, or with the latency of a model.
    ///
    /// # Errors
    /// [`VenueError::Rule`] for a model out of its range.
    pub fn new(
        tape: &'t Tape,
        instrument: InstrumentId,
        feed: Option<LatencyModel>,
    ) -> Result<Self, VenueError> {
        feed.as_ref().map_or(Ok(()), LatencyModel::check)?;
        Ok(Self {
            rows: tape.rows(),
            instrument,
            seen: 0,
            heard: 0,
            feed: feed.map(LatencyLine::new),
            next_arrival: None,
            book: LocalBook::new(),
            known: false,
            last_trade: None,
            said: Vec::new(),
            on_the_way: VecDeque::new(),
        })
    }

    /// The book as we have heard of it; `None` while it is not known.
    pub fn book(&self) -> Option<&LocalBook> {
        self.known.then_some(&self.book)
    }

    /// Price of the last trade that we have heard of, in ticks.
    pub const fn last_trade(&self) -> Option<i64> {
        self.last_trade
    }

    /// When the next word of the market reaches us; `None` at the end of the tape.
    pub fn next_heard(&mut self) -> Option<Timestamp> {
        let row = self.rows.get(self.heard)?;
        Some(self.arrival(row))
    }

    /// Lets time pass until this moment of ours: the venue sees and does what happens until then, and what reaches us
    /// by then of its reports is added to `out`, in the order of its coming. False when the tape is at its end.
    ///
    /// # Errors
    /// As [`SimulatedVenue::hear_row`].
    pub fn run_until(
        &mut self,
        venue: &mut SimulatedVenue,
        until: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<bool, VenueError> {
        let ahead = self.rows.get(self.seen..).unwrap_or_default();
        for row in ahead {
            if row.venue > until {
                break;
            }
            venue.hear_row(self.instrument, row, &mut self.said)?;
            self.seen += 1;
        }
        venue.pass_time(self.instrument, until, &mut self.said)?;
        self.listen(until);
        if !self.said.is_empty() || !self.on_the_way.is_empty() {
            self.hand_over(until, out);
        }
        Ok(self.heard < self.rows.len())
    }

    fn listen(&mut self, until: Timestamp) {
        while let Some(row) = self.rows.get(self.heard) {
            if self.arrival(row) > until {
                break;
            }
            self.heard += 1;
            if row.ends {
                self.next_arrival = None;
            }
            match row.kind {
                RowKind::Bid => {
                    self.book.set(Side::Buy, row.tick, row.quantity);
                }
                RowKind::Ask => {
                    self.book.set(Side::Sell, row.tick, row.quantity);
                }
                RowKind::Bought | RowKind::Sold => self.last_trade = Some(row.tick),
                RowKind::BestBid => self.quote(Side::Buy, row),
                RowKind::BestAsk => self.quote(Side::Sell, row),
                RowKind::Clear | RowKind::Lost => {
                    self.book.clear();
                    self.known = row.kind == RowKind::Clear;
                }
                RowKind::Mark => {}
            }
        }
    }

    #[inline]
    fn arrival(&mut self, row: &TapeRow) -> Timestamp {
        let Some(line) = &mut self.feed else { return row.heard };
        // All rows of a message arrive together.
        *self.next_arrival.get_or_insert_with(|| line.arrival(row.venue))
    }

    fn quote(&mut self, side: Side, row: &TapeRow) {
        let best = self.book.best_tick(side);
        self.book.set(side, row.tick, row.quantity);
        if let Some(best) = best.filter(|best| *best != row.tick) {
            self.book.set(side, best, 0.0);
        }
        self.known = true;
    }

    fn hand_over(&mut self, until: Timestamp, out: &mut Vec<Event>) {
        if !self.said.is_empty() {
            self.on_the_way.extend(self.said.drain(..));
            self.on_the_way.make_contiguous().sort_by_key(Event::at);
        }
        while let Some(event) = self.on_the_way.pop_front_if(|event| event.at() <= until) {
            out.push(event);
        }
    }
}
