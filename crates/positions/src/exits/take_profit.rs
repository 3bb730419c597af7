//! The target at which the whole profit is taken.

use serde::{Deserialize, Serialize};

use super::{EntryFacts, ExitError, TargetRule, course::Course, rules::positive};

/// A level, as the position sees prices, that ends it well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TakeProfit {
    pub(super) level: f64,
}

impl TakeProfit {
    pub(super) fn new(rule: &TargetRule, entry: &EntryFacts, course: Course) -> Result<Self, ExitError> {
        let distance =
            rule.distance.resolve("target distance", entry.price, entry.atr, entry.target_distance)?;
        let level = course.sees(entry.price) + distance;
        positive("target price", course.price(level))?;
        Ok(Self { level })
    }

    /// Whether the best of a bar reached it.
    pub(super) fn reached(self, best: f64) -> bool {
        best >= self.level
    }
}
