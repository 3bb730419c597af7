//! Quantiles of a nearly normal distribution from its skewness and kurtosis, and where that is allowed.

use crate::tail::{scaled, tail_share};
use crate::{StatisticsError, normal, sample};

/// The Cornish-Fisher expansion of third order, known to be a monotone quantile function.
///
/// `w(z) = z + (z^2 - 1) s/6 + (z^3 - 3z) k/24 - (2z^3 - 5z) s^2/36` with skewness `s`, excess kurtosis `k`.
/// Outside a narrow domain (with `s = 0`: `0 <= k <= 8`) it folds back and a larger confidence could give a smaller
/// loss: there [`new`](Self::new) refuses, and a heavier tail model is due. Source: Maillard (2012),
/// "A user's guide to the Cornish Fisher expansion"; the same condition follows from `w'(z) >= 0` for all `z`.
///
/// ```
/// use autotrading_statistics::{CornishFisher, StatisticsError};
///
/// let w = CornishFisher::new(-0.5, 2.0)?;
/// assert!((w.at(-2.0)? + 2.375).abs() < 1e-15); // -2 - 1/4 - 1/6 + 1/24
/// assert!(matches!(CornishFisher::new(0.0, 8.5), Err(StatisticsError::NotMonotone { .. })));
/// # Ok::<(), StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CornishFisher {
    skewness: f64,
    excess_kurtosis: f64,
}

impl CornishFisher {
    /// Checks that the expansion is monotone.
    ///
    /// # Errors
    /// A non-finite parameter, or `NotMonotone`.
    pub fn new(skewness: f64, excess_kurtosis: f64) -> Result<Self, StatisticsError> {
        let s = sample::check_finite("skewness", skewness)?;
        let k = sample::check_finite("excess kurtosis", excess_kurtosis)?;
        if is_monotone(s, k) {
            Ok(Self { skewness, excess_kurtosis })
        } else {
            Err(StatisticsError::NotMonotone { skewness, excess_kurtosis })
        }
    }

    /// The expanded quantile for the normal quantile `z`; increasing in `z`. Errors: `z` not finite; overflow.
    pub fn at(&self, z: f64) -> Result<f64, StatisticsError> {
        expansion(z, self.skewness, self.excess_kurtosis)
    }

    /// The quantile of the standardised variable at probability `p`. Errors: `p` outside (0, 1).
    pub fn quantile(&self, p: f64) -> Result<f64, StatisticsError> {
        self.at(normal::quantile(p)?)
    }

    /// Value at risk as a positive loss: `-(mean + w(z) sd)`, `z` the normal quantile at `1 - confidence`.
    ///
    /// # Errors
    /// A confidence outside (0, 1), a non-finite mean, a standard deviation below zero.
    pub fn value_at_risk(
        &self,
        mean: f64,
        standard_deviation: f64,
        confidence: f64,
    ) -> Result<f64, StatisticsError> {
        scaled(mean, standard_deviation, -self.quantile(tail_share(confidence)?)?)
    }

    /// Expected shortfall as a positive loss: see [`shortfall_multiple`]. Errors: as the value at risk.
    pub fn expected_shortfall(
        &self,
        mean: f64,
        standard_deviation: f64,
        confidence: f64,
    ) -> Result<f64, StatisticsError> {
        let share = tail_share(confidence)?;
        let multiple =
            shortfall_multiple(normal::quantile(share)?, share, self.skewness, self.excess_kurtosis)?;
        scaled(mean, standard_deviation, multiple)
    }
}

/// The bare polynomial `w(z)`, monotone or not: for diagnosis and comparison, not for limits.
///
/// # Errors
/// A non-finite input; overflow.
pub fn expansion(z: f64, skewness: f64, excess_kurtosis: f64) -> Result<f64, StatisticsError> {
    sample::check("z, skewness, excess kurtosis", &[z, skewness, excess_kurtosis], 3)?;
    let (square, cube) = (z * z, z * z * z);
    let value = z + (square - 1.0) * skewness / 6.0 + (cube - 3.0 * z) * excess_kurtosis / 24.0
        - (2.0 * cube - 5.0 * z) * skewness * skewness / 36.0;
    sample::finite_result("Cornish-Fisher expansion", value)
}

