//! Ichimoku's lines, without the one that is drawn into the past.

use super::bounds::period;
use super::candle::Candle;
use super::extremes::Donchian;
use super::indicator::{Indicator, IndicatorError};
use super::window::Window;

/// The lines as they stand *at* the newest candle; all in price units.
///
/// The lagging span is today's close drawn over the past: as a line of the past it knows the future, so it is not here.
/// What it is read for, today's close against the close then, is `close_then`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IchimokuValue {
    /// Tenkan-sen: middle of the short range.
    pub conversion: f64,
    /// Kijun-sen: middle of the medium range.
    pub base: f64,
    /// Senkou span A over this candle: mean of conversion and base, as it was `displacement` candles ago.
    pub span_a: f64,
    /// Senkou span B over this candle: middle of the long range, as it was `displacement` candles ago.
    pub span_b: f64,
    /// The close `displacement` candles ago.
    pub close_then: f64,
}

/// Ichimoku Kinko Hyo (Hosoda, 1969). The cloud over the newest candle is made of what was known `displacement` candles ago.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Ichimoku, Indicator};
///
/// let mut lines = Ichimoku::new(1, 2, 3, 1)?;
/// for price in [10.0, 12.0, 14.0, 20.0] {
///     lines.update(Candle::new(price, price, price, 1.0)?)?;
/// }
/// let now = lines.value().unwrap();
/// assert_eq!((now.conversion, now.base), (20.0, 17.0));
/// assert_eq!((now.span_a, now.span_b, now.close_then), (13.5, 12.0, 14.0)); // known one candle ago
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ichimoku {
    short: Donchian,
    medium: Donchian,
    long: Donchian,
    spans: Window<(f64, f64)>,
    closes: Window<f64>,
    value: Option<IchimokuValue>,
}

impl Ichimoku {
    /// The usual settings are 9, 26, 52 and a displacement of 26.
    ///
    /// # Errors
    /// [`IndicatorError::Order`] unless `short < medium < long`; [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`.
    pub fn new(
        short: usize,
        medium: usize,
        long: usize,
        displacement: usize,
    ) -> Result<Self, IndicatorError> {
        super::bounds::faster("Ichimoku", short, medium)?;
        super::bounds::faster("Ichimoku", medium, long)?;
        let displacement = period("Ichimoku displacement", displacement, 1)?;
        Ok(Self {
            short: Donchian::new(short)?,
            medium: Donchian::new(medium)?,
            long: Donchian::new(long)?,
            spans: Window::new(displacement),
            closes: Window::new(displacement),
            value: None,
        })
    }

    fn push(&mut self, candle: Candle) -> Option<IchimokuValue> {
        let close_then = self.closes.push(candle.close());
        let (short, medium) = (self.short.push(candle), self.medium.push(candle));
        let long = self.long.push(candle)?;
        let (conversion, base) = (short?.middle, medium?.middle);
        let (span_a, span_b) = self.spans.push(((conversion + base) / 2.0, long.middle))?;
        Some(IchimokuValue { conversion, base, span_a, span_b, close_then: close_then? })
    }
}

impl Indicator for Ichimoku {
    type Input = Candle;
    type Output = IchimokuValue;

    fn update(&mut self, input: Candle) -> Result<Option<IchimokuValue>, IndicatorError> {
        self.value = self.push(input);
        Ok(self.value)
    }

    fn value(&self) -> Option<IchimokuValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.long.warm_up() + self.spans.length()
    }

    fn reset(&mut self) {
        self.short.reset();
        self.medium.reset();
        self.long.reset();
        self.spans.clear();
        self.closes.clear();
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_before_the_longest_range_and_its_displacement_are_filled() {
        let mut lines = Ichimoku::new(9, 26, 52, 26).unwrap();
        let first = (1..=200).find(|step| {
            let price = f64::from(*step);
            lines.update(Candle::new(price, price, price, 1.0).unwrap()).unwrap().is_some()
        });
        assert_eq!(first, Some(78));
        assert_eq!(lines.warm_up(), 78);
    }

    #[test]
    fn periods_must_grow() {
        assert!(matches!(Ichimoku::new(26, 26, 52, 26), Err(IndicatorError::Order { .. })));
        assert!(matches!(Ichimoku::new(9, 26, 52, 0), Err(IndicatorError::Period { .. })));
    }
}
