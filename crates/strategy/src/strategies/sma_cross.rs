//! Crossing of two simple averages, with ties decided exactly.

use std::cmp::Ordering;

use autotrading_domain::{Direction, Grid, MarketEvent, Signal};
use rust_decimal::Decimal;

use crate::indicators::TickSum;
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Mandate, Signals, Strategy, StrategyError, closed_candle};

pub(crate) const NAME: &str = "sma-cross";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("fast", "bars of the fast average", (1, 10_000, 1, 10)),
    Parameter::integer("slow", "bars of the slow average", (2, 100_000, 5, 50)),
    Parameter::choice("mode", "what a downward cross means", &["long-flat", "long-short"], "long-flat"),
];

/// Goes long where the fast mean of closes crosses above the slow one, and flat or short where it crosses below.
///
/// A cross up on bar `i` is `F[i-1] <= S[i-1]` and `F[i] > S[i]`, and the mirror image down. Means are compared as
/// `sum_fast * slow` against `sum_slow * fast` in whole millionths of a tick, so that rounding never decides a tie.
#[derive(Clone, Debug)]
pub(crate) struct SmaCross {
    mandate: Mandate,
    grid: Grid,
    fast: TickSum,
    slow: TickSum,
    down: Direction,
    stood: Option<Ordering>,
    said: Direction,
}

pub(crate) fn build(settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    let grid = Grid::new(finer(mandate.facts.ticks().step()))?;
    Ok(Box::new(SmaCross {
        mandate,
        grid,
        fast: TickSum::new(settings.count("fast")?)?,
        slow: TickSum::new(settings.count("slow")?)?,
        down: if settings.word("mode")? == "long-short" { Direction::Short } else { Direction::Flat },
        stood: None,
        said: Direction::Flat,
    }))
}

/// A grid far finer than the tick, so that data with more decimals than the instrument are not rounded into a tie; down
/// to nine decimals, below which the units of a price of some size could not be counted.
fn finer(tick: Decimal) -> Decimal {
    let places = 9_u32.saturating_sub(tick.normalize().scale()).min(6);
    tick.checked_mul(Decimal::new(1, places)).filter(|unit| !unit.is_zero()).unwrap_or(tick)
}

impl SmaCross {
    /// Which way the means crossed on this bar.
    fn cross(&mut self, units: i64) -> Option<Direction> {
        self.fast.push(units);
        self.slow.push(units);
        let stands = self.fast.compare_means(&self.slow)?;
        match (self.stood.replace(stands)?, stands) {
            (Ordering::Less | Ordering::Equal, Ordering::Greater) => Some(Direction::Long),
            (Ordering::Greater | Ordering::Equal, Ordering::Less) => Some(self.down),
            _ => None,
        }
    }
}

impl Strategy for SmaCross {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.slow.length() + 1
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let Some(candle) = closed_candle(NAME, self.mandate.instrument, event)? else { return Ok(()) };
        let close = candle.close();
        let units = self.grid.nearest_index(close).map_err(|_| StrategyError::Price {
            strategy: NAME,
            at: event.ts_event,
            got: close,
        })?;
        if let Some(direction) = self.cross(units).filter(|direction| *direction != self.said) {
            self.said = direction;
            let flat = direction == Direction::Flat;
            signals.push(Signal {
                strategy: self.mandate.strategy,
                instrument: self.mandate.instrument,
                at: event.ts_event,
                direction,
                strength: if flat { 0.0 } else { 1.0 },
                confidence: 1.0,
                stop_distance: None,
                target_distance: None,
                horizon: None,
                reason: if direction == Direction::Long {
                    "fast mean crossed above slow mean".into()
                } else {
                    "fast mean crossed below slow mean".into()
                },
                leg: None,
            });
        }
        Ok(())
    }
}
