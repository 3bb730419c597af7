//! From a target to an order: share of capital, size, review, command.

use autotrading_domain::{
    BracketId, Direction, InstrumentId, OrderIntent, OrderKind, Purpose, Quantity, Side, Target, TimeInForce,
    Timestamp,
};
use autotrading_sizing::{MarginMode, SizeRequest};

use super::Engine;
use crate::{Algorithm, Decision, EngineError, Finding, FindingKind, Occasion, Outcome, Turn, Voice};

/// An order that is wanted, before it has a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) quantity: Quantity,
    pub(super) kind: OrderKind,
    pub(super) time_in_force: TimeInForce,
    pub(super) purpose: Purpose,
    pub(super) bracket: Option<BracketId>,
    pub(super) reduce_only: bool,
}

impl Engine {
    /// Goes after the target of a market, unless an order for it is still on its way.
    pub(super) fn pursue(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        if self.desk.live_of(id).any(|order| order.intent().purpose == Purpose::Target) {
            return Ok(());
        }
        let Some(market) = self.markets.get(id.index()) else { return Ok(()) };
        let target = self.target_at_share(id, market.target);
        if let Some(side) = target.direction.opening_side() {
            return self.approach(id, target, side, turn);
        }
        let flat = self.ledger.holding(id)?.direction() == Direction::Flat;
        if !flat {
            return self.flatten(id, Occasion::Target, turn);
        }
        self.settle(id, 0.0);
        Ok(())
    }

    /// Sizes a position in the direction of the target and trades the difference to what is held.
    fn approach(
        &mut self,
        id: InstrumentId,
        target: Target,
        side: Side,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(market) = self.markets.get(id.index()) else { return Ok(()) };
        let lean = market.lean();
        let together = self.book_risk.gather(&self.markets, &self.ledger, self.comovement.as_mut());
        self.tell_correlations();
        let decision = turn.decide(id, Occasion::Target);
        self.describe(id, decision);
        let mut request = self.size_request(id, side, &target, together)?;
        request.strength *= self.leg_share(id, together);
        self.sizer.size_into(&request, &mut decision.sizing);
        decision.sized = true;
        decision.target = target;
        let quantity = decision.sizing.quantity;
        if quantity.is_zero() || !self.is_worth(id, quantity) {
            return self.trim_or_wait(id, lean, side, turn);
        }
        self.order(id, lean, side, quantity, turn)
    }

    /// Tells the gate which instruments move together: they share a limit, and what is not known counts as one.
    fn tell_correlations(&mut self) {
        let Some(comovement) = &mut self.comovement else { return };
        let known = comovement.correlation();
        self.gate.observe_correlations(|one, other| {
            known.and_then(|all| all.get((one.index(), other.index()))).copied().unwrap_or(f64::NAN)
        });
    }

    /// The target with the share of capital that it may use.
    pub(super) fn target_at_share(&self, id: InstrumentId, target: Target) -> Target {
        Target { capital_share: self.capital_share(id), ..target }
    }

