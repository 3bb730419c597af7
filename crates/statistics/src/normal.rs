//! The standard normal distribution: mean zero, variance one.

use std::f64::consts::{SQRT_2, TAU};

use statrs::function::erf::erfc_inv;

use crate::{StatisticsError, sample};

/// Density `phi(x) = exp(-x^2 / 2) / sqrt(2 pi)`; zero at either infinity. Errors: NaN.
///
/// ```
/// assert!((autotrading_statistics::normal::pdf(0.0)? - 0.3989422804014327).abs() < 1e-16);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn pdf(x: f64) -> Result<f64, StatisticsError> {
    check_number(x)?;
    Ok(density(x))
}

/// Probability of a value at or below `x`, accurate in the lower tail as far as `f64` reaches. Errors: NaN.
///
/// ```
/// use autotrading_statistics::normal;
/// assert!((normal::cdf(-1.0)? - 0.15865525393145705).abs() < 1e-15);
/// assert!((normal::cdf(-8.0)? / 6.220960574271784e-16 - 1.0).abs() < 1e-13);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn cdf(x: f64) -> Result<f64, StatisticsError> {
    check_number(x)?;
    Ok(if x < -FAR {
        far_tail(-x)
    } else if x > FAR {
        1.0 - far_tail(x)
    } else {
        0.5 + density(x) * middle(x)
    })
}

/// Where the continued fraction takes over from the series: the one converges slowly inside, the other cancels
/// outside. (The error function of `statrs` 0.19 is relatively 2e-11 off at five standard deviations.)
const FAR: f64 = 2.0;

/// Upper tail beyond `x > FAR`: the density times Mills' ratio `1 / (x + 1 / (x + 2 / (x + 3 / ...)))`.
/// Source: Abramowitz and Stegun, 26.2.14.
fn far_tail(x: f64) -> f64 {
    let terms = 12 + (160.0 / x) as u32;
    let ratio = (1..=terms).rev().fold(x, |tail, k| x + f64::from(k) / tail);
    density(x) / ratio
}

/// `x + x^3/3 + x^5/(3 5) + ...`, the area between zero and `x` over the density at `x`.
/// Source: Abramowitz and Stegun, 26.2.11.
fn middle(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    sum
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// Probability of a value above `x`, accurate in the upper tail, where `1 - cdf` is only rounding. Errors: NaN.
///
/// ```
/// use autotrading_statistics::normal;
/// assert_eq!(normal::survival(5.0)?, normal::cdf(-5.0)?);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn survival(x: f64) -> Result<f64, StatisticsError> {
    cdf(-x)
}

/// The value that is exceeded with probability `1 - p`: inverse of [`cdf`].
///
/// ```
/// use autotrading_statistics::normal;
/// assert!((normal::quantile(0.025)? + 1.959963984540054).abs() < 1e-14);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// `p` outside the open interval (0, 1).
pub fn quantile(p: f64) -> Result<f64, StatisticsError> {
    sample::check_probability("p", p)?;
    // The lower half is the accurate one; `1 - p` is exact for p >= 1/2.
    let (tail, sign) = if p <= 0.5 { (p, 1.0) } else { (1.0 - p, -1.0) };
    let x = -SQRT_2 * erfc_inv(2.0 * tail);
    Ok(sign * polished(x, tail)?)
}

/// One Halley step on `ln cdf(x) = ln p`, which makes up for what the inverse error function leaves.
fn polished(x: f64, p: f64) -> Result<f64, StatisticsError> {
    let (probability, density) = (cdf(x)?, density(x));
    if density <= 0.0 || probability <= 0.0 {
        return Ok(x);
    }
    let newton = (probability - p) / density;
    let step = newton / (1.0 + 0.5 * x * newton);
    Ok(if step.abs() < 1e-6 * (1.0 + x.abs()) { x - step } else { x })
}

fn check_number(x: f64) -> Result<(), StatisticsError> {
    if x.is_nan() { Err(StatisticsError::NotFinite { what: "x", index: 0, got: x }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reference values computed with forty digits.
    #[test]
    fn the_tails_agree_with_forty_digit_arithmetic() {
        for (x, p) in [
            (-38.0, 2.885_428_36e-316),
            (-30.0, 4.906_713_927_148_187e-198),
            (-20.0, 2.753_624_118_606_233_7e-89),
            (-10.0, 7.619_853_024_160_526e-24),
            (-6.0, 9.865_876_450_376_98e-10),
            (-5.0, 2.866_515_718_791_939e-7),
            (-3.0, 0.001_349_898_031_630_094_5),
            (-2.0, 0.022_750_131_948_179_21),
            (-0.5, 0.308_537_538_725_986_9),
            (0.3, 0.617_911_422_188_952_6),
            (2.5, 0.993_790_334_674_224),
        ] {
            let got = cdf(x).unwrap();
            let allowed = if x < -37.0 { 1e-7 } else { 1e-13 }; // below 1e-308 digits are missing
            assert!((got / p - 1.0).abs() < allowed, "{x}: {got:e} {p:e}");
        }
    }

    #[test]
    fn the_quantiles_agree_with_forty_digit_arithmetic() {
        for (p, x) in [
            (1e-300, -37.047_096_299_361_2),
            (1e-100, -21.273_453_560_965_324),
            (1e-20, -9.262_340_089_798_408),
            (1e-10, -6.361_340_902_404_056),
            (1e-5, -4.264_890_793_922_825),
            (0.001, -3.090_232_306_167_813_5),
            (0.01, -2.326_347_874_040_841),
            (0.025, -1.959_963_984_540_054_2),
            (0.05, -1.644_853_626_951_472_7),
            (0.25, -0.674_489_750_196_081_7),
            (0.4, -0.253_347_103_135_799_7),
        ] {
            let got = quantile(p).unwrap();
            assert!((got / x - 1.0).abs() < 1e-14, "{p}: {got} {x}");
        }
        assert_eq!(quantile(0.5), Ok(0.0));
    }

    #[test]
    fn infinities_are_answered_and_nan_is_refused() {
        assert_eq!(cdf(f64::NEG_INFINITY), Ok(0.0));
        assert_eq!(cdf(f64::INFINITY), Ok(1.0));
        assert_eq!(pdf(f64::INFINITY), Ok(0.0));
        assert!(cdf(f64::NAN).is_err());
        for p in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(quantile(p).is_err());
        }
    }

    proptest! {
        #[test]
        fn quantile_and_cdf_undo_each_other(x in -8.0_f64..5.0) {
            prop_assert!((quantile(cdf(x).unwrap()).unwrap() - x).abs() < 1e-9);
        }

        #[test]
        fn both_sides_are_mirror_images(p in 1e-9_f64..0.5) {
            let q = 1.0 - p; // the exact mirror image of 1 - q
            prop_assert_eq!(quantile(1.0 - q).unwrap(), -quantile(q).unwrap());
        }
    }
}
