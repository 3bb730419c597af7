//! An opinion on several instruments at once: said, said anew and taken back as a whole.

use autotrading_domain::{Direction, InstrumentId, Leg, Signal, StrategyId, Timestamp};

use crate::strategy::Signals;

/// What one leg is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) instrument: InstrumentId,
    pub(crate) direction: Direction,
    /// Notional for each unit of notional of the first part.
    pub(crate) ratio: f64,
    /// Distance of its own stop, in price units; none where only the whole can be wrong.
    pub(crate) stop: Option<f64>,
}

/// How strongly and how surely the whole is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emphasis {
    pub(crate) strength: f64,
    pub(crate) confidence: f64,
    pub(crate) reason: &'static str,
}

/// The standing opinion of a strategy with several legs.
#[derive(Clone, Debug)]
pub(crate) struct Compound {
    strategy: StrategyId,
    opinion: u32,
    parts: Vec<Part>,
}

impl Compound {
    pub(crate) const fn new(strategy: StrategyId) -> Self {
        Self { strategy, opinion: 0, parts: Vec::new() }
    }

    /// The legs of the standing opinion; empty when there is none.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn stands(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Says a new opinion in place of the standing one: its legs, and that what is no longer among them is over.
    pub(crate) fn say(&mut self, at: Timestamp, parts: &[Part], emphasis: Emphasis, signals: &mut Signals) {
        for gone in self.parts.iter().filter(|old| parts.iter().all(|new| new.instrument != old.instrument)) {
            signals.push(self.over(at, gone, self.parts.len(), emphasis.reason));
        }
        self.opinion = self.opinion.saturating_add(1);
        self.parts.clear();
        self.parts.extend_from_slice(parts);
        let largest = parts.iter().fold(0.0f64, |largest, part| largest.max(part.ratio));
        for (place, part) in (0..).zip(parts) {
            let leg = Leg { opinion: self.opinion, place, of: count(parts.len()), ratio: part.ratio };
            signals.push(Signal {
                strategy: self.strategy,
                instrument: part.instrument,
                at,
                direction: part.direction,
                strength: (emphasis.strength * part.ratio / largest).clamp(0.0, 1.0),
                confidence: emphasis.confidence,
                stop_distance: part.stop,
                target_distance: None,
                horizon: None,
                reason: emphasis.reason.into(),
                leg: Some(leg),
            });
        }
    }

    /// Takes the standing opinion back, leg by leg.
    pub(crate) fn take_back(&mut self, at: Timestamp, reason: &'static str, signals: &mut Signals) {
        for part in &self.parts {
            signals.push(self.over(at, part, self.parts.len(), reason));
        }
        self.parts.clear();
    }

    fn over(&self, at: Timestamp, part: &Part, of: usize, reason: &'static str) -> Signal {
        let place = self.parts.iter().position(|other| other == part).map_or(0, count);
        Signal {
            strategy: self.strategy,
            instrument: part.instrument,
            at,
            direction: Direction::Flat,
            strength: 0.0,
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: reason.into(),
            leg: Some(Leg { opinion: self.opinion, place, of: count(of), ratio: part.ratio }),
        }
    }
}

fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(instrument: u32, direction: Direction, ratio: f64) -> Part {
        Part { instrument: InstrumentId(instrument), direction, ratio, stop: None }
    }

    #[test]
    fn a_new_opinion_names_its_legs_and_ends_those_of_the_old_one() {
        let mut compound = Compound::new(StrategyId(3));
        let emphasis = Emphasis { strength: 0.5, confidence: 0.9, reason: "test" };
        let mut say = |parts: &[Part]| {
            let mut signals = Signals::new();
            compound.say(Timestamp::EPOCH, parts, emphasis, &mut signals);
            let tell = |s: &Signal| (s.instrument.0, s.lean(), s.leg.unwrap().opinion, s.leg.unwrap().place);
            signals.into_iter().inspect(|s| s.check().unwrap()).map(tell).collect::<Vec<_>>()
        };
        let first = say(&[part(0, Direction::Long, 1.0), part(1, Direction::Short, 0.5)]);
        assert_eq!(first, [(0, 0.5, 1, 0), (1, -0.25, 1, 1)], "strengths stand in the ratio of the legs");
        let second = say(&[part(2, Direction::Long, 1.0), part(0, Direction::Short, 2.0)]);
        assert_eq!(second, [(1, 0.0, 1, 1), (2, 0.25, 2, 0), (0, -0.5, 2, 1)]);
    }
}
