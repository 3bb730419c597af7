//! Variance read from the range of a bar.

use std::f64::consts::LN_2;

use autotrading_domain::Bar;

/// Parkinson's variance of one bar's log return, `ln(H / L)^2 / (4 ln 2)`, in squared decimal fractions.
///
/// Right for a price that wanders without drift and without gaps between bars; about five times as efficient as the
/// squared return. Source: Parkinson (1980), Journal of Business 53, 61-65. Zero for a bar that is not sound.
///
/// ```
/// # use autotrading_domain::{Bar, Span, Timestamp};
/// # let bar = |open, high, low, close| Bar { open_time: Timestamp::EPOCH, interval: Span::HOUR, open, high, low, close,
/// #     volume: 1.0, closed: true, synthetic: false };
/// let variance = autotrading_regime::parkinson_variance(&bar(100.0, 102.0, 99.0, 101.0));
/// assert!((variance - 3.21432e-4).abs() < 1e-9); // ln(102 / 99)^2 / 2.77259 = 8.9120e-4 / 2.77259
/// ```
pub fn parkinson_variance(bar: &Bar) -> f64 {
    let range = ln_ratio(bar.high, bar.low);
    range * range / (4.0 * LN_2)
}

/// Garman and Klass's variance of one bar's log return, `ln(H / L)^2 / 2 - (2 ln 2 - 1) ln(C / O)^2`, in squared
/// decimal fractions.
///
/// About seven times as efficient as the squared return under the same conditions. Source: Garman and Klass (1980),
/// Journal of Business 53, 67-78. Zero for a bar that is not sound.
///
/// ```
/// # use autotrading_domain::{Bar, Span, Timestamp};
/// # let bar = |open, high, low, close| Bar { open_time: Timestamp::EPOCH, interval: Span::HOUR, open, high, low, close,
/// #     volume: 1.0, closed: true, synthetic: false };
/// let variance = autotrading_regime::garman_klass_variance(&bar(100.0, 102.0, 99.0, 101.0));
/// assert!((variance - 4.07353e-4).abs() < 1e-9); // 8.9120e-4 / 2 - 0.386294 * 9.9009e-5
/// ```
pub fn garman_klass_variance(bar: &Bar) -> f64 {
    let (range, body) = (ln_ratio(bar.high, bar.low), ln_ratio(bar.close, bar.open));
    (0.5 * range * range - (2.0 * LN_2 - 1.0) * body * body).max(0.0)
}

fn ln_ratio(above: f64, below: f64) -> f64 {
    let ratio = (above / below).ln();
    if ratio.is_finite() { ratio } else { 0.0 }
}
