//! Mean, variance, skewness and kurtosis, of a sample at once or of a stream one value at a time.

use crate::sum::sum_of;
use crate::{StatisticsError, sample};

/// Which of the two customary definitions of a central moment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// The moment of the observations themselves: division by `n` (numpy `ddof=0`, scipy's default skew and kurtosis).
    Population,
    /// Corrected for the mean having been estimated: division by `n - 1`, and Fisher's `G1`, `G2`.
    Sample,
}

/// Count, mean, central power sums, and extremes of a set of observations.
///
/// The one place that knows the formulas: [`Moments::of`] fills it from a slice in two compensated passes,
/// [`push`](Self::push) updates it in constant time and [`merge`](Self::merge) joins two of them.
/// Units: mean and standard deviation in those of the sample, variance squared, skewness and kurtosis none.
/// A spread within four roundings of the mean counts as no spread at all.
///
/// Source of the updates: Pébay (2008), Sandia report SAND2008-6212.
///
/// ```
/// use autotrading_statistics::{Estimator, Moments};
///
/// let m = Moments::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])?;
/// assert_eq!(m.mean()?, 5.0);
/// assert_eq!(m.standard_deviation(Estimator::Population)?, 2.0);
/// assert_eq!(m.skewness(Estimator::Population)?, 0.65625); // sum of cubes 42, over 8 * 2^3
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
    minimum: f64,
    maximum: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            m2: 0.0,
            m3: 0.0,
            m4: 0.0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    /// The moments of a whole sample, by compensated sums about the mean.
    ///
    /// # Errors
    /// An empty sample, a non-finite value, or a power sum beyond the finite range.
    pub fn of(sample: &[f64]) -> Result<Self, StatisticsError> {
        sample::check("sample", sample, 1)?;
        let n = sample.len() as f64;
        let mean = sample::finite_result("mean", sum_of(sample.iter().copied()) / n)?;
        Self::about(mean, sample.len(), sample.iter().copied())
    }

    /// The power sums about a mean that is known.
    #[inline]
    fn about(mean: f64, count: usize, values: impl Iterator<Item = f64>) -> Result<Self, StatisticsError> {
        let (mut m2, mut m3, mut m4) =
            <(crate::NeumaierSum, crate::NeumaierSum, crate::NeumaierSum)>::default();
        let (mut minimum, mut maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in values {
            let d = x - mean;
            let square = d * d;
            m2.add(square);
            m3.add(square * d);
            m4.add(square * square);
            minimum = minimum.min(x);
            maximum = maximum.max(x);
        }
        let moments = Self {
            count: count as u64,
            mean,
            m2: m2.value(),
            m3: m3.value(),
            m4: m4.value(),
            minimum,
            maximum,
        };
        sample::finite_result("central power sum", moments.m2 + moments.m3 + moments.m4)?;
        Ok(moments)
    }

    /// As [`Moments::of`], to the bit, of values that are worked out twice and need not be kept.
    ///
    /// # Errors
    /// As [`Moments::of`].
    ///
    /// ```
    /// use autotrading_statistics::Moments;
    /// let sample = [1.5, -2.0, 0.25];
    /// assert_eq!(Moments::of_values(sample.iter().copied())?, Moments::of(&sample)?);
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    pub fn of_values(values: impl Iterator<Item = f64> + Clone) -> Result<Self, StatisticsError> {
        let mut total = crate::NeumaierSum::default();
        let mut count = 0_usize;
        for value in values.clone() {
            total.add(sample::check_finite("sample", value)?);
            count += 1;
        }
        sample::check_length("sample", count, 1)?;
        let mean = sample::finite_result("mean", total.value() / count as f64)?;
        Self::about(mean, count, values)
    }

    /// Takes one more observation, in constant time.
    ///
    /// # Errors
    /// A value that is not finite, or so large that a power sum is not; the moments are unchanged then.
    pub fn push(&mut self, x: f64) -> Result<(), StatisticsError> {
        sample::check_finite("observation", x)?;
        let before = self.count as f64;
        let n = before + 1.0;
        let delta = x - self.mean;
        let step = delta / n;
        let square = step * step;
        let spread = delta * step * before;
        let m4 = self.m4 + spread * square * (n * n - 3.0 * n + 3.0) + 6.0 * square * self.m2
            - 4.0 * step * self.m3;
        let m3 = self.m3 + spread * step * (n - 2.0) - 3.0 * step * self.m2;
        let m2 = self.m2 + spread;
        sample::finite_result("central power sum", m2 + m3 + m4)?;
        *self = Self {
            count: self.count + 1,
            mean: self.mean + step,
            m2,
            m3,
            m4,
            minimum: self.minimum.min(x),
            maximum: self.maximum.max(x),
        };
        Ok(())
    }

    /// Joins the observations of another set, as if all had been pushed here. Sums that leave the finite range are
    /// refused when they are asked for.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let delta = other.mean - self.mean;
        let step = delta / n;
        let cross = a * b;
        let m2 = self.m2 + other.m2 + delta * step * cross;
        let m3 = self.m3
            + other.m3
            + delta * step * step * cross * (a - b)
            + 3.0 * step * (a * other.m2 - b * self.m2);
        let m4 = self.m4
            + other.m4
            + delta * step * step * step * cross * (a * a - cross + b * b)
            + 6.0 * step * step * (a * a * other.m2 + b * b * self.m2)
            + 4.0 * step * (a * other.m3 - b * self.m3);
        *self = Self {
            count: self.count + other.count,
            mean: self.mean + step * b,
            m2,
            m3,
            m4,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
        };
    }

    /// How many observations were taken.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Arithmetic mean. Errors: no observation.
    pub fn mean(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        sample::finite_result("mean", self.mean)
    }

    /// Smallest observation. Errors: no observation.
    pub fn minimum(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        Ok(self.minimum)
    }

    /// Largest observation. Errors: no observation.
    pub fn maximum(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        Ok(self.maximum)
    }

    /// `sum (x - mean)^2 / n`, or `/ (n - 1)`. Never below zero; exactly zero for constant input.
    ///
    /// # Errors
    /// Fewer than one (population) or two (sample) observations; overflow.
    pub fn variance(&self, estimator: Estimator) -> Result<f64, StatisticsError> {
        let divisor = match estimator {
            Estimator::Population => {
                self.require(1)?;
                self.count as f64
            }
            Estimator::Sample => {
                self.require(2)?;
                (self.count - 1) as f64
            }
        };
        // Not `max(0.0)`: that would turn the NaN of an overflow into a variance of zero.
        let spread = if self.is_constant() || self.m2 < 0.0 { 0.0 } else { self.m2 };
        sample::finite_result("variance", spread / divisor)
    }

    /// Square root of the [`variance`](Self::variance), with the same errors.
    pub fn standard_deviation(&self, estimator: Estimator) -> Result<f64, StatisticsError> {
        Ok(self.variance(estimator)?.sqrt())
    }

    /// `g1 = (m3/n) / (m2/n)^(3/2)`; for samples `G1 = g1 sqrt(n (n - 1)) / (n - 2)`.
    ///
    /// # Errors
    /// Fewer than two (population) or three (sample) observations; constant input; overflow.
    pub fn skewness(&self, estimator: Estimator) -> Result<f64, StatisticsError> {
        self.require(if estimator == Estimator::Population { 2 } else { 3 })?;
        self.require_spread()?;
        let n = self.count as f64;
        let scale = (self.m2 / n).sqrt();
        let g1 = (self.m3 / n / scale) / scale / scale;
        sample::finite_result(
            "skewness",
            match estimator {
                Estimator::Population => g1,
                Estimator::Sample => g1 * (n * (n - 1.0)).sqrt() / (n - 2.0),
            },
        )
    }

    /// `g2 = (m4/n) / (m2/n)^2 - 3`; for samples `G2 = (n - 1) ((n + 1) g2 + 6) / ((n - 2) (n - 3))`.
    /// Zero for a normal distribution.
    ///
    /// # Errors
    /// Fewer than two (population) or four (sample) observations; constant input; overflow.
    pub fn excess_kurtosis(&self, estimator: Estimator) -> Result<f64, StatisticsError> {
        self.require(if estimator == Estimator::Population { 2 } else { 4 })?;
        self.require_spread()?;
        let n = self.count as f64;
        let variance = self.m2 / n;
        let g2 = (self.m4 / n / variance) / variance - 3.0;
        sample::finite_result(
            "excess kurtosis",
            match estimator {
                Estimator::Population => g2,
                Estimator::Sample => (n - 1.0) * ((n + 1.0) * g2 + 6.0) / ((n - 2.0) * (n - 3.0)),
            },
        )
    }

    fn require(&self, required: usize) -> Result<(), StatisticsError> {
        sample::check_length("sample", usize::try_from(self.count).unwrap_or(usize::MAX), required)
    }

    fn require_spread(&self) -> Result<(), StatisticsError> {
        if self.is_constant() || self.m2 <= 0.0 {
            return Err(StatisticsError::NoVariation { what: "sample", index: 0, value: self.mean });
        }
        Ok(())
    }

    fn is_constant(&self) -> bool {
        self.maximum - self.minimum <= 4.0 * f64::EPSILON * self.mean.abs()
    }
}

