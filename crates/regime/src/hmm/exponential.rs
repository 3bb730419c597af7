//! Exponentials of many numbers at once.

use std::f64::consts::LOG2_E;

/// Added and taken away again, it leaves the nearest whole number, whose binary digits are the last of the sum.
const TO_WHOLE: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
/// The first digits of `ln 2`, so few that their product with any exponent is exact.
const HIGH: f64 = 6.931_471_803_691_238e-1;
/// The rest of its digits.
const LOW: f64 = 1.908_214_929_270_587_7e-10;
/// `1 / n!` from n = 0 in groups of four: over half a `ln 2` to either side the rest of the series is below the last
/// digit.
const FIRST: [f64; 4] = [1.0, 1.0, 0.5, 1.0 / 6.0];
const SECOND: [f64; 4] = [1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0];
const THIRD: [f64; 4] = [1.0 / 40_320.0, 1.0 / 362_880.0, 1.0 / 3_628_800.0, 1.0 / 39_916_800.0];
const LAST: [f64; 2] = [1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0];

/// `e^x` for `x` within 700 of zero, to the last digit or two; nothing in it branches, so a loop over many goes two or
/// more at a time.
#[inline(always)]
pub(super) fn exponential(x: f64) -> f64 {
    let shifted = x * LOG2_E + TO_WHOLE;
    let halvings = shifted - TO_WHOLE;
    let rest = (x - halvings * HIGH) - halvings * LOW;
    // Summed by pairs and groups, which need not wait for each other.
    let (square, [twelfth, thirteenth]) = (rest * rest, LAST);
    let group = |[a, b, c, d]: [f64; 4]| (a + b * rest) + (c + d * rest) * square;
    let fourth = square * square;
    let higher = group(THIRD) + fourth * (twelfth + thirteenth * rest);
    let series = group(FIRST) + fourth * (group(SECOND) + fourth * higher);
    // The whole number goes into the exponent.
    f64::from_bits(series.to_bits().wrapping_add(shifted.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_nothing_it_is_one() {
        assert_eq!(exponential(0.0), 1.0);
        assert!((exponential(1.0) - std::f64::consts::E).abs() < 1e-15);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn it_is_the_exponential_to_the_last_digits(x in prop_oneof![-700.0_f64..700.0, -1.0_f64..1.0]) {
            prop_assert!((exponential(x) / x.exp() - 1.0).abs() < 5e-16, "{x}");
        }
    }
}
