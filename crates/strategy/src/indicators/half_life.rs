//! How quickly a distance from the mean halves.

use super::bounds::{period, ratio, sound};
use super::indicator::{Indicator, IndicatorError};
use super::moments::RollingMoments;

/// Half-life of mean reversion over the last `n` values, in steps: `ln(1/2) / ln(phi)` of the Ornstein-Uhlenbeck process
/// seen at whole steps, an autoregression with coefficient `phi`. From the variances of the values and of their moves,
/// `phi = 1 - var(moves) / (2 * var(values))`: for a stationary autoregression `var(moves) = 2 * (1 - phi) * var(values)`.
///
/// Zero where values overshoot (`phi <= 0`); no value where nothing moved. A random walk seen through a window of `n`
/// has an apparent half-life of about `0.23 * n`, so ask for clearly less.
///
/// ```
/// use autotrading_strategy::indicators::{HalfLife, Indicator};
///
/// let mut half_life = HalfLife::new(4)?;
/// for x in [1.0, -1.0, 1.0, -1.0] {
///     half_life.update(x)?;
/// }
/// assert_eq!(half_life.value(), Some(0.0)); // it overshoots at every step
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HalfLife {
    values: RollingMoments,
    moves: RollingMoments,
    previous: Option<f64>,
    value: Option<f64>,
}

impl HalfLife {
    /// The half-life within the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `4..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("half-life", length, 4)?;
        let (values, moves) = (RollingMoments::new(length)?, RollingMoments::new(length - 1)?);
        Ok(Self { values, moves, previous: None, value: None })
    }

    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        let before = self.previous.replace(value);
        let values = self.values.push(value);
        let moves = before.and_then(|before| self.moves.push(value - before));
        self.value = values.zip(moves).filter(|(values, _)| values.deviation > 0.0).map(|(values, moves)| {
            let phi = 1.0 - ratio(moves.deviation, values.deviation).powi(2) / 2.0;
            if phi <= 0.0 {
                0.0
            } else if phi < 1.0 {
                ratio(0.5f64.ln(), phi.ln())
            } else {
                f64::MAX // a straight line never comes back
            }
        });
        self.value
    }
}

impl Indicator for HalfLife {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        Ok(self.push(sound("value", input)?))
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.values.length()
    }

    fn reset(&mut self) {
        self.values.reset();
        self.moves.reset();
        self.previous = None;
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of a fixed generator, uniform in `[-1, 1]`.
    fn noise() -> impl FnMut() -> f64 {
        let mut state = 5u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        }
    }

    #[test]
    fn the_half_life_of_a_known_autoregression_is_found() {
        let (mut half_life, mut noise, mut x) = (HalfLife::new(20_000).unwrap(), noise(), 0.0);
        for _ in 0..20_000 {
            x = 0.9 * x + noise();
            half_life.update(x).unwrap();
        }
        let known = 0.5f64.ln() / 0.9f64.ln(); // 6.58 steps
        assert!((half_life.value().unwrap() / known - 1.0).abs() < 0.05, "{:?}", half_life.value());
    }

    #[test]
    fn a_straight_line_never_comes_back() {
        let mut half_life = HalfLife::new(8).unwrap();
        for step in 0..20 {
            half_life.update(f64::from(step)).unwrap();
        }
        assert_eq!(half_life.value(), Some(f64::MAX));
    }

    #[test]
    fn what_never_moves_has_no_half_life() {
        let mut half_life = HalfLife::new(5).unwrap();
        for _ in 0..20 {
            assert_eq!(half_life.update(3.0), Ok(None));
        }
    }
}
