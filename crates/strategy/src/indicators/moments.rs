//! Mean and deviation of a window, without ever subtracting a value again.
//!
//! The usual sliding formulas take the oldest value out of a sum of squares, and a spike of 1e9 leaves an error of 1e2 in it
//! for good. Here nothing is taken out. The stream is cut into blocks as long as the window; a window is then the tail of
//! the last complete block and the head of the present one, and the moments of the two are merged (Chan, Golub and
//! LeVeque, *Algorithms for Computing the Sample Variance*, 1983). When a block is complete, the moments of all its tails
//! are made in one backward pass: O(1) an update on average, `n` steps at worst.

use super::bounds::{period, ratio, sound};
use super::indicator::{Indicator, IndicatorError};

/// Count, mean and sum of squared deviations of some values.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Welford's step: one value more.
    #[inline]
    fn with(self, value: f64) -> Self {
        let count = self.count + 1.0;
        let delta = value - self.mean;
        let mean = self.mean + delta / count;
        Self { count, mean, squares: self.squares + delta * (value - mean) }
    }

    /// The moments of both lots together.
    #[inline]
    fn merged(self, other: Self) -> Self {
        let count = self.count + other.count;
        let share = other.count / count;
        let delta = other.mean - self.mean;
        let mean = self.mean + delta * share;
        Self { count, mean, squares: self.squares + other.squares + delta * delta * self.count * share }
    }
}

/// Mean and population deviation of a window, as told by [`RollingMoments`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanAndDeviation {
    /// The mean.
    pub mean: f64,
    /// The population standard deviation: root of the mean squared distance from the mean. Never negative.
    pub deviation: f64,
}

/// Mean and population standard deviation of the last `n` values; what Bollinger bands, z-score and deviation share.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, RollingMoments};
///
/// let mut moments = RollingMoments::new(2)?;
/// moments.update(1.0)?;
/// let both = moments.update(5.0)?.unwrap();
/// assert_eq!((both.mean, both.deviation), (3.0, 2.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingMoments {
    /// The present block's values, as far as they came.
    block: Box<[f64]>,
    filled: usize,
    head: Moments,
    /// Moments of the last block's tails: `tails[i]` covers what came from place `i` on.
    tails: Box<[Moments]>,
    value: Option<MeanAndDeviation>,
}

impl RollingMoments {
    /// Moments of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("rolling moments", length, 1)?;
        Ok(Self {
            block: vec![0.0; length].into_boxed_slice(),
            filled: 0,
            head: Moments::default(),
            tails: vec![Moments::default(); length].into_boxed_slice(),
            value: None,
        })
    }

    pub(crate) fn push(&mut self, value: f64) -> Option<MeanAndDeviation> {
        if let Some(slot) = self.block.get_mut(self.filled) {
            *slot = value;
        }
        self.filled += 1;
        self.head = self.head.with(value);
        let window = if self.filled == self.block.len() {
            self.close_block()
        } else {
            let tail = self.tails.get(self.filled).copied().unwrap_or_default();
            if tail.count == 0.0 {
                return None; // the first block: nothing before it
            }
            tail.merged(self.head)
        };
        let deviation = (window.squares / window.count).sqrt();
        self.value = Some(MeanAndDeviation { mean: window.mean, deviation });
        self.value
    }

    /// The present block becomes the last one; tells its moments.
    fn close_block(&mut self) -> Moments {
        let mut tail = Moments::default();
        for (slot, value) in self.tails.iter_mut().zip(&self.block).rev() {
            tail = tail.with(*value);
            *slot = tail;
        }
        self.filled = 0;
        self.head = Moments::default();
        tail
    }

    pub(crate) fn length(&self) -> usize {
        self.block.len()
    }
}

impl Indicator for RollingMoments {
    type Input = f64;
    type Output = MeanAndDeviation;

    fn update(&mut self, input: f64) -> Result<Option<MeanAndDeviation>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<MeanAndDeviation> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.length()
    }

    fn reset(&mut self) {
        self.filled = 0;
        self.head = Moments::default();
        self.tails.fill(Moments::default());
        self.value = None;
    }
}

/// Population standard deviation of the last `n` values. Equal to TA-Lib's `STDDEV` where that one is accurate.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, RollingStd};
///
/// let mut deviation = RollingStd::new(2)?;
/// deviation.update(1e9)?;
/// deviation.update(1.0)?;
/// assert_eq!(deviation.update(5.0)?, Some(2.0)); // the spike is gone without a trace
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingStd(RollingMoments);

impl RollingStd {
    /// The deviation of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        RollingMoments::new(length).map(Self)
    }
}

impl Indicator for RollingStd {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.0.update(input)?.map(|both| both.deviation))
    }

    fn value(&self) -> Option<f64> {
        self.0.value.map(|both| both.deviation)
    }

    fn warm_up(&self) -> usize {
        self.0.length()
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// How many deviations the newest value lies above the mean of the last `n` (itself included): `(x - mean) / deviation`;
/// zero where nothing moved.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, ZScore};
///
/// let mut score = ZScore::new(2)?;
/// score.update(1.0)?;
/// assert_eq!(score.update(5.0)?, Some(1.0)); // (5 - 3) / 2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ZScore {
    moments: RollingMoments,
    value: Option<f64>,
}

impl ZScore {
    /// The score within the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { moments: RollingMoments::new(period("z-score", length, 2)?)?, value: None })
    }
}

impl Indicator for ZScore {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        self.value = self.moments.update(input)?.map(|both| ratio(input - both.mean, both.deviation));
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.moments.length()
    }

    fn reset(&mut self) {
        self.moments.reset();
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_series_has_no_deviation_at_all() {
        let (mut deviation, mut score) = (RollingStd::new(7).unwrap(), ZScore::new(7).unwrap());
        for _ in 0..30 {
            deviation.update(0.1).unwrap();
            score.update(0.1).unwrap();
        }
        assert_eq!((deviation.value(), score.value()), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn a_refused_value_leaves_the_moments_as_they_were() {
        let mut moments = RollingMoments::new(3).unwrap();
        for value in [1.0, 2.0, 4.0, 8.0] {
            moments.update(value).unwrap();
        }
        let mut untouched = moments.clone();
        assert!(moments.update(f64::INFINITY).is_err());
        assert_eq!(moments.update(3.0), untouched.update(3.0));
    }
}