/// Arithmetic mean of a sample, by a compensated sum. Errors: empty, non-finite, overflow.
///
/// ```
/// assert_eq!(autotrading_statistics::moments::mean(&[0.01, 0.03])?, 0.02);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn mean(sample: &[f64]) -> Result<f64, StatisticsError> {
    sample::check("sample", sample, 1)?;
    sample::finite_result("mean", sum_of(sample.iter().copied()) / sample.len() as f64)
}

/// Variance of a sample: see [`Moments::variance`] for formula and errors.
///
/// ```
/// use autotrading_statistics::{Estimator, moments};
/// assert_eq!(moments::variance(&[1.0, 2.0, 3.0], Estimator::Sample)?, 1.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn variance(sample: &[f64], estimator: Estimator) -> Result<f64, StatisticsError> {
    Moments::of(sample)?.variance(estimator)
}

/// Standard deviation of a sample: see [`Moments::variance`] for formula and errors.
///
/// ```
/// use autotrading_statistics::{Estimator, moments};
/// assert_eq!(moments::standard_deviation(&[-1.0, 1.0], Estimator::Population)?, 1.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn standard_deviation(sample: &[f64], estimator: Estimator) -> Result<f64, StatisticsError> {
    Moments::of(sample)?.standard_deviation(estimator)
}

