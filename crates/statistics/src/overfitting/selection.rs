//! Choosing the best of many trials and ranking it elsewhere: the inner loops, private to the folder.

/// Sharpe ratios from sums over the rows of a half.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half {
    per_row: f64,
    per_degree: f64,
}

/// A deviation below this share of the mean is rounding.
const ROUNDING: f64 = 1e-12;

impl Half {
    pub(super) fn of(rows: usize) -> Self {
        Self { per_row: 1.0 / rows as f64, per_degree: 1.0 / (rows as f64 - 1.0) }
    }

    /// `mean / s` of each trial, from its sum and, after all sums, its sum of squares. Zero where nothing moved.
    #[inline]
    pub(super) fn ratios(self, sums: &[f64], ratios: &mut [f64]) {
        let (plain, squared) = sums.split_at(ratios.len().min(sums.len()));
        for ((ratio, sum), square) in ratios.iter_mut().zip(plain).zip(squared) {
            let mean = sum * self.per_row;
            let variance = (square - sum * mean) * self.per_degree;
            let least = (mean * ROUNDING) * (mean * ROUNDING) + f64::MIN_POSITIVE;
            *ratio = mean / (if variance > least { variance } else { least }).sqrt();
        }
    }
}

/// How many running maxima are kept side by side.
const LANES: usize = 8;

/// The place of the largest value; the first of equals.
#[inline]
pub(super) fn first_best(values: &[f64]) -> usize {
    let larger = |a: f64, b: f64| if a > b { a } else { b };
    let mut lanes = [f64::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder().iter().copied().fold(f64::NEG_INFINITY, larger);
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(most, x)| *most = larger(*most, *x));
    }
    let most = lanes.into_iter().fold(rest, larger);
    values.iter().position(|x| *x == most).unwrap_or(0)
}

/// Twice the rank, from 1 for the lowest, that the value at `place` has among all; equals share the mean of theirs.
#[inline]
pub(super) fn doubled_rank(values: &[f64], place: usize) -> usize {
    let own = values[place];
    // Two for each that is below, one for each that is equal (itself among them), one more.
    1 + values.iter().map(|x| u32::from(*x < own) + u32::from(*x <= own)).sum::<u32>() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_never_moved_has_a_ratio_of_zero_and_what_only_gained_a_huge_one() {
        let mut ratios = [f64::NAN; 2];
        Half::of(4).ratios(&[0.0, 4.0, 0.0, 4.0], &mut ratios);
        assert_eq!(ratios[0], 0.0);
        assert!(ratios[1] > 1e7 && ratios[1].is_finite());
    }

    proptest! {
        #[test]
        fn ranks_and_the_best_agree_with_sorting(values in prop::collection::vec((-6_i32..6).prop_map(f64::from), 1..40)) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let best = first_best(&values);
            prop_assert_eq!(values[best], sorted[sorted.len() - 1]);
            prop_assert!(values[..best].iter().all(|x| *x < values[best]));
            for (place, own) in values.iter().enumerate() {
                let low = sorted.iter().position(|x| x == own).unwrap() + 1;
                let high = sorted.iter().rposition(|x| x == own).unwrap() + 1;
                prop_assert_eq!(doubled_rank(&values, place), low + high);
            }
        }
    }
}
