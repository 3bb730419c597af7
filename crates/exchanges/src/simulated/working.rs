//! An order at the venue.

use autotrading_domain::{
    Amendment, ClientOrderId, Money, OrderIntent, OrderKind, Quantity, Side, TimeInForce, Timestamp,
};

/// An order that the venue has.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorkingOrder {
    pub(super) intent: OrderIntent,
    /// Rises with each order and amendment; smaller goes first.
    pub(super) priority: u64,
    pub(super) filled: Quantity,
    /// What the other legs of its bracket took from it.
    pub(super) taken: Quantity,
    pub(super) stage: Stage,
    pub(super) sight: Sight,
    /// Whether it had its turn in this phase.
    pub(super) served: bool,
    pub(super) trigger: f64,
    pub(super) limit: f64,
    pub(super) trail: Option<Trail>,
    /// Margin set aside for it.
    pub(super) reserved: Money,
}

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The next open, to take there.
    Taking,
    /// Somebody who takes from it.
    Resting,
    /// Its trigger.
    Sleeping,
}

/// What an order may count on inside the present bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It was there from the open on: the whole range.
    Range,
    /// It came, or woke, inside: only the close surely lies after it.
    Close,
}

/// The memory of a trailing stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    activation: Option<f64>,
    distance: f64,
    best: Option<f64>,
}

impl WorkingOrder {
    pub(super) fn new(intent: OrderIntent, priority: u64, sight: Sight) -> Self {
        let mut order = Self {
            intent,
            priority,
            filled: Quantity::ZERO,
            taken: Quantity::ZERO,
            stage: Stage::Sleeping,
            sight,
            served: false,
            trigger: f64::NAN,
            limit: f64::NAN,
            trail: None,
            reserved: Money::ZERO,
        };
        order.measure();
        order
    }

    /// Takes new terms and the last place of the queue.
    pub(super) fn amend(&mut self, change: &Amendment, priority: u64) {
        let best = self.trail.and_then(|trail| trail.best);
        self.intent.quantity = change.quantity;
        self.intent.kind = change.kind;
        self.priority = priority;
        self.measure();
        if let Some(trail) = &mut self.trail {
            trail.best = best;
        }
        self.follow();
    }

    fn measure(&mut self) {
        let kind = &self.intent.kind;
        self.trigger = kind.trigger().map_or(f64::NAN, |trigger| trigger.price.to_f64());
        self.limit = kind.limit_price().map_or(f64::NAN, |price| price.to_f64());
        self.trail = match kind {
            OrderKind::TrailingStop { activation, distance } => Some(Trail {
                activation: activation.map(|price| price.to_f64()),
                distance: distance.to_f64(),
                best: None,
            }),
            _ => None,
        };
    }

    pub(super) const fn id(&self) -> ClientOrderId {
        self.intent.id
    }

    pub(super) const fn side(&self) -> Side {
        self.intent.side
    }

    /// What may still be filled.
    pub(super) fn open(&self) -> Quantity {
        self.intent.quantity.less(self.filled).less(self.taken)
    }

    /// Whether its trigger lies where the price moves for the holder.
    pub(super) const fn takes_profit(&self) -> bool {
        matches!(self.intent.kind, OrderKind::TakeProfitMarket { .. } | OrderKind::TakeProfitLimit { .. })
    }

    /// When it ends by itself.
    pub(super) const fn expiry(&self) -> Option<Timestamp> {
        match self.intent.time_in_force {
            TimeInForce::Gtd(at) => Some(at),
            TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok | TimeInForce::Gtx => None,
        }
    }

    /// Whether it must trade at once or end.
    pub(super) const fn is_immediate(&self) -> bool {
        matches!(self.intent.time_in_force, TimeInForce::Ioc | TimeInForce::Fok)
    }

    /// Whether a price sets it off. A trailing stop without a level is set off by nothing.
    pub(super) fn wakes_at(&self, price: f64) -> bool {
        // A stop waits against the holder, a profit for him: a sell stop and a buy below, the others above.
        match (self.side(), self.takes_profit()) {
            (Side::Sell, false) | (Side::Buy, true) => price <= self.trigger,
            (Side::Buy, false) | (Side::Sell, true) => price >= self.trigger,
        }
    }

    /// Tells a trailing stop a price that it has surely seen; its level only ever tightens.
    pub(super) fn see(&mut self, price: f64) {
        let side = self.side();
        if let Some(trail) = &mut self.trail {
            trail.see(side, price);
            self.follow();
        }
    }

    fn follow(&mut self) {
        let Some(trail) = self.trail else { return };
        let Some(best) = trail.best else { return };
        self.trigger = best * (1.0 + self.side().sign() * trail.distance);
    }
}

impl Trail {
    fn see(&mut self, side: Side, price: f64) {
        let better = |new: f64, old: f64| match side {
            Side::Sell => new > old,
            Side::Buy => new < old,
        };
        match self.best {
            Some(best) if !better(price, best) => {}
            Some(_) => self.best = Some(price),
            None if self.activation.is_none_or(|start| price == start || better(price, start)) => {
                self.best = Some(price);
            }
            None => {}
        }
    }
}
