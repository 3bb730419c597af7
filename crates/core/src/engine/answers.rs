//! Answers to our requests: what counts as an error of the venue, and silence.

use autotrading_domain::ReportKind;
use autotrading_execution::{OrderCommand, Request};

use super::Engine;
use crate::{EngineError, Turn};

/// Whether a report is the answer to a request, and then whether it is an error. A cancel that is refused because the
/// order is gone already is the usual race, and no error.
const fn answer(kind: &ReportKind) -> Option<bool> {
    match kind {
        ReportKind::Rejected(_) | ReportKind::AmendRefused(_) | ReportKind::TimedOut => Some(true),
        ReportKind::Accepted
        | ReportKind::Canceled(_)
        | ReportKind::CancelRefused(_)
        | ReportKind::Amended { .. }
        | ReportKind::Working { .. }
        | ReportKind::Absent => Some(false),
        ReportKind::Triggered | ReportKind::Filled(_) | ReportKind::Expired(_) => None,
    }
}

/// How many of the commands ask about a request that nobody answered.
pub(super) fn unanswered(commands: &[OrderCommand]) -> usize {
    commands.iter().filter(|command| matches!(command.request(), Request::Query { .. })).count()
}

impl Engine {
    /// Counts the answer to a request; too large a share of errors halts.
    pub(super) fn count_answer(&mut self, kind: &ReportKind, turn: &mut Turn) -> Result<(), EngineError> {
        let Some(failed) = answer(kind) else { return Ok(()) };
        let change = self.gate.observe_request(failed, self.now);
        self.followed(change, turn)
    }

    /// Counts requests that nobody answered in time as errors.
    #[cold]
    pub(super) fn count_silence(&mut self, requests: usize, turn: &mut Turn) -> Result<(), EngineError> {
        for _ in 0..requests {
            let change = self.gate.observe_request(true, self.now);
            self.followed(change, turn)?;
        }
        Ok(())
    }
}
