//! The stop that follows the best price and never turns back.

use serde::{Deserialize, Serialize};

use super::{Distance, EntryFacts, ExitError, TrailingRule, course::Course};

/// Waits for its activation, then follows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trailing {
    /// Not active before this level, as the position sees prices.
    Waiting { activation: f64 },
    /// The stop's level, as the position sees prices. It only ever rises.
    Following { level: f64 },
}

impl Trailing {
    pub(super) fn new(rule: &TrailingRule, entry: &EntryFacts, course: Course) -> Result<Self, ExitError> {
        let seen = course.sees(entry.price);
        let behind = distance(rule, seen, entry.atr, entry.stop_distance)?;
        match rule.activation {
            None => Ok(Self::Following { level: seen - behind }),
            Some(activation) => {
                let ahead = activation.resolve(
                    "trailing activation",
                    entry.price,
                    entry.atr,
                    entry.target_distance,
                )?;
                Ok(Self::Waiting { activation: seen + ahead })
            }
        }
    }

    /// After the best of a bar; the distance is measured from it.
    pub(super) fn follow(
        self,
        rule: &TrailingRule,
        best: f64,
        atr: Option<f64>,
        signal: Option<f64>,
    ) -> Result<Self, ExitError> {
        let behind = best - distance(rule, best, atr, signal)?;
        Ok(match self {
            Self::Waiting { activation } if best < activation => self,
            Self::Waiting { .. } => Self::Following { level: behind },
            Self::Following { level } => Self::Following { level: level.max(behind) },
        })
    }

    /// The stop's level once it follows.
    pub(super) const fn level(self) -> Option<f64> {
        match self {
            Self::Waiting { .. } => None,
            Self::Following { level } => Some(level),
        }
    }
}

fn distance(rule: &TrailingRule, seen: f64, atr: Option<f64>, signal: Option<f64>) -> Result<f64, ExitError> {
    let what = "trailing distance";
    if let Distance::Rate(rate) = rule.distance
        && rate >= 1.0
    {
        return Err(ExitError::Figure { what, got: rate, expected: "a rate below 1" });
    }
    rule.distance.resolve(what, seen, atr, signal)
}
