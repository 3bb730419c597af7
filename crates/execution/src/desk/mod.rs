//! The only owner of order states.

mod brackets;
mod exposure;
mod hearing;
#[cfg(test)]
mod interleavings;
mod names;
mod register;
#[cfg(test)]
mod tests;
mod waiting;

use autotrading_domain::{
    Amendment, BracketId, ClientOrderId, InstrumentId, OrderEvent, OrderIntent, OrderReport, OrderState,
    Timestamp,
};
use autotrading_risk::{Approved, ApprovedChange};

use self::{brackets::Brackets, names::Names, register::Register};
use crate::{DeskEffect, DeskError, DeskRules, OrderCommand, OrderRecord, Remark};

/// The only owner of order states, and the only maker of commands.
///
/// Every order it places was approved by the risk gate, and is placed once: a request that nobody answers is asked
/// about, never repeated. Only the venue's word ends an order.
#[derive(Debug)]
pub struct OrderDesk {
    rules: DeskRules,
    names: Names,
    orders: Register,
    brackets: Brackets,
    /// No order needs attention before this moment, if the venue stays silent.
    wake: Timestamp,
    late_fills: u64,
    quarantined: Vec<InstrumentId>,
}

impl OrderDesk {
    /// A desk without orders. Each run (session of the program) has a number of its own, so that no name comes twice.
    pub fn new(run: u32, rules: DeskRules) -> Self {
        Self {
            rules,
            names: Names::new(run),
            orders: Register::new(rules.remembered),
            brackets: Brackets::default(),
            wake: Timestamp::MAX,
            late_fills: 0,
            quarantined: Vec::new(),
        }
    }

    /// The name of the next order: taken before the review, used up by [`place`](Self::place) or [`deny`](Self::deny).
    /// Of names that are taken and not used, the last 1024 stay good.
    pub fn next_id(&mut self) -> ClientOrderId {
        self.names.issue()
    }

    /// The name of the next bracket.
    pub const fn next_bracket(&mut self) -> BracketId {
        self.names.issue_bracket()
    }

    /// Places an approved order.
    ///
    /// # Errors
    /// [`DeskError::NameNotFree`] or [`DeskError::Foreign`] when its name was used before or was not issued here;
    /// [`DeskError::Empty`]. Nothing is placed then.
    pub fn place(&mut self, approved: Approved, now: Timestamp) -> Result<OrderCommand, DeskError> {
        self.submit(approved.into_intent(), now)
    }

    fn submit(&mut self, intent: OrderIntent, now: Timestamp) -> Result<OrderCommand, DeskError> {
        let id = intent.id;
        if intent.quantity.is_zero() {
            return Err(DeskError::Empty { id });
        }
        self.names.spend(id)?;
        let record = self.orders.open(&intent, now).ok_or(DeskError::NeverPlaced { id })?;
        record.step(OrderEvent::Submit)?;
        self.wake = self.wake.min(record.due(&self.rules));
        if let Some(bracket) = intent.bracket {
            self.brackets.join(bracket);
        }
        Ok(OrderCommand::place(intent, now))
    }

    /// Changes a live order as approved.
    ///
    /// # Errors
    /// The order is not known, cannot be amended where it is, has as much filled already, or is of another kind.
    pub fn amend(&mut self, approved: ApprovedChange, now: Timestamp) -> Result<OrderCommand, DeskError> {
        self.change(approved.into_change(), now)
    }

    fn change(&mut self, change: Amendment, now: Timestamp) -> Result<OrderCommand, DeskError> {
        let id = change.id;
        let record = self.record_mut(id)?;
        if std::mem::discriminant(&record.intent.kind) != std::mem::discriminant(&change.kind) {
            return Err(DeskError::OtherKind { id });
        }
        if change.quantity <= record.filled {
            return Err(DeskError::BelowFilled { id, wanted: change.quantity, filled: record.filled });
        }
        record.step(OrderEvent::RequestAmend)?;
        record.unsure |= record.pending.is_some();
        record.pending = Some(change);
        record.ceiling = record.ceiling.max(change.quantity);
        record.tended_at = now;
        let instrument = self.asked(id, now)?;
        Ok(OrderCommand::amend(change, instrument, now))
    }

