//! Paths of the same returns in another order.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{MonteCarloError, PathMaker, check};

/// Permutations of returns, be they of trades or of bars: each comes once before any comes twice.
///
/// The end of a whole permutation is always the same; the way there is not. How much deeper than seen the fall may be is
/// the luck of the order. The shuffle is that of Fisher and Yates.
///
/// ```
/// use autotrading_backtest::monte_carlo::{PathMaker, ShuffledPaths};
/// use rand::SeedableRng;
///
/// let trades = ShuffledPaths::of_trades(&[0.05, -0.02, 0.01])?;
/// let mut path = [0.0; 3];
/// trades.fill(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1), &mut path);
/// path.sort_by(f64::total_cmp);
/// assert_eq!(path, [-0.02, 0.01, 0.05]);
/// # Ok::<(), autotrading_backtest::monte_carlo::MonteCarloError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ShuffledPaths {
    returns: Vec<f64>,
    name: &'static str,
    step: &'static str,
}

impl ShuffledPaths {
    /// Permutes the returns of round trips: result over equity at the entry, one a trade.
    ///
    /// # Errors
    /// No return; one that is not finite or below -1.
    pub fn of_trades(returns: &[f64]) -> Result<Self, MonteCarloError> {
        Self::new(returns, "permutation of trades", "trade")
    }

    /// Permutes the returns of bars.
    ///
    /// # Errors
    /// As [`of_trades`](Self::of_trades).
    pub fn of_bars(returns: &[f64]) -> Result<Self, MonteCarloError> {
        Self::new(returns, "permutation of bars", "period")
    }

    fn new(returns: &[f64], name: &'static str, step: &'static str) -> Result<Self, MonteCarloError> {
        check(returns, 1)?;
        Ok(Self { returns: returns.to_vec(), name, step })
    }

    /// How many returns a whole permutation has: the horizon at which all paths meet.
    pub fn len(&self) -> usize {
        self.returns.len()
    }

    /// Whether there is nothing to permute, which does not happen.
    pub fn is_empty(&self) -> bool {
        self.returns.is_empty()
    }
}

impl PathMaker for ShuffledPaths {
    fn name(&self) -> &'static str {
        self.name
    }

    fn step(&self) -> &'static str {
        self.step
    }

    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]) {
        for part in returns.chunks_mut(self.returns.len().max(1)) {
            if part.len() == self.returns.len() {
                part.copy_from_slice(&self.returns);
                shuffle(part, chance);
            } else {
                let mut whole = self.returns.clone();
                shuffle(&mut whole, chance);
                part.iter_mut().zip(whole).for_each(|(slot, r)| *slot = r);
            }
        }
    }
}

/// Puts a slice in an order that any other is as likely as.
pub(crate) fn shuffle<T>(values: &mut [T], chance: &mut ChaCha8Rng) {
    for last in (1..values.len()).rev() {
        let place = (u64::from(chance.next_u32()) * (last as u64 + 1)) >> 32;
        values.swap(last, place as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_order_is_equally_likely() {
        let mut chance = ChaCha8Rng::seed_from_u64(2);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut order = [0, 1, 2, 3];
            shuffle(&mut order, &mut chance);
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_longer_path_takes_each_return_once_before_any_twice() {
        let maker = ShuffledPaths::of_bars(&[0.1, 0.2, 0.3]).unwrap();
        let mut path = [0.0; 8];
        maker.fill(&mut ChaCha8Rng::seed_from_u64(3), &mut path);
        for part in path.chunks(3) {
            let mut sorted = part.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted.dedup();
            assert_eq!(sorted.len(), part.len());
        }
    }
}
