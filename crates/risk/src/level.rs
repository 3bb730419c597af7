//! How near a measure is to its limit, told when it changes.

use std::fmt;

use autotrading_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Less than the warning share.
    #[default]
    Normal,
    /// From the warning share on.
    Warning,
    /// From the critical share on.
    Critical,
    /// At the limit, beyond it, or not measurable.
    Breached,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Breached => "breached",
        })
    }
}

/// From which share of a limit a level starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelShares {
    /// Of the warning, 0.7 by default.
    pub warning: f64,
    /// Of the critical level, 0.9 by default.
    pub critical: f64,
}

impl Default for LevelShares {
    fn default() -> Self {
        Self { warning: 0.7, critical: 0.9 }
    }
}

/// A measure came to another level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelChange {
    /// When.
    pub at: Timestamp,
    /// What is measured, e.g. `drawdown`.
    pub measure: String,
    /// The level before.
    pub from: Level,
    /// The level now.
    pub to: Level,
    /// The measure; `None` when it could not be taken.
    pub value: Option<f64>,
    /// Its limit.
    pub limit: f64,
}

/// Follows one measure against its limit and speaks only when the level changes.
///
/// ```
/// use autotrading_domain::Timestamp;
/// use autotrading_risk::{Level, LevelShares, LevelWatch};
/// let mut drawdown = LevelWatch::new("drawdown", 0.10, LevelShares::default());
/// assert!(drawdown.observe(0.05, Timestamp::EPOCH).is_none());
/// assert_eq!(drawdown.observe(0.07, Timestamp::EPOCH).unwrap().to, Level::Warning);
/// assert!(drawdown.observe(0.08, Timestamp::EPOCH).is_none());
/// assert_eq!(drawdown.observe(f64::NAN, Timestamp::EPOCH).unwrap().to, Level::Breached);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LevelWatch {
    measure: String,
    limit: f64,
    shares: LevelShares,
    level: Level,
}

impl LevelWatch {
    /// A watch over a measure whose limit is `limit`; a limit that is no number above zero is always breached.
    pub fn new(measure: impl Into<String>, limit: f64, shares: LevelShares) -> Self {
        Self { measure: measure.into(), limit, shares, level: Level::Normal }
    }

    /// The level that a value has. A value that cannot be measured has the worst.
    pub fn level_of(&self, value: f64) -> Level {
        let used = value / self.limit;
        // Written so that NaN falls through to the worst level; a negative limit never has a good one.
        if self.limit <= 0.0 {
            Level::Breached
        } else if used < self.shares.warning {
            Level::Normal
        } else if used < self.shares.critical {
            Level::Warning
        } else if used < 1.0 {
            Level::Critical
        } else {
            Level::Breached
        }
    }

    /// The limit.
    pub const fn limit(&self) -> f64 {
        self.limit
    }

    /// Goes on from a level that was reached before.
    pub(crate) const fn resume(&mut self, level: Level) {
        self.level = level;
    }

    /// The level now.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Takes a value; tells the change of level, if there is one.
    pub fn observe(&mut self, value: f64, at: Timestamp) -> Option<LevelChange> {
        let to = self.level_of(value);
        if to == self.level {
            return None;
        }
        let from = std::mem::replace(&mut self.level, to);
        let value = value.is_finite().then_some(value);
        Some(LevelChange { at, measure: self.measure.clone(), from, to, value, limit: self.limit })
    }
}
