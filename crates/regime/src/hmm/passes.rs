//! Once forward and once back over a sample, with the number of states known to the compiler.
#![allow(clippy::indexing_slicing, reason = "arrays of constant length are indexed below that length")]

/// Weights are left as they are while their sum stays within this factor of one: a division at each step would hold up
/// the next.
const ROOM: f64 = 1e60;

/// Weights in proportion to the filtered probabilities at each time, from densities relative to the likeliest state's;
/// and the sum of the logarithms of what each observation adds to the likelihood.
pub(super) fn forward<const K: usize>(
    initial: &[f64; K],
    transition: &[[f64; K]; K],
    densities: &[[f64; K]],
) -> (Vec<[f64; K]>, f64) {
    let mut logs = 0.0;
    let mut predicted = *initial;
    let mut last = 1.0;
    let one = |density: &[f64; K]| {
        let mut now = [0.0; K];
        let mut sum = 0.0;
        for k in 0..K {
            now[k] = predicted[k] * density[k];
            sum += now[k];
        }
        if !(1.0 / ROOM..ROOM).contains(&sum) {
            logs += sum.ln();
            let inverse = 1.0 / sum;
            now = now.map(|weight| weight * inverse);
            sum = 1.0;
        }
        last = sum;
        predicted = [0.0; K];
        for i in 0..K {
            for j in 0..K {
                predicted[j] += now[i] * transition[i][j];
            }
        }
        now
    };
    let filtered = densities.iter().map(one).collect();
    (filtered, logs + last.ln())
}

/// Turns weights in proportion to the filtered probabilities into smoothed probabilities in place, and sums the expected
/// moves from each state to each.
///
/// Of what the future says of each state only the proportions matter, so it is brought back to size when it leaves it.
pub(super) fn backward<const K: usize>(
    transition: &[[f64; K]; K],
    densities: &[[f64; K]],
    probabilities: &mut [[f64; K]],
) -> [[f64; K]; K] {
    let mut moves = [[0.0; K]; K];
    let mut future = [1.0; K];
    if let Some(last) = probabilities.last_mut() {
        let sum: f64 = last.iter().sum();
        *last = last.map(|weight| weight / sum);
    }
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
        // Where past and future exclude each other beyond what numbers can say, the past has the word.
        let (inverse, agreed) =
            if total > 0.0 { (1.0 / total, true) } else { (1.0 / now.iter().sum::<f64>(), false) };
        for i in 0..K {
            let weight = now[i] * inverse;
            if agreed {
                for j in 0..K {
                    moves[i][j] += weight * arriving[j];
                }
            }
            now[i] = if agreed { weight * leaving[i] } else { weight };
        }
        future = leaving;
        if !(1.0 / ROOM..ROOM).contains(&mass) {
            let inverse = 1.0 / mass.max(f64::MIN_POSITIVE);
            future = future.map(|x| x * inverse);
        }
    }
    for i in 0..K {
        for j in 0..K {
            moves[i][j] *= transition[i][j];
        }
    }
    moves
}
