//! How far a figure lies from those before it, by measures that an outlier cannot bend.

use autotrading_statistics::{RollingSample, StatisticsError};

/// The trailing median and median absolute deviation of a series.
///
/// `modified z = 0.6745 (x - median) / MAD`, over the values before `x`. Source: B. Iglewicz, D. C. Hoaglin, "How to
/// Detect and Handle Outliers", ASQC 1993, who call more than 3.5 an outlier.
///
/// ```
/// use autotrading_market_data::TrailingDeviation;
///
/// let mut deviation = TrailingDeviation::over(5)?;
/// for value in [1.0, 2.0, 3.0, 4.0, 5.0] {
///     deviation.push(value)?;
/// }
/// // Median 3, absolute deviations 2 1 0 1 2, their median 1.
/// assert_eq!(deviation.modified_z(13.0), Some(6.745));
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrailingDeviation {
    sample: RollingSample,
}

impl TrailingDeviation {
    /// Over the last `window` values.
    ///
    /// # Errors
    /// A window that is too short.
    pub fn over(window: usize) -> Result<Self, StatisticsError> {
        RollingSample::new(window).map(|sample| Self { sample })
    }

    /// Takes a value in; the oldest falls out once the window is full.
    ///
    /// # Errors
    /// A value that is not finite; the window stays as it was.
    pub fn push(&mut self, value: f64) -> Result<(), StatisticsError> {
        self.sample.push(value)
    }

    /// The median of the window, once it is full.
    pub fn median(&self) -> Option<f64> {
        self.sample.is_full().then(|| median(self.sample.sorted())).flatten()
    }

    /// The signed modified z-score of `value` against the window, once that is full. Nothing when more than half of the
    /// window is one value: then there is no scale to measure with.
    pub fn modified_z(&self, value: f64) -> Option<f64> {
        let median = self.median()?;
        let deviation = absolute_deviation(self.sample.sorted(), median)?;
        let score = 0.6745 * (value - median) / deviation;
        (deviation > 0.0 && score.is_finite()).then_some(score)
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(sorted.len() / 2 - 1)?, upper))
}

/// The median of `|x - median|`. In a sorted sample the distances rise on both sides of the median: a merge of the two
/// sides meets them in order, and stops half way.
fn absolute_deviation(sorted: &[f64], median: f64) -> Option<f64> {
    let split = sorted.partition_point(|value| *value < median);
    let (below, above) = sorted.split_at_checked(split)?;
    let mut below = below.iter().rev().map(|value| median - value).peekable();
    let mut above = above.iter().map(|value| value - median).peekable();
    let mut nearest = || match (below.peek(), above.peek()) {
        (Some(left), Some(right)) if left < right => below.next(),
        (_, Some(_)) => above.next(),
        (_, None) => below.next(),
    };
    let half = sorted.len() / 2;
    let mut last = 0.0;
    for _ in 0..half {
        last = nearest()?;
    }
    let middle = nearest()?;
    Some(if sorted.len() % 2 == 1 { middle } else { f64::midpoint(last, middle) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow_median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
    }

    proptest! {
        #[test]
        fn the_score_is_that_of_the_textbook(
            values in prop::collection::vec(-100_i32..100, 2..60),
            window in 2_usize..20,
            probe in -500_i32..500,
        ) {
            prop_assume!(values.len() >= window);
            let mut deviation = TrailingDeviation::over(window).unwrap();
            for value in &values {
                deviation.push(f64::from(*value)).unwrap();
            }
            let tail: Vec<f64> = values[values.len() - window..].iter().map(|v| f64::from(*v)).collect();
            let median = slow_median(tail.clone());
            let mad = slow_median(tail.iter().map(|v| (v - median).abs()).collect());
            let expected = (mad > 0.0).then(|| 0.6745 * (f64::from(probe) - median) / mad);
            prop_assert_eq!(deviation.median(), Some(median));
            prop_assert_eq!(deviation.modified_z(f64::from(probe)), expected);
        }
    }

    #[test]
    fn nothing_is_said_before_the_window_is_full_or_when_it_has_no_width() {
        let mut deviation = TrailingDeviation::over(3).unwrap();
        deviation.push(1.0).unwrap();
        assert_eq!(deviation.modified_z(9.0), None);
        deviation.push(1.0).unwrap();
        deviation.push(2.0).unwrap();
        assert_eq!(deviation.modified_z(9.0), None);
    }
}
