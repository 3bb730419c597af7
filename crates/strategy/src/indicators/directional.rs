//! Wilder's directional movement: +DI, -DI and ADX.

use super::bounds::{period, ratio};
use super::candle::Candle;
use super::indicator::{Indicator, IndicatorError};
use super::volatility::TrueRange;

/// Wilder's running sum: `s' = s - s/n + x`, after a plain sum of the first `n - 1` values.
#[derive(Clone, Debug, Default)]
struct WilderSum(f64);

impl WilderSum {
    fn push(&mut self, value: f64, length: f64, seeding: bool) -> f64 {
        self.0 += if seeding { value } else { value - self.0 / length };
        self.0
    }
}

/// What [`DirectionalIndex`] tells, both in `[0, 100]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectionalValue {
    /// Share of upward movement in the true range.
    pub plus: f64,
    /// Share of downward movement in the true range.
    pub minus: f64,
}

impl DirectionalValue {
    /// `DX = 100 * |+DI - -DI| / (+DI + -DI)`; `None` where there is no movement in either direction.
    #[must_use]
    pub fn dx(&self) -> Option<f64> {
        let both = self.plus + self.minus;
        (both > 0.0).then(|| 100.0 * (self.plus - self.minus).abs() / both)
    }
}

/// Directional indices +DI and -DI: Wilder's sums of upward and downward movement, in percent of the sum of true ranges.
/// Only the larger of the two movements of a candle counts. Equal to TA-Lib's `PLUS_DI` and `MINUS_DI`. Source: Wilder,
/// *New Concepts in Technical Trading Systems* (1978).
///
/// ```
/// use autotrading_strategy::indicators::{Candle, DirectionalIndex, Indicator};
///
/// let mut index = DirectionalIndex::new(2)?;
/// for (high, low) in [(10.0, 8.0), (11.0, 9.0), (13.0, 10.0)] {
///     index.update(Candle::new(high, low, high, 1.0)?)?;
/// }
/// // Up 1 then 2: 1 - 1/2 + 2 = 2.5; ranges 2 then 3: 2 - 2/2 + 3 = 4.
/// assert_eq!(index.value().unwrap().plus, 62.5);
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DirectionalIndex {
    length: usize,
    seen: usize,
    previous: Option<Candle>,
    true_range: TrueRange,
    ups: WilderSum,
    downs: WilderSum,
    ranges: WilderSum,
    value: Option<DirectionalValue>,
}

impl DirectionalIndex {
    /// Indices over `length` candles; 14 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self {
            length: period("directional index", length, 2)?,
            seen: 0,
            previous: None,
            true_range: TrueRange::new(),
            ups: WilderSum::default(),
            downs: WilderSum::default(),
            ranges: WilderSum::default(),
            value: None,
        })
    }

    fn push(&mut self, candle: Candle) -> Option<DirectionalValue> {
        let range = self.true_range.push(candle);
        let previous = self.previous.replace(candle)?;
        let (up, down) = (candle.high() - previous.high(), previous.low() - candle.low());
        let (up, down) =
            (if up > 0.0 && up > down { up } else { 0.0 }, if down > 0.0 && down > up { down } else { 0.0 });
        self.seen += 1;
        let (length, seeding) = (self.length as f64, self.seen < self.length);
        let ups = self.ups.push(up, length, seeding);
        let downs = self.downs.push(down, length, seeding);
        let ranges = self.ranges.push(range?, length, seeding);
        self.seen = self.seen.min(self.length);
        let share = |moved: f64| 100.0 * ratio(moved, ranges);
        self.value = (!seeding).then(|| DirectionalValue { plus: share(ups), minus: share(downs) });
        self.value
    }
}

impl Indicator for DirectionalIndex {
    type Input = Candle;
    type Output = DirectionalValue;

    fn update(&mut self, input: Candle) -> Result<Option<DirectionalValue>, IndicatorError> {
        Ok(self.push(input))
    }

    fn value(&self) -> Option<DirectionalValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.length + 1
    }

    fn reset(&mut self) {
        self.seen = 0;
        self.previous = None;
        self.true_range.reset();
        self.ups = WilderSum::default();
        self.downs = WilderSum::default();
        self.ranges = WilderSum::default();
        self.value = None;
    }
}

/// What [`Adx`] tells, each in `[0, 100]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdxValue {
    /// Strength of the trend, whichever way it goes.
    pub adx: f64,
    /// +DI.
    pub plus: f64,
    /// -DI.
    pub minus: f64,
}

/// Average directional index: Wilder's average of DX. Equal to TA-Lib's `ADX`, which leaves out candles without movement.
///
/// ```
/// use autotrading_strategy::indicators::{Adx, Candle, Indicator};
///
/// let mut adx = Adx::new(2)?;
/// for step in 0..6 {
///     let low = f64::from(step);
///     adx.update(Candle::new(low + 1.0, low, low + 1.0, 1.0)?)?;
/// }
/// assert_eq!(adx.value().unwrap().adx, 100.0); // nothing but upward movement
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adx {
    index: DirectionalIndex,
    seen: usize,
    seed: f64,
    adx: Option<f64>,
    value: Option<AdxValue>,
}

impl Adx {
    /// An index over `length` candles; 14 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { index: DirectionalIndex::new(length)?, seen: 0, seed: 0.0, adx: None, value: None })
    }

    fn average(&mut self, dx: Option<f64>) -> Option<f64> {
        let length = self.index.length;
        match (self.adx, dx) {
            (Some(adx), Some(dx)) => Some(adx + (dx - adx) / length as f64),
            (Some(adx), None) => Some(adx),
            (None, dx) => {
                self.seen += 1;
                self.seed += dx.unwrap_or(0.0);
                (self.seen == length).then(|| self.seed / length as f64)
            }
        }
    }
}

impl Indicator for Adx {
    type Input = Candle;
    type Output = AdxValue;

    fn update(&mut self, input: Candle) -> Result<Option<AdxValue>, IndicatorError> {
        if let Some(index) = self.index.push(input) {
            self.adx = self.average(index.dx());
            self.value = self.adx.map(|adx| AdxValue { adx, plus: index.plus, minus: index.minus });
        }
        Ok(self.value)
    }

    fn value(&self) -> Option<AdxValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        2 * self.index.length
    }

    fn reset(&mut self) {
        self.index.reset();
        self.seen = 0;
        self.seed = 0.0;
        self.adx = None;
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_that_never_moves_has_no_direction_and_no_nan() {
        let mut adx = Adx::new(3).unwrap();
        let mut last = None;
        for _ in 0..12 {
            last = adx.update(Candle::new(5.0, 5.0, 5.0, 1.0).unwrap()).unwrap();
        }
        assert_eq!(last, Some(AdxValue { adx: 0.0, plus: 0.0, minus: 0.0 }));
    }

    #[test]
    fn a_fall_shows_in_minus_and_a_rise_in_plus() {
        let mut index = DirectionalIndex::new(3).unwrap();
        for step in 0..10 {
            let low = 100.0 - f64::from(step);
            index.update(Candle::new(low + 1.0, low, low, 1.0).unwrap()).unwrap();
        }
        let falling = index.value().unwrap();
        assert!(falling.minus > 0.0 && falling.plus == 0.0);
        assert_eq!(falling.dx(), Some(100.0));
    }
}
