//! The whole book under watch: what the risk monitor is told, when it measures, and what it has to say.

use autotrading_domain::{Bar, InstrumentId, Instruments, Liquidation, Span, Timestamp};
use autotrading_positions::Ledger;
use autotrading_risk::{Alarms, BookView, LimitsError, MonitoredPosition, RiskLimits, RiskMonitor, Scenario};

use super::Engine;
use crate::{EngineError, MonitorSettings, Turn, monitoring::day_starts};

/// The monitor, and when it is to measure the whole book again.
#[derive(Debug)]
pub(super) struct Oversight {
    pub(super) monitor: RiskMonitor,
    every: Span,
    /// When a day starts after midnight UTC.
    day_starts: Span,
    instruments: usize,
    /// Of the bars that are being told.
    moment: Option<Timestamp>,
    told: usize,
    /// A measurement was due at that moment, and not all bars of it have come.
    owed: bool,
    measured: Option<Timestamp>,
    traded: bool,
    positions: Vec<MonitoredPosition>,
}

impl Oversight {
    pub(super) fn new(
        instruments: usize,
        settings: &MonitorSettings,
        risk: &RiskLimits,
    ) -> Result<Self, LimitsError> {
        Ok(Self {
            monitor: RiskMonitor::new(instruments, settings.rules(risk))?,
            every: settings.every,
            day_starts: day_starts(risk),
            instruments,
            moment: None,
            told: 0,
            owed: false,
            measured: None,
            traded: false,
            positions: Vec::new(),
        })
    }

    /// The book has changed: it is measured at the next close.
    pub(super) const fn traded(&mut self) {
        self.traded = true;
    }

    /// Whether the book is to be measured at this bar: when it is due, and every instrument has told its bar of this
    /// moment. An instrument that stays silent delays it by one moment, no longer.
    fn is_due(&mut self, at: Timestamp) -> bool {
        let new = self.moment.is_none_or(|moment| at > moment);
        let late = new && self.owed;
        if new {
            (self.moment, self.told) = (Some(at), 0);
        }
        self.told += usize::from(self.moment == Some(at));
        let day = |at: Timestamp| at.before(self.day_starts).floor(Span::DAY);
        let stands = self.measured.is_some_and(|last| last > at.before(self.every) && day(last) == day(at));
        let due = self.traded || !stands;
        let now = due && (late || self.told >= self.instruments);
        self.owed = due && !now;
        if now {
            (self.measured, self.traded) = (Some(at), false);
        }
        now
    }

    /// What is held, as the monitor sees it. A price at which a position would be liquidated that cannot be told is the worst one.
    fn gather(positions: &mut Vec<MonitoredPosition>, ledger: &Ledger, instruments: &Instruments) {
        let exact = |id: InstrumentId| instruments.get(id).ok()?.price(ledger.mark_of(id)?).ok();
        positions.clear();
        for (id, _) in instruments.iter() {
            if ledger.position(id).is_ok_and(|position| position.quantity().is_zero()) {
                continue;
            }
            let liquidation = exact(id).and_then(|mark| ledger.liquidation(id, mark, exact).ok());
            positions.push(MonitoredPosition {
                instrument: id,
                notional: ledger.notional_f64(id),
                mark: ledger.mark_of(id).unwrap_or(f64::NAN),
                liquidation: liquidation.unwrap_or(Liquidation::Already),
            });
        }
    }
}

impl Engine {
    /// The book as it is held now, looked at from all sides, and what these scenarios would do to it. `None` without a
    /// monitor, and while nothing is held or too little of a past is known.
    pub fn look_at_book(&self, scenarios: &[Scenario]) -> Option<BookView> {
        let monitor = self.monitor()?;
        let mut positions = Vec::new();
        Oversight::gather(&mut positions, &self.ledger, &self.instruments);
        let asset =
            |held: &MonitoredPosition| Some(self.facts(held.instrument).ok()?.spec().base.to_string());
        let assets: Vec<String> = positions.iter().map(asset).collect::<Option<_>>()?;
        let assets: Vec<&str> = assets.iter().map(String::as_str).collect();
        monitor.look_at_book(self.ledger.equity_f64(), &positions, &assets, scenarios).ok()
    }

    /// Tells the monitor of a closed bar, and has the whole book measured when that is due.
    #[inline]
    pub(super) fn oversee(
        &mut self,
        id: InstrumentId,
        bar: &Bar,
        at: Timestamp,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(oversight) = &mut self.oversight else { return Ok(()) };
        oversight.monitor.observe_bar(id, bar.close, bar.interval, at);
        if !oversight.is_due(at) {
            return Ok(());
        }
        Oversight::gather(&mut oversight.positions, &self.ledger, &self.instruments);
        let alarms = oversight.monitor.observe_book(self.ledger.equity_f64(), &oversight.positions, at);
        self.heed(alarms, at, turn)
    }

    /// Shows losses and leverage to the monitor, as they are at this mark.
    #[inline]
    pub(super) fn watch_losses(
        &mut self,
        equity: f64,
        at: Timestamp,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(oversight) = &mut self.oversight else { return Ok(()) };
        let gross = self.ledger.gross_notional_f64();
        let alarms = oversight.monitor.observe_mark(equity, gross, self.gate.losses(), at);
        self.heed(alarms, at, turn)
    }

    /// Writes down what the monitor says, and lets the gate do what it asks for.
    #[inline]
    fn heed(&mut self, alarms: Alarms, at: Timestamp, turn: &mut Turn) -> Result<(), EngineError> {
        if alarms.is_empty() {
            return Ok(());
        }
        let change = self.gate.heed(&alarms, at);
        turn.beyond_value_at_risk |= alarms.beyond_value_at_risk;
        turn.levels.extend(alarms.levels);
        self.followed(change, turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oversight(instruments: usize, every: Span) -> Oversight {
        let settings = MonitorSettings { every, ..MonitorSettings::default() };
        Oversight::new(instruments, &settings, &RiskLimits::production()).unwrap()
    }

    fn hour(count: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(count))
    }

    #[test]
    fn a_book_is_measured_every_so_often_after_a_trade_and_when_a_day_begins() {
        let mut watched = oversight(1, Span::HOUR.times(10));
        let due: Vec<i64> = (1..=30)
            .filter(|count| {
                if *count == 14 {
                    watched.traded();
                }
                watched.is_due(hour(*count))
            })
            .collect();
        assert_eq!(due, [1, 11, 14, 24]);
        let late = RiskLimits { day_starts_minutes: 120, ..RiskLimits::production() };
        let settings = MonitorSettings { every: Span::HOUR.times(20), ..MonitorSettings::default() };
        let mut shifted = Oversight::new(1, &settings, &late).unwrap();
        let due: Vec<i64> = (10..=40).filter(|count| shifted.is_due(hour(*count))).collect();
        assert_eq!(due, [10, 26], "the day begins at two");
        let mut each = oversight(1, Span::ZERO);
        assert!((1..=30).all(|count| each.is_due(hour(count))));
    }

    #[test]
    fn the_bars_of_a_moment_are_waited_for_but_a_silent_instrument_is_not_waited_for_long() {
        let mut watched = oversight(2, Span::ZERO);
        assert!(!watched.is_due(hour(1)), "one of two has told its bar");
        assert!(watched.is_due(hour(1)));
        assert!(!watched.is_due(hour(2)));
        assert!(watched.is_due(hour(3)), "the other stayed silent for a whole moment");
    }
}
