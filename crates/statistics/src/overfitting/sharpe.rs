//! One Sharpe ratio, what it is known with, and how long it takes to know it.

use crate::{Estimator, Moments, StatisticsError, normal, sample};

/// A Sharpe ratio per period with what its uncertainty depends on.
///
/// ```
/// use autotrading_statistics::overfitting::SharpeEstimate;
///
/// let seen = SharpeEstimate { ratio: 0.1, skewness: 0.0, kurtosis: 3.0, observations: 101 };
/// // 0.1 sqrt(100) / sqrt(1 + 0.5 * 0.01) = 0.99751, and Phi of that.
/// assert!((seen.probability_above(0.0)? - 0.8407413).abs() < 1e-7);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharpeEstimate {
    /// Mean return over its deviation (with n - 1), per period.
    pub ratio: f64,
    /// Skewness of the returns, of the sample itself.
    pub skewness: f64,
    /// Kurtosis of the returns, 3 for a normal distribution.
    pub kurtosis: f64,
    /// How many returns were seen.
    pub observations: usize,
}

/// Below this share of the mean the deviation of equal returns is rounding, not risk.
const ROUNDING: f64 = 1e-12;

impl SharpeEstimate {
    /// The ratio of a series of returns.
    ///
    /// # Errors
    /// Fewer than two returns, one that is not finite, no variation, overflow.
    pub fn of(returns: &[f64]) -> Result<Self, StatisticsError> {
        sample::check("returns", returns, 2)?;
        Self::from_moments(&Moments::of(returns)?)
    }

