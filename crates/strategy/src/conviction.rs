//! How an opinion stands and falls: the same life for every strategy that enters, guards and leaves.

use autotrading_domain::{Direction, InstrumentId, Signal, StrategyId, Timestamp};

use crate::indicators::Candle;
use crate::strategy::{Mandate, Signals};

/// A change of strength smaller than this is not worth a word.
const NOTICEABLE: f64 = 0.1;

/// What speaks for entering now. Distances are from the close, in price units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal {
    pub(crate) direction: Direction,
    pub(crate) strength: f64,
    pub(crate) confidence: f64,
    pub(crate) stop: f64,
    pub(crate) target: Option<f64>,
    pub(crate) reason: &'static str,
}

/// What a strategy makes of one bar.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judgement {
    /// The case for entering, if there is one.
    pub(crate) entry: Option<Proposal>,
    /// Why the standing opinion no longer holds, if so.
    pub(crate) leave: Option<&'static str>,
    /// Strength and confidence of the standing opinion now; unchanged if `None`.
    pub(crate) renewed: Option<(f64, f64)>,
    /// Distance at which the stop follows the close; the stop never moves back.
    pub(crate) trail: Option<f64>,
}

/// An opinion that stands, with the levels at which it ends.
#[derive(Clone, Copy, Debug)]
struct Standing {
    proposal: Proposal,
    stop: f64,
    target: Option<f64>,
}

impl Standing {
    fn taken_at(close: f64, proposal: Proposal) -> Self {
        let sign = proposal.direction.sign();
        // A short earns its whole price at most: a target beyond that is none.
        let target = proposal.target.map(|distance| close + sign * distance).filter(|level| *level > 0.0);
        Self { proposal, stop: close - sign * proposal.stop, target }
    }

    /// How the bar ended it. A bar that touches both levels counts as stopped.
    fn ended_by(&self, candle: Candle) -> Option<&'static str> {
        let long = self.proposal.direction == Direction::Long;
        let stopped = if long { candle.low() <= self.stop } else { candle.high() >= self.stop };
        let reached = |target: f64| if long { candle.high() >= target } else { candle.low() <= target };
        if stopped {
            Some("stop touched")
        } else if self.target.is_some_and(reached) {
            Some("target reached")
        } else {
            None
        }
    }

    fn renew(&mut self, close: f64, judgement: &Judgement) {
        if let Some((strength, confidence)) = judgement.renewed {
            (self.proposal.strength, self.proposal.confidence) = (strength, confidence);
        }
        if let Some(distance) = judgement.trail {
            self.stop = match self.proposal.direction {
                Direction::Long => self.stop.max(close - distance),
                Direction::Short | Direction::Flat => self.stop.min(close + distance),
            };
        }
    }
}

/// The standing opinion of one strategy on one instrument, and what was said of it last.
///
/// An opinion that ended at its stop or target is *spent*: the same case does not bring it back. It must lapse first.
#[derive(Clone, Debug)]
pub(crate) struct Conviction {
    strategy: StrategyId,
    instrument: InstrumentId,
    standing: Option<Standing>,
    spent: Direction,
    said: (Direction, f64),
}

impl Conviction {
    pub(crate) fn new(mandate: &Mandate) -> Self {
        Self {
            strategy: mandate.strategy,
            instrument: mandate.instrument,
            standing: None,
            spent: Direction::Flat,
            said: (Direction::Flat, 0.0),
        }
    }

    pub(crate) fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    /// The direction of the standing opinion.
    pub(crate) fn direction(&self) -> Direction {
        self.standing.map_or(Direction::Flat, |standing| standing.proposal.direction)
    }

    /// Lets the bar and the judgement on it do their work, and says what became of the opinion if that is news.
    pub(crate) fn settle(
        &mut self,
        candle: Candle,
        at: Timestamp,
        judgement: Judgement,
        signals: &mut Signals,
    ) {
        let mut ending = "";
        if let Some(standing) = &mut self.standing {
            if let Some(how) = standing.ended_by(candle) {
                (ending, self.spent) = (how, standing.proposal.direction);
                self.standing = None;
            } else if let Some(why) = judgement.leave {
                ending = why;
                self.standing = None;
            } else {
                standing.renew(candle.close(), &judgement);
            }
        }
        let case = judgement.entry.map_or(Direction::Flat, |entry| entry.direction);
        if case != self.spent {
            self.spent = Direction::Flat;
        }
        if self.standing.is_none() && self.spent == Direction::Flat {
            self.standing = judgement.entry.map(|entry| Standing::taken_at(candle.close(), entry));
        }
        self.speak(candle.close(), at, ending, signals);
    }

