//! When is a change of target worth a trade?
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use autotrading_domain::{Money, Span, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Allocation, NoTradeBand, PortfolioError, ViewRules, is_calendar_due};

/// When what is held is brought back to its share of the capital.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebalancing {
    /// Only when the opinions have moved: prices may carry a position away from its share.
    #[default]
    Opinions,
    /// Also when it is off by more than `rebalance_threshold`.
    Threshold,
    /// Also when it lies outside of the [`NoTradeBand`] of its cost; then it is brought to the nearer edge.
    NoTradeBand,
    /// Also when a new period of `min_interval` begins.
    Calendar,
}

/// How capital is shared among strategies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategySharing {
    /// As the matrix of strategies says, or evenly.
    #[default]
    AsWeighed,
    /// The same, times risk parity over what each strategy's opinions have earned.
    RiskParity,
}

/// Rules of sharing and rebalancing, as configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortfolioRules {
    /// How capital is shared among instruments.
    pub allocation: Allocation,
    /// How it is shared among strategies.
    pub strategies: StrategySharing,
    /// Moving a share of a strategy costs this much of it; see [`StrategyAllocation`](crate::StrategyAllocation).
    pub turnover_penalty: f64,
    /// Shares stand this long before they are estimated again. Zero: at every new bar.
    pub refresh: Span,
    /// Half-life, in bars, of what is remembered of how instruments and strategies move together.
    pub half_life: f64,
    /// No instrument may use more of the capital than this share.
    pub largest_share: f64,
    /// How opinions become views, for [`Allocation::BlackLitterman`].
    pub black_litterman: ViewRules,
    /// Strategies whose opinions are views and no targets. Empty: the opinions of all strategies are both.
    pub views: Vec<String>,
    /// When what is held is brought back to its share.
    pub rebalance: Rebalancing,
    /// A position is resized only when its target moved by more than this share of the largest of the two.
    pub rebalance_threshold: f64,
    /// And not before this much time has passed since the last resize. Entries, exits and reversals do not wait.
    pub min_interval: Span,
    /// A position is not resized by less than this much money, in settlement currency.
    pub least_trade: Money,
}

impl Default for PortfolioRules {
    fn default() -> Self {
        Self {
            allocation: Allocation::InverseVolatility,
            strategies: StrategySharing::AsWeighed,
            turnover_penalty: 0.0,
            refresh: Span::DAY,
            half_life: 60.0,
            largest_share: 1.0,
            black_litterman: ViewRules::default(),
            views: Vec::new(),
            rebalance: Rebalancing::Opinions,
            rebalance_threshold: 0.05,
            min_interval: Span::DAY,
            least_trade: Money::new(Decimal::TEN),
        }
    }
}

impl PortfolioRules {
    /// Checks each rule.
    ///
    /// # Errors
    /// [`PortfolioError::Rule`] names the key, its value and what is allowed.
    pub fn check(&self) -> Result<(), PortfolioError> {
        let rule = |key, got: f64, allowed, holds: bool| match holds {
            true => Ok(()),
            false => Err(PortfolioError::Rule { key, got, allowed }),
        };
        let share = |x: f64| (0.0..=1.0).contains(&x);
        rule("rebalance_threshold", self.rebalance_threshold, "0 to 1", share(self.rebalance_threshold))?;
        rule("turnover_penalty", self.turnover_penalty, "0 to 1", share(self.turnover_penalty))?;
        let (largest, half_life) = (self.largest_share, self.half_life);
        rule("largest_share", largest, "above 0, at most 1", largest > 0.0 && largest <= 1.0)?;
        rule("half_life", half_life, "above 0", half_life > 0.0 && half_life.is_finite())?;
        let least = self.least_trade;
        rule("least_trade", least.to_f64(), "0 or above", !least.is_negative())?;
        self.black_litterman.check()
    }

