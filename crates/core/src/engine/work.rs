//! Orders that are worked over time: a parent, its schedule, and the children that are on their way.

use autotrading_domain::{
    BracketId, ClientOrderId, Fill, InstrumentId, Purpose, Quantity, Quote, Side, Span, Toward,
};
use autotrading_execution::algorithm::{
    Action, AlgorithmError, Child, ChildId, Execution, MarketView, Parent, ParentSpec, Schedule, Scheduled,
};

use super::{Engine, pursuit::Wish};
use crate::{EngineError, Finding, FindingKind, Occasion, Turn};

/// A parent order on its way.
#[derive(Debug)]
pub(super) struct Work {
    execution: Execution<Scheduled>,
    side: Side,
    bracket: Option<BracketId>,
    children: Vec<(ClientOrderId, ChildId)>,
    volume: f64,
}

impl Engine {
    /// Whether an order of this instrument is being worked.
    pub(super) fn is_working(&self, id: InstrumentId) -> bool {
        self.markets.get(id.index()).is_some_and(|market| market.work.is_some())
    }

    /// Begins to work an order in equal slices, one a bar. Says whether its first child is on its way.
    pub(super) fn begin_work(
        &mut self,
        id: InstrumentId,
        side: Side,
        quantity: Quantity,
        bracket: Option<BracketId>,
        turn: &mut Turn,
    ) -> Result<bool, EngineError> {
        let execution = match self.schedule(id, side, quantity) {
            Ok(execution) => execution,
            Err(error) => {
                turn.findings.push(Finding::about(id, FindingKind::Unworkable, error));
                return Ok(false);
            }
        };
        if let Some(market) = self.markets.get_mut(id.index()) {
            market.work = Some(Work { execution, side, bracket, children: Vec::new(), volume: 0.0 });
        }
        self.go_on(id, 0.0, turn)?;
        Ok(self
            .markets
            .get(id.index())
            .and_then(|m| m.work.as_ref())
            .is_some_and(|work| !work.children.is_empty()))
    }

    fn schedule(
        &self,
        id: InstrumentId,
        side: Side,
        quantity: Quantity,
    ) -> Result<Execution<Scheduled>, AlgorithmError> {
        let rules = self.configuration.execution;
        let market = self.markets.get(id.index());
        let (close, interval) =
            market.map_or((f64::NAN, Span::ZERO), |market| (market.close, market.interval));
        let Ok(instrument) = self.instruments.get(id) else {
            return Err(AlgorithmError::NoTime { start: self.now, deadline: self.now });
        };
        let bound = close * (1.0 + side.sign() * rules.price_bound);
        let spec = ParentSpec {
            instrument: id,
            side,
            quantity,
            limit: instrument.price_toward(bound, side, Toward::Passive)?,
            participation: 1.0,
            start: self.now,
            deadline: self.now.after(interval.times(i64::from(rules.slices))),
            grace: Span::ZERO,
        };
        let parent = Parent::new(spec, instrument)?;
        let schedule = Schedule::twap(&parent, rules.slices as usize, 0.0, u64::from(id.0))?;
        Ok(Execution::new(parent, Scheduled::new(schedule, rules.reach_bps)?))
    }

    /// Lets the schedule say what is to be done now; `volume` is what traded since it was asked last.
    pub(super) fn go_on(
        &mut self,
        id: InstrumentId,
        volume: f64,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        let Some(work) = &mut market.work else { return Ok(()) };
        work.volume += volume;
        let usual = market.measures.volume().unwrap_or(f64::MAX);
        let quote = Quote { bid: market.close, bid_quantity: usual, ask: market.close, ask_quantity: usual };
        let mut actions = Vec::new();
        if let Ok(view) = MarketView::new(quote, work.volume, usual) {
            work.execution.on(now, &view, &mut actions);
        }
        let over = work.execution.is_over();
        for action in actions {
            match action {
                Action::Place(child) => self.send_child(id, &child, turn)?,
                Action::Cancel(child) => self.cancel_child(id, child, turn)?,
            }
        }
        if over && let Some(market) = self.markets.get_mut(id.index()) {
            market.work = None;
        }
        Ok(())
    }

    fn send_child(&mut self, id: InstrumentId, child: &Child, turn: &mut Turn) -> Result<(), EngineError> {
        let Some(work) = self.markets.get(id.index()).and_then(|market| market.work.as_ref()) else {
            return Ok(());
        };
        let intent = child.intent(
            work.execution.parent(),
            ClientOrderId { run: 0, sequence: 0 },
            None,
            work.bracket,
            Purpose::Target,
        );
        let first = work.children.is_empty();
        let wish = Wish {
            instrument: id,
            side: intent.side,
            quantity: intent.quantity,
            kind: intent.kind,
            time_in_force: intent.time_in_force,
            purpose: intent.purpose,
            bracket: intent.bracket,
            reduce_only: false,
        };
        if !first {
            let decision = turn.decide(id, Occasion::Slice);
            self.describe(id, decision);
        }
        let sent = self.submit(wish, turn)?;
        let order = turn.decisions().last().and_then(|decision| decision.intent).map(|intent| intent.id);
        let now = self.now;
        let Some(work) = self.markets.get_mut(id.index()).and_then(|market| market.work.as_mut()) else {
            return Ok(());
        };
        match order.filter(|_| sent) {
            Some(order) => work.children.push((order, child.id)),
            None => work.execution.ended(child.id, now),
        }
        Ok(())
    }

    fn cancel_child(&mut self, id: InstrumentId, child: ChildId, turn: &mut Turn) -> Result<(), EngineError> {
        let work = self.markets.get(id.index()).and_then(|market| market.work.as_ref());
        let order = work
            .and_then(|work| work.children.iter().find(|(_, known)| *known == child))
            .map(|(order, _)| *order);
        order.map_or(Ok(()), |order| self.cancel(order, turn))
    }

    /// Gives a parent order up when the target no longer points its way; its open children are cancelled.
    pub(super) fn abandon_work(&mut self, id: InstrumentId, turn: &mut Turn) -> Result<(), EngineError> {
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        let wanted = market.target.direction.opening_side();
        let Some(work) = market.work.take_if(|work| wanted != Some(work.side)) else { return Ok(()) };
        // The new target is gone after as soon as the children have ended.
        market.retry_at = Some(self.now);
        for (order, _) in work.children {
            self.cancel(order, turn)?;
        }
        Ok(())
    }

    /// Tells the schedule what became of one of its children.
    pub(super) fn tell_work(
        &mut self,
        id: InstrumentId,
        order: ClientOrderId,
        fill: Option<&Fill>,
        finished: bool,
    ) {
        let now = self.now;
        let Some(work) = self.markets.get_mut(id.index()).and_then(|market| market.work.as_mut()) else {
            return;
        };
        let Some((_, child)) = work.children.iter().find(|(known, _)| *known == order).copied() else {
            return;
        };
        if let Some(fill) = fill {
            work.execution.filled(child, fill.quantity, fill.price);
        }
        if finished {
            work.execution.ended(child, now);
        }
    }
}
