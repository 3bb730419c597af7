//! The detector: bars in, one estimate of the regime out, knowing only the past.

use autotrading_domain::{Bar, RegimeEstimate};
use autotrading_statistics::{Decay, RiskMetrics};

use crate::{DetectorRules, Hysteresis, RegimeError, RelativeLevel, Trend};

/// Estimates the regime bar by bar from RiskMetrics volatility and the significance of the mean return.
///
/// What is said after a bar depends on that bar and earlier ones alone.
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
    variance: Option<RiskMetrics>,
    first_squares: (f64, usize),
    trend: Trend,
    level: RelativeLevel,
    label: Hysteresis,
    returns: usize,
    estimate: RegimeEstimate,
}

/// Returns whose mean square starts the variance recursion.
const BACKCAST: usize = 20;

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
            variance: None,
            first_squares: (0.0, 0),
            trend: Trend::new(rules.trend_half_life, rules.trend_threshold)?,
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

    /// Takes a closed bar and says what kind of market it is now.
    ///
    /// # Errors
    /// [`RegimeError::Close`] for a close that is not finite or not above zero; the detector stays as it was.
    pub fn observe(&mut self, bar: &Bar) -> Result<&RegimeEstimate, RegimeError> {
        let close = bar.close;
        if !(close > 0.0 && close.is_finite()) {
            return Err(RegimeError::Close { close });
        }
        if let Some(last) = self.last_close.replace(close) {
            self.learn((close / last).ln())?;
        }
        Ok(&self.estimate)
    }

    fn learn(&mut self, log_return: f64) -> Result<(), RegimeError> {
        self.returns += 1;
        self.trend.observe(log_return)?;
        let Some(variance) = self.variance_after(log_return)? else { return Ok(()) };
        let volatility = variance.sqrt();
        let volatility_level = self.level.observe(volatility)?;
        if self.returns < self.rules.warm_up {
            self.estimate =
                RegimeEstimate { volatility: Some(volatility), volatility_level, ..RegimeEstimate::UNKNOWN };
            return Ok(());
        }
        let [bull, bear, sideways] = self.trend.probabilities()?;
        let probabilities = [bull, bear, sideways, 0.0];
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

    /// The forecast variance of the next return; started by the mean square of the first returns.
    fn variance_after(&mut self, log_return: f64) -> Result<Option<f64>, RegimeError> {
        if let Some(variance) = &mut self.variance {
            return Ok(Some(variance.push(log_return)?));
        }
        let (sum, count) = (self.first_squares.0 + log_return * log_return, self.first_squares.1 + 1);
        self.first_squares = (sum, count);
        if count < BACKCAST || sum <= 0.0 {
            return Ok(None);
        }
        let decay = Decay::from_lambda(self.rules.volatility_lambda)?;
        let start = sum / count as f64;
        self.variance = Some(RiskMetrics::new(decay, start)?);
        Ok(Some(start))
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
