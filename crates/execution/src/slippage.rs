//! What a trade will cost before it is made, and when that is too much.

use autotrading_domain::{Side, ValueError};
use autotrading_statistics::{QuantileMethod, RollingQuantile, StatisticsError};

/// The market around an order: measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlippageInputs {
    /// The order, in base units.
    pub quantity: f64,
    /// What a day trades, in base units; above zero.
    pub daily_volume: f64,
    /// Standard deviation of a day's return, as a fraction.
    pub daily_volatility: f64,
    /// The spread, in basis points.
    pub spread_bps: f64,
}

/// A measurement that must be finite and not negative; above zero when `positive`.
fn measured(what: &'static str, got: f64, positive: bool) -> Result<f64, ValueError> {
    let sound = got.is_finite() && if positive { got > 0.0 } else { got >= 0.0 };
    if sound { Ok(got) } else { Err(ValueError::NotFinite { what, got, positive }) }
}

/// Predicts the cost of taking, in basis points of the price, against us when positive:
///
/// `slippage = spread / 2 + coefficient * volatility * sqrt(quantity / volume) * 10 000`
///
/// (the square-root law of market impact; volatility and volume of one day, the coefficient is near 1 in most markets;
/// see Toth et al., 2011). One percent of a day's volume at 4 % daily volatility and 2 bps of spread costs
/// 1 + 0.04 * 0.1 * 10 000 = 41 bps:
///
/// ```
/// use autotrading_execution::{SlippageInputs, predicted_slippage};
/// let inputs = SlippageInputs { quantity: 10.0, daily_volume: 1_000.0, daily_volatility: 0.04, spread_bps: 2.0 };
/// assert!((predicted_slippage(&inputs, 1.0)? - 41.0).abs() < 1e-9);
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
///
/// # Errors
/// [`ValueError::NotFinite`] for a measurement that is not finite, negative, or zero where it must not be, and
/// [`ValueError::Overflow`] when the result is not finite.
pub fn predicted_slippage(inputs: &SlippageInputs, coefficient: f64) -> Result<f64, ValueError> {
    let quantity = measured("quantity", inputs.quantity, false)?;
    let volume = measured("daily volume", inputs.daily_volume, true)?;
    let volatility = measured("daily volatility", inputs.daily_volatility, false)?;
    let spread = measured("spread", inputs.spread_bps, false)?;
    let coefficient = measured("impact coefficient", coefficient, false)?;
    let slippage = spread / 2.0 + coefficient * volatility * (quantity / volume).sqrt() * 1e4;
    if slippage.is_finite() { Ok(slippage) } else { Err(ValueError::Overflow { what: "predicted slippage" }) }
}

/// How much worse than a benchmark a price was, in basis points of the benchmark: positive is against us, for a buy as
/// for a sell.
///
/// `slippage = side * (price - benchmark) / benchmark * 10 000`
///
/// ```
/// use autotrading_domain::Side;
/// use autotrading_execution::realized_slippage;
/// assert!((realized_slippage(Side::Sell, 99.9, 100.0)? - 10.0).abs() < 1e-9);
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
///
/// # Errors
/// [`ValueError::NotFinite`] for a price that is not finite and above zero.
pub fn realized_slippage(side: Side, price: f64, benchmark: f64) -> Result<f64, ValueError> {
    let (price, benchmark) = (measured("price", price, true)?, measured("benchmark", benchmark, true)?);
    let slippage = side.sign() * (price / benchmark - 1.0) * 1e4;
    if slippage.is_finite() { Ok(slippage) } else { Err(ValueError::Overflow { what: "realized slippage" }) }
}

/// A predicted slippage above the threshold.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a slippage of {predicted:.2} bps is predicted, at most {threshold:.2} bps are allowed")]
pub struct TooDear {
    /// What was predicted, in basis points.
    pub predicted: f64,
    /// What was allowed.
    pub threshold: f64,
}

/// Blocks trades that are predicted to be too dear.
///
/// The threshold is the 95 % quantile of the latest realized slippages, within hard bounds; until there are enough of
/// them it is its starting value.
#[derive(Clone, Debug)]
pub struct SlippageGuard {
    start: f64,
    low: f64,
    high: f64,
    realized: RollingQuantile,
}

/// Why a guard cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SlippageError {
    /// The bounds are out of order.
    #[error("a slippage threshold of {start} bps needs finite bounds 0 <= {low} <= {start} <= {high}")]
    Bounds {
        /// The lower bound, in basis points.
        low: f64,
        /// The starting value.
        start: f64,
        /// The upper bound.
        high: f64,
    },
    /// The window is empty, or an observation is not finite.
    #[error(transparent)]
    Sample(#[from] StatisticsError),
}

