//! Prices weighed by what traded at them: OBV, MFI, VWAP.

use super::bounds::{period, ratio};
use super::candle::Candle;
use super::indicator::{Indicator, IndicatorError};
use super::sums::{CompensatedSum, RollingSum};

/// On-balance volume: the running sum of volume, added on a rising close and taken off on a falling one; starts with the
/// first volume. Equal to TA-Lib's `OBV`. Source: Granville, *New Key to Stock Market Profits* (1963).
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, Obv};
///
/// let mut balance = Obv::new();
/// for (close, volume) in [(10.0, 5.0), (11.0, 3.0), (10.5, 2.0)] {
///     balance.update(Candle::new(close, close, close, volume)?)?;
/// }
/// assert_eq!(balance.value(), Some(6.0)); // 5 + 3 - 2
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Obv {
    close: Option<f64>,
    balance: CompensatedSum,
}

impl Obv {
    /// A balance that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Indicator for Obv {
    type Input = Candle;
    type Output = f64;

    fn update(&mut self, input: Candle) -> Result<Option<f64>, IndicatorError> {
        let before = self.close.replace(input.close());
        if before.is_none_or(|before| input.close() > before) {
            self.balance.add(input.volume());
        } else if before.is_some_and(|before| input.close() < before) {
            self.balance.add(-input.volume());
        }
        Ok(self.value())
    }

    fn value(&self) -> Option<f64> {
        self.close.map(|_| self.balance.value())
    }

    fn warm_up(&self) -> usize {
        1
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Money flow index: `100 * up / (up + down)` of the money flows (typical price times volume) of the last `n` candles, split
/// by the direction of the typical price, in `[0, 100]`. Equal to TA-Lib's `MFI`, except that TA-Lib says 0 whenever the
/// flows add up to less than 1 and this one only when they are 0: the unit of the volume must not matter.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, Mfi};
///
/// let mut flow = Mfi::new(2)?;
/// for (price, volume) in [(10.0, 1.0), (12.0, 2.0), (8.0, 1.0)] {
///     flow.update(Candle::new(price, price, price, volume)?)?;
/// }
/// assert_eq!(flow.value(), Some(75.0)); // 24 up, 8 down
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mfi {
    price: Option<f64>,
    up: RollingSum,
    down: RollingSum,
    value: Option<f64>,
}

impl Mfi {
    /// An index over `length` moves; 14 is usual.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("MFI", length, 2)?;
        Ok(Self { price: None, up: RollingSum::new(length), down: RollingSum::new(length), value: None })
    }

    fn push(&mut self, candle: Candle) -> Option<f64> {
        let price = candle.typical_price();
        let before = self.price.replace(price)?;
        let flow = price * candle.volume();
        let up = self.up.push(if price > before { flow } else { 0.0 });
        let down = self.down.push(if price < before { flow } else { 0.0 });
        let (up, down) = up.zip(down)?;
        Some(100.0 * ratio(up, up + down))
    }
}

impl Indicator for Mfi {
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
        self.up.length() + 1
    }

    fn reset(&mut self) {
        self.price = None;
        self.up.clear();
        self.down.clear();
        self.value = None;
    }
}

/// Volume-weighted average price of the last `n` candles: `sum(tp * volume) / sum(volume)` with the typical price; no value
/// where nothing traded in the whole window.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, RollingVwap};
///
/// let mut average = RollingVwap::new(2)?;
/// average.update(Candle::new(10.0, 10.0, 10.0, 1.0)?)?;
/// assert_eq!(average.update(Candle::new(14.0, 14.0, 14.0, 3.0)?)?, Some(13.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingVwap {
    flow: RollingSum,
    volume: RollingSum,
    value: Option<f64>,
}

impl RollingVwap {
    /// An average over the last `length` candles.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("rolling VWAP", length, 1)?;
        Ok(Self { flow: RollingSum::new(length), volume: RollingSum::new(length), value: None })
    }
}

impl Indicator for RollingVwap {
    type Input = Candle;
    type Output = f64;

    fn update(&mut self, input: Candle) -> Result<Option<f64>, IndicatorError> {
        let flow = self.flow.push(input.typical_price() * input.volume());
        let volume = self.volume.push(input.volume());
        self.value = flow.zip(volume).and_then(|(flow, volume)| average_price(flow, volume));
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.flow.length()
    }

    fn reset(&mut self) {
        self.flow.clear();
        self.volume.clear();
        self.value = None;
    }
}

fn average_price(flow: f64, volume: f64) -> Option<f64> {
    (volume > 0.0).then(|| ratio(flow, volume))
}

/// A candle and the session in which it traded. Any number serves that differs between sessions, such as the count of UTC
/// days since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionCandle {
    /// Number of the session.
    pub session: i64,
    /// The candle.
    pub candle: Candle,
}

/// Volume-weighted average price since the session began; starts afresh when the session's number changes, and has no
/// value before something traded in it.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, SessionCandle, SessionVwap};
///
/// let mut average = SessionVwap::new();
/// let candle = |price, volume| Candle::new(price, price, price, volume);
/// average.update(SessionCandle { session: 1, candle: candle(10.0, 1.0)? })?;
/// assert_eq!(average.update(SessionCandle { session: 1, candle: candle(14.0, 3.0)? })?, Some(13.0));
/// assert_eq!(average.update(SessionCandle { session: 2, candle: candle(20.0, 1.0)? })?, Some(20.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SessionVwap {
    session: Option<i64>,
    flow: CompensatedSum,
    volume: CompensatedSum,
}

impl SessionVwap {
    /// An average that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Indicator for SessionVwap {
    type Input = SessionCandle;
    type Output = f64;

    fn update(&mut self, input: SessionCandle) -> Result<Option<f64>, IndicatorError> {
        if self.session != Some(input.session) {
            *self = Self { session: Some(input.session), ..Self::default() };
        }
        self.flow.add(input.candle.typical_price() * input.candle.volume());
        self.volume.add(input.candle.volume());
        Ok(self.value())
    }

    fn value(&self) -> Option<f64> {
        average_price(self.flow.value(), self.volume.value())
    }

    fn warm_up(&self) -> usize {
        1
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_volume_there_is_no_average_price() {
        let still = Candle::new(10.0, 10.0, 10.0, 0.0).unwrap();
        let (mut rolling, mut session) = (RollingVwap::new(1).unwrap(), SessionVwap::new());
        assert_eq!(rolling.update(still), Ok(None));
        assert_eq!(session.update(SessionCandle { session: 0, candle: still }), Ok(None));
    }

    #[test]
    fn money_flow_does_not_depend_on_the_unit_of_volume() {
        let flow = |unit: f64| {
            let mut flow = Mfi::new(3).unwrap();
            for price in [10.0, 11.0, 10.5, 12.0, 11.0] {
                flow.update(Candle::new(price, price, price, unit).unwrap()).unwrap();
            }
            flow.value().unwrap()
        };
        assert!((flow(1e3) - flow(1e-9)).abs() < 1e-9);
    }
}
