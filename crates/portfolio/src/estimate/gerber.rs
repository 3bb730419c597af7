//! Gerber's co-movement statistic: only moves that are large for their asset count.

use ndarray::Array2;

use super::covariance::volatilities;
use crate::{PortfolioError, Returns};

/// Correlation of a pair: (concordant - discordant) / (periods in which at least one of the two moved), scaled by the
/// population volatilities.
///
/// A move is a return of at least `threshold` standard deviations from zero. Source: Gerber, Markowitz, Ernst, Miao,
/// Javid and Sargen (2022), "The Gerber statistic", Journal of Portfolio Management 48(3), the variant that is positive
/// semi-definite.
pub(super) fn gerber(returns: &Returns, threshold: f64) -> Result<Array2<f64>, PortfolioError> {
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err(PortfolioError::Parameter {
            what: "the Gerber threshold",
            got: threshold,
            allowed: "0 to 1, both excluded",
        });
    }
    returns.require(2)?;
    let periods = returns.observations() as f64;
    let deviations = returns.deviations()?;
    let sigma = volatilities(&(deviations.t().dot(&deviations) / periods), returns.names())?;
    let moves = Array2::from_shape_fn(returns.table().dim(), |(t, i)| {
        let x = returns.table()[[t, i]];
        let limit = threshold * sigma[i];
        f64::from(u8::from(x >= limit)) - f64::from(u8::from(x <= -limit))
    });
    let quiet = moves.mapv(|m| f64::from(u8::from(m == 0.0)));
    // Products of +1, 0, -1 count exactly: concordant minus discordant.
    let agreement = moves.t().dot(&moves);
    let both_quiet = quiet.t().dot(&quiet);
    Ok(Array2::from_shape_fn(agreement.dim(), |(i, j)| {
        let moved = periods - both_quiet[[i, j]];
        let correlation = if i == j {
            1.0
        } else if moved > 0.0 {
            agreement[[i, j]] / moved
        } else {
            0.0
        };
        correlation * (sigma[i] * sigma[j])
    }))
}
