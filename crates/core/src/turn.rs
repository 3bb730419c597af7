//! Everything that was decided on the way of one event: the answer to "why did we, or did we not, trade this much?".

use autotrading_domain::{
    ClientOrderId, InstrumentId, OrderIntent, RegimeEstimate, Signal, StrategyId, Target, Timestamp,
};
use autotrading_execution::OrderCommand;
use autotrading_positions::BookEntry;
use autotrading_risk::{LevelChange, Measured, Refusal, StateChange, Verdict};
use autotrading_sizing::SizingDecision;
use autotrading_strategy::Transition;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Finding;

/// What one event led to. The caller owns it and hands it in again and again: it keeps its room.
#[derive(Debug, Default)]
pub struct Turn {
    pub(crate) at: Timestamp,
    pub(crate) findings: Vec<Finding>,
    pub(crate) signals: Vec<Signal>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) decided: usize,
    pub(crate) state_change: Option<StateChange>,
    pub(crate) levels: Vec<LevelChange>,
    pub(crate) beyond_value_at_risk: bool,
    pub(crate) life_changes: Vec<LifeChange>,
    pub(crate) bookings: Vec<BookEntry>,
    pub(crate) commands: Vec<OrderCommand>,
}

/// A strategy has come to another stage of its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifeChange {
    /// Its numbers: one for each instrument, or group of instruments, that it sits on.
    pub strategies: Vec<StrategyId>,
    /// From where to where, and what led to it.
    pub transition: Transition,
}

/// One strategy's say in a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Whose.
    pub strategy: StrategyId,
    /// Its opinion: direction times strength, -1 to 1.
    pub lean: f64,
    /// Its weight, 0 to 1.
    pub weight: f64,
    /// Its reason, in words.
    pub reason: std::borrow::Cow<'static, str>,
}

/// What made the house decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The opinions moved the target.
    #[default]
    Target,
    /// The next part of an order that is worked over time.
    Slice,
    /// A position is to be guarded, or its guard moved.
    Protection,
    /// A rule of the house, a halt or an operator closes.
    Exit,
}

/// What came of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is to be traded: sizing left no room, or what is held is right.
    #[default]
    NoTrade,
    /// The gate said no.
    Refused(Refusal),
    /// An order was sent.
    Sent(ClientOrderId),
    /// A live order was changed.
    Amended(ClientOrderId),
}

/// One decision, with all that it rests on.
#[derive(Debug, Default)]
pub struct Decision {
    /// On what.
    pub instrument: InstrumentId,
    /// What made the house decide.
    pub occasion: Occasion,
    /// The regime as it was known.
    pub regime: RegimeEstimate,
    /// Who said what, and weighed how much.
    pub voices: Vec<Voice>,
    /// What they add up to.
    pub target: Target,
    /// What was held: base units, negative short.
    pub held: Decimal,
    /// The price that was reckoned with.
    pub mark: f64,
    /// How much, and what held it back; meaningful when [`Decision::sized`].
    pub sizing: SizingDecision,
    /// Whether sizing was asked.
    pub sized: bool,
    /// The order that was wanted.
    pub intent: Option<OrderIntent>,
    /// What the gate measured.
    pub measured: Option<Measured>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A decision as it stands in a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// On what.
    pub instrument: InstrumentId,
    /// What made the house decide.
    pub occasion: Occasion,
    /// The regime as it was known.
    pub regime: RegimeEstimate,
    /// Who said what, and weighed how much.
    pub voices: Vec<Voice>,
    /// What they add up to.
    pub target: Target,
    /// What was held: base units, negative short.
    pub held: Decimal,
    /// The price that was reckoned with.
    pub mark: f64,
    /// How much, and what held it back.
    pub sizing: Option<SizingDecision>,
    /// The order that was wanted.
    pub intent: Option<OrderIntent>,
    /// Each check of the gate with value, limit and headroom.
    pub verdict: Option<Verdict>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A turn as it stands in a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// When.
    pub at: Timestamp,
    /// What was odd.
    pub findings: Vec<Finding>,
    /// Opinions that were formed.
    pub signals: Vec<Signal>,
    /// What was decided.
    pub decisions: Vec<DecisionRecord>,
    /// How the trading state changed.
    pub state_change: Option<StateChange>,
    /// Measures of risk that came nearer to their limit, or went away from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelChange>,
    /// The day that has ended lost more than the largest 99 % value at risk that was measured on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond_value_at_risk: bool,
    /// Strategies that came to another stage of their lives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub life_changes: Vec<LifeChange>,
}

