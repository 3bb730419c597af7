//! What a model of regimes looks at: a few numbers of each bar and its past.

use autotrading_domain::Bar;

use crate::range::{garman_klass_variance, parkinson_variance};
use crate::{RegimeError, RollingMean};

/// Features of one bar, made of it and earlier bars alone. Not standardised: that is done by the training window of the
/// model that uses them, whose mean and deviation no later bar can have touched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureRow {
    /// `ln(close / last close)`, a decimal fraction.
    pub log_return: f64,
    /// Volume over the mean volume of the last 20 bars, this one among them; 1 where there is none.
    pub volume_ratio: f64,
    /// Wilder's relative strength index of 14 bars, centred: -1 to 1, zero where gains and losses balance.
    pub relative_strength: f64,
    /// Root mean square of the last 20 log returns, a decimal fraction.
    pub realized_volatility: f64,
    /// Root of the mean of the last 20 Parkinson variances.
    pub parkinson: f64,
    /// Root of the mean of the last 20 Garman-Klass variances.
    pub garman_klass: f64,
}

impl FeatureRow {
    /// How many features there are.
    pub const COUNT: usize = 6;

    /// All of them, in the order of the fields.
    pub const fn to_array(&self) -> [f64; Self::COUNT] {
        [
            self.log_return,
            self.volume_ratio,
            self.relative_strength,
            self.realized_volatility,
            self.parkinson,
            self.garman_klass,
        ]
    }
}

/// Bars whose volume and variance are averaged.
const WINDOW: usize = 20;
/// Bars of the relative strength index.
const STRENGTH: f64 = 14.0;

/// Makes a [`FeatureRow`] of each bar; O(1), without allocation once warm (after 21 bars).
///
/// ```
/// use autotrading_domain::{Bar, Span, Timestamp};
/// use autotrading_regime::Features;
///
/// let mut features = Features::new()?;
/// let mut last = None;
/// for hour in 0..30 {
///     let price = 100.0 * 1.01f64.powi(hour);
///     let bar = Bar {
///         open_time: Timestamp::from_secs(3600 * i64::from(hour)), interval: Span::HOUR,
///         open: price, high: price, low: price, close: price, volume: 2.0, closed: true, synthetic: false,
///     };
///     last = features.observe(&bar)?;
///     assert_eq!(last.is_some(), hour >= 20);
/// }
/// let row = last.expect("warm");
/// assert!((row.log_return - 1.01f64.ln()).abs() < 1e-12 && (row.realized_volatility - 1.01f64.ln()).abs() < 1e-12);
/// assert_eq!((row.volume_ratio, row.relative_strength), (1.0, 1.0)); // as much as ever, and only gains
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    last_close: Option<f64>,
    volume: RollingMean,
    squares: RollingMean,
    parkinson: RollingMean,
    garman_klass: RollingMean,
    gains: f64,
    losses: f64,
    changes: f64,
}

impl Features {
    /// Features of a market of which nothing was seen.
    ///
    /// # Errors
    /// None.
    pub fn new() -> Result<Self, RegimeError> {
        let mean = RollingMean::new(WINDOW)?;
        Ok(Self {
            last_close: None,
            volume: mean.clone(),
            squares: mean.clone(),
            parkinson: mean.clone(),
            garman_klass: mean,
            gains: 0.0,
            losses: 0.0,
            changes: 0.0,
        })
    }