/// The share of realized slippages below the threshold.
const QUANTILE: f64 = 0.95;
/// So many realized slippages are needed before the threshold moves: below, a 95 % quantile is no more than the maximum.
const ENOUGH: usize = 20;

impl SlippageGuard {
    /// A guard that starts at a threshold (10 is usual) and moves it within hard bounds (all in basis points), by the latest `window`
    /// realized slippages.
    ///
    /// # Errors
    /// Bounds out of order or not finite, or an empty window.
    pub fn new(low: f64, start: f64, high: f64, window: usize) -> Result<Self, SlippageError> {
        let ordered = 0.0 <= low && low <= start && start <= high && high.is_finite();
        if !ordered {
            return Err(SlippageError::Bounds { low, start, high });
        }
        let realized = RollingQuantile::new(window, QUANTILE, QuantileMethod::default())?;
        Ok(Self { start, low, high, realized })
    }

    /// Takes in a realized slippage, in basis points, against us when positive.
    ///
    /// # Errors
    /// It is not finite.
    pub fn observe(&mut self, realized_bps: f64) -> Result<(), SlippageError> {
        Ok(self.realized.push(realized_bps)?)
    }

    /// The threshold in force, in basis points.
    pub fn threshold(&self) -> f64 {
        if self.realized.len() < ENOUGH {
            return self.start;
        }
        self.realized.value().map_or(self.start, |value| value.clamp(self.low, self.high))
    }

    /// Lets a prediction pass, or blocks it. What is not finite does not pass.
    ///
    /// # Errors
    /// [`TooDear`] with prediction and threshold.
    pub fn check(&self, predicted_bps: f64) -> Result<(), TooDear> {
        let threshold = self.threshold();
        if predicted_bps <= threshold { Ok(()) } else { Err(TooDear { predicted: predicted_bps, threshold }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_without_sense_is_refused() {
        let sound =
            SlippageInputs { quantity: 1.0, daily_volume: 100.0, daily_volatility: 0.04, spread_bps: 2.0 };
        for bad in [
            SlippageInputs { quantity: -1.0, ..sound },
            SlippageInputs { daily_volume: 0.0, ..sound },
            SlippageInputs { daily_volatility: f64::NAN, ..sound },
            SlippageInputs { spread_bps: f64::INFINITY, ..sound },
            SlippageInputs { quantity: 1e300, daily_volume: 1e-300, ..sound },
        ] {
            assert!(predicted_slippage(&bad, 1.0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn paying_more_and_getting_less_are_both_against_us() {
        let slippage = |side, price| realized_slippage(side, price, 100.0).unwrap();
        assert!(slippage(Side::Buy, 100.1) > 9.99 && slippage(Side::Sell, 99.9) > 9.99);
        assert!(slippage(Side::Buy, 99.9) < 0.0 && slippage(Side::Sell, 100.1) < 0.0);
    }

    #[test]
    fn the_threshold_follows_what_was_realized_within_hard_bounds() {
        let mut guard = SlippageGuard::new(5.0, 10.0, 20.0, 40).unwrap();
        assert_eq!(guard.check(10.0), Ok(()));
        assert_eq!(guard.check(10.5), Err(TooDear { predicted: 10.5, threshold: 10.0 }));
        assert!(guard.check(f64::NAN).is_err());
        (0..19).for_each(|_| guard.observe(15.0).unwrap());
        assert_eq!(guard.threshold(), 10.0, "too few to tell");
        guard.observe(15.0).unwrap();
        assert_eq!(guard.threshold(), 15.0);
        (0..40).for_each(|_| guard.observe(99.0).unwrap());
        assert_eq!(guard.threshold(), 20.0);
        (0..40).for_each(|_| guard.observe(-3.0).unwrap());
        assert_eq!(guard.threshold(), 5.0);
        assert!(guard.observe(f64::NAN).is_err());
    }

    #[test]
    fn bounds_out_of_order_are_refused() {
        assert!(SlippageGuard::new(5.0, 4.0, 20.0, 10).is_err());
        assert!(SlippageGuard::new(f64::NAN, 4.0, 20.0, 10).is_err());
        assert!(SlippageGuard::new(1.0, 4.0, f64::INFINITY, 10).is_err());
        assert!(SlippageGuard::new(1.0, 4.0, 20.0, 0).is_err());
    }
}
