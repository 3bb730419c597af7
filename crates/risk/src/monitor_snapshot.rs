//! What the monitor must not forget over a restart.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Level, RiskMeasure, RiskMonitor, return_memory::ReturnMemory, risk_monitor::Day};

/// The level of each measure, how the day began, and the past returns that risk is estimated from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorSnapshot {
    levels: Vec<(RiskMeasure, Level)>,
    day: Option<Day>,
    returns: Vec<ReturnMemory>,
    /// Of the days that ended with a forecast, whether they lost more.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    judged: VecDeque<bool>,
}

impl RiskMonitor {
    /// What must survive a restart.
    pub fn snapshot(&self) -> MonitorSnapshot {
        MonitorSnapshot {
            levels: self.readings().map(|reading| (reading.measure, reading.level)).collect(),
            day: self.day,
            returns: self.returns.clone(),
            judged: self.judged.clone(),
        }
    }

    /// Goes on from a snapshot: no level is told twice, the day still ends against its forecast, and what is estimated
    /// from returns need not wait. Instruments keep their places; a measure that is not watched any more is dropped.
    pub fn restore(&mut self, snapshot: &MonitorSnapshot) {
        for (measure, level) in &snapshot.levels {
            let watches = self.portfolio.watches.iter_mut();
            for (.., watch, value) in watches.filter(|(watched, ..)| watched == measure) {
                watch.resume(*level);
                *value = None;
            }
        }
        self.day = snapshot.day;
        self.judged.clone_from(&snapshot.judged);
        for (own, kept) in self.returns.iter_mut().zip(&snapshot.returns) {
            *own = kept.clone().with_other_room(own.room());
        }
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{InstrumentId, Liquidation, Span, Timestamp};

    use crate::{MonitorRules, MonitorSnapshot, MonitoredPosition, RiskMonitor};

    #[test]
    fn a_monitor_goes_on_as_if_it_had_never_stopped() {
        let new = || RiskMonitor::new(1, MonitorRules::default()).unwrap();
        let day = |count| Timestamp::EPOCH.after(Span::DAY.times(count));
        let held = |notional| MonitoredPosition {
            instrument: InstrumentId(0),
            notional,
            mark: 100.0,
            liquidation: Liquidation::Never,
        };
        let mut monitor = new();
        for count in 0..=40 {
            let close = if count % 2 == 0 { 100.0 } else { 101.0 };
            monitor.observe_bar(InstrumentId(0), close, Span::DAY, day(count));
        }
        let first = monitor.observe_book(10_000.0, &[held(20_000.0)], day(40));
        assert!(!first.levels.is_empty());

        let text = serde_json::to_string(&monitor.snapshot()).unwrap();
        let mut restarted = new();
        restarted.restore(&serde_json::from_str::<MonitorSnapshot>(&text).unwrap());
        for (equity, count) in [(10_000.0, 40), (9_000.0, 41), (9_100.0, 42)] {
            let told = monitor.observe_book(equity, &[held(20_000.0)], day(count));
            assert_eq!(restarted.observe_book(equity, &[held(20_000.0)], day(count)), told, "day {count}");
            assert_eq!(told.beyond_value_at_risk, count == 41);
        }
    }
}
