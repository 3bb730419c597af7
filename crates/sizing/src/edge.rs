//! What a bet has earned, remembered with fading weight.

use autotrading_statistics::{Decay, ExponentialMoments, StatisticsError};
use serde::{Deserialize, Serialize};

/// Estimated return of one unit of money on the bet, per bar.
///
/// The bet is the trade that is asked for: the edge of a short is that of its own profit. [`Edge::opposite`] turns the
/// edge of an instrument's returns into that of selling it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Mean return per bar, as a fraction.
    pub mean: f64,
    /// Variance of the return per bar, freed of its bias by the effective sample size.
    pub variance: f64,
    /// How many equally weighted observations it rests on: `(sum w)^2 / sum w^2`.
    pub n_eff: f64,
    /// How many observations were taken.
    pub observations: u64,
}

impl Edge {
    /// The edge of the other side of the bet.
    #[must_use]
    pub fn opposite(self) -> Self {
        Self { mean: -self.mean, ..self }
    }
}

/// Keeps the edge of a stream of returns, in constant time and space; the newest return weighs most.
///
/// `w = 2^(-age / half_life)`, `mean = sum w r / sum w`, `n_eff = (sum w)^2 / sum w^2`,
/// `variance = sum w (r - mean)^2 / sum w * n_eff / (n_eff - 1)`.
///
/// ```
/// use autotrading_sizing::EdgeTracker;
/// let mut tracker = EdgeTracker::new(1.0)?;
/// tracker.push(0.01)?;
/// tracker.push(0.04)?; // weights 1/2 and 1
/// let edge = tracker.edge().unwrap();
/// assert!((edge.mean - 0.03).abs() < 1e-15);
/// assert!((edge.n_eff - 1.8).abs() < 1e-15);
/// assert!((edge.variance - 4.5e-4).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeTracker(ExponentialMoments);

impl EdgeTracker {
    /// Observations after which a return weighs half, unless told otherwise.
    pub const HALF_LIFE: f64 = 500.0;

    /// An empty memory with a half-life in observations.
    ///
    /// # Errors
    /// A half-life that is not a finite number above zero.
    pub fn new(half_life: f64) -> Result<Self, StatisticsError> {
        Decay::from_half_life(half_life).map(|decay| Self(ExponentialMoments::new(decay)))
    }

    /// Takes the next return, as a fraction.
    ///
    /// # Errors
    /// A return that is not finite; the memory is unchanged then.
    pub fn push(&mut self, bar_return: f64) -> Result<(), StatisticsError> {
        self.0.push(bar_return)
    }

    /// What is known by now; `None` before the second return.
    pub fn edge(&self) -> Option<Edge> {
        Some(Edge {
            mean: self.0.mean().ok()?,
            variance: self.0.corrected_variance().ok()?,
            n_eff: self.0.effective_count(),
            observations: self.0.count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_return_weighs_most() {
        let after = |last: f64| {
            let mut tracker = EdgeTracker::new(10.0).unwrap();
            (0..50).for_each(|_| tracker.push(0.0).unwrap());
            tracker.push(last).unwrap();
            tracker.edge().unwrap().mean
        };
        let plain = 0.01 / 51.0;
        assert!(after(0.01) > 3.0 * plain);
        assert_eq!(after(-0.01), -after(0.01));
    }

    #[test]
    fn the_other_side_of_the_bet_loses_what_this_one_earns() {
        let edge = Edge { mean: 0.01, variance: 1e-4, n_eff: 10.0, observations: 20 };
        assert_eq!(edge.opposite(), Edge { mean: -0.01, ..edge });
    }

    #[test]
    fn a_return_that_is_no_number_leaves_the_memory_as_it_was() {
        let mut tracker = EdgeTracker::new(EdgeTracker::HALF_LIFE).unwrap();
        tracker.push(0.01).unwrap();
        assert_eq!(tracker.edge(), None);
        tracker.push(0.02).unwrap();
        let before = tracker.edge();
        assert!(tracker.push(f64::NAN).is_err());
        assert_eq!(tracker.edge(), before);
        assert!(EdgeTracker::new(f64::NAN).is_err());
    }
}
