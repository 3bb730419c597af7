//! The stop that stays where it is.

use serde::{Deserialize, Serialize};

use super::{EntryFacts, ExitError, StopRule, course::Course, rules::positive};

/// A level, as the position sees prices, that nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FixedStop {
    pub(super) level: f64,
}

impl FixedStop {
    pub(super) fn new(rule: &StopRule, entry: &EntryFacts, course: Course) -> Result<Self, ExitError> {
        let distance = rule.distance.resolve("stop distance", entry.price, entry.atr, entry.stop_distance)?;
        let level = course.sees(entry.price) - distance;
        positive("stop price", course.price(level))?;
        Ok(Self { level })
    }
}
