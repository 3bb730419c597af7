//! What the indicators on more than one price are fed.

use super::bounds::sound;
use super::indicator::IndicatorError;

/// The part of a bar that indicators read: high, low, close and volume.
///
/// A candle is checked when it is made (finite, `low <= close <= high`, volume not negative), so that five indicators on
/// the same candle need not check it five times.
///
/// ```
/// use autotrading_strategy::indicators::Candle;
///
/// let candle = Candle::new(12.0, 9.0, 9.0, 100.0)?;
/// assert_eq!(candle.typical_price(), 10.0);
/// assert!(Candle::new(9.0, 12.0, 10.0, 100.0).is_err());
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candle {
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl Candle {
    /// A checked candle; prices in quote currency per unit, volume in units of the base asset.
    ///
    /// # Errors
    /// [`IndicatorError::Input`], [`IndicatorError::Candle`] or [`IndicatorError::Volume`], with the offending numbers.
    #[inline]
    pub fn new(high: f64, low: f64, close: f64, volume: f64) -> Result<Self, IndicatorError> {
        sound("high", high)?;
        sound("low", low)?;
        sound("close", close)?;
        sound("volume", volume)?;
        if !(low <= close && close <= high) {
            return Err(IndicatorError::Candle { high, low, close });
        }
        if volume < 0.0 {
            return Err(IndicatorError::Volume { got: volume });
        }
        Ok(Self { high, low, close, volume })
    }

    /// Highest price.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Lowest price.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Last price.
    #[must_use]
    pub fn close(&self) -> f64 {
        self.close
    }

    /// Traded volume, in units of the base asset.
    #[must_use]
    pub fn volume(&self) -> f64 {
        self.volume
    }

    /// `(high + low + close) / 3`, the price that CCI, MFI and VWAP take for the whole candle.
    #[inline]
    #[must_use]
    pub fn typical_price(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }

    /// `(high + low) / 2`, the middle of the candle.
    #[inline]
    #[must_use]
    pub fn middle(&self) -> f64 {
        (self.high + self.low) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contradictory_candle_is_refused_with_its_numbers() {
        assert_eq!(
            Candle::new(10.0, 9.0, 11.0, 1.0),
            Err(IndicatorError::Candle { high: 10.0, low: 9.0, close: 11.0 })
        );
        assert_eq!(Candle::new(10.0, 9.0, 9.5, -1.0), Err(IndicatorError::Volume { got: -1.0 }));
        assert!(matches!(
            Candle::new(10.0, 9.0, f64::NAN, 1.0),
            Err(IndicatorError::Input { what: "close", .. })
        ));
    }

    #[test]
    fn a_candle_without_range_or_volume_is_fine() {
        let candle = Candle::new(10.0, 10.0, 10.0, 0.0).unwrap();
        assert_eq!((candle.typical_price(), candle.middle()), (10.0, 10.0));
    }
}
