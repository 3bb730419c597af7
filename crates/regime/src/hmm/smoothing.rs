//! What is known of each past state in hindsight. For research; no decision may use it.

use ndarray::{Array2, ArrayView2};

use super::Hmm;
use super::model::for_states;
use super::passes::{Block, LANES, Trace, backward};
use crate::RegimeError;

/// Probabilities of the states at each time, given the whole series: they know the future.
///
/// On twenty years of the S&P 500, being invested while the calm state is likeliest has an annualised Sharpe ratio of
/// 1.67 by these and of 0.26 by [`Filtered`](super::Filtered) ones. The difference is not an opportunity.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed(Array2<f64>);

impl Smoothed {
    /// One row for each time, one column for each state; rows sum to one.
    pub fn in_hindsight(&self) -> ArrayView2<'_, f64> {
        self.0.view()
    }
}

impl Hmm {
    /// Smoothed probabilities, for research only.
    ///
    /// # Errors
    /// No observation; another number of features; one that is not finite.
    pub fn smoothed(&self, observations: ArrayView2<'_, f64>) -> Result<Smoothed, RegimeError> {
        let rows = self.rows(observations)?;
        Ok(Smoothed(for_states!(self.states(), smoothed(self, &rows))))
    }

    /// Log-likelihood of a series of observations, one row each.
    ///
    /// # Errors
    /// No observation; another number of features; one that is not finite.
    pub fn log_likelihood(&self, observations: ArrayView2<'_, f64>) -> Result<f64, RegimeError> {
        let rows = self.rows(observations)?;
        Ok(for_states!(self.states(), log_likelihood(self, &rows)))
    }
}

fn smoothed<const K: usize>(model: &Hmm, rows: &[f64]) -> Array2<f64> {
    let mut trace = Trace::default();
    model.forward::<K>(rows, &mut trace);
    let mut table = Array2::zeros((rows.len() / model.features().max(1), K));
    backward(table.nrows(), &model.transition_array(), &trace, |place, block: &Block<K>| {
        let times = table.rows_mut().into_iter().skip(place * LANES).take(LANES);
        for (lane, mut time) in times.enumerate() {
            time.iter_mut()
                .zip(block)
                .for_each(|(slot, state)| *slot = state.get(lane).copied().unwrap_or(0.0));
        }
    });
    table
}

fn log_likelihood<const K: usize>(model: &Hmm, rows: &[f64]) -> f64 {
    model.forward::<K>(rows, &mut Trace::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::Gaussian;
    use proptest::prelude::*;

    fn shares(weights: &[f64]) -> Vec<f64> {
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    fn model(states: usize, features: usize, drawn: &[f64]) -> Hmm {
        let drawn = |place: usize| drawn[place % drawn.len()];
        let law = |state: usize| {
            let mean: Vec<f64> = (0..features).map(|j| 3.0 * drawn(7 * state + j) - 1.5).collect();
            let variances: Vec<f64> = (0..features).map(|j| 0.1 + drawn(5 * state + j + 40)).collect();
            Gaussian::diagonal(&mean, &variances).unwrap()
        };
        let row = |i: usize| shares(&(0..states).map(|j| 0.01 + drawn(11 * i + j + 3)).collect::<Vec<f64>>());
        let moves = Array2::from_shape_vec((states, states), (0..states).flat_map(row).collect()).unwrap();
        let initial = shares(&(0..states).map(drawn).collect::<Vec<f64>>());
        Hmm::new(&initial, moves.view(), (0..states).map(law).collect()).unwrap()
    }

    /// Forward and back one point at a time, with a logarithm and a division at each.
    fn slow(model: &Hmm, rows: &Array2<f64>) -> (Array2<f64>, f64) {
        let states = model.states();
        let density =
            |time: usize, k: usize| model.emissions()[k].ln_density(rows.row(time).as_slice().unwrap()).exp();
        let mut table = Array2::zeros((rows.nrows(), states));
        let (mut predicted, mut ln_likelihood) = (model.initial().to_vec(), 0.0);
        for time in 0..rows.nrows() {
            let joint: Vec<f64> = (0..states).map(|k| predicted[k] * density(time, k)).collect();
            ln_likelihood += joint.iter().sum::<f64>().ln();
            let now = shares(&joint);
            predicted =
                (0..states).map(|j| (0..states).map(|i| now[i] * model.transition()[[i, j]]).sum()).collect();
            (0..states).for_each(|k| table[[time, k]] = now[k]);
        }
        let mut future = vec![1.0; states];
        for time in (0..rows.nrows()).rev() {
            let both: Vec<f64> = (0..states).map(|k| table[[time, k]] * future[k]).collect();
            let arriving: Vec<f64> = (0..states).map(|k| density(time, k) * future[k]).collect();
            shares(&both).into_iter().enumerate().for_each(|(k, p)| table[[time, k]] = p);
            let leaving = |i: usize| (0..states).map(|j| model.transition()[[i, j]] * arriving[j]).sum();
            future = shares(&(0..states).map(leaving).collect::<Vec<f64>>());
        }
        (table, ln_likelihood)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn passes_in_blocks_are_those_point_by_point_whatever_the_length(
            states in 2_usize..=6, features in 1_usize..=2, length in 1_usize..40,
            drawn in prop::collection::vec(0.0_f64..1.0, 97), xs in prop::collection::vec(-4.0_f64..4.0, 80),
        ) {
            let model = model(states, features, &drawn);
            let rows = Array2::from_shape_fn((length, features), |(t, j)| xs[2 * t + j]);
            let (table, ln_likelihood) = slow(&model, &rows);
            prop_assert!((model.log_likelihood(rows.view()).unwrap() - ln_likelihood).abs() < 1e-11 * (1.0 + ln_likelihood.abs()));
            let smoothed = model.smoothed(rows.view()).unwrap();
            for (got, want) in smoothed.in_hindsight().iter().zip(&table) {
                prop_assert!((got - want).abs() < 1e-12, "{got} {want}");
            }
        }
    }
}
