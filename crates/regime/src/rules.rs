//! How the detector looks at a market, as configuration.

use autotrading_statistics::normal;
use serde::{Deserialize, Serialize};

use crate::RegimeError;
use crate::hmm::CovarianceKind;

/// How the kind of market is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectionMethod {
    /// By the significance of an exponentially weighted mean return. Needs no fit.
    #[default]
    Trend,
    /// By the filtered states of a hidden Markov model that is fitted again and again to bars before now.
    Hmm,
}

/// Which features the hidden Markov model sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSet {
    /// The log return alone.
    #[default]
    Return,
    /// The log return, the volume ratio and the relative strength.
    ReturnVolumeStrength,
    /// All of a [`FeatureRow`](crate::FeatureRow).
    All,
}

/// How the variance of the next bar is forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolatilityMethod {
    /// RiskMetrics' exponentially weighted variance.
    #[default]
    RiskMetrics,
    /// GARCH with Student's t, fitted again and again to bars before now; RiskMetrics until then, and wherever a fit
    /// cannot be trusted with the next variance.
    Garch,
}

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
    /// How the kind of market is told.
    pub method: DetectionMethod,
    /// How the variance of the next bar is forecast.
    pub volatility: VolatilityMethod,
    /// Daily volatility, a decimal fraction, from which volatility is high, and below which it is low; `None`: it is
    /// compared with its own past. 0.03 is a usual threshold.
    pub high_daily_volatility: Option<f64>,
    /// Bars between fits of a model; the fit sees bars strictly before the present one.
    pub refit_interval: usize,
    /// Bars that a fit sees at most.
    pub training_window: usize,
    /// States of the hidden Markov model.
    pub states: usize,
    /// What it sees.
    pub features: FeatureSet,
    /// How the features may move together within a state.
    pub covariance: CovarianceKind,
    /// Starts that each of its fits tries.
    pub restarts: usize,
    /// Seed of those starts.
    pub seed: u64,
    /// Standard errors by which the highest and the lowest mean return of its states must differ for them to be called
    /// bull and bear.
    pub label_errors: f64,
    /// Share of a hidden state's moves that are presumed to stay in it, 0.9 for one; `None`: the bars alone tell.
    pub stay: Option<f64>,
    /// How many moves from each state are presumed with that share.
    pub stay_moves: f64,
    /// With `stay`: whether a fit learns the moves, from that presumption on, or takes them as they are presumed.
    pub stay_learned: bool,
    /// Expected bars between changes of the market's law; a change that is likelier than not forces an early fit of the
    /// hidden Markov model, 20 bars after it is seen. `None`: changes are not looked for.
    pub change_interval: Option<f64>,
}

impl Default for DetectorRules {
    fn default() -> Self {
        Self {
            volatility_lambda: 0.94,
            trend_half_life: 72.0,
            trend_threshold: 1.3,
            warm_up: 500,
            level_window: 720,
            low_quantile: 0.33,
            high_quantile: 0.67,
            min_duration: 5,
            switch_probability: 0.7,
            method: DetectionMethod::Trend,
            volatility: VolatilityMethod::RiskMetrics,
            high_daily_volatility: None,
            refit_interval: 180,
            training_window: 1000,
            states: 3,
            features: FeatureSet::Return,
            covariance: CovarianceKind::Diagonal,
            restarts: 6,
            seed: 0,
            label_errors: 2.0,
            stay: None,
            stay_moves: 20.0,
            stay_learned: true,
            change_interval: None,
        }
    }
}

impl DetectorRules {
    /// Without any trend the market is sideways with probability `2 Phi(c) - 1`: less than the probability that a label
    /// needs, and it could never be called so.
    fn sideways_can_be_said(&self) -> bool {
        let most = normal::cdf(self.trend_threshold).map(|below| 2.0 * below - 1.0);
        self.trend_threshold >= 0.0
            && (self.method != DetectionMethod::Trend
                || most.is_ok_and(|most| most >= self.switch_probability))
    }

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
                self.trend_threshold <= 10.0 && self.sideways_can_be_said(),
                "at most 10, and large enough for a market without trend to reach switch_probability",
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
            (
                "high_daily_volatility",
                self.high_daily_volatility.unwrap_or(0.03),
                self.high_daily_volatility.is_none_or(|x| x > 0.0 && x < 10.0),
                "above 0 and below 10",
            ),
            (
                "refit_interval",
                self.refit_interval as f64,
                (10..=1_000_000).contains(&self.refit_interval),
                "10 to 1000000",
            ),
            (
                "training_window",
                self.training_window as f64,
                (60..=100_000).contains(&self.training_window),
                "60 to 100000",
            ),
            ("states", self.states as f64, (2..=6).contains(&self.states), "2 to 6"),
            ("restarts", self.restarts as f64, (1..=100).contains(&self.restarts), "1 to 100"),
            (
                "label_errors",
                self.label_errors,
                self.label_errors >= 0.0 && self.label_errors <= 10.0,
                "0 to 10",
            ),
            ("stay", self.stay.unwrap_or(0.9), self.stay.is_none_or(open), "above 0 and below 1"),
            (
                "stay_moves",
                self.stay_moves,
                self.stay_moves > 0.0 && self.stay_moves <= 1e6,
                "above 0, at most 1000000",
            ),
            (
                "change_interval",
                self.change_interval.unwrap_or(250.0),
                self.change_interval.is_none_or(|x| (10.0..=1e6).contains(&x)),
                "10 to 1000000",
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
    fn a_method_is_chosen_by_name() {
        let rules: DetectorRules =
            toml::from_str("method = \"hmm\"\nstates = 2\nvolatility = \"garch\"").unwrap();
        assert_eq!((rules.method, rules.states), (DetectionMethod::Hmm, 2));
        assert_eq!(rules.volatility, VolatilityMethod::Garch);
        assert_eq!(toml::from_str::<DetectorRules>("").unwrap(), DetectorRules::default());
        assert_eq!(toml::from_str::<DetectorRules>(&toml::to_string(&rules).unwrap()).unwrap(), rules);
        assert!(toml::from_str::<DetectorRules>("method = \"tarot\"").is_err());
        let full: DetectorRules =
            toml::from_str("covariance = \"full\"\nstay = 0.9\nstay_learned = false").unwrap();
        assert_eq!((full.covariance, full.stay_learned), (CovarianceKind::Full, false));
    }

    #[test]
    fn a_threshold_at_which_no_market_is_ever_sideways_is_refused() {
        let rules = DetectorRules { trend_threshold: 1.0, ..DetectorRules::default() };
        assert!(rules.check().unwrap_err().to_string().starts_with("regime.trend_threshold is 1"));
        assert_eq!(DetectorRules { method: DetectionMethod::Hmm, ..rules }.check(), Ok(()));
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
