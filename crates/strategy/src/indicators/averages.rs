//! Means over a window: simple, linearly weighted, and adaptive.

use super::bounds::{period, ratio, sound};
use super::indicator::{Indicator, IndicatorError};
use super::sums::{RollingRamp, RollingSum};
use super::window::Window;

/// Simple moving average: `(x[1] + ... + x[n]) / n`. Equal to TA-Lib's `SMA`; does not drift.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Sma};
///
/// let mut average = Sma::new(2)?;
/// average.update(1.0)?;
/// assert_eq!(average.update(4.0)?, Some(2.5));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sma {
    sum: RollingSum,
    value: Option<f64>,
}

impl Sma {
    /// An average of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { sum: RollingSum::new(period("SMA", length, 1)?), value: None })
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.value = self.sum.push(value).map(|sum| sum / self.sum.length() as f64);
        self.value
    }
}

impl Indicator for Sma {
    type Input = f64;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.sum.length()
    }

    fn reset(&mut self) {
        self.sum.clear();
        self.value = None;
    }
}

/// Linearly weighted moving average: `(1*x[1] + ... + n*x[n]) / (n*(n+1)/2)`, the newest value weighing most. Equal to
/// TA-Lib's `WMA`.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Wma};
///
/// let mut average = Wma::new(2)?;
/// average.update(1.0)?;
/// assert_eq!(average.update(4.0)?, Some(3.0)); // (1*1 + 2*4) / 3
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wma {
    ramp: RollingRamp,
    weights: f64,
    value: Option<f64>,
}

impl Wma {
    /// An average of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let n = period("WMA", length, 1)? as f64;
        Ok(Self { ramp: RollingRamp::new(length), weights: n * (n + 1.0) / 2.0, value: None })
    }
}

impl Indicator for Wma {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        let full = self.ramp.push(sound("value", input)?);
        self.value = full.then(|| self.ramp.ramp() / self.weights);
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.ramp.length()
    }

    fn reset(&mut self) {
        self.ramp.clear();
        self.value = None;
    }
}

/// Kaufman's adaptive moving average: an exponential average that is quick in a straight move and slow in noise.
/// Equal to TA-Lib's `KAMA`.
///
/// With the efficiency `e = |x[t] - x[t-n]| / sum |x[i] - x[i-1]|` (1 where nothing moved), the weight of the new value is
/// `(e*(2/3 - 2/31) + 2/31)^2`. Source: Kaufman, *Smarter Trading* (1995).
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Kama};
///
/// let mut average = Kama::new(2)?;
/// average.update(1.0)?;
/// average.update(2.0)?;
/// // A straight move: weight (2/3)^2 of the way from 2 to 3.
/// assert!((average.update(3.0)?.unwrap() - (2.0 + 4.0 / 9.0)).abs() < 1e-15);
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kama {
    values: Window<f64>,
    path: RollingSum,
    previous: Option<f64>,
    value: Option<f64>,
}

impl Kama {
    const FAST: f64 = 2.0 / 3.0;
    const SLOW: f64 = 2.0 / 31.0;

    /// An average whose efficiency looks back `length` steps.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("KAMA", length, 2)?;
        Ok(Self { values: Window::new(length), path: RollingSum::new(length), previous: None, value: None })
    }
}

impl Indicator for Kama {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        let now = sound("value", input)?;
        let start = self.values.push(now);
        let Some(before) = self.previous.replace(now) else { return Ok(None) };
        if let (Some(path), Some(start)) = (self.path.push((now - before).abs()), start) {
            let efficiency = if path == 0.0 { 1.0 } else { ratio((now - start).abs(), path).min(1.0) };
            let weight = (efficiency * (Self::FAST - Self::SLOW) + Self::SLOW).powi(2);
            let average = self.value.unwrap_or(before);
            self.value = Some(average + weight * (now - average));
        }
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.values.length() + 1
    }

    fn reset(&mut self) {
        self.values.clear();
        self.path.clear();
        self.previous = None;
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_series_has_itself_as_average() {
        let (mut sma, mut wma, mut kama) =
            (Sma::new(7).unwrap(), Wma::new(7).unwrap(), Kama::new(7).unwrap());
        for _ in 0..50 {
            sma.update(0.1).unwrap();
            wma.update(0.1).unwrap();
            kama.update(0.1).unwrap();
        }
        for average in [sma.value(), wma.value(), kama.value()] {
            assert!((average.unwrap() - 0.1).abs() < 1e-16);
        }
    }

    #[test]
    fn a_reset_average_starts_over() {
        let mut kama = Kama::new(3).unwrap();
        let run = |kama: &mut Kama| [5.0, 6.0, 4.0, 9.0, 8.0].map(|x| kama.update(x).unwrap());
        let first = run(&mut kama);
        kama.reset();
        assert_eq!(kama.value(), None);
        assert_eq!(run(&mut kama), first);
        assert_eq!(first.iter().position(Option::is_some), Some(kama.warm_up() - 1));
    }
}
