//! Checked arithmetic on decimals: what the newtypes of this crate are built on.
//!
//! `Decimal`'s own operators panic on overflow, and its `checked_mul` and `checked_div` let a tiny result become zero
//! without a word. Both are errors here.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::ValueError;

/// Decimal places to which money is rounded once, at booking.
pub const BOOKING_PLACES: u32 = 12;

/// `left + right`.
pub(crate) fn add(left: Decimal, right: Decimal, what: &'static str) -> Result<Decimal, ValueError> {
    left.checked_add(right).ok_or(ValueError::Overflow { what })
}

/// `left - right`.
pub(crate) fn subtract(left: Decimal, right: Decimal, what: &'static str) -> Result<Decimal, ValueError> {
    left.checked_sub(right).ok_or(ValueError::Overflow { what })
}

/// `left * right`; zero only when a factor is zero.
pub(crate) fn multiply(left: Decimal, right: Decimal, what: &'static str) -> Result<Decimal, ValueError> {
    let product = left.checked_mul(right).ok_or(ValueError::Overflow { what })?;
    if product.is_zero() && !left.is_zero() && !right.is_zero() {
        return Err(ValueError::Underflow { what });
    }
    Ok(product)
}

/// `left / right`; zero only when the dividend is zero.
pub(crate) fn divide(left: Decimal, right: Decimal, what: &'static str) -> Result<Decimal, ValueError> {
    if right.is_zero() {
        return Err(ValueError::DivisionByZero { what });
    }
    let quotient = left.checked_div(right).ok_or(ValueError::Overflow { what })?;
    if quotient.is_zero() && !left.is_zero() {
        return Err(ValueError::Underflow { what });
    }
    Ok(quotient)
}

/// Rounds half-even to [`BOOKING_PLACES`].
pub(crate) fn booked(amount: Decimal) -> Decimal {
    if amount.scale() <= BOOKING_PLACES {
        return amount;
    }
    amount.round_dp_with_strategy(BOOKING_PLACES, RoundingStrategy::MidpointNearestEven)
}

/// The nearest `f64`; every decimal has one.
pub(crate) fn measured(exact: Decimal) -> f64 {
    let mantissa = exact.mantissa();
    // Below 2^53 the mantissa is an exact f64, and so is 10^scale up to 22: one correctly rounded division.
    if mantissa.unsigned_abs() < (1 << 53)
        && let Some(power) = POWERS_OF_TEN.get(exact.scale() as usize)
    {
        // As a word of 64 bits: the conversion of 128 is a call, and this is on the way of every fill.
        return mantissa as i64 as f64 / power;
    }
    // Up to 2^64 the steps of the library in words of 64 bits: its divisions of 128 are calls.
    if let (Ok(magnitude), Some(power), Some(divisor)) = (
        u64::try_from(mantissa.unsigned_abs()),
        POWERS_OF_TEN.get(exact.scale() as usize),
        10_u64.checked_pow(exact.scale()),
    ) {
        let (whole, part) = (magnitude / divisor, magnitude % divisor);
        let value = if part == 0 {
            whole as f64
        } else {
            ((whole as f64 + part as f64 / power) * power).round() / power
        };
        return if mantissa < 0 { -value } else { value };
    }
    rust_decimal::prelude::ToPrimitive::to_f64(&exact).unwrap_or(f64::NAN)
}

/// Powers of ten that are exact in binary floating point.
pub(crate) const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_product_too_small_to_tell_from_zero_is_an_error() {
        let tiny = Decimal::new(1, 20);
        assert_eq!(multiply(tiny, tiny, "product"), Err(ValueError::Underflow { what: "product" }));
        assert_eq!(multiply(tiny, Decimal::ZERO, "product"), Ok(Decimal::ZERO));
    }

    #[test]
    fn a_sum_too_large_is_an_error() {
        assert_eq!(add(Decimal::MAX, Decimal::ONE, "sum"), Err(ValueError::Overflow { what: "sum" }));
    }

    #[test]
    fn money_is_booked_half_even() {
        assert_eq!(booked(Decimal::new(25, 13)), Decimal::new(2, 12));
        assert_eq!(booked(Decimal::new(35, 13)), Decimal::new(4, 12));
    }

    proptest! {
        #[test]
        fn a_measurement_through_words_is_that_of_the_library(mantissa in any::<i64>(), more in 0i128..3, scale in 0u32..28) {
            let exact = Decimal::from_i128_with_scale(i128::from(mantissa) * (1 + more), scale);
            let library = rust_decimal::prelude::ToPrimitive::to_f64(&exact).unwrap();
            if exact.mantissa().unsigned_abs() >= 1 << 53 {
                prop_assert_eq!(measured(exact).to_bits(), library.to_bits());
            }
        }

        #[test]
        fn the_measured_value_is_the_nearest_double(mantissa in any::<i64>(), scale in 0u32..20) {
            let exact = Decimal::new(mantissa, scale);
            let parsed: f64 = exact.to_string().parse().unwrap();
            if mantissa.unsigned_abs() < (1 << 53) {
                prop_assert_eq!(measured(exact), parsed);
            } else {
                prop_assert!((measured(exact) - parsed).abs() <= parsed.abs() * 1e-15);
            }
        }
    }
}
