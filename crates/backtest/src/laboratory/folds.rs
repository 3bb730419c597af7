//! Cross-validation on a time series: groups of days, those held out, and what must be left out beside them.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How days are split. Source: López de Prado (2018), Advances in Financial Machine Learning, chapters 7 and 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FoldRules {
    /// Groups of neighbouring days that the sample is cut into.
    pub groups: usize,
    /// How many of them are held out at a time: one is purged k-fold, more is combinatorial.
    pub held_out: usize,
    /// Days before a held-out stretch that are not learned on: what was opened on them may reach into the test.
    pub purge: usize,
    /// Days after a held-out stretch that are not learned on: they remember it.
    pub embargo: usize,
}

impl Default for FoldRules {
    fn default() -> Self {
        Self { groups: 10, held_out: 2, purge: 5, embargo: 5 }
    }
}

/// One way to split: places of days to learn on and to test on, as stretches, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Numbers of the groups that are held out, ascending.
    pub held_out: Vec<usize>,
    /// Where the choice is made.
    pub train: Vec<Range<usize>>,
    /// Where it is tested; one stretch for each group held out.
    pub test: Vec<Range<usize>>,
}

/// Why days cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Fewer than two groups, none held out, or nothing left.
    #[error("{held_out} of {groups} groups held out: at least one must be, and at least one must be left")]
    Groups {
        /// Groups asked for.
        groups: usize,
        /// Groups to hold out.
        held_out: usize,
    },
    /// More splits than can be worth the wait.
    #[error("holding {held_out} of {groups} groups out gives more than {most} splits; take fewer groups")]
    TooMany {
        /// Groups asked for.
        groups: usize,
        /// Groups to hold out.
        held_out: usize,
        /// How many splits may be.
        most: usize,
    },
    /// Too few days.
    #[error(
        "{days} days in {groups} groups leave {left} days to learn on beside a held-out stretch (purge {purge}, embargo \
         {embargo}); at least {least} are needed"
    )]
    TooFewDays {
        /// Days there are.
        days: usize,
        /// Groups asked for.
        groups: usize,
        /// Days left to learn on in the worst split.
        left: usize,
        /// Days left out before a test.
        purge: usize,
        /// Days left out after a test.
        embargo: usize,
        /// Fewest days to learn on.
        least: usize,
    },
}

impl FoldRules {
    /// More splits than this are refused.
    pub const MOST: usize = 20_000;
    /// Fewest days to learn on.
    pub const LEAST_DAYS: usize = 20;

    /// All splits of so many days, in lexical order of the groups held out.
    ///
    /// # Errors
    /// [`FoldError`] with the figures that do not fit.
    pub fn splits(&self, days: usize) -> Result<Vec<Split>, FoldError> {
        let Self { groups, held_out, purge, embargo } = *self;
        if held_out == 0 || held_out >= groups {
            return Err(FoldError::Groups { groups, held_out });
        }
        let combinations = combinations(groups, held_out, Self::MOST).ok_or(FoldError::TooMany {
            groups,
            held_out,
            most: Self::MOST,
        })?;
        let splits: Vec<Split> =
            combinations.into_iter().map(|held_out| self.split(days, held_out)).collect();
        let left = |split: &Split| split.train.iter().map(ExactSizeIterator::len).sum::<usize>();
        let left = splits.iter().map(left).min().unwrap_or(0);
        if left < Self::LEAST_DAYS || days < groups {
            let least = Self::LEAST_DAYS;
            return Err(FoldError::TooFewDays { days, groups, left, purge, embargo, least });
        }
        Ok(splits)
    }

    /// Days of a group: sizes differ by at most one, the larger ones first.
    pub fn group(&self, days: usize, number: usize) -> Range<usize> {
        let (size, larger) = (days / self.groups.max(1), days % self.groups.max(1));
        let start = number * size + number.min(larger);
        start..start + size + usize::from(number < larger)
    }

    fn split(&self, days: usize, held_out: Vec<usize>) -> Split {
        let test: Vec<Range<usize>> = held_out.iter().map(|group| self.group(days, *group)).collect();
        let mut train = Vec::new();
        let mut next = 0;
        for stretch in &test {
            let end = stretch.start.saturating_sub(self.purge);
            if next < end {
                train.push(next..end);
            }
            next = next.max(stretch.end + self.embargo);
        }
        if next < days {
            train.push(next..days);
        }
        Split { held_out, train, test }
    }
}

/// All choices of `k` out of `n`, in lexical order; `None` if they are more than `most`.
fn combinations(n: usize, k: usize, most: usize) -> Option<Vec<Vec<usize>>> {
    let mut all = Vec::new();
    let mut chosen: Vec<usize> = (0..k).collect();
    loop {
        if all.len() == most {
            return None;
        }
        all.push(chosen.clone());
        // The last figure that can still rise, rises; those behind it follow at its heels.
        let movable = chosen.iter().enumerate().rev().find(|(place, value)| **value < n - k + place);
        let Some((place, value)) = movable.map(|(place, value)| (place, *value)) else { return Some(all) };
        for (offset, slot) in chosen.iter_mut().skip(place).enumerate() {
            *slot = value + 1 + offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_tested_equally_often() {
        let rules = FoldRules { groups: 6, held_out: 2, purge: 0, embargo: 0 };
        let splits = rules.splits(100).unwrap();
        assert_eq!(splits.len(), 15);
        let mut tested = [0; 100];
        for split in &splits {
            for day in split.test.iter().cloned().flatten() {
                tested[day] += 1;
            }
        }
        assert!(tested.iter().all(|count| *count == 5));
    }

    #[test]
    fn no_day_beside_a_test_is_learned_on() {
        let rules = FoldRules { groups: 8, held_out: 2, purge: 3, embargo: 4 };
        for split in rules.splits(203).unwrap() {
            for day in split.train.iter().cloned().flatten() {
                for test in &split.test {
                    assert!(day + 3 < test.start || day >= test.end + 4, "{day} beside {test:?}");
                }
            }
        }
    }

    #[test]
    fn without_purge_and_embargo_each_day_is_either_learned_on_or_tested() {
        let rules = FoldRules { groups: 5, held_out: 1, purge: 0, embargo: 0 };
        for split in rules.splits(103).unwrap() {
            let mut days: Vec<usize> = split.train.into_iter().chain(split.test).flatten().collect();
            days.sort_unstable();
            assert!(days == (0..103).collect::<Vec<_>>());
        }
    }

    #[test]
    fn splits_that_cannot_be_are_refused_with_their_figures() {
        let refused = |rules: FoldRules, days| rules.splits(days).unwrap_err().to_string();
        let rules = FoldRules { groups: 4, held_out: 4, purge: 0, embargo: 0 };
        assert!(refused(rules, 100).starts_with("4 of 4 groups held out"));
        let many = FoldRules { groups: 40, held_out: 20, purge: 0, embargo: 0 };
        assert!(refused(many, 1000).contains("more than 20000 splits"));
        let few = FoldRules { groups: 4, held_out: 2, purge: 10, embargo: 10 };
        assert!(refused(few, 60).contains("at least 20 are needed"), "{}", refused(few, 60));
    }
}
