//! Opinions with several legs: weighed once, sized together, and held whole or not at all.

use autotrading_domain::{
    Direction, InstrumentId, Instruments, Leg, Liquidation, OrderState, Purpose, Signal, StrategyId,
};
use autotrading_positions::Ledger;
use autotrading_sizing::SizingDecision;
use autotrading_strategy::LegContext;

use super::{Engine, Market};
use crate::{EngineError, Finding, FindingKind, Turn};

/// A target that is one leg of an opinion on several instruments, and of nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joint {
    pub(super) seat: usize,
    pub(super) leg: Leg,
}

/// What a strategy with several legs may know of one of them.
pub(super) fn leg_context(
    id: InstrumentId,
    markets: &[Market],
    ledger: &Ledger,
    instruments: &Instruments,
) -> LegContext {
    let market = markets.get(id.index());
    let position = market.map_or(0.0, |market| market.held);
    let exact = |id: InstrumentId| instruments.get(id).ok()?.price(ledger.mark_of(id)?).ok();
    let distance = || {
        let facts = instruments.get(id).ok().filter(|facts| facts.is_perpetual() && position != 0.0)?;
        let mark = facts.price(ledger.mark_of(id)?).ok()?;
        match ledger.liquidation(id, mark, exact).ok()? {
            Liquidation::Never => None,
            Liquidation::At(price) => Some((1.0 - price.to_f64() / mark.to_f64()).abs()),
            Liquidation::Already => Some(0.0),
        }
    };
    LegContext {
        instrument: id,
        position,
        entry_price: market.and_then(|market| market.entry_price),
        funding: market.and_then(|market| market.funding),
        liquidation_distance: distance(),
    }
}

impl Engine {
    /// All legs of a strategy weigh what the market of the first gives it; those of an opinion that was given up nothing.
    #[inline]
    pub(super) fn weigh_legs(&mut self, id: InstrumentId) {
        let legged = self.markets.get(id.index()).map_or(0, |market| market.legged.len());
        for place in 0..legged {
            let known = self.markets.get(id.index()).and_then(|market| market.legged.get(place));
            let Some((seat, home)) = known.copied() else { return };
            let weight = if self.is_given_up(seat, id) {
                0.0
            } else {
                self.markets.get(home).map_or(0.0, |market| market.own_weight(seat))
            };
            if let Some(slot) = self.markets.get_mut(id.index()).and_then(|m| m.weights.get_mut(seat)) {
                *slot = weight;
            }
        }
    }

    /// Whether the opinion that a seat holds of an instrument was given up.
    fn is_given_up(&self, seat: usize, id: InstrumentId) -> bool {
        let given_up = self.seats.get(seat).and_then(|seat| seat.given_up);
        let stands = self.pipeline.standing(number(seat), id).and_then(|signal| signal.leg);
        given_up.is_some() && given_up == stands.map(|leg| leg.opinion)
    }

    /// The instruments, other than this one, that were named in an opinion; their legs are known before any is sized.
    #[inline]
    pub(super) fn named_beside(&mut self, id: InstrumentId, turn: &Turn) -> Vec<InstrumentId> {
        // Hardly any bar names another instrument.
        if turn.signals.iter().all(|signal| signal.instrument == id) {
            return Vec::new();
        }
        let mut named = Vec::new();
        for signal in turn.signals.iter().filter(|signal| signal.instrument != id) {
            if !named.contains(&signal.instrument) {
                named.push(signal.instrument);
                self.add_up(signal.instrument);
            }
        }
        named
    }

    /// The legs of a joint opinion that stand, with their instruments.
    fn legs_of(&self, joint: Joint) -> impl Iterator<Item = (InstrumentId, &Signal, Leg)> {
        let instruments = self.seats.get(joint.seat).map_or(&[][..], |seat| &seat.instruments);
        instruments.iter().filter_map(move |id| {
            let signal = self.pipeline.standing(number(joint.seat), *id)?;
            let leg = signal.leg.filter(|leg| leg.opinion == joint.leg.opinion)?;
            (signal.lean() != 0.0).then_some((*id, signal, leg))
        })
    }

