//! The grid of legal values: where measurements land and become obligations.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{ValueError, exact};

/// Multiples of a step above zero. Ticks of a price and lots of a quantity are whole numbers of steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    step: Decimal,
    mantissa: i64,
    scale: u32,
    measured: f64,
}

/// Whole doubles are exact up to here; farther out a grid index would not be.
const LARGEST_INDEX: f64 = 9_007_199_254_740_992.0;

impl Grid {
    /// A grid from its step.
    ///
    /// # Errors
    /// [`ValueError::NotPositive`] for a step that is not above zero, overflow for one with too many digits.
    pub fn new(step: Decimal) -> Result<Self, ValueError> {
        if step <= Decimal::ZERO {
            return Err(ValueError::NotPositive { what: "grid step", got: step });
        }
        let step = step.normalize();
        let mantissa =
            i64::try_from(step.mantissa()).map_err(|_| ValueError::Overflow { what: "grid step" })?;
        Ok(Self { step, mantissa, scale: step.scale(), measured: exact::measured(step) })
    }

    /// The step.
    pub const fn step(&self) -> Decimal {
        self.step
    }

    /// The step as a measurement.
    pub const fn step_f64(&self) -> f64 {
        self.measured
    }

    /// The value `index` steps from zero.
    ///
    /// # Errors
    /// Overflow.
    pub fn at(&self, index: i64) -> Result<Decimal, ValueError> {
        let mantissa = i128::from(index) * i128::from(self.mantissa);
        Decimal::try_from_i128_with_scale(mantissa, self.scale)
            .map_err(|_| ValueError::Overflow { what: "grid value" })
    }

    /// Index of the grid value nearest to a measurement. Lossless: a measurement of a grid value comes back to it.
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] for NaN and infinity, overflow beyond 2^53 steps.
    pub fn nearest_index(&self, raw: f64) -> Result<i64, ValueError> {
        if !raw.is_finite() {
            return Err(ValueError::NotFinite { what: "measurement", got: raw, positive: false });
        }
        let index = nearest(raw / self.measured);
        if index.abs() < LARGEST_INDEX {
            Ok(index as i64)
        } else {
            Err(ValueError::Overflow { what: "grid index" })
        }
    }

    /// Index of the largest grid value not above a measurement (the measurement of a grid value counts as that value).
    ///
    /// # Errors
    /// As [`Grid::nearest_index`].
    pub fn floor_index(&self, raw: f64) -> Result<i64, ValueError> {
        let nearest = self.nearest_index(raw)?;
        if exact::measured(self.at(nearest)?) <= raw { Ok(nearest) } else { Ok(nearest - 1) }
    }

    /// Index of the smallest grid value not below a measurement (the measurement of a grid value counts as that value).
    ///
    /// # Errors
    /// As [`Grid::nearest_index`].
    pub fn ceiling_index(&self, raw: f64) -> Result<i64, ValueError> {
        let nearest = self.nearest_index(raw)?;
        if exact::measured(self.at(nearest)?) >= raw { Ok(nearest) } else { Ok(nearest + 1) }
    }

    /// Index of an exact value.
    ///
    /// # Errors
    /// [`ValueError::OffGrid`] with the nearest legal value when it lies between two.
    pub fn index(&self, value: Decimal, what: &'static str) -> Result<i64, ValueError> {
        let overflow = || ValueError::Overflow { what: "grid index" };
        let remainder = value.checked_rem(self.step).ok_or_else(overflow)?;
        if remainder.is_zero() {
            return value.checked_div(self.step).and_then(|index| index.to_i64()).ok_or_else(overflow);
        }
        let below = exact::subtract(value, remainder, "grid index")?;
        let upper = exact::add(remainder, remainder, "grid index")? >= self.step;
        let nearest = if upper { exact::add(below, self.step, "grid index")? } else { below };
        Err(ValueError::OffGrid { what, got: value, step: self.step, nearest })
    }

    /// The largest grid value not above a value that is not negative.
    ///
    /// # Errors
    /// Overflow.
    pub fn floor(&self, value: Decimal) -> Result<Decimal, ValueError> {
        let remainder = value.checked_rem(self.step).ok_or(ValueError::Overflow { what: "grid floor" })?;
        let floored =
            if remainder < Decimal::ZERO { value - remainder - self.step } else { value - remainder };
        Ok(floored)
    }
}

/// As `round`, half away from zero, without a call: not every machine of this kind can round by one instruction.
#[inline]
fn nearest(value: f64) -> f64 {
    // Beyond half of the doubles that are all whole, adding and taking away their first one rounds half to even.
    const WHOLE: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    let rounded = (value + WHOLE) - WHOLE;
    let sure = value.abs() < 2_251_799_813_685_248.0 && (value - rounded).abs() != 0.5;
    if sure { rounded } else { value.round() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(step: &str) -> Grid {
        Grid::new(step.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_value_between_two_ticks_is_refused_with_the_nearest_legal_one() {
        let error = grid("0.5").index("100.3".parse().unwrap(), "price").unwrap_err();
        assert_eq!(
            error.to_string(),
            "price 100.3 is not a multiple of 0.5; the nearest legal value is 100.5"
        );
    }

    #[test]
    fn three_tenths_is_three_lots_of_a_tenth() {
        assert_eq!(grid("0.1").floor_index(0.3).unwrap(), 3);
        assert_eq!(grid("0.1").floor_index(0.299_999).unwrap(), 2);
        assert_eq!(grid("0.1").ceiling_index(0.3).unwrap(), 3);
    }

    #[test]
    fn not_a_number_lands_nowhere() {
        for bad in [f64::NAN, f64::INFINITY, 1e300] {
            assert!(grid("0.01").nearest_index(bad).is_err());
        }
    }

    #[test]
    fn a_value_with_more_steps_than_can_be_counted_is_an_error() {
        for value in [Decimal::MAX, Decimal::MIN, Decimal::MAX - Decimal::new(1, 0)] {
            assert!(grid("0.001").index(value, "price").is_err());
            assert!(grid("0.0000000000000000000000000001").index(value, "price").is_err());
        }
    }

    proptest! {
        #[test]
        fn a_measurement_of_a_grid_value_comes_back_to_it(index in -1_000_000_000_000i64..1_000_000_000_000, step in prop::sample::select(vec!["0.01", "0.1", "0.5", "0.000001", "0.015625", "1", "25"])) {
            let grid = grid(step);
            let value = grid.at(index).unwrap();
            prop_assert_eq!(grid.nearest_index(exact::measured(value)).unwrap(), index);
            prop_assert_eq!(grid.floor_index(exact::measured(value)).unwrap(), index);
            prop_assert_eq!(grid.index(value, "value").unwrap(), index);
        }

        #[test]
        fn the_floor_is_never_above_the_measurement(raw in 0.0f64..1e9, step in prop::sample::select(vec!["0.001", "0.1", "7"])) {
            let grid = grid(step);
            let floor = exact::measured(grid.at(grid.floor_index(raw).unwrap()).unwrap());
            prop_assert!(floor <= raw && raw - floor < grid.step_f64() * (1.0 + 1e-6));
        }
    }

    proptest::proptest! {
        #[test]
        fn rounding_without_a_call_is_rounding(whole in -9.0e15..9.0e15_f64, small in -1.0e6..1.0e6_f64, halves in -2_000_001i64..2_000_001) {
            for value in [whole, small, small / 1e3, halves as f64 / 2.0, -0.0, 0.49999999999999994, 4_503_599_627_370_495.5] {
                assert_eq!(nearest(value), value.round(), "{value}");
            }
        }
    }
}
