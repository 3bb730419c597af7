//! Listens to the strategies of a run: what each said, how it weighed, and what came of the trades it spoke for.

use std::collections::BTreeMap;

use autotrading_core::{Decision, Engine, Outcome, Turn};
use autotrading_domain::{
    ClientOrderId, Direction, InstrumentId, Money, Signal, StrategyId, Timestamp, ValueError,
};
use autotrading_positions::{BookChange, ClosedTrade};
use autotrading_strategy::LifeCycle;
use rust_decimal::Decimal;

use crate::outcome::normal;
use crate::{Contribution, StageNote, StrategyFigures};

/// Digits behind the point of a part of a round trip; what is left over goes to the largest part.
const DIGITS: u32 = 8;

/// One strategy, as heard so far.
#[derive(Clone, Debug, Default)]
struct Voice {
    name: String,
    /// Its opinion that stands, and until when.
    standing: Option<(f64, Option<Timestamp>)>,
    spoken: u64,
    bars: u64,
    weights: f64,
    decided: u64,
    agreed: u64,
    round_trips: u64,
    contribution: Money,
    course: Contribution,
    stage_changes: Vec<StageNote>,
}

/// All strategies, with the orders and positions whose voices are still to be rewarded.
#[derive(Debug, Default)]
pub(crate) struct Voices {
    instrument: InstrumentId,
    bars: u64,
    voices: Vec<Voice>,
    /// By order: the shares of those who spoke for it.
    asked: BTreeMap<ClientOrderId, Vec<f64>>,
    /// The shares in the position that is held.
    held: Vec<f64>,
    /// What nobody spoke for.
    unattributed: Money,
    fault: Option<ValueError>,
}

impl Voices {
    pub(crate) fn new(instrument: InstrumentId, engine: &Engine) -> Self {
        let voice = |name: &str| Voice {
            name: name.to_owned(),
            course: Contribution { name: name.to_owned(), ..Contribution::default() },
            ..Voice::default()
        };
        Self { instrument, voices: engine.strategies().map(voice).collect(), ..Self::default() }
    }

    /// Takes what was said and decided on an event, before its bar is counted.
    pub(crate) fn hear(&mut self, turn: &Turn) {
        let own = self.instrument;
        for signal in turn.signals().iter().filter(|signal| signal.instrument == own) {
            self.hear_signal(signal);
        }
        for decision in turn.decisions().iter().filter(|decision| decision.instrument == own) {
            if let (Outcome::Sent(order), Some(intent)) = (&decision.outcome, &decision.intent)
                && !intent.reduce_only
            {
                self.asked.insert(*order, self.shares(decision, Direction::built_by(intent.side)));
            }
        }
        for change in turn.life_changes() {
            let note = StageNote { at: turn.at(), from: change.transition.from, to: change.transition.to };
            for strategy in &change.strategies {
                if let Some(voice) = self.voices.get_mut(strategy.index()) {
                    voice.stage_changes.push(note.clone());
                }
            }
        }
    }

    fn hear_signal(&mut self, signal: &Signal) {
        if let Some(voice) = self.voices.get_mut(signal.strategy.index()) {
            voice.spoken += 1;
            voice.standing = Some((signal.lean(), signal.horizon.map(|horizon| signal.at.after(horizon))));
        }
    }

    /// Counts the close of a bar.
    pub(crate) fn see_bar(&mut self, engine: &Engine, at: Timestamp) {
        let Some(market) = engine.market(self.instrument) else { return };
        let wanted = market.target().direction;
        self.bars += 1;
        for (voice, weight) in self.voices.iter_mut().zip(market.weights()) {
            let Some((lean, until)) = voice.standing else { continue };
            if lean == 0.0 || until.is_some_and(|until| at >= until) {
                continue;
            }
            voice.bars += 1;
            voice.weights += weight;
            if wanted != Direction::Flat {
                voice.decided += 1;
                voice.agreed += u64::from(Direction::of(lean) == wanted);
            }
        }
    }

    /// Takes what a fill did to the position: a round trip that ended is shared out, one that began is remembered.
    pub(crate) fn see_bookings(&mut self, turn: &Turn) {
        for entry in turn.bookings() {
            let BookChange::Fill(booked) = &entry.change else { continue };
            if booked.fill.instrument != self.instrument {
                continue;
            }
            if let Some(trade) = entry.closed_trade() {
                let shared = self.share_out(trade);
                self.fault = self.fault.take().or(shared.err());
            }
            if booked.began {
                let asked = booked.fill.order.and_then(|order| self.asked.get(&order));
                self.held = asked.cloned().unwrap_or_default();
                let done = booked.fill.order;
                self.asked.retain(|order, _| done.is_none_or(|done| *order >= done));
            }
        }
    }