    /// Asks for the end of an order; `None` when it is over or was asked already. Needs no approval.
    ///
    /// # Errors
    /// The order is not known.
    pub fn cancel(&mut self, id: ClientOrderId, now: Timestamp) -> Result<Option<OrderCommand>, DeskError> {
        let record = self.record_mut(id)?;
        if record.state.is_terminal() || record.state == OrderState::PendingCancel {
            return Ok(None);
        }
        record.step(OrderEvent::RequestCancel)?;
        let instrument = self.asked(id, now)?;
        Ok(Some(OrderCommand::cancel(id, instrument, now)))
    }

    /// Puts an intent on record that the risk gate refused. It uses its name up; under a name that is not free nothing
    /// happens.
    pub fn deny(&mut self, intent: &OrderIntent, now: Timestamp) {
        if self.names.spend(intent.id).is_err() {
            return;
        }
        let denied = OrderState::Created.after(OrderEvent::Deny);
        if let Some(record) = self.orders.open_over(intent, now).and_then(|place| self.orders.at_mut(place)) {
            record.state = denied.unwrap_or(OrderState::Denied);
        }
    }

    /// Applies the venue's word along the transition table. Duplicates and late words change nothing; an execution
    /// that was not known is always handed out for booking, also when it is late or too much.
    ///
    /// # Errors
    /// The order is not known, or the word contradicts what is known. The order stays as it was.
    pub fn apply(&mut self, report: &OrderReport) -> Result<DeskEffect, DeskError> {
        let id = report.order;
        let place = self.orders.place_of(id).ok_or_else(|| self.names.stranger(id))?;
        let record = self.orders.at_mut(place).ok_or(DeskError::NeverPlaced { id })?;
        let before = record.state;
        let heard = record.hear(report)?;
        let (state, instrument, bracket) = (record.state, record.intent.instrument, record.intent.bracket);
        self.wake = self.wake.min(record.due(&self.rules));

        if let (Some(fill), Some(bracket)) = (heard.fill, bracket) {
            self.brackets.fill(bracket, fill.quantity);
        }
        if heard.remark.is_some_and(Remark::quarantines) {
            self.quarantine(instrument);
        }
        if heard.fill.is_some() && before.is_terminal() {
            self.late_fills += 1;
        }
        let finished = state.is_terminal() && !before.is_terminal();
        if finished {
            self.orders.close(place);
            if let Some(bracket) = bracket {
                self.brackets.leave(bracket);
            }
        }
        Ok(DeskEffect { order: id, before, state, fill: heard.fill, finished, remark: heard.remark })
    }

    /// An order that is live, or over and not forgotten.
    pub fn order(&self, id: ClientOrderId) -> Option<&OrderRecord> {
        self.orders.get(id)
    }

    /// The orders that may still fill, unknown ones included, by name.
    pub fn live(&self) -> impl Iterator<Item = &OrderRecord> {
        self.orders.live()
    }

    /// The live orders on an instrument, by name.
    pub fn live_of(&self, instrument: InstrumentId) -> impl Iterator<Item = &OrderRecord> {
        self.orders.live().filter(move |record| record.intent.instrument == instrument)
    }

    /// How many fills came after the end of their order.
    pub const fn late_fills(&self) -> u64 {
        self.late_fills
    }

    /// Whether the venue and the desk contradicted each other on the instrument: open nothing on it until somebody has
    /// looked.
    pub fn is_quarantined(&self, instrument: InstrumentId) -> bool {
        self.quarantined.binary_search(&instrument).is_ok()
    }

    /// Somebody has looked.
    pub fn release(&mut self, instrument: InstrumentId) {
        self.quarantined.retain(|other| *other != instrument);
    }

    fn quarantine(&mut self, instrument: InstrumentId) {
        if let Err(place) = self.quarantined.binary_search(&instrument) {
            self.quarantined.insert(place, instrument);
        }
    }

    fn record_mut(&mut self, id: ClientOrderId) -> Result<&mut OrderRecord, DeskError> {
        let place = self.orders.place_of(id).ok_or_else(|| self.names.stranger(id))?;
        self.orders.at_mut(place).ok_or(DeskError::NeverPlaced { id })
    }

    /// The venue was asked for something: the time for its answer begins.
    fn asked(&mut self, id: ClientOrderId, now: Timestamp) -> Result<InstrumentId, DeskError> {
        let rules = self.rules;
        let record = self.record_mut(id)?;
        record.asked_at = now;
        record.updated_at = record.updated_at.max(now);
        let (due, instrument) = (record.due(&rules), record.intent.instrument);
        self.wake = self.wake.min(due);
        Ok(instrument)
    }
}
