//! One quantile of the last observations of a stream: what a rolling value at risk asks for.

use crate::quantile::{Place, check_share};
use crate::{QuantileMethod, StatisticsError, sample};

/// One quantile of the last `window` observations of a stream.
///
/// Only the observations up to the quantile, and a reserve beyond it, are kept in order; all others only wait for their turn to
/// leave. Most updates of a quantile far out in a tail therefore touch nothing but two numbers, the others shift a
/// few; when the reserve is used up the window is selected from again. For any other question of the same
/// window there is [`RollingSample`](crate::RollingSample). Once the window is full nothing is allocated any more.
///
/// ```
/// use autotrading_statistics::{QuantileMethod, RollingQuantile};
/// let mut median_of_3 = RollingQuantile::new(3, 0.5, QuantileMethod::Linear)?;
/// for x in [100.0, 1.0, 2.0, 4.0] {
///     median_of_3.push(x)?;
/// }
/// assert_eq!(median_of_3.value()?, 2.0); // of 1, 2, 4: the 100 has left
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RollingQuantile {
    p: f64,
    method: QuantileMethod,
    /// Minus one where the quantile lies in the upper half: then everything is seen upside down.
    sign: f64,
    window: usize,
    /// The window in order of arrival, from `oldest` on and round.
    arrivals: Vec<f64>,
    oldest: usize,
    /// The smallest of the window, seen with `sign`, in order.
    near: Vec<f64>,
    /// Where the quantile lies in a window as full as it is.
    place: Place,
}

impl RollingQuantile {
    /// An empty window of a given length, at least one, for the quantile at share `p` in [0, 1].
    pub fn new(window: usize, p: f64, method: QuantileMethod) -> Result<Self, StatisticsError> {
        sample::check_length("window", window, 1)?;
        check_share(p)?;
        // A window of absurd length must not ask for all memory at once.
        let room = window.min(1 << 16);
        Ok(Self {
            p,
            method,
            sign: if p > 0.5 { -1.0 } else { 1.0 },
            window,
            arrivals: Vec::with_capacity(room),
            oldest: 0,
            near: Vec::with_capacity(room + 1),
            place: method.place(1, p),
        })
    }

    /// Takes the next observation and drops the oldest when the window is full.
    ///
    /// # Errors
    /// A non-finite value; the window is unchanged then.
    pub fn push(&mut self, x: f64) -> Result<(), StatisticsError> {
        sample::check_finite("observation", x)?;
        let seen = self.sign * x;
        let full = self.is_full();
        match self.arrivals.get_mut(self.oldest).filter(|_| full) {
            Some(place) => {
                let leaving = self.sign * std::mem::replace(place, x);
                self.oldest = if self.oldest + 1 == self.window { 0 } else { self.oldest + 1 };
                self.leave(leaving);
                self.come(seen, self.window - 1);
            }
            None => {
                let others = self.arrivals.len();
                self.arrivals.push(x);
                self.place = self.method.place(self.arrivals.len(), self.p);
                self.come(seen, others);
            }
        }
        let needed = self.needed();
        if self.near.len() < needed {
            self.select(needed);
        } else if self.near.len() > needed + 2 * reserve(needed) {
            self.near.truncate(needed + reserve(needed));
        }
        Ok(())
    }

