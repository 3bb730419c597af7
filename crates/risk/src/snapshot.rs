//! What must not be forgotten over a restart.

use autotrading_domain::{InstrumentId, TradingState};
use serde::{Deserialize, Serialize};

use crate::{
    Cap, CircuitBreakers, LossStreak, RiskGate,
    bucket::Bucket,
    equity::EquityMemory,
    repeat::Repeats,
    spent::{NewestId, SpentIds},
};

/// The trading state, the highest equity, today's start, used budgets, the repeat throttle, what the breakers have
/// counted, the losing streak and the newest order id.
/// Positions and live orders come back from the books.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSnapshot {
    state: TradingState,
    equity: EquityMemory,
    order_bucket: Bucket,
    message_bucket: Bucket,
    repeats: Vec<(InstrumentId, Repeats)>,
    newest_id: NewestId,
    breakers: Option<CircuitBreakers>,
    streak: LossStreak,
}

impl GateSnapshot {
    /// The trading state that was kept.
    pub const fn state(&self) -> TradingState {
        self.state
    }
}

impl RiskGate {
    /// What must survive a restart.
    pub fn snapshot(&self) -> GateSnapshot {
        let repeats = self.watches.iter().zip(0u32..).filter(|(watch, _)| !watch.repeats.is_fresh());
        GateSnapshot {
            state: self.state,
            equity: self.equity.memory(),
            order_bucket: self.order_bucket,
            message_bucket: self.message_bucket,
            repeats: repeats.map(|(watch, place)| (InstrumentId(place), watch.repeats.clone())).collect(),
            newest_id: self.spent.newest(),
            breakers: self.breakers.clone(),
            streak: self.streak,
        }
    }

    /// Goes on from a snapshot. The state is the tighter of both; every id up to the newest counts as spent; equity is
    /// unknown until observed; and nothing opens until [`RiskGate::recovered`].
    pub fn restore(&mut self, snapshot: &GateSnapshot) {
        self.state = self.state.tightened(snapshot.state);
        self.equity.recall(&snapshot.equity, self.state);
        self.order_bucket = snapshot.order_bucket.relimited(&self.limits.order_rate);
        self.message_bucket = snapshot.message_bucket.relimited(&self.limits.message_rate);
        for (id, repeats) in &snapshot.repeats {
            if let Some(watch) = self.watches.get_mut(id.index()) {
                watch.repeats = repeats.clone();
            }
        }
        self.spent = SpentIds::all_up_to(snapshot.newest_id);
        self.live.ids().for_each(|id| self.spent.spend(id));
        if let (Some(counted), Cap::At(limits)) = (&snapshot.breakers, self.limits.breakers) {
            self.breakers = Some(counted.clone().under(limits));
        }
        self.streak = snapshot.streak;
        self.begin_recovery();
    }
}
