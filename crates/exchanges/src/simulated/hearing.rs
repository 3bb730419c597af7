//! The venue of an instrument whose market is told tick by tick: trades, quotes, books, mark prices.

use autotrading_domain::{
    Bar, BookLevels, Event, InstrumentId, MarketData, MarketEvent, Side, Span, Timestamp, ValueError,
};
use autotrading_market_data::{RowKind, TapeRow};

use super::{
    SimulatedVenue, TickRules, VenueError,
    book::Book,
    clearing::Clearing,
    phase::Phase,
    ticks::{Concern, TickMarket, Watchpoints},
    working::{Stage, WorkingOrder},
};

/// How the market of an instrument is told.
const IN_BARS: &str = "in bars: `follow_ticks` comes first";
const IN_TICKS: &str = "tick by tick, not in bars";

impl SimulatedVenue {
    /// From now on the market of an instrument is told tick by tick, not in bars. Before its first order.
    ///
    /// What is assumed then, besides what bars and ticks share:
    ///
    /// - An order that takes walks the book as it stands when the order arrives, level by level. What it took of a level
    ///   is gone until the market speaks of that level again: no level fills twice without a fresh word. Where nothing
    ///   was heard for longer than [`TickRules::fresh_for`], and while the book is not known, it waits.
    /// - A market order's rest expires where the book ends. With quotes alone it goes on at the next quotes, with trades
    ///   alone at the next trades, there with the rules' half spread and impact on top.
    /// - A resting order waits for its turn behind what stood at its price; [`TickRules::queue`] says what cancels do
    ///   for it. It fills at its own price: by trades that reach its place, by trades beyond its price, by the other
    ///   side of the book coming to it, never by more than they show.
    /// - Our orders change nothing for others and do not meet each other.
    /// - Stops and take-profits are set off by the last trade or by mark, as they say; trailing stops follow the last
    ///   trade. Mark is the last trade until a mark price is told. Liquidation goes by mark, and before our orders.
    ///
    /// # Errors
    /// An unknown instrument; a rule out of its range.
    pub fn follow_ticks(&mut self, id: InstrumentId, rules: TickRules) -> Result<(), VenueError> {
        rules.check()?;
        let (book, _) = self.parts(id)?;
        book.ticks = Some(Box::new(TickMarket::new(rules, book.instrument.ticks().step_f64())));
        Ok(())
    }

    /// Hears one row of a tape: the quick way in. Rows of one message come one after the other.
    ///
    /// # Errors
    /// An unknown instrument, one that is told in bars, a row of an earlier time, overflow.
    #[inline]
    pub fn hear_row(
        &mut self,
        id: InstrumentId,
        row: &TapeRow,
        out: &mut Vec<Event>,
    ) -> Result<(), VenueError> {
        let (book, clearing) = self.parts(id)?;
        let Some(ticks) = book.ticks.as_deref_mut() else {
            return Err(VenueError::Feed { instrument: id, follows: IN_BARS });
        };
        if row.venue < ticks.latest {
            return Err(VenueError::ClockBackward { instrument: id, got: row.venue, last: ticks.latest });
        }
        if row.venue >= ticks.watch.due || clearing.post.holds() {
            pass_time(book, clearing, row.venue, out)?;
        }
        let Some(ticks) = book.ticks.as_deref_mut() else { return Ok(()) };
        ticks.latest = row.venue;
        match ticks.absorb(row) {
            Concern::Nothing => Ok(()),
            concern => react(book, clearing, row, concern, out),
        }
    }

    /// Hears one event of the market. Changes of a book should have passed a
    /// [`BookSync`](autotrading_market_data::BookSync) or a
    /// [`TapeBuilder`](autotrading_market_data::TapeBuilder): numbers are not looked at here. A crossed book is not
    /// traded on until it is made anew.
    ///
    /// # Errors
    /// As [`SimulatedVenue::hear_row`]; a bar.
    pub fn hear(&mut self, event: &MarketEvent, out: &mut Vec<Event>) -> Result<(), VenueError> {
        let (id, at) = (event.instrument, event.ts_event);
        let (book, _) = self.parts(id)?;
        let ticks = *book.instrument.ticks();
        let row = |tick, quantity, kind, ends| TapeRow { venue: at, heard: at, tick, quantity, kind, ends };
        match &event.data {
            MarketData::Trade(trade) => {
                let kind = if trade.taker == Side::Buy { RowKind::Bought } else { RowKind::Sold };
                let tick = ticks.nearest_index(trade.price)?;
                self.hear_row(id, &row(tick, sound(trade.quantity)?, kind, true), out)
            }
            MarketData::Quote(quote) => {
                let (bid, ask) = (ticks.nearest_index(quote.bid)?, ticks.nearest_index(quote.ask)?);
                let (bids, asks) = (sound(quote.bid_quantity)?, sound(quote.ask_quantity)?);
                self.hear_row(id, &row(bid, bids, RowKind::BestBid, false), out)?;
                self.hear_row(id, &row(ask, asks, RowKind::BestAsk, true), out)
            }
            MarketData::BookSnapshot(levels) => {
                self.hear_row(id, &row(0, 0.0, RowKind::Clear, is_empty(levels)), out)?;
                self.hear_levels(id, at, levels, out)
            }
            MarketData::BookDelta(levels) => self.hear_levels(id, at, levels, out),
            MarketData::MarkPrice(price) => {
                let tick = ticks.nearest_index(*price)?;
                self.hear_row(id, &row(tick, *price, RowKind::Mark, true), out)
            }
            MarketData::Bar(_) => Err(VenueError::Feed { instrument: id, follows: IN_TICKS }),
            MarketData::FundingRate { .. }
            | MarketData::IndexPrice(_)
            | MarketData::Liquidation(_)
            | MarketData::Status(_)
            | MarketData::Listing(_) => self.pass_time(id, at, out),
        }
    }

