//! What the states are called, and which of them is which after a refit.

use autotrading_domain::RegimeLabel;

use super::{Gaussian, Hmm};

/// Names the states by the mean of one feature, the return: highest Bull, lowest Bear, the rest Sideways.
///
/// If highest and lowest mean do not differ by more than `errors` standard errors, `sqrt(v1 / n1 + v2 / n2)` with the
/// states' variances and their expected numbers of observations, all are Neutral: the states differ in something else,
/// as in how much they swing, and say nothing of direction.
///
/// ```
/// use autotrading_domain::RegimeLabel::{Bear, Bull, Neutral};
/// use autotrading_regime::hmm::{Gaussian, Hmm, label_states};
/// use ndarray::array;
///
/// let laws = vec![Gaussian::diagonal(&[0.3], &[1.0])?, Gaussian::diagonal(&[-0.1], &[4.0])?];
/// let model = Hmm::new(&[0.5, 0.5], array![[0.9, 0.1], [0.1, 0.9]].view(), laws)?;
/// // The means differ by 0.4; the error is sqrt(1 / 200 + 4 / 200) = 0.158, then sqrt(5 / 50) = 0.316.
/// assert_eq!(label_states(&model, &[200.0, 200.0], 0, 2.0), vec![Bull, Bear]);
/// assert_eq!(label_states(&model, &[50.0, 50.0], 0, 2.0), vec![Neutral, Neutral]);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
pub fn label_states(model: &Hmm, weights: &[f64], feature: usize, errors: f64) -> Vec<RegimeLabel> {
    let means: Vec<f64> =
        model.emissions().iter().map(|law| law.mean().get(feature).copied().unwrap_or(0.0)).collect();
    let extreme = |sign: f64| {
        let better = |best: (usize, f64), (state, mean): (usize, &f64)| {
            if sign * mean > best.1 { (state, sign * mean) } else { best }
        };
        means.iter().enumerate().fold((0, f64::NEG_INFINITY), better).0
    };
    let (highest, lowest) = (extreme(1.0), extreme(-1.0));
    let square_error = |state: usize| {
        let weight = weights.get(state).copied().unwrap_or(0.0);
        let variance = model.emissions().get(state).map_or(f64::INFINITY, |law| law.variance(feature));
        if weight > 0.0 { variance / weight } else { f64::INFINITY }
    };
    let mean = |state: usize| means.get(state).copied().unwrap_or(0.0);
    let difference = mean(highest) - mean(lowest);
    let significant =
        highest != lowest && difference > errors * (square_error(highest) + square_error(lowest)).sqrt();
    let label = |state: usize| match state {
        _ if !significant => RegimeLabel::Neutral,
        state if state == highest => RegimeLabel::Bull,
        state if state == lowest => RegimeLabel::Bear,
        _ => RegimeLabel::Sideways,
    };
    (0..model.states()).map(label).collect()
}

/// The order in which the states of `model` are most like those of `previous`: state `i` of the previous model is
/// nearest to state `order[i]` of this one, over all states together.
///
/// Likeness is of means, in pooled deviations, and of the logarithms of the variances, over all features. Every order
/// is tried. Where the models differ in states or features, the states are left as they are.
pub fn matching(model: &Hmm, previous: &Hmm) -> Vec<usize> {
    let states = model.states();
    let mut order: Vec<usize> = (0..states).collect();
    if previous.states() != states || previous.features() != model.features() {
        return order;
    }
    let distances: Vec<Vec<f64>> = previous
        .emissions()
        .iter()
        .map(|old| model.emissions().iter().map(|new| unlikeness(old, new)).collect())
        .collect();
    let cost = |order: &[usize]| -> f64 {
        order.iter().zip(&distances).map(|(new, row)| row.get(*new).copied().unwrap_or(f64::MAX)).sum()
    };
    let mut best = (cost(&order), order.clone());
    // Heap's algorithm: each swap gives one more order.
    let mut turns = vec![0; states];
    let mut place = 1;
    while let Some(turn) = turns.get_mut(place) {
        if *turn < place {
            let other = if place % 2 == 0 { 0 } else { *turn };
            *turn += 1;
            order.swap(place, other);
            let now = cost(&order);
            if now < best.0 {
                best = (now, order.clone());
            }
            place = 1;
        } else {
            *turn = 0;
            place += 1;
        }
    }
    best.1
}

fn unlikeness(old: &Gaussian, new: &Gaussian) -> f64 {
    (0..old.features())
        .map(|feature| {
            let (was, is) = (old.variance(feature), new.variance(feature));
            let mean = |law: &Gaussian| law.mean().get(feature).copied().unwrap_or(0.0);
            let apart = (mean(new) - mean(old)).powi(2) / (0.5 * (was + is));
            apart + (is / was).ln().powi(2)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::start::sticky;
    use proptest::prelude::*;

    fn model(laws: &[(f64, f64)]) -> Hmm {
        let emissions =
            laws.iter().map(|(mean, variance)| Gaussian::diagonal(&[*mean], &[*variance]).unwrap()).collect();
        let initial = vec![1.0 / laws.len() as f64; laws.len()];
        Hmm::new(&initial, sticky(laws.len(), 0.9).view(), emissions).unwrap()
    }

    #[test]
    fn the_middle_state_is_sideways() {
        let three = model(&[(0.0, 1.0), (1.0, 1.0), (-1.0, 2.0)]);
        let labels = label_states(&three, &[100.0; 3], 0, 2.0);
        assert_eq!(labels, vec![RegimeLabel::Sideways, RegimeLabel::Bull, RegimeLabel::Bear]);
    }

    #[test]
    fn equal_means_name_no_direction() {
        let two = model(&[(0.0, 1.0), (0.0, 9.0)]);
        assert_eq!(label_states(&two, &[1e6; 2], 0, 2.0), vec![RegimeLabel::Neutral; 2]);
    }

    proptest! {
        #[test]
        fn states_are_recognised_after_a_refit_that_shuffled_them(
            shuffle in Just(vec![0_usize, 1, 2, 3]).prop_shuffle(), wobble in prop::collection::vec(-0.1_f64..0.1, 8),
        ) {
            let laws = [(0.1, 0.5), (-0.3, 6.0), (0.0, 2.0), (0.8, 1.0)];
            let previous = model(&laws);
            let moved: Vec<(f64, f64)> = laws.iter().zip(wobble.chunks(2))
                .map(|((mean, variance), w)| (mean + w[0], variance * (1.0 + w[1]))).collect();
            let shuffled: Vec<(f64, f64)> = shuffle.iter().map(|i| moved[*i]).collect();
            let refitted = model(&shuffled);
            let matched = refitted.reordered(&matching(&refitted, &previous)).unwrap();
            prop_assert_eq!(matched, model(&moved));
        }
    }
}
