//! When funding is due, and at what rate.

use autotrading_domain::{InstrumentId, Rate, Span, Timestamp};

use super::VenueError;

/// The funding times of one instrument. It runs only while a position is held.
#[derive(Clone, Debug)]
pub(super) struct FundingClock {
    source: Source,
    /// `Timestamp::MAX` while nothing is due.
    next: Timestamp,
}

#[derive(Clone, Debug)]
enum Source {
    None,
    Even { interval: Span, rate: Rate },
    Series { rates: Vec<(Timestamp, Rate)>, place: usize },
}

impl FundingClock {
    /// The same rate at each multiple of the interval, counted from the epoch.
    pub(super) fn even(interval: Option<Span>, rate: Option<Rate>) -> Self {
        let source = match (interval, rate) {
            (Some(interval), Some(rate)) if interval > Span::ZERO && rate != Rate::ZERO => {
                Source::Even { interval, rate }
            }
            _ => Source::None,
        };
        Self { source, next: Timestamp::MAX }
    }

    /// Real rates at real times.
    ///
    /// # Errors
    /// [`VenueError::FundingOrder`] unless each time comes after the one before.
    pub(super) fn series(
        instrument: InstrumentId,
        rates: Vec<(Timestamp, Rate)>,
    ) -> Result<Self, VenueError> {
        let pairs = rates.iter().zip(rates.iter().skip(1));
        for ((last, _), (got, _)) in pairs {
            if got <= last {
                return Err(VenueError::FundingOrder { instrument, got: *got, last: *last });
            }
        }
        Ok(Self { source: Source::Series { rates, place: 0 }, next: Timestamp::MAX })
    }

    /// When the next funding is due; [`Timestamp::MAX`] when none is.
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// Runs from now on: the first funding after this moment is due.
    pub(super) fn start(&mut self, at: Timestamp) {
        self.next = match &mut self.source {
            Source::None => Timestamp::MAX,
            Source::Even { interval, .. } => at.floor(*interval).after(*interval),
            Source::Series { rates, place } => {
                *place = rates.partition_point(|(time, _)| *time <= at);
                rates.get(*place).map_or(Timestamp::MAX, |(time, _)| *time)
            }
        };
    }

    /// Stands still: there is no position to pay on.
    pub(super) const fn stop(&mut self) {
        self.next = Timestamp::MAX;
    }

    /// The rate that is due, if its time is not after `until`; the next one is due from then on.
    pub(super) fn due(&mut self, until: Timestamp) -> Option<(Timestamp, Rate)> {
        let at = self.next;
        if at > until || at == Timestamp::MAX {
            return None;
        }
        let rate = match &self.source {
            Source::None => return None,
            Source::Even { rate, .. } => *rate,
            Source::Series { rates, place } => rates.get(*place)?.1,
        };
        self.start(at);
        Some((at, rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(count))
    }

    #[test]
    fn a_position_opened_at_a_funding_time_pays_at_the_next() {
        let rate = Rate::basis_points(1);
        let mut clock = FundingClock::even(Some(Span::HOUR.times(8)), Some(rate));
        assert_eq!(clock.due(Timestamp::MAX), None);
        clock.start(hours(8));
        assert_eq!(clock.due(hours(15)), None);
        assert_eq!(clock.due(hours(40)), Some((hours(16), rate)));
        assert_eq!(clock.due(hours(40)), Some((hours(24), rate)));
        clock.stop();
        assert_eq!(clock.due(hours(40)), None);
    }

    #[test]
    fn real_rates_are_paid_at_their_own_times_in_order() {
        let rate = Rate::basis_points;
        let series = vec![(hours(8), rate(1)), (hours(12), rate(-2)), (hours(20), rate(3))];
        let mut clock = FundingClock::series(InstrumentId(0), series.clone()).unwrap();
        clock.start(hours(9));
        assert_eq!(clock.due(hours(24)), Some((hours(12), rate(-2))));
        assert_eq!(clock.due(hours(24)), Some((hours(20), rate(3))));
        assert_eq!(clock.due(hours(24)), None);
        let backward = series.into_iter().rev().collect();
        assert!(FundingClock::series(InstrumentId(0), backward).is_err());
    }
}
