//! What an operator says, and the kill: stop, cancel, close if so told, tell.

use autotrading_domain::{
    ClientOrderId, InstrumentId, OperatorAction, OperatorCommand, Purpose, TradingState,
};

use super::Engine;
use crate::{EngineError, Finding, FindingKind, Turn};

impl Engine {
    pub(super) fn obey(&mut self, command: &OperatorCommand, turn: &mut Turn) -> Result<(), EngineError> {
        let change = match self.gate.command(command) {
            Ok(change) => change,
            Err(error) => {
                turn.findings.push(Finding::about_all(FindingKind::OperatorRefused, error));
                return Ok(());
            }
        };
        match (command.action, change) {
            (OperatorAction::Kill { flatten }, change) => {
                if let Some(change) = change {
                    turn.note_change(change);
                }
                return self.kill(flatten, command, turn);
            }
            (_, Some(change)) if change.to > change.from => self.tightened(change, turn)?,
            (_, change) => turn.state_change = change,
        }
        match command.action {
            OperatorAction::SetTradingState(_) if command.is_signed() => self.resume(turn),
            OperatorAction::SetTradingState(_) | OperatorAction::Stop | OperatorAction::Kill { .. } => Ok(()),
        }
    }

    /// In this order: opening has stopped with the state; every open order is cancelled, those that protect positions
    /// too; positions are closed, if that was said or is configured; and it is told. A second kill does it all again.
    fn kill(&mut self, flatten: bool, command: &OperatorCommand, turn: &mut Turn) -> Result<(), EngineError> {
        self.killed = true;
        for market in &mut self.markets {
            market.work = None;
        }
        self.cancel_all(turn)?;
        let cancelled = turn.commands.len();
        if flatten || self.configuration.execution.flatten_on_halt {
            self.flatten_all(turn)?;
        }
        let closing = turn.commands.len() - cancelled;
        let held = self.ids().filter(|id| self.holds(*id)).count();
        let detail = format!(
            "killed by {:?} because of {:?}: {cancelled} orders are cancelled, {closing} of {held} positions closed",
            command.operator, command.reason
        );
        turn.findings.push(Finding::about_all(FindingKind::Killed, detail));
        Ok(())
    }

    /// Cancels whatever is open, but for what closes by the kill itself. A cancel that was refused is tried again with
    /// each event, until the venue has said of every order that it is over.
    pub(super) fn cancel_all(&mut self, turn: &mut Turn) -> Result<(), EngineError> {
        let open: Vec<ClientOrderId> = self
            .desk
            .live()
            .filter(|order| order.intent().purpose != Purpose::Flatten)
            .map(|order| order.intent().id)
            .collect();
        open.into_iter().try_for_each(|id| self.cancel(id, turn))
    }

    /// An operator has set the state and stands for it. Below halted, what was killed protects its positions again;
    /// where trading goes on, the contradictions of the venue have been looked at.
    fn resume(&mut self, turn: &mut Turn) -> Result<(), EngineError> {
        if self.gate.state() == TradingState::Active {
            self.end_quarantines();
        }
        if self.gate.state() == TradingState::Halted || !std::mem::take(&mut self.killed) {
            return Ok(());
        }
        self.ids().try_for_each(|id| self.keep_guard(id, turn))
    }

    /// The instruments, by number.
    pub(super) fn ids(&self) -> impl Iterator<Item = InstrumentId> + use<> {
        (0..).map(InstrumentId).take(self.markets.len())
    }

    fn holds(&self, id: InstrumentId) -> bool {
        self.ledger.position(id).is_ok_and(|position| !position.is_flat())
    }
}