    /// Whether a holding has drifted off its target far enough to be traded; both are signed shares of the equity, `cost` is
    /// that of trading one unit of value. Entries, exits and reversals are not drift: see [`is_due`](Self::is_due).
    ///
    /// ```
    /// use autotrading_domain::{Span, Timestamp};
    /// use autotrading_portfolio::{PortfolioRules, Rebalancing};
    /// let rules = PortfolioRules { rebalance: Rebalancing::Threshold, ..PortfolioRules::default() }; // 5 %, once a day
    /// let (monday, tuesday) = (Timestamp::EPOCH, Timestamp::EPOCH.after(Span::DAY));
    /// assert!(!rules.has_drifted(0.34, 0.33, 0.0005, monday, tuesday)); // by 3 %
    /// assert!(rules.has_drifted(0.36, 0.33, 0.0005, monday, tuesday)); // by 8 %
    /// assert!(!rules.has_drifted(0.36, 0.33, 0.0005, monday, monday)); // too soon
    /// ```
    pub fn has_drifted(&self, held: f64, target: f64, cost: f64, last: Timestamp, now: Timestamp) -> bool {
        if now.since(last) < self.min_interval || held * target <= 0.0 {
            return false;
        }
        match self.rebalance {
            Rebalancing::Opinions => false,
            Rebalancing::Threshold => {
                (target - held).abs() > self.rebalance_threshold * held.abs().max(target.abs())
            }
            Rebalancing::NoTradeBand => self.edge(held, target, cost) != held,
            Rebalancing::Calendar => held != target && is_calendar_due(last, now, self.min_interval),
        }
    }

    /// Where a holding is brought: to its target, or to the nearer edge of the band around it.
    pub fn edge(&self, held: f64, target: f64, cost: f64) -> f64 {
        let band = NoTradeBand { cost, risk_aversion: self.black_litterman.risk_aversion };
        match self.rebalance {
            Rebalancing::NoTradeBand if held * target > 0.0 => {
                band.rebalanced(held, target).unwrap_or(target)
            }
            _ => target,
        }
    }

    /// What a holding must exceed its target by, as a share of it, to be trimmed.
    pub const fn trim_threshold(&self) -> f64 {
        match self.rebalance {
            Rebalancing::Opinions | Rebalancing::Threshold => self.rebalance_threshold,
            Rebalancing::NoTradeBand | Rebalancing::Calendar => 0.0,
        }
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
    fn drift_is_corrected_by_threshold_band_or_calendar_and_never_with_opinions_alone() {
        let with = |rebalance| PortfolioRules { rebalance, ..PortfolioRules::default() };
        let drifted = |rebalance, held| with(rebalance).has_drifted(held, 0.5, 0.001, MONDAY, TUESDAY);
        assert!(!drifted(Rebalancing::Opinions, 0.9));
        assert!(drifted(Rebalancing::Calendar, 0.501));
        assert!(!drifted(Rebalancing::Threshold, 0.52) && drifted(Rebalancing::Threshold, 0.53));
        // Half the band is (1.5 / 2.5 * 0.001 * 0.0625)^(1/3) = 0.0335.
        assert!(!drifted(Rebalancing::NoTradeBand, 0.533) && drifted(Rebalancing::NoTradeBand, 0.534));
        assert!((with(Rebalancing::NoTradeBand).edge(0.6, 0.5, 0.001) - 0.53347).abs() < 1e-5);
        assert_eq!(with(Rebalancing::Threshold).edge(0.6, 0.5, 0.001), 0.5);
        for rebalance in [Rebalancing::Threshold, Rebalancing::NoTradeBand, Rebalancing::Calendar] {
            assert!(!with(rebalance).has_drifted(0.6, 0.5, 0.001, TUESDAY, TUESDAY), "too soon");
            assert!(!with(rebalance).has_drifted(0.0, 0.5, 0.001, MONDAY, TUESDAY), "an entry");
            assert!(!with(rebalance).has_drifted(-0.1, 0.5, 0.001, MONDAY, TUESDAY), "a reversal");
        }
    }

    #[test]
    fn a_rule_out_of_range_is_named() {
        let rules = PortfolioRules { rebalance_threshold: f64::NAN, ..PortfolioRules::default() };
        assert!(rules.check().unwrap_err().to_string().starts_with("portfolio.rebalance_threshold"));
        let good = PortfolioRules::default();
        assert!(good.check().is_ok());
        for bad in [
            PortfolioRules { largest_share: 0.0, ..good.clone() },
            PortfolioRules { largest_share: f64::NAN, ..good.clone() },
            PortfolioRules { half_life: 0.0, ..good.clone() },
            PortfolioRules { turnover_penalty: -0.1, ..good.clone() },
            PortfolioRules { least_trade: Money::new(Decimal::NEGATIVE_ONE), ..good },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
