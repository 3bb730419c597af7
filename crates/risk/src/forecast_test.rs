//! Did the value at risk hold? Forecasts against what came.

use autotrading_statistics::{
    QuantileMethod, RollingQuantile,
    exceedance::{LikelihoodRatio, christoffersen, conditional_coverage, kupiec},
};

use crate::{RiskError, error::finite};

/// The outcome of a test of forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastTest {
    /// Which losses were beyond their forecast, in order.
    pub breaches: Vec<bool>,
    /// How many.
    pub count: usize,
    /// Kupiec: as many as were announced?
    pub coverage: LikelihoodRatio,
    /// Christoffersen: one after the other?
    pub independence: LikelihoodRatio,
    /// Both at once.
    pub conditional_coverage: LikelihoodRatio,
}

/// Compares forecast values at risk (positive losses) with the returns that came.
///
/// # Errors
/// Lengths that differ, fewer than two, a number that is not finite, a confidence outside (0, 1).
pub fn test_forecasts(
    returns: &[f64],
    forecasts: &[f64],
    confidence: f64,
) -> Result<ForecastTest, RiskError> {
    if returns.len() != forecasts.len() {
        return Err(RiskError::Length { what: "forecasts", got: forecasts.len(), required: returns.len() });
    }
    let breaches = returns
        .iter()
        .zip(forecasts)
        .map(|(gain, limit)| Ok(finite("return", *gain)? < -finite("value at risk", *limit)?))
        .collect::<Result<Vec<bool>, RiskError>>()?;
    judge(breaches, confidence)
}

/// The tests of a series of breaches of a value at risk at a confidence.
pub(crate) fn judge(breaches: Vec<bool>, confidence: f64) -> Result<ForecastTest, RiskError> {
    let count = breaches.iter().filter(|breach| **breach).count();
    Ok(ForecastTest {
        count,
        coverage: kupiec(count, breaches.len(), 1.0 - confidence)?,
        independence: christoffersen(&breaches)?,
        conditional_coverage: conditional_coverage(&breaches, 1.0 - confidence)?,
        breaches,
    })
}

/// Historical value at risk from the `window` returns before each: one forecast per return from the `window`-th on.
///
/// ```
/// use autotrading_risk::rolling_value_at_risk;
/// let forecasts = rolling_value_at_risk(&[-0.5, 0.25, 0.75, -1.0], 2, 0.5)?;
/// assert_eq!(forecasts, [0.125, -0.5]); // of the first and second, of the second and third
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// No window, a return that is not finite, a confidence outside (0, 1).
pub fn rolling_value_at_risk(returns: &[f64], window: usize, confidence: f64) -> Result<Vec<f64>, RiskError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(RiskError::OutOfRange {
            what: "confidence",
            got: confidence,
            required: "between 0 and 1",
        });
    }
    let mut edge = RollingQuantile::new(window, 1.0 - confidence, QuantileMethod::Linear)?;
    let mut forecasts = Vec::with_capacity(returns.len().saturating_sub(window));
    for gain in returns {
        if edge.is_full() {
            forecasts.push(-edge.value()?);
        }
        edge.push(*gain)?;
    }
    Ok(forecasts)
}
