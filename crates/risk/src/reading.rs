//! What the monitor measured last, beside its limit.

use crate::{Level, PortfolioMonitor, RiskMeasure, RiskMonitor};

/// One measure as it was taken last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Of what.
    pub measure: RiskMeasure,
    /// Its value; `None` while it was not taken, or could not be.
    pub value: Option<f64>,
    /// Its limit.
    pub limit: f64,
    /// How near to the limit.
    pub level: Level,
}

impl PortfolioMonitor {
    /// Every measure that is watched, always in the same order.
    ///
    /// ```
    /// use autotrading_domain::Timestamp;
    /// use autotrading_risk::{MonitorLimits, PortfolioMonitor, RiskMeasure};
    /// let mut monitor = PortfolioMonitor::new(&MonitorLimits::default())?;
    /// monitor.observe(RiskMeasure::Drawdown, 0.05, Timestamp::EPOCH);
    /// monitor.observe(RiskMeasure::Correlation, f64::NAN, Timestamp::EPOCH);
    /// let value = |of| monitor.readings().find(|reading| reading.measure == of).and_then(|reading| reading.value);
    /// assert_eq!(value(RiskMeasure::Drawdown), Some(0.05));
    /// assert_eq!(value(RiskMeasure::Correlation), None, "unknown is not zero");
    /// assert_eq!(value(RiskMeasure::ValueAtRisk), None, "not measured yet");
    /// # Ok::<(), autotrading_risk::LimitsError>(())
    /// ```
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        self.watches.iter().map(|(measure, watch, value)| Reading {
            measure: *measure,
            value: *value,
            limit: watch.limit(),
            level: watch.level(),
        })
    }

    /// The value of a measure is not known any more; its level stays.
    pub(crate) fn forget(&mut self, measure: RiskMeasure) {
        if let Some((.., last)) = self.watches.iter_mut().find(|(watched, ..)| *watched == measure) {
            *last = None;
        }
    }
}

impl RiskMonitor {
    /// Every measure that is watched, as it was taken last; always in the same order.
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        self.portfolio.readings()
    }
}
