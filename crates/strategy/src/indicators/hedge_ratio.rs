//! How much of one price hedges another, when the answer may change.

use super::bounds::{LARGEST_INPUT, period, ratio, sound};
use super::indicator::{Indicator, IndicatorError};

/// What a [`HedgeRatio`] knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HedgeValue {
    /// Level of the first series where the second is zero.
    pub intercept: f64,
    /// How many units of the second move like one of the first.
    pub slope: f64,
    /// What the pair that came last deviated from its forecast, made before it came.
    pub spread: f64,
}

/// Hedge ratio of two series by a Kalman filter: `y = intercept + slope * x + noise`, where intercept and slope walk at
/// random, with `drift` as the variance of their steps in units of the variance of the noise.
///
/// Starts from least squares over the first `n` pairs; with no drift it stays recursive least squares. The forecast of a
/// pair is made before the pair is let in, so that [`HedgeValue::spread`] knows nothing of itself. Source: Kalman (1960);
/// as a hedge ratio, Chan (2013), *Algorithmic Trading*, ch. 3.
///
/// ```
/// use autotrading_strategy::indicators::{HedgeRatio, Indicator};
///
/// let mut hedge = HedgeRatio::new(3, 0.0)?;
/// for (y, x) in [(1.0, 0.0), (3.0, 1.0), (5.0, 2.0), (7.5, 3.0)] {
///     hedge.update((y, x))?;
/// }
/// let hedge = hedge.value().unwrap();
/// assert!((hedge.spread - 0.5).abs() < 1e-12); // 7.5 against the forecast 1 + 2 * 3
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HedgeRatio {
    length: usize,
    drift: f64,
    seen: usize,
    /// While warming up: means and centred sums of squares and products.
    mean: (f64, f64),
    squares: f64,
    products: f64,
    /// The filter: level at the centre, slope, and their covariance in units of the noise.
    state: (f64, f64),
    covariance: [f64; 3],
    value: Option<HedgeValue>,
}

impl HedgeRatio {
    /// A filter that starts after `length` pairs; `drift` from 0 to 1.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `3..=LONGEST_PERIOD`, [`IndicatorError::Factor`] for the drift.
    pub fn new(length: usize, drift: f64) -> Result<Self, IndicatorError> {
        let length = period("hedge ratio", length, 3)?;
        if !(0.0..=1.0).contains(&drift) {
            return Err(IndicatorError::Factor { indicator: "hedge ratio", got: drift, most: 1.0 });
        }
        Ok(Self {
            length,
            drift,
            seen: 0,
            mean: (0.0, 0.0),
            squares: 0.0,
            products: 0.0,
            state: (0.0, 0.0),
            covariance: [0.0; 3],
            value: None,
        })
    }

    pub(crate) fn push(&mut self, y: f64, x: f64) -> Option<HedgeValue> {
        if self.seen < self.length {
            self.gather(y, x);
        } else {
            self.filter(y, x);
        }
        self.value
    }

    fn gather(&mut self, y: f64, x: f64) {
        self.seen += 1;
        let n = self.seen as f64;
        let before = x - self.mean.1;
        self.mean.0 += (y - self.mean.0) / n;
        self.mean.1 += before / n;
        self.squares += before * (x - self.mean.1);
        self.products += before * (y - self.mean.0);
        if self.seen == self.length {
            // Centred at the mean of x, level and slope of least squares are uncorrelated.
            self.state = (self.mean.0, ratio(self.products, self.squares));
            self.covariance = [1.0 / n, 0.0, ratio(1.0, self.squares)];
            self.tell(y - self.forecast(x));
        }
    }

