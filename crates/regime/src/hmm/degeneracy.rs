//! Why a fitted model cannot be trusted though nothing near it is likelier.

use std::fmt;

use super::{Gaussian, Hmm};

/// What is wrong with a model that Baum-Welch has come to rest at: mostly, that it has more states than the data support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HmmDegeneracy {
    /// A state explains hardly more observations than it has parameters.
    Starved {
        /// Which state.
        state: usize,
    },
    /// A state has shrunk to the least variance allowed: it stands for a point, not for a regime.
    AtFloor {
        /// Which state.
        state: usize,
    },
    /// The data do not tell two states apart: no mean, variance or correlation differs by a standard error.
    Alike {
        /// Which state.
        state: usize,
        /// And which other.
        other: usize,
    },
}

impl fmt::Display for HmmDegeneracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starved { state } => write!(f, "state {state} explains hardly any observation"),
            Self::AtFloor { state } => write!(f, "state {state} has shrunk to a point"),
            Self::Alike { state, other } => write!(f, "states {state} and {other} cannot be told apart"),
        }
    }
}

impl HmmDegeneracy {
    /// The first thing that is wrong with a model whose states explain `weights` observations each, and of which some were
    /// held up by the variance floor.
    pub(super) fn of(model: &Hmm, weights: &[f64], floored: &[bool]) -> Option<Self> {
        let needed = 2.0 * (model.features() as f64 + 1.0);
        if let Some(state) = weights.iter().position(|weight| *weight < needed) {
            return Some(Self::Starved { state });
        }
        if let Some(state) = floored.iter().position(|floored| *floored) {
            return Some(Self::AtFloor { state });
        }
        let laws: Vec<(&Gaussian, f64)> = model.emissions().iter().zip(weights.iter().copied()).collect();
        laws.iter().enumerate().find_map(|(state, own)| {
            let later = laws.iter().enumerate().skip(state + 1);
            later.filter(|(_, law)| alike(*own, **law)).map(|(other, _)| Self::Alike { state, other }).next()
        })
    }

    /// The same of states that have other places now.
    pub(super) fn renumbered(self, place: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Starved { state } => Self::Starved { state: place(state) },
            Self::AtFloor { state } => Self::AtFloor { state: place(state) },
            Self::Alike { state, other } => {
                let (one, other) = (place(state), place(other));
                Self::Alike { state: one.min(other), other: one.max(other) }
            }
        }
    }
}

/// Whether two laws, each known from so many observations, differ in nothing by a standard error: that of a mean is
/// `sqrt(v / n)`, that of the logarithm of a variance `sqrt(2 / n)`, that of a correlation at most `sqrt(1 / n)`.
fn alike((one, n): (&Gaussian, f64), (other, m): (&Gaussian, f64)) -> bool {
    let few = 1.0 / n + 1.0 / m;
    let features = one.features();
    let mean = |law: &Gaussian, feature: usize| law.mean().get(feature).copied().unwrap_or(0.0);
    let same_feature = |feature: usize| {
        let (v, w) = (one.variance(feature), other.variance(feature));
        let apart = mean(one, feature) - mean(other, feature);
        apart * apart <= v / n + w / m && (v / w).ln().powi(2) <= 2.0 * few
    };
    let correlation = |law: &Gaussian, i: usize, j: usize| {
        let product = law.covariance().get([i, j]).copied().unwrap_or(0.0);
        product / (law.variance(i) * law.variance(j)).sqrt()
    };
    let same_pair = |i: usize, j: usize| (correlation(one, i, j) - correlation(other, i, j)).powi(2) <= few;
    let independent = one.is_diagonal() && other.is_diagonal();
    (0..features).all(same_feature) && (independent || (0..features).all(|i| (0..i).all(|j| same_pair(i, j))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::start::sticky;
    use ndarray::array;

    fn model(laws: Vec<Gaussian>) -> Hmm {
        let states = laws.len();
        Hmm::new(&vec![1.0 / states as f64; states], sticky(states, 0.9).view(), laws).unwrap()
    }

    fn found(laws: Vec<Gaussian>, weights: &[f64]) -> Option<HmmDegeneracy> {
        HmmDegeneracy::of(&model(laws), weights, &vec![false; weights.len()])
    }

    #[test]
    fn states_that_no_number_of_them_tells_apart_are_alike() {
        let law = |mean: f64, variance: f64| Gaussian::diagonal(&[mean], &[variance]).unwrap();
        let weights = [100.0, 100.0, 100.0];
        // Standard errors: 0.14 of the means, 0.2 of the logarithms of the variances.
        let near = vec![law(0.0, 1.0), law(3.0, 1.0), law(0.1, 1.1)];
        assert_eq!(found(near.clone(), &weights), Some(HmmDegeneracy::Alike { state: 0, other: 2 }));
        assert_eq!(found(near, &[1e4; 3]), None, "more observations tell them apart");
        assert_eq!(found(vec![law(0.0, 1.0), law(3.0, 1.0), law(0.2, 1.0)], &weights), None);
        assert_eq!(found(vec![law(0.0, 1.0), law(0.0, 1.5), law(0.0, 4.0)], &weights), None);
    }

    #[test]
    fn states_that_differ_in_correlation_alone_are_not_alike() {
        let law = |c: f64| Gaussian::full(&[0.0, 0.0], array![[1.0, c], [c, 1.0]].view()).unwrap();
        assert_eq!(found(vec![law(0.5), law(-0.5)], &[50.0; 2]), None);
        let alike = Some(HmmDegeneracy::Alike { state: 0, other: 1 });
        assert_eq!(found(vec![law(0.5), law(0.4)], &[50.0; 2]), alike);
        // Whatever their order is afterwards, the smaller number is told first.
        assert_eq!(alike.map(|reason| reason.renumbered(|state| 1 - state)), alike);
    }
}
