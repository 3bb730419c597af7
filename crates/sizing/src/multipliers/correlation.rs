//! Smaller when the new position would only be more of the same.

use serde::{Deserialize, Serialize};

use crate::{BookRisk, CapName, Multiplier, Refusal, SizeRequest, ceiling};

/// The factor of the highest step below the average correlation between the profit of the new position and those of
/// the other positions held: `mean over held j of side * sign(w_j) * S_oj / sqrt(S_oo S_jj)`.
///
/// Signed by exposure: a short against a long of a correlated instrument counts as its opposite, so that a hedge is
/// not punished. Without other positions the factor is 1.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{BookRisk, CorrelationThrottle, Multiplier, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let book = BookRisk { exposures: &[0.0, 500.0], covariance: &[0.04, 0.014, 0.014, 0.01], own: 0 };
/// let factor = |side| {
///     let flat = SizeRequest::new(&instrument, side, 20_000.0, 10_000.0);
///     CorrelationThrottle::default().factor(&SizeRequest { book: Some(book), ..flat })
/// };
/// assert_eq!(factor(Side::Buy)?, 0.5); // 0.014 / (0.2 * 0.1) = 0.7
/// assert_eq!(factor(Side::Sell)?, 1.0); // -0.7: a hedge
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorrelationThrottle {
    /// Rising correlations with falling factors; above 0.4, 0.6, 0.8 the factors 0.7, 0.5, 0.3 unless told otherwise.
    pub steps: Vec<CorrelationStep>,
}

/// Above a correlation, this factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrelationStep {
    /// Average correlation, in (-1, 1).
    pub above: f64,
    /// The factor, in [0, 1].
    pub factor: f64,
}

impl Default for CorrelationThrottle {
    fn default() -> Self {
        let step = |above, factor| CorrelationStep { above, factor };
        Self { steps: vec![step(0.4, 0.7), step(0.6, 0.5), step(0.8, 0.3)] }
    }
}

/// Average signed correlation of a trade with the other positions of a book; `None` when there are none.
///
/// # Errors
/// A covariance of the wrong shape, not finite, or with a correlation beyond 1.
fn average(book: &BookRisk<'_>, side: f64) -> Result<Option<f64>, Refusal> {
    let (row, own) = book.own_row()?;
    let size = book.exposures.len();
    let variances = book.covariance.iter().step_by(size + 1);
    let mut sum = 0.0;
    let mut held = 0_u32;
    for (place, ((&money, &shared), &variance)) in book.exposures.iter().zip(row).zip(variances).enumerate() {
        if place == book.own || money == 0.0 {
            continue;
        }
        sum += side * ceiling::finite("exposure", money)?.signum() * correlation(shared, own, variance)?;
        held += 1;
    }
    Ok((held > 0).then(|| sum / f64::from(held)))
}

/// `shared / sqrt(own * other)`; what does not move is correlated with nothing.
fn correlation(shared: f64, own: f64, other: f64) -> Result<f64, Refusal> {
    let scale = ceiling::finite("variance", other)?.max(0.0).sqrt() * own.sqrt();
    let shared = ceiling::finite("covariance", shared)?;
    if other < 0.0 || shared.abs() > scale * (1.0 + 1e-9) {
        return Err(Refusal::inconsistent("covariance is not positive semi-definite"));
    }
    Ok(if scale > 0.0 { shared / scale } else { 0.0 })
}

impl Multiplier for CorrelationThrottle {
    fn name(&self) -> CapName {
        CapName::new("correlation")
    }

    fn factor(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        let Some(book) = &request.book else {
            let alone = request.others_notional()? == 0.0;
            return if alone {
                Ok(1.0)
            } else {
                Err(Refusal::missing("covariance with the other positions"))
            };
        };
        let Some(correlation) = average(book, request.side.sign())? else { return Ok(1.0) };
        let step = self.steps.iter().rev().find(|step| correlation > step.above);
        Ok(step.map_or(1.0, |step| step.factor))
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Side};

    use super::*;

    fn factor(side: Side, exposures: &[f64], correlation: f64) -> Result<f64, Refusal> {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let size = exposures.len();
        let covariance: Vec<f64> =
            (0..size * size).map(|k| if k % (size + 1) == 0 { 1.0 } else { correlation }).collect();
        let book = BookRisk { exposures, covariance: &covariance, own: 0 };
        let flat = SizeRequest::new(&instrument, side, 100.0, 1_000.0);
        CorrelationThrottle::default().factor(&SizeRequest { book: Some(book), ..flat })
    }

    #[test]
    fn more_of_the_same_is_cut_step_by_step() {
        let long = |correlation| factor(Side::Buy, &[0.0, 1.0, 5.0], correlation).unwrap();
        assert_eq!([0.4, 0.41, 0.6, 0.61, 0.8, 0.81, 1.0].map(long), [1.0, 0.7, 0.7, 0.5, 0.5, 0.3, 0.3]);
    }

    #[test]
    fn a_hedge_is_not_punished() {
        assert_eq!(factor(Side::Sell, &[0.0, 1.0], 0.9), Ok(1.0));
        assert_eq!(factor(Side::Buy, &[0.0, -1.0], 0.9), Ok(1.0));
        assert_eq!(factor(Side::Sell, &[0.0, -1.0], 0.9), Ok(0.3));
        assert_eq!(factor(Side::Buy, &[0.0, 1.0, -1.0], 0.9), Ok(1.0)); // the two cancel
    }

    #[test]
    fn what_is_held_of_the_instrument_itself_does_not_count() {
        assert_eq!(factor(Side::Buy, &[9.0, 0.0], 0.9), Ok(1.0));
    }

    #[test]
    fn what_does_not_move_is_correlated_with_nothing_and_a_variance_below_zero_is_refused() {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let factor = |variance: f64| {
            let book = BookRisk { exposures: &[0.0, 5.0], covariance: &[0.04, 0.0, 0.0, variance], own: 0 };
            let flat = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
            CorrelationThrottle::default().factor(&SizeRequest { book: Some(book), ..flat })
        };
        assert_eq!(factor(0.0), Ok(1.0));
        assert!(factor(-1e-9).is_err());
    }

    #[test]
    fn correlations_beyond_one_and_nan_are_refused() {
        assert!(factor(Side::Buy, &[0.0, 1.0], 1.1).is_err());
        assert!(factor(Side::Buy, &[0.0, 1.0], f64::NAN).is_err());
        assert!(factor(Side::Buy, &[0.0, f64::NAN], 0.5).is_err());
    }
}
