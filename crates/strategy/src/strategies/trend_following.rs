//! With the trend: two exponential averages, far enough apart for the noise.

use autotrading_domain::{Direction, MarketEvent};

use crate::conviction::{Conviction, Judgement, Proposal};
use crate::indicators::{Atr, Candle, Ema, Indicator, ratio};
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Mandate, Signals, Strategy, StrategyError, closed_candle};

pub(crate) const NAME: &str = "trend-following";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("fast", "bars of the fast exponential average", (2, 1_000, 2, 20)),
    Parameter::integer("slow", "bars of the slow exponential average", (3, 5_000, 5, 50)),
    Parameter::integer("atr", "bars of the average true range", (2, 1_000, 2, 14)),
    Parameter::real("entry", "distance of the averages at which to enter, in ATR", (0.0, 5.0, 0.1, 0.3)),
    Parameter::real("full", "distance of the averages at full strength, in ATR", (0.1, 20.0, 0.5, 2.0)),
    Parameter::real("stop", "distance of the stop, in ATR", (0.1, 20.0, 0.5, 2.0)),
    Parameter::real("target", "distance of the target, in ATR", (0.1, 50.0, 1.0, 6.0)),
    Parameter::real("trail", "distance of the trailing stop, in ATR; 0 for none", (0.0, 20.0, 0.5, 3.0)),
];

/// Enters where `(EMA(fast) - EMA(slow)) / ATR` passes the entry distance; strength grows with it. Leaves on the opposite
/// cross, at the stop, the trailing stop or the target. Half sure at no distance, wholly sure at full strength.
#[derive(Clone, Debug)]
pub(crate) struct TrendFollowing {
    conviction: Conviction,
    fast: Ema,
    slow: Ema,
    range: Atr,
    entry: f64,
    full: f64,
    stop: f64,
    target: f64,
    trail: f64,
}

pub(crate) fn build(settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    Ok(Box::new(TrendFollowing {
        conviction: Conviction::new(&mandate),
        fast: Ema::new(settings.count("fast")?)?,
        slow: Ema::new(settings.count("slow")?)?,
        range: Atr::new(settings.count("atr")?)?,
        entry: settings.real("entry")?,
        full: settings.real("full")?,
        stop: settings.real("stop")?,
        target: settings.real("target")?,
        trail: settings.real("trail")?,
    }))
}

impl TrendFollowing {
    fn judge(&mut self, candle: Candle) -> Option<Judgement> {
        let (fast, slow) = (self.fast.push(candle.close()), self.slow.push(candle.close()));
        let range = self.range.push(candle)?;
        let score = ratio(fast? - slow?, range);
        let strength = (score.abs() / self.full).min(1.0);
        let confidence = 0.5 + strength / 2.0;
        let entry = (score.abs() > self.entry && range > 0.0).then(|| Proposal {
            direction: Direction::of(score),
            strength,
            confidence,
            stop: self.stop * range,
            target: Some(self.target * range),
            reason: if score > 0.0 { "fast average well above slow" } else { "fast average well below slow" },
        });
        let crossed = score * self.conviction.direction().sign() <= 0.0;
        Some(Judgement {
            entry,
            leave: crossed.then_some("averages crossed back"),
            renewed: Some((strength, confidence)),
            trail: (self.trail > 0.0).then_some(self.trail * range),
        })
    }
}

impl Strategy for TrendFollowing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.slow.warm_up().max(self.range.warm_up())
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        if let Some(candle) = closed_candle(NAME, self.conviction.instrument(), event)?
            && let Some(judgement) = self.judge(candle)
        {
            self.conviction.settle(candle, event.ts_event, judgement, signals);
        }
        Ok(())
    }
}
