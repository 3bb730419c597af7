//! The detector: bars in, one estimate of the regime out, knowing only the past.

use autotrading_domain::{Bar, RegimeEstimate, Span, VolatilityLevel};

use crate::hmm::HmmFit;
use crate::learner::Learner;
use crate::volatility::VolatilityForecast;
use crate::{DetectionMethod, DetectorRules, FeatureSet, Hysteresis, RegimeError, RelativeLevel, Trend};

/// Estimates the regime bar by bar: by default from RiskMetrics volatility and the significance of the mean return,
/// by its rules also from a hidden Markov model and GARCH.
///
/// What is said after a bar depends on that bar and earlier ones alone. A model is fitted to bars strictly before the
/// one that it first speaks of; a fit that fails or is degenerate leaves the former model in place, and the market
/// neutral where there is none.
///
/// ```
/// use autotrading_domain::{Bar, RegimeLabel, Span, Timestamp};
/// use autotrading_regime::{Detector, DetectorRules};
///
/// let mut detector = Detector::new(DetectorRules { warm_up: 100, ..DetectorRules::default() })?;
/// let mut close = 100.0;
/// for hour in 0..200 {
///     close *= if hour % 3 == 0 { 0.999 } else { 1.004 };
///     let bar = Bar {
///         open_time: Timestamp::from_secs(3600 * hour), interval: Span::HOUR,
///         open: close, high: close, low: close, close, volume: 1.0, closed: true, synthetic: false,
///     };
///     detector.observe(&bar)?;
/// }
/// assert_eq!(detector.estimate().label, RegimeLabel::Bull);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Detector {
    rules: DetectorRules,
    last_close: Option<f64>,
    volatility: VolatilityForecast,
    trend: Trend,
    learner: Option<Learner>,
    level: RelativeLevel,
    label: Hysteresis,
    returns: usize,
    estimate: RegimeEstimate,
}

