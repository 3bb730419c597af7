//! What must outlive the program when a new run begins: the latched state, and all that losses are counted from.

use autotrading_risk::{GateSnapshot, MonitorSnapshot};
use serde::{Deserialize, Serialize};

use super::Engine;

/// What risk must remember from one run to the next: trading state, highest equity, today's start, used budgets,
/// repeats, streaks and breakers; levels, the day's forecast and past returns.
///
/// Within one run the journal is enough: [`Replay::into_engine`](crate::Replay::into_engine) is the engine as the last
/// record left it, this memory and everything else included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskMemory {
    /// Of the gate.
    pub gate: GateSnapshot,
    /// Of the monitor, when there was one.
    pub monitor: Option<MonitorSnapshot>,
}

impl Engine {
    /// What the next run must not forget.
    pub fn risk_memory(&self) -> RiskMemory {
        RiskMemory {
            gate: self.gate.snapshot(),
            monitor: self.oversight.as_ref().map(|oversight| oversight.monitor.snapshot()),
        }
    }

    /// Goes on with what an earlier run remembered: the tighter of both trading states stands, and nothing opens until
    /// [`Engine::reconciled`]. Give the configuration another run number than that of the earlier run: names of orders
    /// up to its newest are spent.
    pub fn recall(&mut self, memory: &RiskMemory) {
        self.gate.restore(&memory.gate);
        if let (Some(oversight), Some(kept)) = (&mut self.oversight, &memory.monitor) {
            oversight.monitor.restore(kept);
        }
    }

    /// Books and venue were compared and agree: what the trading state allows may be opened again.
    pub fn reconciled(&mut self) {
        self.gate.recovered();
    }
}
