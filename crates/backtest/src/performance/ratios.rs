//! Ratios of a series of simple returns. Undefined is `None`, never infinity or zero.

use autotrading_statistics::overfitting::SharpeEstimate;
use autotrading_statistics::{Estimator, Moments, QuantileMethod, quantile::quantile_in_place};

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
    sharpe_of(&Moments::of(returns).ok()?, periods_per_year)
}

/// The same where the moments are known.
pub(super) fn sharpe_of(moments: &Moments, periods_per_year: f64) -> Option<f64> {
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
    sharpe_standard_error_of(&Moments::of(returns).ok()?, periods_per_year)
}

pub(super) fn sharpe_standard_error_of(moments: &Moments, periods_per_year: f64) -> Option<f64> {
    let error = SharpeEstimate::from_moments(moments).ok()?.standard_error().ok()?;
    defined(error * periods_per_year.sqrt())
}

/// Factor by which `sqrt(periods)` overstates the annual Sharpe ratio of autocorrelated returns:
/// `eta(q) = q / sqrt(q + 2 sum_{k<q} (q - k) rho_k)`, taken with the first `lags` autocorrelations, divided by `sqrt(q)`.
///
/// Source: Lo (2002), "The Statistics of Sharpe Ratios", equation 20.
pub fn lo_correction(returns: &[f64], periods_per_year: f64, lags: usize) -> Option<f64> {
    lo_correction_of(&Moments::of(returns).ok()?, returns, periods_per_year, lags)
}

pub(super) fn lo_correction_of(
    moments: &Moments,
    returns: &[f64],
    periods_per_year: f64,
    lags: usize,
) -> Option<f64> {
    let q = periods_per_year;
    let mut sum = q;
    for (lag, rho) in autocorrelations(moments, returns, lags)?.into_iter().enumerate() {
        sum += 2.0 * (q - (lag + 1) as f64).max(0.0) * rho;
    }
    defined(q / sum.sqrt() / q.sqrt())
}

fn autocorrelations(moments: &Moments, returns: &[f64], lags: usize) -> Option<Vec<f64>> {
    let mean = moments.mean().ok()?;
    if returns.len() <= lags + 1 {
        return None;
    }
    let sums: Vec<f64> =
        (0..=lags).step_by(LAGS).flat_map(|first| lagged(returns, mean, first)).take(lags + 1).collect();
    let (square, crossed) = sums.split_first()?;
    (*square > 0.0).then(|| crossed.iter().map(|sum| sum / square).collect())
}

/// Lags that are summed side by side: no sum waits for its own last addition.
const LAGS: usize = 12;

/// The sums of products of deviations from the mean with those `first`, `first + 1`, ... places later, each added up in
/// order of time.
fn lagged(values: &[f64], mean: f64, first: usize) -> [f64; LAGS] {
    let mut sums = [0.0; LAGS];
    let mut add = |now: &f64, later: &[f64]| {
        let now = now - mean;
        sums.iter_mut().zip(later).for_each(|(sum, later)| *sum += now * (later - mean));
    };
    let later = values.get(first..).unwrap_or(&[]);
    let (whole, rest) = values.split_at(later.len().saturating_sub(LAGS - 1));
    for (now, later) in whole.iter().zip(later.array_windows::<LAGS>()) {
        add(now, later);
    }
    // The last few have fewer after them.
    for (place, now) in (whole.len()..).zip(rest) {
        add(now, later.get(place..).unwrap_or(&[]));
    }
    sums
}

/// Annualised Sortino ratio with a target of zero: `mean * periods / (sqrt(mean(min(r, 0)^2)) * sqrt(periods))`.
///
/// Source: Sortino and Price (1994), "Performance Measurement in a Downside Risk Framework".
pub fn sortino(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    sortino_of(&Moments::of(returns).ok()?, &Sides::of(returns), periods_per_year)
}

pub(super) fn sortino_of(moments: &Moments, sides: &Sides, periods_per_year: f64) -> Option<f64> {
    let n = moments.count() as f64;
    let mean = moments.mean().ok()?;
    let downside = (sides.squared_losses / n).sqrt();
    defined(mean / downside * periods_per_year.sqrt()).filter(|_| downside > 0.0)
}

/// Gains and losses, each added up in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides {
    gains: f64,
    losses: f64,
    squared_losses: f64,
}

impl Sides {
    pub(super) fn of(returns: &[f64]) -> Self {
        returns.iter().fold(Self::default(), |sides, r| Self {
            gains: sides.gains + if *r > 0.0 { *r } else { 0.0 },
            losses: sides.losses + if *r < 0.0 { -r } else { 0.0 },
            squared_losses: sides.squared_losses + if *r < 0.0 { r * r } else { 0.0 },
        })
    }
}

/// Omega at a threshold of zero: the sum of gains over the sum of losses.
///
/// Source: Keating and Shadwick (2002), "A Universal Performance Measure".
pub fn omega(returns: &[f64]) -> Option<f64> {
    omega_of(&Sides::of(returns))
}

pub(super) fn omega_of(sides: &Sides) -> Option<f64> {
    defined(sides.gains / sides.losses).filter(|_| sides.losses > 0.0)
}

/// Size of the 95 % quantile over size of the 5 % quantile (type 7).
pub fn tail_ratio(returns: &[f64]) -> Option<f64> {
    tail_ratio_of(&Tails::of(&mut returns.to_vec())?)
}

pub(super) fn tail_ratio_of(tails: &Tails) -> Option<f64> {
    defined(tails.high.abs() / tails.low.abs())
}

/// The 5 % and the 95 % quantile (type 7).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tails {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Tails {
    /// By selection: the middle is never sorted. The returns lose their order.
    pub(super) fn of(returns: &mut [f64]) -> Option<Self> {
        let mut quantile = |p| quantile_in_place(returns, p, QuantileMethod::Linear).ok();
        Some(Self { low: quantile(0.05)?, high: quantile(0.95)? })
    }
}

/// Probability that the true Sharpe ratio is above `benchmark` (per period), given what was seen:
/// `Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2))`.
///
/// Source: Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier".
pub fn probabilistic_sharpe(returns: &[f64], benchmark: f64) -> Option<f64> {
    probabilistic_sharpe_of(&Moments::of(returns).ok()?, benchmark)
}

pub(super) fn probabilistic_sharpe_of(moments: &Moments, benchmark: f64) -> Option<f64> {
    SharpeEstimate::from_moments(moments).ok()?.probability_above(benchmark).ok()
}

/// How many returns it takes until a Sharpe ratio above `benchmark` (per period) is significant at `confidence`:
/// `1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z / (SR - SR*))^2`. Source: as [`probabilistic_sharpe`].
pub fn minimum_track_record(returns: &[f64], benchmark: f64, confidence: f64) -> Option<f64> {
    minimum_track_record_of(&Moments::of(returns).ok()?, benchmark, confidence)
}

pub(super) fn minimum_track_record_of(moments: &Moments, benchmark: f64, confidence: f64) -> Option<f64> {
    SharpeEstimate::from_moments(moments).ok()?.minimum_track_record(benchmark, confidence).ok()
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
