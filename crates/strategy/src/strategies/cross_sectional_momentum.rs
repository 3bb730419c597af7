//! The strongest against the weakest: momentum by rank within a universe.

use autotrading_domain::{Direction, InstrumentId, MarketEvent, Timestamp};

use crate::compound::{Compound, Emphasis, Part};
use crate::indicators::{Indicator, RollingMoments, Window, ratio};
use crate::lockstep::Lockstep;
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Signals, Strategy, StrategyError, Universe};

pub(crate) const NAME: &str = "cross-sectional-momentum";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("lookback", "bars over which the past return is measured", (2, 20_000, 24, 240)),
    Parameter::integer("skip", "latest bars that are left out of it", (0, 10_000, 4, 20)),
    Parameter::integer("volatility", "bars over which volatility is measured", (2, 20_000, 24, 240)),
    Parameter::integer("rebalance", "bars between two rankings", (1, 5_000, 24, 24)),
    Parameter::integer("each_side", "instruments bought, and as many sold", (1, 100, 1, 1)),
    Parameter::choice("mode", "whether the weakest are sold", &["long-short", "long-only"], "long-short"),
    Parameter::real(
        "stop",
        "loss of the legs together that ends the opinion, as a share",
        (0.001, 1.0, 0.01, 0.1),
    ),
];

/// What is known of one instrument of the universe.
#[derive(Clone, Debug)]
struct Runner {
    instrument: InstrumentId,
    logs: Window<f64>,
    moves: RollingMoments,
    /// Log price when the standing opinion was formed.
    entered: f64,
    /// Scaled past return, and deviation of one bar.
    score: f64,
    deviation: f64,
}

/// Ranks a universe by the log return from `lookback` to `skip` bars ago over its expected deviation; buys the first
/// `each_side` and sells the last, each with a notional in inverse proportion to its volatility. Ranks anew every
/// `rebalance` bars and speaks when somebody else leads; leaves when the legs together have lost `stop` of their notional,
/// until the next ranking. After Jegadeesh and Titman, *Returns to Buying Winners and Selling Losers* (1993).
#[derive(Clone, Debug)]
pub(crate) struct CrossSectionalMomentum {
    compound: Compound,
    lockstep: Lockstep,
    runners: Vec<Runner>,
    /// Places of the runners, best first.
    ranking: Vec<usize>,
    wanted: Vec<Part>,
    since_ranking: usize,
    lookback: usize,
    skip: usize,
    rebalance: usize,
    each_side: usize,
    sells: bool,
    stop: f64,
}

pub(crate) fn build(settings: &Settings, universe: Universe) -> Result<Box<dyn Strategy>, ParameterError> {
    let each_side = settings.count("each_side")?;
    let sells = settings.word("mode")? == "long-short";
    let taken = if sells { 2 * each_side } else { each_side };
    let count = universe.instruments.len();
    if taken > count {
        return Err(settings.too_few("instruments for each_side", count));
    }
    let (lookback, volatility) = (settings.count("lookback")?, settings.count("volatility")?);
    let runner = |instrument: InstrumentId| {
        let moves = RollingMoments::new(volatility)?;
        let logs = Window::new(lookback + 1);
        Ok(Runner { instrument, logs, moves, entered: 0.0, score: 0.0, deviation: 0.0 })
    };
    let ids = || universe.instruments.iter().map(|(id, _)| *id);
    Ok(Box::new(CrossSectionalMomentum {
        compound: Compound::new(universe.strategy),
        lockstep: Lockstep::new(ids()),
        runners: ids().map(runner).collect::<Result<_, ParameterError>>()?,
        ranking: (0..count).collect(),
        wanted: Vec::with_capacity(taken),
        since_ranking: 0,
        lookback,
        skip: settings.count("skip")?,
        rebalance: settings.count("rebalance")?,
        each_side,
        sells,
        stop: settings.real("stop")?,
    }))
}

