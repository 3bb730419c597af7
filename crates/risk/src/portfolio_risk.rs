//! Risk of the positions as they are: what each contributes, and what one more would add.

use autotrading_statistics::{covariance::quadratic_form, normal};
use ndarray::{Array1, ArrayView1, ArrayView2};

use crate::{
    RiskError,
    error::{finite, positive},
};

/// Past returns of the portfolio with today's positions: `sum_i exposure_i * return_ti / equity`, one per row.
///
/// ```
/// use autotrading_risk::portfolio_returns;
/// use ndarray::array;
/// let returns = array![[0.01, 0.02], [-0.02, 0.01]]; // a row per period, a column per instrument
/// let ours = portfolio_returns(array![500.0, -250.0].view(), 1_000.0, returns.view())?;
/// assert_eq!(ours, [0.0, -0.0125]);
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// An equity that is not above zero, a column for each exposure missing, a number that is not finite.
pub fn portfolio_returns(
    exposures: ArrayView1<'_, f64>,
    equity: f64,
    returns: ArrayView2<'_, f64>,
) -> Result<Vec<f64>, RiskError> {
    positive("equity", equity)?;
    if returns.ncols() != exposures.len() {
        return Err(RiskError::Length {
            what: "columns of returns",
            got: returns.ncols(),
            required: exposures.len(),
        });
    }
    returns.rows().into_iter().map(|row| finite("portfolio return", row.dot(&exposures) / equity)).collect()
}

/// Normal value at risk of a portfolio, split. In the unit of the exposures (settlement currency).
#[derive(Clone, Debug, PartialEq)]
pub struct RiskSplit {
    /// `z * sqrt(w' S w)`, as a positive loss.
    pub total: f64,
    /// What one more unit of money in each instrument adds: `z * (S w)_i / sqrt(w' S w)`.
    pub marginal: Vec<f64>,
    /// What each position contributes: exposure times marginal. They sum to the total; a hedge is negative.
    pub component: Vec<f64>,
}

/// Splits the normal value at risk at a confidence by positions. `covariance` is that of returns over the horizon.
///
/// Source: Jorion (2007), Value at Risk, chapter 7.
///
/// ```
/// use autotrading_risk::split_risk;
/// use ndarray::array;
/// let covariance = array![[0.0004, 0.0], [0.0, 0.0009]]; // 2 % and 3 %, uncorrelated
/// let split = split_risk(array![300.0, 400.0].view(), covariance.view(), 0.95)?;
/// assert!((split.total - 1.6448536269514722 * 180.0_f64.sqrt()).abs() < 1e-12); // sqrt(6^2 + 12^2)
/// assert!((split.component[0] / split.total - 0.2).abs() < 1e-12); // 36 of 180
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// Shapes that do not fit, a number that is not finite, a variance below zero (the matrix is no covariance), a
/// confidence outside (0.5, 1).
pub fn split_risk(
    exposures: ArrayView1<'_, f64>,
    covariance: ArrayView2<'_, f64>,
    confidence: f64,
) -> Result<RiskSplit, RiskError> {
    let z = multiple(confidence)?;
    let variance = portfolio_variance(exposures, covariance)?;
    if variance == 0.0 {
        let nothing = vec![0.0; exposures.len()];
        return Ok(RiskSplit { total: 0.0, marginal: nothing.clone(), component: nothing });
    }
    let deviation = variance.sqrt();
    let marginal = covariance.dot(&exposures) * (z / deviation);
    let component = &marginal * &exposures;
    Ok(RiskSplit {
        total: finite("value at risk", z * deviation)?,
        marginal: all_finite("marginal value at risk", marginal)?,
        component: all_finite("component value at risk", component)?,
    })
}

/// By how much the normal value at risk grows when the exposures change by `change`; negative for a hedge.
/// Exact, not the first-order `marginal * change`.
///
/// # Errors
/// As [`split_risk`].
pub fn incremental_risk(
    exposures: ArrayView1<'_, f64>,
    change: ArrayView1<'_, f64>,
    covariance: ArrayView2<'_, f64>,
    confidence: f64,
) -> Result<f64, RiskError> {
    if change.len() != exposures.len() {
        return Err(RiskError::Length { what: "change", got: change.len(), required: exposures.len() });
    }
    let z = multiple(confidence)?;
    let after = &exposures + &change;
    let (after, before) =
        (portfolio_variance(after.view(), covariance)?, portfolio_variance(exposures, covariance)?);
    finite("incremental value at risk", z * (after.sqrt() - before.sqrt()))
}

/// The Herfindahl index of gross shares: 1 with a single position, `1/n` with n equal ones, 0 with none.
///
/// ```
/// assert_eq!(autotrading_risk::herfindahl(&[100.0, -100.0])?, 0.5);
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// An exposure that is not finite; overflow.
pub fn herfindahl(exposures: &[f64]) -> Result<f64, RiskError> {
    let gross: f64 = exposures.iter().map(|exposure| exposure.abs()).sum();
    finite("gross exposure", gross)?;
    if gross == 0.0 {
        return Ok(0.0);
    }
    Ok(exposures.iter().map(|exposure| (exposure / gross).powi(2)).sum())
}

fn multiple(confidence: f64) -> Result<f64, RiskError> {
    if confidence > 0.5 && confidence < 1.0 {
        Ok(normal::quantile(confidence)?)
    } else {
        Err(RiskError::OutOfRange { what: "confidence", got: confidence, required: "between 0.5 and 1" })
    }
}

/// `w' S w`; rounding may take it below zero by a hair, more says that `S` is no covariance.
fn portfolio_variance(
    exposures: ArrayView1<'_, f64>,
    covariance: ArrayView2<'_, f64>,
) -> Result<f64, RiskError> {
    let variance = quadratic_form(exposures, covariance)?;
    let scale: f64 = exposures.iter().zip(covariance.diag()).map(|(w, s)| w * w * s.abs()).sum();
    if variance < -1e-9 * scale {
        return Err(RiskError::OutOfRange {
            what: "portfolio variance",
            got: variance,
            required: "not below zero: the covariance is not positive semi-definite",
        });
    }
    Ok(variance.max(0.0))
}

fn all_finite(what: &'static str, values: Array1<f64>) -> Result<Vec<f64>, RiskError> {
    values.into_iter().map(|value| finite(what, value)).collect()
}
