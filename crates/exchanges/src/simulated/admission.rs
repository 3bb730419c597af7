//! The venue's counter: what is taken in, and what is refused with which words.

use autotrading_domain::{
    Amendment, ClientOrderId, Event, Money, OrderIntent, OrderKind, Price, Quantity, ReportKind, Side,
    Timestamp, ValueError,
};

use super::{
    VenueError,
    letter::{Ask, Letter},
    memory::Fate,
    phase::Phase,
    working::{Sight, Stage, WorkingOrder},
};

impl Phase<'_> {
    /// Takes in what has arrived by this moment.
    pub(super) fn take_in(&mut self, until: Timestamp) -> Result<(), VenueError> {
        while let Some(letter) = self.book.inbox.front().copied().filter(|letter| letter.arrives <= until) {
            self.book.inbox.pop_front();
            let before = self.at;
            self.at = letter.arrives;
            self.open_letter(&letter)?;
            self.at = before;
        }
        Ok(())
    }

    fn open_letter(&mut self, letter: &Letter) -> Result<(), VenueError> {
        let heard = self.out.len();
        let id = letter.ask.order();
        match &letter.ask {
            Ask::Place(intent) => self.place(intent)?,
            Ask::Amend(_, change) => self.amend(change)?,
            Ask::Cancel(..) => self.cancel_on_request(id)?,
            Ask::Query(..) => self.answer(id),
            Ask::Lost(..) => self.report(id, ReportKind::TimedOut),
        }
        if letter.unanswered {
            self.lose_answer(id, heard);
        }
        Ok(())
    }

    /// Takes back what was said since then: no answer came. Tick by tick an order may have been filled already: those
    /// reports come by another way and are not lost.
    fn lose_answer(&mut self, id: ClientOrderId, heard: usize) {
        let said = self.out.split_off(heard.min(self.out.len()));
        self.report(id, ReportKind::TimedOut);
        if self.book.ticks.is_none() {
            return;
        }
        self.out.extend(said.into_iter().filter(|event| {
            matches!(event, Event::Order(report) if matches!(
                report.kind,
                ReportKind::Filled(_) | ReportKind::Expired(_) | ReportKind::Triggered
            ))
        }));
    }

    fn place(&mut self, intent: &OrderIntent) -> Result<(), VenueError> {
        match self.clearing.memory.fate(intent.id) {
            Some(Fate::Working(_)) => {
                self.report(intent.id, ReportKind::Accepted);
                return Ok(());
            }
            Some(_) => {
                self.answer(intent.id);
                return Ok(());
            }
            None => {}
        }
        let reject = self.clearing.post.faults().reject;
        let refused = if self.clearing.post.strikes(reject) {
            Some("the venue is overloaded".into())
        } else {
            self.objection(intent, Quantity::ZERO, Money::ZERO)?
        };
        if let Some(reason) = refused {
            self.report(intent.id, ReportKind::Rejected(reason.clone()));
            self.clearing.memory.note(intent.id, Fate::Rejected(reason));
            return Ok(());
        }
        let sight = if self.inside && self.at > self.bar.open_time { Sight::Close } else { Sight::Range };
        let order = WorkingOrder::new(*intent, self.clearing.next_priority(), sight);
        self.clearing.memory.note(intent.id, Fate::Working(self.book.id));
        self.report(intent.id, ReportKind::Accepted);
        Ok(self.queue(order)?)
    }

    /// Puts an order with new terms at the end of the queue.
    fn queue(&mut self, mut order: WorkingOrder) -> Result<(), ValueError> {
        order.reserved = self.margin_of(&order.intent, order.open())?;
        self.clearing.reserved = self.clearing.reserved.plus(order.reserved)?;
        if self.book.ticks.is_some() {
            return self.arrive(order);
        }
        if order.stage == Stage::Sleeping {
            order.stage = match order.intent.kind {
                OrderKind::Market => Stage::Taking,
                OrderKind::Limit { price } => self.stage_of_limit(order.side(), price, self.bar.open)?,
                OrderKind::TrailingStop { .. } => {
                    order.see(self.bar.open);
                    Stage::Sleeping
                }
                OrderKind::StopMarket { .. }
                | OrderKind::StopLimit { .. }
                | OrderKind::TakeProfitMarket { .. }
                | OrderKind::TakeProfitLimit { .. } => Stage::Sleeping,
            };
        }
        // What rests from this very open on is met by what comes after it.
        order.served = order.stage == Stage::Resting && !self.inside;
        let dead = order.stage == Stage::Resting && order.is_immediate();
        let priority = order.priority;
        self.book.orders.push(order);
        if dead {
            self.end(priority, Fate::Expired("nothing to take at its price".into()))?;
        }
        Ok(())
    }

    /// Whether a limit order takes from a market at this price, or rests.
    pub(super) fn stage_of_limit(
        &self,
        side: Side,
        limit: Price,
        reference: f64,
    ) -> Result<Stage, ValueError> {
        if let Some(ticks) = &self.book.ticks {
            return self.stage_in_book(ticks, side, limit);
        }
        let touch = self.clearing.costs.touch(&self.book.instrument, side, reference)?;
        let takes = match side {
            Side::Buy => limit >= touch,
            Side::Sell => limit <= touch,
        };
        Ok(if takes { Stage::Taking } else { Stage::Resting })
    }

    fn amend(&mut self, change: &Amendment) -> Result<(), VenueError> {
        let found = self.book.orders.iter().position(|order| order.id() == change.id);
        let Some(order) = found.and_then(|place| self.book.orders.get(place)).copied() else {
            self.report(change.id, ReportKind::AmendRefused("no such order works".into()));
            return Ok(());
        };
        let same_kind = std::mem::discriminant(&order.intent.kind) == std::mem::discriminant(&change.kind);
        let gone = order.filled.plus(order.taken)?;
        let new = OrderIntent { quantity: change.quantity, kind: change.kind, ..order.intent };
        let refused = if !same_kind {
            Some("an amendment keeps the kind of the order".into())
        } else if order.intent.kind == OrderKind::Market {
            Some("a market order is not amended".into())
        } else if change.quantity <= gone {
            Some(format!("{gone} of it are filled or taken already").into())
        } else {
            self.objection(&new, gone, order.reserved)?
        };
        if let Some(reason) = refused {
            self.report(change.id, ReportKind::AmendRefused(reason));
            return Ok(());
        }
        self.book.orders.retain(|kept| kept.priority != order.priority);
        self.book.leave_queue(order.priority);
        self.clearing.reserved = self.clearing.reserved.minus(order.reserved)?;
        let mut order = order;
        let triggered = order.stage != Stage::Sleeping && order.intent.kind.trigger().is_some();
        order.amend(change, self.clearing.next_priority());
        order.stage = match (triggered, order.intent.kind.limit_price()) {
            (false, _) => Stage::Sleeping, // looked at anew
            (true, None) => Stage::Taking,
            (true, Some(limit)) => self.stage_of_limit(order.side(), limit, self.bar.open)?,
        };
        if self.inside && self.at > self.bar.open_time {
            order.sight = Sight::Close;
        }
        let (quantity, kind) = (change.quantity, change.kind);
        self.report(change.id, ReportKind::Amended { quantity, kind });
        Ok(self.queue(order)?)
    }

    fn cancel_on_request(&mut self, id: ClientOrderId) -> Result<(), VenueError> {
        match self.book.orders.iter().find(|order| order.id() == id).map(|order| order.priority) {
            Some(priority) => self.cancel(priority, "on request")?,
            None => self.report(id, ReportKind::CancelRefused("no such order works".into())),
        }
        Ok(())
    }

    /// Answers a query: every fill of the order, then how it stands.
    fn answer(&mut self, id: ClientOrderId) {
        let told: Vec<_> = self.clearing.memory.fills_of(id).copied().collect();
        for fill in told {
            self.report(id, ReportKind::Filled(fill));
        }
        match self.clearing.memory.fate(id) {
            None => self.report(id, ReportKind::Absent),
            Some(Fate::Working(_)) => {
                let filled = self.book.orders.iter().find(|order| order.id() == id);
                let filled = filled.map_or(Quantity::ZERO, |order| order.filled);
                self.report(id, ReportKind::Working { filled });
            }
            Some(over) => {
                if let Some(kind) = over.report() {
                    self.report(id, kind);
                }
            }
        }
    }
}
