//! Exponential averages: single, double, triple, Wilder's, and the difference of two (MACD).

use super::bounds::{faster, period, sound};
use super::indicator::{Indicator, IndicatorError};

/// An average that forgets geometrically, seeded with the plain mean of its first `n` values.
#[derive(Clone, Debug)]
struct Smoothing {
    length: usize,
    weight: f64,
    seen: usize,
    seed: f64,
    value: Option<f64>,
}

impl Smoothing {
    fn new(length: usize, weight: f64) -> Self {
        Self { length, weight, seen: 0, seed: 0.0, value: None }
    }

    #[inline]
    fn push(&mut self, value: f64) -> Option<f64> {
        self.value = match self.value {
            Some(average) => Some(average + self.weight * (value - average)),
            None => self.fill(value),
        };
        self.value
    }

    fn fill(&mut self, value: f64) -> Option<f64> {
        self.seed += value;
        self.seen += 1;
        (self.seen == self.length).then(|| self.seed / self.length as f64)
    }

    fn clear(&mut self) {
        self.seen = 0;
        self.seed = 0.0;
        self.value = None;
    }
}

/// Exponential moving average: `y' = y + 2/(n+1) * (x - y)`, seeded with the mean of the first `n` values. Equal to TA-Lib's
/// `EMA`.
///
/// ```
/// use autotrading_strategy::indicators::{Ema, Indicator};
///
/// let mut average = Ema::new(3)?;
/// for x in [1.0, 2.0, 3.0] {
///     average.update(x)?;
/// }
/// assert_eq!(average.value(), Some(2.0));
/// assert_eq!(average.update(6.0)?, Some(4.0)); // halfway, for 2/(3+1) = 1/2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ema(Smoothing);

impl Ema {
    /// An average with weight `2 / (length + 1)` for the newest value.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("EMA", length, 1)?;
        Ok(Self(Smoothing::new(length, 2.0 / (length as f64 + 1.0))))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.0.push(value)
    }
}

impl Indicator for Ema {
    type Input = f64;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    #[inline]
    fn value(&self) -> Option<f64> {
        self.0.value
    }

    fn warm_up(&self) -> usize {
        self.0.length
    }

    fn reset(&mut self) {
        self.0.clear();
    }
}

/// Wilder's average: `y' = y + (x - y)/n`, seeded with the mean of the first `n` values. The smoothing inside RSI, ATR and
/// ADX. Source: Wilder, *New Concepts in Technical Trading Systems* (1978).
#[derive(Clone, Debug)]
pub(crate) struct WilderMean(Smoothing);

impl WilderMean {
    pub(crate) fn new(length: usize) -> Self {
        Self(Smoothing::new(length, 1.0 / length as f64))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.0.push(value)
    }

    #[inline]
    pub(crate) fn value(&self) -> Option<f64> {
        self.0.value
    }

    pub(crate) fn length(&self) -> usize {
        self.0.length
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Double exponential moving average: `2*EMA - EMA(EMA)`, which removes the lag behind a straight line. Equal to TA-Lib's
/// `DEMA`. Source: Mulloy, *Stocks & Commodities* 12:1 (1994).
///
/// ```
/// use autotrading_strategy::indicators::{Dema, Indicator};
///
/// let mut average = Dema::new(2)?;
/// for x in [1.0, 2.0] {
///     average.update(x)?;
/// }
/// assert_eq!(average.update(3.0)?, Some(3.0)); // EMA 2.5, EMA of EMA (1.5 + 2.5)/2 = 2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dema {
    once: Ema,
    twice: Ema,
    value: Option<f64>,
}

impl Dema {
    /// Two averages of `length` in a row.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { once: Ema::new(length)?, twice: Ema::new(length)?, value: None })
    }
}

