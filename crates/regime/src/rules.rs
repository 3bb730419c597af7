//! How the detector looks at a market, as configuration.

use serde::{Deserialize, Serialize};

use crate::RegimeError;

/// Rules of the [`Detector`](crate::Detector). Every count is in bars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorRules {
    /// Decay of the RiskMetrics variance per bar, in (0, 1).
    pub volatility_lambda: f64,
    /// Half-life of the mean return whose significance tells a trend.
    pub trend_half_life: f64,
    /// How many standard errors the mean return must lie from zero for bull or bear to be as likely as not.
    pub trend_threshold: f64,
    /// Bars before anything is said; until then the market is neutral.
    pub warm_up: usize,
    /// Bars of its own past with which the volatility forecast is compared.
    pub level_window: usize,
    /// Share of that past below which volatility is low.
    pub low_quantile: f64,
    /// Share of that past above which volatility is high.
    pub high_quantile: f64,
    /// Bars for which a label must have stood before it may change.
    pub min_duration: u32,
    /// Probability that a challenger must reach to replace the label.
    pub switch_probability: f64,
}

impl Default for DetectorRules {
    fn default() -> Self {
        Self {
            volatility_lambda: 0.94,
            trend_half_life: 72.0,
            trend_threshold: 1.0,
            warm_up: 500,
            level_window: 720,
            low_quantile: 0.33,
            high_quantile: 0.67,
            min_duration: 5,
            switch_probability: 0.7,
        }
    }
}

impl DetectorRules {
    /// Checks each rule and how they go together.
    ///
    /// # Errors
    /// [`RegimeError::Rule`] names the key, its value and what is allowed.
    pub fn check(&self) -> Result<(), RegimeError> {
        let open = |x: f64| x > 0.0 && x < 1.0;
        let rules = [
            (
                "volatility_lambda",
                self.volatility_lambda,
                open(self.volatility_lambda),
                "above 0 and below 1",
            ),
            (
                "trend_half_life",
                self.trend_half_life,
                self.trend_half_life >= 1.0 && self.trend_half_life <= 1e6,
                "1 to 1000000",
            ),
            (
                "trend_threshold",
                self.trend_threshold,
                self.trend_threshold >= 0.0 && self.trend_threshold <= 10.0,
                "0 to 10",
            ),
            ("warm_up", self.warm_up as f64, (2..=1_000_000).contains(&self.warm_up), "2 to 1000000"),
            (
                "level_window",
                self.level_window as f64,
                (10..=100_000).contains(&self.level_window),
                "10 to 100000",
            ),
            ("low_quantile", self.low_quantile, open(self.low_quantile), "above 0 and below 1"),
            (
                "high_quantile",
                self.high_quantile,
                open(self.high_quantile) && self.high_quantile > self.low_quantile,
                "above low_quantile and below 1",
            ),
            (
                "switch_probability",
                self.switch_probability,
                open(self.switch_probability),
                "above 0 and below 1",
            ),
        ];
        match rules.into_iter().find(|(_, _, legal, _)| !legal) {
            Some((key, got, _, allowed)) => Err(RegimeError::Rule { key, got, allowed }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_legal() {
        assert_eq!(DetectorRules::default().check(), Ok(()));
    }

    #[test]
    fn a_rule_out_of_range_is_named() {
        let rules = DetectorRules { high_quantile: 0.2, ..DetectorRules::default() };
        assert_eq!(
            rules.check().unwrap_err().to_string(),
            "regime.high_quantile is 0.2, allowed is above low_quantile and below 1"
        );
        assert!(DetectorRules { volatility_lambda: f64::NAN, ..DetectorRules::default() }.check().is_err());
    }
}
