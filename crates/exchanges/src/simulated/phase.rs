//! One phase of one bar: the view in which orders are taken in, matched and settled.

use autotrading_domain::{
    Bar, ClientOrderId, Event, FundingPayment, InstrumentStatus, Rate, Reason, ReportKind, Timestamp,
    ValueError,
};

use super::{VenueError, book::Book, clearing::Clearing, memory::Fate, working::Sight};

/// What happens to one instrument at one moment of a bar.
pub(super) struct Phase<'a> {
    pub(super) book: &'a mut Book,
    pub(super) clearing: &'a mut Clearing,
    pub(super) out: &'a mut Vec<Event>,
    pub(super) bar: &'a Bar,
    /// The moment that fills and ends carry.
    pub(super) at: Timestamp,
    /// Whether the bar is open already.
    pub(super) inside: bool,
}

impl Phase<'_> {
    /// Whether anything can trade: not on a bar that was filled forward, and not while the instrument is halted.
    pub(super) const fn trades(&self) -> bool {
        !self.bar.synthetic
            && matches!(self.book.status, InstrumentStatus::Trading | InstrumentStatus::ReduceOnly)
    }

    /// Brings time forward: funding is paid and requests are taken in, each at its own moment.
    pub(super) fn advance(&mut self, until: Timestamp) -> Result<(), VenueError> {
        while let Some((at, rate)) = self.book.funding.due(until) {
            self.take_in(at)?;
            self.pay_funding(at, rate)?;
        }
        self.take_in(until)
    }

    /// Longs pay shorts the rate on the position's value at mark, and the other way round when it is negative:
    /// `amount = -side * mark * quantity * rate`. Mark is the open of the bar that opens then, else the price before.
    fn pay_funding(&mut self, at: Timestamp, rate: Rate) -> Result<(), ValueError> {
        if self.book.position.is_flat() {
            return Ok(());
        }
        let marked = self.book.marked(self.bar).open;
        let measured = if at >= self.bar.open_time { marked } else { self.book.last_mark };
        let mark = self.book.instrument.price(measured)?;
        let paid = mark.times(self.book.position.quantity())?.times(rate)?.booked();
        let long = self.book.position.signed().is_sign_positive();
        let amount = if long { paid.negated() } else { paid };
        self.clearing.funding = self.clearing.funding.plus(amount)?;
        self.out.push(Event::Funding(FundingPayment { instrument: self.book.id, at, rate, amount }));
        Ok(())
    }

    /// Ends the orders whose time is up.
    pub(super) fn expire(&mut self, until: Timestamp) -> Result<(), ValueError> {
        while let Some((priority, expiry)) = self.book.orders.iter().find_map(|order| {
            order.expiry().filter(|expiry| *expiry <= until).map(|expiry| (order.priority, expiry))
        }) {
            let before = self.at;
            self.at = before.max(expiry);
            self.end(priority, Fate::Expired("its time is up".into()))?;
            self.at = before;
        }
        Ok(())
    }

    pub(super) fn report(&mut self, order: ClientOrderId, kind: ReportKind) {
        self.clearing.post.report(self.out, order, self.book.id, self.at, kind);
    }

    /// Takes an order out of the book and says why.
    pub(super) fn end(&mut self, priority: u64, fate: Fate) -> Result<(), ValueError> {
        let Some(place) = self.book.orders.iter().position(|order| order.priority == priority) else {
            return Ok(());
        };
        let order = self.book.orders.remove(place);
        self.book.leave_queue(priority);
        self.clearing.reserved = self.clearing.reserved.minus(order.reserved)?;
        if let Some(kind) = fate.report() {
            self.report(order.id(), kind);
        }
        self.clearing.memory.note(order.id(), fate);
        Ok(())
    }

    pub(super) fn cancel(&mut self, priority: u64, reason: &'static str) -> Result<(), ValueError> {
        self.end(priority, Fate::Canceled(Reason::Borrowed(reason)))
    }

    /// The next order, by priority, that had no turn in this phase and of which this holds.
    pub(super) fn next_of(&self, wanted: impl Fn(&super::working::WorkingOrder) -> bool) -> Option<u64> {
        self.book.orders.iter().find(|order| !order.served && wanted(order)).map(|order| order.priority)
    }

    /// Gives every order its turn again.
    pub(super) fn begin_turns(&mut self) {
        for order in &mut self.book.orders {
            order.served = false;
            if !self.inside {
                order.sight = Sight::Range;
            }
        }
    }
}
