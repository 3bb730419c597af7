//! What rose keeps rising: time-series momentum, scaled by volatility, without the most recent stretch.

use autotrading_domain::{Direction, MarketEvent};

use crate::conviction::{Conviction, Judgement, Proposal};
use crate::indicators::{Atr, Candle, Indicator, RollingMoments, Window, ratio};
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Mandate, Signals, Strategy, StrategyError, closed_candle};

pub(crate) const NAME: &str = "momentum";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("lookback", "bars over which the past return is measured", (2, 20_000, 24, 240)),
    Parameter::integer("skip", "latest bars that are left out of it", (0, 10_000, 4, 20)),
    Parameter::integer("volatility", "bars over which volatility is measured", (2, 20_000, 24, 240)),
    Parameter::real("entry", "scaled return at which to enter", (0.0, 10.0, 0.25, 0.5)),
    Parameter::real("full", "scaled return at full strength", (0.1, 20.0, 0.5, 2.0)),
    Parameter::integer("atr", "bars of the average true range", (2, 1_000, 2, 14)),
    Parameter::real("stop", "distance of the stop, in ATR", (0.1, 50.0, 1.0, 6.0)),
];

/// Enters where the log return from `lookback` to `skip` bars ago, in units of its expected deviation
/// (`deviation of one bar * sqrt(lookback - skip)`), passes the entry level; leaves when its sign changes, or at the stop.
/// After Moskowitz, Ooi and Pedersen, *Time Series Momentum* (2012), with the skip of the 12-1 convention.
#[derive(Clone, Debug)]
pub(crate) struct Momentum {
    conviction: Conviction,
    logs: Window<f64>,
    moves: RollingMoments,
    range: Atr,
    lookback: usize,
    skip: usize,
    entry: f64,
    full: f64,
    stop: f64,
}

pub(crate) fn build(settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    let lookback = settings.count("lookback")?;
    Ok(Box::new(Momentum {
        conviction: Conviction::new(&mandate),
        logs: Window::new(lookback + 1),
        moves: RollingMoments::new(settings.count("volatility")?)?,
        range: Atr::new(settings.count("atr")?)?,
        lookback,
        skip: settings.count("skip")?,
        entry: settings.real("entry")?,
        full: settings.real("full")?,
        stop: settings.real("stop")?,
    }))
}

impl Momentum {
    fn judge(&mut self, candle: Candle) -> Option<Judgement> {
        let log = candle.close().ln();
        let before = self.logs.back(0);
        self.logs.push(log);
        let moves = before.and_then(|before| self.moves.push(log - before));
        let range = self.range.push(candle)?;
        let gained = self.logs.back(self.skip)? - self.logs.back(self.lookback)?;
        let expected = moves?.deviation * ((self.lookback - self.skip) as f64).sqrt();
        let score = ratio(gained, expected);
        let strength = (score.abs() / self.full).min(1.0);
        let confidence = 0.5 + strength / 2.0;
        let entry = (score.abs() > self.entry && range > 0.0).then(|| Proposal {
            direction: Direction::of(score),
            strength,
            confidence,
            stop: self.stop * range,
            target: None,
            reason: if score > 0.0 { "rose over the lookback" } else { "fell over the lookback" },
        });
        let turned = score * self.conviction.direction().sign() <= 0.0;
        Some(Judgement {
            entry,
            leave: turned.then_some("momentum changed its sign"),
            renewed: Some((strength, confidence)),
            trail: None,
        })
    }
}

impl Strategy for Momentum {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        (self.lookback + 1).max(self.moves.warm_up() + 1).max(self.range.warm_up())
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
