//! Where Baum-Welch begins: clusters of observations, or of how much they swing.

use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::scaling::Training;
use super::{Gaussian, Hmm};
use crate::RegimeError;

/// What is clustered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clustered {
    /// The features themselves.
    Features,
    /// The logarithm of the mean square over a stretch of time: regimes of markets differ in their swings more than in
    /// their means.
    Swings,
}

/// Observations over which swings are averaged.
const STRETCH: usize = 15;
/// Rounds of Lloyd's algorithm; the clusters are a start and need not be the best.
const ROUNDS: usize = 20;
/// Self-transition of the start.
const STAY: f64 = 0.95;

/// A model whose states are the clusters found from seeded centres. `None` if a cluster is left empty.
pub(super) fn start(
    training: &Training,
    states: usize,
    clustered: Clustered,
    rng: &mut ChaCha8Rng,
) -> Result<Option<Hmm>, RegimeError> {
    let swings;
    let (points, width) = match clustered {
        Clustered::Features => (training.rows.as_slice(), training.features),
        Clustered::Swings => {
            swings = swings_of(training);
            (swings.as_slice(), 1)
        }
    };
    let members = clusters(points, width, states, rng);
    let mut laws = Vec::with_capacity(states);
    for state in 0..states {
        let rows =
            || training.rows.chunks_exact(training.features).zip(&members).filter(|(_, m)| **m == state);
        let count = rows().count();
        if count < 2 {
            return Ok(None);
        }
        let moments = |power: i32, centre: &[f64]| {
            let mut sums = vec![0.0; training.features];
            for (row, _) in rows() {
                for ((sum, x), c) in sums.iter_mut().zip(row).zip(centre) {
                    *sum += (x - c).powi(power) / count as f64;
                }
            }
            sums
        };
        let mean = moments(1, &vec![0.0; training.features]);
        let variances: Vec<f64> = moments(2, &mean).iter().map(|v| v.max(0.01)).collect();
        laws.push(Gaussian::diagonal(&mean, &variances)?);
    }
    let initial = vec![1.0 / states as f64; states];
    Ok(Some(Hmm::new(&initial, sticky(states, STAY).view(), laws)?))
}

/// Moves that stay with a given probability and else go anywhere alike.
pub(super) fn sticky(states: usize, stay: f64) -> Array2<f64> {
    let leave = (1.0 - stay) / (states.max(2) - 1) as f64;
    Array2::from_shape_fn((states, states), |(i, j)| if i == j { stay } else { leave })
}

/// Logarithm of the mean square of the observations around each one.
fn swings_of(training: &Training) -> Vec<f64> {
    let squares: Vec<f64> =
        training.rows.chunks_exact(training.features).map(|row| row.iter().map(|x| x * x).sum()).collect();
    let around = |time: usize| {
        let from = time.saturating_sub(STRETCH / 2);
        let window = squares.iter().skip(from).take(STRETCH);
        let (sum, count) = window.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
        (sum / count + 1e-6_f64).ln()
    };
    (0..squares.len()).map(around).collect()
}

/// Lloyd's algorithm from centres spread by k-means++: the cluster of each point.
/// Source: Arthur and Vassilvitskii (2007), Proceedings of SODA, 1027-1035.
fn clusters(points: &[f64], width: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut centres = spread_centres(points, width, count, rng);
    let mut members = vec![0; points.len() / width];
    for _ in 0..ROUNDS {
        let mut changed = false;
        for (member, point) in members.iter_mut().zip(points.chunks_exact(width)) {
            let nearest = nearest(point, &centres).0;
            changed |= *member != nearest;
            *member = nearest;
        }
        if !changed {
            break;
        }
        for (cluster, centre) in centres.iter_mut().enumerate() {
            let own = || points.chunks_exact(width).zip(&members).filter(|(_, m)| **m == cluster);
            let size = own().count() as f64;
            if size > 0.0 {
                centre.fill(0.0);
                for (point, _) in own() {
                    centre.iter_mut().zip(point).for_each(|(c, x)| *c += x / size);
                }
            }
        }
    }
    members
}

/// The first centre anywhere, each other one with a probability in proportion to its squared distance from those there.
fn spread_centres(points: &[f64], width: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let every = || points.chunks_exact(width);
    let total = points.len() / width;
    let first = rng.random_range(0..total.max(1));
    let mut centres: Vec<Vec<f64>> = every().skip(first).take(1).map(<[f64]>::to_vec).collect();
    while centres.len() < count {
        let distances: Vec<f64> = every().map(|point| nearest(point, &centres).1).collect();
        let mut left = rng.random::<f64>() * distances.iter().sum::<f64>();
        let chosen = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        match every().nth(chosen.unwrap_or(0)) {
            Some(point) => centres.push(point.to_vec()),
            None => break,
        }
    }
    centres
}

/// The nearest centre and its squared distance.
fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let distance = |centre: &Vec<f64>| point.iter().zip(centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>();
    centres.iter().map(distance).enumerate().fold((0, f64::INFINITY), |best, (place, distance)| {
        if distance < best.1 { (place, distance) } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn three_heaps_are_found_whatever_the_seed() {
        let points: Vec<f64> = (0..90).map(|i| 10.0 * f64::from(i % 3) + 0.01 * f64::from(i / 3)).collect();
        for seed in 0..20 {
            let members = clusters(&points, 1, 3, &mut ChaCha8Rng::seed_from_u64(seed));
            for heap in 0..3 {
                let own: Vec<usize> = members.iter().copied().skip(heap).step_by(3).collect();
                assert!(own.iter().all(|m| *m == own[0]));
            }
            assert!(members[0] != members[1] && members[1] != members[2] && members[0] != members[2]);
        }
    }

    #[test]
    fn moves_of_a_start_are_distributions() {
        assert!(sticky(4, 0.9).rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-15));
    }
}
