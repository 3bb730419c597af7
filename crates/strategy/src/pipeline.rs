//! From many opinions to one per instrument: checked, weighed, netted, kept from flipping, with its ancestry.

use autotrading_domain::{Direction, InstrumentId, Leg, Signal, Span, StrategyId, Timestamp, ValueError};
use serde::{Deserialize, Serialize};

/// What the pipeline allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineSettings {
    /// Oldest opinion that is still taken in.
    pub max_age: Span,
    /// How long a direction must have stood before its opposite is followed.
    pub min_holding: Span,
    /// How long to stand aside after a direction was left.
    pub cooldown: Span,
    /// Consensus weaker than this is none, in `[0, 1]`.
    pub least_strength: f64,
}

impl Default for PipelineSettings {
    /// A minute old at most, 4 hours of holding, an hour of cooldown, 2 % of strength.
    fn default() -> Self {
        Self {
            max_age: Span::MINUTE,
            min_holding: Span::HOUR.times(4),
            cooldown: Span::HOUR,
            least_strength: 0.02,
        }
    }
}

impl PipelineSettings {
    /// Nothing is held back: for comparisons with others.
    pub const UNLIMITED: Self =
        Self { max_age: Span::DAY, min_holding: Span::ZERO, cooldown: Span::ZERO, least_strength: 0.0 };
}

/// Why an opinion was not taken in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SignalFault {
    /// A number out of its range.
    #[error("signal of strategy {}: {source}", strategy.0)]
    Value {
        /// Whose opinion.
        strategy: StrategyId,
        /// What is wrong.
        source: ValueError,
    },
    /// An opinion on, or of, somebody unknown.
    #[error("signal of strategy {} on instrument {}: the pipeline knows {strategies} and {instruments}", strategy.0, instrument.0)]
    Unknown {
        /// Whose opinion.
        strategy: StrategyId,
        /// On what.
        instrument: InstrumentId,
        /// How many strategies there are.
        strategies: usize,
        /// How many instruments there are.
        instruments: usize,
    },
    /// Too old, or from the future.
    #[error("signal of strategy {} is {age} old: must lie in 0..={allowed}", strategy.0)]
    Age {
        /// Whose opinion.
        strategy: StrategyId,
        /// Its age; negative when it comes from the future.
        age: Span,
        /// Oldest allowed.
        allowed: Span,
    },
    /// The instrument does not trade; only taking an opinion back is possible.
    #[error("signal of strategy {} on instrument {}, which does not trade", strategy.0, instrument.0)]
    NotTradable {
        /// Whose opinion.
        strategy: StrategyId,
        /// On what.
        instrument: InstrumentId,
    },
}

/// What became of an opinion that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is news.
    New,
    /// It says again what stood already; its time was renewed.
    Repeated,
}

/// One opinion behind a consensus.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ancestor {
    /// Whose.
    pub strategy: StrategyId,
    /// When it was formed.
    pub at: Timestamp,
    /// Its weight.
    pub weight: f64,
    /// Direction times strength, in `[-1, 1]`.
    pub lean: f64,
    /// How sure it was.
    pub confidence: f64,
    /// Its part in an opinion with several legs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
}

/// Why a consensus was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// The direction before has not stood long enough for its opposite; stand aside instead.
    MinimumHolding,
    /// A direction was left too recently.
    Cooldown,
}

/// What the opinions on one instrument add up to. Its ancestry is kept by the pipeline: [`Pipeline::ancestry`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Which way, after flips were limited.
    pub direction: Direction,
    /// How far toward the largest position, in `[0, 1]`: `|sum(w c l)| / sum(w c |l|) * sum(w |l|)` with weight, confidence
    /// and lean of each opinion. Opposing opinions net out; one opinion alone keeps weight times strength.
    pub strength: f64,
    /// How sure, in `[0, 1]`: mean confidence, raised by independent agreement, lowered by dissent.
    pub confidence: f64,
    /// `|sum(w c l)| / sum(w c |l|)`, 1 when nobody disagrees.
    pub agreement: f64,
    /// The opinion that weighs most on the winning side.
    pub lead: Option<StrategyId>,
    /// Its stop, in price units.
    pub stop_distance: Option<f64>,
    /// Its target, in price units.
    pub target_distance: Option<f64>,
    /// Whether another direction was wanted, and why it was not followed.
    pub held_back: Option<HeldBack>,
}

