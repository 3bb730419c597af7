//! The guard of a position: a stop and a profit target that rest at the venue and share one quantity.

use autotrading_domain::{
    Amendment, Bar, BracketId, ClientOrderId, Direction, Instrument, InstrumentId, OrderKind, OrderState,
    Price, Purpose, Quantity, Side, TimeInForce, Timestamp, Toward, Trigger, TriggerSource,
};
use autotrading_positions::{EntryFacts, ExitPlan, ExitUpdate};

use super::{Engine, pursuit::Wish};
use crate::{EngineError, Occasion, Outcome, Turn};

/// The guard of one position.
#[derive(Debug)]
pub(crate) struct Guard {
    plan: ExitPlan,
    direction: Direction,
    bracket: BracketId,
    since: Timestamp,
    stop: Option<ClientOrderId>,
    target: Option<ClientOrderId>,
    levels: ExitUpdate,
}

/// One of the two orders that guard a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
    Stop,
    Target,
}

impl Guard {
    pub(super) const fn bracket(&self) -> BracketId {
        self.bracket
    }

    /// The side of the orders that give the position up.
    pub(super) const fn side(&self) -> Side {
        match self.direction {
            Direction::Short => Side::Buy,
            Direction::Long | Direction::Flat => Side::Sell,
        }
    }

    const fn leg(&self, leg: Leg) -> Option<ClientOrderId> {
        match leg {
            Leg::Stop => self.stop,
            Leg::Target => self.target,
        }
    }

    const fn set(&mut self, leg: Leg, order: Option<ClientOrderId>) {
        match leg {
            Leg::Stop => self.stop = order,
            Leg::Target => self.target = order,
        }
    }

    /// How a leg is to rest: a stop at market beyond its trigger, a target as a limit.
    fn kind(&self, leg: Leg, instrument: &Instrument) -> Option<OrderKind> {
        let side = self.side();
        let at = |level: f64, toward| instrument.price_toward(level, side, toward).ok();
        match leg {
            Leg::Stop => {
                let price = at(self.levels.stop?, Toward::Passive)?;
                Some(OrderKind::StopMarket { trigger: Trigger { price, source: TriggerSource::Mark } })
            }
            Leg::Target => Some(OrderKind::Limit { price: at(self.levels.target?, Toward::Passive)? }),
        }
    }
}

impl Engine {
    /// Shows a closed bar to the guard: it may tighten, or say that it is time to go.
    #[inline]
    pub(super) fn watch_guard(
        &mut self,
        id: InstrumentId,
        bar: &Bar,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        if self.killed {
            return Ok(());
        }
        let Some(guard) = self.markets.get_mut(id.index()).and_then(|market| market.guard.as_mut()) else {
            return Ok(());
        };
        let update = match guard.plan.observe(bar.high, bar.low, bar.close, bar.close_time()) {
            Ok(update) => update,
            Err(fault) => {
                Self::note_exit_fault(id, fault, turn);
                return Ok(());
            }
        };
        guard.levels = update;
        if update.close.is_some() && guard.since < bar.open_time {
            return self.flatten(id, Occasion::Exit, turn);
        }
        if let Some(share) = update.trim {
            self.trim(id, share, turn)?;
        }
        self.sync_guard(id, turn)
    }

    /// After a fill or an order's end: sets the guard up, fits it to the position, or takes it down.
    pub(super) fn keep_guard(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        if self.killed || !self.configuration.execution.protect || !self.is_standing(id) {
            return Ok(());
        }
        let direction = self.ledger.holding(id)?.direction();
        let standing = self
            .markets
            .get(id.index())
            .and_then(|market| market.guard.as_ref())
            .map(|guard| guard.direction);
        if standing.is_some_and(|guarded| guarded != direction) {
            self.dismiss_guard(id, turn)?;
        }
        if direction == Direction::Flat {
            return Ok(());
        }
        if standing != Some(direction) {
            self.post_guard(id, direction, turn)?;
        }
        self.sync_guard(id, turn)
    }

    fn dismiss_guard(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        let Some(guard) = self.markets.get_mut(id.index()).and_then(|market| market.guard.take()) else {
            return Ok(());
        };
        for order in [guard.stop, guard.target].into_iter().flatten() {
            self.cancel(order, turn)?;
        }
        Ok(())
    }

    fn post_guard(
        &mut self,
        id: InstrumentId,
        direction: Direction,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(entry) = self.ledger.position(id)?.average_entry() else { return Ok(()) };
        let bracket = self.desk.next_bracket();
        let (rules, now) = (&self.configuration.exits, self.now);
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        let facts = EntryFacts {
            direction,
            price: entry.to_f64(),
            stop_distance: market.target.stop_distance,
            target_distance: market.target.target_distance,
            atr: market.measures.atr(),
            at: now,
        };
        match ExitPlan::new(rules, &facts) {
            Ok(plan) => {
                let levels = plan.levels(now);
                let (stop, target) = (None, None);
                market.guard = Some(Guard { plan, direction, bracket, since: now, stop, target, levels });
            }
            Err(fault) => Self::note_exit_fault(id, fault, turn),
        }
        Ok(())
    }

