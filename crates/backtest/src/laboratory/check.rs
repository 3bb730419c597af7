//! A threshold beside what was found, and what several of them amount to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One threshold with what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is looked at, in words.
    pub what: String,
    /// What was found; `None` if it is undefined, and then the check is not passed.
    pub value: Option<f64>,
    /// The threshold.
    pub threshold: f64,
    /// Whether the value must be at least the threshold, or at most.
    pub at_least: bool,
}

impl Check {
    /// A value that must reach its threshold.
    pub fn at_least(what: impl Into<String>, value: Option<f64>, threshold: f64) -> Self {
        Self { what: what.into(), value, threshold, at_least: true }
    }

    /// A value that must not exceed its threshold.
    pub fn at_most(what: impl Into<String>, value: Option<f64>, threshold: f64) -> Self {
        Self { what: what.into(), value, threshold, at_least: false }
    }

    /// Whether the value is on the right side of the threshold.
    pub fn passed(&self) -> bool {
        self.value.is_some_and(
            |value| if self.at_least { value >= self.threshold } else { value <= self.threshold },
        )
    }

    /// Whether all of them are passed, and there is one.
    pub fn all_met(checks: &[Self]) -> bool {
        !checks.is_empty() && checks.iter().all(Self::passed)
    }

    /// One sentence: what is to be said when all thresholds are met, or what otherwise, with their numbers.
    ///
    /// ```
    /// use autotrading_backtest::laboratory::Check;
    /// let checks = [Check::at_least("share of gains", Some(0.4), 0.5), Check::at_most("ruin", Some(0.0), 0.01)];
    /// assert_eq!(Check::verdict(&checks, "it holds", "it does not hold"), "it does not hold: 1 of 2 thresholds is missed");
    /// ```
    pub fn verdict(checks: &[Self], good: &str, bad: &str) -> String {
        let missed = checks.iter().filter(|check| !check.passed()).count();
        match (checks.len(), missed) {
            (0, _) => format!("{bad}: nothing could be looked at"),
            (all, 0) => {
                format!("{good}: {} met", if all == 1 { "the threshold is" } else { "every threshold is" })
            }
            (all, missed) => {
                format!(
                    "{bad}: {missed} of {all} thresholds {} missed",
                    if missed == 1 { "is" } else { "are" }
                )
            }
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = if self.passed() { "met" } else { "missed" };
        let bound = if self.at_least { "at least" } else { "at most" };
        let threshold = format!("{:.3}", self.threshold);
        let threshold = threshold.trim_end_matches('0').trim_end_matches('.');
        match self.value {
            Some(value) => write!(f, "{answer}: {} is {value:.3}, asked is {bound} {threshold}", self.what),
            None => write!(f, "{answer}: {} is undefined, asked is {bound} {threshold}", self.what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undefined_or_not_a_number_is_not_met() {
        for value in [None, Some(f64::NAN)] {
            assert!(!Check::at_least("x", value, 0.0).passed() && !Check::at_most("x", value, 0.0).passed());
        }
        assert!(
            Check::at_least("x", Some(0.5), 0.5).passed() && Check::at_most("x", Some(0.5), 0.5).passed()
        );
        assert_eq!(
            Check::at_least("x", None, 0.5).to_string(),
            "missed: x is undefined, asked is at least 0.5"
        );
    }

    #[test]
    fn no_threshold_proves_nothing() {
        assert!(!Check::all_met(&[]));
        assert_eq!(Check::verdict(&[], "good", "bad"), "bad: nothing could be looked at");
        let met = [Check::at_most("x", Some(0.1), 0.5), Check::at_most("y", Some(0.1), 0.5)];
        assert!(Check::all_met(&met));
        assert_eq!(Check::verdict(&met, "good", "bad"), "good: every threshold is met");
    }
}
