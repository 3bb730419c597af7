//! Against the excess: outside the Bollinger bands with an exhausted RSI, where the price does revert.

use autotrading_domain::{Direction, MarketEvent};

use crate::conviction::{Conviction, Judgement, Proposal};
use crate::indicators::{Bands, Bollinger, Candle, HalfLife, Indicator, Rsi, ratio};
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Mandate, Signals, Strategy, StrategyError, closed_candle};

pub(crate) const NAME: &str = "mean-reversion";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("length", "bars of the Bollinger bands", (3, 1_000, 5, 20)),
    Parameter::real("deviations", "width of the bands, in standard deviations", (0.5, 5.0, 0.25, 2.0)),
    Parameter::integer("rsi", "bars of the relative strength index", (2, 500, 2, 14)),
    Parameter::real("oversold", "index below which a fall is exhausted", (1.0, 50.0, 5.0, 30.0)),
    Parameter::real("overbought", "index above which a rise is exhausted", (50.0, 99.0, 5.0, 70.0)),
    Parameter::real(
        "stop",
        "distance of the stop beyond the band, as a share of the price",
        (0.001, 0.5, 0.005, 0.02),
    ),
    Parameter::real(
        "full",
        "distance to the mean at full strength, as a share of the mean",
        (0.001, 1.0, 0.01, 0.1),
    ),
    Parameter::integer("window", "bars over which the half-life is estimated", (20, 10_000, 20, 100)),
    Parameter::real("half_life", "longest half-life at which to enter, in bars", (0.5, 10_000.0, 5.0, 20.0)),
];

/// Enters where the close lies outside the Bollinger bands, the RSI is exhausted on the same side and the distance to the
/// mean halves quickly enough (Ornstein-Uhlenbeck). Strength is the distance to the mean over `full`; the shorter the
/// half-life within its limit, the surer. Leaves at the middle band or the stop beyond the band.
#[derive(Clone, Debug)]
pub(crate) struct MeanReversion {
    conviction: Conviction,
    bands: Bollinger,
    rsi: Rsi,
    half_life: HalfLife,
    oversold: f64,
    overbought: f64,
    stop: f64,
    full: f64,
    longest: f64,
}

pub(crate) fn build(settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    Ok(Box::new(MeanReversion {
        conviction: Conviction::new(&mandate),
        bands: Bollinger::new(settings.count("length")?, settings.real("deviations")?)?,
        rsi: Rsi::new(settings.count("rsi")?)?,
        half_life: HalfLife::new(settings.count("window")?)?,
        oversold: settings.real("oversold")?,
        overbought: settings.real("overbought")?,
        stop: settings.real("stop")?,
        full: settings.real("full")?,
        longest: settings.real("half_life")?,
    }))
}

impl MeanReversion {
    fn judge(&mut self, candle: Candle) -> Option<Judgement> {
        let close = candle.close();
        let (bands, rsi) = (self.bands.push(close), self.rsi.push(close));
        let half_life = self.half_life.push(close);
        let (bands, rsi) = bands.zip(rsi)?;
        let direction = self.exhausted(close, bands, rsi);
        let quick = half_life.filter(|bars| *bars <= self.longest);
        let entry = quick
            .filter(|_| direction != Direction::Flat)
            .map(|bars| self.proposal(close, bands, direction, bars));
        let past_the_middle = match self.conviction.direction() {
            Direction::Long => close >= bands.middle,
            Direction::Short => close <= bands.middle,
            Direction::Flat => false,
        };
        Some(Judgement {
            entry,
            leave: past_the_middle.then_some("middle band reached"),
            renewed: None,
            trail: None,
        })
    }

    /// The direction back to the mean, if the price has gone too far.
    fn exhausted(&self, close: f64, bands: Bands, rsi: f64) -> Direction {
        if close < bands.lower && rsi < self.oversold {
            Direction::Long
        } else if close > bands.upper && rsi > self.overbought {
            Direction::Short
        } else {
            Direction::Flat
        }
    }

    fn proposal(&self, close: f64, bands: Bands, direction: Direction, half_life: f64) -> Proposal {
        let away = (close - bands.middle).abs();
        // A price far outside the band may already lie beyond that stop: at least half the share stays between them.
        let beyond = match direction {
            Direction::Long => close - bands.lower * (1.0 - self.stop),
            Direction::Short | Direction::Flat => bands.upper * (1.0 + self.stop) - close,
        };
        let stop = beyond.max(close * self.stop / 2.0);
        Proposal {
            direction,
            strength: ratio(away, bands.middle * self.full).min(1.0),
            confidence: 1.0 - 0.5 * half_life / self.longest,
            stop,
            target: Some(away),
            reason: if direction == Direction::Long {
                "fell too far below the mean"
            } else {
                "rose too far above the mean"
            },
        }
    }
}

impl Strategy for MeanReversion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.bands.warm_up().max(self.rsi.warm_up()).max(self.half_life.warm_up())
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