    /// The ratio of returns whose moments are known already.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn from_moments(moments: &Moments) -> Result<Self, StatisticsError> {
        let mean = moments.mean()?;
        let deviation = moments.standard_deviation(Estimator::Sample)?;
        if deviation <= mean.abs().max(1e-300) * ROUNDING {
            return Err(StatisticsError::NoVariation { what: "returns", index: 0, value: mean });
        }
        Ok(Self {
            ratio: sample::finite_result("Sharpe ratio", mean / deviation)?,
            skewness: moments.skewness(Estimator::Population)?,
            kurtosis: moments.excess_kurtosis(Estimator::Population)? + 3.0,
            observations: usize::try_from(moments.count()).unwrap_or(usize::MAX),
        })
    }

    /// Standard error of the ratio, `sqrt((1 - g3 SR + (g4 - 1)/4 SR^2) / (n - 1))`: skewness and fat tails widen it,
    /// autocorrelation is not looked at. Source: Mertens (2002), "Comments on Variance of the IID estimator in Lo
    /// (2002)".
    ///
    /// ```
    /// use autotrading_statistics::overfitting::SharpeEstimate;
    /// let seen = SharpeEstimate { ratio: 0.1, skewness: 0.0, kurtosis: 3.0, observations: 101 };
    /// assert!((seen.standard_error()? - 0.1002497).abs() < 1e-7); // sqrt(1.005 / 100)
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than two returns; returns of two values only, whose ratio has no error to first order.
    pub fn standard_error(&self) -> Result<f64, StatisticsError> {
        sample::check_length("returns", self.observations, 2)?;
        Ok((self.spread()? / (self.observations as f64 - 1.0)).sqrt())
    }

    /// The probabilistic Sharpe ratio: how probable it is that the true ratio is above `threshold` (per period),
    /// `Phi((SR - SR*) / standard error)`. Source: Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient
    /// Frontier", Journal of Risk 15 (2), 3-44.
    ///
    /// # Errors
    /// As [`standard_error`](Self::standard_error); a threshold that is not finite.
    pub fn probability_above(&self, threshold: f64) -> Result<f64, StatisticsError> {
        sample::check_finite("threshold", threshold)?;
        sample::check_length("returns", self.observations, 2)?;
        let root = (self.observations as f64 - 1.0).sqrt();
        normal::cdf((self.ratio - threshold) * root / self.spread()?.sqrt())
    }

    /// The minimum track record length: how many returns it takes until a ratio as this one is above `threshold`
    /// with `confidence`, `1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z / (SR - SR*))^2`. Source: as
    /// [`probability_above`](Self::probability_above).
    ///
    /// ```
    /// use autotrading_statistics::overfitting::SharpeEstimate;
    /// let seen = SharpeEstimate { ratio: 0.1, skewness: 0.0, kurtosis: 3.0, observations: 101 };
    /// assert!((seen.minimum_track_record(0.0, 0.95)? - 272.907).abs() < 1e-3); // 1 + 1.005 (1.644854 / 0.1)^2
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// A ratio not above the threshold: no record is long enough; a confidence outside (0, 1); two values only.
    pub fn minimum_track_record(&self, threshold: f64, confidence: f64) -> Result<f64, StatisticsError> {
        sample::check_finite("threshold", threshold)?;
        if self.ratio <= threshold {
            return Err(sample::out_of_range("Sharpe ratio", self.ratio, "above the threshold"));
        }
        let z = normal::quantile(confidence)?;
        let length = 1.0 + self.spread()? * (z / (self.ratio - threshold)).powi(2);
        sample::finite_result("minimum track record", length)
    }

    /// `n` times the variance of the ratio.
    fn spread(&self) -> Result<f64, StatisticsError> {
        let Self { ratio, skewness, kurtosis, .. } = *self;
        let spread = 1.0 - skewness * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio;
        sample::check_positive("variance of the Sharpe ratio", spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn too_few_or_equal_returns_have_no_ratio() {
        assert!(matches!(
            SharpeEstimate::of(&[0.1]),
            Err(StatisticsError::TooFew { got: 1, required: 2, .. })
        ));
        assert!(matches!(SharpeEstimate::of(&[0.01; 9]), Err(StatisticsError::NoVariation { .. })));
        assert!(matches!(
            SharpeEstimate::of(&[0.1, f64::NAN]),
            Err(StatisticsError::NotFinite { index: 1, .. })
        ));
    }

    #[test]
    fn no_record_is_long_enough_for_a_ratio_below_the_threshold() {
        let seen = SharpeEstimate { ratio: 0.05, skewness: 0.0, kurtosis: 3.0, observations: 500 };
        assert!(matches!(
            seen.minimum_track_record(0.05, 0.95),
            Err(StatisticsError::OutOfRange { got: 0.05, .. })
        ));
        assert!(seen.minimum_track_record(0.0, 1.0).is_err());
        assert!(seen.probability_above(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn at_the_minimum_track_record_the_probability_is_the_confidence(
            ratio in 0.02_f64..0.3, skewness in -1.0_f64..1.0, excess in 0.0_f64..9.0, confidence in 0.6_f64..0.99,
        ) {
            let mut seen = SharpeEstimate { ratio, skewness, kurtosis: 4.0 + excess, observations: 2 };
            let length = seen.minimum_track_record(0.0, confidence).unwrap();
            seen.observations = length.ceil() as usize;
            prop_assert!(seen.probability_above(0.0).unwrap() >= confidence - 1e-12);
            seen.observations = (length.ceil() as usize - 1).max(2);
            prop_assert!(length < 3.0 || seen.probability_above(0.0).unwrap() < confidence + 1e-12);
        }

        #[test]
        fn fat_tails_and_losses_that_are_larger_than_gains_make_a_gain_less_certain(
            ratio in 0.01_f64..0.3, skewness in -1.0_f64..0.0, excess in 0.0_f64..9.0,
        ) {
            let normal = SharpeEstimate { ratio, skewness: 0.0, kurtosis: 3.0, observations: 250 };
            let real = SharpeEstimate { skewness, kurtosis: 3.0 + excess, ..normal };
            prop_assert!(real.probability_above(0.0).unwrap() <= normal.probability_above(0.0).unwrap());
        }
    }
}
