//! Is the best of many trials better than doing nothing? Tests that know how many were tried.

use ndarray::{ArrayView1, ArrayView2};

use super::resampling::resampled_means;
use crate::autocorrelation::autocovariances;
use crate::block_length::politis_white;
use crate::{BlockBootstrap, StatisticsError, sample};

/// How the tests resample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbilityTest {
    /// How often the record is resampled. Default 2000.
    pub repetitions: usize,
    /// Mean block length of the stationary bootstrap; `None`, the default, for the mean of the trials' automatic ones
    /// ([`politis_white`]).
    pub mean_block: Option<f64>,
    /// Seed of the draws. Default 1.
    pub seed: u64,
}

impl Default for AbilityTest {
    fn default() -> Self {
        Self { repetitions: 2000, mean_block: None, seed: 1 }
    }
}

/// Hansen's three probabilities of a statistic as large as the one seen, if no trial were better than nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PValues {
    /// If the trials that did badly are truly as bad as they look: the least that the truth can be.
    pub lower: f64,
    /// If only those are truly bad that did significantly badly: the one to read.
    pub consistent: f64,
    /// If no trial is worse than nothing: the most that the truth can be.
    pub upper: f64,
}

/// White's reality check and Hansen's test of superior predictive ability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuperiorAbility {
    /// How many trials competed.
    pub trials: usize,
    /// How many rows there were.
    pub observations: usize,
    /// How many resamples were drawn.
    pub repetitions: usize,
    /// Mean block length that they were drawn with.
    pub mean_block: f64,
    /// White's statistic: the largest `sqrt(n) mean`, in the unit of the returns.
    pub reality_check_statistic: f64,
    /// White's probability of one as large by luck.
    pub reality_check: f64,
    /// Hansen's statistic: the largest `sqrt(n) mean / omega`, at least zero.
    pub statistic: f64,
    /// Hansen's probabilities of one as large by luck.
    pub p_values: PValues,
}

/// Kernel weights below this change no digit that matters.
const NEGLIGIBLE: f64 = 1e-9;
/// Rows that the automatic block length needs.
const FEWEST: usize = 16;

impl AbilityTest {
    /// Tests whether the best trial beats nothing, knowing that it is the best of all columns.
    ///
    /// One row a period, one column a trial: its return in excess of the benchmark, or as it is against holding nothing.
    /// White resamples `sqrt(n) (mean* - mean)` of all trials alike and asks how often the largest reaches the largest
    /// seen. Hansen divides each by its long-run deviation `omega` (the stationary bootstrap's own kernel) and takes
    /// trials that did significantly badly, below `-omega sqrt(2 ln ln n / n)`, for bad, so that adding poor trials does
    /// not hide a good one. A probability is `(1 + as large) / (1 + resamples)`, never zero.
    ///
    /// Sources: White (2000), "A Reality Check for Data Snooping", Econometrica 68, 1097-1126; Hansen (2005), "A Test
    /// for Superior Predictive Ability", Journal of Business and Economic Statistics 23, 365-380; Politis and Romano
    /// (1994) for the bootstrap.
    ///
    /// ```
    /// use autotrading_statistics::overfitting::AbilityTest;
    /// use ndarray::Array2;
    ///
    /// // One trial gains 3 and loses 1 in turn, the other gains 1 and loses 1.
    /// let returns = Array2::from_shape_fn((64, 2), |(t, k)| if t % 2 == 0 { 3.0 - 2.0 * k as f64 } else { -1.0 });
    /// let test = AbilityTest { mean_block: Some(1.0), ..AbilityTest::default() };
    /// let seen = test.judge(returns.view())?;
    /// assert_eq!(seen.reality_check_statistic, 8.0); // sqrt(64) times a mean of one
    /// assert_eq!(seen.statistic, 4.0); // over a deviation of two
    /// assert!(seen.p_values.consistent < 0.005);
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// No trial; fewer than sixteen rows; a return that is not finite; no trial that moved; no resample; a block length
    /// below one; overflow.
    pub fn judge(&self, returns: ArrayView2<'_, f64>) -> Result<SuperiorAbility, StatisticsError> {
        let (rows, trials) = returns.dim();
        sample::check_length("trials", trials, 1)?;
        sample::check_length("returns of each trial", rows, FEWEST)?;
        sample::check_length("resamples", self.repetitions, 1)?;
        sample::check_matrix("returns", returns)?;
        let columns: Vec<Vec<f64>> = returns.columns().into_iter().map(|column| column.to_vec()).collect();
        let mean_block = match self.mean_block {
            Some(length) => length,
            None => automatic(&columns)?,
        };
        let mut draws = BlockBootstrap::stationary(rows, mean_block, self.seed)?;
        let contest = columns
            .iter()
            .map(|column| Contestant::of(column, 1.0 / mean_block))
            .collect::<Result<Vec<_>, _>>()?;
        if contest.iter().all(|trial| trial.per_deviation == 0.0) {
            let value = returns.first().copied().unwrap_or_default();
            return Err(StatisticsError::NoVariation { what: "returns of all trials", index: 0, value });
        }
        Ok(Contest { contestants: &contest, root: (rows as f64).sqrt() }.decide(
            returns,
            &mut draws,
            self.repetitions,
            mean_block,
        ))
    }
}