/// What is followed on an instrument, and since when.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    direction: Direction,
    /// The last direction that was not flat, and when it was taken.
    last: Option<(Direction, Timestamp)>,
    /// When it was left.
    left: Option<Timestamp>,
}

/// All standing opinions, and the consensus on each instrument.
#[derive(Clone, Debug)]
pub struct Pipeline {
    settings: PipelineSettings,
    strategies: usize,
    instruments: usize,
    /// By instrument, then strategy.
    standing: Vec<Option<Signal>>,
    courses: Vec<Course>,
    ancestors: Vec<Ancestor>,
}

impl Pipeline {
    /// A pipeline for so many strategies and instruments, numbered from zero.
    #[must_use]
    pub fn new(settings: PipelineSettings, strategies: usize, instruments: usize) -> Self {
        Self {
            settings,
            strategies,
            instruments,
            standing: vec![None; strategies * instruments],
            courses: vec![Course::default(); instruments],
            ancestors: Vec::with_capacity(strategies),
        }
    }

    /// Takes an opinion in. It stands until the strategy changes it or its horizon has passed.
    ///
    /// # Errors
    /// [`SignalFault`]; what stood before still stands.
    pub fn admit(
        &mut self,
        signal: &Signal,
        now: Timestamp,
        tradable: bool,
    ) -> Result<Admission, SignalFault> {
        let (strategy, instrument) = (signal.strategy, signal.instrument);
        signal.check().map_err(|source| SignalFault::Value { strategy, source })?;
        let (age, allowed) = (now.since(signal.at), self.settings.max_age);
        if age < Span::ZERO || age > allowed {
            return Err(SignalFault::Age { strategy, age, allowed });
        }
        if !tradable && signal.direction != Direction::Flat {
            return Err(SignalFault::NotTradable { strategy, instrument });
        }
        let (strategies, instruments) = (self.strategies, self.instruments);
        let unknown = SignalFault::Unknown { strategy, instrument, strategies, instruments };
        if strategy.index() >= strategies {
            return Err(unknown);
        }
        let place = instrument.index() * strategies + strategy.index();
        let stood = self.standing.get_mut(place).ok_or(unknown)?;
        let repeated = stood.as_ref().is_some_and(|before| says_the_same(before, signal));
        *stood = Some(signal.clone());
        Ok(if repeated { Admission::Repeated } else { Admission::New })
    }

    /// Weighs the standing opinions on an instrument and limits how often its direction turns. Allocates nothing.
    ///
    /// `weights` are by number of the strategy and add up to 1 at most; a missing one is zero.
    pub fn consensus(&mut self, instrument: InstrumentId, now: Timestamp, weights: &[f64]) -> Consensus {
        self.gather(instrument, now, weights);
        let wanted = self.net(instrument);
        let Some(course) = self.courses.get_mut(instrument.index()) else { return Consensus::default() };
        let held_back = course.steer(wanted.direction, now, &self.settings);
        if held_back.is_some() { Consensus { held_back, ..Consensus::default() } } else { wanted }
    }

    /// The opinions behind the consensus that was asked for last.
    #[must_use]
    pub fn ancestry(&self) -> &[Ancestor] {
        &self.ancestors
    }

    /// The standing opinion of a strategy on an instrument.
    #[must_use]
    pub fn standing(&self, strategy: StrategyId, instrument: InstrumentId) -> Option<&Signal> {
        let place = instrument.index() * self.strategies + strategy.index();
        self.standing.get(place).and_then(Option::as_ref).filter(|_| strategy.index() < self.strategies)
    }

    /// Lists the opinions that count: neither flat nor past their horizon, with all their legs, with a weight.
    fn gather(&mut self, instrument: InstrumentId, now: Timestamp, weights: &[f64]) {
        self.ancestors.clear();
        let own = self.standing.iter().skip(instrument.index() * self.strategies).take(self.strategies);
        for (signal, weight) in
            own.zip(weights).filter_map(|(signal, weight)| Some((signal.as_ref()?, *weight)))
        {
            if weight > 0.0 && leans(signal, now) && self.is_whole(signal, now) {
                let (strategy, at, confidence) = (signal.strategy, signal.at, signal.confidence);
                let (lean, leg) = (signal.lean(), signal.leg);
                self.ancestors.push(Ancestor { strategy, at, weight, lean, confidence, leg });
            }
        }
    }

