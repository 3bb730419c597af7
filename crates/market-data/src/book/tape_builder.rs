//! From messages to a tape.

use autotrading_domain::{BookLevels, Level, MarketData, MarketEvent, Side, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BookFinding, BookFindings, BookNews, BookSync, RowKind, Tape, TapeRow, UpdateNumbering};

/// What is done when the venue's clock runs backward from one message to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackwardClock {
    /// Messages of different streams overtake each other: rows are put in the order of the venue's time. Changes of the
    /// book keep their own order whatever their times say. Each is a finding.
    #[default]
    Sort,
    /// It is an error.
    Refuse,
}

/// Why no tape can be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TapeError {
    /// The venue's clock ran backward, and the policy refuses that.
    #[error("message {message}: the venue's clock ran backward, {got} after {last}")]
    ClockBackward {
        /// Which message, from 1.
        message: u64,
        /// The latest time before.
        last: Timestamp,
        /// The time of the message.
        got: Timestamp,
    },
    /// A figure of a trade, a quote or a mark price is not finite or not above zero.
    #[error("message {message}: {got} is not a finite number above zero")]
    Unsound {
        /// Which message, from 1.
        message: u64,
        /// The figure.
        got: f64,
    },
    /// A quote whose bid is not below its offer.
    #[error("message {message}: a crossed quote, bid {bid} and offer {ask}")]
    CrossedQuote {
        /// Which message, from 1.
        message: u64,
        /// Best bid.
        bid: f64,
        /// Best offer.
        ask: f64,
    },
}

/// Makes a [`Tape`] of market events, in the order in which they were heard.
///
/// Books pass a [`BookSync`] first, so that only what is in step gets on the tape; what is not is a finding.
///
/// ```
/// use autotrading_domain::{InstrumentId, MarketData, MarketEvent, Side, Span, Timestamp, Trade};
/// use autotrading_market_data::{BackwardClock, RowKind, TapeBuilder, UpdateNumbering};
///
/// let mut builder = TapeBuilder::new(0.1, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
/// let trade = MarketData::Trade(Trade { price: 100.1, quantity: 2.0, taker: Side::Sell });
/// let happened = Timestamp::from_secs(10);
/// let heard = happened.before(Span::SECOND); // the recorder's clock is behind
/// builder.hear(&MarketEvent { instrument: InstrumentId(0), ts_event: happened, ts_received: heard, data: trade })?;
/// let tape = builder.finish(Some(Span::MILLISECOND));
/// assert_eq!((tape.rows()[0].tick, tape.rows()[0].kind), (1_001, RowKind::Sold));
/// assert_eq!(tape.rows()[0].heard.since(happened), Span::MILLISECOND);
/// assert_eq!(tape.clock_offset().to_string(), "-1001 ms");
/// # Ok::<(), autotrading_market_data::TapeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TapeBuilder {
    tick: f64,
    backward: BackwardClock,
    sync: BookSync,
    rows: Vec<TapeRow>,
    messages: u64,
    latest: Timestamp,
    latest_book: Timestamp,
    has_depth: bool,
    known: bool,
}

