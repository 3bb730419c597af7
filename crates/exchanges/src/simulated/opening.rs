//! The open of a bar: the one price of a bar of which all is known.

use autotrading_domain::{Side, ValueError};

use super::{
    FillReason, VenueError,
    memory::Fate,
    phase::Phase,
    working::{Stage, WorkingOrder},
};

impl Phase<'_> {
    /// The open: what is due and what has arrived by then, then each order in the order of priority.
    ///
    /// A position whose liquidation price was jumped over is liquidated before any order of ours is looked at.
    pub(super) fn open(&mut self) -> Result<(), VenueError> {
        self.book.opened_inside = false;
        self.begin_turns();
        self.advance(self.bar.open_time)?;
        self.book.last = self.bar.open;
        self.book.last_mark = self.book.marked(self.bar).open;
        self.expire(self.bar.open_time)?;
        if !self.trades() {
            return Ok(());
        }
        let mark = self.book.marked(self.bar).open;
        self.look_at_account(mark)?;
        if !self.book.danger.spares(mark, mark) {
            self.liquidate(mark)?;
        }
        if !self.book.orders.is_empty() {
            self.match_open()?;
        }
        Ok(())
    }

    fn match_open(&mut self) -> Result<(), VenueError> {
        self.book.allot(self.bar, self.clearing.rules.participation)?;
        let (open, touch) = (self.bar.open, self.clearing.rules.touch_fills);
        while let Some(priority) = self.next_of(|order| acts_at_open(order, open, touch)) {
            self.act_at_open(priority)?;
        }
        for order in &mut self.book.orders {
            order.see(open);
        }
        Ok(())
    }

    fn act_at_open(&mut self, priority: u64) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        let open = self.bar.open;
        match order.stage {
            Stage::Sleeping => self.wake(priority, open, FillReason::GapBeyondTrigger),
            Stage::Resting => {
                let at_open = self.book.instrument.price(open)?;
                let limit = order.intent.kind.limit_price().unwrap_or(at_open);
                let reason = if at_open == limit { FillReason::Touched } else { FillReason::OpenBeyondLimit };
                self.meet(priority, at_open, reason)
            }
            Stage::Taking => match order.intent.kind.limit_price() {
                Some(limit) if self.stage_of_limit(order.side(), limit, open)? == Stage::Resting => {
                    self.let_rest(&order)
                }
                Some(_) => self.take(priority, open, FillReason::LimitTakenAtOpen),
                None => self.take(priority, open, FillReason::MarketAtOpen),
            },
        }
    }

    /// The market has left a limit order that wanted to take: it rests, unless its terms end it.
    fn let_rest(&mut self, order: &WorkingOrder) -> Result<(), ValueError> {
        if order.is_immediate() {
            return self.end(order.priority, Fate::Expired("nothing to take at its price".into()));
        }
        if let Some(order) = self.book.order_mut(order.priority) {
            order.stage = Stage::Resting;
            order.served = true;
        }
        Ok(())
    }
}

/// Whether an open at this price concerns an order.
fn acts_at_open(order: &WorkingOrder, open: f64, touch: bool) -> bool {
    match order.stage {
        Stage::Taking => true,
        Stage::Sleeping => order.wakes_at(open),
        Stage::Resting => beyond(order.side(), order.limit, open, touch),
    }
}

/// Whether a price lies beyond a limit, or at it where touching is enough.
pub(super) fn beyond(side: Side, limit: f64, price: f64, touch: bool) -> bool {
    match side {
        Side::Buy => price < limit || (touch && price == limit),
        Side::Sell => price > limit || (touch && price == limit),
    }
}