    /// What part of its own room a leg uses, so that all legs stand in their ratio: as far as the one with the least room
    /// allows, and nothing where one of them would be nothing. One for a target that is no leg.
    pub(super) fn leg_share(&self, id: InstrumentId, together: bool) -> f64 {
        let Some(joint) = self.markets.get(id.index()).and_then(|market| market.joint) else { return 1.0 };
        let legs: Vec<(InstrumentId, f64, f64)> = self
            .legs_of(joint)
            .map(|(id, signal, leg)| (id, leg.ratio, self.room(id, signal.direction, together)))
            .collect();
        let unit = legs.iter().fold(f64::INFINITY, |least, (_, ratio, room)| least.min(room / ratio));
        let whole = legs.len() == usize::from(joint.leg.of);
        if !whole || !legs.iter().all(|(id, ratio, _)| self.can_hold(*id, unit * ratio)) {
            return 0.0;
        }
        let own = legs.iter().find(|(own, _, _)| *own == id).map_or(0.0, |(_, _, room)| *room);
        let share = unit * joint.leg.ratio / own;
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The notional that a leg might have on its own; none while its market does not go its way.
    fn room(&self, id: InstrumentId, direction: Direction, together: bool) -> f64 {
        let Some(market) = self.markets.get(id.index()) else { return 0.0 };
        let target = self.target_at_share(id, market.target);
        let Some(side) = direction.opening_side().filter(|_| target.direction == direction) else {
            return 0.0;
        };
        let mut sizing = SizingDecision::default();
        let Ok(request) = self.size_request(id, side, &target, together) else { return 0.0 };
        self.sizer.size_into(&request, &mut sizing);
        let room = sizing.target * market.close;
        if room > 0.0 { room } else { 0.0 }
    }

    /// Whether this notional is a legal position.
    fn can_hold(&self, id: InstrumentId, notional: f64) -> bool {
        let close = self.markets.get(id.index()).map_or(f64::NAN, |market| market.close);
        let Ok(facts) = self.instruments.get(id) else { return false };
        let quantity = facts.quantity_down(notional / close).unwrap_or_default();
        !quantity.is_zero()
            && quantity >= facts.spec().min_quantity
            && quantity.to_f64() * close >= facts.spec().min_notional.to_f64()
    }

    /// Gives an opinion up of which a leg cannot be had, or is gone: half of it is a different bet. What is held of its other
    /// legs is closed; a new opinion of the strategy begins anew.
    pub(super) fn give_up(
        &mut self,
        joint: Joint,
        why: &'static str,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let legs: Vec<InstrumentId> = self.legs_of(joint).map(|(id, _, _)| id).collect();
        let Some(seat) = self.seats.get_mut(joint.seat) else { return Ok(()) };
        if seat.given_up.replace(joint.leg.opinion) == Some(joint.leg.opinion) {
            return Ok(());
        }
        let detail = format!("{why}: opinion {} of {} is given up", joint.leg.opinion, seat.name);
        turn.findings.push(match legs.first() {
            Some(first) => Finding::about(*first, FindingKind::HalfOpinion, detail),
            None => Finding::about_all(FindingKind::HalfOpinion, detail),
        });
        for id in legs {
            let open = self.desk.live_of(id).filter(|order| order.intent().purpose == Purpose::Target);
            for order in open.map(|order| order.id()).collect::<Vec<_>>() {
                self.cancel(order, turn)?;
            }
            if let Some(market) = self.markets.get_mut(id.index()) {
                market.retry_at = Some(self.now); // until what is still on its way has ended
            }
            self.unwinding.push(id);
        }
        Ok(())
    }

    /// At a closed bar: a leg that is held while another one is neither held nor on its way is given up.
    #[inline]
    pub(super) fn mind_legs(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        let Some(market) = self.markets.get(id.index()) else { return Ok(()) };
        let Some(joint) = market.joint.filter(|_| market.held * market.lean() > 0.0) else { return Ok(()) };
        let missing = self.legs_of(joint).any(|(leg, _, _)| {
            self.markets.get(leg.index()).is_none_or(|market| market.held == 0.0)
                && self.desk.live_of(leg).next().is_none()
                && !self.is_working(leg)
        });
        if missing { self.give_up(joint, "a leg is not held", turn) } else { Ok(()) }
    }

    /// After a fill or an order's end: a leg that came to nothing, or was closed by a rule of leaving, takes the others
    /// with it; one that ended too late to be kept is closed.
    pub(super) fn mind_end(
        &mut self,
        id: InstrumentId,
        purpose: Option<Purpose>,
        end: Option<OrderState>,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(market) = self.markets.get(id.index()) else { return Ok(()) };
        if market.legged.is_empty() {
            return Ok(());
        }
        if end.is_some() && market.legged.iter().any(|(seat, _)| self.is_given_up(*seat, id)) {
            self.unwinding.push(id);
        }
        let Some(joint) = market.joint.filter(|_| market.held == 0.0) else { return Ok(()) };
        match (purpose, end) {
            (Some(Purpose::Target), Some(OrderState::Filled) | None) => Ok(()), // it was to be closed, or goes on
            (Some(Purpose::Target), Some(_)) => self.give_up(joint, "a leg came to nothing", turn),
            (_, _) => self.give_up(joint, "a leg was closed", turn),
        }
    }
}

fn number(seat: usize) -> StrategyId {
    StrategyId(u16::try_from(seat).unwrap_or(u16::MAX))
}
