//! What a record makes of one word of the venue.

use autotrading_domain::{
    Fill, OrderEvent as E, OrderKind, OrderReport, OrderState as S, Quantity, ReportKind, Timestamp,
};

use crate::{DeskError, OrderRecord, Remark};

/// What was heard: an execution to book, and what is odd.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) fill: Option<Fill>,
    pub(super) remark: Option<Remark>,
}

impl Heard {
    const fn remark(remark: Remark) -> Self {
        Self { fill: None, remark: Some(remark) }
    }
}

impl OrderRecord {
    /// Takes in one word of the venue. On an error nothing has changed.
    pub(super) fn hear(&mut self, report: &OrderReport) -> Result<Heard, DeskError> {
        self.check_instrument(report)?;
        let at = report.ts_event;
        let heard = match &report.kind {
            ReportKind::Accepted => self.advance(E::Accept, at)?,
            ReportKind::Rejected(_) => self.advance(E::Reject, at)?,
            ReportKind::Triggered => self.advance(E::Trigger, at)?,
            ReportKind::Filled(fill) => self.take(fill)?,
            ReportKind::Canceled(_) => self.advance(E::Cancel, at)?,
            ReportKind::Expired(_) => self.advance(E::Expire, at)?,
            ReportKind::CancelRefused(_) => self.advance(E::RefuseCancel, at)?,
            ReportKind::Amended { quantity, kind } => self.amended(*quantity, *kind, at)?,
            ReportKind::AmendRefused(_) => self.amend_refused(at)?,
            ReportKind::TimedOut => self.advance(E::TimeOut, at)?,
            ReportKind::Working { filled } => self.working(*filled, at)?,
            ReportKind::Absent => self.absent(at)?,
        };
        self.updated_at = self.updated_at.max(report.ts_received);
        if !matches!(report.kind, ReportKind::TimedOut) {
            self.word_at = self.word_at.max(at);
        }
        self.queried = self.queried && self.state == S::Unknown;
        Ok(heard)
    }

    fn check_instrument(&self, report: &OrderReport) -> Result<(), DeskError> {
        let (id, ours) = (self.id(), self.intent.instrument);
        let inner = match &report.kind {
            ReportKind::Filled(fill) => fill.instrument,
            _ => report.instrument,
        };
        for reported in [report.instrument, inner] {
            if reported != ours {
                return Err(DeskError::WrongInstrument { id, ours, reported });
            }
        }
        Ok(())
    }

    /// A plain step; a word that no longer fits but is older than what is known is merely late.
    fn advance(&mut self, event: E, at: Timestamp) -> Result<Heard, DeskError> {
        match self.step(event) {
            Ok(()) => {
                self.acknowledged |= matches!(event, E::Accept | E::Trigger | E::Amended | E::FoundWorking);
                Ok(Heard::default())
            }
            Err(_) if at <= self.word_at => Ok(Heard::remark(Remark::Stale)),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, fill: &Fill) -> Result<Heard, DeskError> {
        let (id, ours) = (self.id(), self.intent.side);
        if fill.side != ours {
            return Err(DeskError::WrongSide { id, ours, reported: fill.side });
        }
        if fill.quantity.is_zero() {
            return Err(DeskError::Empty { id });
        }
        let Err(place) = self.trades.binary_search(&fill.trade) else {
            return Ok(Heard::remark(Remark::Duplicate));
        };
        let value = |source| DeskError::Value { id, source };
        let filled = self.filled.plus(fill.quantity).map_err(value)?;
        let cost = fill.price.times(fill.quantity).and_then(|paid| self.cost.plus(paid)).map_err(value)?;

        let before = self.state;
        self.trades.insert(place, fill.trade);
        self.filled = filled;
        self.cost = cost;
        self.acknowledged = true;
        let event = if filled >= self.ceiling { E::Fill } else { E::PartFill };
        // An execution is a fact whatever the table says: it is booked, and what contradicts is remarked.
        let refused = self.step(event).is_err() && before != S::Filled;
        let remark = if filled > self.ceiling {
            Some(Remark::Overfill { ordered: self.ceiling, filled })
        } else if refused {
            Some(Remark::FillOfRefused)
        } else if before.is_terminal() {
            Some(Remark::LateFill)
        } else {
            None
        };
        Ok(Heard { fill: Some(*fill), remark })
    }

    fn amended(&mut self, quantity: Quantity, kind: OrderKind, at: Timestamp) -> Result<Heard, DeskError> {
        let told = at == self.amended_at && quantity == self.intent.quantity && kind == self.intent.kind;
        if told || at < self.amended_at {
            return Ok(Heard::remark(Remark::Stale));
        }
        let heard = self.advance(E::Amended, at)?;
        if heard.remark.is_some() {
            return Ok(heard);
        }
        self.amended_at = at;
        self.intent.quantity = quantity;
        self.intent.kind = kind;
        self.ceiling = self.ceiling.max(quantity);
        if self.pending.is_none_or(|ours| ours.quantity == quantity && ours.kind == kind) {
            self.settle_amendment();
        }
        Ok(heard)
    }

    fn amend_refused(&mut self, at: Timestamp) -> Result<Heard, DeskError> {
        if at <= self.refused_at {
            return Ok(Heard::remark(Remark::Stale));
        }
        let heard = self.advance(E::RefuseAmend, at)?;
        if heard.remark.is_none() {
            self.refused_at = at;
            self.settle_amendment();
        }
        Ok(heard)
    }

    /// What the venue has in force is known again, unless an earlier amendment went unanswered: then the word may have
    /// been about that one, and the order counts with the largest size to its end.
    fn settle_amendment(&mut self) {
        if self.unsure {
            return;
        }
        self.pending = None;
        self.ceiling = self.intent.quantity;
        // Fills that filled the order whole may have come before the word on its size.
        if self.state.may_fill()
            && self.filled >= self.ceiling
            && let Ok(state) = self.state.after(E::Fill)
        {
            self.state = state;
        }
    }

    fn working(&mut self, filled: Quantity, at: Timestamp) -> Result<Heard, DeskError> {
        let missing = filled.less(self.filled);
        if filled < self.ceiling {
            let heard = self.advance(E::FoundWorking, at)?;
            if heard.remark.is_some() {
                return Ok(heard);
            }
        }
        // Otherwise it is filled whole, and its fills, which alone are booked, are still to come.
        Ok(Heard { fill: None, remark: (!missing.is_zero()).then_some(Remark::Missing(missing)) })
    }

    fn absent(&mut self, at: Timestamp) -> Result<Heard, DeskError> {
        // A venue that showed it once and has it no longer has ended it; only one that never had it refused it.
        self.advance(if self.acknowledged { E::Cancel } else { E::FoundAbsent }, at)
    }
}