/// Standardised expected shortfall of the bare polynomial beyond the normal quantile `z` of the tail `share`:
/// `phi(z)/share (1 + z s/6 + (z^2 - 1) k/24 - (2 z^2 - 1) s^2/36)`, the integral of `w` over the tail.
///
/// # Errors
/// A non-finite `z`; a share outside (0, 1); overflow.
pub fn shortfall_multiple(
    z: f64,
    share: f64,
    skewness: f64,
    excess_kurtosis: f64,
) -> Result<f64, StatisticsError> {
    sample::check("z, skewness, excess kurtosis", &[z, skewness, excess_kurtosis], 3)?;
    sample::check_probability("share", share)?;
    let square = z * z;
    let bend = 1.0 + z * skewness / 6.0 + (square - 1.0) * excess_kurtosis / 24.0
        - (2.0 * square - 1.0) * skewness * skewness / 36.0;
    sample::finite_result("expected shortfall", normal::pdf(z)? / share * bend)
}

/// Whether `w'(z) = a z^2 + b z + c` is nowhere below zero.
fn is_monotone(s: f64, k: f64) -> bool {
    let a = k / 8.0 - s * s / 6.0;
    let b = s / 3.0;
    let c = 1.0 - k / 8.0 + 5.0 * s * s / 36.0;
    if a == 0.0 { b == 0.0 && c >= 0.0 } else { a > 0.0 && b * b <= 4.0 * a * c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_skew_and_no_kurtosis_is_the_normal_distribution() {
        let w = CornishFisher::new(0.0, 0.0).unwrap();
        assert_eq!(w.at(-1.7), Ok(-1.7));
        let shortfall = w.expected_shortfall(0.0, 1.0, 0.99).unwrap();
        assert_eq!(shortfall, crate::tail::normal_expected_shortfall(0.0, 1.0, 0.99).unwrap());
    }

    #[test]
    fn the_domain_ends_where_maillard_says() {
        assert!(CornishFisher::new(0.0, 8.0).is_ok());
        assert!(CornishFisher::new(0.0, 8.000_1).is_err());
        assert!(CornishFisher::new(0.0, -0.1).is_err());
        assert!(CornishFisher::new(0.5, 0.0).is_err()); // skew without kurtosis folds back
        // Beyond |s| = 6 (sqrt 2 - 1) no kurtosis helps.
        let largest = 6.0 * (2.0_f64.sqrt() - 1.0);
        let some = |s: f64| (0..4_000).any(|i| CornishFisher::new(s, f64::from(i) / 200.0).is_ok());
        assert!(some(largest - 0.01) && !some(largest + 0.01));
        assert!(CornishFisher::new(f64::NAN, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn the_check_agrees_with_looking_at_the_slope(s in -3.0_f64..3.0, k in -1.0_f64..12.0) {
            let falls = (-40_000..40_000).any(|i| {
                let z = f64::from(i) / 1_000.0;
                expansion(z + 1e-3, s, k).unwrap() < expansion(z, s, k).unwrap() - 1e-12
            });
            // The grid sees only |z| <= 40: a fold further out is caught by the sign of the leading term alone.
            let accepted = CornishFisher::new(s, k).is_ok();
            prop_assert!(!(accepted && falls));
            let leading = k / 8.0 - s * s / 6.0;
            if !falls && leading > 1e-3 {
                let lowest = 1.0 - k / 8.0 + 5.0 * s * s / 36.0 - (s / 3.0).powi(2) / (4.0 * leading);
                prop_assert!(accepted || lowest > -1e-5 || (s / 3.0 / leading).abs() > 70.0);
            }
        }

        #[test]
        fn more_confidence_never_gives_a_smaller_loss(
            s in -0.8_f64..0.8,
            k in 1.5_f64..5.0,
            a in 0.5_f64..0.999,
            b in 0.5_f64..0.999,
        ) {
            prop_assume!(CornishFisher::new(s, k).is_ok());
            let w = CornishFisher::new(s, k).unwrap();
            let at = |c: f64| w.value_at_risk(0.0, 1.0, c).unwrap();
            prop_assert!(at(a.max(b)) >= at(a.min(b)) - 1e-12);
            prop_assert!(w.expected_shortfall(0.0, 1.0, a).unwrap() >= at(a) - 1e-12);
        }

        #[test]
        fn the_shortfall_is_the_mean_of_the_expansion_over_the_tail(
            s in -0.5_f64..0.5,
            k in 1.0_f64..4.0,
            confidence in 0.6_f64..0.995,
        ) {
            let share = 1.0 - confidence;
            let z = normal::quantile(share).unwrap();
            let h = 1e-3;
            let integral: f64 = (0..12_000)
                .map(|i| z - (f64::from(i) + 0.5) * h)
                .map(|x| -expansion(x, s, k).unwrap() * normal::pdf(x).unwrap() * h)
                .sum();
            prop_assert!((shortfall_multiple(z, share, s, k).unwrap() - integral / share).abs() < 1e-5);
        }
    }
}