    fn hear_levels(
        &mut self,
        id: InstrumentId,
        at: Timestamp,
        levels: &BookLevels,
        out: &mut Vec<Event>,
    ) -> Result<(), VenueError> {
        let count = levels.bids.len() + levels.asks.len();
        let bids = levels.bids.iter().map(|level| (RowKind::Bid, level));
        let asks = levels.asks.iter().map(|level| (RowKind::Ask, level));
        for (place, (kind, level)) in bids.chain(asks).enumerate() {
            let (tick, quantity, ends) = (level.tick, sound(level.quantity)?, place + 1 == count);
            self.hear_row(id, &TapeRow { venue: at, heard: at, tick, quantity, kind, ends }, out)?;
        }
        Ok(())
    }

    /// Lets time pass without a word of the market: what arrived or came due until then happens.
    ///
    /// # Errors
    /// As [`SimulatedVenue::hear_row`].
    pub fn pass_time(
        &mut self,
        id: InstrumentId,
        until: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<(), VenueError> {
        let (book, clearing) = self.parts(id)?;
        let Some(ticks) = book.ticks.as_deref() else {
            return Err(VenueError::Feed { instrument: id, follows: IN_BARS });
        };
        if until < ticks.watch.due && !clearing.post.holds() {
            return Ok(());
        }
        pass_time(book, clearing, until, out)
    }

    /// Refuses bars for an instrument that is told tick by tick.
    pub(super) fn in_bars(book: &Book) -> Result<(), VenueError> {
        match book.ticks {
            None => Ok(()),
            Some(_) => Err(VenueError::Feed { instrument: book.id, follows: IN_TICKS }),
        }
    }
}

fn sound(quantity: f64) -> Result<f64, ValueError> {
    if (0.0..f64::INFINITY).contains(&quantity) {
        Ok(quantity)
    } else {
        Err(ValueError::NotFinite { what: "quantity", got: quantity, positive: false })
    }
}

const fn is_empty(levels: &BookLevels) -> bool {
    levels.bids.is_empty() && levels.asks.is_empty()
}

/// What came due by itself, each thing at its own moment.
#[cold]
fn pass_time(
    book: &mut Book,
    clearing: &mut Clearing,
    until: Timestamp,
    out: &mut Vec<Event>,
) -> Result<(), VenueError> {
    clearing.post.deliver(until, out);
    loop {
        let at = next_due(book);
        if at > until || at == Timestamp::MAX {
            break;
        }
        let present = present(book);
        let mut phase = Phase { book, clearing, out, bar: &present, at, inside: false };
        phase.expire(at)?;
        phase.advance(at)?;
    }
    look_out(book, clearing.rules.margin.is_cross());
    Ok(())
}

#[cold]
fn react(
    book: &mut Book,
    clearing: &mut Clearing,
    row: &TapeRow,
    concern: Concern,
    out: &mut Vec<Event>,
) -> Result<(), VenueError> {
    let present = present(book);
    let mut phase = Phase { book, clearing, out, bar: &present, at: row.venue, inside: false };
    if phase.trades() {
        phase.answer_market(row, concern)?;
    }
    (book.last, book.last_mark) = (present.close, present.close);
    look_out(book, clearing.rules.margin.is_cross());
    Ok(())
}

/// The present as a bar without length: its four prices are one, that of mark.
fn present(book: &Book) -> Bar {
    let (mark, latest) = match book.ticks.as_deref() {
        Some(ticks) => (ticks.mark(), ticks.latest),
        None => (book.last, book.latest_open),
    };
    Bar {
        open_time: latest,
        interval: Span::ZERO,
        open: mark,
        high: mark,
        low: mark,
        close: mark,
        volume: 0.0,
        closed: true,
        synthetic: false,
    }
}

fn next_due(book: &Book) -> Timestamp {
    let arrival = book.inbox.front().map_or(Timestamp::MAX, |letter| letter.arrives);
    let expiry = book.orders.iter().filter_map(WorkingOrder::expiry).min().unwrap_or(Timestamp::MAX);
    arrival.min(expiry).min(book.funding.next())
}

/// Sets what the next words of the market are compared with.
fn look_out(book: &mut Book, shared: bool) {
    let due = next_due(book);
    // Where positions share the wallet, where this one ends depends on the others too.
    let shared = shared && !book.position.is_flat();
    let attentive = shared || book.orders.iter().any(|order| order.stage != Stage::Resting);
    let danger = book.danger;
    let Some(ticks) = book.ticks.as_deref_mut() else { return };
    let mut watch = Watchpoints { due, attentive, danger, ..Watchpoints::IDLE };
    for place in &ticks.places {
        if place.side == Side::Buy {
            watch.bids = (watch.bids.0.max(place.tick), watch.bids.1.min(place.tick));
        } else {
            watch.asks = (watch.asks.0.min(place.tick), watch.asks.1.max(place.tick));
        }
    }
    ticks.watch = watch;
}
