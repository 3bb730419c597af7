//! An instrument whose market is told tick by tick: what is known of its book, and where our orders stand in it.

use autotrading_domain::{Side, Span, Timestamp};
use autotrading_market_data::{LocalBook, RowKind, TapeRow};
use serde::{Deserialize, Serialize};

use super::{
    VenueError,
    book::Danger,
    queue::{Place, QueueModel},
};

/// How orders are matched against trades, quotes and books.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TickRules {
    /// What is assumed of those who cancel at our price.
    pub queue: QueueModel,
    /// How old the market's latest word may be when an order arrives that takes; after that it waits for the next one.
    pub fresh_for: Span,
    /// Share of each trade, and of each level, that our orders together may have, in (0, 1].
    pub participation: f64,
}

impl Default for TickRules {
    fn default() -> Self {
        Self { queue: QueueModel::default(), fresh_for: Span::SECOND, participation: 1.0 }
    }
}

impl TickRules {
    /// Checks that every rule lies in its range.
    ///
    /// # Errors
    /// [`VenueError::Rule`] names the rule, its value and what was expected.
    pub fn check(&self) -> Result<(), VenueError> {
        let wrong = |field, got: String, expected| Err(VenueError::Rule { field, got, expected });
        if let QueueModel::Probabilistic(super::CancelWeight::Power { exponent }) = self.queue
            && !(exponent > 0.0 && exponent < 100.0)
        {
            return wrong("queue.exponent", exponent.to_string(), "in (0, 100)");
        }
        if self.fresh_for < Span::ZERO {
            return wrong("fresh_for", self.fresh_for.to_string(), "not negative");
        }
        if !(self.participation > 0.0 && self.participation <= 1.0) {
            return wrong("participation", self.participation.to_string(), "in (0, 1]");
        }
        Ok(())
    }
}

/// What the feed shows of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Trades,
    Quotes,
    Depth,
}

/// What we took of a level since it was last spoken of. It is gone until the market says otherwise.
#[derive(Clone, Copy, Debug)]
struct Used {
    side: Side,
    tick: i64,
    quantity: f64,
}

/// The market of one instrument, tick by tick.
#[derive(Clone, Debug)]
pub(super) struct TickMarket {
    pub(super) rules: TickRules,
    pub(super) shown: Shown,
    /// Others' orders alone.
    pub(super) book: LocalBook,
    /// Whether the book can be relied on.
    pub(super) known: bool,
    rebuilding: bool,
    /// Price of the latest trade; NaN before.
    pub(super) last: f64,
    /// The middle of the book before it was emptied.
    stood: f64,
    /// The mark price, where one is told; NaN before.
    told_mark: f64,
    /// When the market said something last.
    pub(super) latest: Timestamp,
    tick_size: f64,
    used: Vec<Used>,
    pub(super) places: Vec<Place>,
    pub(super) watch: Watchpoints,
}

/// What the next word is compared with, so that one that concerns nothing of ours costs next to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watchpoints {
    /// When something is due by itself: an arrival, a funding, an expiry.
    pub(super) due: Timestamp,
    /// Our highest and lowest resting bid.
    pub(super) bids: (i64, i64),
    /// Our lowest and highest resting offer.
    pub(super) asks: (i64, i64),
    /// Whether an order waits to take, or for its trigger: each word concerns it.
    pub(super) attentive: bool,
    pub(super) danger: Danger,
}

impl Watchpoints {
    /// Nothing of ours is there.
    pub(super) const IDLE: Self = Self {
        due: Timestamp::MAX,
        bids: (i64::MIN, i64::MAX),
        asks: (i64::MAX, i64::MIN),
        attentive: false,
        danger: Danger::NONE,
    };
}

/// What a word of the market means for our orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    Nothing,
    /// The book came to us, or an order waits for it.
    Book,
    Trade,
    Mark,
}

