//! Black-Litterman with the opinions of strategies as views.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use ndarray::{Array1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{BlackLitterman, PortfolioError, View, WeightBounds, capm_equilibrium, mean_variance};

/// How opinions become views on returns, and views weights.
///
/// The market is taken to hold the same of each asset. An opinion of strength `s` on an asset says that over a year it does
/// better (or worse) than the mean of the others by `ratio` volatilities of that difference, on top of what the market
/// expects, with a confidence of `confidence * s`: a weak opinion is believed less, not claimed smaller. It is a difference
/// because the capital is shared in full: an opinion moves capital to its asset and away from the others, and not to what
/// rises with it. Weights are those of most utility after the views.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewRules {
    /// Risk aversion of the market and of the one who shares, for yearly numbers.
    pub risk_aversion: f64,
    /// Uncertainty of the market's returns relative to the covariance.
    pub tau: f64,
    /// By how many volatilities a year an opinion says that its asset beats the others.
    pub ratio: f64,
    /// Confidence in an opinion of full strength, 0 to 1.
    pub confidence: f64,
}

impl Default for ViewRules {
    fn default() -> Self {
        Self { risk_aversion: 2.5, tau: 0.05, ratio: 0.5, confidence: 0.5 }
    }
}

impl ViewRules {
    /// Checks each rule.
    ///
    /// # Errors
    /// [`PortfolioError::Rule`] names the key, its value and what is allowed.
    pub fn check(&self) -> Result<(), PortfolioError> {
        let above = |key, got: f64| match got > 0.0 && got.is_finite() {
            true => Ok(()),
            false => Err(PortfolioError::Rule { key, got, allowed: "above 0" }),
        };
        above("black_litterman.risk_aversion", self.risk_aversion)?;
        above("black_litterman.tau", self.tau)?;
        above("black_litterman.ratio", self.ratio)?;
        if self.confidence > 0.0 && self.confidence <= 1.0 {
            return Ok(());
        }
        let (key, got) = ("black_litterman.confidence", self.confidence);
        Err(PortfolioError::Rule { key, got, allowed: "above 0, at most 1" })
    }

    /// Long-only weights from a yearly covariance and the lean of the opinions on each asset, -1 (full short) to 1 (full
    /// long), 0 for none. They sum to 1, and none is above `largest`.
    ///
    /// ```
    /// use autotrading_portfolio::ViewRules;
    /// use ndarray::array;
    ///
    /// let covariance = array![[0.36, 0.0], [0.0, 0.36]]; // 60 % a year each
    /// let rules = ViewRules::default();
    /// assert_eq!(rules.weights(covariance.view(), &[0.0, 0.0], 1.0)?, [0.5, 0.5]); // nothing said: the market
    /// let weights = rules.weights(covariance.view(), &[1.0, 0.0], 1.0)?;
    /// // The difference of the two swings by 84.9 % a year; the view says half of that, half believed: 21.2 %.
    /// let edge = 0.25 * 0.72_f64.sqrt();
    /// assert!((weights[0] - (0.5 + edge / (2.0 * 2.5 * 0.36))).abs() < 1e-12);
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// A rule or a lean out of range, leans of another number, a covariance as in [`mean_variance`], a limit that cannot
    /// hold.
    pub fn weights(
        &self,
        covariance: ArrayView2<'_, f64>,
        leans: &[f64],
        largest: f64,
    ) -> Result<Vec<f64>, PortfolioError> {
        self.check()?;
        let n = covariance.nrows();
        if leans.len() != n {
            let (got, required) = ((leans.len(), 1), (n, 1));
            return Err(PortfolioError::Shape { what: "opinions", got, required });
        }
        if let Some(&got) = leans.iter().find(|lean| !(-1.0..=1.0).contains(*lean)) {
            return Err(PortfolioError::Parameter {
                what: "the lean of an opinion",
                got,
                allowed: "-1 to 1",
            });
        }
        let names: Vec<String> = (0..n).map(|asset| asset.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let market = Array1::from_elem(n, 1.0 / n.max(1) as f64);
        let expected = capm_equilibrium(covariance, market.view(), self.risk_aversion)?;
        let against = -1.0 / n.saturating_sub(1).max(1) as f64;
        let mut views = Vec::new();
        for (place, lean) in leans.iter().enumerate().filter(|(_, lean)| **lean != 0.0) {
            let pick = Array1::from_shape_fn(n, |i| if i == place { 1.0 } else { against });
            let swing = pick.dot(&covariance.dot(&pick)).max(0.0).sqrt();
            let legs: Vec<(&str, f64)> = names.iter().copied().zip(pick.iter().copied()).collect();
            let told = pick.dot(&expected) + lean.signum() * self.ratio * swing;
            views.push(View::of(&legs, told).with_confidence(self.confidence * lean.abs()));
        }
        let prior = BlackLitterman { risk_aversion: self.risk_aversion, tau: self.tau };
        let told = prior.posterior(&names, covariance, market.view(), &views)?;
        let bounds = WeightBounds::new(vec![0.0; n], vec![largest.min(1.0); n])?;
        Ok(mean_variance(covariance, &told.expected.to_vec(), self.risk_aversion, &bounds)?.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn without_views_the_market_is_held_whatever_moves_with_what() {
        let covariance = array![[0.5, 0.3, 0.2], [0.3, 0.8, 0.4], [0.2, 0.4, 0.9]];
        let weights = ViewRules::default().weights(covariance.view(), &[0.0; 3], 1.0).unwrap();
        assert!(weights.iter().all(|w| (w - 1.0 / 3.0).abs() < 1e-10), "{weights:?}");
    }

    #[test]
    fn a_good_opinion_adds_a_bad_one_takes_and_a_weak_one_does_little() {
        let covariance = array![[0.5, 0.3], [0.3, 0.5]];
        let first = |lean| ViewRules::default().weights(covariance.view(), &[lean, 0.0], 1.0).unwrap()[0];
        assert!(first(1.0) > first(0.3) && first(0.3) > 0.5);
        assert!(first(-1.0) < first(-0.3) && first(-0.3) < 0.5);
        assert!(first(-1.0) >= 0.0, "never short");
        // Also of the calmest, which draws the others along when it rises.
        let covariance = array![[0.30, 0.33, 0.40], [0.33, 0.49, 0.59], [0.40, 0.59, 1.10]];
        let told = ViewRules::default().weights(covariance.view(), &[1.0, 0.0, 0.0], 1.0).unwrap();
        assert!(told[0] > 0.34 && told[1] < 0.34 && told[2] < 0.34, "{told:?}");
    }

    #[test]
    fn bad_input_is_named() {
        let covariance = array![[0.5, 0.3], [0.3, 0.5]];
        let rules = ViewRules::default();
        assert!(rules.weights(covariance.view(), &[0.0], 1.0).is_err());
        assert!(rules.weights(covariance.view(), &[0.0, f64::NAN], 1.0).is_err());
        assert!(rules.weights(covariance.view(), &[0.0, 1.1], 1.0).is_err());
        assert!(rules.weights(covariance.view(), &[0.0, 1.0], 0.4).is_err());
        let error = ViewRules { tau: 0.0, ..rules }.check().unwrap_err();
        assert_eq!(error.to_string(), "portfolio.black_litterman.tau is 0, allowed is above 0");
        assert!(ViewRules { confidence: 1.1, ..rules }.check().is_err());
    }
}
