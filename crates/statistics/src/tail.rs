//! Value at risk and expected shortfall: the edge of a distribution's worst tail, and the mean beyond it.
//!
//! Samples are gains (returns): losses are below zero. Both numbers come out as **positive losses**; a negative
//! value at risk says that even the quantile is a gain. `confidence` is the share of outcomes that are not in the
//! tail, strictly between zero and one, for example 0.95. The unit is that of the sample.

use crate::quantile::{of_sorted, snapped_ceil};
use crate::sum::sum_of;
use crate::{QuantileMethod, SortedSample, StatisticsError, normal, sample, student_t::StudentT};

/// Which observations the expected shortfall of a sample averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ShortfallMethod {
    /// All at or below the type 7 quantile.
    #[default]
    TailMean,
    /// Exactly the share `1 - confidence`, the observation at its edge counted by a fraction: coherent.
    /// Source: Acerbi and Tasche (2002), Journal of Banking and Finance 26, 1487-1503.
    Fractional,
}

/// Historical value at risk: minus the quantile of the sample at `1 - confidence`.
///
/// ```
/// use autotrading_statistics::{QuantileMethod, tail};
/// let returns = [-0.04, -0.01, 0.0, 0.02, 0.03];
/// assert_eq!(tail::historical_value_at_risk(&returns, 0.75, QuantileMethod::Linear)?, 0.01);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An empty sample, a non-finite value, a confidence outside (0, 1).
pub fn historical_value_at_risk(
    sample: &[f64],
    confidence: f64,
    method: QuantileMethod,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    Ok(-crate::quantile::quantile(sample, share, method)?)
}

/// Historical expected shortfall: minus the mean of the worst tail.
///
/// ```
/// use autotrading_statistics::{ShortfallMethod, tail};
/// let returns = [-0.04, -0.01, 0.0, 0.02, 0.03];
/// assert_eq!(tail::historical_expected_shortfall(&returns, 0.75, ShortfallMethod::TailMean)?, 0.025);
/// let exact = tail::historical_expected_shortfall(&returns, 0.75, ShortfallMethod::Fractional)?;
/// assert!((exact - 0.034).abs() < 1e-16); // (0.04 + 0.25 * 0.01) / 1.25
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// As [`historical_value_at_risk`].
pub fn historical_expected_shortfall(
    sample: &[f64],
    confidence: f64,
    method: ShortfallMethod,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    let sorted = SortedSample::new(sample.to_vec())?;
    let values = sorted.values();
    let shortfall = match method {
        ShortfallMethod::TailMean => {
            let edge = of_sorted(values, share, QuantileMethod::Linear);
            // The quantile is never below the smallest value, so the tail is never empty.
            let tail = &values[..values.partition_point(|&x| x <= edge).max(1)];
            sum_of(tail.iter().copied()) / tail.len() as f64
        }
        ShortfallMethod::Fractional => {
            let mass = values.len() as f64 * share;
            // Ranks 1 .. edge - 1 count in full, rank `edge` with what is left of the mass.
            let edge = (snapped_ceil(mass).max(1.0) as usize).min(values.len());
            let whole = sum_of(values[..edge - 1].iter().copied());
            (whole + (mass - (edge - 1) as f64) * values[edge - 1]) / mass
        }
    };
    sample::finite_result("expected shortfall", -shortfall)
}

/// Value at risk of a normal distribution: `-(mean + z sd)`, `z` the normal quantile at `1 - confidence`.
///
/// ```
/// use autotrading_statistics::tail;
/// assert!((tail::normal_value_at_risk(0.0, 1.0, 0.99)? - 2.3263478740408408).abs() < 1e-14);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// A non-finite mean, a standard deviation below zero, a confidence outside (0, 1).
pub fn normal_value_at_risk(
    mean: f64,
    standard_deviation: f64,
    confidence: f64,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    scaled(mean, standard_deviation, -normal::quantile(share)?)
}

/// Expected shortfall of a normal distribution: `-mean + sd phi(z) / (1 - confidence)`.
///
/// ```
/// use autotrading_statistics::tail;
/// assert!((tail::normal_expected_shortfall(0.0, 1.0, 0.99)? - 2.665214220345808).abs() < 1e-13);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// As [`normal_value_at_risk`].
pub fn normal_expected_shortfall(
    mean: f64,
    standard_deviation: f64,
    confidence: f64,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    scaled(mean, standard_deviation, normal::pdf(normal::quantile(share)?)? / share)
}

