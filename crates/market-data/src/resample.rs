//! Longer bars from shorter ones, aligned to UTC, with every hole in plain sight.

use autotrading_domain::{Bar, Span, Timestamp};

use crate::{History, Window};

/// What to do where a whole period has no bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// Leave it out: a gap stays a gap.
    Leave,
    /// Invent a bar at the last close, without volume, marked synthetic.
    Forward,
}

/// A period that some of its bars are missing from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialPeriod {
    /// When it opens.
    pub open_time: Timestamp,
    /// How many bars it has.
    pub present: usize,
    /// How many it should have.
    pub expected: usize,
    /// Whether a bar was made of it all the same. The first and the last period are left out when they are partial: what
    /// lies beyond the edge is not known.
    pub kept: bool,
}

/// Longer bars and what they were made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    /// The longer bars.
    pub history: History,
    /// Periods that were not whole.
    pub partial: Vec<PartialPeriod>,
    /// How many bars were invented.
    pub invented: usize,
}

/// Why bars cannot be made longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    /// The target is not a whole number of bars.
    #[error("bars of {from} cannot be made into bars of {to}: not a whole number of them")]
    NotAMultiple {
        /// The length there is.
        from: Span,
        /// The length that was asked for.
        to: Span,
    },
    /// Filling would invent more bars than anyone can mean.
    #[error("filling would invent {missing} bars after {from}, at most {limit}")]
    TooWide {
        /// Close of the last bar before the hole.
        from: Timestamp,
        /// How many bars are missing.
        missing: u64,
        /// How many may be invented in one hole.
        limit: u64,
    },
}

/// A hole wider than this is not filled.
const WIDEST_FILL: u64 = 1_000_000;

/// Makes bars of length `target` out of shorter ones. Periods are counted from the epoch in UTC, so that a day starts at
/// midnight. With `target` equal to the interval and [`Filling::Forward`] it fills the gaps of a history.
///
/// ```
/// use autotrading_domain::Span;
/// use autotrading_market_data::{CommonWorkload, Filling, resample};
///
/// let hours = resample(CommonWorkload::history(180).all(), Span::HOUR, Filling::Leave)?;
/// assert_eq!(hours.history.len(), 3);
/// assert!(hours.partial.is_empty());
/// # Ok::<(), autotrading_market_data::ResampleError>(())
/// ```
///
/// # Errors
/// [`ResampleError::NotAMultiple`], and [`ResampleError::TooWide`] when filling over a hole of more than a million bars.
pub fn resample(bars: Window<'_>, target: Span, filling: Filling) -> Result<Resampled, ResampleError> {
    let from = bars.interval();
    if target < from || target.nanos() % from.nanos() != 0 {
        return Err(ResampleError::NotAMultiple { from, to: target });
    }
    let expected = usize::try_from(target.nanos() / from.nanos()).unwrap_or(usize::MAX);
    let mut merger = Merger {
        target,
        expected,
        filling,
        made: Resampled {
            history: History::unchecked(target, bars.len() / expected.max(1) + 1)
                .with_price_decimals(bars.price_decimals()),
            partial: Vec::new(),
            invented: 0,
        },
        current: None,
        seen_first: false,
    };
    for bar in bars.into_bars() {
        merger.take(&bar)?;
    }
    merger.close_period(true)?;
    Ok(merger.made)
}

struct Merger {
    target: Span,
    expected: usize,
    filling: Filling,
    made: Resampled,
    /// The period under way, and how many bars it has.
    current: Option<(Bar, usize)>,
    seen_first: bool,
}

impl Merger {
    fn take(&mut self, bar: &Bar) -> Result<(), ResampleError> {
        let open_time = bar.open_time.floor(self.target);
        match &mut self.current {
            Some((period, present)) if period.open_time == open_time => {
                period.high = period.high.max(bar.high);
                period.low = period.low.min(bar.low);
                period.close = bar.close;
                period.volume += bar.volume;
                period.synthetic &= bar.synthetic;
                *present += 1;
            }
            _ => {
                self.close_period(false)?;
                self.current = Some((Bar { open_time, interval: self.target, ..*bar }, 1));
            }
        }
        Ok(())
    }

    fn close_period(&mut self, last: bool) -> Result<(), ResampleError> {
        let Some((bar, present)) = self.current.take() else { return Ok(()) };
        let edge = last || !self.seen_first;
        self.seen_first = true;
        if present < self.expected {
            let kept = !edge;
            let open_time = bar.open_time;
            self.made.partial.push(PartialPeriod { open_time, present, expected: self.expected, kept });
            if !kept {
                return Ok(());
            }
        }
        if self.filling == Filling::Forward {
            self.fill_up_to(bar.open_time)?;
        }
        self.made.history.append(&bar);
        Ok(())
    }