    fn filter(&mut self, y: f64, x: f64) {
        let away = x - self.mean.1;
        let spread = y - self.forecast(x);
        let [level, cross, slope] = self.covariance;
        let (level, slope) = (level + self.drift, slope + self.drift);
        let carried = (level + cross * away, cross + slope * away);
        let doubt = carried.0 + carried.1 * away + 1.0;
        let gain = (carried.0 / doubt, carried.1 / doubt);
        self.state = (self.state.0 + gain.0 * spread, self.state.1 + gain.1 * spread);
        self.covariance =
            [level - gain.0 * carried.0, cross - gain.0 * carried.1, slope - gain.1 * carried.1];
        self.tell(spread);
    }

    fn forecast(&self, x: f64) -> f64 {
        self.state.0 + self.state.1 * (x - self.mean.1)
    }

    fn tell(&mut self, spread: f64) {
        let bounded = |number: f64| number.clamp(-LARGEST_INPUT, LARGEST_INPUT);
        let (level, slope) = (bounded(self.state.0), bounded(self.state.1));
        self.state = (level, slope);
        let intercept = level - slope * self.mean.1;
        self.value = Some(HedgeValue { intercept, slope, spread: bounded(spread) });
    }
}

impl Indicator for HedgeRatio {
    type Input = (f64, f64);
    type Output = HedgeValue;

    fn update(&mut self, (y, x): (f64, f64)) -> Result<Option<HedgeValue>, IndicatorError> {
        let (y, x) = (sound("value", y)?, sound("value", x)?);
        Ok(self.push(y, x))
    }

    fn value(&self) -> Option<HedgeValue> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.length
    }

    fn reset(&mut self) {
        self.seen = 0;
        self.mean = (0.0, 0.0);
        (self.squares, self.products) = (0.0, 0.0);
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> impl FnMut() -> f64 {
        let mut state = 17u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        }
    }

    /// Slope and intercept of least squares, from the definition.
    fn line(pairs: &[(f64, f64)]) -> (f64, f64) {
        let n = pairs.len() as f64;
        let (y, x) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0 / n, sum.1 + pair.1 / n));
        let xy: f64 = pairs.iter().map(|pair| (pair.0 - y) * (pair.1 - x)).sum();
        let xx: f64 = pairs.iter().map(|pair| (pair.1 - x).powi(2)).sum();
        (xy / xx, y - xy / xx * x)
    }

    #[test]
    fn without_drift_it_is_least_squares_over_everything() {
        let (mut noise, mut hedge) = (noise(), HedgeRatio::new(20, 0.0).unwrap());
        let mut pairs = Vec::new();
        for step in 0..300 {
            let x = 10.0 + f64::from(step) * 0.01 + noise();
            pairs.push((0.7 * x + 2.0 + 0.3 * noise(), x));
            let told = hedge.update(pairs[step as usize]).unwrap();
            assert_eq!(told.is_some(), step >= 19);
            if let Some(told) = told {
                let (slope, intercept) = line(&pairs);
                assert!((told.slope - slope).abs() < 1e-9, "{step}: {} for {slope}", told.slope);
                assert!((told.intercept - intercept).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn with_drift_it_follows_a_ratio_that_changes() {
        let (mut noise, mut still) = (noise(), HedgeRatio::new(100, 0.0).unwrap());
        let mut moving = HedgeRatio::new(100, 1e-3).unwrap();
        for step in 0..2_000 {
            let slope = if step < 1_000 { 1.0 } else { 1.5 };
            let x = 3.0 * noise();
            let pair = (slope * x + 0.2 * noise(), x);
            still.update(pair).unwrap();
            moving.update(pair).unwrap();
        }
        assert!((moving.value().unwrap().slope - 1.5).abs() < 0.05);
        assert!((still.value().unwrap().slope - 1.25).abs() < 0.05, "half old, half new");
    }

    #[test]
    fn a_constant_second_series_hedges_nothing() {
        let mut hedge = HedgeRatio::new(5, 1e-6).unwrap();
        for y in 0..50 {
            hedge.update((f64::from(y), 7.0)).unwrap();
        }
        assert_eq!(hedge.value().unwrap().slope, 0.0);
    }
}
