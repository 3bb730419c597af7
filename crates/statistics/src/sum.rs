//! Sums that keep the digits a plain loop loses.

use crate::{StatisticsError, sample};

/// A running sum with a second word for the rounding errors (Neumaier's improvement of Kahan).
///
/// The rounding error of each addition is recovered exactly and added back once, at the end, so the result is
/// as good as if the sum were carried in twice the precision. Source: Neumaier (1974), ZAMM 54, 39-51; the error
/// is recovered without a branch by Knuth's two-sum.
///
/// ```
/// use autotrading_statistics::NeumaierSum;
///
/// let mut sum = NeumaierSum::default();
/// for x in [1.0, 1e100, 1.0, -1e100] {
///     sum.add(x);
/// }
/// assert_eq!(sum.value(), 2.0); // a plain loop says 0
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NeumaierSum {
    total: f64,
    lost: f64,
}

impl NeumaierSum {
    /// Adds one term. A non-finite term makes [`value`](Self::value) non-finite: the caller checks.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        let part = total - self.total;
        self.lost += (self.total - (total - part)) + (term - part);
        self.total = total;
    }

    /// The sum so far.
    #[inline]
    pub fn value(&self) -> f64 {
        self.total + self.lost
    }
}

impl Extend<f64> for NeumaierSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, terms: I) {
        terms.into_iter().for_each(|term| self.add(term));
    }
}

impl FromIterator<f64> for NeumaierSum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        sum.extend(terms);
        sum
    }
}

/// The compensated sum of a sample; zero for an empty one.
///
/// # Errors
/// A non-finite value, or a sum beyond the finite range.
pub fn compensated_sum(sample: &[f64]) -> Result<f64, StatisticsError> {
    sample::check("sample", sample, 0)?;
    sample::finite_result("sum", sum_of(sample.iter().copied()))
}

/// The compensated sum of terms that are already known to be finite.
pub(crate) fn sum_of(terms: impl IntoIterator<Item = f64>) -> f64 {
    terms.into_iter().collect::<NeumaierSum>().value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_million_tenths_are_a_hundred_thousand_to_the_last_digit() {
        let sum: NeumaierSum = std::iter::repeat_n(0.1, 1_000_000).collect();
        assert_eq!(sum.value(), 100_000.0);
    }

    #[test]
    fn an_empty_sample_sums_to_zero_and_a_nan_is_named() {
        assert_eq!(compensated_sum(&[]), Ok(0.0));
        assert!(matches!(
            compensated_sum(&[0.0, f64::INFINITY]),
            Err(StatisticsError::NotFinite { index: 1, .. })
        ));
        assert_eq!(compensated_sum(&[1e308, 1e308]), Err(StatisticsError::Overflow { what: "sum" }));
    }

    proptest! {
        #[test]
        fn integers_scaled_by_a_power_of_two_sum_exactly(terms in prop::collection::vec(-1_000_000_i64..1_000_000, 0..200)) {
            let exact = terms.iter().sum::<i64>() as f64;
            let scaled: Vec<f64> = terms.iter().map(|&x| x as f64 / 1024.0).collect();
            prop_assert_eq!(compensated_sum(&scaled).unwrap() * 1024.0, exact);
        }

        #[test]
        fn the_order_of_terms_does_not_matter(mut terms in prop::collection::vec(-1e6_f64..1e6, 1..100)) {
            let forward = compensated_sum(&terms).unwrap();
            terms.reverse();
            prop_assert!((forward - compensated_sum(&terms).unwrap()).abs() <= 1e-9 * f64::EPSILON.sqrt());
        }
    }
}
