//! Bars of several instruments, judged together once all have closed at the same moment.

use autotrading_domain::{InstrumentId, MarketEvent, Timestamp};

use crate::indicators::Candle;
use crate::strategy::{StrategyError, closed_candle};

/// Waits until every instrument has closed a bar at the same moment. A moment at which one of them closes nothing is
/// passed over, and a bar that comes after a later one is too late to count.
#[derive(Clone, Debug)]
pub(crate) struct Lockstep {
    instruments: Box<[InstrumentId]>,
    closes: Box<[f64]>,
    heard: Box<[bool]>,
    at: Timestamp,
}

impl Lockstep {
    pub(crate) fn new(instruments: impl Iterator<Item = InstrumentId>) -> Self {
        let instruments: Box<[InstrumentId]> = instruments.collect();
        Self {
            closes: vec![0.0; instruments.len()].into(),
            heard: vec![false; instruments.len()].into(),
            at: Timestamp::from_nanos(i64::MIN),
            instruments,
        }
    }

    pub(crate) fn instruments(&self) -> &[InstrumentId] {
        &self.instruments
    }

    /// The last closes, in the order of the instruments.
    pub(crate) fn closes(&self) -> &[f64] {
        &self.closes
    }

    /// Whether the event completed a moment.
    pub(crate) fn completes(
        &mut self,
        strategy: &'static str,
        event: &MarketEvent,
    ) -> Result<bool, StrategyError> {
        let Some(place) = self.instruments.iter().position(|id| *id == event.instrument) else {
            return Ok(false);
        };
        let Some(candle) = closed_candle(strategy, event.instrument, event)? else { return Ok(false) };
        if event.ts_event > self.at {
            self.heard.fill(false);
            self.at = event.ts_event;
        }
        Ok(event.ts_event == self.at && self.take(place, candle))
    }

    fn take(&mut self, place: usize, candle: Candle) -> bool {
        let (Some(heard), Some(close)) = (self.heard.get_mut(place), self.closes.get_mut(place)) else {
            return false;
        };
        if *heard {
            return false;
        }
        (*heard, *close) = (true, candle.close());
        self.heard.iter().all(|heard| *heard)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Bar, Span};

    use super::*;

    #[test]
    fn a_moment_counts_once_all_have_closed_and_never_twice() {
        let mut lockstep = Lockstep::new([InstrumentId(0), InstrumentId(1)].into_iter());
        let mut close = |instrument, hour, close| {
            let open_time = Timestamp::EPOCH.after(Span::HOUR.times(hour));
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
            let event = MarketEvent::closed_bar(InstrumentId(instrument), bar);
            lockstep.completes("test", &event).unwrap().then(|| lockstep.closes().to_vec())
        };
        assert_eq!(close(0, 0, 10.0), None);
        assert_eq!(close(1, 0, 20.0), Some(vec![10.0, 20.0]));
        assert_eq!(close(1, 0, 21.0), None, "said already");
        assert_eq!(close(0, 1, 11.0), None);
        assert_eq!(close(0, 2, 12.0), None, "the other closed nothing at 1");
        assert_eq!(close(1, 1, 22.0), None, "too late");
        assert_eq!(close(2, 2, 99.0), None, "nobody's");
        assert_eq!(close(1, 2, 23.0), Some(vec![12.0, 23.0]));
    }
}
