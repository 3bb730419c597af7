//! The inside of a bar: of the way from open to close only the extremes are known, so it is taken to our disadvantage.
//!
//! First everything that hurts the position, the nearest first: stops, and liquidation where it comes before them. Then
//! what opens or adds; then again what hurts. What helps comes last: take-profits and limits that reduce. An order that
//! came after the open, or a close of a position that was opened inside the bar, may count on nothing but the close.
//! Trailing stops follow at the very end. So the outcome is that of the worse of the two ways through the bar, high
//! first or low first.

use autotrading_domain::{Bar, Side, Timestamp, ValueError};

use super::{
    FillReason, VenueError,
    opening::beyond,
    phase::Phase,
    working::{Sight, Stage, WorkingOrder},
};

/// How soon something is assumed to happen inside a bar.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Urgency {
    rank: u8,
    distance: f64,
}

/// The ranks: what hurts, what opens, what helps.
const HURTS: u8 = 0;
const OPENS: u8 = 1;
const HELPS: u8 = 2;

impl Phase<'_> {
    /// The inside of the bar. All fills carry one moment: its middle, or the last arrival where that is later.
    pub(super) fn close(&mut self) -> Result<(), VenueError> {
        let (open, close) = (self.bar.open_time, self.bar.close_time());
        let last_inside = Timestamp::from_nanos(close.nanos().saturating_sub(1)).max(open);
        let middle = Timestamp::from_nanos(open.nanos().midpoint(close.nanos()));
        let arrived = self.book.inbox.iter().map(|letter| letter.arrives).filter(|at| *at <= last_inside);
        let moment = arrived.max().map_or(middle, |arrival| arrival.max(middle));
        self.begin_turns();
        self.at = open;
        self.advance(moment)?;
        self.expire(moment)?;
        self.at = moment;
        let mark = self.book.marked(self.bar);
        self.look_at_account(mark.open)?;
        if self.trades() {
            self.match_inside()?;
        }
        self.expire(last_inside)?;
        self.advance(last_inside)?;
        self.look_at_account(mark.close)?;
        (self.book.last, self.book.last_mark) = (self.bar.close, mark.close);
        Ok(())
    }

    fn match_inside(&mut self) -> Result<(), VenueError> {
        if !self.book.orders.is_empty() {
            self.book.allot(self.bar, self.clearing.rules.participation)?;
        }
        while self.happen_next()? {}
        self.wake_idle_closes()?;
        self.follow_the_price()
    }

    /// Trailing stops follow the bar's best price, which is taken to come before its worst: of the two ways through the
    /// bar the other one was looked at already, with the level from before.
    fn follow_the_price(&mut self) -> Result<(), VenueError> {
        let bar = self.bar;
        for order in &mut self.book.orders {
            order.see(ahead(order, bar));
        }
        while let Some(priority) =
            self.next_of(|order| order.trail.is_some() && sleeps_through(order, behind(order, bar)))
        {
            let level = self.book.order(priority).map_or(bar.close, |order| order.trigger);
            self.wake(priority, level, FillReason::TriggerReached)?;
        }
        Ok(())
    }

    /// Lets the most urgent thing happen; false when nothing more does.
    fn happen_next(&mut self) -> Result<bool, ValueError> {
        let mut first: Option<(Urgency, u64)> = None;
        for order in &self.book.orders {
            if let Some(urgency) = self.urgency(order)
                && first.is_none_or(|(most, _)| urgency < most)
            {
                first = Some((urgency, order.priority));
            }
        }
        if let Some((urgency, level)) = self.liquidation_urgency()
            && first.is_none_or(|(most, _)| urgency <= most)
        {
            self.liquidate(level)?;
            return Ok(true);
        }
        let Some((_, priority)) = first else { return Ok(false) };
        self.act_inside(priority)?;
        Ok(true)
    }

    fn liquidation_urgency(&self) -> Option<(Urgency, f64)> {
        let (danger, mark) = (self.book.danger, self.book.marked(self.bar));
        if danger.spares(mark.low, mark.high) {
            return None;
        }
        let level =
            if mark.low <= danger.below { danger.below.min(mark.open) } else { danger.above.max(mark.open) };
        let distance = if mark.apart { 0.0 } else { (level - mark.open).abs() };
        Some((Urgency { rank: HURTS, distance }, level))
    }

    /// When an order acts inside this bar; `None` when it does not.
    fn urgency(&self, order: &WorkingOrder) -> Option<Urgency> {
        if order.served || order.stage == Stage::Taking {
            return None;
        }
        let closes = !self.book.position.reducible_by(order.side()).is_zero();
        if order.intent.reduce_only && !closes {
            return None; // a position may still be opened
        }
        let adverse = order.stage == Stage::Sleeping && !order.takes_profit();
        let level = if order.stage == Stage::Sleeping { order.trigger } else { order.limit };
        let reached = if adverse {
            order.wakes_at(if order.side() == Side::Buy { self.bar.high } else { self.bar.low })
        } else {
            self.reaches(order, closes)
        };
        let rank = match (closes, adverse) {
            (true, true) => HURTS,
            (false, _) => OPENS,
            (true, false) => HELPS,
        };
        reached.then(|| Urgency { rank, distance: (level - self.bar.open).abs() })
    }

    /// Whether the price that an order may count on reaches a level on the holder's good side.
    fn reaches(&self, order: &WorkingOrder, closes: bool) -> bool {
        if order.expiry().is_some_and(|expiry| expiry < self.bar.close_time()) {
            return false; // whether it was reached in time is not known
        }
        let dependent = order.intent.reduce_only && closes && self.book.opened_inside;
        let range = order.sight == Sight::Range && !dependent;
        let best = match (range, order.side()) {
            (false, _) => self.bar.close,
            (true, Side::Buy) => self.bar.low,
            (true, Side::Sell) => self.bar.high,
        };
        if order.stage == Stage::Sleeping {
            order.wakes_at(best)
        } else {
            beyond(order.side(), order.limit, best, self.clearing.rules.touch_fills)
        }
    }

    fn act_inside(&mut self, priority: u64) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        if order.stage == Stage::Sleeping {
            let level = self.waking_price(&order);
            return self.wake(priority, level, FillReason::TriggerReached);
        }
        let Some(limit) = order.intent.kind.limit_price() else { return Ok(()) };
        let low = if order.side() == Side::Buy { self.bar.low } else { self.bar.high };
        let through = beyond(order.side(), order.limit, low, false);
        let reason = if through { FillReason::TradedThrough } else { FillReason::Touched };
        self.meet(priority, limit, reason)
    }

    /// The market's price when an order wakes: its trigger, or the open where that lies beyond it already.
    fn waking_price(&self, order: &WorkingOrder) -> f64 {
        match (order.takes_profit(), order.side()) {
            (true, _) => order.trigger,
            (false, Side::Sell) => order.trigger.min(self.bar.open),
            (false, Side::Buy) => order.trigger.max(self.bar.open),
        }
    }

    /// Stops that were set off with nothing to reduce wake for nothing, and end.
    fn wake_idle_closes(&mut self) -> Result<(), ValueError> {
        let (low, high) = (self.bar.low, self.bar.high);
        while let Some(priority) = self.next_of(|order| {
            let adverse = if order.side() == Side::Buy { high } else { low };
            order.intent.reduce_only && !order.takes_profit() && sleeps_through(order, adverse)
        }) {
            let level = self.book.order(priority).map_or(self.bar.close, |order| self.waking_price(order));
            self.wake(priority, level, FillReason::TriggerReached)?;
        }
        Ok(())
    }
}

/// Whether a price wakes an order that sleeps still.
fn sleeps_through(order: &WorkingOrder, price: f64) -> bool {
    order.stage == Stage::Sleeping && order.wakes_at(price)
}

/// The best price that a stop surely sees in a bar.
fn ahead(order: &WorkingOrder, bar: &Bar) -> f64 {
    match (order.sight, order.side()) {
        (Sight::Close, _) => bar.close,
        (Sight::Range, Side::Sell) => bar.high,
        (Sight::Range, Side::Buy) => bar.low,
    }
}

/// The worst price that may come after it.
fn behind(order: &WorkingOrder, bar: &Bar) -> f64 {
    match (order.sight, order.side()) {
        (Sight::Close, _) => bar.close,
        (Sight::Range, Side::Sell) => bar.low,
        (Sight::Range, Side::Buy) => bar.high,
    }
}
