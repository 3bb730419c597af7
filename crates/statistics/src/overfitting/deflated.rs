//! What the best of many trials reaches by luck alone, and whether a ratio is above that.

use super::SharpeEstimate;
use crate::{Estimator, Moments, StatisticsError, normal, sample};

/// Euler and Mascheroni's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The ratio that the best of `trials` worthless variants is expected to show, when their ratios vary by `variance`:
/// `sqrt(V) ((1 - g) z(1 - 1/N) + g z(1 - 1/(N e)))`, `g` the constant of Euler and Mascheroni, `z` the normal quantile.
/// Per period, never below zero; one trial alone is expected to show nothing.
///
/// The trials count as independent. Trials that resemble each other reach less, so the full count is the careful one.
/// A fraction of a trial is allowed, for counts such as those of [`IndependentTrials`](super::IndependentTrials).
/// Source: Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (5), 94-107.
///
/// ```
/// use autotrading_statistics::overfitting::expected_maximum_sharpe;
/// // A hundred trials whose ratios have a deviation of one: 0.4228 * 2.3263 + 0.5772 * 2.6803 = 2.5307.
/// assert!((expected_maximum_sharpe(100.0, 1.0)? - 2.5306).abs() < 1e-4);
/// assert_eq!(expected_maximum_sharpe(1.0, 1.0)?, 0.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Fewer than one trial; a variance that is below zero; either not finite.
pub fn expected_maximum_sharpe(trials: f64, variance: f64) -> Result<f64, StatisticsError> {
    sample::check_finite("trials", trials)?;
    sample::check_not_negative("variance of the trials", variance)?;
    if trials < 1.0 {
        return Err(sample::out_of_range("trials", trials, "[1, inf)"));
    }
    // `1 - 1/N` is not below one for so many trials that nothing is lost by asking for the lower quantile.
    let upper = |share: f64| normal::quantile(share).map(|z| -z);
    if trials <= 1.0 {
        return Ok(0.0);
    }
    let most = (1.0 - EULER) * upper(1.0 / trials)? + EULER * upper(1.0 / (trials * std::f64::consts::E))?;
    Ok((variance.sqrt() * most).max(0.0))
}

/// A Sharpe ratio judged against the luck of its search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeflatedSharpe {
    /// How many trials the search made.
    pub trials: f64,
    /// Variance of the trials' ratios, per period squared.
    pub variance: f64,
    /// The ratio that luck alone is expected to show, per period: see [`expected_maximum_sharpe`].
    pub threshold: f64,
    /// How probable it is that the true ratio is above the threshold.
    pub probability: f64,
}

impl DeflatedSharpe {
    /// Deflates the ratio of the best trial by the number of trials and the variance of their ratios (per period).
    ///
    /// `DSR = PSR(SR0)` with `SR0` the [`expected_maximum_sharpe`]. Source: as there.
    ///
    /// ```
    /// use autotrading_statistics::overfitting::{DeflatedSharpe, SharpeEstimate};
    ///
    /// // The numbers of the paper's example: a yearly ratio of 2.5 over 1250 days, best of 100, yearly variance 1/2.
    /// let best = SharpeEstimate {
    ///     ratio: 2.5 / 250_f64.sqrt(),
    ///     skewness: -3.0,
    ///     kurtosis: 10.0,
    ///     observations: 1250,
    /// };
    /// let deflated = DeflatedSharpe::of(&best, 100.0, 0.5 / 250.0)?;
    /// assert!((deflated.threshold - 0.1132).abs() < 1e-4);
    /// assert!((deflated.probability - 0.9004).abs() < 1e-4);
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// As [`expected_maximum_sharpe`] and [`SharpeEstimate::probability_above`].
    pub fn of(best: &SharpeEstimate, trials: f64, variance: f64) -> Result<Self, StatisticsError> {
        let threshold = expected_maximum_sharpe(trials, variance)?;
        Ok(Self { trials, variance, threshold, probability: best.probability_above(threshold)? })
    }

    /// The same with the variance (n - 1) of the ratios of all trials, each per period.
    ///
    /// # Errors
    /// As [`of`](Self::of); a ratio that is not finite; no ratio.
    pub fn among(best: &SharpeEstimate, trials: f64, ratios: &[f64]) -> Result<Self, StatisticsError> {
        sample::check("ratios of the trials", ratios, 1)?;
        let variance =
            if ratios.len() < 2 { 0.0 } else { Moments::of(ratios)?.variance(Estimator::Sample)? };
        Self::of(best, trials, variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const BEST: SharpeEstimate =
        SharpeEstimate { ratio: 0.1, skewness: 0.0, kurtosis: 3.0, observations: 1000 };

    #[test]
    fn the_threshold_is_the_mean_of_the_best_of_simulated_trials() {
        // The slow way: draw the trials many times and average the best.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for trials in [5_u32, 50, 200] {
            let rounds = 1_000;
            let mut best = || {
                let draws = (0..trials).map(|_| normal::quantile(rng.random::<f64>().max(1e-12)).unwrap());
                draws.fold(f64::NEG_INFINITY, f64::max)
            };
            let mean = (0..rounds).map(|_| best()).sum::<f64>() / f64::from(rounds);
            let expected = expected_maximum_sharpe(f64::from(trials), 1.0).unwrap();
            // The formula is asymptotic: 0.03 too high for five; the mean has an error of 0.02 at most.
            assert!((mean - expected).abs() < 0.08, "{trials}: {mean} and {expected}");
        }
    }

    #[test]
    fn one_trial_is_judged_by_its_own_probability() {
        let alone = DeflatedSharpe::among(&BEST, 1.0, &[0.1]).unwrap();
        assert_eq!(alone.threshold, 0.0);
        assert_eq!(alone.probability, BEST.probability_above(0.0).unwrap());
    }

    #[test]
    fn even_a_quintillion_of_trials_has_a_threshold() {
        assert!(expected_maximum_sharpe(1e18, 1.0).unwrap() > 8.0);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(expected_maximum_sharpe(0.5, 1.0).is_err());
        assert!(expected_maximum_sharpe(f64::NAN, 1.0).is_err());
        assert!(expected_maximum_sharpe(10.0, -1.0).is_err());
        assert!(DeflatedSharpe::among(&BEST, 10.0, &[]).is_err());
        assert!(DeflatedSharpe::among(&BEST, 10.0, &[0.1, f64::NAN]).is_err());
    }

    proptest! {
        #[test]
        fn every_further_trial_makes_the_best_less_credible(trials in 1.0_f64..1e6, more in 1.0_f64..1e6) {
            let few = DeflatedSharpe::of(&BEST, trials, 1e-3).unwrap();
            let many = DeflatedSharpe::of(&BEST, trials + more, 1e-3).unwrap();
            prop_assert!(many.probability <= few.probability);
            prop_assert!(few.probability <= BEST.probability_above(0.0).unwrap());
        }
    }
}
