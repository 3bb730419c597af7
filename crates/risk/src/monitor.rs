//! The portfolio monitor: measured risk against its limits, told as events.

use autotrading_domain::{Leverage, Rate, Timestamp, TradingState};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Cap, Cause, Level, LevelChange, LevelShares, LevelWatch, LimitsError, Trip, limits_check::refuse,
};

/// Limits of measured risk. Every key may be left out (its default stands) or set to `"off"`; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorLimits {
    /// One-day value at risk at 95 %, as a share of equity.
    pub value_at_risk: Cap<Rate>,
    /// One-day expected shortfall at 95 %, as a share of equity.
    pub expected_shortfall: Cap<Rate>,
    /// Loss since the highest equity.
    pub drawdown: Cap<Rate>,
    /// Loss since the start of the day.
    pub daily_loss: Cap<Rate>,
    /// The largest position as a share of equity.
    pub concentration: Cap<Rate>,
    /// Gross notional per equity.
    pub gross_leverage: Cap<Leverage>,
    /// The largest correlation between held positions.
    pub correlation: Cap<Rate>,
    /// Probability of a liquidation within 24 hours.
    pub liquidation_probability: Cap<Rate>,
    /// From which share of a limit a warning and the critical level start.
    pub levels: LevelShares,
}

impl Default for MonitorLimits {
    fn default() -> Self {
        let share = |basis_points| Cap::At(Rate::basis_points(basis_points));
        Self {
            value_at_risk: share(200),
            expected_shortfall: share(300),
            drawdown: share(1_000),
            daily_loss: share(200),
            concentration: share(2_000),
            gross_leverage: Leverage::new(Decimal::TEN).map_or(Cap::Off, Cap::At),
            correlation: share(7_000),
            liquidation_probability: share(50),
            levels: LevelShares::default(),
        }
    }
}

impl MonitorLimits {
    /// Checks every value, and each against the others.
    ///
    /// # Errors
    /// The first [`LimitsError`], with key, value and reason.
    pub fn check(&self) -> Result<(), LimitsError> {
        for (measure, limit) in self.all() {
            if limit.is_some_and(|limit| limit <= 0.0) {
                return refuse(measure.name(), limit.unwrap_or(0.0), "must be above zero");
            }
        }
        if let (Cap::At(edge), Cap::At(mean)) = (self.value_at_risk, self.expected_shortfall)
            && mean < edge
        {
            return refuse("expected_shortfall", mean, format!("must not lie below value_at_risk = {edge}"));
        }
        let LevelShares { warning, critical } = self.levels;
        if !(warning > 0.0 && warning < critical && critical < 1.0) {
            return refuse(
                "levels",
                format!("{warning}, {critical}"),
                "must rise: 0 < warning < critical < 1",
            );
        }
        Ok(())
    }

    pub(crate) fn all(&self) -> [(RiskMeasure, Option<f64>); 8] {
        use RiskMeasure as M;
        let rate = |cap: &Cap<Rate>| cap.at().map(|rate| rate.to_f64());
        [
            (M::ValueAtRisk, rate(&self.value_at_risk)),
            (M::ExpectedShortfall, rate(&self.expected_shortfall)),
            (M::Drawdown, rate(&self.drawdown)),
            (M::DailyLoss, rate(&self.daily_loss)),
            (M::Concentration, rate(&self.concentration)),
            (M::GrossLeverage, self.gross_leverage.at().map(|leverage| leverage.to_f64())),
            (M::Correlation, rate(&self.correlation)),
            (M::LiquidationProbability, rate(&self.liquidation_probability)),
        ]
    }
}

/// What the monitor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskMeasure {
    /// One-day value at risk at 95 %, per equity.
    ValueAtRisk,
    /// One-day expected shortfall at 95 %, per equity.
    ExpectedShortfall,
    /// Loss since the highest equity.
    Drawdown,
    /// Loss since the start of the day.
    DailyLoss,
    /// The largest position, per equity.
    Concentration,
    /// Gross notional per equity.
    GrossLeverage,
    /// The largest correlation between held positions.
    Correlation,
    /// Probability of a liquidation within 24 hours.
    LiquidationProbability,
}

impl RiskMeasure {
    /// The name, as in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ValueAtRisk => "value_at_risk",
            Self::ExpectedShortfall => "expected_shortfall",
            Self::Drawdown => "drawdown",
            Self::DailyLoss => "daily_loss",
            Self::Concentration => "concentration",
            Self::GrossLeverage => "gross_leverage",
            Self::Correlation => "correlation",
            Self::LiquidationProbability => "liquidation_probability",
        }
    }
}

