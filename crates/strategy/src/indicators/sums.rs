//! Sums over a sliding window that do not drift.
//!
//! Adding the new value and subtracting the oldest one in plain `f64` leaves a rounding error behind at every step, and
//! after one spike of 1e9 it is a large one that never goes away. The sums here carry the rounding errors along.

use super::bounds::period;
use super::indicator::IndicatorError;
use super::window::Window;

/// A sum in two parts: `high` as an `f64` would have it, `low` the exact rounding errors of all additions so far
/// (Knuth's two-sum, *The Art of Computer Programming* vol. 2, section 4.2.2), about 106 bits together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CompensatedSum {
    high: f64,
    low: f64,
}

impl CompensatedSum {
    /// Adds a value.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        let taken = sum - self.high;
        let error = (self.high - (sum - taken)) + (value - taken);
        self.high = sum;
        self.low += error;
    }

    /// Adds `weight * value` without rounding the product: halves of a mantissa have 26 bits, a weight up to 2^20 has 20.
    #[inline]
    pub(crate) fn add_weighted(&mut self, weight: f64, value: f64) {
        let (upper, lower) = halves(value);
        self.add(weight * upper);
        self.add(weight * lower);
    }

    /// Adds `weight` times another sum.
    #[inline]
    pub(crate) fn add_sum(&mut self, weight: f64, other: Self) {
        self.add_weighted(weight, other.high);
        self.low += weight * other.low;
    }

    /// The sum, rounded once.
    #[inline]
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

/// Splits a number into two halves of at most 26 bits that add up to it (Veltkamp's splitting).
#[inline]
fn halves(value: f64) -> (f64, f64) {
    let scaled = value * 134_217_729.0; // 2^27 + 1
    let upper = scaled - (scaled - value);
    (upper, value - upper)
}

/// The sum of the last `n` values.
#[derive(Clone, Debug)]
pub(crate) struct RollingSum {
    window: Window<f64>,
    sum: CompensatedSum,
}

impl RollingSum {
    pub(crate) fn new(length: usize) -> Self {
        Self { window: Window::new(length), sum: CompensatedSum::default() }
    }

    /// Takes a value; tells the sum once the window is full.
    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        if let Some(oldest) = self.window.push(value) {
            self.sum.add(-oldest);
        }
        self.sum.add(value);
        self.window.is_full().then(|| self.sum.value())
    }

    pub(crate) fn length(&self) -> usize {
        self.window.length()
    }

    pub(crate) fn clear(&mut self) {
        self.window.clear();
        self.sum = CompensatedSum::default();
    }
}

/// The plain sum and the ramp `1*x[1] + 2*x[2] + ... + n*x[n]` (newest last) of the last `n` values.
///
/// One step on, every value moves one place down the ramp: `ramp' = ramp - sum + n*x`.
#[derive(Clone, Debug)]
pub(crate) struct RollingRamp {
    window: Window<f64>,
    filled: usize,
    sum: CompensatedSum,
    ramp: CompensatedSum,
}

impl RollingRamp {
    pub(crate) fn new(length: usize) -> Self {
        let (sum, ramp) = (CompensatedSum::default(), CompensatedSum::default());
        Self { window: Window::new(length), filled: 0, sum, ramp }
    }

    /// Takes a value; tells whether the window is full.
    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> bool {
        if let Some(oldest) = self.window.push(value) {
            self.ramp.add_sum(-1.0, self.sum);
            self.sum.add(-oldest);
        } else {
            self.filled += 1;
        }
        self.ramp.add_weighted(self.filled as f64, value);
        self.sum.add(value);
        self.window.is_full()
    }

    /// `sum of i*x[i]`, `i` from 1 (oldest) to `n` (newest).
    #[inline]
    pub(crate) fn ramp(&self) -> f64 {
        self.ramp.value()
    }

