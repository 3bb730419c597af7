//! What each strategy holds and has ordered.

use autotrading_domain::{OrderIntent, StrategyId};

use crate::{RiskGate, live::LiveOrder, watch::MICRO};

/// The notional of one strategy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StrategyUse {
    /// What it holds, in settlement currency; NaN when that is unknown.
    held: f64,
    /// What its opening orders may add, in millionths.
    open: i128,
}

impl RiskGate {
    /// The gross notional that a strategy holds, in settlement currency. A strategy that was never observed holds nothing.
    pub fn observe_strategy(&mut self, strategy: StrategyId, notional: f64) {
        self.strategy_use(strategy).held = if notional >= 0.0 { notional } else { f64::NAN };
    }

    /// What the strategy of an order could come to with `added` more, an order of it that is replaced left out.
    pub(crate) fn strategy_notional(
        &self,
        intent: &OrderIntent,
        replaced: Option<&LiveOrder>,
        added: f64,
    ) -> f64 {
        let Some(strategy) = intent.strategy else { return 0.0 };
        let used = self.strategies.get(&strategy).copied().unwrap_or_default();
        let replaced = replaced.map_or(0, |order| i128::from(order.worth) * i128::from(order.open));
        used.held + (used.open - replaced) as f64 / MICRO + added
    }

    /// Counts lots of an order of the strategy; negative when they are no longer open.
    pub(crate) fn count_strategy(&mut self, strategy: Option<StrategyId>, worth: i64, lots: i64) {
        if let Some(strategy) = strategy
            && worth != 0
        {
            let used = self.strategy_use(strategy);
            used.open = used.open.saturating_add(i128::from(worth) * i128::from(lots));
        }
    }

    fn strategy_use(&mut self, strategy: StrategyId) -> &mut StrategyUse {
        self.strategies.entry(strategy).or_default()
    }
}
