//! Where the price stands within its recent moves: RSI, stochastic, CCI, rate of change.

use super::averages::Sma;
use super::bounds::{period, ratio, sound};
use super::candle::Candle;
use super::exponential::WilderMean;
use super::extremes::{RollingMax, RollingMin};
use super::indicator::{Indicator, IndicatorError};
use super::sums::RollingSum;
use super::window::Window;

/// Relative strength index: `100 * gain / (gain + loss)` of Wilder's averages of gains and losses, in `[0, 100]`. Equal to
/// TA-Lib's `RSI`, which says 0 where nothing moved at all. Source: Wilder, *New Concepts in Technical Trading Systems*
/// (1978).
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Rsi};
///
/// let mut rsi = Rsi::new(2)?;
/// for x in [10.0, 13.0] {
///     rsi.update(x)?;
/// }
/// assert_eq!(rsi.update(12.0)?, Some(75.0)); // gained 3, lost 1
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rsi {
    previous: Option<f64>,
    gain: WilderMean,
    loss: WilderMean,
    value: Option<f64>,
}

impl Rsi {
    /// An index over `length` moves; 14 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("RSI", length, 2)?;
        Ok(Self { previous: None, gain: WilderMean::new(length), loss: WilderMean::new(length), value: None })
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        let change = value - self.previous.replace(value)?;
        let (gain, loss) = (self.gain.push(change.max(0.0)), self.loss.push((-change).max(0.0)));
        self.value = gain.zip(loss).map(|(gain, loss)| 100.0 * ratio(gain, gain + loss));
        self.value
    }
}

impl Indicator for Rsi {
    type Input = f64;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    #[inline]
    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.gain.length() + 1
    }

    fn reset(&mut self) {
        self.previous = None;
        self.gain.clear();
        self.loss.clear();
        self.value = None;
    }
}

/// Rate of change: `100 * (x / x[n ago] - 1)`, in percent; 0 where the old value is zero. Equal to TA-Lib's `ROC`.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Roc};
///
/// let mut change = Roc::new(1)?;
/// change.update(100.0)?;
/// assert_eq!(change.update(125.0)?, Some(25.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Roc {
    values: Window<f64>,
    value: Option<f64>,
}

impl Roc {
    /// The change over `length` steps.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { values: Window::new(period("ROC", length, 1)?), value: None })
    }
}

impl Indicator for Roc {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        let then = self.values.push(sound("value", input)?);
        self.value = then.map(|then| if then == 0.0 { 0.0 } else { (ratio(input, then) - 1.0) * 100.0 });
        self.value = self.value.map(|change| change.clamp(f64::MIN, f64::MAX));
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
        self.value = None;
    }
}

/// What [`Stochastic`] tells, both in `[0, 100]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StochasticValue {
    /// The smoothed place of the close within the range.
    pub k: f64,
    /// The average of `k`.
    pub d: f64,
}

/// Slow stochastic: `100 * (close - lowest) / (highest - lowest)` over `n` candles (0 where they have no range), smoothed
/// into `k` and again into `d` by simple averages. Equal to TA-Lib's `STOCH`.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, Stochastic};
///
/// let mut place = Stochastic::new(2, 1, 1)?;
/// place.update(Candle::new(12.0, 8.0, 9.0, 1.0)?)?;
/// let now = place.update(Candle::new(12.0, 10.0, 11.0, 1.0)?)?.unwrap();
/// assert_eq!((now.k, now.d), (75.0, 75.0)); // (11 - 8) / (12 - 8)
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stochastic {
    highest: RollingMax,
    lowest: RollingMin,
    k: Sma,
    d: Sma,
    value: Option<StochasticValue>,
}

impl Stochastic {
    /// A range over `length` candles (5 or 14), smoothed over `k` (3) and again over `d` (3).
    ///
    /// # Errors
    /// [`IndicatorError::Period`] if one lies outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize, k: usize, d: usize) -> Result<Self, IndicatorError> {
        let (highest, lowest) = (RollingMax::new(length)?, RollingMin::new(length)?);
        Ok(Self { highest, lowest, k: Sma::new(k)?, d: Sma::new(d)?, value: None })
    }

    fn push(&mut self, candle: Candle) -> Option<StochasticValue> {
        let (highest, lowest) = (self.highest.push(candle.high()), self.lowest.push(candle.low()));
        let (highest, lowest) = highest.zip(lowest)?;
        let k = self.k.push(100.0 * ratio(candle.close() - lowest, highest - lowest))?;
        let d = self.d.push(k)?;
        Some(StochasticValue { k, d })
    }
}

impl Indicator for Stochastic {
    type Input = Candle;
    type Output = StochasticValue;

    fn update(&mut self, input: Candle) -> Result<Option<StochasticValue>, IndicatorError> {
        self.value = self.push(input);
        Ok(self.value)
    }

    fn value(&self) -> Option<StochasticValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.highest.warm_up() + self.k.warm_up() + self.d.warm_up() - 2
    }

    fn reset(&mut self) {
        self.highest.reset();
        self.lowest.reset();
        self.k.reset();
        self.d.reset();
        self.value = None;
    }
}

/// Commodity channel index: `(tp - mean) / (0.015 * mean absolute deviation)` of the typical price; 0 where nothing moved.
/// Equal to TA-Lib's `CCI`. Source: Lambert, *Commodities* (1980).
///
/// An update costs O(n): a mean *absolute* deviation has no sliding form.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Cci, Indicator};
///
/// let mut index = Cci::new(2)?;
/// index.update(Candle::new(10.0, 10.0, 10.0, 1.0)?)?;
/// let now = index.update(Candle::new(12.0, 12.0, 12.0, 1.0)?)?.unwrap();
/// assert!((now - 1.0 / 0.015).abs() < 1e-9); // one deviation above the mean
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cci {
    prices: Window<f64>,
    sum: RollingSum,
    value: Option<f64>,
}

impl Cci {
    /// An index over `length` candles; 14 or 20 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("CCI", length, 2)?;
        Ok(Self { prices: Window::new(length), sum: RollingSum::new(length), value: None })
    }

    fn push(&mut self, candle: Candle) -> Option<f64> {
        let price = candle.typical_price();
        self.prices.push(price);
        let length = self.prices.length() as f64;
        let mean = self.sum.push(price)? / length;
        let deviation = self.prices.unordered().iter().map(|p| (p - mean).abs()).sum::<f64>() / length;
        // The mean of equal prices may lie a last digit beside them, which is no movement.
        let moved = deviation > 8.0 * f64::EPSILON * mean.abs();
        Some(if moved { ratio(price - mean, 0.015 * deviation) } else { 0.0 })
    }
}

impl Indicator for Cci {
    type Input = Candle;
    type Output = f64;

    fn update(&mut self, input: Candle) -> Result<Option<f64>, IndicatorError> {
        self.value = self.push(input);
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.prices.length()
    }

    fn reset(&mut self) {
        self.prices.clear();
        self.sum.clear();
        self.value = None;
    }
}
