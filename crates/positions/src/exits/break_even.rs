//! The move of the stop to entry, once.

use serde::{Deserialize, Serialize};

use super::{BreakEvenRule, EntryFacts, ExitError, course::Course, rules::positive};

/// Waits until the position is ahead, then guards its entry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BreakEven {
    /// Not before the price has reached `trigger`; then the stop moves to `level`.
    Waiting { trigger: f64, level: f64 },
    /// The stop stands at this level, as the position sees prices.
    Moved { level: f64 },
}

impl BreakEven {
    pub(super) fn new(rule: &BreakEvenRule, entry: &EntryFacts, course: Course) -> Result<Self, ExitError> {
        let seen = course.sees(entry.price);
        let ahead =
            rule.trigger.resolve("break-even trigger", entry.price, entry.atr, entry.target_distance)?;
        let (trigger, level) = (seen + ahead, seen + rule.keep * entry.price);
        if !(rule.keep >= 0.0 && level < trigger) {
            return Err(ExitError::Figure {
                what: "break-even keep",
                got: rule.keep,
                expected: "a fraction from zero to below the trigger",
            });
        }
        positive("break-even stop price", course.price(level))?;
        Ok(Self::Waiting { trigger, level })
    }

    /// After the best of a bar.
    pub(super) fn observe(self, best: f64) -> Self {
        match self {
            Self::Waiting { trigger, level } if best >= trigger => Self::Moved { level },
            Self::Waiting { .. } | Self::Moved { .. } => self,
        }
    }

    /// The stop's level once it moved.
    pub(super) const fn level(self) -> Option<f64> {
        match self {
            Self::Waiting { .. } => None,
            Self::Moved { level } => Some(level),
        }
    }
}