impl Detector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    /// [`RegimeError::Rule`] for a rule out of range.
    pub fn new(rules: DetectorRules) -> Result<Self, RegimeError> {
        rules.check()?;
        Ok(Self {
            rules,
            last_close: None,
            volatility: VolatilityForecast::new(&rules)?,
            trend: Trend::new(rules.trend_half_life, rules.trend_threshold)?,
            learner: match rules.method {
                DetectionMethod::Trend => None,
                DetectionMethod::Hmm => Some(Learner::new(rules)?),
            },
            level: RelativeLevel::new(rules.level_window, rules.low_quantile, rules.high_quantile)?,
            label: Hysteresis::new(rules.min_duration, rules.switch_probability),
            returns: 0,
            estimate: RegimeEstimate::UNKNOWN,
        })
    }

    /// What was said last.
    pub const fn estimate(&self) -> &RegimeEstimate {
        &self.estimate
    }

    /// The hidden Markov model that speaks now, if there is one.
    pub fn model(&self) -> Option<&HmmFit> {
        self.learner.as_ref().and_then(Learner::fit)
    }

    /// Why the last fit of the hidden Markov model was not used, if it was not.
    pub fn problem(&self) -> Option<&RegimeError> {
        self.learner.as_ref().and_then(Learner::problem)
    }

    /// Takes a closed bar and says what kind of market it is now.
    ///
    /// # Errors
    /// [`RegimeError::Close`] for a close that is not finite, not above zero, or out of all proportion to the last;
    /// where the rules ask for features beyond
    /// the return, [`RegimeError::Bar`] for a bar that is not sound. The detector stays as it was.
    pub fn observe(&mut self, bar: &Bar) -> Result<&RegimeEstimate, RegimeError> {
        let close = bar.close;
        if !(close > 0.0 && close.is_finite()) {
            return Err(RegimeError::Close { close });
        }
        if self.last_close.is_some_and(|last| !(close / last).ln().is_finite()) {
            return Err(RegimeError::Close { close });
        }
        if self.learner.is_some() && self.rules.features != FeatureSet::Return {
            bar.check()?;
        }
        let last = self.last_close.replace(close);
        if let Some(learner) = &mut self.learner {
            learner.observe(bar, last)?;
        }
        if let Some(last) = last {
            self.learn((close / last).ln(), bar.interval)?;
        }
        Ok(&self.estimate)
    }

    fn learn(&mut self, log_return: f64, interval: Span) -> Result<(), RegimeError> {
        self.returns += 1;
        self.trend.observe(log_return)?;
        let Some(variance) = self.volatility.observe(log_return)? else { return Ok(()) };
        let volatility = variance.sqrt();
        let volatility_level = self.level_of(volatility, interval)?;
        if self.returns < self.rules.warm_up {
            self.estimate =
                RegimeEstimate { volatility: Some(volatility), volatility_level, ..RegimeEstimate::UNKNOWN };
            return Ok(());
        }
        let probabilities = match &self.learner {
            None => {
                let [bull, bear, sideways] = self.trend.probabilities()?;
                [bull, bear, sideways, 0.0]
            }
            Some(learner) => match learner.probabilities() {
                Some(probabilities) => probabilities,
                // Without a model nobody can tell, and a label that stood is left to stand no longer.
                None => {
                    self.label = Hysteresis::new(self.rules.min_duration, self.rules.switch_probability);
                    let unknown = RegimeEstimate::UNKNOWN;
                    self.estimate =
                        RegimeEstimate { volatility: Some(volatility), volatility_level, ..unknown };
                    return Ok(());
                }
            },
        };
        let (label, age) = self.label.observe(&probabilities);
        let confidence = probabilities.get(label.index()).copied().unwrap_or(0.0);
        self.estimate = RegimeEstimate {
            label,
            probabilities,
            confidence,
            volatility: Some(volatility),
            volatility_level,
            age,
        };
        Ok(())
    }

    /// The level by the forecast's own past, or by the absolute daily threshold.
    fn level_of(&mut self, volatility: f64, interval: Span) -> Result<VolatilityLevel, RegimeError> {
        let relative = self.level.observe(volatility)?;
        let days = interval.in_units_of(Span::DAY);
        Ok(match self.rules.high_daily_volatility {
            Some(threshold) if days > 0.0 => {
                if volatility / days.sqrt() >= threshold {
                    VolatilityLevel::High
                } else {
                    VolatilityLevel::Low
                }
            }
            _ => relative,
        })
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{RegimeLabel, Span, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn bar(hour: usize, close: f64) -> Bar {
        Bar {
            open_time: Timestamp::from_secs(3600 * hour as i64),
            interval: Span::HOUR,
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
            closed: true,
            synthetic: false,
        }
    }

    fn quick() -> DetectorRules {
        DetectorRules { warm_up: 60, level_window: 30, trend_half_life: 20.0, ..DetectorRules::default() }
    }

    fn said(closes: &[f64]) -> Vec<RegimeEstimate> {
        let mut detector = Detector::new(quick()).unwrap();
        closes
            .iter()
            .enumerate()
            .map(|(hour, &close)| *detector.observe(&bar(hour, close)).unwrap())
            .collect()
    }

    #[test]
    fn until_it_is_warm_the_market_is_neutral_and_half_sure() {
        let closes: Vec<f64> = (0..60).map(|i| 100.0 * 1.01f64.powi(i)).collect();
        assert!(said(&closes).iter().all(|e| e.label == RegimeLabel::Neutral && e.confidence == 0.5));
    }

    #[test]
    fn a_bad_close_changes_nothing() {
        let mut detector = Detector::new(quick()).unwrap();
        detector.observe(&bar(0, 100.0)).unwrap();
        assert!(detector.observe(&bar(1, f64::NAN)).is_err());
        assert!(detector.observe(&bar(1, 0.0)).is_err());
        assert!(detector.observe(&bar(1, 101.0)).is_ok());
    }

    #[test]
    fn a_constant_market_never_yields_a_number_that_is_none() {
        assert!(
            said(&[100.0; 300])
                .iter()
                .all(|e| e.volatility.is_none_or(f64::is_finite) && e.confidence.is_finite())
        );
    }

    proptest! {
        #[test]
        fn what_is_said_now_does_not_depend_on_what_comes_later(
            steps in prop::collection::vec(-0.05f64..0.05, 150..200), other in prop::collection::vec(-0.5f64..0.5, 50), cut in 70usize..140,
        ) {
            let path = |returns: &[f64]| returns.iter().scan(100.0, |price, step| { *price *= 1.0 + step; Some(*price) }).collect::<Vec<f64>>();
            let mut changed = steps.clone();
            for (slot, step) in changed.iter_mut().skip(cut).zip(&other) { *slot = *step; }
            let (before, after) = (said(&path(&steps)), said(&path(&changed)));
            prop_assert_eq!(&before[..cut], &after[..cut]);
        }

        #[test]
        fn probabilities_are_a_distribution(steps in prop::collection::vec(-0.2f64..0.2, 100..150)) {
            let closes: Vec<f64> = steps.iter().scan(100.0, |price, step| { *price *= 1.0 + step; Some(*price) }).collect();
            for estimate in said(&closes) {
                prop_assert!((estimate.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                prop_assert!(estimate.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }
}