    /// `sum of (2i - n - 1)*x[i]`: the ramp with weights that add up to zero, so that the level cancels exactly.
    #[inline]
    pub(crate) fn centred_ramp(&self) -> f64 {
        let mut centred = CompensatedSum::default();
        centred.add_sum(2.0, self.ramp);
        centred.add_sum(-(self.length() as f64 + 1.0), self.sum);
        centred.value()
    }

    pub(crate) fn length(&self) -> usize {
        self.window.length()
    }

    pub(crate) fn clear(&mut self) {
        self.window.clear();
        self.filled = 0;
        self.sum = CompensatedSum::default();
        self.ramp = CompensatedSum::default();
    }
}

/// The sum of the last `n` prices in whole ticks, exact: two means of different length are compared without a rounding
/// error deciding a tie.
///
/// ```
/// use autotrading_strategy::indicators::TickSum;
///
/// let (mut fast, mut slow) = (TickSum::new(2)?, TickSum::new(3)?);
/// for ticks in [1, 4, 4] {
///     fast.push(ticks);
///     slow.push(ticks);
/// }
/// // Means 8/2 and 9/3, compared as 8*3 and 9*2.
/// assert_eq!(fast.compare_means(&slow), Some(std::cmp::Ordering::Greater));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TickSum {
    window: Window<i64>,
    sum: i128,
}

impl TickSum {
    /// A sum over the last `length` prices.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] if the length is zero or above [`LONGEST_PERIOD`](super::LONGEST_PERIOD).
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { window: Window::new(period("tick sum", length, 1)?), sum: 0 })
    }

    /// Takes the next price, in ticks; tells the sum once the window is full.
    #[inline]
    pub fn push(&mut self, ticks: i64) -> Option<i128> {
        let oldest = self.window.push(ticks).unwrap_or(0);
        // 2^63 * 10^6 fits a hundred times into an i128.
        self.sum += i128::from(ticks) - i128::from(oldest);
        self.sum()
    }

    /// The sum, in ticks, if the window is full.
    #[must_use]
    pub fn sum(&self) -> Option<i128> {
        self.window.is_full().then_some(self.sum)
    }

    /// How many prices are summed.
    #[must_use]
    pub fn length(&self) -> usize {
        self.window.length()
    }

    /// How this mean stands to the other one, decided in integers; `None` until both are full.
    #[must_use]
    pub fn compare_means(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let mine = self.sum()? * other.length() as i128;
        let theirs = other.sum()? * self.length() as i128;
        Some(mine.cmp(&theirs))
    }

    /// Forgets all prices.
    pub fn reset(&mut self) {
        self.window.clear();
        self.sum = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn a_spike_that_came_and_went_leaves_nothing_behind() {
        let mut sum = RollingSum::new(3);
        for value in [0.1, 0.2, 1e9, 0.3, 0.1, 0.2] {
            sum.push(value);
        }
        // In plain f64 the error would be 1e-7.
        assert!((sum.push(0.3).unwrap() - 0.6).abs() < 2e-16);
    }

    #[test]
    fn the_ramp_weighs_the_newest_value_most() {
        let mut ramp = RollingRamp::new(3);
        for value in [100.0, 1.0, 2.0, 4.0] {
            ramp.push(value);
        }
        assert_eq!(ramp.ramp(), 1.0 + 2.0 * 2.0 + 3.0 * 4.0);
        assert_eq!(ramp.centred_ramp(), 2.0 * 4.0 - 2.0 * 1.0);
    }

    #[test]
    fn equal_means_of_different_length_are_a_tie() {
        let (mut fast, mut slow) = (TickSum::new(2).unwrap(), TickSum::new(3).unwrap());
        for ticks in [10, 9, 11] {
            assert_eq!(fast.compare_means(&slow), None);
            fast.push(ticks);
            slow.push(ticks);
        }
        assert_eq!(fast.compare_means(&slow), Some(Ordering::Equal));
        fast.push(i64::MAX);
        slow.push(i64::MAX);
        assert_eq!(fast.compare_means(&slow), Some(Ordering::Greater));
        fast.reset();
        assert_eq!(fast.sum(), None);
    }
}
