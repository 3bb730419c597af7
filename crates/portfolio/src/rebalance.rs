//! When is a change of target worth a trade?
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Allocation, PortfolioError};

/// Rules of sharing and rebalancing, as configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortfolioRules {
    /// How capital is shared among instruments.
    pub allocation: Allocation,
    /// A position is resized only when its target moved by more than this share of the largest of the two.
    pub rebalance_threshold: f64,
    /// And not before this much time has passed since the last resize. Entries, exits and reversals do not wait.
    pub min_interval: Span,
}

impl Default for PortfolioRules {
    fn default() -> Self {
        Self { allocation: Allocation::InverseVolatility, rebalance_threshold: 0.05, min_interval: Span::DAY }
    }
}

impl PortfolioRules {
    /// Checks each rule.
    ///
    /// # Errors
    /// [`PortfolioError::Rule`] names the key, its value and what is allowed.
    pub fn check(&self) -> Result<(), PortfolioError> {
        let got = self.rebalance_threshold;
        if (0.0..=1.0).contains(&got) {
            return Ok(());
        }
        Err(PortfolioError::Rule { key: "rebalance_threshold", got, allowed: "0 to 1" })
    }

    /// Whether a target (signed, -1 to 1) is far enough from the one that was acted on last.
    ///
    /// ```
    /// use autotrading_domain::{Span, Timestamp};
    /// use autotrading_portfolio::PortfolioRules;
    /// let rules = PortfolioRules::default(); // 5 %, once a day
    /// let (monday, noon) = (Timestamp::EPOCH, Timestamp::EPOCH.after(Span::HOUR.times(12)));
    /// assert!(!rules.is_due(0.50, 0.51, monday, noon)); // too little, too soon
    /// assert!(rules.is_due(0.50, -0.1, monday, noon)); // a reversal does not wait
    /// ```
    pub fn is_due(&self, acted_on: f64, target: f64, last_resize: Timestamp, now: Timestamp) -> bool {
        let sides = (acted_on > 0.0, acted_on < 0.0) != (target > 0.0, target < 0.0);
        if sides {
            return true;
        }
        let largest = acted_on.abs().max(target.abs());
        (target - acted_on).abs() > self.rebalance_threshold * largest
            && now.since(last_resize) >= self.min_interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Timestamp = Timestamp::EPOCH;
    const TUESDAY: Timestamp = Timestamp::EPOCH.after(Span::DAY);

    #[test]
    fn entries_and_exits_do_not_wait() {
        let rules = PortfolioRules::default();
        assert!(rules.is_due(0.0, 0.01, MONDAY, MONDAY));
        assert!(rules.is_due(0.01, 0.0, MONDAY, MONDAY));
    }

    #[test]
    fn nothing_to_do_is_never_due() {
        let rules = PortfolioRules {
            rebalance_threshold: 0.0,
            min_interval: Span::ZERO,
            ..PortfolioRules::default()
        };
        assert!(!rules.is_due(0.0, 0.0, MONDAY, TUESDAY));
        assert!(!rules.is_due(0.3, 0.3, MONDAY, TUESDAY));
    }

    #[test]
    fn a_resize_waits_for_its_day_and_its_threshold() {
        let rules = PortfolioRules::default();
        assert!(!rules.is_due(0.5, 0.6, MONDAY, MONDAY));
        assert!(!rules.is_due(0.5, 0.51, MONDAY, TUESDAY));
        assert!(rules.is_due(0.5, 0.6, MONDAY, TUESDAY));
    }

    #[test]
    fn a_rule_out_of_range_is_named() {
        let rules = PortfolioRules { rebalance_threshold: f64::NAN, ..PortfolioRules::default() };
        assert!(rules.check().unwrap_err().to_string().starts_with("portfolio.rebalance_threshold"));
    }
}