/// Skewness of a sample: see [`Moments::skewness`] for formula and errors.
///
/// ```
/// use autotrading_statistics::{Estimator, moments};
/// assert_eq!(moments::skewness(&[-1.0, 0.0, 1.0], Estimator::Sample)?, 0.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn skewness(sample: &[f64], estimator: Estimator) -> Result<f64, StatisticsError> {
    Moments::of(sample)?.skewness(estimator)
}

/// Excess kurtosis of a sample: see [`Moments::excess_kurtosis`] for formula and errors.
///
/// ```
/// use autotrading_statistics::{Estimator, moments};
/// assert_eq!(moments::excess_kurtosis(&[-1.0, 1.0], Estimator::Population)?, -2.0); // the smallest there is
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
pub fn excess_kurtosis(sample: &[f64], estimator: Estimator) -> Result<f64, StatisticsError> {
    Moments::of(sample)?.excess_kurtosis(estimator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_observations_are_named_for_each_statistic() {
        let one = Moments::of(&[1.0]).unwrap();
        assert_eq!(one.variance(Estimator::Population), Ok(0.0));
        assert_eq!(
            one.variance(Estimator::Sample),
            Err(StatisticsError::TooFew { what: "sample", got: 1, required: 2 })
        );
        let three = Moments::of(&[1.0, 2.0, 4.0]).unwrap();
        assert!(three.skewness(Estimator::Sample).is_ok());
        assert!(matches!(
            three.excess_kurtosis(Estimator::Sample),
            Err(StatisticsError::TooFew { required: 4, .. })
        ));
        assert!(Moments::default().mean().is_err());
    }

    #[test]
    fn a_constant_sample_has_zero_variance_and_no_shape() {
        for sample in [[0.1; 7], [1e300; 7].map(|x: f64| x.sqrt())] {
            let m = Moments::of(&sample).unwrap();
            assert_eq!(m.variance(Estimator::Sample), Ok(0.0));
            assert!(matches!(m.skewness(Estimator::Sample), Err(StatisticsError::NoVariation { .. })));
            assert!(matches!(
                m.excess_kurtosis(Estimator::Population),
                Err(StatisticsError::NoVariation { .. })
            ));
        }
    }

    #[test]
    fn a_refused_observation_leaves_the_stream_unchanged() {
        let mut stream = Moments::of(&[1.0, 3.0]).unwrap();
        let before = stream;
        assert!(stream.push(f64::NAN).is_err());
        assert_eq!(stream, before);
    }

    #[test]
    fn a_large_offset_does_not_cost_digits() {
        // Classic failure of the textbook formula: variance of (4, 7, 13, 16) + 1e9 is 30.
        let shifted = [4.0, 7.0, 13.0, 16.0].map(|x| x + 1e9);
        assert_eq!(variance(&shifted, Estimator::Sample), Ok(30.0));
    }

    #[test]
    fn values_too_large_to_square_are_an_overflow_not_an_infinity() {
        assert_eq!(
            Moments::of(&[1e200, -1e200]).unwrap_err(),
            StatisticsError::Overflow { what: "central power sum" }
        );
        let mut stream = Moments::of(&[1.0, 2.0]).unwrap();
        assert_eq!(stream.push(-1e308), Err(StatisticsError::Overflow { what: "central power sum" }));
        assert_eq!(stream, Moments::of(&[1.0, 2.0]).unwrap());
        // A merger has no error of its own: the numbers that overflowed are refused one by one.
        let (mut low, high) = (Moments::of(&[-1e200]).unwrap(), Moments::of(&[1e200]).unwrap());
        low.merge(&high);
        assert_eq!(low.mean(), Ok(0.0));
        assert!(low.variance(Estimator::Population).is_err());
        assert!(low.excess_kurtosis(Estimator::Population).is_err());
    }
}