    /// The strategy with the largest share in what is held; of equals the first.
    pub(crate) fn lead(&self) -> Option<&str> {
        let spoken = self.voices.iter().zip(&self.held).filter(|(_, share)| **share > 0.0);
        let loudest = spoken.reduce(|loudest, next| if next.1 > loudest.1 { next } else { loudest });
        loudest.map(|(voice, _)| voice.name.as_str())
    }

    /// Who spoke for this direction, by weight times lean; they add up to 1, or there is nobody.
    fn shares(&self, decision: &Decision, direction: Direction) -> Vec<f64> {
        let mut shares = vec![0.0; self.voices.len()];
        for voice in decision.voices.iter().filter(|voice| Direction::of(voice.lean) == direction) {
            if let Some(share) = shares.get_mut(voice.strategy.index()) {
                *share += voice.weight * voice.lean.abs();
            }
        }
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
            shares
        } else {
            Vec::new()
        }
    }

    fn share_out(&mut self, trade: &ClosedTrade) -> Result<(), ValueError> {
        let net = trade.net()?;
        let parts = parts(net, &self.held)?;
        if parts.is_empty() {
            self.unattributed = self.unattributed.plus(net)?;
        }
        for ((voice, part), share) in self.voices.iter_mut().zip(parts).zip(&self.held) {
            if *share > 0.0 {
                voice.round_trips += 1;
                voice.contribution = voice.contribution.plus(part)?;
                voice.course.time.push(trade.closed_at);
                voice.course.total.push(voice.contribution.to_f64());
            }
        }
        Ok(())
    }

    /// What is told of each strategy at the end of a run, and what nobody spoke for.
    ///
    /// # Errors
    /// A sum that overflowed on the way.
    pub(crate) fn figures(&self, engine: &Engine) -> Result<(Vec<StrategyFigures>, Money), ValueError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let rate = |part: f64, whole: u64| (whole > 0).then(|| part / whole as f64);
        let figures = |(number, voice): (u16, &Voice)| StrategyFigures {
            name: voice.name.clone(),
            opinions: voice.spoken,
            bars: voice.bars,
            share: rate(voice.bars as f64, self.bars).unwrap_or_default(),
            mean_weight: rate(voice.weights, voice.bars),
            agreement: rate(voice.agreed as f64, voice.decided),
            round_trips: voice.round_trips,
            contribution: normal(voice.contribution),
            stage: engine.life_of(StrategyId(number)).map(LifeCycle::stage),
            stage_changes: voice.stage_changes.clone(),
        };
        Ok(((0u16..).zip(&self.voices).map(figures).collect(), normal(self.unattributed)))
    }

    /// How the contributions grew.
    pub(crate) fn courses(self) -> Vec<Contribution> {
        self.voices.into_iter().map(|voice| voice.course).collect()
    }
}

/// Shares an amount out, to the last digit: parts are rounded, and what that leaves over is the largest one's.
fn parts(amount: Money, shares: &[f64]) -> Result<Vec<Money>, ValueError> {
    let largest = (0..shares.len()).rev().max_by(|a, b| {
        let of = |place: &usize| shares.get(*place).copied().unwrap_or_default();
        of(a).total_cmp(&of(b))
    });
    let mut rest = amount;
    let mut parts = Vec::with_capacity(shares.len());
    for share in shares {
        let share = Decimal::from_f64_retain(*share).unwrap_or_default().round_dp(DIGITS);
        let part = Money::new((amount.get() * share).round_dp(DIGITS));
        rest = rest.minus(part)?;
        parts.push(part);
    }
    if let Some(part) = largest.and_then(|place| parts.get_mut(place)) {
        *part = part.plus(rest)?;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_shared_by_weight_times_lean() {
        let shared = parts(Money::new(100.into()), &[0.75, 0.0, 0.25]).unwrap();
        assert_eq!(shared.iter().map(|part| part.to_f64()).collect::<Vec<_>>(), [75.0, 0.0, 25.0]);
        assert!(parts(Money::new(100.into()), &[]).unwrap().is_empty());
    }

    #[test]
    fn what_rounding_leaves_over_is_the_largest_ones() {
        let third = 1.0 / 3.0;
        let shared = parts(Money::new("0.00000001".parse().unwrap()), &[third, third, third]).unwrap();
        assert_eq!(shared.iter().filter(|part| !part.is_zero()).count(), 1);
        assert!(!shared[0].is_zero(), "of equal ones the first");
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_last_digit(
            cents in -10_000_000_000i64..10_000_000_000, scale in 0u32..12, weights in prop::collection::vec(0.01f64..1.0, 1..8),
        ) {
            let amount = Money::new(Decimal::new(cents, scale));
            let sum: f64 = weights.iter().sum();
            let shares: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
            let total = parts(amount, &shares).unwrap().into_iter().try_fold(Money::ZERO, |sum, part| sum.plus(part)).unwrap();
            prop_assert_eq!(total, amount);
        }
    }
}