impl Turn {
    /// Empties it for the next event; the room stays.
    pub(crate) fn begin(&mut self, at: Timestamp) {
        self.at = at;
        self.findings.clear();
        self.signals.clear();
        self.bookings.clear();
        self.commands.clear();
        self.decided = 0;
        self.state_change = None;
        self.levels.clear();
        self.beyond_value_at_risk = false;
        self.life_changes.clear();
    }

    /// The trading state changed; of several changes in one turn, one is told that goes the whole way.
    pub(crate) fn note_change(&mut self, change: StateChange) {
        let from = self.state_change.take().map_or(change.from, |earlier| earlier.from);
        self.state_change = Some(StateChange { from, ..change });
    }

    /// A fresh decision in the room of an old one.
    pub(crate) fn decide(&mut self, instrument: InstrumentId, occasion: Occasion) -> &mut Decision {
        let place = self.decided;
        self.decided += 1;
        if self.decisions.len() <= place {
            self.decisions.resize_with(place + 1, Decision::default);
        }
        // The room was made just above; falling back to the last one keeps this free of panics.
        let last = self.decisions.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "the length was made sure of two lines above")]
        let decision = &mut self.decisions[place.min(last)];
        decision.reset(instrument, occasion);
        decision
    }

    /// When.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What was odd.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Opinions that were formed.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// What was decided.
    pub fn decisions(&self) -> &[Decision] {
        self.decisions.get(..self.decided).unwrap_or(&[])
    }

    /// How the trading state changed.
    pub const fn state_change(&self) -> Option<&StateChange> {
        self.state_change.as_ref()
    }

    /// Measures of risk that came nearer to their limit, or went away from it.
    pub fn levels(&self) -> &[LevelChange] {
        &self.levels
    }

    /// Whether the day that has ended lost more than the largest 99 % value at risk that was measured on it.
    pub const fn beyond_value_at_risk(&self) -> bool {
        self.beyond_value_at_risk
    }

    /// Strategies that came to another stage of their lives.
    pub fn life_changes(&self) -> &[LifeChange] {
        &self.life_changes
    }

    /// What was booked.
    pub fn bookings(&self) -> &[BookEntry] {
        &self.bookings
    }

    /// What is to be sent, in this order.
    pub fn commands(&self) -> &[OrderCommand] {
        &self.commands
    }

    /// Whether anything was found, said or decided that a journal should keep.
    pub fn has_news(&self) -> bool {
        self.decided > 0
            || !self.signals.is_empty()
            || !self.findings.is_empty()
            || self.state_change.is_some()
            || !self.levels.is_empty()
            || self.beyond_value_at_risk
            || !self.life_changes.is_empty()
    }

    /// The turn as it stands in a journal.
    pub fn record(&self) -> TurnRecord {
        TurnRecord {
            at: self.at,
            findings: self.findings.clone(),
            signals: self.signals.clone(),
            decisions: self.decisions().iter().map(Decision::record).collect(),
            state_change: self.state_change.clone(),
            levels: self.levels.clone(),
            beyond_value_at_risk: self.beyond_value_at_risk,
            life_changes: self.life_changes.clone(),
        }
    }
}

impl Decision {
    fn reset(&mut self, instrument: InstrumentId, occasion: Occasion) {
        self.instrument = instrument;
        self.occasion = occasion;
        self.regime = RegimeEstimate::UNKNOWN;
        self.voices.clear();
        self.target = Target { instrument, ..Target::default() };
        self.held = Decimal::ZERO;
        self.mark = 0.0;
        self.sized = false;
        self.intent = None;
        self.measured = None;
        self.outcome = Outcome::NoTrade;
    }

    /// How much, and what held it back, if sizing was asked.
    pub fn sizing(&self) -> Option<&SizingDecision> {
        self.sized.then_some(&self.sizing)
    }

    /// The decision as it stands in a journal.
    pub fn record(&self) -> DecisionRecord {
        DecisionRecord {
            instrument: self.instrument,
            occasion: self.occasion,
            regime: self.regime,
            voices: self.voices.clone(),
            target: self.target,
            held: self.held,
            mark: self.mark,
            sizing: self.sizing().cloned(),
            intent: self.intent,
            verdict: self.measured.map(|measured| measured.verdict()),
            outcome: self.outcome.clone(),
        }
    }
}