    /// What sizing is told of a position in the direction of the target.
    pub(super) fn size_request(
        &self,
        id: InstrumentId,
        side: Side,
        target: &Target,
        together: bool,
    ) -> Result<SizeRequest<'_>, EngineError> {
        let instrument = self.instruments.get(id)?;
        let equity = self.ledger.equity_f64();
        let Some(market) = self.markets.get(id.index()) else {
            return Ok(SizeRequest::new(instrument, side, f64::NAN, equity));
        };
        Ok(SizeRequest {
            holding: self.ledger.holding(id)?,
            margin_mode: MarginMode::Isolated,
            leverage: self.configuration.ledger.margin.leverage(),
            gross_notional: self.ledger.gross_notional_f64(),
            atr: market.measures.atr(),
            volatility: market.measures.volatility(),
            annual_volatility: market.measures.annual_volatility(),
            edge: market.measures.edge(),
            regime: market.regime().label,
            strength: target.strength,
            capital_share: target.capital_share,
            drawdown: self.gate.losses().map_or(0.0, |losses| losses.drawdown.max(0.0)),
            recent_volume: market.measures.volume(),
            top_depth: market.touch.depth(side, self.now, self.configuration.stale_after),
            outcomes: market.measures.outcomes(),
            book: together.then(|| self.book_risk.of(id)),
            ..SizeRequest::new(instrument, side, market.close, equity)
        })
    }

    /// Nothing to add: what is held beyond the target is given up when it is worth a trade, otherwise it is tried later.
    fn trim_or_wait(
        &mut self,
        id: InstrumentId,
        lean: f64,
        side: Side,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(decision) = turn.decisions.get(turn.decided.saturating_sub(1)) else { return Ok(()) };
        let (held, target) = (decision.sizing.held, decision.sizing.target.max(0.0));
        let excess = held - target;
        if held > 0.0 && excess > self.configuration.portfolio.trim_threshold() * held {
            let quantity = self.instruments.get(id)?.quantity_down(excess)?;
            if !quantity.is_zero() && self.is_worth(id, quantity) {
                return self.order(id, lean, side.opposite(), quantity, turn);
            }
        }
        if held > 0.0 {
            self.settle(id, lean)
        } else {
            self.wait(id)
        }
        Ok(())
    }

    /// Asks for the order of the decision at hand; joins the guard's bracket when it gives up a position.
    fn order(
        &mut self,
        id: InstrumentId,
        lean: f64,
        side: Side,
        quantity: Quantity,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let bracket = self.closing_bracket(id, side);
        let closes = self
            .ledger
            .holding(id)
            .is_ok_and(|h| h.direction().opening_side() == Some(side.opposite()) && quantity <= h.quantity());
        let sent = if self.configuration.execution.algorithm == Algorithm::Twap && !closes {
            self.begin_work(id, side, quantity, bracket, turn)?
        } else {
            let wish = Wish {
                instrument: id,
                side,
                quantity,
                kind: OrderKind::Market,
                time_in_force: TimeInForce::Gtc,
                purpose: Purpose::Target,
                bracket,
                reduce_only: closes,
            };
            self.submit(wish, turn)?
        };
        if sent {
            self.settle(id, lean);
            return Ok(());
        }
        self.wait(id);
        match self.markets.get(id.index()).and_then(|market| market.joint).filter(|_| !closes) {
            Some(joint) => self.give_up(joint, "a leg was refused", turn),
            None => Ok(()),
        }
    }

    /// Closes whatever is held of an instrument, at market.
    pub(super) fn flatten(
        &mut self,
        id: InstrumentId,
        occasion: Occasion,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let holding = self.ledger.holding(id)?;
        let Some(side) = holding.direction().opening_side().map(Side::opposite) else { return Ok(()) };
        let purpose = if occasion == Occasion::Target { Purpose::Target } else { Purpose::Flatten };
        if self.desk.live_of(id).any(|order| matches!(order.intent().purpose, Purpose::Flatten)) {
            return Ok(());
        }
        let decision = turn.decide(id, occasion);
        self.describe(id, decision);
        let wish = Wish {
            instrument: id,
            side,
            quantity: holding.quantity(),
            kind: OrderKind::Market,
            time_in_force: TimeInForce::Gtc,
            purpose,
            bracket: self.closing_bracket(id, side),
            reduce_only: true,
        };
        let sent = self.submit(wish, turn)?;
        if sent && occasion == Occasion::Target {
            self.settle(id, 0.0)
        }
        Ok(())
    }

    /// Has an order reviewed and, with the gate's proof, placed. Says whether it is on its way.
    pub(super) fn submit(&mut self, wish: Wish, turn: &mut Turn) -> Result<bool, EngineError> {
        if !self.is_standing(wish.instrument) {
            return Ok(false);
        }
        let intent = OrderIntent {
            id: self.desk.next_id(),
            instrument: wish.instrument,
            strategy: self.markets.get(wish.instrument.index()).and_then(|market| market.target.lead),
            side: wish.side,
            quantity: wish.quantity,
            kind: wish.kind,
            time_in_force: wish.time_in_force,
            reduce_only: wish.reduce_only,
            bracket: wish.bracket,
            purpose: wish.purpose,
        };
        let (outcome, measured) = self.gate.review(intent, self.now).into_parts();
        let said = match outcome {
            Ok(approved) => {
                turn.commands.push(self.desk.place(approved, self.now)?);
                Outcome::Sent(intent.id)
            }
            Err(refusal) => {
                self.desk.deny(&intent, self.now);
                Outcome::Refused(refusal)
            }
        };
        let sent = matches!(said, Outcome::Sent(_));
        if let Some(decision) = turn.decisions.get_mut(turn.decided.saturating_sub(1)) {
            decision.intent = Some(intent);
            decision.measured = Some(measured);
            decision.outcome = said;
        }
        Ok(sent)
    }

    /// Writes down what a decision rests on.
    pub(super) fn describe(&self, id: InstrumentId, decision: &mut Decision) {
        let Some(market) = self.markets.get(id.index()) else { return };
        decision.regime = market.regime();
        decision.target = market.target;
        decision.mark = market.close;
        decision.held = self.ledger.holding(id).map(|holding| holding.signed).unwrap_or_default();
        decision.voices.extend(self.pipeline.ancestry().iter().map(|ancestor| Voice {
            strategy: ancestor.strategy,
            lean: ancestor.lean,
            weight: ancestor.weight,
            reason: self.reason_of(ancestor.strategy, id),
        }));
    }

    /// The bracket that an order of this side shares when it gives up a guarded position.
    fn closing_bracket(&self, id: InstrumentId, side: Side) -> Option<BracketId> {
        let guard = self.markets.get(id.index())?.guard.as_ref()?;
        (guard.side() == side).then_some(guard.bracket())
    }

    /// The share of capital that an instrument may use to come to the weight that is wanted of it.
    fn capital_share(&self, id: InstrumentId) -> f64 {
        let share = self.sharing.of(id);
        let lean = self.markets.get(id.index()).map_or(0.0, super::Market::lean);
        if self.markets.len() < 2 || lean == 0.0 {
            return share;
        }
        (self.wanted_weight(id, lean) / lean).clamp(0.0, 1.0)
    }

    /// Whether trading this quantity is worth the trouble.
    fn is_worth(&self, id: InstrumentId, quantity: Quantity) -> bool {
        let mark = self.markets.get(id.index()).map_or(f64::NAN, |market| market.close);
        let least = self.configuration.portfolio.least_trade.to_f64();
        least <= 0.0 || quantity.to_f64() * mark >= least
    }

    /// The target was acted on.
    fn settle(&mut self, id: InstrumentId, lean: f64) {
        let now = self.now;
        if let Some(market) = self.markets.get_mut(id.index()) {
            (market.acted_on, market.last_resize, market.retry_at) = (lean, now, None);
        }
    }

    /// Nothing came of it; it is tried again later.
    pub(super) fn wait(&mut self, id: InstrumentId) {
        let at: Timestamp = self.now.after(self.configuration.execution.retry_after);
        if let Some(market) = self.markets.get_mut(id.index()) {
            market.retry_at = Some(at);
        }
    }

    /// A wish of the house that could not even be formed.
    pub(super) fn note_exit_fault(id: InstrumentId, fault: impl ToString, turn: &mut Turn) {
        turn.findings.push(Finding::about(id, FindingKind::ExitRule, fault));
    }
}
