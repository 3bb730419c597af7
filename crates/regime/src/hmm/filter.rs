//! What is known of the present state from the past: the only probabilities that a decision may use.

use super::exponential::exponential;
use super::gaussian::FARTHEST;
use super::model::{LEAST, for_states};
use super::{Hmm, MAX_STATES};
use crate::RegimeError;
use crate::log_sum::LogSum;
use ndarray::ArrayView2;

/// Probabilities of the states now, given the observations up to now and none later.
///
/// Made by a [`ForwardFilter`] alone; a [`Smoothed`](super::Smoothed) row, which knows the future, cannot be turned
/// into one:
///
/// ```compile_fail
/// fn decide(probabilities: &autotrading_regime::hmm::Filtered) {}
/// fn cheat(smoothed: &autotrading_regime::hmm::Smoothed) {
///     decide(smoothed);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filtered {
    probabilities: [f64; MAX_STATES],
    states: usize,
}

impl Filtered {
    /// One probability for each state; they sum to one.
    pub fn probabilities(&self) -> &[f64] {
        self.probabilities.get(..self.states).unwrap_or(&self.probabilities)
    }

    /// The likeliest state; the first of equals.
    pub fn most_likely(&self) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for (state, p) in self.probabilities().iter().enumerate() {
            if *p > best.1 {
                best = (state, *p);
            }
        }
        best.0
    }
}

/// The forward recursion, one observation at a time: O(states^2), without allocation.
///
/// ```
/// use autotrading_regime::hmm::{Gaussian, Hmm};
/// use ndarray::array;
///
/// let calm = Gaussian::diagonal(&[0.0], &[1.0])?;
/// let wild = Gaussian::diagonal(&[0.0], &[9.0])?;
/// let model = Hmm::new(&[0.5, 0.5], array![[0.9, 0.1], [0.2, 0.8]].view(), vec![calm, wild])?;
/// let mut filter = model.forward_filter();
/// // Densities at 0 are 1 to 1/3, so after one observation 3/4 speaks for the calm state.
/// assert!((filter.observe(&[0.0])?.probabilities()[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ForwardFilter {
    model: Hmm,
    transition: [[f64; MAX_STATES]; MAX_STATES],
    /// Each law of a single feature, laid out flat.
    laws: [(f64, f64, f64); MAX_STATES],
    now: Filtered,
    started: bool,
    peaks: f64,
    sums: LogSum,
}

impl ForwardFilter {
    pub(super) fn new(model: &Hmm) -> Self {
        let mut laws = [(0.0, 0.0, 0.0); MAX_STATES];
        laws.iter_mut().zip(model.emissions()).for_each(|(slot, law)| *slot = law.first());
        let now = Filtered { probabilities: model.initial_array(), states: model.states() };
        Self {
            model: model.clone(),
            transition: model.transition_array(),
            laws,
            now,
            started: false,
            peaks: 0.0,
            sums: LogSum::EMPTY,
        }
    }

    /// The model.
    pub const fn model(&self) -> &Hmm {
        &self.model
    }

    /// Log-likelihood of everything observed.
    pub fn log_likelihood(&self) -> f64 {
        self.peaks + self.sums.value()
    }

    /// What was said last; the initial probabilities before anything was observed.
    pub const fn now(&self) -> Filtered {
        self.now
    }

    /// Takes the next observation and says how likely each state is now.
    ///
    /// An observation that no reachable state explains any better than another leaves the prediction as it is.
    ///
    /// # Errors
    /// Another number of features than the model has; one that is not finite. The filter stays as it was.
    #[inline]
    pub fn observe(&mut self, features: &[f64]) -> Result<Filtered, RegimeError> {
        if features.len() != self.model.features() {
            return Err(RegimeError::Features { got: features.len(), required: self.model.features() });
        }
        crate::garch::check_finite("features", features)?;
        let densities = self.densities(features);
        for_states!(self.now.states, advance(self, &densities));
        Ok(self.now)
    }

