//! What the venue's words lead to: order states, books, exposure.

use autotrading_domain::{Direction, Fill, InstrumentId, OrderReport, OrderState};
use autotrading_execution::Remark;
use autotrading_positions::Applied;

use super::Engine;
use crate::{EngineError, Finding, FindingKind, Turn};

impl Engine {
    /// A report on one of our orders.
    pub(super) fn hear_report(&mut self, report: &OrderReport, turn: &mut Turn) -> Result<(), EngineError> {
        let (id, order) = (report.instrument, report.order);
        let purpose = self.desk.order(order).map(|order| order.intent().purpose);
        let effect = match self.desk.apply(report) {
            Ok(effect) => effect,
            Err(error) => {
                turn.findings.push(Finding::about_order(id, order, FindingKind::VenueWord, &error));
                return self.doubt(report, &error, turn);
            }
        };
        if let Some(remark) = effect.remark {
            self.note_remark(report, remark, turn);
        }
        if !matches!(effect.remark, Some(Remark::Duplicate | Remark::Stale)) {
            self.count_answer(&report.kind, turn)?;
        }
        if let Some(fill) = &effect.fill {
            self.book(fill, turn)?;
        }
        self.tell_gate(report);
        self.tell_work(id, order, effect.fill.as_ref(), effect.finished);
        if effect.finished && effect.state == OrderState::Rejected {
            self.wait(id);
        }
        if effect.finished {
            self.adopt_listing(id)?;
        }
        if effect.fill.is_some() || effect.finished {
            self.keep_guard(id, turn)?;
            self.mind_end(id, purpose, effect.finished.then_some(effect.state), turn)?;
        }
        Ok(())
    }

    /// An execution that the venue made on its own: liquidation, auto-deleveraging.
    pub(super) fn adopt_fill(&mut self, fill: &Fill, turn: &mut Turn) -> Result<(), EngineError> {
        self.book(fill, turn)?;
        self.keep_guard(fill.instrument, turn)?;
        self.mind_end(fill.instrument, None, None, turn)
    }

    fn book(&mut self, fill: &Fill, turn: &mut Turn) -> Result<(), EngineError> {
        let mut closed = None;
        if let Applied::Booked(entry) = self.ledger.apply_fill(fill)? {
            closed = entry.closed_trade().map(|trade| trade.net()).transpose()?;
            turn.bookings.push(entry);
        }
        if let Some(oversight) = &mut self.oversight {
            oversight.traded();
        }
        self.confirm(fill.instrument)?;
        self.watch_equity(self.now, turn)?;
        let Some(profit) = closed else { return Ok(()) };
        let change = self.gate.observe_trade(profit.to_f64(), self.now);
        self.followed(change, turn)
    }

    /// Tells the gate the confirmed position and all that may still fill; keeps the position's measure for strategies.
    pub(super) fn confirm(&mut self, id: InstrumentId) -> Result<(), EngineError> {
        let position = self.ledger.position(id)?;
        self.gate.observe_exposure(&self.desk.exposure(id, position.signed()));
        if let Some(market) = self.markets.get_mut(id.index()) {
            let size = position.quantity().to_f64();
            market.held = if position.direction() == Direction::Short { -size } else { size };
            market.entry_price = position.average_entry().map(|price| price.to_f64());
        }
        Ok(())
    }

    /// Tells the gate what an order may still fill; a fill of one leg of a bracket takes from the others too.
    fn tell_gate(&mut self, report: &OrderReport) {
        let order = self.desk.order(report.order);
        match order.filter(|order| !order.state().is_terminal()) {
            Some(order) => {
                self.gate.order_changed(report.order, self.desk.open_quantity(report.order), order.filled());
            }
            None => self.gate.order_done(report.order),
        }
        let Some(bracket) = order.and_then(|order| order.intent().bracket) else { return };
        for leg in self.desk.live_of(report.instrument).filter(|leg| leg.intent().bracket == Some(bracket)) {
            self.gate.order_changed(leg.id(), self.desk.open_quantity(leg.id()), leg.filled());
        }
    }

    fn note_remark(&mut self, report: &OrderReport, remark: Remark, turn: &mut Turn) {
        if matches!(remark, Remark::Duplicate | Remark::Stale) {
            return;
        }
        let detail = format!("{remark:?}");
        turn.findings.push(Finding::about_order(
            report.instrument,
            report.order,
            FindingKind::VenueWord,
            detail,
        ));
        if remark.quarantines() {
            self.quarantine(report.instrument);
        }
    }
}