    /// The quantile of the observations held. Errors: none held yet.
    pub fn value(&self) -> Result<f64, StatisticsError> {
        sample::check_length("window", self.arrivals.len(), 1)?;
        let seen = |rank: usize| {
            let rank = if self.sign < 0.0 { self.arrivals.len() - 1 - rank } else { rank };
            self.near.get(rank).map_or(f64::NAN, |x| self.sign * x)
        };
        Ok(self.place.interpolate(seen(self.place.lower), seen(self.place.upper)))
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

    /// How many of the smallest the quantile is made of.
    fn needed(&self) -> usize {
        if self.sign < 0.0 { self.arrivals.len() - self.place.lower } else { self.place.upper + 1 }
    }

    /// Of equal values it does not matter which one is kept in order: what is left are still the smallest.
    fn leave(&mut self, x: f64) {
        if self.near.last().is_some_and(|last| x <= *last) {
            self.near.remove(place_of(&self.near, x));
        }
    }

    /// What is not smaller than the last that is kept stays outside, unless nothing is outside.
    fn come(&mut self, x: f64, others: usize) {
        if self.near.len() == others || self.near.last().is_some_and(|last| x < *last) {
            self.near.insert(place_of(&self.near, x), x);
        }
    }

    /// Fetches the smallest from the window again, with a reserve.
    fn select(&mut self, needed: usize) {
        self.near.clear();
        self.near.extend(self.arrivals.iter().map(|x| self.sign * x));
        let kept = (needed + reserve(needed)).min(self.near.len());
        if kept < self.near.len() {
            self.near.select_nth_unstable_by(kept, f64::total_cmp);
            self.near.truncate(kept);
        }
        self.near.sort_unstable_by(f64::total_cmp);
    }
}

/// How many are kept in order beyond those that are needed: enough to be asked for rarely, few enough to shift.
fn reserve(needed: usize) -> usize {
    needed.max(16)
}

/// First place whose value is not below `x`.
fn place_of(sorted: &[f64], x: f64) -> usize {
    sorted.partition_point(|v| *v < x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RollingSample;
    use proptest::prelude::*;

    const METHODS: [QuantileMethod; 9] = [
        QuantileMethod::InverseDistribution,
        QuantileMethod::AveragedInverse,
        QuantileMethod::NearestEven,
        QuantileMethod::InterpolatedDistribution,
        QuantileMethod::Hazen,
        QuantileMethod::Weibull,
        QuantileMethod::Linear,
        QuantileMethod::MedianUnbiased,
        QuantileMethod::NormalUnbiased,
    ];

    #[test]
    fn an_empty_window_has_no_quantile_and_nonsense_is_refused() {
        assert!(RollingQuantile::new(0, 0.5, QuantileMethod::Linear).is_err());
        assert!(RollingQuantile::new(5, 1.5, QuantileMethod::Linear).is_err());
        assert!(RollingQuantile::new(5, f64::NAN, QuantileMethod::Linear).is_err());
        let mut window = RollingQuantile::new(5, 0.5, QuantileMethod::Linear).unwrap();
        assert!(matches!(window.value(), Err(StatisticsError::TooFew { got: 0, .. })));
        window.push(3.0).unwrap();
        assert!(window.push(f64::NAN).is_err());
        assert_eq!((window.value(), window.len()), (Ok(3.0), 1));
    }

    #[test]
    fn a_tail_that_leaves_all_at_once_is_fetched_again() {
        // A crash, then calm: the worst of the window leave one after the other.
        let mut window = RollingQuantile::new(500, 0.05, QuantileMethod::Linear).unwrap();
        let mut whole = RollingSample::new(500).unwrap();
        for t in 0..3_000_i32 {
            let x = if t % 700 < 90 { -f64::from(t % 97) } else { f64::from(t * 37 % 101) };
            window.push(x).unwrap();
            whole.push(x).unwrap();
            assert_eq!(window.value(), whole.quantile(0.05, QuantileMethod::Linear), "at {t}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_quantile_of_the_whole_window(
            stream in prop::collection::vec(prop_oneof![-3.0_f64..3.0, Just(0.0), Just(-0.0), Just(1.0)], 1..300),
            length in 1_usize..120,
            p in prop_oneof![0.0_f64..=1.0, Just(0.0), Just(0.05), Just(0.5), Just(0.95), Just(1.0)],
            method in prop::sample::select(METHODS.to_vec()),
        ) {
            let mut one = RollingQuantile::new(length, p, method).unwrap();
            let mut whole = RollingSample::new(length).unwrap();
            for x in stream {
                one.push(x).unwrap();
                whole.push(x).unwrap();
                prop_assert_eq!(one.value(), whole.quantile(p, method));
                prop_assert_eq!((one.len(), one.is_full()), (whole.len(), whole.is_full()));
            }
        }
    }
}
