//! How much one observation says about later ones, and how many independent ones a sample is worth.

use crate::sum::sum_of;
use crate::{StatisticsError, moments, sample};

/// Autocovariance `gamma_k = (1/n) sum_t (x_t - mean)(x_(t+k) - mean)` for every lag `0..=max_lag`.
///
/// Divided by `n` at every lag, which keeps the sequence positive semi-definite.
/// Units: those of the sample, squared. Cost: `O(n max_lag)`.
///
/// # Errors
/// Fewer than `max_lag + 1` observations, a non-finite value, overflow.
pub fn autocovariances(sample: &[f64], max_lag: usize) -> Result<Vec<f64>, StatisticsError> {
    sample::check("sample", sample, max_lag.saturating_add(1))?;
    let n = sample.len() as f64;
    let mean = moments::mean(sample)?;
    let deviations: Vec<f64> = sample.iter().map(|x| x - mean).collect();
    (0..=max_lag)
        .map(|lag| {
            let products = deviations.iter().zip(deviations.iter().skip(lag)).map(|(a, b)| a * b);
            sample::finite_result("autocovariance", sum_of(products) / n)
        })
        .collect()
}

/// Autocorrelations `gamma_k / gamma_0` for every lag `0..=max_lag`; the first is one.
///
/// ```
/// use autotrading_statistics::autocorrelation::autocorrelations;
/// let rho = autocorrelations(&[1.0, -1.0, 1.0, -1.0], 2)?;
/// assert_eq!(rho, [1.0, -0.75, 0.5]);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// As [`autocovariances`], and a constant sample.
pub fn autocorrelations(sample: &[f64], max_lag: usize) -> Result<Vec<f64>, StatisticsError> {
    let mut gamma = autocovariances(sample, max_lag)?;
    let scale = gamma.first().copied().unwrap_or_default();
    if moments::variance(sample, moments::Estimator::Population)? <= 0.0 || scale <= 0.0 {
        let value = sample.first().copied().unwrap_or_default();
        return Err(StatisticsError::NoVariation { what: "sample", index: 0, value });
    }
    gamma.iter_mut().for_each(|g| *g = (*g / scale).clamp(-1.0, 1.0));
    Ok(gamma)
}

/// Autocorrelation at one lag: see [`autocorrelations`].
///
/// # Errors
/// As [`autocorrelations`].
pub fn autocorrelation(sample: &[f64], lag: usize) -> Result<f64, StatisticsError> {
    Ok(autocorrelations(sample, lag)?.last().copied().unwrap_or(1.0))
}

/// The number of independent observations that would estimate the mean as well as these dependent ones:
/// `n / (1 + 2 sum rho_k)`.
///
/// The sum stops where Geyer's pairs `rho_2m + rho_(2m+1)` are no longer above zero, where they are only noise.
/// The answer is between one and `n`: anti-correlation is not credited, so a risk number built on it errs to
/// the cautious side. Source: Geyer (1992), Statistical Science 7, 473-483. A constant sample is worth one.
///
/// # Errors
/// Fewer than two observations, a non-finite value, overflow.
pub fn effective_sample_size(sample: &[f64]) -> Result<f64, StatisticsError> {
    sample::check("sample", sample, 2)?;
    let n = sample.len();
    let mean = moments::mean(sample)?;
    if moments::variance(sample, moments::Estimator::Population)? <= 0.0 {
        return Ok(1.0);
    }
    let deviations: Vec<f64> = sample.iter().map(|x| x - mean).collect();
    let covariance = |lag: usize| {
        sum_of(deviations.iter().zip(deviations.iter().skip(lag)).map(|(a, b)| a * b)) / n as f64
    };
    let scale = covariance(0);
    let mut time = -1.0;
    for lag in (0..n).step_by(2) {
        let pair = (covariance(lag) + covariance(lag + 1)) / scale;
        if pair <= 0.0 {
            break;
        }
        time += 2.0 * pair;
    }
    sample::finite_result("effective sample size", (n as f64 / time.max(1.0)).max(1.0))
}

/// Kish's effective number of equally weighted observations: `(sum w)^2 / sum w^2`.
///
/// ```
/// use autotrading_statistics::autocorrelation::effective_weight_count;
/// assert_eq!(effective_weight_count(&[0.25; 4])?, 4.0);
/// assert_eq!(effective_weight_count(&[1.0, 0.0])?, 1.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// No weight, a non-finite or negative one, or all zero.
pub fn effective_weight_count(weights: &[f64]) -> Result<f64, StatisticsError> {
    sample::check("weights", weights, 1)?;
    if let Some((index, &got)) = weights.iter().enumerate().find(|(_, w)| **w < 0.0) {
        return Err(StatisticsError::OutOfRange { what: "weights", index, got, required: "[0, inf)" });
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Err(sample::out_of_range("sum of weights", 0.0, "(0, inf)"));
    }
    let total = sum_of(weights.iter().map(|w| w / largest));
    let squares = sum_of(weights.iter().map(|w| (w / largest).powi(2)));
    Ok(total * total / squares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn autoregression(n: usize, phi: f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut x = 0.0;
        (0..n)
            .map(|_| {
                x = phi * x + rng.random::<f64>() - 0.5;
                x
            })
            .collect()
    }

    #[test]
    fn persistence_shrinks_the_effective_sample() {
        // For AR(1) the exact factor is (1 - phi) / (1 + phi).
        for phi in [0.0, 0.5, 0.8] {
            let n = 20_000;
            let effective = effective_sample_size(&autoregression(n, phi, 7)).unwrap();
            let exact = n as f64 * (1.0 - phi) / (1.0 + phi);
            assert!((effective / exact - 1.0).abs() < 0.15, "phi {phi}: {effective} against {exact}");
        }
    }

    #[test]
    fn anti_correlation_is_not_credited() {
        let effective = effective_sample_size(&autoregression(1_000, -0.9, 3)).unwrap();
        assert_eq!(effective, 1_000.0);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(autocorrelation(&[1.0, 2.0], 2), Err(StatisticsError::TooFew { required: 3, .. })));
        assert!(matches!(autocorrelation(&[0.3; 9], 1), Err(StatisticsError::NoVariation { .. })));
        assert!(matches!(
            effective_weight_count(&[1.0, -1.0]),
            Err(StatisticsError::OutOfRange { index: 1, .. })
        ));
        assert!(effective_weight_count(&[0.0]).is_err());
        assert_eq!(effective_sample_size(&[0.3; 9]), Ok(1.0));
    }

    proptest! {
        #[test]
        fn autocorrelation_never_leaves_minus_one_to_one(sample in prop::collection::vec(-1.0_f64..1.0, 10..80)) {
            for rho in autocorrelations(&sample, 9).unwrap() {
                prop_assert!((-1.0..=1.0).contains(&rho));
            }
        }
    }
}
