//! Exact decimals as whole numbers of grid steps, without decimal arithmetic.

use autotrading_domain::{Grid, Quantity};
use rust_decimal::Decimal;

/// A grid whose step is kept as an integer over a power of ten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    mantissa: i64,
    scale: u32,
    size: f64,
}

const POWERS: [i64; 19] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
    10_000_000_000_000_000,
    100_000_000_000_000_000,
    1_000_000_000_000_000_000,
];

impl Steps {
    pub(crate) fn of(grid: &Grid) -> Self {
        let step = grid.step().normalize();
        // A grid's own constructor has made sure that the mantissa fits.
        let mantissa = i64::try_from(step.mantissa()).unwrap_or(i64::MAX);
        Self { mantissa, scale: step.scale(), size: grid.step_f64() }
    }

    /// The step as a measurement.
    pub(crate) const fn size(&self) -> f64 {
        self.size
    }

    /// How many steps a value is; `None` between two steps and beyond 64 bits.
    #[inline]
    pub(crate) fn exactly(&self, value: Decimal) -> Option<i64> {
        // Most values are written with no more places than the step, in few digits, on a step that is a power of ten.
        if let Some(small) = small(value)
            && self.mantissa == 1
            && let Some(power) = self.scale.checked_sub(value.scale())
            && let Some(steps) = POWERS.get(power as usize).and_then(|power| small.checked_mul(*power))
        {
            return Some(steps);
        }
        let (steps, rest) = self.divided(value)?;
        if rest { None } else { Some(steps) }
    }

    /// How many whole steps a value holds, toward zero; `None` beyond 64 bits.
    pub(crate) fn within(&self, value: Decimal) -> Option<i64> {
        self.divided(value).map(|(steps, _)| steps)
    }

    /// How many steps hold a value, away from zero; `None` beyond 64 bits.
    pub(crate) fn around(&self, value: Decimal) -> Option<i64> {
        let (steps, rest) = self.divided(value)?;
        let outward = if value.is_sign_negative() { -1 } else { 1 };
        if rest { steps.checked_add(outward) } else { Some(steps) }
    }

    fn divided(&self, value: Decimal) -> Option<(i64, bool)> {
        let (mantissa, scale) = (value.mantissa(), value.scale());
        if scale <= self.scale {
            let power = *POWERS.get((self.scale - scale) as usize)?;
            if let Ok(small) = i64::try_from(mantissa)
                && let Some(scaled) = small.checked_mul(power)
            {
                return Some((scaled / self.mantissa, scaled % self.mantissa != 0));
            }
            let scaled = mantissa.checked_mul(i128::from(power))?;
            let step = i128::from(self.mantissa);
            return Some((i64::try_from(scaled / step).ok()?, scaled % step != 0));
        }
        let power = 10i128.checked_pow(scale - self.scale)?;
        let step = power.checked_mul(i128::from(self.mantissa))?;
        Some((i64::try_from(mantissa / step).ok()?, mantissa % step != 0))
    }
}

/// The mantissa, when it is below 2^53.
#[inline]
fn small(value: Decimal) -> Option<i64> {
    let parts = value.unpack();
    if parts.hi != 0 || parts.mid >= 1 << 21 {
        return None;
    }
    let digits = i64::from(parts.mid) << 32 | i64::from(parts.lo);
    Some(if parts.negative { -digits } else { digits })
}

/// The nearest measurement, with one division where the digits are few.
#[inline]
pub(crate) fn measured(value: Decimal) -> f64 {
    // Both an integer below 2^53 and 10^scale up to 22 are exact, so that the quotient is the nearest there is.
    match small(value).zip(EXACT_POWERS.get(value.scale() as usize)) {
        Some((digits, power)) => digits as f64 / power,
        None => Quantity::of(value).to_f64().copysign(if value.is_sign_negative() { -1.0 } else { 1.0 }),
    }
}

const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use autotrading_domain::Money;

    use super::*;

    proptest! {
        #[test]
        fn steps_agree_with_the_grid(mantissa in any::<i64>(), scale in 0u32..12, step in prop::sample::select(vec!["0.01", "0.5", "25", "0.000001", "0.015625"])) {
            let grid = Grid::new(step.parse().unwrap()).unwrap();
            let steps = Steps::of(&grid);
            let value = Decimal::new(mantissa, scale);
            if let Some(count) = steps.exactly(value) {
                prop_assert_eq!(grid.index(value, "value"), Ok(count));
            } else {
                prop_assert!(grid.index(value, "value").is_err() || steps.within(value).is_none());
            }
            prop_assert_eq!(measured(value), Money::new(value).to_f64());
            if let (Some(inside), Some(outside)) = (steps.within(value), steps.around(value)) {
                prop_assert!(grid.at(inside).unwrap().abs() <= value.abs());
                prop_assert!(grid.at(outside).unwrap().abs() >= value.abs());
            }
        }
    }
}
