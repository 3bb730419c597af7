//! Between support and resistance, where both have been tried before.

use autotrading_domain::{Direction, MarketEvent};

use crate::conviction::{Conviction, Judgement, Proposal};
use crate::indicators::{Bands, Candle, Donchian, Indicator, Window};
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Mandate, Signals, Strategy, StrategyError, closed_candle};

pub(crate) const NAME: &str = "range-trading";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("length", "bars of the range, the present one excluded", (10, 10_000, 20, 100)),
    Parameter::real("width", "widest range, as a share of its support", (0.001, 1.0, 0.01, 0.04)),
    Parameter::real(
        "near",
        "how near an edge counts as at it, as a share of the edge",
        (0.0005, 0.2, 0.0025, 0.01),
    ),
    Parameter::integer("touches", "separate visits to each edge that confirm the range", (1, 50, 1, 2)),
    Parameter::real(
        "target",
        "distance of the target before the other edge, as a share of it",
        (0.0, 0.5, 0.005, 0.02),
    ),
    Parameter::real(
        "stop",
        "distance of the stop beyond the edge, as a share of it",
        (0.0005, 0.5, 0.005, 0.02),
    ),
    Parameter::integer("breakout", "closes in a row beyond an edge that end the range", (1, 50, 1, 3)),
];

/// Buys near the support and sells near the resistance of a range that is narrow, was touched at both edges, and does not
/// contain the present bar. Leaves before the other edge, at the stop beyond the edge, or when the breakout is confirmed.
/// The nearer the edge, the stronger; the more touches, the surer.
///
/// Touches are counted (O(length)) only on bars that would enter.
#[derive(Clone, Debug)]
pub(crate) struct RangeTrading {
    conviction: Conviction,
    channel: Donchian,
    bars: Window<(f64, f64)>,
    /// The range of the standing opinion.
    entered: Option<Bands>,
    outside: usize,
    width: f64,
    near: f64,
    touches: usize,
    target: f64,
    stop: f64,
    breakout: usize,
}

pub(crate) fn build(settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    let length = settings.count("length")?;
    Ok(Box::new(RangeTrading {
        conviction: Conviction::new(&mandate),
        channel: Donchian::new(length)?,
        bars: Window::new(length),
        entered: None,
        outside: 0,
        width: settings.real("width")?,
        near: settings.real("near")?,
        touches: settings.count("touches")?,
        target: settings.real("target")?,
        stop: settings.real("stop")?,
        breakout: settings.count("breakout")?,
    }))
}

impl RangeTrading {
    /// Judges the bar by the range before it, and only then lets it into the range.
    fn judge(&mut self, candle: Candle) -> Option<Judgement> {
        let range = self.channel.value();
        let judgement = range.map(|range| Judgement {
            entry: self.proposal(candle.close(), range),
            leave: self.broken(candle.close()).then_some("breakout confirmed"),
            renewed: None,
            trail: None,
        });
        self.channel.push(candle);
        self.bars.push((candle.high(), candle.low()));
        judgement
    }

    fn proposal(&self, close: f64, range: Bands) -> Option<Proposal> {
        let (support, resistance) = (range.lower, range.upper);
        if range.width() > self.width * support || !(support..=resistance).contains(&close) {
            return None;
        }
        let above = (close / support - 1.0) / self.near;
        let below = (1.0 - close / resistance) / self.near;
        let (direction, away) =
            if above <= below { (Direction::Long, above) } else { (Direction::Short, below) };
        let (stop, target, reason) = match direction {
            Direction::Long => (
                close - support * (1.0 - self.stop),
                resistance * (1.0 - self.target) - close,
                "near the support of a confirmed range",
            ),
            Direction::Short | Direction::Flat => (
                resistance * (1.0 + self.stop) - close,
                close - support * (1.0 + self.target),
                "near the resistance of a confirmed range",
            ),
        };
        if away > 1.0 || target <= 0.0 {
            return None;
        }
        let touches = self.visits(range)?;
        Some(Proposal {
            direction,
            strength: 1.0 - away / 2.0,
            confidence: touches / (touches + 2.0),
            stop,
            target: Some(target),
            reason,
        })
    }

    /// How often both edges together were visited; `None` if one of them not often enough. Bars in a row are one visit.
    fn visits(&self, range: Bands) -> Option<f64> {
        let count = |at_edge: &dyn Fn((f64, f64)) -> bool| {
            let (mut visits, mut there) = (0, false);
            for back in (0..self.bars.length()).rev() {
                let here = self.bars.back(back).is_some_and(at_edge);
                visits += usize::from(here && !there);
                there = here;
            }
            visits
        };
        let lows = count(&|(_, low)| low <= range.lower * (1.0 + self.near / 2.0));
        let highs = count(&|(high, _)| high >= range.upper * (1.0 - self.near / 2.0));
        (lows >= self.touches && highs >= self.touches).then_some((lows + highs) as f64)
    }

    /// Whether the range of the standing opinion was left for good.
    fn broken(&mut self, close: f64) -> bool {
        let out = self.entered.is_some_and(|range| close < range.lower || close > range.upper);
        self.outside = if out { self.outside + 1 } else { 0 };
        self.outside >= self.breakout
    }

    /// Keeps the range that an opinion was formed on.
    fn remember(&mut self, before: Direction, range: Option<Bands>) {
        let now = self.conviction.direction();
        if now == Direction::Flat {
            (self.entered, self.outside) = (None, 0);
        } else if now != before {
            (self.entered, self.outside) = (range, 0);
        }
    }
}

impl Strategy for RangeTrading {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.channel.warm_up() + 1
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        if let Some(candle) = closed_candle(NAME, self.conviction.instrument(), event)? {
            let (before, range) = (self.conviction.direction(), self.channel.value());
            if let Some(judgement) = self.judge(candle) {
                self.conviction.settle(candle, event.ts_event, judgement, signals);
                self.remember(before, range);
            }
        }
        Ok(())
    }
}