/// Holds measures against limits; speaks when a level changes, and asks for closes only when a limit is breached.
///
/// ```
/// use autotrading_domain::{Timestamp, TradingState};
/// use autotrading_risk::{Level, MonitorLimits, PortfolioMonitor, RiskMeasure};
/// let mut monitor = PortfolioMonitor::new(&MonitorLimits::default())?;
/// let warned = monitor.observe(RiskMeasure::ValueAtRisk, 0.015, Timestamp::EPOCH).unwrap();
/// assert_eq!((warned.to, warned.limit), (Level::Warning, 0.02));
/// assert!(monitor.trip().is_none());
/// monitor.observe(RiskMeasure::ValueAtRisk, 0.021, Timestamp::EPOCH).unwrap();
/// assert_eq!(monitor.trip().unwrap().to, TradingState::ReduceOnly);
/// # Ok::<(), autotrading_risk::LimitsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioMonitor {
    /// Each with its last value; `None` when it could not be taken.
    pub(crate) watches: Vec<(RiskMeasure, LevelWatch, Option<f64>)>,
}

impl PortfolioMonitor {
    /// A monitor that has measured nothing; measures that are switched off are not watched.
    ///
    /// # Errors
    /// A [`LimitsError`] when the limits contradict themselves.
    pub fn new(limits: &MonitorLimits) -> Result<Self, LimitsError> {
        limits.check()?;
        let watched = limits.all().into_iter().filter_map(|(measure, limit)| Some((measure, limit?)));
        let watch = |(measure, limit): (RiskMeasure, f64)| {
            (measure, LevelWatch::new(measure.name(), limit, limits.levels), None)
        };
        Ok(Self { watches: watched.map(watch).collect() })
    }

    /// Takes a measure; what is no number is the worst. A loss that is a gain (below zero) uses nothing of its limit.
    pub fn observe(&mut self, measure: RiskMeasure, value: f64, at: Timestamp) -> Option<LevelChange> {
        let (_, watch, last) = self.watches.iter_mut().find(|(watched, ..)| *watched == measure)?;
        *last = value.is_finite().then_some(value);
        watch.observe(value, at)
    }

    /// The level of a measure; `None` when it is not watched.
    pub fn level(&self, measure: RiskMeasure) -> Option<Level> {
        self.watches.iter().find(|(watched, ..)| *watched == measure).map(|(_, watch, _)| watch.level())
    }

    /// The limit of a measure; `None` when it is not watched.
    pub fn limit(&self, measure: RiskMeasure) -> Option<f64> {
        self.watches.iter().find(|(watched, ..)| *watched == measure).map(|(_, watch, _)| watch.limit())
    }

    /// Closes only, while any limit is breached. (Loss and drawdown have their own ladder in the gate.)
    pub fn trip(&self) -> Option<Trip> {
        let (_, watch, value) = self.watches.iter().find(|(_, watch, _)| watch.level() == Level::Breached)?;
        let limit = watch.limit();
        let value = value.unwrap_or(limit);
        Some(Trip { to: TradingState::ReduceOnly, cause: Cause::PortfolioRisk, value, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_measured_trips_and_what_is_off_is_not_watched() {
        let limits = MonitorLimits { correlation: Cap::Off, ..MonitorLimits::default() };
        let mut monitor = PortfolioMonitor::new(&limits).unwrap();
        assert!(monitor.observe(RiskMeasure::Correlation, 5.0, Timestamp::EPOCH).is_none());
        assert_eq!(monitor.level(RiskMeasure::Correlation), None);
        monitor.observe(RiskMeasure::LiquidationProbability, f64::NAN, Timestamp::EPOCH).unwrap();
        assert_eq!(monitor.trip().unwrap().limit, 0.005);
        let back = monitor.observe(RiskMeasure::LiquidationProbability, 0.0, Timestamp::EPOCH).unwrap();
        assert_eq!((back.from, back.to), (Level::Breached, Level::Normal));
    }

    #[test]
    fn contradictory_limits_are_refused_by_key() {
        let refused = |json: &str| {
            let limits: MonitorLimits = serde_json::from_str(json).unwrap();
            PortfolioMonitor::new(&limits).unwrap_err().to_string()
        };
        assert_eq!(refused(r#"{"drawdown": "-0.1"}"#), "drawdown = -0.1: must be above zero");
        assert!(refused(r#"{"expected_shortfall": "0.01"}"#).contains("value_at_risk = 0.02"));
        for (warning, critical) in [(0.9, 0.7), (0.0, 0.7), (0.7, 0.7), (0.7, 1.0)] {
            let levels = format!(r#"{{"levels": {{"warning": {warning:?}, "critical": {critical:?}}}}}"#);
            assert!(refused(&levels).contains("must rise"), "{levels}");
        }
        assert!(serde_json::from_str::<MonitorLimits>(r#"{"drawdwn": "0.1"}"#).is_err());
    }
}