impl TickMarket {
    pub(super) fn new(rules: TickRules, tick_size: f64) -> Self {
        Self {
            rules,
            shown: Shown::Trades,
            book: LocalBook::new(),
            known: false,
            rebuilding: false,
            last: f64::NAN,
            stood: f64::NAN,
            told_mark: f64::NAN,
            latest: Timestamp::from_nanos(i64::MIN),
            tick_size,
            used: Vec::new(),
            places: Vec::new(),
            watch: Watchpoints::IDLE,
        }
    }

    /// The mark price: as told, else the last trade, else the middle of the book. NaN while nothing is known.
    pub(super) fn mark(&self) -> f64 {
        if self.told_mark > 0.0 {
            self.told_mark
        } else if self.last > 0.0 {
            self.last
        } else {
            self.middle()
        }
    }

    /// The middle between best bid and offer, or where it was when the book got lost. NaN while nothing is known.
    pub(super) fn middle(&self) -> f64 {
        match (self.book.best_tick(Side::Buy), self.book.best_tick(Side::Sell)) {
            (Some(bid), Some(ask)) => (bid + ask) as f64 * 0.5 * self.tick_size,
            (Some(only), None) | (None, Some(only)) => only as f64 * self.tick_size,
            (None, None) => self.stood,
        }
    }

    /// Whether the book may be taken from at this moment.
    pub(super) fn is_fresh(&self, at: Timestamp) -> bool {
        self.known && self.shown != Shown::Trades && at.since(self.latest) <= self.rules.fresh_for
    }

    /// What is left of a level for us.
    pub(super) fn available(&self, side: Side, tick: i64, quantity: f64) -> f64 {
        let used = self.used.iter().find(|used| used.side == side && used.tick == tick);
        quantity * self.rules.participation - used.map_or(0.0, |used| used.quantity)
    }

    /// Notes what we took of a level.
    pub(super) fn use_up(&mut self, side: Side, tick: i64, quantity: f64) {
        match self.used.iter_mut().find(|used| used.side == side && used.tick == tick) {
            Some(used) => used.quantity += quantity,
            None => self.used.push(Used { side, tick, quantity }),
        }
    }

