//! What is known of each past state in hindsight. For research; no decision may use it.

use ndarray::{Array2, ArrayView2};

use super::Hmm;
use super::model::for_states;
use super::passes::{backward, forward};
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
    let (densities, _) = model.densities::<K>(rows);
    let transition = model.transition_array();
    let (mut probabilities, _) = forward(&model.initial_array(), &transition, &densities);
    backward(&transition, &densities, &mut probabilities);
    let mut table = Array2::zeros((probabilities.len(), K));
    table.iter_mut().zip(probabilities.iter().flatten()).for_each(|(to, from)| *to = *from);
    table
}

fn log_likelihood<const K: usize>(model: &Hmm, rows: &[f64]) -> f64 {
    let (densities, peaks) = model.densities::<K>(rows);
    peaks + forward(&model.initial_array(), &model.transition_array(), &densities).1
}
