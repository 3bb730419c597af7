//! Resampling a dependent series: which rows to draw so that neighbours stay together.
//!
//! The generators yield row indices, so one draw resamples any number of series alike. Seeded by argument with
//! ChaCha8: same seed, same draws, on every machine; streams of one seed are independent, one for each worker.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{StatisticsError, sample};

/// Where each block of a resampled series ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Blocks {
    /// After every row with this probability.
    Geometric(f64),
    /// After this many rows.
    Fixed(usize),
}

/// An endless source of block-bootstrap draws from `0..observations`.
///
/// ```
/// use autotrading_statistics::BlockBootstrap;
///
/// let mut draws = BlockBootstrap::stationary(100, 5.0, 42)?;
/// let rows = draws.draw();
/// assert_eq!(rows.len(), 100);
/// assert!(rows.iter().all(|&row| row < 100));
/// assert_eq!(rows, BlockBootstrap::stationary(100, 5.0, 42)?.draw());
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BlockBootstrap {
    observations: usize,
    blocks: Blocks,
    rng: ChaCha8Rng,
}

impl BlockBootstrap {
    /// The stationary bootstrap: blocks of geometric length with a given mean, the series closed to a circle.
    /// Its draws are stationary. A mean of one draws single rows. Source: Politis and Romano (1994), Journal of the
    /// American Statistical Association 89, 1303-1313.
    ///
    /// # Errors
    /// No observation; a mean block length below one or not finite.
    pub fn stationary(observations: usize, mean_block: f64, seed: u64) -> Result<Self, StatisticsError> {
        sample::check_length("observations", observations, 1)?;
        sample::check_finite("mean block length", mean_block)?;
        if mean_block < 1.0 {
            return Err(sample::out_of_range("mean block length", mean_block, "[1, inf)"));
        }
        Ok(Self::new(observations, Blocks::Geometric(1.0 / mean_block), seed))
    }

    /// The circular block bootstrap: blocks of one fixed length, the series closed to a circle, the last block cut.
    /// Source: Politis and Romano (1992), in LePage and Billard, Exploring the Limits of Bootstrap, 263-270.
    ///
    /// # Errors
    /// No observation; a block length of zero or beyond the series.
    pub fn circular(observations: usize, block: usize, seed: u64) -> Result<Self, StatisticsError> {
        sample::check_length("observations", observations, block.max(1))?;
        sample::check_length("block length", block, 1)?;
        Ok(Self::new(observations, Blocks::Fixed(block), seed))
    }

    fn new(observations: usize, blocks: Blocks, seed: u64) -> Self {
        Self { observations, blocks, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The same generator on another of its independent streams, for example one for each worker or repetition.
    #[must_use]
    pub fn on_stream(mut self, stream: u64) -> Self {
        self.rng.set_stream(stream);
        self
    }

    /// The next draw, as long as the series.
    pub fn draw(&mut self) -> Vec<usize> {
        let mut rows = vec![0; self.observations];
        self.draw_into(&mut rows);
        rows
    }

    /// Fills `rows` with the next draw, of whatever length is asked for, without allocating.
    pub fn draw_into(&mut self, rows: &mut [usize]) {
        let mut row = 0;
        let mut left = 0_usize;
        for (place, slot) in rows.iter_mut().enumerate() {
            let starts = match self.blocks {
                _ if place == 0 => true,
                Blocks::Geometric(probability) => self.rng.random::<f64>() < probability,
                Blocks::Fixed(_) => left == 0,
            };
            row = if starts {
                self.rng.random_range(0..self.observations)
            } else {
                (row + 1) % self.observations
            };
            if let Blocks::Fixed(block) = self.blocks {
                left = if starts { block - 1 } else { left - 1 };
            }
            *slot = row;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lengths_of_runs(rows: &[usize], n: usize) -> Vec<usize> {
        let mut runs = vec![1];
        for pair in rows.windows(2) {
            match runs.last_mut() {
                Some(run) if pair[1] == (pair[0] + 1) % n => *run += 1,
                _ => runs.push(1),
            }
        }
        runs
    }

    #[test]
    fn stationary_blocks_are_as_long_as_asked_on_average() {
        let n = 10_000;
        let mut draws = BlockBootstrap::stationary(n, 20.0, 1).unwrap();
        let runs: Vec<usize> = (0..20).flat_map(|_| lengths_of_runs(&draws.draw(), n)).collect();
        let mean = runs.iter().sum::<usize>() as f64 / runs.len() as f64;
        assert!((mean - 20.0).abs() < 0.6, "{mean}"); // about three standard errors of 20 / sqrt(10 000)
    }

    #[test]
    fn circular_blocks_are_all_of_one_length_but_the_last() {
        let n = 1_003;
        let rows = BlockBootstrap::circular(n, 10, 5).unwrap().draw();
        for block in rows.chunks(10) {
            assert!(block.windows(2).all(|w| w[1] == (w[0] + 1) % n));
        }
        let starts: std::collections::BTreeSet<usize> = rows.iter().step_by(10).copied().collect();
        assert!(starts.len() > 80, "starts vary");
    }

    #[test]
    fn every_row_is_drawn_equally_often() {
        let mut draws = BlockBootstrap::stationary(50, 7.0, 11).unwrap();
        let mut counts = [0_u32; 50];
        for _ in 0..4_000 {
            draws.draw().iter().for_each(|&row| counts[row] += 1);
        }
        // Expected 4000 each; blocks raise the standard deviation to about sqrt(4000 * 13).
        assert!(counts.iter().all(|&c| (3_000..5_000).contains(&c)), "{counts:?}");
    }

    #[test]
    fn streams_and_seeds_differ_and_repeat() {
        let on = |seed, stream| BlockBootstrap::stationary(64, 4.0, seed).unwrap().on_stream(stream).draw();
        assert_eq!(on(1, 2), on(1, 2));
        assert_ne!(on(1, 2), on(1, 3));
        assert_ne!(on(1, 2), on(2, 2));
    }

    #[test]
    fn the_draws_of_a_seed_never_change() {
        // Published results depend on it: a new version of the generator must show here.
        let rows = BlockBootstrap::stationary(10, 3.0, 7).unwrap().draw();
        assert_eq!(rows, [1, 1, 2, 3, 4, 5, 2, 3, 4, 5]);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(BlockBootstrap::stationary(0, 2.0, 0).is_err());
        assert!(matches!(
            BlockBootstrap::stationary(9, 0.5, 0),
            Err(StatisticsError::OutOfRange { got: 0.5, .. })
        ));
        assert!(BlockBootstrap::stationary(9, f64::NAN, 0).is_err());
        assert!(BlockBootstrap::circular(9, 0, 0).is_err());
        assert!(BlockBootstrap::circular(9, 10, 0).is_err());
    }

    proptest! {
        #[test]
        fn a_draw_only_names_rows_that_exist(n in 1_usize..60, mean in 1.0_f64..80.0, seed: u64, length in 0_usize..90) {
            let mut rows = vec![usize::MAX; length];
            BlockBootstrap::stationary(n, mean, seed).unwrap().draw_into(&mut rows);
            prop_assert!(rows.iter().all(|&row| row < n));
            let block = 1 + (mean as usize).min(n - 1);
            BlockBootstrap::circular(n, block, seed).unwrap().draw_into(&mut rows);
            prop_assert!(rows.iter().all(|&row| row < n));
        }
    }
}