impl Indicator for Dema {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        let once = self.once.push(sound("value", input)?);
        if let Some(once) = once {
            self.value = self.twice.push(once).map(|twice| 2.0 * once - twice);
        }
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        2 * self.once.warm_up() - 1
    }

    fn reset(&mut self) {
        self.once.reset();
        self.twice.reset();
        self.value = None;
    }
}

/// Triple exponential moving average: `3*EMA - 3*EMA(EMA) + EMA(EMA(EMA))`. Equal to TA-Lib's `TEMA`. Source: Mulloy,
/// *Stocks & Commodities* 12:1 (1994).
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Tema};
///
/// let mut average = Tema::new(1)?;
/// assert_eq!(average.update(7.0)?, Some(7.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tema {
    once: Ema,
    twice: Ema,
    thrice: Ema,
    value: Option<f64>,
}

impl Tema {
    /// Three averages of `length` in a row.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let (once, twice, thrice) = (Ema::new(length)?, Ema::new(length)?, Ema::new(length)?);
        Ok(Self { once, twice, thrice, value: None })
    }

    fn push(&mut self, value: f64) -> Option<f64> {
        let once = self.once.push(value)?;
        let twice = self.twice.push(once)?;
        let thrice = self.thrice.push(twice)?;
        Some(3.0 * (once - twice) + thrice)
    }
}

impl Indicator for Tema {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        self.value = self.push(sound("value", input)?);
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        3 * self.once.warm_up() - 2
    }

    fn reset(&mut self) {
        self.once.reset();
        self.twice.reset();
        self.thrice.reset();
        self.value = None;
    }
}

/// What [`Macd`] tells, in the unit of its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdValue {
    /// Fast average minus slow average.
    pub line: f64,
    /// Exponential average of the line.
    pub signal: f64,
    /// Line minus signal.
    pub histogram: f64,
}

/// Moving average convergence/divergence: `EMA(fast) - EMA(slow)`, its own EMA as signal, and their difference. Equal to
/// TA-Lib's `MACD`, which lets the fast average start late, so that both give their first value on the same input.
/// Source: Appel, *The Moving Average Convergence-Divergence Trading Method* (1979).
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Macd};
///
/// let mut macd = Macd::new(12, 26, 9)?;
/// assert_eq!(macd.warm_up(), 34);
/// for x in 0..34 {
///     macd.update(f64::from(x))?;
/// }
/// // On a straight line an EMA lags by (n - 1)/2: 12.5 - 5.5 = 7.
/// assert!((macd.value().unwrap().line - 7.0).abs() < 1e-12);
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
    late: usize,
    skipped: usize,
    value: Option<MacdValue>,
}

impl Macd {
    /// The usual settings are 12, 26 and 9.
    ///
    /// # Errors
    /// [`IndicatorError::Order`] unless `fast < slow`; [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Result<Self, IndicatorError> {
        faster("MACD", fast, slow)?;
        let late = slow - fast;
        let (fast, slow, signal) = (Ema::new(fast)?, Ema::new(slow)?, Ema::new(signal)?);
        Ok(Self { fast, slow, signal, late, skipped: 0, value: None })
    }

    fn push(&mut self, value: f64) -> Option<MacdValue> {
        let slow = self.slow.push(value);
        if self.skipped < self.late {
            self.skipped += 1;
            return None;
        }
        let line = self.fast.push(value)? - slow?;
        let signal = self.signal.push(line)?;
        Some(MacdValue { line, signal, histogram: line - signal })
    }
}

impl Indicator for Macd {
    type Input = f64;
    type Output = MacdValue;

    fn update(&mut self, input: f64) -> Result<Option<MacdValue>, IndicatorError> {
        self.value = self.push(sound("value", input)?);
        Ok(self.value)
    }

    fn value(&self) -> Option<MacdValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.slow.warm_up() + self.signal.warm_up() - 1
    }

    fn reset(&mut self) {
        self.fast.reset();
        self.slow.reset();
        self.signal.reset();
        self.skipped = 0;
        self.value = None;
    }
}
