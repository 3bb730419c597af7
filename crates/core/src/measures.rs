//! What sizing needs to know of a market, measured bar by bar.

use autotrading_domain::{Bar, Span};
use autotrading_sizing::{Edge, EdgeTracker};
use autotrading_statistics::{Decay, ExponentialMoments};
use autotrading_strategy::indicators::{Atr, Candle, Indicator};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// Memory of the measures, in bars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureRules {
    /// Whether anything is measured. A run that sizes by a fixed quantity needs nothing.
    pub enabled: bool,
    /// Length of Wilder's average true range.
    pub atr_length: usize,
    /// Half-life of the volatility of returns.
    pub volatility_half_life: f64,
    /// Half-life of what the opinions have earned, for Kelly.
    pub edge_half_life: f64,
    /// How many of the newest bars of what the opinions have earned are kept one by one, for Kelly under a drawdown
    /// tolerance.
    pub outcome_window: usize,
    /// Half-life of traded volume.
    pub volume_half_life: f64,
    /// Days ahead for which value at risk is asked.
    pub risk_horizon_days: f64,
}

impl Default for MeasureRules {
    fn default() -> Self {
        Self {
            enabled: true,
            atr_length: 14,
            volatility_half_life: 72.0,
            edge_half_life: EdgeTracker::HALF_LIFE,
            outcome_window: 500,
            volume_half_life: 24.0,
            risk_horizon_days: 1.0,
        }
    }
}

/// The measures of one instrument.
#[derive(Clone, Debug)]
pub struct Measures {
    enabled: bool,
    atr: Atr,
    returns: ExponentialMoments,
    edge: EdgeTracker,
    outcomes: Outcomes,
    volume: ExponentialMoments,
    risk_horizon: f64,
    interval: Span,
    last_close: Option<f64>,
}

impl Measures {
    /// Measures that have seen nothing.
    ///
    /// # Errors
    /// [`EngineError::Measures`] for a length or half-life out of range.
    pub fn new(rules: &MeasureRules) -> Result<Self, EngineError> {
        let decay = |half_life| Decay::from_half_life(half_life).map(ExponentialMoments::new);
        Ok(Self {
            enabled: rules.enabled,
            atr: Atr::new(rules.atr_length).map_err(|error| EngineError::Measures(error.to_string()))?,
            returns: decay(rules.volatility_half_life)?,
            edge: EdgeTracker::new(rules.edge_half_life)?,
            outcomes: Outcomes::with_room(rules.outcome_window),
            volume: decay(rules.volume_half_life)?,
            risk_horizon: rules.risk_horizon_days,
            interval: Span::ZERO,
            last_close: None,
        })
    }

    /// Takes a closed bar that was judged sound; `lean` is the opinion (-1 to 1) that stood over it.
    ///
    /// # Errors
    /// A number that is not finite in spite of that; nothing is poisoned.
    pub fn observe(&mut self, bar: &Bar, lean: f64) -> Result<(), EngineError> {
        if !self.enabled {
            return Ok(());
        }
        let refused = |error: autotrading_strategy::indicators::IndicatorError| {
            EngineError::Measures(error.to_string())
        };
        let candle = Candle::new(bar.high, bar.low, bar.close, bar.volume).map_err(refused)?;
        self.atr.update(candle).map_err(refused)?;
        self.volume.push(bar.volume)?;
        self.interval = bar.interval;
        if let Some(last) = self.last_close.replace(bar.close) {
            let change = bar.close / last - 1.0;
            self.returns.push(change)?;
            if lean != 0.0 {
                self.edge.push(lean * change)?;
                self.outcomes.push(lean * change);
            }
        }
        Ok(())
    }

    /// Average true range, in quote currency per base unit.
    pub fn atr(&self) -> Option<f64> {
        self.atr.value()
    }

    /// Standard deviation of the return over the risk horizon: that of a bar times the root of the bars in it.
    pub fn volatility(&self) -> Option<f64> {
        self.scaled(Span::DAY.in_units_of(self.interval) * self.risk_horizon)
    }

    /// Standard deviation of the return of a year of 365 days.
    pub fn annual_volatility(&self) -> Option<f64> {
        self.scaled(Span::DAY.times(365).in_units_of(self.interval))
    }

    /// What following the opinions has earned a bar, for Kelly.
    pub fn edge(&self) -> Option<Edge> {
        self.edge.edge()
    }

    /// What following the opinions has earned, bar by bar and in no order.
    pub fn outcomes(&self) -> Option<&[f64]> {
        Some(self.outcomes.kept.as_slice()).filter(|kept| !kept.is_empty())
    }

    /// Usual traded volume of a bar, in base units.
    pub fn volume(&self) -> Option<f64> {
        self.volume.mean().ok()
    }

    fn scaled(&self, bars: f64) -> Option<f64> {
        let deviation = self.returns.corrected_standard_deviation().ok()?;
        Some(deviation * bars.sqrt()).filter(|volatility| volatility.is_finite())
    }
}

/// The newest of a stream of numbers; their order is not kept.
#[derive(Clone, Debug)]
struct Outcomes {
    room: usize,
    kept: Vec<f64>,
    /// Where the oldest stands once there is no room left.
    oldest: usize,
}

impl Outcomes {
    fn with_room(room: usize) -> Self {
        Self { room, kept: Vec::new(), oldest: 0 }
    }

    fn push(&mut self, outcome: f64) {
        if self.kept.len() < self.room {
            self.kept.push(outcome);
        } else if let Some(slot) = self.kept.get_mut(self.oldest) {
            *slot = outcome;
            self.oldest = (self.oldest + 1) % self.room;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_outcomes_are_kept_and_nothing_while_there_was_no_opinion() {
        let mut measures =
            Measures::new(&MeasureRules { outcome_window: 2, ..MeasureRules::default() }).unwrap();
        assert_eq!(measures.outcomes(), None);
        for (hour, (close, lean)) in
            [(100.0, 0.0), (110.0, 0.0), (121.0, 1.0), (60.5, -0.5), (121.0, 1.0)].into_iter().enumerate()
        {
            let open_time = autotrading_domain::Timestamp::EPOCH.after(Span::HOUR.times(hour as i64));
            let bar = Bar {
                open_time,
                interval: Span::HOUR,
                open: close,
                high: close,
                low: close,
                close,
                volume: 1.0,
                closed: true,
                synthetic: false,
            };
            measures.observe(&bar, lean).unwrap();
        }
        let mut kept = measures.outcomes().unwrap().to_vec();
        kept.sort_by(f64::total_cmp);
        assert_eq!(kept, [0.25, 1.0], "half short into a halving, then long into a doubling");
    }
}