    /// Takes a closed bar and gives its features; `None` until warm.
    ///
    /// # Errors
    /// A bar whose prices are not finite, above zero and in order, or whose volume is not finite; nothing changes.
    pub fn observe(&mut self, bar: &Bar) -> Result<Option<FeatureRow>, RegimeError> {
        bar.check()?;
        let volume_mean = self.volume.observe(bar.volume)?;
        let parkinson = self.parkinson.observe(parkinson_variance(bar))?;
        let garman_klass = self.garman_klass.observe(garman_klass_variance(bar))?;
        let Some(last) = self.last_close.replace(bar.close) else { return Ok(None) };
        let log_return = (bar.close / last).ln();
        let squares = self.squares.observe(log_return * log_return)?;
        let relative_strength = self.strength(log_return);
        let (Some(squares), Some(parkinson), Some(garman_klass)) = (squares, parkinson, garman_klass) else {
            return Ok(None);
        };
        let volume_ratio = volume_mean.filter(|mean| *mean > 0.0).map_or(1.0, |mean| bar.volume / mean);
        Ok(Some(FeatureRow {
            log_return,
            volume_ratio,
            relative_strength,
            realized_volatility: squares.sqrt(),
            parkinson: parkinson.sqrt(),
            garman_klass: garman_klass.sqrt(),
        }))
    }

    /// `(gains - losses) / (gains + losses)` of Wilder's averages, which is the index brought to -1 to 1. The first 14
    /// changes count alike.
    fn strength(&mut self, change: f64) -> f64 {
        self.changes = (self.changes + 1.0).min(STRENGTH);
        self.gains += (change.max(0.0) - self.gains) / self.changes;
        self.losses += ((-change).max(0.0) - self.losses) / self.changes;
        let both = self.gains + self.losses;
        if both > 0.0 { (self.gains - self.losses) / both } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autotrading_domain::{Span, Timestamp};
    use proptest::prelude::*;

    fn bar(close: f64, range: f64, volume: f64) -> Bar {
        Bar {
            open_time: Timestamp::EPOCH,
            interval: Span::HOUR,
            open: close,
            high: close * (1.0 + range),
            low: close / (1.0 + range),
            close,
            volume,
            closed: true,
            synthetic: false,
        }
    }

    fn all(bars: &[Bar]) -> Vec<Option<FeatureRow>> {
        let mut features = Features::new().unwrap();
        bars.iter().map(|bar| features.observe(bar).unwrap()).collect()
    }

    fn market(steps: &[(f64, f64, f64)]) -> Vec<Bar> {
        let mut close = 100.0;
        let one = |(step, range, volume): &(f64, f64, f64)| {
            close *= 1.0 + step;
            bar(close, *range, *volume)
        };
        steps.iter().map(one).collect()
    }

    #[test]
    fn a_bad_bar_changes_nothing() {
        let mut features = Features::new().unwrap();
        features.observe(&bar(100.0, 0.01, 1.0)).unwrap();
        let before = features.clone();
        assert!(features.observe(&bar(f64::NAN, 0.01, 1.0)).is_err());
        assert!(features.observe(&bar(100.0, 0.01, -1.0)).is_err());
        assert_eq!(features, before);
    }

    #[test]
    fn a_market_at_rest_has_features_that_are_numbers() {
        let said = all(&market(&[(0.0, 0.0, 0.0); 40]));
        let row = said[39].unwrap();
        assert_eq!(row.to_array(), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn features_do_not_know_the_future_nor_the_unit_of_price(
            steps in prop::collection::vec((-0.05_f64..0.05, 0.0_f64..0.03, 0.0_f64..10.0), 60),
            other in prop::collection::vec((-0.5_f64..0.5, 0.0_f64..0.5, 0.0_f64..1e6), 20),
        ) {
            let mut changed = steps.clone();
            changed[40..].copy_from_slice(&other);
            prop_assert_eq!(&all(&market(&steps))[..40], &all(&market(&changed))[..40]);

            let cents: Vec<Bar> = market(&steps).into_iter()
                .map(|b| Bar { open: 100.0 * b.open, high: 100.0 * b.high, low: 100.0 * b.low, close: 100.0 * b.close, volume: 7.0 * b.volume, ..b })
                .collect();
            for (left, right) in all(&market(&steps)).iter().flatten().zip(all(&cents).iter().flatten()) {
                for (a, b) in left.to_array().iter().zip(right.to_array()) {
                    prop_assert!((a - b).abs() < 1e-9);
                }
            }
        }
    }
}
