//! How sure the parameters are.

use autotrading_statistics::Cholesky;
use ndarray::{Array1, Array2};

use super::fit::Standardised;
use super::parameters::{ALPHA, BETA, GAMMA, GarchParameters, LAMBDA, MEAN, NU, OMEGA};
use super::{Dynamics, VolatilityModel, likelihood};
use crate::RegimeError;

/// Which estimate of the parameters' covariance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ErrorCovariance {
    /// Inverse of the negative Hessian: right if the model is.
    Hessian,
    /// Inverse of the sum of the outer products of the scores: the same in large samples if the model is right.
    OuterProduct,
    /// Both, as a sandwich: right also where only mean and variance are.
    /// Source: Bollerslev and Wooldridge (1992), Econometric Reviews 11, 143-172.
    #[default]
    Robust,
}

/// One standard error for each parameter; `None` for those that the model does not have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandardErrors {
    /// Of the mean.
    pub mean: f64,
    /// Of `omega`.
    pub omega: f64,
    /// Of `alpha`.
    pub alpha: f64,
    /// Of `gamma`.
    pub gamma: Option<f64>,
    /// Of `beta`.
    pub beta: f64,
    /// Of the degrees of freedom.
    pub nu: Option<f64>,
    /// Of the skewness.
    pub lambda: Option<f64>,
}

/// Standard errors of parameters given in the units of the original returns.
pub(super) fn standard_errors(
    model: VolatilityModel,
    parameters: &GarchParameters,
    sample: &Standardised,
    covariance: ErrorCovariance,
) -> Result<StandardErrors, RegimeError> {
    let (centre, scale) = (sample.centre, sample.scale);
    let here = parameters.rescaled(model.dynamics, -centre / scale, 1.0 / scale);
    let places: Vec<usize> = model.estimated().collect();
    let information = || information(model, &here, sample, &places);
    let products = || products(model, &here, sample, &places);
    let covariance = match covariance {
        ErrorCovariance::Hessian => inverse(&information()?)?,
        ErrorCovariance::OuterProduct => inverse(&products()?)?,
        ErrorCovariance::Robust => {
            let bread = inverse(&information()?)?;
            bread.dot(&products()?).dot(&bread)
        }
    };
    let back = back_to_units(model.dynamics, scale, &places);
    let covariance = back.dot(&covariance).dot(&back.t());
    let of = |place: usize| {
        let row = places.iter().position(|p| *p == place)?;
        covariance.get([row, row]).map(|v| v.max(0.0).sqrt())
    };
    let needed = |place: usize| {
        of(place).filter(|x| x.is_finite()).ok_or(RegimeError::Overflow { what: "a standard error" })
    };
    let [mean, omega, alpha, beta] = [needed(MEAN)?, needed(OMEGA)?, needed(ALPHA)?, needed(BETA)?];
    Ok(StandardErrors { mean, omega, alpha, gamma: of(GAMMA), beta, nu: of(NU), lambda: of(LAMBDA) })
}

/// The negative Hessian, from central differences of the analytic slopes.
fn information(
    model: VolatilityModel,
    here: &GarchParameters,
    sample: &Standardised,
    places: &[usize],
) -> Result<Array2<f64>, RegimeError> {
    let count = places.len();
    let mut matrix = Array2::zeros((count, count));
    for (column, &place) in places.iter().enumerate() {
        let slopes = |step: f64| {
            let mut moved = here.to_array();
            if let Some(slot) = moved.get_mut(place) {
                *slot += step;
            }
            let moved = GarchParameters::from_array(moved);
            likelihood::total(model, &moved, &sample.returns, sample.backcast).map(|found| found.slopes)
        };
        let step = step_of(here, place);
        let (up, down) = (slopes(step)?, slopes(-step)?);
        for (row, &other) in places.iter().enumerate() {
            if let (Some(slot), Some(up), Some(down)) =
                (matrix.get_mut([row, column]), up.get(other), down.get(other))
            {
                *slot = (down - up) / (2.0 * step);
            }
        }
    }
    Ok(symmetric(&matrix))
}

/// A step small beside the parameter, and beside its distance from where the model ends.
fn step_of(here: &GarchParameters, place: usize) -> f64 {
    let value = here.to_array().get(place).copied().unwrap_or(0.0);
    let room = match place {
        NU => value - 2.0,
        LAMBDA => 1.0 - value.abs(),
        OMEGA => value.abs(),
        _ => value.abs().max(0.01),
    };
    1e-4 * room.max(1e-12)
}

/// The sum of the outer products of the scores.
fn products(
    model: VolatilityModel,
    here: &GarchParameters,
    sample: &Standardised,
    places: &[usize],
) -> Result<Array2<f64>, RegimeError> {
    let scores = likelihood::scores(model, here, &sample.returns, sample.backcast)?;
    let mut matrix = Array2::zeros((places.len(), places.len()));
    for score in scores {
        let own: Array1<f64> = places.iter().map(|place| score.get(*place).copied().unwrap_or(0.0)).collect();
        for (mut row, left) in matrix.rows_mut().into_iter().zip(&own) {
            row.scaled_add(*left, &own);
        }
    }
    Ok(symmetric(&matrix))
}

/// From standardised returns back: the mean grows with the scale, `omega` with its square, EGARCH's `omega` moves with
/// `beta`.
fn back_to_units(dynamics: Dynamics, scale: f64, places: &[usize]) -> Array2<f64> {
    let mut matrix = Array2::eye(places.len());
    for (row, place) in places.iter().enumerate() {
        for (column, other) in places.iter().enumerate() {
            let entry = match (dynamics, *place, *other) {
                (_, MEAN, MEAN) => scale,
                (Dynamics::Garch | Dynamics::Gjr, OMEGA, OMEGA) => scale * scale,
                (Dynamics::Egarch, OMEGA, BETA) => -2.0 * scale.ln(),
                _ => continue,
            };
            if let Some(slot) = matrix.get_mut([row, column]) {
                *slot = entry;
            }
        }
    }
    matrix
}

fn symmetric(matrix: &Array2<f64>) -> Array2<f64> {
    0.5 * (matrix + &matrix.t())
}

/// The inverse of a positive definite matrix, scaled to a unit diagonal on the way: the parameters differ in size.
fn inverse(matrix: &Array2<f64>) -> Result<Array2<f64>, RegimeError> {
    let sizes = matrix.diag().mapv(|d| if d > 0.0 { d.sqrt() } else { 1.0 });
    let scaling = Array2::from_diag(&sizes.mapv(|d| 1.0 / d));
    let factor = Cholesky::of(symmetric(&scaling.dot(matrix).dot(&scaling)).view())?;
    let mut inverse = Array2::zeros(matrix.dim());
    for (mut column, unit) in inverse.columns_mut().into_iter().zip(Array2::<f64>::eye(sizes.len()).rows()) {
        column.assign(&factor.solve(unit)?);
    }
    Ok(symmetric(&scaling.dot(&inverse).dot(&scaling)))
}
