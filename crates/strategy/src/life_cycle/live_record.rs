//! All live days of a strategy in five numbers, and what they prove about its Sharpe ratio.

use autotrading_statistics::normal;
use serde::{Deserialize, Serialize};

/// Fewer days prove nothing: skewness and kurtosis of so few say little.
const FEWEST: f64 = 20.0;

/// Count and moments of all daily returns so far, one day at a time (Pebay's update, 2008).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveRecord {
    days: u32,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl LiveRecord {
    /// How many days there were.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// Takes one more day.
    pub(crate) fn push(&mut self, day: f64) {
        let before = f64::from(self.days);
        let n = before + 1.0;
        let delta = day - self.mean;
        let step = delta / n;
        let square = step * step;
        let spread = delta * step * before;
        self.m4 += spread * square * (n * n - 3.0 * n + 3.0) + 6.0 * square * self.m2 - 4.0 * step * self.m3;
        self.m3 += spread * step * (n - 2.0) - 3.0 * step * self.m2;
        self.m2 += spread;
        self.mean += step;
        self.days = self.days.saturating_add(1);
    }

    pub(crate) fn is_finite(&self) -> bool {
        [self.mean, self.m2, self.m3, self.m4].iter().all(|moment| moment.is_finite())
            && self.m2 >= 0.0
            && self.m4 >= 0.0
    }

    /// Sharpe ratio of a day, not annualised; `None` where nothing varied.
    #[must_use]
    pub fn sharpe(&self) -> Option<f64> {
        let variance = self.m2 / (f64::from(self.days) - 1.0);
        let sharpe = self.mean / variance.sqrt();
        (variance > 0.0 && sharpe.is_finite()).then_some(sharpe)
    }

    /// By how many standard errors the Sharpe ratio of a day lies above a benchmark:
    /// `(S - benchmark) * sqrt(n - 1) / sqrt(1 - skewness * S + (kurtosis - 1) / 4 * S^2)`, kurtosis 3 for a normal
    /// distribution. `None` for fewer than 20 days or where nothing varied.
    ///
    /// Source: Bailey and Lopez de Prado (2012), *The Sharpe Ratio Efficient Frontier*, Journal of Risk 15(2), eq. 6.
    #[must_use]
    pub fn score_against(&self, benchmark: f64) -> Option<f64> {
        let n = f64::from(self.days);
        let sharpe = self.sharpe().filter(|_| n >= FEWEST)?;
        let variance = self.m2 / n;
        let skewness = self.m3 / n / variance.powf(1.5);
        let kurtosis = self.m4 / n / (variance * variance);
        let spread = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
        let score = (sharpe - benchmark) * ((n - 1.0) / spread).sqrt();
        (spread > 0.0 && score.is_finite()).then_some(score)
    }

    /// The probabilistic Sharpe ratio: how likely the true ratio of a day lies above the benchmark, as
    /// `Phi(score_against)`.
    #[must_use]
    pub fn probability_above(&self, benchmark: f64) -> Option<f64> {
        normal::cdf(self.score_against(benchmark)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(days: impl IntoIterator<Item = f64>) -> LiveRecord {
        let mut record = LiveRecord::default();
        days.into_iter().for_each(|day| record.push(day));
        record
    }

    #[test]
    fn the_moments_equal_those_of_the_whole_sample() {
        let days: Vec<f64> = (0..200).map(|i| f64::from(i * i % 37) / 1000.0 - 0.01).collect();
        let (ours, theirs) =
            (record(days.iter().copied()), autotrading_statistics::Moments::of(&days).unwrap());
        let n = 200.0;
        let population = autotrading_statistics::Estimator::Population;
        assert!((ours.mean - theirs.mean().unwrap()).abs() < 1e-15);
        assert!((ours.m2 / n / theirs.variance(population).unwrap() - 1.0).abs() < 1e-12);
        let (skewness, kurtosis) =
            (theirs.skewness(population).unwrap(), theirs.excess_kurtosis(population).unwrap());
        assert!((ours.m3 / n / (ours.m2 / n).powf(1.5) - skewness).abs() < 1e-10);
        assert!((ours.m4 / n / (ours.m2 / n).powi(2) - 3.0 - kurtosis).abs() < 1e-10);
    }

    #[test]
    fn the_probabilistic_sharpe_ratio_of_a_worked_case() {
        // 50 days of +3 % and 50 of -1 %: mean 1 %, deviation 2 % (population), skewness 0, kurtosis 1.
        let ours = record((0..100).map(|i| if i % 2 == 0 { 0.03 } else { -0.01 }));
        let sharpe = 0.01 / (0.02 * (100.0f64 / 99.0).sqrt());
        assert!((ours.sharpe().unwrap() - sharpe).abs() < 1e-12);
        // The last term vanishes at kurtosis 1, so the score is the ratio less the benchmark, times sqrt(99).
        assert!((ours.score_against(0.3).unwrap() - (sharpe - 0.3) * 99.0f64.sqrt()).abs() < 1e-10);
        assert!((ours.probability_above(sharpe).unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn few_days_or_days_all_alike_prove_nothing() {
        assert_eq!(record((0..19).map(f64::from)).score_against(0.0), None);
        assert_eq!(record([0.01; 50]).probability_above(0.0), None);
        assert_eq!(record([0.0; 50]).sharpe(), None);
    }
}
