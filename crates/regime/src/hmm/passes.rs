//! Once forward and once back over a sample, with the number of states known to the compiler.
#![allow(clippy::indexing_slicing, reason = "arrays of constant length are indexed below that length")]

use crate::log_sum::LogSum;

/// Filtered probabilities at each time, from densities relative to the likeliest state's; and the sum of the
/// logarithms of the normalisers.
pub(super) fn forward<const K: usize>(
    initial: &[f64; K],
    transition: &[[f64; K]; K],
    densities: &[[f64; K]],
) -> (Vec<[f64; K]>, f64) {
    let mut logs = LogSum::EMPTY;
    let mut predicted = *initial;
    let one = |density: &[f64; K]| {
        let mut now = [0.0; K];
        let mut sum = 0.0;
        for k in 0..K {
            now[k] = predicted[k] * density[k];
            sum += now[k];
        }
        logs.add(sum);
        let inverse = 1.0 / sum;
        predicted = [0.0; K];
        for i in 0..K {
            now[i] *= inverse;
            for j in 0..K {
                predicted[j] += now[i] * transition[i][j];
            }
        }
        now
    };
    let filtered = densities.iter().map(one).collect();
    (filtered, logs.value())
}

/// Turns filtered into smoothed probabilities in place, and sums the expected moves from each state to each.
///
/// What the future says of each state is kept normalised to a sum of one, so that it can neither over- nor underflow;
/// only its proportions matter.
pub(super) fn backward<const K: usize>(
    transition: &[[f64; K]; K],
    densities: &[[f64; K]],
    probabilities: &mut [[f64; K]],
) -> [[f64; K]; K] {
    let mut moves = [[0.0; K]; K];
    let mut future = [1.0; K];
    let later = densities.iter().rev();
    let earlier = probabilities.iter_mut().rev().skip(1);
    for (density, now) in later.zip(earlier) {
        let mut arriving = [0.0; K];
        for j in 0..K {
            arriving[j] = density[j] * future[j];
        }
        let mut leaving = [0.0; K];
        let (mut mass, mut total) = (0.0, 0.0);
        for i in 0..K {
            for j in 0..K {
                leaving[i] += transition[i][j] * arriving[j];
            }
            mass += leaving[i];
            total += now[i] * leaving[i];
        }
        if total > 0.0 {
            let inverse = 1.0 / total;
            for i in 0..K {
                let weight = now[i] * inverse;
                for j in 0..K {
                    moves[i][j] += weight * arriving[j];
                }
                now[i] = weight * leaving[i];
            }
        }
        let inverse = 1.0 / mass.max(f64::MIN_POSITIVE);
        future = leaving.map(|x| x * inverse);
    }
    for i in 0..K {
        for j in 0..K {
            moves[i][j] *= transition[i][j];
        }
    }
    moves
}
