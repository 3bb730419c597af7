//! Fits over a window: the slope of a line, and the exponent by which moves grow with time.

use super::bounds::{period, sound};
use super::indicator::{Indicator, IndicatorError};
use super::moments::RollingMoments;
use super::sums::RollingRamp;
use super::window::Window;

/// Slope of the least-squares line through the last `n` values, per step:
/// `6 * sum((2i - n - 1) * x[i]) / (n * (n^2 - 1))`, `i` from 1 (oldest) to `n`. Equal to TA-Lib's `LINEARREG_SLOPE`.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, LinearSlope};
///
/// let mut slope = LinearSlope::new(3)?;
/// for x in [1.0, 5.0, 6.0] {
///     slope.update(x)?;
/// }
/// assert_eq!(slope.value(), Some(2.5)); // 6 * (-2*1 + 0*5 + 2*6) / 24
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearSlope {
    ramp: RollingRamp,
    scale: f64,
    value: Option<f64>,
}

impl LinearSlope {
    /// The slope through the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `2..=LONGEST_PERIOD`.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let n = period("linear slope", length, 2)? as f64;
        Ok(Self { ramp: RollingRamp::new(length), scale: 6.0 / (n * (n * n - 1.0)), value: None })
    }
}

impl Indicator for LinearSlope {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, input: f64) -> Result<Option<f64>, IndicatorError> {
        let full = self.ramp.push(sound("value", input)?);
        self.value = full.then(|| self.ramp.centred_ramp() * self.scale);
        Ok(self.value)
    }

    fn value(&self) -> Option<f64> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.ramp.length()
    }

    fn reset(&mut self) {
        self.ramp.clear();
        self.value = None;
    }
}

/// Hurst exponent of the last `n` values: the slope of `ln(deviation of x[t] - x[t-lag])` over `ln(lag)` for the lags 1, 2,
/// 4, ... up to a quarter of the window. Feed it log prices. 0.5 is a random walk, less reverts, more persists; an
/// estimate, so it may leave `[0, 1]`. No value where a lag shows no movement at all (a constant, a straight line).
/// Source: the scaling of increments, Mandelbrot and Van Ness, *SIAM Review* 10:4 (1968).
///
/// An update costs one O(1) update per lag, of which there are `log2(n)` at most.
///
/// ```
/// use autotrading_strategy::indicators::{Hurst, Indicator};
///
/// // Up one, down one: moves do not grow with the lag at all.
/// let mut exponent = Hurst::new(16)?;
/// let mut noise = [0.0, 0.9, 0.2, 0.7, 0.1, 0.8, 0.3, 0.6].into_iter().cycle();
/// for _ in 0..16 {
///     exponent.update(noise.next().unwrap())?;
/// }
/// assert!(exponent.value().unwrap() < 0.0);
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hurst {
    length: usize,
    values: Window<f64>,
    lags: Box<[Lag]>,
    value: Option<f64>,
}

/// Moves over one lag, and its weight in the fit: `(ln lag - mean) / sum of squares`.
#[derive(Clone, Debug)]
struct Lag {
    steps: usize,
    weight: f64,
    moves: RollingMoments,
}

impl Hurst {
    /// The exponent of the last `length` values.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `16..=LONGEST_PERIOD`: fewer leave less than three lags.
    pub fn new(length: usize) -> Result<Self, IndicatorError> {
        let length = period("Hurst exponent", length, 16)?;
        let steps: Vec<usize> =
            std::iter::successors(Some(1), |lag| Some(lag * 2)).take_while(|lag| lag * 4 <= length).collect();
        let mean = steps.iter().map(|lag| (*lag as f64).ln()).sum::<f64>() / steps.len() as f64;
        let spread: f64 = steps.iter().map(|lag| ((*lag as f64).ln() - mean).powi(2)).sum();
        let longest = steps.last().copied().unwrap_or(1);
        let lags = steps
            .into_iter()
            .map(|steps| {
                let weight = ((steps as f64).ln() - mean) / spread;
                Ok(Lag { steps, weight, moves: RollingMoments::new(length - steps)? })
            })
            .collect::<Result<Box<[Lag]>, IndicatorError>>()?;
        Ok(Self { length, values: Window::new(longest + 1), lags, value: None })
    }

    fn push(&mut self, value: f64) -> Option<f64> {
        self.values.push(value);
        let mut slope = Some(0.0);
        for lag in &mut self.lags {
            let moved = self.values.back(lag.steps).and_then(|then| lag.moves.push(value - then));
            slope = match (slope, moved) {
                (Some(sum), Some(moves)) if moves.deviation > 0.0 => {
                    Some(sum + lag.weight * moves.deviation.ln())
                }
                _ => None,
            };
        }
        slope
    }
}

impl Indicator for Hurst {
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
        self.length
    }

    fn reset(&mut self) {
        self.values.clear();
        for lag in &mut self.lags {
            lag.moves.reset();
        }
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_has_its_own_slope_whatever_its_level() {
        let mut slope = LinearSlope::new(9).unwrap();
        for step in 0..40 {
            slope.update(1e12 + 0.5 * f64::from(step)).unwrap();
        }
        assert!((slope.value().unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_market_that_never_moves_has_no_exponent() {
        let mut exponent = Hurst::new(32).unwrap();
        for _ in 0..100 {
            assert_eq!(exponent.update(3.0), Ok(None));
        }
    }
}