    /// The log density of an observation under each state.
    #[inline(always)]
    fn densities(&self, features: &[f64]) -> [f64; MAX_STATES] {
        match features {
            [x] => self.laws.map(|(mean, inverse, constant)| {
                let z = (x - mean) * inverse;
                constant - 0.5 * (z * z).min(FARTHEST)
            }),
            _ => {
                let mut densities = [f64::NEG_INFINITY; MAX_STATES];
                let laws = densities.iter_mut().zip(self.model.emissions());
                laws.for_each(|(slot, law)| *slot = law.ln_density(features));
                densities
            }
        }
    }
}

/// Moves on to the next observation, with the number of states known to the compiler.
#[inline(always)]
#[allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "arrays of constant length are indexed below that length"
)]
fn advance<const K: usize>(filter: &mut ForwardFilter, densities: &[f64; MAX_STATES]) {
    let now = filter.now.probabilities;
    let mut weights = now;
    if filter.started {
        for j in 0..K {
            weights[j] = now[0] * filter.transition[0][j];
            for i in 1..K {
                weights[j] += now[i] * filter.transition[i][j];
            }
        }
    }
    let peak = densities[1..K].iter().fold(densities[0], |most, x| if *x > most { *x } else { most });
    let mut relative = [0.0; K];
    for k in 0..K {
        let below = densities[k] - peak;
        relative[k] = exponential(if below > LEAST { below } else { LEAST });
    }
    let mut sum = 0.0;
    for k in 0..K {
        weights[k] *= relative[k];
        sum += weights[k];
    }
    let inverse = 1.0 / sum;
    for weight in &mut weights[..K] {
        *weight *= inverse;
    }
    filter.now.probabilities = weights;
    filter.started = true;
    filter.peaks += peak;
    filter.sums.add(sum);
}

impl Hmm {
    /// Filtered probabilities at each of a series of observations, one row each.
    ///
    /// # Errors
    /// No observation; another number of features; one that is not finite.
    pub fn filtered(&self, observations: ArrayView2<'_, f64>) -> Result<Vec<Filtered>, RegimeError> {
        let rows = self.rows(observations)?;
        let mut filter = self.forward_filter();
        rows.chunks_exact(self.features().max(1)).map(|row| filter.observe(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::Gaussian;
    use ndarray::array;
    use proptest::prelude::*;

    fn model() -> Hmm {
        let laws = [(0.1, 0.5), (-0.2, 4.0), (0.0, 1.0)];
        let laws = laws.map(|(mean, variance)| Gaussian::diagonal(&[mean], &[variance]).unwrap());
        let moves = array![[0.9, 0.1, 0.0], [0.05, 0.9, 0.05], [0.2, 0.0, 0.8]];
        Hmm::new(&[1.0, 0.0, 0.0], moves.view(), laws.to_vec()).unwrap()
    }

    #[test]
    fn an_absurd_observation_leaves_a_distribution() {
        let mut filter = model().forward_filter();
        for x in [0.1, 1e200, -1e308, 0.0, 1e9] {
            let now = filter.observe(&[x]).unwrap();
            assert!((now.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-12, "{now:?}");
        }
        assert!(filter.log_likelihood().is_finite());
    }

    #[test]
    fn a_bad_observation_changes_nothing() {
        let mut filter = model().forward_filter();
        filter.observe(&[0.3]).unwrap();
        let before = filter.clone();
        assert!(filter.observe(&[f64::NAN]).is_err());
        assert!(filter.observe(&[0.1, 0.2]).is_err());
        assert_eq!(filter, before);
    }

    proptest! {
        #[test]
        fn filtered_probabilities_are_a_distribution_and_do_not_know_the_future(
            xs in prop::collection::vec(-6.0_f64..6.0, 30), other in prop::collection::vec(-50.0_f64..50.0, 15),
        ) {
            let mut changed = xs.clone();
            changed[15..].copy_from_slice(&other);
            let said = |xs: &[f64]| {
                let column = ndarray::Array2::from_shape_vec((xs.len(), 1), xs.to_vec()).unwrap();
                model().filtered(column.view()).unwrap()
            };
            let (before, after) = (said(&xs), said(&changed));
            prop_assert_eq!(&before[..15], &after[..15]);
            for now in before {
                prop_assert!((now.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-12);
                prop_assert!(now.probabilities().iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }
}