impl TapeBuilder {
    /// A builder for an instrument with this tick, in quote currency.
    pub fn new(tick: f64, numbering: UpdateNumbering, backward: BackwardClock) -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        Self {
            tick,
            backward,
            sync: BookSync::new(numbering),
            rows: Vec::new(),
            messages: 0,
            latest: never,
            latest_book: never,
            has_depth: false,
            known: false,
        }
    }

    /// Takes in an event; bars, funding rates and states are left to others. What became of a message of the book is
    /// told.
    ///
    /// # Errors
    /// An unsound figure; a clock that runs backward where the policy refuses it. The tape stays as it was.
    pub fn hear(&mut self, event: &MarketEvent) -> Result<Option<BookNews>, TapeError> {
        self.messages += 1;
        let at = self.in_time(event.ts_event)?;
        let stamp = Stamp { venue: at, heard: event.ts_received };
        match &event.data {
            MarketData::Trade(trade) => {
                let kind = if trade.taker == Side::Buy { RowKind::Bought } else { RowKind::Sold };
                let (tick, quantity) = (self.ticks(trade.price)?, self.figure(trade.quantity)?);
                self.push(stamp, Level { tick, quantity }, kind, true);
            }
            MarketData::MarkPrice(price) => {
                let level = Level { tick: self.ticks(*price)?, quantity: *price };
                self.push(stamp, level, RowKind::Mark, true);
            }
            MarketData::Quote(quote) => {
                if quote.bid >= quote.ask {
                    let (message, bid, ask) = (self.messages, quote.bid, quote.ask);
                    return Err(TapeError::CrossedQuote { message, bid, ask });
                }
                let bid = Level { tick: self.ticks(quote.bid)?, quantity: self.figure(quote.bid_quantity)? };
                let ask = Level { tick: self.ticks(quote.ask)?, quantity: self.figure(quote.ask_quantity)? };
                self.push(stamp, bid, RowKind::BestBid, false);
                self.push(stamp, ask, RowKind::BestAsk, true);
            }
            MarketData::BookSnapshot(levels) => return Ok(Some(self.snapshot(stamp, levels))),
            MarketData::BookDelta(levels) => return Ok(Some(self.change(stamp, levels))),
            MarketData::Bar(_)
            | MarketData::IndexPrice(_)
            | MarketData::FundingRate { .. }
            | MarketData::Liquidation(_)
            | MarketData::Listing(_)
            | MarketData::Status(_) => {}
        }
        Ok(None)
    }

    /// What was found so far.
    pub const fn findings(&self) -> &BookFindings {
        self.sync.findings()
    }

    /// The book as it stands now, while it is known.
    pub fn book(&self) -> Option<(&super::LocalBook, u64)> {
        Some((self.sync.book()?, self.sync.last_update()?))
    }

    /// The tape. With `least`, the recorder's clock is shifted so that the fastest message took exactly that long: a
    /// clock that is behind the venue's would else have us know things before they happened.
    ///
    /// Where there is a book, quotes are left out: they come by another stream, and would tell parts of the book's next
    /// message before their time.
    pub fn finish(self, least: Option<Span>) -> Tape {
        let Self { mut rows, has_depth, .. } = self;
        if has_depth {
            rows.retain(|row| !matches!(row.kind, RowKind::BestBid | RowKind::BestAsk));
        }
        let fastest = rows.iter().map(|row| row.heard.since(row.venue)).min();
        let offset = match (fastest, least) {
            (Some(fastest), Some(least)) => Span::from_nanos(fastest.nanos().saturating_sub(least.nanos())),
            _ => Span::ZERO,
        };
        // A trade and the change that it left behind carry one time: the trade came first.
        rows.sort_by_key(|row| (row.venue, !matches!(row.kind, RowKind::Bought | RowKind::Sold)));
        // What was heard stays in order too: a row that was moved forward is heard no sooner for it.
        let mut latest = Timestamp::from_nanos(i64::MIN);
        for row in &mut rows {
            row.heard = row.heard.before(offset).max(latest);
            latest = row.heard;
        }
        Tape { rows, offset }
    }

    fn in_time(&mut self, got: Timestamp) -> Result<Timestamp, TapeError> {
        if got < self.latest {
            let last = self.latest;
            if self.backward == BackwardClock::Refuse {
                return Err(TapeError::ClockBackward { message: self.messages, last, got });
            }
            self.sync.findings_mut().add(BookFinding::ClockBackward { last, got });
        }
        self.latest = self.latest.max(got);
        Ok(got)
    }

    fn snapshot(&mut self, stamp: Stamp, levels: &BookLevels) -> BookNews {
        let news = self.sync.snapshot(levels);
        self.has_depth = true;
        match news {
            BookNews::Rebuilt => self.rebuild(stamp),
            BookNews::Found(_) if self.sync.book().is_none() => self.lose(stamp),
            _ => {}
        }
        news
    }

    fn change(&mut self, stamp: Stamp, levels: &BookLevels) -> BookNews {
        let news = self.sync.change(levels);
        self.has_depth = true;
        match news {
            BookNews::Applied => {
                let stamp = self.in_book_order(stamp);
                let sides = [(RowKind::Bid, &levels.bids), (RowKind::Ask, &levels.asks)];
                let rows =
                    sides.into_iter().flat_map(|(kind, side)| side.iter().map(move |level| (kind, *level)));
                self.push_all(stamp, rows);
            }
            BookNews::Found(_) if self.sync.book().is_none() => self.lose(stamp),
            _ => {}
        }
        news
    }

    /// The whole book, as it is now.
    fn rebuild(&mut self, stamp: Stamp) {
        let stamp = self.in_book_order(stamp);
        let Some(book) = self.sync.book() else { return };
        self.known = true;
        let bids = book.levels(Side::Buy).map(|level| (RowKind::Bid, level));
        let asks = book.levels(Side::Sell).map(|level| (RowKind::Ask, level));
        let clear = (RowKind::Clear, Level { tick: 0, quantity: 0.0 });
        let rows: Vec<_> = std::iter::once(clear).chain(bids).chain(asks).collect();
        self.push_all(stamp, rows);
    }

    /// Said once: what was not known already is not lost.
    fn lose(&mut self, stamp: Stamp) {
        if !std::mem::take(&mut self.known) {
            return;
        }
        let stamp = self.in_book_order(stamp);
        self.push(stamp, Level { tick: 0, quantity: 0.0 }, RowKind::Lost, true);
    }

    /// Changes of the book are never put before an earlier one.
    fn in_book_order(&mut self, stamp: Stamp) -> Stamp {
        self.latest_book = self.latest_book.max(stamp.venue);
        Stamp { venue: self.latest_book, ..stamp }
    }

    fn push_all(&mut self, stamp: Stamp, rows: impl IntoIterator<Item = (RowKind, Level)>) {
        let before = self.rows.len();
        for (kind, level) in rows {
            self.push(stamp, level, kind, false);
        }
        if self.rows.len() > before
            && let Some(last) = self.rows.last_mut()
        {
            last.ends = true;
        }
    }

    fn push(&mut self, stamp: Stamp, level: Level, kind: RowKind, ends: bool) {
        let (venue, heard) = (stamp.venue, stamp.heard);
        self.rows.push(TapeRow { venue, heard, tick: level.tick, quantity: level.quantity, kind, ends });
    }

    fn figure(&self, got: f64) -> Result<f64, TapeError> {
        if (0.0..f64::INFINITY).contains(&got) {
            Ok(got)
        } else {
            Err(TapeError::Unsound { message: self.messages, got })
        }
    }

    fn ticks(&self, price: f64) -> Result<i64, TapeError> {
        let ticks = (price / self.tick).round();
        if (1.0..9.0e15).contains(&ticks) {
            Ok(ticks as i64)
        } else {
            Err(TapeError::Unsound { message: self.messages, got: price })
        }
    }
}

/// The two times of a message.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    venue: Timestamp,
    heard: Timestamp,
}
