//! How far the price moves: true range and its average.

use super::bounds::period;
use super::candle::Candle;
use super::exponential::WilderMean;
use super::indicator::{Indicator, IndicatorError};

/// True range: the candle's range, widened to the previous close:
/// `max(high - low, |high - close'|, |low - close'|)`. Equal to TA-Lib's `TRANGE`: no value for the first candle.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, TrueRange};
///
/// let mut range = TrueRange::new();
/// range.update(Candle::new(11.0, 9.0, 9.0, 1.0)?)?;
/// assert_eq!(range.update(Candle::new(13.0, 12.0, 12.5, 1.0)?)?, Some(4.0)); // the gap counts: 13 - 9
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrueRange {
    close: Option<f64>,
    value: Option<f64>,
}

impl TrueRange {
    /// A true range that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[inline]
    pub(crate) fn push(&mut self, candle: Candle) -> Option<f64> {
        self.value = self.close.map(|close| candle.high().max(close) - candle.low().min(close));
        self.close = Some(candle.close());
        self.value
    }
}

impl Indicator for TrueRange {
    type Input = Candle;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: Candle) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(input))
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        2
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Average true range: Wilder's average of the true range, in price units. Equal to TA-Lib's `ATR`. Source: Wilder, *New
/// Concepts in Technical Trading Systems* (1978).
///
/// ```
/// use autotrading_strategy::indicators::{Atr, Candle, Indicator};
///
/// let mut atr = Atr::new(2)?;
/// for (high, low) in [(10.0, 9.0), (11.0, 9.0), (12.0, 8.0)] {
///     atr.update(Candle::new(high, low, 9.5, 1.0)?)?;
/// }
/// assert_eq!(atr.value(), Some(3.0)); // (2 + 4) / 2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Atr {
    range: TrueRange,
    mean: WilderMean,
}

impl Atr {
    /// An average over `length` true ranges; 14 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { range: TrueRange::new(), mean: WilderMean::new(period("ATR", length, 1)?) })
    }

    #[inline]
    pub(crate) fn push(&mut self, candle: Candle) -> Option<f64> {
        self.range.push(candle).and_then(|range| self.mean.push(range))
    }
}

impl Indicator for Atr {
    type Input = Candle;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: Candle) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(input))
    }

    #[inline]
    fn value(&self) -> Option<f64> {
        self.mean.value()
    }

    fn warm_up(&self) -> usize {
        self.mean.length() + 1
    }

    fn reset(&mut self) {
        self.range.reset();
        self.mean.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_widens_the_true_range_in_both_directions() {
        let mut range = TrueRange::new();
        let candle = |low: f64, high: f64| Candle::new(high, low, high, 1.0).unwrap();
        assert_eq!(range.update(candle(9.0, 10.0)), Ok(None));
        assert_eq!(range.update(candle(14.0, 15.0)), Ok(Some(5.0)));
        assert_eq!(range.update(candle(11.0, 12.0)), Ok(Some(4.0)));
        range.reset();
        assert_eq!(range.update(candle(1.0, 2.0)), Ok(None));
    }
}
