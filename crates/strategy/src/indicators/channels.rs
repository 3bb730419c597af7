//! Bands around an average: Bollinger's by deviation, Keltner's by true range.

use super::bounds::{factor, period, sound};
use super::candle::Candle;
use super::exponential::Ema;
use super::indicator::{Indicator, IndicatorError};
use super::moments::RollingMoments;
use super::volatility::Atr;

/// Widest band, in deviations or average true ranges.
const WIDEST: f64 = 1e6;

/// A channel, in price units: `lower <= middle <= upper`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// The lower edge.
    pub lower: f64,
    /// The middle line.
    pub middle: f64,
    /// The upper edge.
    pub upper: f64,
}

impl Bands {
    fn around(middle: f64, half_width: f64) -> Self {
        Self { lower: middle - half_width, middle, upper: middle + half_width }
    }

    /// Upper minus lower edge.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.upper - self.lower
    }
}

/// Bollinger bands: mean of the last `n` values, plus and minus `k` population standard deviations. Equal to TA-Lib's
/// `BBANDS` with a simple average. Source: Bollinger, *Bollinger on Bollinger Bands* (2001).
///
/// ```
/// use autotrading_strategy::indicators::{Bollinger, Indicator};
///
/// let mut bands = Bollinger::new(2, 1.5)?;
/// bands.update(1.0)?;
/// let now = bands.update(5.0)?.unwrap();
/// assert_eq!((now.lower, now.middle, now.upper), (0.0, 3.0, 6.0)); // 3 +- 1.5 * 2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bollinger {
    moments: RollingMoments,
    deviations: f64,
    value: Option<Bands>,
}

impl Bollinger {
    /// Bands over `length` values (20 is usual), `deviations` wide on either side (2 is usual).
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`; [`IndicatorError::Factor`] unless the width is above zero.
    pub fn new(length: usize, deviations: f64) -> Result<Self, IndicatorError> {
        let moments = RollingMoments::new(period("Bollinger", length, 2)?)?;
        Ok(Self { moments, deviations: factor("Bollinger", deviations, WIDEST)?, value: None })
    }

    pub(crate) fn push(&mut self, value: f64) -> Option<Bands> {
        let moments = self.moments.push(value);
        self.value = moments.map(|both| Bands::around(both.mean, self.deviations * both.deviation));
        self.value
    }
}

impl Indicator for Bollinger {
    type Input = f64;
    type Output = Bands;

    fn update(&mut self, input: f64) -> Result<Option<Bands>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<Bands> {
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

/// Keltner channel in Raschke's form: `EMA(close) +- k * ATR`.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, Keltner};
///
/// let mut channel = Keltner::new(2, 1, 2.0)?;
/// channel.update(Candle::new(11.0, 9.0, 10.0, 1.0)?)?;
/// let now = channel.update(Candle::new(13.0, 10.0, 12.0, 1.0)?)?.unwrap();
/// assert_eq!((now.lower, now.middle, now.upper), (5.0, 11.0, 17.0)); // 11 +- 2 * 3
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keltner {
    average: Ema,
    range: Atr,
    ranges: f64,
    value: Option<Bands>,
}

impl Keltner {
    /// A channel around an EMA of `length` (20 is usual), `ranges` (2 is usual) times an ATR of `range_length` (10 or 14)
    /// wide on either side.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`; [`IndicatorError::Factor`] unless the width is above zero.
    pub fn new(length: usize, range_length: usize, ranges: f64) -> Result<Self, IndicatorError> {
        let (average, range) = (Ema::new(length)?, Atr::new(range_length)?);
        Ok(Self { average, range, ranges: factor("Keltner", ranges, WIDEST)?, value: None })
    }
}

impl Indicator for Keltner {
    type Input = Candle;
    type Output = Bands;

    fn update(&mut self, input: Candle) -> Result<Option<Bands>, IndicatorError> {
        let (average, range) = (self.average.push(input.close()), self.range.push(input));
        self.value = average.zip(range).map(|(average, range)| Bands::around(average, self.ranges * range));
        Ok(self.value)
    }

    fn value(&self) -> Option<Bands> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.average.warm_up().max(self.range.warm_up())
    }

    fn reset(&mut self) {
        self.average.reset();
        self.range.reset();
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_a_constant_series_have_no_width() {
        let mut bands = Bollinger::new(5, 2.0).unwrap();
        for _ in 0..12 {
            bands.update(0.3).unwrap();
        }
        assert_eq!(bands.value().unwrap().width(), 0.0);
    }

    #[test]
    fn a_band_without_width_cannot_be_asked_for() {
        assert!(matches!(Bollinger::new(20, 0.0), Err(IndicatorError::Factor { .. })));
        assert!(matches!(Bollinger::new(1, 2.0), Err(IndicatorError::Period { got: 1, least: 2, .. })));
        assert!(matches!(Keltner::new(20, 10, f64::NAN), Err(IndicatorError::Factor { .. })));
    }
}
