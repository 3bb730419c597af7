//! Features brought to mean zero and variance one by the training sample, and the way back.

use ndarray::ArrayView2;

use super::model::rows;
use super::{Gaussian, Hmm};
use crate::RegimeError;

/// A training sample, standardised by its own mean and deviation, row after row.
#[derive(Clone, Debug)]
pub(super) struct Training {
    pub(super) rows: Vec<f64>,
    pub(super) features: usize,
    pub(super) centre: Vec<f64>,
    pub(super) scale: Vec<f64>,
}

impl Training {
    /// Errors: too few rows, one that is not finite, a feature that does not vary.
    pub(super) fn of(observations: ArrayView2<'_, f64>, required: usize) -> Result<Self, RegimeError> {
        let mut rows = rows(observations, required)?;
        let features = observations.ncols();
        if features == 0 {
            return Err(RegimeError::Features { got: 0, required: 1 });
        }
        let (mut centre, mut scale) = (Vec::new(), Vec::new());
        for (column, values) in observations.columns().into_iter().enumerate() {
            let count = values.len() as f64;
            let mean = values.iter().map(|x| x / count).sum::<f64>();
            let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            // Taken of shares of the largest, squares can neither over- nor underflow.
            let square = |x: &f64| ((x - mean) / largest.max(f64::MIN_POSITIVE)).powi(2) / count;
            let deviation = values.iter().map(square).sum::<f64>().sqrt() * largest;
            if deviation <= 8.0 * f64::EPSILON * largest || !deviation.is_normal() {
                return Err(RegimeError::Constant { what: "observations", column });
            }
            centre.push(mean);
            scale.push(deviation);
        }
        for row in rows.chunks_exact_mut(features) {
            for ((x, c), s) in row.iter_mut().zip(&centre).zip(&scale) {
                *x = (*x - c) / s;
            }
        }
        Ok(Self { rows, features, centre, scale })
    }

    /// How many observations there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.features
    }

    /// A model of the original features, as one of the standardised.
    pub(super) fn standardised(&self, model: &Hmm) -> Result<Hmm, RegimeError> {
        let inverse: Vec<f64> = self.scale.iter().map(|s| 1.0 / s).collect();
        let centre: Vec<f64> = self.centre.iter().zip(&self.scale).map(|(c, s)| -c / s).collect();
        rescaled(model, &centre, &inverse)
    }

    /// A model of the standardised features, as one of the original.
    pub(super) fn in_units(&self, model: &Hmm) -> Result<Hmm, RegimeError> {
        rescaled(model, &self.centre, &self.scale)
    }

    /// What the change of units adds to a log-likelihood of the standardised features.
    pub(super) fn ln_jacobian(&self) -> f64 {
        -(self.len() as f64) * self.scale.iter().map(|s| s.ln()).sum::<f64>()
    }
}

fn rescaled(model: &Hmm, centre: &[f64], scale: &[f64]) -> Result<Hmm, RegimeError> {
    let laws: Result<Vec<Gaussian>, RegimeError> =
        model.emissions().iter().map(|law| law.rescaled(centre, scale)).collect();
    Hmm::new(model.initial(), model.transition(), laws?)
}
