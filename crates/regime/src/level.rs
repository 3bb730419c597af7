//! Is volatility low, usual or high for this market?

use autotrading_domain::VolatilityLevel;
use autotrading_statistics::RollingSample;

use crate::RegimeError;

/// Compares a volatility forecast with the forecasts of the last bars, this one not among them.
#[derive(Clone, Debug)]
pub struct RelativeLevel {
    past: RollingSample,
    low: f64,
    high: f64,
}

impl RelativeLevel {
    /// A comparison with the last `window` forecasts: below the share `low` of them is low, above `high` is high.
    ///
    /// # Errors
    /// The window is empty.
    pub fn new(window: usize, low: f64, high: f64) -> Result<Self, RegimeError> {
        Ok(Self { past: RollingSample::new(window)?, low, high })
    }

    /// Says the level of the newest forecast, and keeps it. `Normal` until the window is full.
    ///
    /// # Errors
    /// The forecast is not finite; nothing changes.
    pub fn observe(&mut self, forecast: f64) -> Result<VolatilityLevel, RegimeError> {
        let level = if self.past.is_full() {
            let share = self.past.share_at_or_below(forecast)?;
            if share <= self.low {
                VolatilityLevel::Low
            } else if share > self.high {
                VolatilityLevel::High
            } else {
                VolatilityLevel::Normal
            }
        } else {
            VolatilityLevel::Normal
        };
        self.past.push(forecast)?;
        Ok(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_is_compared_with_its_own_past() {
        let mut level = RelativeLevel::new(100, 0.25, 0.75).unwrap();
        for i in 1..=100 {
            assert_eq!(level.observe(f64::from(i)).unwrap(), VolatilityLevel::Normal);
        }
        assert_eq!(level.observe(10.0).unwrap(), VolatilityLevel::Low);
        assert_eq!(level.observe(50.0).unwrap(), VolatilityLevel::Normal);
        assert_eq!(level.observe(99.0).unwrap(), VolatilityLevel::High);
        assert!(level.observe(f64::NAN).is_err());
    }
}
