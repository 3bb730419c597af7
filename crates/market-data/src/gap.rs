//! Where bars are missing, and which line of the source a bar came from.

use std::collections::BTreeMap;

use autotrading_domain::{Span, Timestamp};
use serde::Serialize;

use crate::Window;

/// A stretch without bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// When the first missing bar would have opened.
    pub from: Timestamp,
    /// When the next bar opens.
    pub to: Timestamp,
    /// How many bars are missing.
    pub missing: u64,
    /// Place of the next bar.
    pub row: usize,
    /// Line of the next bar in the source.
    pub line: Option<u64>,
}

/// Which line of the source each bar came from. Takes room only where the lines do not simply follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLines {
    /// Place and line from which on lines count up with places.
    breaks: Vec<(usize, u64)>,
}

impl SourceLines {
    /// Notes the line of the next bar. Places come in ascending order.
    pub(crate) fn note(&mut self, row: usize, line: u64) {
        if self.line_of(row) != Some(line) {
            self.breaks.push((row, line));
        }
    }

    /// The line of the bar at a place, from 1; nothing for bars that did not come from lines.
    pub fn line_of(&self, row: usize) -> Option<u64> {
        let follow = self.breaks.partition_point(|(first, _)| *first <= row);
        let (first, line) = self.breaks.get(follow.checked_sub(1)?)?;
        Some(line + (row - first) as u64)
    }
}

/// A bar that does not open where the one before it ends.
pub(crate) enum Step {
    Gap(Gap),
    /// Off the grid of the interval: place, and the time since the bar before.
    Irregular(usize, Span),
}

/// Every step of other than one interval. A hole that also shifts the grid is both a gap and irregular. `first` is the
/// place of the first of these bars.
pub(crate) fn uneven_steps<'a>(
    bars: Window<'a>,
    lines: &'a SourceLines,
    first: usize,
) -> impl Iterator<Item = Step> + 'a {
    let interval = bars.interval.nanos();
    let pairs = bars.open_time.iter().zip(bars.open_time.iter().skip(1)).enumerate();
    pairs.filter(move |(_, (last, next))| next.saturating_sub(**last) != interval).flat_map(
        move |(before, (last, next))| {
            let (step, row) = (next.saturating_sub(*last), first + before + 1);
            let irregular = (step % interval != 0).then(|| Step::Irregular(row, Span::from_nanos(step)));
            let missing = (step / interval - 1).max(0).unsigned_abs();
            let gap = (missing > 0).then(|| {
                let from = Timestamp::from_nanos(*last).after(bars.interval);
                Step::Gap(Gap {
                    from,
                    to: Timestamp::from_nanos(*next),
                    missing,
                    row,
                    line: lines.line_of(row),
                })
            });
            gap.into_iter().chain(irregular)
        },
    )
}

/// How often each time between neighbours occurs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    counts: BTreeMap<i64, u64>,
    /// Runs of equal steps are counted at their ends: a clean file touches the map once.
    run: (i64, u64),
}

impl Steps {
    /// Counts the steps between these times.
    pub(crate) fn take(&mut self, open_time: &[i64]) {
        for (last, next) in open_time.iter().zip(open_time.iter().skip(1)) {
            let step = next.saturating_sub(*last);
            if step != self.run.0 {
                self.end_run();
                self.run = (step, 0);
            }
            self.run.1 += 1;
        }
    }

    fn end_run(&mut self) {
        *self.counts.entry(self.run.0).or_default() += self.run.1;
    }

    /// The most frequent step, the shorter one when two are equally frequent.
    pub(crate) fn most_frequent(mut self) -> Option<Span> {
        self.end_run();
        let steps = self.counts.into_iter().filter(|(step, _)| *step > 0);
        steps.rev().max_by_key(|(_, count)| *count).map(|(step, _)| Span::from_nanos(step))
    }
}

/// The most frequent time between neighbours, the shorter one when two are equally frequent.
pub(crate) fn most_frequent_step(open_time: &[i64]) -> Option<Span> {
    let mut steps = Steps::default();
    steps.take(open_time);
    steps.most_frequent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_remembered_over_dropped_rows() {
        let mut lines = SourceLines::default();
        for (row, line) in [(0, 2), (1, 3), (2, 5), (3, 6)] {
            lines.note(row, line);
        }
        assert_eq!(lines.breaks.len(), 2);
        let found: Vec<_> = (0..4).map(|row| lines.line_of(row).unwrap()).collect();
        assert_eq!(found, [2, 3, 5, 6]);
        assert_eq!(SourceLines::default().line_of(0), None);
    }

    #[test]
    fn the_most_frequent_step_wins_and_the_shorter_one_on_a_tie() {
        assert_eq!(most_frequent_step(&[0, 10, 20, 50, 60]), Some(Span::from_nanos(10)));
        assert_eq!(most_frequent_step(&[0, 30, 40]), Some(Span::from_nanos(10)));
        assert_eq!(most_frequent_step(&[7]), None);
    }
}