    fn fill_up_to(&mut self, next: Timestamp) -> Result<(), ResampleError> {
        let Some(last) =
            self.made.history.all().slice(self.made.history.len().saturating_sub(1), usize::MAX).bar(0)
        else {
            return Ok(());
        };
        let from = last.close_time();
        let missing = next.since(from).nanos().max(0).unsigned_abs() / self.target.nanos().unsigned_abs();
        if missing > WIDEST_FILL {
            return Err(ResampleError::TooWide { from, missing, limit: WIDEST_FILL });
        }
        let mut open_time = from;
        while open_time < next {
            let (open, high, low) = (last.close, last.close, last.close);
            self.made.history.append(&Bar {
                open_time,
                open,
                high,
                low,
                volume: 0.0,
                synthetic: true,
                ..last
            });
            self.made.invented += 1;
            open_time = open_time.after(self.target);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommonWorkload;
    use proptest::prelude::*;

    fn without(bars: usize, missing: impl Fn(usize) -> bool) -> History {
        let left = CommonWorkload::default().take(bars).enumerate().filter(|(row, _)| !missing(*row));
        History::from_bars(Span::MINUTE, left.map(|(_, bar)| bar)).unwrap()
    }

    #[test]
    fn an_hour_has_the_first_open_the_extremes_the_last_close_and_the_whole_volume() {
        let minutes: Vec<Bar> = CommonWorkload::default().take(60).collect();
        let hour = resample(CommonWorkload::history(60).all(), Span::HOUR, Filling::Leave).unwrap();
        let hour = hour.history.bar(0).unwrap();
        assert_eq!((hour.open, hour.close), (minutes[0].open, minutes[59].close));
        assert_eq!(hour.high, minutes.iter().map(|bar| bar.high).fold(0.0, f64::max));
        assert_eq!(hour.low, minutes.iter().map(|bar| bar.low).fold(f64::MAX, f64::min));
        assert_eq!(hour.volume, minutes.iter().map(|bar| bar.volume).sum::<f64>());
    }

    #[test]
    fn edges_that_are_not_whole_are_left_out_and_named() {
        let made = resample(without(150, |row| row < 10).all(), Span::HOUR, Filling::Leave).unwrap();
        assert_eq!(made.history.len(), 1);
        let named: Vec<_> = made.partial.iter().map(|period| (period.present, period.kept)).collect();
        assert_eq!(named, [(50, false), (30, false)]);
    }

    #[test]
    fn a_hole_stays_a_hole_unless_asked() {
        let holey = without(300, |row| (70..190).contains(&row));
        let left = resample(holey.all(), Span::HOUR, Filling::Leave).unwrap();
        assert_eq!((left.history.len(), left.invented), (4, 0));
        assert_eq!(left.partial.iter().map(|period| period.present).collect::<Vec<_>>(), [10, 50]);
        let filled = resample(holey.all(), Span::HOUR, Filling::Forward).unwrap();
        assert_eq!((filled.history.len(), filled.invented), (5, 1));
        let invented = filled.history.bar(2).unwrap();
        assert!(invented.synthetic && invented.volume == 0.0);
        assert_eq!(invented.open, filled.history.bar(1).unwrap().close);
    }

    #[test]
    fn lengths_that_do_not_divide_are_refused() {
        let minutes = CommonWorkload::history(10);
        for target in [Span::SECOND, Span::from_nanos(Span::MINUTE.nanos() * 3 / 2), Span::ZERO] {
            assert!(resample(minutes.all(), target, Filling::Leave).is_err());
        }
    }

    proptest! {
        #[test]
        fn filling_makes_a_history_without_gaps_and_keeps_every_real_bar(
            missing in prop::collection::btree_set(1_usize..99, 0..60),
        ) {
            let holey = without(100, |row| missing.contains(&row));
            let filled = resample(holey.all(), Span::MINUTE, Filling::Forward).unwrap();
            prop_assert_eq!(filled.history.len(), 100);
            prop_assert_eq!(filled.invented, missing.len());
            let real: Vec<Bar> = filled.history.iter().filter(|bar| !bar.synthetic).collect();
            prop_assert_eq!(real, holey.iter().collect::<Vec<_>>());
        }

        #[test]
        fn volume_is_neither_made_nor_lost(bars in 60_usize..400) {
            let whole = bars / 60 * 60;
            let made = resample(CommonWorkload::history(whole).all(), Span::HOUR, Filling::Leave).unwrap();
            let before: f64 = CommonWorkload::history(whole).volume().iter().sum();
            prop_assert_eq!(made.history.volume().iter().sum::<f64>(), before);
        }
    }
}
