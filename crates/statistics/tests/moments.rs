//! A stream, a merger and a whole sample tell the same moments.

use autotrading_statistics::{Estimator, Moments};
use proptest::prelude::*;

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn a_stream_agrees_with_the_whole_sample(sample in prop::collection::vec(-100.0_f64..100.0, 4..120)) {
        let whole = Moments::of(&sample).unwrap();
        let mut stream = Moments::default();
        for &x in &sample {
            stream.push(x).unwrap();
        }
        prop_assert_eq!(stream.count(), whole.count());
        prop_assert!(close(stream.mean().unwrap(), whole.mean().unwrap(), 1e-12));
        for e in [Estimator::Population, Estimator::Sample] {
            prop_assert!(close(stream.variance(e).unwrap(), whole.variance(e).unwrap(), 1e-11));
            prop_assert!(close(stream.skewness(e).unwrap(), whole.skewness(e).unwrap(), 1e-8));
            prop_assert!(close(stream.excess_kurtosis(e).unwrap(), whole.excess_kurtosis(e).unwrap(), 1e-8));
        }
    }

    #[test]
    fn merging_two_halves_is_the_same_as_taking_all(
        sample in prop::collection::vec(-100.0_f64..100.0, 4..120),
        cut in 0.0_f64..1.0,
    ) {
        let (left, right) = sample.split_at((cut * sample.len() as f64) as usize);
        let mut merged = Moments::default();
        for part in [left, right] {
            let mut m = Moments::default();
            for &x in part {
                m.push(x).unwrap();
            }
            merged.merge(&m);
        }
        let whole = Moments::of(&sample).unwrap();
        let e = Estimator::Population;
        prop_assert_eq!(merged.count(), whole.count());
        prop_assert_eq!(merged.minimum(), whole.minimum());
        prop_assert_eq!(merged.maximum(), whole.maximum());
        prop_assert!(close(merged.variance(e).unwrap(), whole.variance(e).unwrap(), 1e-11));
        prop_assert!(close(merged.skewness(e).unwrap(), whole.skewness(e).unwrap(), 1e-8));
        prop_assert!(close(merged.excess_kurtosis(e).unwrap(), whole.excess_kurtosis(e).unwrap(), 1e-8));
    }

    #[test]
    fn shape_does_not_change_with_place_and_scale(
        sample in prop::collection::vec(-10.0_f64..10.0, 5..60),
        shift in -100.0_f64..100.0,
        scale in 0.1_f64..10.0,
    ) {
        let moved: Vec<f64> = sample.iter().map(|x| shift + scale * x).collect();
        let (a, b) = (Moments::of(&sample).unwrap(), Moments::of(&moved).unwrap());
        let e = Estimator::Sample;
        prop_assert!(close(a.skewness(e).unwrap(), b.skewness(e).unwrap(), 1e-8));
        prop_assert!(close(a.excess_kurtosis(e).unwrap(), b.excess_kurtosis(e).unwrap(), 1e-8));
        prop_assert!(close(a.variance(e).unwrap() * scale * scale, b.variance(e).unwrap(), 1e-10));
    }
}
