//! A hidden Markov model: where it starts, how it moves, what each state emits.

use ndarray::{Array2, ArrayView2};

use super::{ForwardFilter, Gaussian};
use crate::RegimeError;

/// The most states that a model may have.
pub const MAX_STATES: usize = 6;

/// A hidden Markov model of two to six states with Gaussian emissions.
#[derive(Clone, Debug, PartialEq)]
pub struct Hmm {
    initial: Vec<f64>,
    transition: Array2<f64>,
    emissions: Vec<Gaussian>,
}

/// How far the sum of a distribution may lie from one.
const ROUNDING: f64 = 1e-9;

impl Hmm {
    /// A model from its parts: `initial[i]` is the probability of starting in state `i`, `transition[[i, j]]` that of
    /// going from `i` to `j` in one step.
    ///
    /// # Errors
    /// Fewer than 2 or more than 6 states; shapes that differ; a row of probabilities that is no distribution.
    pub fn new(
        initial: &[f64],
        transition: ArrayView2<'_, f64>,
        emissions: Vec<Gaussian>,
    ) -> Result<Self, RegimeError> {
        let states = emissions.len();
        check_states(states)?;
        if initial.len() != states || transition.dim() != (states, states) {
            let allowed = "one for each state";
            return Err(RegimeError::Parameter { name: "probabilities", got: initial.len() as f64, allowed });
        }
        let features = emissions.first().map_or(0, Gaussian::features);
        if let Some(odd) = emissions.iter().find(|law| law.features() != features) {
            return Err(RegimeError::Features { got: odd.features(), required: features });
        }
        check_distribution(initial.iter().copied())?;
        for row in transition.rows() {
            check_distribution(row.iter().copied())?;
        }
        Ok(Self { initial: initial.to_vec(), transition: transition.to_owned(), emissions })
    }

    /// How many states there are, 2 to 6.
    pub fn states(&self) -> usize {
        self.emissions.len()
    }

    /// How many features each observation has.
    pub fn features(&self) -> usize {
        self.emissions.first().map_or(0, Gaussian::features)
    }

    /// Probabilities of the first state.
    pub fn initial(&self) -> &[f64] {
        &self.initial
    }

    /// Probabilities of the next state, one row for each present one.
    pub fn transition(&self) -> ArrayView2<'_, f64> {
        self.transition.view()
    }

    /// What each state emits.
    pub fn emissions(&self) -> &[Gaussian] {
        &self.emissions
    }

    /// A filter that has seen nothing, to be shown observations one by one.
    pub fn forward_filter(&self) -> ForwardFilter {
        ForwardFilter::new(self)
    }

    /// Free parameters: initial and transition probabilities, means, variances (and covariances).
    pub fn parameter_count(&self) -> usize {
        let (k, d) = (self.states(), self.features());
        let full = self.emissions.iter().any(|law| !law.is_diagonal());
        let spread = if full { d * (d + 1) / 2 } else { d };
        k - 1 + k * (k - 1) + k * (d + spread)
    }

    /// The same model with its states in another order: state `i` is the former `order[i]`.
    ///
    /// # Errors
    /// Not an order of all states.
    pub fn reordered(&self, order: &[usize]) -> Result<Self, RegimeError> {
        let states = self.states();
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if sorted != (0..states).collect::<Vec<usize>>() {
            let allowed = "each state once";
            return Err(RegimeError::Parameter { name: "order", got: order.len() as f64, allowed });
        }
        let initial: Vec<f64> = order.iter().filter_map(|i| self.initial.get(*i).copied()).collect();
        let emissions: Vec<Gaussian> = order.iter().filter_map(|i| self.emissions.get(*i).cloned()).collect();
        let transition = self.transition.select(ndarray::Axis(0), order).select(ndarray::Axis(1), order);
        Self::new(&initial, transition.view(), emissions)
    }

    /// Checks observations, one row each, and lays them out row after row.
    pub(super) fn rows(&self, observations: ArrayView2<'_, f64>) -> Result<Vec<f64>, RegimeError> {
        if observations.ncols() != self.features() {
            return Err(RegimeError::Features { got: observations.ncols(), required: self.features() });
        }
        rows(observations, 1)
    }

    pub(super) fn transition_array<const K: usize>(&self) -> [[f64; K]; K] {
        let mut array = [[0.0; K]; K];
        for (to, from) in array.iter_mut().zip(self.transition.rows()) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        array
    }

    pub(super) fn initial_array<const K: usize>(&self) -> [f64; K] {
        let mut array = [0.0; K];
        array.iter_mut().zip(&self.initial).for_each(|(to, from)| *to = *from);
        array
    }
}

