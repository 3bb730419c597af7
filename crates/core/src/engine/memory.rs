//! What must outlive the program when a new run begins: the latched state, all that losses are counted from, and the lives
//! of strategies.

use autotrading_risk::{GateSnapshot, MonitorSnapshot};
use autotrading_strategy::LifeCycle;
use serde::{Deserialize, Serialize};

use super::{Engine, Lives};

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
    /// Whether an operator had killed the house.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub killed: bool,
    /// The lives of the strategies, when they were followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lives: Vec<KeptLife>,
}

/// The life of a strategy, kept for the next run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptLife {
    /// Its name.
    pub strategy: String,
    /// How many of the same name were configured before it.
    pub namesake: usize,
    /// Its life, with the rules by which it began.
    pub life: LifeCycle,
}

impl Engine {
    /// What the next run must not forget.
    pub fn risk_memory(&self) -> RiskMemory {
        RiskMemory {
            gate: self.gate.snapshot(),
            monitor: self.oversight.as_ref().map(|oversight| oversight.monitor.snapshot()),
            killed: self.killed,
            lives: self.lives.as_ref().map(Lives::kept).unwrap_or_default(),
        }
    }

    /// Goes on with what an earlier run remembered: the tighter of both trading states stands, and nothing opens until
    /// [`Engine::reconciled`]. Give the configuration another run number than that of the earlier run: names of orders
    /// up to its newest are spent. A strategy of the same name goes on with its life, the retired ones retired.
    pub fn recall(&mut self, memory: &RiskMemory) {
        self.gate.restore(&memory.gate);
        self.killed |= memory.killed;
        if let (Some(oversight), Some(kept)) = (&mut self.oversight, &memory.monitor) {
            oversight.monitor.restore(kept);
        }
        if let Some(lives) = &mut self.lives {
            lives.recall(&memory.lives);
        }
        self.temper();
    }

    /// Books and venue were compared and agree: what the trading state allows may be opened again.
    pub fn reconciled(&mut self) {
        self.gate.recovered();
    }
}
