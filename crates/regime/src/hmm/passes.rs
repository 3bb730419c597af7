//! Once forward and once back over a sample, with the number of states known to the compiler.
//!
//! Each pass is a chain in which every point waits for the one before it. What does not wait, the densities and the sums,
//! is done for a block of points at once, while the chain goes on.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "arrays of constant length are indexed below that length"
)]

use super::exponential::exponential;
use super::model::LEAST;

/// Points of time in a block.
pub(super) const LANES: usize = 8;
/// One number for each point of a block.
pub(super) type Lanes = [f64; LANES];
/// One row of lanes for each state.
pub(super) type Block<const K: usize> = [Lanes; K];
/// Sums of the points at even and at odd places.
pub(super) type Pair = [f64; 2];

/// Weights are left as they are while their sum stays within this factor of one: a division at each step would hold up
/// the next.
const ROOM: f64 = 1e60;

/// The log densities of a sample under each state, block after block.
pub(super) trait LogDensities<const K: usize> {
    /// How many points there are.
    fn points(&self) -> usize;
    /// Writes those of a block; beyond the last point anything finite.
    fn write(&self, place: usize, block: &mut Block<K>);
}

/// What the passes leave behind; its room is used again by the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    /// Densities relative to the likeliest state's.
    densities: Vec<Lanes>,
    /// Weights in proportion to the filtered probabilities; zero beyond the last point.
    weights: Vec<Lanes>,
}

/// Goes forward and gives the log-likelihood.
///
/// Densities are taken relative to the likeliest state's, at most 500 logarithms below it: so little that nothing but
/// the impossible changes.
pub(super) fn forward<const K: usize>(
    initial: &[f64; K],
    transition: &[[f64; K]; K],
    emissions: &impl LogDensities<K>,
    trace: &mut Trace,
) -> f64 {
    let points = emissions.points();
    let room = K * points.div_ceil(LANES);
    trace.densities.resize(room, [0.0; LANES]);
    trace.weights.resize(room, [0.0; LANES]);
    let mut peaks = [0.0; LANES];
    let mut logs = 0.0;
    let mut predicted = *initial;
    let mut last = 1.0;
    let (densities, weights) = (trace.densities.as_chunks_mut::<K>().0, trace.weights.as_chunks_mut::<K>().0);
    for (place, (densities, weights)) in densities.iter_mut().zip(weights).enumerate() {
        let valid = (points - place * LANES).min(LANES);
        emissions.write(place, densities);
        make_relative(densities, valid, &mut peaks);
        for lane in 0..LANES {
            let mut now = [0.0; K];
            if lane < valid {
                let mut sum = 0.0;
                for k in 0..K {
                    now[k] = predicted[k] * densities[k][lane];
                    sum += now[k];
                }
                if !(1.0 / ROOM..ROOM).contains(&sum) {
                    logs += sum.ln();
                    let inverse = 1.0 / sum;
                    now = now.map(|weight| weight * inverse);
                    sum = 1.0;
                }
                last = sum;
                for j in 0..K {
                    predicted[j] = now[0] * transition[0][j];
                    for i in 1..K {
                        predicted[j] += now[i] * transition[i][j];
                    }
                }
            }
            for k in 0..K {
                weights[k][lane] = now[k];
            }
        }
    }
    peaks.iter().sum::<f64>() + logs + last.ln()
}

/// Log densities become densities relative to the likeliest state's, whose logarithms are added to the peaks.
#[inline(always)]
fn make_relative<const K: usize>(block: &mut Block<K>, valid: usize, peaks: &mut Lanes) {
    let mut peak = block[0];
    for row in &block[1..] {
        for lane in 0..LANES {
            peak[lane] = if row[lane] > peak[lane] { row[lane] } else { peak[lane] };
        }
    }
    for row in block {
        for lane in 0..LANES {
            let below = row[lane] - peak[lane];
            row[lane] = exponential(if below > LEAST { below } else { LEAST });
        }
    }
    peak[valid..].fill(0.0);
    for lane in 0..LANES {
        peaks[lane] += peak[lane];
    }
}

