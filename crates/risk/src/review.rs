//! The gate's answer: yes with proof, or no with a number.

use autotrading_domain::{Amendment, OrderIntent, OrderKind, Timestamp};

use crate::{
    Approved, ApprovedChange, Control, Refusal, RiskGate, Verdict,
    assessment::{Assessment, Proposal},
};

/// The answer for a new order, with everything that was measured.
#[must_use]
#[derive(Debug)]
pub struct Review {
    /// The approval, or why not.
    pub outcome: Result<Approved, Refusal>,
    assessment: Assessment,
}

/// The answer for a change of a live order.
#[must_use]
#[derive(Debug)]
pub struct ChangeReview {
    /// The approval, or why not.
    pub outcome: Result<ApprovedChange, Refusal>,
    assessment: Assessment,
}

impl Review {
    /// Each control with value, limit and headroom, written on demand.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.assessment)
    }

    /// Whether the order was proven to do nothing but close.
    pub const fn is_proven_close(&self) -> bool {
        self.assessment.proven_close
    }
}

impl ChangeReview {
    /// Each control with value, limit and headroom, written on demand.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.assessment)
    }

    /// Whether the changed order was proven to do nothing but close.
    pub const fn is_proven_close(&self) -> bool {
        self.assessment.proven_close
    }
}

/// What a review measured: small and copyable, made into a table only when somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct Measured(Assessment);

impl Default for Measured {
    /// Nothing was measured.
    fn default() -> Self {
        Self(Assessment::blank())
    }
}

impl Measured {
    /// Every control with value, limit and headroom.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.0)
    }
}

impl Review {
    /// The answer, and what it rests on.
    pub fn into_parts(self) -> (Result<Approved, Refusal>, Measured) {
        (self.outcome, Measured(self.assessment))
    }
}

impl ChangeReview {
    /// The answer, and what it rests on.
    pub fn into_parts(self) -> (Result<ApprovedChange, Refusal>, Measured) {
        (self.outcome, Measured(self.assessment))
    }
}

impl RiskGate {
    /// Says yes with proof, or no with a number.
    ///
    /// An approved order counts at once as open: on its worst side, against every limit, and against every later
    /// close, until [`RiskGate::order_done`]. Its id is spent.
    ///
    /// An order is a *proven close* when it stands against the confirmed position and, together with all other open
    /// orders of its side (a bracket counts once, by its largest leg), is not larger than the position. It meets tick,
    /// step, duplicate id and the collar on the last known price, and nothing else. The reduce-only flag proves nothing.
    /// Everything else opens, also a close that would flip the position, and fails closed on anything that is missing.
    pub fn review(&mut self, intent: OrderIntent, now: Timestamp) -> Review {
        let mut measured = Measured::default();
        let outcome = self.review_into(intent, now, &mut measured);
        Review { outcome, assessment: measured.0 }
    }

    /// As [`RiskGate::review`]; what was measured is written where the caller keeps it, and nothing large is moved.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn review_into(
        &mut self,
        intent: OrderIntent,
        now: Timestamp,
        measured: &mut Measured,
    ) -> Result<Approved, Refusal> {
        self.settle();
        let assessment = &mut measured.0;
        let proposal = Proposal { intent: &intent, lots: None, changes: None, shrinks: false };
        self.assess(&proposal, now, assessment);
        if let Some(control) = assessment.refused_by() {
            if control == Control::Repeats
                && let Some(watch) = self.watches.get_mut(intent.instrument.index())
            {
                watch.repeats.latch();
            }
            return Err(self.refusal(control, &intent, assessment));
        }
        self.order_bucket.take(now);
        self.message_bucket.take(now);
        self.spent.spend(intent.id);
        if self.limits.repeats.at().is_some()
            && let Some(watch) = self.watches.get_mut(intent.instrument.index())
        {
            watch.repeats.remember(assessment.fingerprint, now);
        }
        self.register(intent, assessment.lots, assessment.worth, assessment.tick);
        Ok(Approved::new(intent))
    }

    /// As [`RiskGate::review`], for a change of a live order. The larger of its open quantities before and after counts,
    /// because either may fill until the venue has answered; then [`RiskGate::order_changed`] says what is open.
    /// A change that takes nothing but size off passes like a close.
    pub fn review_change(&mut self, change: Amendment, now: Timestamp) -> ChangeReview {
        let Some(live) = self.live.get(change.id).copied() else {
            let refusal = Refusal::UnknownOrder { id: change.id };
            return ChangeReview {
                outcome: Err(refusal),
                assessment: Assessment::refused_at_once(Control::Changeable),
            };
        };
        if !same_kind(&live.intent.kind, &change.kind) {
            let refusal = Refusal::KindChanged { id: change.id };
            return ChangeReview {
                outcome: Err(refusal),
                assessment: Assessment::refused_at_once(Control::Changeable),
            };
        }
        self.settle();
        let intent = OrderIntent { quantity: change.quantity, kind: change.kind, ..live.intent };
        let total = self
            .watches
            .get(intent.instrument.index())
            .and_then(|watch| watch.facts.lot.exactly(change.quantity.get()));
        let after = total.map(|total| total.saturating_sub(live.filled).max(0));
        // Off step, and a change that leaves nothing open, are zero lots: the step control refuses them.
        let counted = after.filter(|after| *after > 0).map_or(0, |after| after.max(live.open));
        let shrinks = change.kind == live.intent.kind && after.is_some_and(|after| after <= live.open);
        let proposal = Proposal { intent: &intent, lots: Some(counted), changes: Some(change.id), shrinks };
        let mut assessment = Assessment::blank();
        self.assess(&proposal, now, &mut assessment);
        if let Some(control) = assessment.refused_by() {
            return ChangeReview { outcome: Err(self.refusal(control, &intent, &assessment)), assessment };
        }
        self.order_bucket.take(now);
        self.message_bucket.take(now);
        let worth = assessment.worth.max(live.worth);
        self.count_strategy(intent.strategy, live.worth, live.open.saturating_neg());
        self.count_strategy(intent.strategy, worth, counted);
        self.live.revalue(change.id, worth);
        let grown = self.live.set(change.id, counted, live.filled);
        if let Some(watch) = self.watches.get_mut(intent.instrument.index()) {
            watch.open(intent.side, grown);
            watch.restake(&mut self.sums);
        }
        self.order_repriced(change.id, change.kind);
        ChangeReview { outcome: Ok(ApprovedChange::new(change)), assessment }
    }
}

