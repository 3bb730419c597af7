//! Quantiles of the last observations of a stream.

use std::collections::VecDeque;

use crate::quantile::{check_share, of_sorted};
use crate::{QuantileMethod, StatisticsError, sample};

/// The last `window` observations of a stream, kept in order of value as well as in order of arrival.
///
/// An update finds two places by bisection and shifts the numbers between them; any quantile is then free. Once the
/// window is full nothing is allocated any more.
///
/// ```
/// use autotrading_statistics::{QuantileMethod, RollingSample};
/// let mut last3 = RollingSample::new(3)?;
/// for x in [100.0, 1.0, 2.0, 4.0] {
///     last3.push(x)?;
/// }
/// assert!(last3.is_full());
/// assert_eq!(last3.quantile(0.5, QuantileMethod::Linear)?, 2.0); // of 1, 2, 4: the 100 has left
/// assert_eq!(last3.share_at_or_below(2.0)?, 2.0 / 3.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RollingSample {
    window: usize,
    arrivals: VecDeque<f64>,
    sorted: Vec<f64>,
}

impl RollingSample {
    /// An empty window of a given length, at least one.
    pub fn new(window: usize) -> Result<Self, StatisticsError> {
        sample::check_length("window", window, 1)?;
        // A window of absurd length must not ask for all memory at once.
        let room = window.min(1 << 16);
        Ok(Self { window, arrivals: VecDeque::with_capacity(room), sorted: Vec::with_capacity(room) })
    }

    /// Takes the next observation and drops the oldest when the window is full.
    ///
    /// # Errors
    /// A non-finite value; the window is unchanged then.
    pub fn push(&mut self, x: f64) -> Result<(), StatisticsError> {
        // Zero has one sign here, so that values that compare equal are equal.
        let x = sample::check_finite("observation", x)? + 0.0;
        let full = self.is_full();
        let into = self.place_of(x);
        match self.arrivals.front().copied().filter(|_| full) {
            Some(oldest) => {
                self.replace(self.place_of(oldest), into, x);
                self.arrivals.pop_front();
            }
            None => self.sorted.insert(into, x),
        }
        self.arrivals.push_back(x);
        Ok(())
    }

    /// Takes one value out and puts another in: only what lies between the two places moves.
    fn replace(&mut self, out: usize, into: usize, x: f64) {
        let into = if out < into {
            self.sorted.copy_within(out + 1..into, out);
            into - 1
        } else {
            self.sorted.copy_within(into..out, into + 1);
            into
        };
        if let Some(place) = self.sorted.get_mut(into) {
            *place = x;
        }
    }

    /// The window's length.
    pub fn window(&self) -> usize {
        self.window
    }

    /// How many observations it holds.
    pub fn len(&self) -> usize {
        self.arrivals.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// Whether as many observations have come as the window is long.
    pub fn is_full(&self) -> bool {
        self.arrivals.len() == self.window
    }

    /// The observations in order of value.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The quantile at share `p` of the observations held. Errors: none held yet; `p` outside [0, 1].
    pub fn quantile(&self, p: f64, method: QuantileMethod) -> Result<f64, StatisticsError> {
        sample::check_length("window", self.len(), 1)?;
        check_share(p)?;
        Ok(of_sorted(&self.sorted, p, method))
    }

    /// Share of the observations held that are at or below `x`. Errors: none held yet; `x` is NaN.
    pub fn share_at_or_below(&self, x: f64) -> Result<f64, StatisticsError> {
        sample::check_length("window", self.len(), 1)?;
        if x.is_nan() {
            return Err(StatisticsError::NotFinite { what: "x", index: 0, got: x });
        }
        Ok(self.sorted.partition_point(|&v| v <= x) as f64 / self.len() as f64)
    }

    /// First place whose value is not below `x`.
    fn place_of(&self, x: f64) -> usize {
        self.sorted.partition_point(|v| *v < x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantile::quantile;
    use proptest::prelude::*;

    #[test]
    fn an_empty_window_has_no_quantile() {
        assert!(RollingSample::new(0).is_err());
        let window = RollingSample::new(5).unwrap();
        assert!(matches!(
            window.quantile(0.5, QuantileMethod::Linear),
            Err(StatisticsError::TooFew { got: 0, .. })
        ));
        assert!(window.share_at_or_below(0.0).is_err());
    }

    #[test]
    fn a_refused_observation_leaves_the_window_unchanged() {
        let mut window = RollingSample::new(1).unwrap();
        window.push(3.0).unwrap();
        assert!(window.push(f64::NAN).is_err());
        assert_eq!(window.sorted(), [3.0]);
    }

    proptest! {
        #[test]
        fn the_window_agrees_with_the_quantile_of_its_slice(
            stream in prop::collection::vec(prop_oneof![-3.0_f64..3.0, Just(0.0), Just(-0.0), Just(1.0)], 1..80),
            length in 1_usize..20,
            p in 0.0_f64..=1.0,
        ) {
            let mut window = RollingSample::new(length).unwrap();
            for (t, &x) in stream.iter().enumerate() {
                window.push(x).unwrap();
                let slice = &stream[(t + 1).saturating_sub(length)..=t];
                prop_assert_eq!(window.len(), slice.len());
                prop_assert_eq!(
                    window.quantile(p, QuantileMethod::Linear),
                    quantile(slice, p, QuantileMethod::Linear)
                );
            }
        }
    }
}