impl Runner {
    /// Takes a close; whether score and deviation are known.
    fn take(&mut self, close: f64, lookback: usize, skip: usize) -> bool {
        let log = close.ln();
        let before = self.logs.back(0);
        self.logs.push(log);
        let moves = before.and_then(|before| self.moves.push(log - before));
        let (Some(moves), Some(now), Some(then)) = (moves, self.logs.back(skip), self.logs.back(lookback))
        else {
            return false;
        };
        self.deviation = moves.deviation;
        self.score = ratio(now - then, moves.deviation * ((lookback - skip) as f64).sqrt());
        true
    }

    fn part(&self, direction: Direction, first: f64) -> Part {
        let ratio = if self.deviation > 0.0 && first > 0.0 { first / self.deviation } else { 1.0 };
        Part { instrument: self.instrument, direction, ratio, stop: None }
    }
}

impl CrossSectionalMomentum {
    fn judge(&mut self, at: Timestamp, signals: &mut Signals) {
        let mut warm = true;
        for (runner, close) in self.runners.iter_mut().zip(self.lockstep.closes()) {
            warm &= runner.take(*close, self.lookback, self.skip);
        }
        if !warm {
            return;
        }
        if self.compound.stands() && self.gained() < -self.stop {
            self.compound.take_back(at, "the legs together lost too much", signals);
        }
        if self.since_ranking == 0 {
            self.rank();
            self.follow(at, signals);
        }
        self.since_ranking = (self.since_ranking + 1) % self.rebalance;
    }

    /// What the standing legs gained together, as a share of their notional.
    fn gained(&self) -> f64 {
        let sum = self.compound.parts().iter().fold((0.0, 0.0), |(gained, all), part| {
            let runner = self.runners.iter().find(|runner| runner.instrument == part.instrument);
            let moved = runner.and_then(|r| Some(r.logs.back(0)? - r.entered)).unwrap_or(0.0);
            (gained + part.direction.sign() * part.ratio * moved, all + part.ratio)
        });
        ratio(sum.0, sum.1)
    }

    /// Puts the best first; equal scores keep the order of the universe.
    fn rank(&mut self) {
        let score = |place: &usize| self.runners.get(*place).map_or(0.0, |runner| runner.score);
        self.ranking.sort_unstable();
        self.ranking.sort_by(|a, b| score(b).total_cmp(&score(a)));
        let best = self.ranking.iter().take(self.each_side).map(|place| (*place, Direction::Long));
        let worst = self.ranking.iter().rev().take(if self.sells { self.each_side } else { 0 });
        let first =
            self.ranking.first().and_then(|place| self.runners.get(*place)).map_or(0.0, |r| r.deviation);
        let chosen = best.chain(worst.map(|place| (*place, Direction::Short)));
        let part = |(place, direction): (usize, Direction)| {
            self.runners.get(place).map(|runner| runner.part(direction, first))
        };
        self.wanted.clear();
        self.wanted.extend(chosen.filter_map(part));
    }

    /// Says the new legs if they are others than before.
    fn follow(&mut self, at: Timestamp, signals: &mut Signals) {
        let holds = |part: &Part| {
            let standing = self.compound.parts().iter();
            standing
                .filter(|old| (old.instrument, old.direction) == (part.instrument, part.direction))
                .count()
                == 1
        };
        let best = self.ranking.first().and_then(|place| self.runners.get(*place));
        let worst = self.ranking.last().and_then(|place| self.runners.get(*place));
        let apart = best.zip(worst).map_or(0.0, |(best, worst)| best.score - worst.score);
        if apart <= 0.0 || (self.compound.stands() && self.wanted.iter().all(holds)) {
            return;
        }
        for runner in &mut self.runners {
            runner.entered = runner.logs.back(0).unwrap_or(runner.entered);
        }
        // Two independent scores lie a little over one deviation apart.
        let strength = (apart / 4.0).min(1.0);
        let reason = "rank by past return";
        let emphasis = Emphasis { strength, confidence: 0.5 + strength / 2.0, reason };
        self.compound.say(at, &self.wanted, emphasis, signals);
    }
}

impl Strategy for CrossSectionalMomentum {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.runners.first().map_or(0, |runner| (self.lookback + 1).max(runner.moves.warm_up() + 1))
    }

    fn legs(&self) -> &[InstrumentId] {
        self.lockstep.instruments()
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        if self.lockstep.completes(NAME, event)? {
            self.judge(event.ts_event, signals);
        }
        Ok(())
    }
}
