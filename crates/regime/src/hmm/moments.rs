//! Sums of a sample and of its squares, each observation weighed by how likely it was each state's.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "arrays of constant length are indexed below that length"
)]

use ndarray::Array2;

use super::emissions::Points;
use super::passes::{Block, LANES, Pair};
use super::scaling::Training;

/// The sums of each state.
pub(super) struct Moments<'a, const K: usize> {
    training: &'a Training,
    /// Whether products of different features are wanted too.
    full: bool,
    points: Points<'a>,
    weights: [Pair; K],
    ones: [Pair; K],
    squares: [Pair; K],
    sums: Array2<f64>,
    products: Vec<Array2<f64>>,
}

/// What they come to.
pub(super) struct Summed {
    /// Expected number of observations of each state.
    pub(super) weights: Vec<f64>,
    /// For each state the sum of each feature.
    pub(super) sums: Array2<f64>,
    /// For each state the sum of each product of features; the squares alone where features are independent.
    pub(super) products: Vec<Array2<f64>>,
}

impl<'a, const K: usize> Moments<'a, K> {
    pub(super) fn of(training: &'a Training, full: bool) -> Self {
        let features = training.features;
        Self {
            training,
            full,
            points: Points::of(&training.rows),
            weights: [[0.0; 2]; K],
            ones: [[0.0; 2]; K],
            squares: [[0.0; 2]; K],
            sums: Array2::zeros((K, features)),
            products: vec![Array2::zeros((features, features)); K],
        }
    }

    /// Adds a block of observations with their probabilities.
    #[inline(always)]
    pub(super) fn add(&mut self, place: usize, probabilities: &Block<K>) {
        if self.training.features == 1 {
            self.add_single(place, probabilities);
        } else {
            self.add_several(place, probabilities);
        }
    }

    #[inline(always)]
    fn add_single(&mut self, place: usize, probabilities: &Block<K>) {
        let points = self.points.block(place);
        for half in 0..LANES / 2 {
            for k in 0..K {
                for side in 0..2 {
                    let lane = 2 * half + side;
                    let (p, x) = (probabilities[k][lane], points[lane]);
                    self.weights[k][side] += p;
                    self.ones[k][side] += p * x;
                    self.squares[k][side] += p * x * x;
                }
            }
        }
    }

    fn add_several(&mut self, place: usize, probabilities: &Block<K>) {
        let features = self.training.features;
        let rows = self.training.rows.chunks_exact(features).skip(place * LANES).take(LANES);
        for (lane, row) in rows.enumerate() {
            let states = self.weights.iter_mut().zip(self.sums.rows_mut()).zip(&mut self.products);
            for (((weight, mut sum), product), p) in states.zip(probabilities) {
                let p = p[lane];
                weight[0] += p;
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += p * x);
                for ((i, x), mut line) in row.iter().enumerate().zip(product.rows_mut()) {
                    let own = line.iter_mut().zip(row).enumerate();
                    own.filter(|(j, _)| self.full || *j == i).for_each(|(_, (sum, y))| *sum += p * x * y);
                }
            }
        }
    }

    pub(super) fn summed(mut self) -> Summed {
        let both = |pair: &Pair| pair[0] + pair[1];
        if self.training.features == 1 {
            self.sums.iter_mut().zip(&self.ones).for_each(|(to, from)| *to = both(from));
            self.products.iter_mut().zip(&self.squares).for_each(|(to, from)| to.fill(both(from)));
        }
        Summed { weights: self.weights.iter().map(both).collect(), sums: self.sums, products: self.products }
    }
}
