//! An instrument on which venue and house contradict each other: it only closes until a person has looked.

use autotrading_domain::{Fill, InstrumentId, InstrumentStatus, OrderReport, ReportKind};
use autotrading_execution::DeskError;
use autotrading_positions::Applied;

use super::Engine;
use crate::{EngineError, Finding, FindingKind, Turn};

/// What the venue lets an instrument do, and whether we trust its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    status: InstrumentStatus,
    quarantined: bool,
}

impl Default for Standing {
    fn default() -> Self {
        Self { status: InstrumentStatus::Trading, quarantined: false }
    }
}

impl Standing {
    /// What may be done: an instrument in quarantine closes at the most.
    const fn allows(self) -> InstrumentStatus {
        match (self.status, self.quarantined) {
            (InstrumentStatus::Trading, true) => InstrumentStatus::ReduceOnly,
            (status, _) => status,
        }
    }
}

impl Engine {
    /// The venue lets the instrument do something else; a quarantine stands all the same.
    pub(super) fn note_status(&mut self, id: InstrumentId, status: InstrumentStatus) {
        self.restand(id, |standing| standing.status = status);
    }

    /// Venue and house contradict each other on the instrument: nothing opens on it until an operator sets the trading
    /// state to active.
    pub(super) fn quarantine(&mut self, id: InstrumentId) {
        self.restand(id, |standing| standing.quarantined = true);
    }

    /// A person has looked.
    pub(super) fn end_quarantines(&mut self) {
        for id in self.ids() {
            self.desk.release(id);
            self.restand(id, |standing| standing.quarantined = false);
        }
    }

    fn restand(&mut self, id: InstrumentId, change: impl FnOnce(&mut Standing)) {
        if let Some(market) = self.markets.get_mut(id.index()) {
            change(&mut market.standing);
            self.gate.observe_status(id, market.standing.allows());
        }
    }

    /// A word of the venue that the desk could not take. An execution for our account changes the position, whoever
    /// sent the order: it is booked, and the instrument only closes from now on.
    pub(super) fn doubt(
        &mut self,
        report: &OrderReport,
        error: &DeskError,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let ReportKind::Filled(fill) = &report.kind else { return Ok(()) };
        self.quarantine(report.instrument);
        if matches!(
            error,
            DeskError::NeverPlaced { .. } | DeskError::Foreign { .. } | DeskError::Forgotten { .. }
        ) {
            self.quarantine(fill.instrument);
            self.adopt_stray(fill, turn)?;
        }
        Ok(())
    }

    /// Books an execution of an order that nobody here knows. What the books cannot take is told.
    fn adopt_stray(&mut self, fill: &Fill, turn: &mut Turn) -> Result<(), EngineError> {
        match self.ledger.apply_fill(fill) {
            Ok(Applied::Booked(entry)) => {
                turn.bookings.push(entry);
                self.confirm(fill.instrument)?;
                self.watch_equity(self.now, turn)?;
                self.keep_guard(fill.instrument, turn)
            }
            Ok(Applied::Duplicate) => Ok(()),
            Err(error) => {
                turn.findings.push(Finding::about(fill.instrument, FindingKind::VenueWord, error));
                Ok(())
            }
        }
    }
}