    /// Makes the resting orders what the guard wants them to be. Does nothing when they are.
    fn sync_guard(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        let quantity = self.ledger.holding(id)?.quantity();
        for leg in [Leg::Stop, Leg::Target] {
            self.sync_leg(id, leg, quantity, turn)?;
        }
        Ok(())
    }

    fn sync_leg(
        &mut self,
        id: InstrumentId,
        leg: Leg,
        quantity: Quantity,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let instrument = self.instruments.get(id)?;
        let Some(guard) = self.markets.get(id.index()).and_then(|market| market.guard.as_ref()) else {
            return Ok(());
        };
        let Some(kind) = guard.kind(leg, instrument) else { return Ok(()) };
        let resting =
            guard.leg(leg).and_then(|order| self.desk.order(order)).filter(|o| !o.state().is_terminal());
        let Some(order) = resting else { return self.place_leg(id, leg, kind, quantity, turn) };
        if !matches!(order.state(), OrderState::Accepted | OrderState::PartiallyFilled) {
            return Ok(());
        }
        let intent = *order.intent();
        let wanted = order.filled().plus(quantity)?;
        let moved = self.is_worth_amending(id, &intent.kind, &kind);
        if wanted == intent.quantity && !moved {
            return Ok(());
        }
        let kind = if moved { kind } else { intent.kind };
        self.amend_leg(id, Amendment { id: intent.id, quantity: wanted, kind }, turn)
    }

    /// Whether a level moved far enough, measured by its distance from mark, to be worth a message.
    fn is_worth_amending(&self, id: InstrumentId, old: &OrderKind, new: &OrderKind) -> bool {
        let level =
            |kind: &OrderKind| kind.trigger().map(|t| t.price).or(kind.limit_price()).map(Price::to_f64);
        let (Some(old), Some(new)) = (level(old), level(new)) else { return false };
        let close = self.ledger.mark_of(id).unwrap_or(new);
        (new - old).abs() > self.configuration.execution.amend_threshold * (close - old).abs()
    }

    fn place_leg(
        &mut self,
        id: InstrumentId,
        leg: Leg,
        kind: OrderKind,
        quantity: Quantity,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(guard) = self.markets.get(id.index()).and_then(|market| market.guard.as_ref()) else {
            return Ok(());
        };
        let (side, bracket) = (guard.side(), guard.bracket);
        let decision = turn.decide(id, Occasion::Protection);
        self.describe(id, decision);
        let purpose = if leg == Leg::Stop { Purpose::StopLoss } else { Purpose::TakeProfit };
        let wish = Wish {
            instrument: id,
            side,
            quantity,
            kind,
            time_in_force: TimeInForce::Gtc,
            purpose,
            bracket: Some(bracket),
            reduce_only: true,
        };
        let sent = self.submit(wish, turn)?;
        let order = turn.decisions().last().and_then(|decision| decision.intent).map(|intent| intent.id);
        if let Some(guard) = self.markets.get_mut(id.index()).and_then(|market| market.guard.as_mut()) {
            guard.set(leg, order.filter(|_| sent));
        }
        Ok(())
    }

    fn amend_leg(&mut self, id: InstrumentId, change: Amendment, turn: &mut Turn) -> Result<(), EngineError> {
        let (outcome, measured) = self.gate.review_change(change, self.now).into_parts();
        let decision = turn.decide(id, Occasion::Protection);
        self.describe(id, decision);
        decision.measured = Some(measured);
        match outcome {
            Ok(approved) => {
                decision.outcome = Outcome::Amended(change.id);
                turn.commands.push(self.desk.amend(approved, self.now)?);
            }
            Err(refusal) => decision.outcome = Outcome::Refused(refusal),
        }
        Ok(())
    }

    /// Gives up a share of the position, as a rung of the ladder asks.
    fn trim(&mut self, id: InstrumentId, share: f64, turn: &mut Turn) -> Result<(), EngineError> {
        let holding = self.ledger.holding(id)?;
        let Some(side) = holding.direction().opening_side().map(Side::opposite) else { return Ok(()) };
        let quantity = self.instruments.get(id)?.quantity_down(holding.quantity().to_f64() * share)?;
        if quantity.is_zero() {
            return Ok(());
        }
        let bracket =
            self.markets.get(id.index()).and_then(|market| market.guard.as_ref()).map(|guard| guard.bracket);
        let decision = turn.decide(id, Occasion::Exit);
        self.describe(id, decision);
        let (kind, purpose) = (OrderKind::Market, Purpose::TakeProfit);
        self.submit(
            Wish {
                instrument: id,
                side,
                quantity,
                kind,
                time_in_force: TimeInForce::Gtc,
                purpose,
                bracket,
                reduce_only: true,
            },
            turn,
        )?;
        Ok(())
    }
}
