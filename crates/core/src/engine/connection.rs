//! What the connection to the venue says about itself: nothing opens on what cannot be seen.

use autotrading_domain::ConnectionWord;

use super::Engine;
use crate::EngineError;

impl Engine {
    /// A lost connection is a boot: nothing opens until positions and orders were compared, and the dead-man switch must
    /// be armed anew.
    pub(super) fn hear_connection(&mut self, word: ConnectionWord) -> Result<(), EngineError> {
        match word {
            ConnectionWord::Lost => {
                self.gate.begin_recovery();
                self.gate.observe_dead_man(false);
                Ok(())
            }
            ConnectionWord::Reconciled => self.compared(),
            ConnectionWord::DeadMan { armed } => {
                self.gate.observe_dead_man(armed);
                Ok(())
            }
        }
    }

    /// Books and venue agree: what the books say is confirmed.
    fn compared(&mut self) -> Result<(), EngineError> {
        self.reconciled();
        self.ids().try_for_each(|id| self.confirm(id))
    }
}
