//! The target at which the whole profit is taken.

use serde::{Deserialize, Serialize};

use super::{Distance, EntryFacts, ExitError, TargetRule, course::Course};

/// A level, as the position sees prices, that ends it well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TakeProfit {
    pub(super) level: f64,
}

impl TakeProfit {
    /// `None` where the signal was to name it and named none, and where no price gets to: a short earns its whole price
    /// at most, so that a distance as wide as that is no target. The other exits stand all the same.
    pub(super) fn new(
        rule: &TargetRule,
        entry: &EntryFacts,
        course: Course,
    ) -> Result<Option<Self>, ExitError> {
        if rule.distance == Distance::Signal && entry.target_distance.is_none() {
            return Ok(None);
        }
        let distance =
            rule.distance.resolve("target distance", entry.price, entry.atr, entry.target_distance)?;
        let level = course.sees(entry.price) + distance;
        Ok((course.price(level) > 0.0).then_some(Self { level }))
    }

    /// Whether the best of a bar reached it.
    pub(super) fn reached(self, best: f64) -> bool {
        best >= self.level
    }
}