/// Log densities this far below the highest are as low as any.
pub(super) const LEAST: f64 = -500.0;

pub(super) fn check_states(states: usize) -> Result<(), RegimeError> {
    if (2..=MAX_STATES).contains(&states) {
        Ok(())
    } else {
        Err(RegimeError::Parameter { name: "states", got: states as f64, allowed: "2 to 6" })
    }
}

/// Observations row after row.
pub(super) fn rows(observations: ArrayView2<'_, f64>, required: usize) -> Result<Vec<f64>, RegimeError> {
    let got = observations.nrows();
    if got < required {
        return Err(RegimeError::TooFew { what: "observations", got, required });
    }
    let rows: Vec<f64> = observations.rows().into_iter().flatten().copied().collect();
    crate::garch::check_finite("observations", &rows)?;
    Ok(rows)
}

fn check_distribution(probabilities: impl Iterator<Item = f64>) -> Result<(), RegimeError> {
    let mut sum = 0.0;
    for got in probabilities {
        if !(0.0..=1.0 + ROUNDING).contains(&got) {
            return Err(RegimeError::Parameter { name: "probability", got, allowed: "0 to 1" });
        }
        sum += got;
    }
    if (sum - 1.0).abs() > ROUNDING {
        return Err(RegimeError::Parameter { name: "sum of probabilities", got: sum, allowed: "1" });
    }
    Ok(())
}

/// Calls a function that is generic in the number of states with that number as a constant, so that its loops are
/// unrolled.
macro_rules! for_states {
    ($states:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $states {
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            _ => $function::<6>($($argument),*),
        }
    };
}
pub(super) use for_states;

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn laws() -> Vec<Gaussian> {
        vec![Gaussian::diagonal(&[0.0], &[1.0]).unwrap(), Gaussian::diagonal(&[1.0], &[2.0]).unwrap()]
    }

    #[test]
    fn rows_must_be_distributions() {
        assert!(Hmm::new(&[0.5, 0.5], array![[0.9, 0.1], [0.2, 0.8]].view(), laws()).is_ok());
        assert!(Hmm::new(&[0.5, 0.6], array![[0.9, 0.1], [0.2, 0.8]].view(), laws()).is_err());
        assert!(Hmm::new(&[0.5, 0.5], array![[1.1, -0.1], [0.2, 0.8]].view(), laws()).is_err());
        assert!(Hmm::new(&[0.5, 0.5], array![[0.9, f64::NAN], [0.2, 0.8]].view(), laws()).is_err());
    }

    #[test]
    fn one_state_is_no_regime_model() {
        let one = vec![Gaussian::diagonal(&[0.0], &[1.0]).unwrap()];
        assert!(Hmm::new(&[1.0], array![[1.0]].view(), one).is_err());
    }

    #[test]
    fn parameters_are_counted_without_those_that_follow() {
        let model = Hmm::new(&[0.5, 0.5], array![[0.9, 0.1], [0.2, 0.8]].view(), laws()).unwrap();
        assert_eq!(model.parameter_count(), 1 + 2 + 4);
    }

    #[test]
    fn reordering_twice_gives_the_model_back() {
        let model = Hmm::new(&[0.3, 0.7], array![[0.9, 0.1], [0.2, 0.8]].view(), laws()).unwrap();
        let turned = model.reordered(&[1, 0]).unwrap();
        assert_eq!(turned.transition(), array![[0.8, 0.2], [0.1, 0.9]]);
        assert_eq!(turned.reordered(&[1, 0]).unwrap(), model);
        assert!(model.reordered(&[0, 0]).is_err());
    }
}
