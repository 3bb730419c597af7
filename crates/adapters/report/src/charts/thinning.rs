//! Fewer points for the same picture: the extremes of each stretch survive.

/// A line of more points than this is thinned for drawing.
pub(crate) const MOST_POINTS: usize = 24_000;

/// Which points to draw so that there are at most `most` (but not under 4): all when they are few, else the first, the last,
/// and of each of equal stretches the lowest and the highest. In order, none twice. Undefined values are passed over.
pub(crate) fn extremes(values: &[f64], most: usize) -> Vec<usize> {
    let n = values.len();
    if n <= most.max(4) {
        return (0..n).collect();
    }
    let stretches = (most.max(4) - 2) / 2;
    let mut kept = vec![0];
    for stretch in 0..stretches {
        let places = stretch * n / stretches..(stretch + 1) * n / stretches;
        let defined =
            || places.clone().zip(values.get(places.clone()).unwrap_or(&[])).filter(|(_, v)| v.is_finite());
        let lowest = defined().min_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place);
        let highest = defined().max_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place);
        kept.extend(lowest.into_iter().chain(highest));
    }
    kept.push(n - 1);
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Every so-manieth of `count` things, so that at most `most` are left.
pub(crate) fn stride(count: usize, most: usize) -> usize {
    count.div_ceil(most.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
        values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    }

    proptest! {
        #[test]
        fn the_extremes_survive_the_thinning(
            values in prop::collection::vec(prop_oneof![9 => -1e6..1e6, 1 => Just(f64::NAN)], 0..400),
            most in 4usize..60,
        ) {
            let kept = extremes(&values, most);
            prop_assert!(kept.len() <= most.max(4));
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(bounds(kept.iter().map(|&i| values[i])), bounds(values.iter().copied()));
            prop_assert_eq!(kept.first().copied(), (!values.is_empty()).then_some(0));
            prop_assert_eq!(kept.last().copied(), values.len().checked_sub(1));
        }

        #[test]
        fn the_extremes_of_every_stretch_survive(values in prop::collection::vec(-1e6..1e6, 100..400)) {
            let kept = extremes(&values, 22);
            for stretch in 0..10 {
                let places = stretch * values.len() / 10..(stretch + 1) * values.len() / 10;
                let drawn = kept.iter().filter(|i| places.contains(i)).map(|&i| values[i]);
                prop_assert_eq!(bounds(drawn), bounds(values[places.clone()].iter().copied()));
            }
        }
    }

    #[test]
    fn few_points_are_all_drawn() {
        assert_eq!(extremes(&[3.0, 1.0, 2.0], 4), [0, 1, 2]);
        assert!(extremes(&[], 10).is_empty());
    }

    #[test]
    fn a_stride_leaves_at_most_so_many() {
        assert_eq!((stride(10, 20), stride(21, 20), stride(0, 0)), (1, 2, 1));
    }
}
