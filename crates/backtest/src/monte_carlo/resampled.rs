//! Paths of returns that were seen, in blocks so that neighbours stay together.

use autotrading_statistics::block_length::politis_white;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{MonteCarloError, PathMaker, check};

/// The stationary bootstrap of a series of returns: blocks of geometric length, the series closed to a circle.
///
/// One draw of 32 bits a step says whether a block begins and, if so, where. Source: Politis and Romano (1994), Journal of
/// the American Statistical Association 89, 1303-1313.
///
/// ```
/// use autotrading_backtest::monte_carlo::{PathMaker, ResampledPaths};
/// use rand::SeedableRng;
///
/// let maker = ResampledPaths::new(&[0.01, 0.02, 0.03], Some(1000.0))?;
/// let mut path = [0.0; 4];
/// maker.fill(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1), &mut path);
/// // A long block runs through the series and begins again: the fourth return is the first.
/// assert_eq!(path[3], path[0]);
/// # Ok::<(), autotrading_backtest::monte_carlo::MonteCarloError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ResampledPaths {
    returns: Vec<f64>,
    mean_block: f64,
    /// A draw below this begins a block; of 2^32.
    begins: u64,
    /// Spreads the draws below `begins` over the series; in 2^-32.
    spread: u64,
}

/// The most returns that are resampled: what a draw of 32 bits tells apart with room to spare.
const MOST: usize = 1 << 28;

/// How many draws are made at once, which is cheaper than one by one.
const TOGETHER: usize = 64;

impl ResampledPaths {
    /// Resamples simple returns in blocks of this mean length; `None` for the automatic one ([`politis_white`]), which
    /// needs sixteen returns that vary.
    ///
    /// # Errors
    /// No return or too many; one that is not finite or below -1; a mean block that is not within [1, 1 000 000]; for the
    /// automatic length as there.
    pub fn new(returns: &[f64], mean_block: Option<f64>) -> Result<Self, MonteCarloError> {
        check(returns, 1)?;
        if returns.len() > MOST {
            let got = returns.len() as f64;
            return Err(MonteCarloError::Rule { key: "returns to resample", got, allowed: "up to 2^28" });
        }
        let mean_block = match mean_block {
            Some(length) => length,
            None => politis_white(returns)?.stationary,
        };
        if !(1.0..=1e6).contains(&mean_block) {
            let allowed = "1 to 1 000 000";
            return Err(MonteCarloError::Rule { key: "mean block", got: mean_block, allowed });
        }
        let begins = (4_294_967_296.0 / mean_block).round() as u64;
        let spread = ((returns.len() as u64) << 32) / begins;
        Ok(Self { returns: returns.to_vec(), mean_block, begins, spread })
    }

    /// Mean length of the blocks.
    pub const fn mean_block(&self) -> f64 {
        self.mean_block
    }
}

impl PathMaker for ResampledPaths {
    fn name(&self) -> &'static str {
        "stationary block bootstrap"
    }

    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]) {
        let count = self.returns.len() as u64;
        // Wherever the path begins is the place after this one.
        let mut row = (u64::from(chance.next_u32()) * count) >> 32;
        let mut bytes = [0_u8; 4 * TOGETHER];
        for part in returns.chunks_mut(TOGETHER) {
            let Some(drawn) = bytes.get_mut(..4 * part.len()) else { break };
            chance.fill_bytes(drawn);
            for (slot, word) in part.iter_mut().zip(drawn.as_chunks().0) {
                let draw = u64::from(u32::from_le_bytes(*word));
                let next = if row + 1 == count { 0 } else { row + 1 };
                // A draw that begins no block may overflow here, and is not looked at.
                let fresh = draw.wrapping_mul(self.spread) >> 32;
                row = if draw < self.begins { fresh } else { next };
                *slot = self.returns.get(row as usize).copied().unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn drawn(count: usize, mean_block: f64, steps: usize) -> Vec<usize> {
        let returns: Vec<f64> = (0..count).map(|place| place as f64).collect();
        let maker = ResampledPaths::new(&returns, Some(mean_block)).unwrap();
        let mut path = vec![0.0; steps];
        maker.fill(&mut ChaCha8Rng::seed_from_u64(11), &mut path);
        path.into_iter().map(|place| place as usize).collect()
    }

    #[test]
    fn blocks_are_as_long_as_asked_on_average() {
        for mean in [1.0, 3.0, 25.0] {
            let rows = drawn(5_000, mean, 200_000);
            let begun = rows.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % 5_000).count();
            let length = rows.len() as f64 / begun as f64;
            assert!((length / mean - 1.0).abs() < 0.03, "{mean}: {length}");
        }
    }

    #[test]
    fn every_return_is_drawn_equally_often() {
        for mean in [1.0, 4.0] {
            let mut counts = [0_u32; 50];
            drawn(50, mean, 200_000).into_iter().for_each(|row| counts[row] += 1);
            assert!(counts.iter().all(|count| (3_400..4_600).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(
            ResampledPaths::new(&[], None),
            Err(MonteCarloError::TooFew { got: 0, required: 1 })
        ));
        assert!(matches!(
            ResampledPaths::new(&[0.1, f64::NAN], Some(1.0)),
            Err(MonteCarloError::Return { index: 1, .. })
        ));
        assert!(ResampledPaths::new(&[0.1, -1.1], Some(1.0)).is_err());
        for block in [0.0, 0.99, f64::NAN, f64::INFINITY] {
            assert!(ResampledPaths::new(&[0.1], Some(block)).is_err());
        }
        assert!(matches!(ResampledPaths::new(&[0.1; 40], None), Err(MonteCarloError::Statistics(_))));
    }
}