    pub(super) fn place_mut(&mut self, priority: u64) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.priority == priority)
    }

    /// What stands ahead of an order that joins now.
    pub(super) fn ahead_of_newcomer(&self, side: Side, tick: i64) -> f64 {
        let shown = match self.shown {
            Shown::Depth => self.known,
            // A quote shows its own price; what is better than it is empty, what is worse is hidden.
            Shown::Quotes => match (self.book.best_tick(side), side) {
                (Some(best), Side::Buy) => tick >= best,
                (Some(best), Side::Sell) => tick <= best,
                (None, _) => false,
            },
            Shown::Trades => false,
        };
        if shown { self.book.quantity(side, tick) } else { f64::INFINITY }
    }

    /// Takes in a row, and tells whether it concerns an order or a position of ours.
    #[inline]
    pub(super) fn absorb(&mut self, row: &TapeRow) -> Concern {
        match row.kind {
            RowKind::Bid => self.level(Side::Buy, row),
            RowKind::Ask => self.level(Side::Sell, row),
            RowKind::Bought => {
                self.last = row.tick as f64 * self.tick_size;
                self.trade_concerns(row.tick >= self.watch.asks.0)
            }
            RowKind::Sold => {
                self.last = row.tick as f64 * self.tick_size;
                self.trade_concerns(row.tick <= self.watch.bids.0)
            }
            RowKind::Mark => {
                self.told_mark = row.quantity;
                let safe = self.watch.danger.spares(row.quantity, row.quantity);
                if self.watch.attentive || !safe { Concern::Mark } else { Concern::Nothing }
            }
            RowKind::BestBid => self.quote(Side::Buy, row),
            RowKind::BestAsk => self.quote(Side::Sell, row),
            RowKind::Clear | RowKind::Lost => {
                self.begin_anew(row.kind == RowKind::Clear);
                if row.ends { self.end_of_message() } else { Concern::Nothing }
            }
        }
    }

    fn trade_concerns(&self, reaches: bool) -> Concern {
        let mark_follows = self.told_mark.is_nan() && !self.watch.danger.spares(self.last, self.last);
        let waits = self.watch.attentive;
        if reaches || waits || mark_follows { Concern::Trade } else { Concern::Nothing }
    }

    #[inline]
    fn level(&mut self, side: Side, row: &TapeRow) -> Concern {
        let before = self.book.set(side, row.tick, row.quantity);
        if !self.used.is_empty() {
            self.used.retain(|used| used.side != side || used.tick != row.tick);
        }
        let (first, second) = if side == Side::Buy { self.watch.bids } else { self.watch.asks };
        if row.tick >= first.min(second) && row.tick <= first.max(second) && !self.places.is_empty() {
            self.move_places(side, row.tick, before, row.quantity);
        }
        if row.ends { self.end_of_message() } else { Concern::Nothing }
    }

    fn move_places(&mut self, side: Side, tick: i64, before: f64, now: f64) {
        let (model, rebuilding) = (self.rules.queue, self.rebuilding);
        let mut ahead_of_it = 0.0f64;
        for place in self.places.iter_mut().filter(|place| place.side == side && place.tick == tick) {
            if rebuilding {
                place.level_seen(now);
            } else {
                place.level_changed(model, before, now);
            }
            // Of two orders of ours the later one has at least as many ahead.
            place.ahead = place.ahead.max(ahead_of_it);
            ahead_of_it = place.ahead;
        }
    }

    #[inline]
    fn end_of_message(&mut self) -> Concern {
        if self.rebuilding {
            self.rebuilding = false;
            self.known = true;
            for place in &mut self.places {
                place.level_seen(self.book.quantity(place.side, place.tick));
            }
        }
        if !self.known {
            return Concern::Nothing;
        }
        let (bid, ask) = (self.book.best_tick(Side::Buy), self.book.best_tick(Side::Sell));
        let (bid, ask) = (bid.unwrap_or(i64::MIN), ask.unwrap_or(i64::MAX));
        if bid >= ask {
            self.begin_anew(false); // a crossed book is no book
            return Concern::Nothing;
        }
        let comes = ask <= self.watch.bids.0 || bid >= self.watch.asks.0;
        // Where neither mark prices nor trades were told, the middle of the book is mark.
        let unmarked = self.told_mark.is_nan() && self.last.is_nan();
        let endangered = unmarked && !self.watch.danger.spares(self.middle(), self.middle());
        if comes || endangered || self.watch.attentive { Concern::Book } else { Concern::Nothing }
    }

    /// Empties the book: it is made anew by the rest of the message, or it is not known.
    pub(super) fn begin_anew(&mut self, rebuilt: bool) {
        self.stood = self.middle();
        self.book.clear();
        self.used.clear();
        self.shown = Shown::Depth;
        self.known = false;
        self.rebuilding = rebuilt;
    }

    /// One half of a quote.
    fn quote(&mut self, side: Side, row: &TapeRow) -> Concern {
        self.shown = Shown::Quotes;
        let best = self.book.best_tick(side);
        let before = best.map_or(0.0, |best| self.book.quantity(side, best));
        self.book.set(side, row.tick, row.quantity);
        if let Some(best) = best.filter(|best| *best != row.tick) {
            self.book.set(side, best, 0.0);
        }
        self.used.retain(|used| used.side != side);
        let model = self.rules.queue;
        for place in self.places.iter_mut().filter(|place| place.side == side) {
            let better = if side == Side::Buy { place.tick > row.tick } else { place.tick < row.tick };
            if better {
                place.level_seen(0.0); // nobody stands there any more
            } else if place.tick == row.tick && best == Some(row.tick) {
                place.level_changed(model, before, row.quantity);
            } else if place.tick == row.tick {
                place.level_seen(row.quantity);
            }
        }
        if !row.ends {
            return Concern::Nothing;
        }
        self.known = true;
        self.end_of_message()
    }
}
