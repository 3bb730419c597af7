//! Ratios of a series of simple returns. Undefined is `None`, never infinity or zero.

use autotrading_statistics::{Estimator, Moments, QuantileMethod, SortedSample, normal};

/// A finite number, or nothing.
pub(crate) fn defined(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Annualised Sharpe ratio with a risk-free rate of zero: `mean / s * sqrt(periods)`, `s` with n - 1.
///
/// Source: Sharpe (1994), "The Sharpe Ratio".
///
/// ```
/// use autotrading_backtest::sharpe;
/// let ratio = sharpe(&[0.01, -0.005, 0.02, 0.0], 365.0).unwrap();
/// assert!((ratio - 10.7702).abs() < 1e-4);
/// assert_eq!(sharpe(&[0.01, 0.01], 365.0), None); // no deviation, no ratio
/// ```
pub fn sharpe(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let moments = Moments::of(returns).ok()?;
    let deviation = moments.standard_deviation(Estimator::Sample).ok()?;
    let mean = moments.mean().ok()?;
    // Below this the deviation of equal returns is rounding, not risk.
    if deviation <= mean.abs().max(1e-300) * 1e-12 {
        return None;
    }
    defined(mean / deviation * periods_per_year.sqrt())
}

/// Standard error of the annualised Sharpe ratio for returns with autocorrelation, skew and fat tails.
///
/// `se = sqrt((1 - g3 SR + (g4 - 1)/4 SR^2) / (n - 1)) * sqrt(periods)` with the per-period `SR`, skew `g3` and raw
/// kurtosis `g4`. Source: Mertens (2002), "Comments on Variance of the IID estimator in Lo (2002)".
pub fn sharpe_standard_error(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let per_period = sharpe(returns, 1.0)?;
    let spread = sharpe_spread(returns, per_period)?;
    defined((spread / (returns.len() as f64 - 1.0)).sqrt() * periods_per_year.sqrt())
}

/// Factor by which `sqrt(periods)` overstates the annual Sharpe ratio of autocorrelated returns:
/// `eta(q) = q / sqrt(q + 2 sum_{k<q} (q - k) rho_k)`, taken with the first `lags` autocorrelations, divided by `sqrt(q)`.
///
/// Source: Lo (2002), "The Statistics of Sharpe Ratios", equation 20.
pub fn lo_correction(returns: &[f64], periods_per_year: f64, lags: usize) -> Option<f64> {
    let q = periods_per_year;
    let mut sum = q;
    for (lag, rho) in autocorrelations(returns, lags)?.into_iter().enumerate() {
        sum += 2.0 * (q - (lag + 1) as f64).max(0.0) * rho;
    }
    defined(q / sum.sqrt() / q.sqrt())
}

fn autocorrelations(returns: &[f64], lags: usize) -> Option<Vec<f64>> {
    let n = returns.len();
    let mean = Moments::of(returns).ok()?.mean().ok()?;
    let square: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
    if n <= lags + 1 || square <= 0.0 {
        return None;
    }
    let at = |lag: usize| {
        returns.iter().zip(returns.iter().skip(lag)).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>()
            / square
    };
    Some((1..=lags).map(at).collect())
}

/// Annualised Sortino ratio with a target of zero: `mean * periods / (sqrt(mean(min(r, 0)^2)) * sqrt(periods))`.
///
/// Source: Sortino and Price (1994), "Performance Measurement in a Downside Risk Framework".
pub fn sortino(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let n = returns.len() as f64;
    let mean = Moments::of(returns).ok()?.mean().ok()?;
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    defined(mean / downside * periods_per_year.sqrt()).filter(|_| downside > 0.0)
}

/// Omega at a threshold of zero: the sum of gains over the sum of losses.
///
/// Source: Keating and Shadwick (2002), "A Universal Performance Measure".
pub fn omega(returns: &[f64]) -> Option<f64> {
    let gains: f64 = returns.iter().map(|r| r.max(0.0)).sum();
    let losses: f64 = returns.iter().map(|r| (-r).max(0.0)).sum();
    defined(gains / losses).filter(|_| losses > 0.0)
}

/// Size of the 95 % quantile over size of the 5 % quantile (type 7).
pub fn tail_ratio(returns: &[f64]) -> Option<f64> {
    let sample = SortedSample::new(returns.to_vec()).ok()?;
    let high = sample.quantile(0.95, QuantileMethod::Linear).ok()?;
    let low = sample.quantile(0.05, QuantileMethod::Linear).ok()?;
    defined(high.abs() / low.abs())
}

/// Probability that the true Sharpe ratio is above `benchmark` (per period), given what was seen:
/// `Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2))`.
///
/// Source: Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier".
pub fn probabilistic_sharpe(returns: &[f64], benchmark: f64) -> Option<f64> {
    let ratio = sharpe(returns, 1.0)?;
    let spread = sharpe_spread(returns, ratio)?;
    let z = (ratio - benchmark) * (returns.len() as f64 - 1.0).sqrt() / spread.sqrt();
    normal::cdf(defined(z)?).ok()
}

/// How many returns it takes until a Sharpe ratio above `benchmark` (per period) is significant at `confidence`:
/// `1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z / (SR - SR*))^2`. Source: as [`probabilistic_sharpe`].
pub fn minimum_track_record(returns: &[f64], benchmark: f64, confidence: f64) -> Option<f64> {
    let ratio = sharpe(returns, 1.0)?;
    if ratio <= benchmark {
        return None;
    }
    let z = normal::quantile(confidence).ok()?;
    defined(1.0 + sharpe_spread(returns, ratio)? * (z / (ratio - benchmark)).powi(2))
}

fn sharpe_spread(returns: &[f64], ratio: f64) -> Option<f64> {
    let moments = Moments::of(returns).ok()?;
    let skew = moments.skewness(Estimator::Population).ok()?;
    let kurtosis = moments.excess_kurtosis(Estimator::Population).ok()? + 3.0;
    Some(1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio).filter(|spread| *spread > 0.0)
}

/// Growth a year, compounded: `(end / start)^(1 / years) - 1`.
pub fn annualised(total_growth: f64, years: f64) -> Option<f64> {
    (total_growth > 0.0 && years > 0.0).then(|| total_growth.powf(1.0 / years) - 1.0).and_then(defined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::performance::spx_returns;

    fn close(got: Option<f64>, expected: f64, relative: f64) {
        let got = got.unwrap();
        assert!((got - expected).abs() <= relative * expected.abs(), "{got} is not {expected}");
    }

    #[test]
    fn ratios_of_twenty_years_of_an_index_agree_with_the_reference() {
        let returns = spx_returns();
        close(sharpe(&returns, 252.0), 0.282_739_229_044_606_97, 1e-12);
        close(sortino(&returns, 252.0), 0.398_614_029_856_396_93, 1e-12);
        close(omega(&returns), 1.054_488_820_713_616_7, 1e-12);
        close(tail_ratio(&returns), 0.934_621_609_932_948_4, 1e-12);
    }

    #[test]
    fn the_probability_of_a_true_sharpe_agrees_with_the_reference() {
        let returns = spx_returns();
        let half_a_year = 0.5 / 252f64.sqrt();
        assert!((probabilistic_sharpe(&returns, 0.0).unwrap() - 0.896_583_213_032_504_1).abs() < 1e-12);
        assert!(
            (probabilistic_sharpe(&returns, half_a_year).unwrap() - 0.166_027_108_783_261_93).abs() < 1e-12
        );
        close(minimum_track_record(&returns, 0.0, 0.95), 8_539.804_155_862_81, 1e-9);
    }

    #[test]
    fn what_is_undefined_is_none() {
        for returns in [&[][..], &[0.01], &[0.0, 0.0, 0.0]] {
            assert_eq!(sharpe(returns, 365.0), None);
            assert_eq!(sortino(returns, 365.0), None);
            assert_eq!(omega(returns), None);
        }
        assert_eq!(annualised(0.0, 1.0), None);
        assert_eq!(sharpe(&[f64::NAN, 0.1], 365.0), None);
    }

    #[test]
    fn independent_returns_need_no_correction() {
        let returns: Vec<f64> =
            (0..5000).map(|i: i64| ((i * 7919 + i * i * 104_729) % 1009 - 504) as f64 / 1e5).collect();
        close(lo_correction(&returns, 365.0, 5), 1.0, 0.1);
    }
}
