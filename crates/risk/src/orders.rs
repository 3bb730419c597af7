//! What the gate is told of orders, so that it knows what may still fill.

use autotrading_domain::{ClientOrderId, OrderIntent, OrderKind, Quantity, Timestamp};

use crate::{RiskGate, watch::micro};

impl RiskGate {
    /// Registers an order that may fill and that the gate did not approve itself: found at the venue, or replayed.
    /// Everything of it counts as open until [`RiskGate::order_changed`] says otherwise. Its id is spent.
    ///
    /// Orders approved by this gate are registered already.
    pub fn order_live(&mut self, intent: &OrderIntent) {
        self.spent.spend(intent.id);
        let Some(watch) = self.watches.get(intent.instrument.index()) else { return };
        let lots = watch.facts.lot.around(intent.quantity.get()).unwrap_or(i64::MAX);
        let tick = match intent.kind {
            OrderKind::Limit { price } => watch.facts.tick.exactly(price.get()),
            _ => None,
        };
        let worst = intent
            .kind
            .limit_price()
            .map_or(watch.market.mark, |price| price.to_f64().max(watch.market.mark));
        // Without any price it counts as much as can be counted.
        let worth = if worst.is_nan() { i64::MAX } else { micro(worst * watch.facts.lot.size()) };
        self.order_done(intent.id);
        self.register(*intent, lots, worth, tick);
    }

    /// What is left open of an order, and what of it is filled, both in base units. While a change is unanswered, the
    /// larger of the open quantities before and after.
    pub fn order_changed(&mut self, id: ClientOrderId, open: Quantity, filled: Quantity) {
        let Some(order) = self.live.get(id) else { return };
        let (instrument, side) = (order.intent.instrument, order.intent.side);
        let (strategy, worth, before) = (order.intent.strategy, order.worth, order.open);
        let Some(watch) = self.watches.get_mut(instrument.index()) else { return };
        // What cannot be counted counts as much as can be counted: it blocks, and does not vanish.
        let open = watch.facts.lot.around(open.get()).unwrap_or(i64::MAX);
        let filled = watch.facts.lot.within(filled.get()).unwrap_or(0);
        let grown = self.live.set(id, open, filled);
        watch.open(side, grown);
        watch.restake(&mut self.sums);
        self.count_strategy(strategy, worth, open.saturating_sub(before));
    }

    /// How an order is filled now: after the venue confirmed a change of its price, or refused one.
    pub fn order_repriced(&mut self, id: ClientOrderId, kind: OrderKind) {
        let Some(order) = self.live.get(id).copied() else { return };
        let Some(watch) = self.watches.get_mut(order.intent.instrument.index()) else { return };
        let tick = match kind {
            OrderKind::Limit { price } => watch.facts.tick.exactly(price.get()),
            _ => None,
        };
        if let Some(old) = order.tick {
            watch.own.remove(order.intent.side, old);
        }
        if let Some(new) = tick {
            watch.own.add(order.intent.side, new);
        }
        self.live.rekind(id, kind, tick);
    }

    /// The venue has said that the order is over, or it never left the house.
    pub fn order_done(&mut self, id: ClientOrderId) {
        let Some(order) = self.live.get(id).copied() else { return };
        let shrunk = self.live.set(id, 0, order.filled);
        self.live.remove(id);
        self.count_strategy(order.intent.strategy, order.worth, order.open.saturating_neg());
        if let Some(watch) = self.watches.get_mut(order.intent.instrument.index()) {
            watch.open(order.intent.side, shrunk);
            watch.open_orders = watch.open_orders.saturating_sub(1);
            if let Some(tick) = order.tick {
                watch.own.remove(order.intent.side, tick);
            }
            watch.restake(&mut self.sums);
        }
    }

    /// Counts a cancel at `now`; says whether the budget still had room for it. Cancels are never refused: this tells
    /// the engine when the venue's own limit is near.
    pub fn cancel_budget(&mut self, now: Timestamp) -> bool {
        let (used, _) = self.message_bucket.use_by_one_more(now);
        let room = self.limits.message_rate.at().is_none_or(|limit| used <= f64::from(limit.burst));
        self.message_bucket.take(now);
        room
    }

    /// How many orders may still fill.
    pub fn open_orders(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn register(&mut self, intent: OrderIntent, lots: i64, worth: i64, tick: Option<i64>) {
        let grown = self.live.insert(intent, lots, worth, tick);
        self.count_strategy(intent.strategy, worth, lots);
        if let Some(watch) = self.watches.get_mut(intent.instrument.index()) {
            watch.open(intent.side, grown);
            watch.open_orders = watch.open_orders.saturating_add(1);
            if let Some(tick) = tick {
                watch.own.add(intent.side, tick);
            }
            watch.restake(&mut self.sums);
        }
    }
}
