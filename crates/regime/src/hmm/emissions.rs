//! The log densities of a sample under each state, block after block.
#![allow(clippy::indexing_slicing, reason = "arrays of constant length are indexed below that length")]

use super::gaussian::FARTHEST;
use super::passes::{Block, LANES, Lanes, LogDensities, Trace, forward};
use super::{Gaussian, Hmm};

impl Hmm {
    /// Goes forward over rows and gives their log-likelihood.
    pub(super) fn forward<const K: usize>(&self, rows: &[f64], trace: &mut Trace) -> f64 {
        let (initial, transition) = (self.initial_array(), self.transition_array());
        if self.features() == 1 {
            forward(&initial, &transition, &Single::<K>::of(self, rows), trace)
        } else {
            forward::<K>(&initial, &transition, &Several::of(self, rows), trace)
        }
    }
}

/// A sample of one feature, and what each law needs, laid out flat.
pub(super) struct Single<'a, const K: usize> {
    laws: [(f64, f64, f64); K],
    points: Points<'a>,
}

/// A sample of several features.
pub(super) struct Several<'a> {
    laws: &'a [Gaussian],
    rows: &'a [f64],
    features: usize,
}

/// A series in blocks, the last one filled up with zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points<'a> {
    whole: &'a [Lanes],
    rest: &'a [f64],
}

impl<'a> Points<'a> {
    pub(super) fn of(series: &'a [f64]) -> Self {
        let (whole, rest) = series.as_chunks();
        Self { whole, rest }
    }

    #[inline(always)]
    pub(super) fn block(&self, place: usize) -> Lanes {
        self.whole.get(place).copied().unwrap_or_else(|| {
            let mut last = [0.0; LANES];
            last.iter_mut().zip(self.rest).for_each(|(to, from)| *to = *from);
            last
        })
    }
}

impl<'a, const K: usize> Single<'a, K> {
    pub(super) fn of(model: &Hmm, series: &'a [f64]) -> Self {
        let mut laws = [(0.0, 0.0, 0.0); K];
        laws.iter_mut().zip(model.emissions()).for_each(|(slot, law)| *slot = law.first());
        Self { laws, points: Points::of(series) }
    }
}

impl<const K: usize> LogDensities<K> for Single<'_, K> {
    fn points(&self) -> usize {
        self.points.whole.len() * LANES + self.points.rest.len()
    }

    #[inline(always)]
    fn write(&self, place: usize, block: &mut Block<K>) {
        let points = self.points.block(place);
        for (row, (mean, inverse, constant)) in block.iter_mut().zip(&self.laws) {
            for (slot, x) in row.iter_mut().zip(&points) {
                let z = (x - mean) * inverse;
                let distance = z * z;
                // A distance beyond all numbers is as far as any number tells.
                *slot = constant - 0.5 * if distance < FARTHEST { distance } else { FARTHEST };
            }
        }
    }
}

impl<'a> Several<'a> {
    pub(super) fn of(model: &'a Hmm, rows: &'a [f64]) -> Self {
        Self { laws: model.emissions(), rows, features: model.features().max(1) }
    }
}

impl<const K: usize> LogDensities<K> for Several<'_> {
    fn points(&self) -> usize {
        self.rows.len() / self.features
    }

    fn write(&self, place: usize, block: &mut Block<K>) {
        let rows = self.rows.chunks_exact(self.features).skip(place * LANES).take(LANES);
        for (lane, row) in rows.enumerate() {
            for (densities, law) in block.iter_mut().zip(self.laws) {
                densities[lane] = law.ln_density(row);
            }
        }
    }
}