/// Mean of the automatic block lengths of all trials that moved.
fn automatic(columns: &[Vec<f64>]) -> Result<f64, StatisticsError> {
    let mut sum = 0.0;
    let mut count = 0.0;
    for column in columns {
        match politis_white(column) {
            Ok(length) => {
                sum += length.stationary;
                count += 1.0;
            }
            Err(StatisticsError::NoVariation { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(if count > 0.0 { sum / count } else { 1.0 })
}

/// A trial in the contest.
#[derive(Clone, Copy, Debug)]
struct Contestant {
    mean: f64,
    /// One over the long-run deviation; zero for a trial that never moved, which cannot compete.
    per_deviation: f64,
    /// What its resampled means are counted from, for the lower, the consistent and the upper probability.
    centres: [f64; 3],
}

impl Contestant {
    fn of(column: &[f64], restart: f64) -> Result<Self, StatisticsError> {
        let n = column.len() as f64;
        let mean = crate::moments::mean(column)?;
        let variance = long_run_variance(column, restart)?;
        let moves = variance > (mean * 1e-12).powi(2);
        let significant = (variance / n * 2.0 * n.ln().ln()).sqrt();
        Ok(Self {
            mean,
            per_deviation: if moves { 1.0 / variance.sqrt() } else { 0.0 },
            centres: [mean.max(0.0), if mean >= -significant { mean } else { 0.0 }, mean],
        })
    }
}

/// Variance of `sqrt(n) mean` under the stationary bootstrap: autocovariances weighted by
/// `(n - i)/n (1 - p)^i + i/n (1 - p)^(n - i)`, `p` the chance that a block ends. Source: Politis and Romano (1994), lemma 1.
fn long_run_variance(column: &[f64], restart: f64) -> Result<f64, StatisticsError> {
    let n = column.len() as f64;
    let stay = 1.0 - restart;
    let weight = |lag: usize| {
        let i = lag as f64;
        (n - i) / n * stay.powf(i) + i / n * stay.powf(n - i)
    };
    let reach = (1..column.len()).take_while(|&lag| stay.powf(lag as f64) > NEGLIGIBLE).count();
    let gamma = autocovariances(column, reach)?;
    let tail: f64 = gamma.iter().enumerate().skip(1).map(|(lag, g)| weight(lag) * g).sum();
    let variance = gamma.first().copied().unwrap_or_default() + 2.0 * tail;
    sample::finite_result("long-run variance", variance)
}

struct Contest<'a> {
    contestants: &'a [Contestant],
    root: f64,
}

impl Contest<'_> {
    fn decide(
        &self,
        returns: ArrayView2<'_, f64>,
        draws: &mut BlockBootstrap,
        repetitions: usize,
        mean_block: f64,
    ) -> SuperiorAbility {
        let largest = |figure: fn(&Contestant) -> f64, least: f64| {
            self.root * self.contestants.iter().map(figure).fold(least, f64::max)
        };
        let plain = largest(|trial| trial.mean, f64::NEG_INFINITY);
        let studentised = largest(|trial| trial.mean * trial.per_deviation, 0.0);
        let (mut above_plain, mut above) = (0_usize, [0_usize; 3]);
        resampled_means(returns, draws, repetitions, |means| {
            let (luck, studied) = self.luck(means);
            above_plain += usize::from(luck >= plain);
            above
                .iter_mut()
                .zip(studied)
                .for_each(|(count, luck)| *count += usize::from(luck >= studentised));
        });
        let share = |count: usize| (1 + count) as f64 / (1 + repetitions) as f64;
        let [lower, consistent, upper] = above.map(share);
        SuperiorAbility {
            trials: self.contestants.len(),
            observations: returns.nrows(),
            repetitions,
            mean_block,
            reality_check_statistic: plain,
            reality_check: share(above_plain),
            statistic: studentised,
            p_values: PValues { lower, consistent, upper },
        }
    }

    /// The statistics of one resample in which, by construction, no trial is better than nothing.
    fn luck(&self, means: &[f64]) -> (f64, [f64; 3]) {
        let mut plain = f64::NEG_INFINITY;
        let mut studentised = [0.0_f64; 3];
        for (trial, mean) in self.contestants.iter().zip(ArrayView1::from(means)) {
            plain = plain.max(mean - trial.mean);
            for (most, centre) in studentised.iter_mut().zip(trial.centres) {
                *most = most.max((mean - centre) * trial.per_deviation);
            }
        }
        (self.root * plain, studentised.map(|most| self.root * most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise(rows: usize, trials: usize, seed: u64) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_simple_fn((rows, trials), || rng.random::<f64>() - 0.5)
    }

    /// The test written as in the papers, row by row and resample by resample.
    fn slow(returns: &Array2<f64>, test: AbilityTest) -> [f64; 4] {
        let (n, trials) = returns.dim();
        let block = test.mean_block.unwrap();
        let (root, p) = ((n as f64).sqrt(), 1.0 / block);
        let mean = |k: usize| (0..n).map(|t| returns[[t, k]]).sum::<f64>() / n as f64;
        let omega = |k: usize| {
            let gamma = |i: usize| {
                (0..n - i).map(|t| (returns[[t, k]] - mean(k)) * (returns[[t + i, k]] - mean(k))).sum::<f64>()
                    / n as f64
            };
            let kernel = |i: usize| {
                let (i, n) = (i as f64, n as f64);
                (n - i) / n * (1.0 - p).powf(i) + i / n * (1.0 - p).powf(n - i)
            };
            (gamma(0) + 2.0 * (1..n).map(|i| kernel(i) * gamma(i)).sum::<f64>()).sqrt()
        };
        let means: Vec<f64> = (0..trials).map(mean).collect();
        let omegas: Vec<f64> = (0..trials).map(omega).collect();
        let white = means.iter().map(|m| root * m).fold(f64::NEG_INFINITY, f64::max);
        let hansen = means.iter().zip(&omegas).map(|(m, o)| root * m / o).fold(0.0, f64::max);
        let centre = |k: usize, which: usize| match which {
            0 => means[k].max(0.0),
            1 if means[k] < -omegas[k] * (2.0 * (n as f64).ln().ln() / n as f64).sqrt() => 0.0,
            _ => means[k],
        };
        let mut draws = BlockBootstrap::stationary(n, block, test.seed).unwrap();
        let mut counts = [1.0; 4];
        for _ in 0..test.repetitions {
            let rows = draws.draw();
            let drawn: Vec<f64> =
                (0..trials).map(|k| rows.iter().map(|t| returns[[*t, k]]).sum::<f64>() / n as f64).collect();
            for (which, count) in counts.iter_mut().take(3).enumerate() {
                let studentised = (0..trials).map(|k| root * (drawn[k] - centre(k, which)) / omegas[k]);
                *count += f64::from(u8::from(studentised.fold(0.0, f64::max) >= hansen));
            }
            let most = (0..trials).map(|k| root * (drawn[k] - means[k])).fold(f64::NEG_INFINITY, f64::max);
            counts[3] += f64::from(u8::from(most >= white));
        }
        counts.map(|count| count / (test.repetitions + 1) as f64)
    }

    #[test]
    fn the_fast_way_and_the_slow_way_agree() {
        for (seed, block) in [(1, 1.0), (2, 4.5), (3, 12.0)] {
            let mut returns = noise(60, 7, seed);
            returns.column_mut(0).mapv_inplace(|x| x - 0.4); // one that is plainly bad
            returns.column_mut(1).mapv_inplace(|x| 3.0 * x + 0.2); // one that is wild
            let test = AbilityTest { repetitions: 300, mean_block: Some(block), seed };
            let seen = test.judge(returns.view()).unwrap();
            let PValues { lower, consistent, upper } = seen.p_values;
            assert_eq!([lower, consistent, upper, seen.reality_check], slow(&returns, test), "{seed}");
        }
    }

    #[test]
    fn the_three_probabilities_are_in_order() {
        for seed in 0..20 {
            let mut returns = noise(80, 12, seed);
            returns.column_mut(3).mapv_inplace(|x| x - 0.2);
            let seen =
                AbilityTest { repetitions: 200, ..AbilityTest::default() }.judge(returns.view()).unwrap();
            let PValues { lower, consistent, upper } = seen.p_values;
            assert!(lower <= consistent && consistent <= upper, "{:?}", seen.p_values);
            assert!(lower > 0.0 && upper <= 1.0);
        }
    }

    #[test]
    fn poor_trials_do_not_hide_a_good_one_from_hansen() {
        let mut returns = noise(200, 21, 9);
        returns.column_mut(0).mapv_inplace(|x| x + 0.06);
        let few = AbilityTest::default().judge(returns.select(ndarray::Axis(1), &[0]).view()).unwrap();
        // Twenty trials that lose a lot and swing wildly.
        for k in 1..21 {
            returns.column_mut(k).mapv_inplace(|x| 5.0 * x - 2.0);
        }
        let many = AbilityTest::default().judge(returns.view()).unwrap();
        assert!(many.p_values.consistent < 0.01 && few.p_values.consistent < 0.01);
        assert!(many.reality_check > 0.5, "White's test is hidden from: {}", many.reality_check);
    }

    #[test]
    fn when_all_lose_there_is_no_ability() {
        let returns = noise(100, 5, 4).mapv(|x| x - 1.0);
        assert_eq!(AbilityTest::default().judge(returns.view()).unwrap().p_values.consistent, 1.0);
    }

    #[test]
    fn a_trial_that_never_moved_does_not_compete() {
        let mut returns = noise(100, 3, 5);
        let without = AbilityTest::default().judge(returns.select(ndarray::Axis(1), &[0, 1]).view()).unwrap();
        returns.column_mut(2).fill(0.0);
        let with = AbilityTest::default().judge(returns.view()).unwrap();
        assert_eq!(with.p_values, without.p_values);
        let flat = Array2::zeros((50, 2));
        let refused = AbilityTest::default().judge(flat.view());
        assert!(matches!(refused, Err(StatisticsError::NoVariation { .. })));
    }

    #[test]
    fn bad_input_is_named() {
        let test = AbilityTest::default();
        assert!(matches!(
            test.judge(noise(15, 2, 1).view()),
            Err(StatisticsError::TooFew { got: 15, required: 16, .. })
        ));
        assert!(AbilityTest { repetitions: 0, ..test }.judge(noise(50, 2, 1).view()).is_err());
        assert!(AbilityTest { mean_block: Some(0.5), ..test }.judge(noise(50, 2, 1).view()).is_err());
        let mut returns = noise(50, 2, 1);
        returns[[7, 1]] = f64::NAN;
        assert!(matches!(test.judge(returns.view()), Err(StatisticsError::NotFinite { index: 15, .. })));
    }
}