/// Value at risk of a Student-t distribution with the given mean and standard deviation (not scale).
///
/// ```
/// use autotrading_statistics::{StudentT, tail};
/// let t4 = StudentT::new(4.0)?;
/// // 3.7469473879791968 sqrt(1/2): the quantile of t4, scaled to unit variance
/// assert!((tail::student_t_value_at_risk(0.0, 1.0, &t4, 0.99)? - 2.6494919067893).abs() < 1e-12);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// As [`normal_value_at_risk`], and two degrees of freedom or fewer, whose variance is infinite.
pub fn student_t_value_at_risk(
    mean: f64,
    standard_deviation: f64,
    distribution: &StudentT,
    confidence: f64,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    let unit = 1.0 / distribution.standard_deviation()?;
    scaled(mean, standard_deviation, -distribution.quantile(share)? * unit)
}

/// Expected shortfall of a Student-t distribution with the given mean and standard deviation (not scale).
///
/// # Errors
/// As [`student_t_value_at_risk`].
pub fn student_t_expected_shortfall(
    mean: f64,
    standard_deviation: f64,
    distribution: &StudentT,
    confidence: f64,
) -> Result<f64, StatisticsError> {
    let share = tail_share(confidence)?;
    let unit = 1.0 / distribution.standard_deviation()?;
    scaled(mean, standard_deviation, -distribution.lower_tail_mean(share)? * unit)
}

/// `-mean + sd * multiple`, for a standardised loss multiple.
pub(crate) fn scaled(mean: f64, standard_deviation: f64, multiple: f64) -> Result<f64, StatisticsError> {
    sample::check_finite("mean", mean)?;
    sample::check_not_negative("standard deviation", standard_deviation)?;
    sample::finite_result("loss", standard_deviation * multiple - mean)
}

/// The share of outcomes in the tail, `1 - confidence`.
pub(crate) fn tail_share(confidence: f64) -> Result<f64, StatisticsError> {
    Ok(1.0 - sample::check_probability("confidence", confidence)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quantile_that_is_a_gain_is_a_negative_loss() {
        let gains = [0.01, 0.02, 0.03];
        assert!(historical_value_at_risk(&gains, 0.95, QuantileMethod::Linear).unwrap() < 0.0);
        assert!(normal_value_at_risk(1.0, 0.1, 0.95).unwrap() < 0.0);
    }

    #[test]
    fn a_whole_number_of_tail_observations_is_averaged_whole() {
        let returns: Vec<f64> = (1..=1000).map(|k| f64::from(k) / 1000.0).collect();
        let shortfall = historical_expected_shortfall(&returns, 0.95, ShortfallMethod::Fractional).unwrap();
        assert!((shortfall + 0.0255).abs() < 1e-15); // mean of 0.001 ..= 0.050
    }

    #[test]
    fn bad_input_is_named() {
        for confidence in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(historical_value_at_risk(&[0.1], confidence, QuantileMethod::Linear).is_err());
            assert!(normal_value_at_risk(0.0, 1.0, confidence).is_err());
        }
        assert!(normal_expected_shortfall(0.0, -1.0, 0.95).is_err());
        assert!(student_t_value_at_risk(0.0, 1.0, &StudentT::new(2.0).unwrap(), 0.95).is_err());
    }

    proptest! {
        #[test]
        fn the_mean_beyond_the_edge_is_never_less_than_the_edge(
            returns in prop::collection::vec(-0.2_f64..0.2, 1..80),
            confidence in 0.01_f64..0.995,
        ) {
            let edge = historical_value_at_risk(&returns, confidence, QuantileMethod::InverseDistribution).unwrap();
            let fractional = historical_expected_shortfall(&returns, confidence, ShortfallMethod::Fractional).unwrap();
            prop_assert!(fractional >= edge - 1e-15);
            let edge = historical_value_at_risk(&returns, confidence, QuantileMethod::Linear).unwrap();
            let mean = historical_expected_shortfall(&returns, confidence, ShortfallMethod::TailMean).unwrap();
            prop_assert!(mean >= edge - 1e-15);
        }

        /// Sub-additivity, the property that gives the fractional shortfall its name "coherent".
        #[test]
        fn the_shortfall_of_a_sum_is_at_most_the_sum_of_shortfalls(
            pairs in prop::collection::vec((-0.2_f64..0.2, -0.2_f64..0.2), 2..60),
            confidence in 0.05_f64..0.99,
        ) {
            let of = |returns: Vec<f64>| {
                historical_expected_shortfall(&returns, confidence, ShortfallMethod::Fractional).unwrap()
            };
            let a = of(pairs.iter().map(|p| p.0).collect());
            let b = of(pairs.iter().map(|p| p.1).collect());
            prop_assert!(of(pairs.iter().map(|p| p.0 + p.1).collect()) <= a + b + 1e-12);
        }
    }
}
