//! What an indicator accepts: the size of its inputs and of its settings.

use super::indicator::IndicatorError;

/// Largest magnitude that an indicator accepts. Its square, summed over the longest window, is still finite, so that no
/// sound input can ever bring an infinity or a NaN out.
pub const LARGEST_INPUT: f64 = 1e100;

/// Longest window, in inputs. Below `2^20`, so that a weight times half a mantissa is exact.
pub const LONGEST_PERIOD: usize = 1_000_000;

/// The value itself if it is a number of acceptable size.
#[inline]
pub(crate) fn sound(what: &'static str, got: f64) -> Result<f64, IndicatorError> {
    // One comparison refuses all three: NaN compares false.
    if got.abs() <= LARGEST_INPUT { Ok(got) } else { Err(IndicatorError::Input { what, got }) }
}

/// The period itself if it lies between `least` and [`LONGEST_PERIOD`].
pub(crate) fn period(indicator: &'static str, got: usize, least: usize) -> Result<usize, IndicatorError> {
    if (least..=LONGEST_PERIOD).contains(&got) {
        Ok(got)
    } else {
        Err(IndicatorError::Period { indicator, got, least, most: LONGEST_PERIOD })
    }
}

/// The setting itself if it lies above zero and not above `most`.
pub(crate) fn factor(indicator: &'static str, got: f64, most: f64) -> Result<f64, IndicatorError> {
    if got > 0.0 && got <= most { Ok(got) } else { Err(IndicatorError::Factor { indicator, got, most }) }
}

/// Refuses a slow period that is not longer than the fast one.
pub(crate) fn faster(indicator: &'static str, fast: usize, slow: usize) -> Result<(), IndicatorError> {
    if fast < slow { Ok(()) } else { Err(IndicatorError::Order { indicator, fast, slow }) }
}

/// `numerator / denominator`; zero where the denominator is zero, and saturated where the quotient is too large for an
/// `f64`, so that neither NaN nor infinity leaves.
#[inline]
pub(crate) fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { (numerator / denominator).clamp(f64::MIN, f64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinities_and_nan_and_absurd_sizes_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e100, -1e300] {
            assert!(matches!(sound("price", bad), Err(IndicatorError::Input { what: "price", .. })));
        }
        assert_eq!(sound("price", -1e100), Ok(-1e100));
    }

    #[test]
    fn a_quotient_is_always_finite() {
        assert_eq!(ratio(1.0, 0.0), 0.0);
        assert_eq!(ratio(0.0, 0.0), 0.0);
        assert_eq!(ratio(1e100, 5e-324), f64::MAX);
        assert_eq!(ratio(-1e100, 5e-324), f64::MIN);
        assert_eq!(ratio(1.0, 4.0), 0.25);
    }

    #[test]
    fn settings_out_of_range_name_what_was_allowed() {
        let refused = period("SMA", 0, 1).unwrap_err();
        assert_eq!(refused.to_string(), "period 0 of SMA: must lie in 1..=1000000");
        assert!(period("SMA", LONGEST_PERIOD + 1, 1).is_err());
        assert!(factor("Bollinger", f64::NAN, 10.0).is_err());
        assert!(factor("Bollinger", 0.0, 10.0).is_err());
        assert!(faster("MACD", 26, 12).is_err());
    }
}