/// Goes back over what [`forward`] left, hands out the smoothed probabilities of each block, last block first, and sums
/// the expected moves from each state to each.
///
/// Of what the future says of each state only the proportions matter, so it is brought back to size when it leaves it.
pub(super) fn backward<const K: usize>(
    points: usize,
    transition: &[[f64; K]; K],
    trace: &Trace,
    mut take: impl FnMut(usize, &Block<K>),
) -> [[f64; K]; K] {
    let mut moves = [[[0.0; 2]; K]; K];
    let mut future = [1.0; K];
    let mut density = None;
    let blocks = trace.densities.as_chunks::<K>().0.iter().zip(trace.weights.as_chunks::<K>().0);
    for (place, (densities, weights)) in blocks.enumerate().rev() {
        let valid = (points - place * LANES).min(LANES);
        let (mut futures, mut arrivals) = ([[0.0; LANES]; K], [[0.0; LANES]; K]);
        for lane in (0..LANES).rev() {
            if lane >= valid {
                continue;
            }
            let mut arriving = [0.0; K];
            if let Some(density) = density {
                (future, arriving) = one_back(transition, &density, &future);
            }
            let mut here = [0.0; K];
            for k in 0..K {
                futures[k][lane] = future[k];
                arrivals[k][lane] = arriving[k];
                here[k] = densities[k][lane];
            }
            density = Some(here);
        }
        let mut smoothed = [[0.0; LANES]; K];
        combine(weights, &futures, &arrivals, &mut smoothed, &mut moves);
        take(place, &smoothed);
    }
    let mut sums = [[0.0; K]; K];
    for i in 0..K {
        for j in 0..K {
            sums[i][j] = (moves[i][j][0] + moves[i][j][1]) * transition[i][j];
        }
    }
    sums
}

/// What the future says of each state, and of each state one point later.
#[inline(always)]
fn one_back<const K: usize>(
    transition: &[[f64; K]; K],
    density: &[f64; K],
    future: &[f64; K],
) -> ([f64; K], [f64; K]) {
    let mut arriving = [0.0; K];
    for j in 0..K {
        arriving[j] = density[j] * future[j];
    }
    let mut leaving = [0.0; K];
    let mut mass = 0.0;
    for i in 0..K {
        leaving[i] = transition[i][0] * arriving[0];
        for j in 1..K {
            leaving[i] += transition[i][j] * arriving[j];
        }
        mass += leaving[i];
    }
    if !(1.0 / ROOM..ROOM).contains(&mass) {
        let inverse = 1.0 / mass.max(f64::MIN_POSITIVE);
        leaving = leaving.map(|x| x * inverse);
        arriving = arriving.map(|x| x * inverse);
    }
    (leaving, arriving)
}

/// Smoothed probabilities of a block, whose expected moves, short of the transition matrix, are added to the sums.
#[inline(always)]
fn combine<const K: usize>(
    weights: &Block<K>,
    futures: &Block<K>,
    arrivals: &Block<K>,
    smoothed: &mut Block<K>,
    moves: &mut [[Pair; K]; K],
) {
    let mut totals = [0.0; LANES];
    for k in 0..K {
        for lane in 0..LANES {
            totals[lane] += weights[k][lane] * futures[k][lane];
        }
    }
    let inverses = totals.map(|total| if total > 0.0 { 1.0 / total } else { 0.0 });
    for k in 0..K {
        for lane in 0..LANES {
            smoothed[k][lane] = weights[k][lane] * inverses[lane];
        }
    }
    for half in 0..LANES / 2 {
        for i in 0..K {
            for j in 0..K {
                for side in 0..2 {
                    let lane = 2 * half + side;
                    moves[i][j][side] += smoothed[i][lane] * arrivals[j][lane];
                }
            }
        }
    }
    for k in 0..K {
        for lane in 0..LANES {
            smoothed[k][lane] *= futures[k][lane];
        }
    }
    if totals.iter().any(|total| *total <= 0.0) {
        let_the_past_speak(weights, &totals, smoothed);
    }
}

/// Where past and future exclude each other beyond what numbers can say, the past has the word.
#[cold]
fn let_the_past_speak<const K: usize>(weights: &Block<K>, totals: &Lanes, smoothed: &mut Block<K>) {
    for lane in (0..LANES).filter(|lane| totals[*lane] <= 0.0) {
        let sum: f64 = weights.iter().map(|row| row[lane]).sum();
        for k in 0..K {
            smoothed[k][lane] = if sum > 0.0 { weights[k][lane] / sum } else { 0.0 };
        }
    }
}