    /// Whether every leg of the opinion stands. A leg that was refused, or has not come yet, takes the others with it:
    /// half of a spread is a different bet.
    fn is_whole(&self, signal: &Signal, now: Timestamp) -> bool {
        let Some(leg) = signal.leg else { return true };
        let all = self.standing.iter().skip(signal.strategy.index()).step_by(self.strategies.max(1));
        let same = |other: &&Signal| other.leg.is_some_and(|other| other.opinion == leg.opinion);
        all.flatten().filter(same).filter(|other| leans(other, now)).count() == usize::from(leg.of)
    }

    /// What the gathered opinions add up to.
    fn net(&self, instrument: InstrumentId) -> Consensus {
        let sum = |tell: &dyn Fn(&Ancestor) -> f64| self.ancestors.iter().map(tell).sum::<f64>();
        let voice = sum(&|a| a.weight * a.confidence * a.lean);
        let voices = sum(&|a| a.weight * a.confidence * a.lean.abs());
        let spoken = sum(&|a| a.weight * a.lean.abs());
        let direction = Direction::of(voice);
        let agreement = if voices > 0.0 { voice.abs() / voices } else { 0.0 };
        let strength = (agreement * spoken).min(1.0);
        if direction == Direction::Flat || strength < self.settings.least_strength {
            return Consensus::default();
        }
        let side = |a: &&Ancestor| Direction::of(a.lean) == direction;
        let lead = self.ancestors.iter().filter(side).max_by(|a, b| vote(a).total_cmp(&vote(b)));
        let lead = lead.and_then(|lead| self.standing(lead.strategy, instrument));
        Consensus {
            direction,
            strength,
            confidence: agreement * self.reinforced(direction, voices / spoken),
            agreement,
            lead: lead.map(|signal| signal.strategy),
            stop_distance: lead.and_then(|signal| signal.stop_distance),
            target_distance: lead.and_then(|signal| signal.target_distance),
            held_back: None,
        }
    }

    /// Mean confidence, raised by as much doubt as an equal number of independent voices on the winning side removes:
    /// `c + (1 - c) * (1 - 1/n)` with `n = (sum of votes)^2 / (sum of squared votes)`.
    fn reinforced(&self, direction: Direction, mean: f64) -> f64 {
        let votes = self.ancestors.iter().filter(|a| Direction::of(a.lean) == direction).map(vote);
        let (sum, squares) =
            votes.fold((0.0, 0.0), |(sum, squares), vote| (sum + vote, squares + vote * vote));
        let doubled = if sum > 0.0 { 1.0 - squares / (sum * sum) } else { 0.0 };
        (mean + (1.0 - mean) * doubled).clamp(0.0, 1.0)
    }
}

/// Whether the opinion speaks for a direction now.
fn leans(signal: &Signal, now: Timestamp) -> bool {
    let over = signal.horizon.is_some_and(|horizon| now >= signal.at.after(horizon));
    !over && signal.lean() != 0.0
}

fn vote(ancestor: &Ancestor) -> f64 {
    ancestor.weight * ancestor.confidence * ancestor.lean.abs()
}

fn says_the_same(before: &Signal, now: &Signal) -> bool {
    before.direction == now.direction
        && before.strength == now.strength
        && before.confidence == now.confidence
        && before.stop_distance == now.stop_distance
        && before.target_distance == now.target_distance
        && before.horizon == now.horizon
        && before.leg == now.leg
}

impl Course {
    /// Follows the wanted direction if the limits allow it, stands aside if not. Standing aside is always allowed.
    fn steer(&mut self, wanted: Direction, now: Timestamp, settings: &PipelineSettings) -> Option<HeldBack> {
        if wanted == self.direction {
            return None;
        }
        let too_soon = |since: Timestamp, least: Span| now.since(since) < least;
        let turned = self.last.filter(|(last, _)| wanted != Direction::Flat && *last != wanted);
        let held_back = if turned.is_some_and(|(_, since)| too_soon(since, settings.min_holding)) {
            Some(HeldBack::MinimumHolding)
        } else if wanted != Direction::Flat && self.left.is_some_and(|left| too_soon(left, settings.cooldown))
        {
            Some(HeldBack::Cooldown)
        } else {
            None
        };
        let next = if held_back.is_some() { Direction::Flat } else { wanted };
        if next == Direction::Flat && self.direction != Direction::Flat {
            self.left = Some(now);
        } else if next != Direction::Flat {
            (self.last, self.left) = (Some((next, now)), None);
        }
        self.direction = next;
        held_back
    }
}