    fn speak(&mut self, close: f64, at: Timestamp, ending: &'static str, signals: &mut Signals) {
        let now =
            self.standing.map_or((Direction::Flat, 0.0), |s| (s.proposal.direction, s.proposal.strength));
        if now.0 == self.said.0 && (now.1 - self.said.1).abs() < NOTICEABLE {
            return;
        }
        self.said = now;
        let away = |level: f64| Some((level - close).abs()).filter(|distance| *distance > 0.0);
        signals.push(Signal {
            strategy: self.strategy,
            instrument: self.instrument,
            at,
            direction: now.0,
            strength: now.1,
            confidence: self.standing.map_or(1.0, |standing| standing.proposal.confidence),
            stop_distance: self.standing.and_then(|standing| away(standing.stop)),
            target_distance: self.standing.and_then(|standing| standing.target).and_then(away),
            horizon: None,
            reason: self.standing.map_or(ending, |standing| standing.proposal.reason).into(),
            leg: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Instrument;

    use super::*;

    fn conviction() -> Conviction {
        let facts =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        Conviction::new(&Mandate {
            strategy: StrategyId(1),
            instrument: InstrumentId(0),
            facts: facts.unwrap(),
        })
    }

    fn long() -> Judgement {
        let entry = Proposal {
            direction: Direction::Long,
            strength: 0.5,
            confidence: 0.8,
            stop: 2.0,
            target: Some(5.0),
            reason: "up",
        };
        Judgement { entry: Some(entry), ..Judgement::default() }
    }

    /// Plays bars `(high, low, close)` with a judgement each and tells what was said as `direction reason`.
    fn play(bars: &[(f64, f64, f64, Judgement)]) -> Vec<String> {
        let mut conviction = conviction();
        let mut words = Vec::new();
        for (high, low, close, judgement) in bars {
            let mut signals = Signals::new();
            let candle = Candle::new(*high, *low, *close, 1.0).unwrap();
            conviction.settle(candle, Timestamp::EPOCH, *judgement, &mut signals);
            words.extend(signals.into_iter().map(|signal| {
                signal.check().unwrap();
                format!("{} {}", signal.direction, signal.reason)
            }));
        }
        words
    }

    #[test]
    fn a_stopped_opinion_does_not_come_back_until_its_case_has_lapsed() {
        let nothing = Judgement::default();
        let words = play(&[
            (101.0, 99.0, 100.0, long()),
            (100.0, 97.5, 99.0, long()),  // stop at 98
            (100.0, 99.0, 99.5, long()),  // still the same case
            (100.0, 99.0, 99.5, nothing), // lapses
            (100.0, 99.0, 99.5, long()),
        ]);
        assert_eq!(words, ["long up", "flat stop touched", "long up"]);
    }

    #[test]
    fn a_bar_that_touches_stop_and_target_counts_as_stopped() {
        let words = play(&[(101.0, 99.0, 100.0, long()), (106.0, 97.0, 105.0, Judgement::default())]);
        assert_eq!(words, ["long up", "flat stop touched"]);
    }

    #[test]
    fn a_short_has_no_target_below_zero() {
        let target_of = |direction, distance: f64| {
            let mut judgement = long();
            if let Some(entry) = &mut judgement.entry {
                (entry.direction, entry.target) = (direction, Some(distance));
            }
            let mut signals = Signals::new();
            let candle = Candle::new(101.0, 99.0, 100.0, 1.0).unwrap();
            conviction().settle(candle, Timestamp::EPOCH, judgement, &mut signals);
            let [signal] = signals.as_slice() else { panic!("one opinion: {signals:?}") };
            (signal.direction, signal.target_distance)
        };
        assert_eq!(target_of(Direction::Short, 99.0), (Direction::Short, Some(99.0)));
        assert_eq!(target_of(Direction::Short, 100.0), (Direction::Short, None));
        assert_eq!(target_of(Direction::Short, 250.0), (Direction::Short, None));
        assert_eq!(target_of(Direction::Long, 250.0), (Direction::Long, Some(250.0)));
    }

    #[test]
    fn a_trailing_stop_follows_and_never_moves_back() {
        let trailing = Judgement { trail: Some(1.0), ..Judgement::default() };
        let words = play(&[
            (101.0, 99.0, 100.0, long()),
            (104.0, 101.0, 104.0, trailing), // stop to 103
            (104.0, 103.1, 103.2, trailing), // stays
            (104.0, 102.9, 103.5, Judgement { trail: None, ..long() }), // touched
        ]);
        assert_eq!(words, ["long up", "flat stop touched"]);
    }

    #[test]
    fn an_opinion_that_falls_for_its_opposite_says_so_once() {
        let mut short = long();
        short.leave = Some("crossed down");
        if let Some(entry) = &mut short.entry {
            (entry.direction, entry.reason) = (Direction::Short, "down");
        }
        let words = play(&[(101.0, 99.0, 100.0, long()), (101.0, 99.0, 99.5, short)]);
        assert_eq!(words, ["long up", "short down"]);
    }

    #[test]
    fn only_a_noticeable_change_of_strength_is_news() {
        let renewed = |strength: f64| Judgement { renewed: Some((strength, 0.8)), ..Judgement::default() };
        let words = play(&[
            (101.0, 99.0, 100.0, long()),
            (101.0, 99.0, 100.0, renewed(0.55)),
            (101.0, 99.0, 100.0, renewed(0.65)),
        ]);
        assert_eq!(words, ["long up", "long up"]);
    }
}
