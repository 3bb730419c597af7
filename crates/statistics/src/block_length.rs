//! How long the blocks of a bootstrap should be, read from the autocorrelation of the series itself.

use crate::autocorrelation::autocovariances;
use crate::{StatisticsError, moments, sample};

/// Block lengths that minimise the error of the bootstrap variance of a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockLength {
    /// Mean length for the stationary bootstrap, at least one.
    pub stationary: f64,
    /// Length for the circular bootstrap, at least one (round up).
    pub circular: f64,
}

/// The automatic block length of Politis and White.
///
/// With `M` twice the first lag from which on autocorrelations are insignificant for a while, a flat-top window
/// `lambda` (1 up to half of `M`, then falling to 0) and `g(0) = sum lambda gamma_k`, `G = sum lambda |k| gamma_k` over
/// `-M..=M`: `b = (2 G^2 n / D)^(1/3)` with `D = 2 g(0)^2` (stationary) or `4/3 g(0)^2` (circular), at most
/// `min(3 sqrt n, n / 3)` and at least one.
///
/// Sources: Politis and White (2004), Econometric Reviews 23, 53-70; with the correction of Patton, Politis and White
/// (2009), Econometric Reviews 28, 372-375, that gives `D = 2 g(0)^2`.
///
/// ```
/// use autotrading_statistics::block_length::politis_white;
/// // Four steps up, four steps down: far from independent.
/// let wave: Vec<f64> = (0..400).map(|t| if t / 4 % 2 == 0 { 1.0 } else { -1.0 }).collect();
/// assert!(politis_white(&wave)?.stationary > 2.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Fewer than sixteen observations (too few to see any lag), a non-finite value, a constant sample, overflow.
pub fn politis_white(series: &[f64]) -> Result<BlockLength, StatisticsError> {
    sample::check("series", series, 16)?;
    let spread = moments::variance(series, moments::Estimator::Population)?;
    if spread <= 0.0 {
        return Err(StatisticsError::NoVariation { what: "series", index: 0, value: series[0] });
    }
    let n = series.len() as f64;
    // At least five insignificant autocorrelations in a row are wanted.
    let quiet = 5.max(n.log10() as usize);
    let largest = (n.sqrt().ceil() as usize + quiet).min(series.len() - 1);
    let gamma = autocovariances(series, largest)?;
    let window = (2 * first_quiet_lag(&gamma, quiet, n)).min(largest);
    let (mut spectrum, mut slope) = (gamma[0], 0.0);
    for (k, covariance) in gamma.iter().enumerate().take(window + 1).skip(1) {
        let share = k as f64 / window as f64;
        let weight = if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) };
        spectrum += 2.0 * weight * covariance;
        slope += 2.0 * weight * k as f64 * covariance;
    }
    let ceiling = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    let length = |d: f64| {
        let best = (2.0 * slope * slope / d * n).cbrt();
        // A spectrum of zero at frequency zero asks for blocks without end.
        if best.is_finite() { best.clamp(1.0, ceiling) } else { ceiling }
    };
    Ok(BlockLength {
        stationary: length(2.0 * spectrum * spectrum),
        circular: length(4.0 / 3.0 * spectrum * spectrum),
    })
}

/// The first lag, at least one, of the first run of `quiet` autocorrelations inside the band `2 sqrt(log10 n / n)`;
/// the last lag if there is no such run.
fn first_quiet_lag(gamma: &[f64], quiet: usize, n: f64) -> usize {
    let band = 2.0 * (n.log10() / n).sqrt() * gamma[0];
    let starts = 1..gamma.len().saturating_sub(quiet);
    starts
        .into_iter()
        .find(|&lag| gamma[lag..lag + quiet].iter().all(|g| g.abs() < band))
        .unwrap_or(gamma.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn autoregression(n: usize, phi: f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut x = 0.0;
        let mut next = || {
            x = phi * x + rng.random::<f64>() - 0.5;
            x
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn more_dependence_asks_for_longer_blocks() {
        let lengths: Vec<f64> = [0.0, 0.4, 0.8]
            .map(|phi| politis_white(&autoregression(4_000, phi, 9)).unwrap().stationary)
            .to_vec();
        assert!(lengths[0] < 4.0 && lengths[0] < lengths[1] && lengths[1] < lengths[2], "{lengths:?}");
        // Closed form for AR(1): (n)^(1/3) (2 phi / (1 - phi^2))^(2/3), about 43 for phi = 0.8 (the estimate is noisy).
        assert!((25.0..75.0).contains(&lengths[2]), "{lengths:?}");
    }

    #[test]
    fn circular_blocks_are_longer_by_a_fixed_factor() {
        let length = politis_white(&autoregression(4_000, 0.6, 2)).unwrap();
        assert!((length.circular / length.stationary - 1.5_f64.cbrt()).abs() < 1e-12);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(politis_white(&[1.0; 15]), Err(StatisticsError::TooFew { required: 16, .. })));
        assert!(matches!(politis_white(&[1.0; 50]), Err(StatisticsError::NoVariation { .. })));
        let mut series = autoregression(50, 0.0, 1);
        series[30] = f64::NAN;
        assert!(matches!(politis_white(&series), Err(StatisticsError::NotFinite { index: 30, .. })));
    }
}
