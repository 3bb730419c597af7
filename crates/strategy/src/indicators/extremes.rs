//! Highest and lowest value of a window, and the channel between them.

use super::bounds::{period, sound};
use super::candle::Candle;
use super::channels::Bands;
use super::indicator::{Indicator, IndicatorError};

/// A queue of the values that can still become the maximum: each newcomer removes all smaller ones before it, so that
/// the queue falls from front to back and its front is the maximum. Every value enters and leaves once, so an update
/// costs O(1) on average and `n` steps at worst.
#[derive(Clone, Debug)]
struct MonotonicQueue {
    ring: Box<[(u64, f64)]>,
    front: usize,
    held: usize,
    seen: u64,
}

impl MonotonicQueue {
    fn new(length: usize) -> Self {
        Self { ring: vec![(0, 0.0); length].into_boxed_slice(), front: 0, held: 0, seen: 0 }
    }

    /// Where the `nth` element from the front lies in the ring (`nth` not above the length).
    #[inline]
    fn place(&self, nth: usize) -> usize {
        let place = self.front + nth;
        if place >= self.ring.len() { place - self.ring.len() } else { place }
    }

    /// The `nth` element from the front.
    #[inline]
    fn get(&self, nth: usize) -> Option<(u64, f64)> {
        if nth < self.held { self.ring.get(self.place(nth)).copied() } else { None }
    }

    #[inline]
    fn push(&mut self, value: f64) -> Option<f64> {
        let length = self.ring.len() as u64;
        if self.get(0).is_some_and(|(born, _)| born + length <= self.seen) {
            self.front = self.place(1);
            self.held -= 1;
        }
        while self.held > 0 && self.get(self.held - 1).is_some_and(|(_, last)| last <= value) {
            self.held -= 1;
        }
        let place = self.place(self.held);
        if let Some(slot) = self.ring.get_mut(place) {
            *slot = (self.seen, value);
            self.held += 1;
        }
        self.seen += 1;
        self.value()
    }

    #[inline]
    fn value(&self) -> Option<f64> {
        if self.seen >= self.ring.len() as u64 { self.get(0).map(|(_, value)| value) } else { None }
    }

    fn clear(&mut self) {
        (self.front, self.held, self.seen) = (0, 0, 0);
    }
}

/// Highest of the last `n` values. Equal to TA-Lib's `MAX`.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, RollingMax};
///
/// let mut highest = RollingMax::new(2)?;
/// highest.update(3.0)?;
/// assert_eq!(highest.update(1.0)?, Some(3.0));
/// assert_eq!(highest.update(2.0)?, Some(2.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingMax(MonotonicQueue);

impl RollingMax {
    /// The maximum of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self(MonotonicQueue::new(period("rolling maximum", length, 1)?)))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.0.push(value)
    }
}

impl Indicator for RollingMax {
    type Input = f64;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<f64> {
        self.0.value()
    }

    fn warm_up(&self) -> usize {
        self.0.ring.len()
    }

    fn reset(&mut self) {
        self.0.clear();
    }
}

/// Lowest of the last `n` values: minus the maximum of the values' negatives. Equal to TA-Lib's `MIN`.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, RollingMin};
///
/// let mut lowest = RollingMin::new(2)?;
/// lowest.update(1.0)?;
/// assert_eq!(lowest.update(3.0)?, Some(1.0));
/// assert_eq!(lowest.update(2.0)?, Some(2.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingMin(MonotonicQueue);

impl RollingMin {
    /// The minimum of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self(MonotonicQueue::new(period("rolling minimum", length, 1)?)))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.0.push(-value).map(|highest| -highest)
    }
}

impl Indicator for RollingMin {
    type Input = f64;
    type Output = f64;

    #[inline]
    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<f64> {
        self.0.value().map(|highest| -highest)
    }

    fn warm_up(&self) -> usize {
        self.0.ring.len()
    }

    fn reset(&mut self) {
        self.0.clear();
    }
}

/// Donchian channel: highest high and lowest low of the last `n` candles, the present one included, and the middle
/// between them. For a breakout test read [`value`](Indicator::value) *before* the update: a close is never above a channel
/// that holds its own high.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Donchian, Indicator};
///
/// let mut channel = Donchian::new(2)?;
/// channel.update(Candle::new(10.0, 8.0, 9.0, 1.0)?)?;
/// let bands = channel.update(Candle::new(11.0, 9.0, 9.0, 1.0)?)?.unwrap();
/// assert_eq!((bands.lower, bands.middle, bands.upper), (8.0, 9.5, 11.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Donchian {
    highest: RollingMax,
    lowest: RollingMin,
    value: Option<Bands>,
}

impl Donchian {
    /// A channel over the last `length` candles.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { highest: RollingMax::new(length)?, lowest: RollingMin::new(length)?, value: None })
    }

    #[inline]
    pub(crate) fn push(&mut self, candle: Candle) -> Option<Bands> {
        let (upper, lower) = (self.highest.push(candle.high()), self.lowest.push(candle.low()));
        self.value =
            upper.zip(lower).map(|(upper, lower)| Bands { lower, middle: (lower + upper) / 2.0, upper });
        self.value
    }
}

impl Indicator for Donchian {
    type Input = Candle;
    type Output = Bands;

    fn update(&mut self, input: Candle) -> Result<Option<Bands>, IndicatorError> {
        Ok(self.push(input))
    }

    fn value(&self) -> Option<Bands> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.highest.warm_up()
    }

    fn reset(&mut self) {
        self.highest.reset();
        self.lowest.reset();
        self.value = None;
    }
}