const fn same_kind(one: &OrderKind, other: &OrderKind) -> bool {
    use OrderKind as K;
    match one {
        K::Market => matches!(other, K::Market),
        K::Limit { .. } => matches!(other, K::Limit { .. }),
        K::StopMarket { .. } => matches!(other, K::StopMarket { .. }),
        K::StopLimit { .. } => matches!(other, K::StopLimit { .. }),
        K::TakeProfitMarket { .. } => matches!(other, K::TakeProfitMarket { .. }),
        K::TakeProfitLimit { .. } => matches!(other, K::TakeProfitLimit { .. }),
        K::TrailingStop { .. } => matches!(other, K::TrailingStop { .. }),
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{
        BracketId, ClientOrderId, Instrument, InstrumentId, Instruments, Price, Purpose, Quantity, Side,
        Span, TimeInForce,
    };
    use rust_decimal::Decimal;

    use super::*;
    use crate::{Cap, RateLimit, RiskLimits};

    const ROOM: u32 = 200;

    fn order(sequence: u32) -> OrderIntent {
        let side = if sequence.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let away = i64::from(1 + sequence * 7 % 97) * side.sign() as i64;
        OrderIntent {
            id: ClientOrderId { run: 1, sequence },
            instrument: InstrumentId(sequence * 3 % 4),
            strategy: None,
            side,
            quantity: Quantity::of(Decimal::new(i64::from(1 + sequence % 89), 3)),
            kind: OrderKind::Limit { price: Price::new(Decimal::new(1_000 - away, 1)).unwrap() },
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            bracket: sequence.is_multiple_of(5).then_some(BracketId(sequence % 11)),
            purpose: Purpose::Target,
        }
    }

    /// Counting allocations takes unsafe code, which is forbidden here. So every growable part of the gate that a
    /// review touches is looked at: none of them asked for more than it had.
    #[test]
    fn a_review_asks_for_no_memory_once_the_books_have_been_full() {
        let plenty = Cap::At(RateLimit { burst: u32::MAX, per_second: 1_000, reserve: 1 });
        let limits = RiskLimits {
            open_orders: Cap::At(ROOM),
            order_rate: plenty,
            message_rate: plenty,
            ..RiskLimits::production()
        };
        let tick = || ("0.1".parse().unwrap(), "0.001".parse().unwrap());
        let listed = (0..4).map(|number| {
            let (tick, lot) = tick();
            Instrument::linear_perpetual("sim", &format!("I{number}"), tick, lot).unwrap()
        });
        let mut gate = RiskGate::new(&Instruments::new(listed.collect()), limits).unwrap();
        let mut now = Timestamp::from_secs(1_700_000_000);
        for id in (0..4).map(InstrumentId) {
            gate.observe_price(id, 100.0, 100.0, now);
            gate.observe_volume(id, 1e6);
        }
        gate.observe_equity(1e6, 1e6, now);
        let room = |gate: &RiskGate| {
            let own: Vec<_> = gate.watches.iter().flat_map(|watch| watch.own.room()).collect();
            (gate.live.room(), own, gate.strategies.len())
        };
        for sequence in 1..=ROOM {
            assert!(gate.review(order(sequence), now).outcome.is_ok());
        }
        assert!(gate.review(order(ROOM + 1), now).outcome.is_err(), "the room is full");
        let full = room(&gate);
        for sequence in ROOM + 2..20_000 {
            now = now.after(Span::SECOND);
            (0..4).for_each(|id| gate.observe_price(InstrumentId(id), 100.0, 100.0, now));
            // Now the oldest goes, now the newest.
            let leaving = sequence - if sequence.is_multiple_of(3) { ROOM } else { 1 };
            gate.order_done(ClientOrderId { run: 1, sequence: leaving });
            let (outcome, measured) = gate.review(order(sequence), now).into_parts();
            let _ = (outcome.is_ok(), measured);
        }
        assert!(gate.open_orders() > ROOM as usize / 4, "{}", gate.open_orders());
        let after = room(&gate);
        // A removed key may still cost its index one place; a larger index would hold more than before.
        assert!(after.0.iter().zip(full.0).all(|(now, then)| *now <= then), "{after:?} {full:?}");
        // The prices of our own orders stand in lists that have room for the most there ever were.
        assert!(after.1.iter().all(|prices| *prices <= 256), "{after:?}");
        assert_eq!(after.2, 0);
    }
}
