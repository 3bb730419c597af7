//! Peaks over threshold: value at risk and expected shortfall from a model of the tail alone.

use crate::{
    GeneralisedPareto, ParetoFit, QuantileMethod, StatisticsError, quantile, sample, tail::tail_share,
};

/// The tail of a sample of losses above a threshold, modelled by a generalised Pareto distribution.
///
/// Confidences and results as everywhere in [`tail`](crate::tail): positive losses. Source: McNeil and Frey (2000),
/// Journal of Empirical Finance 7, 271-300.
///
/// ```
/// use autotrading_statistics::PeaksOverThreshold;
///
/// // 1 % steps of an exponential tail of mean 1: the fit is near shape 0, and every e-fold adds about 1.
/// let losses: Vec<f64> = (0..1000).map(|k| -((k as f64 + 0.5) / 1000.0).ln()).collect();
/// let tail = PeaksOverThreshold::fit(&losses, 0.90)?;
/// assert_eq!(tail.exceedances(), 100);
/// let loss = tail.value_at_risk(0.99)?;
/// assert!((loss - 100.0_f64.ln()).abs() < 0.05);
/// assert!(tail.expected_shortfall(0.99)? > loss);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeaksOverThreshold {
    threshold: f64,
    observations: usize,
    exceedances: usize,
    fit: ParetoFit,
}

impl PeaksOverThreshold {
    /// Fits the losses strictly above their type 7 quantile at `level`, in (0, 1), for example 0.95.
    ///
    /// # Errors
    /// A level outside (0, 1); an empty sample or a non-finite loss; and those of [`GeneralisedPareto::fit`].
    pub fn fit(losses: &[f64], level: f64) -> Result<Self, StatisticsError> {
        sample::check_probability("threshold level", level)?;
        Self::above(losses, quantile::quantile(losses, level, QuantileMethod::Linear)?)
    }

    /// Fits the losses strictly above a given threshold.
    ///
    /// # Errors
    /// A non-finite threshold or loss; and those of [`GeneralisedPareto::fit`] (at least ten losses above it).
    pub fn above(losses: &[f64], threshold: f64) -> Result<Self, StatisticsError> {
        sample::check("losses", losses, 1)?;
        sample::check_finite("threshold", threshold)?;
        let excesses: Vec<f64> = losses.iter().filter(|&&l| l > threshold).map(|l| l - threshold).collect();
        let fit = GeneralisedPareto::fit(&excesses)?;
        Ok(Self { threshold, observations: losses.len(), exceedances: excesses.len(), fit })
    }

    /// The threshold.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// How many losses lie above it.
    pub fn exceedances(&self) -> usize {
        self.exceedances
    }

    /// The fitted tail.
    pub fn tail(&self) -> &ParetoFit {
        &self.fit
    }

    /// `u + beta/xi (((1 - confidence) n / N_u)^-xi - 1)`, as a positive loss.
    ///
    /// # Errors
    /// A confidence outside (0, 1), or so low that its loss lies below the threshold, where the model says nothing.
    pub fn value_at_risk(&self, confidence: f64) -> Result<f64, StatisticsError> {
        let share = tail_share(confidence)?;
        let beyond = share * self.observations as f64 / self.exceedances as f64;
        if beyond > 1.0 {
            let required = "confidences whose loss is above the threshold";
            return Err(sample::out_of_range("confidence", confidence, required));
        }
        sample::finite_result("value at risk", self.threshold + self.fit.distribution.excess_at(beyond)?)
    }

    /// `(VaR + beta - xi u) / (1 - xi)`, as a positive loss.
    ///
    /// # Errors
    /// As [`value_at_risk`](Self::value_at_risk), and a shape of one or more, whose mean is infinite.
    pub fn expected_shortfall(&self, confidence: f64) -> Result<f64, StatisticsError> {
        let loss = self.value_at_risk(confidence)?;
        let (shape, scale) = (self.fit.distribution.shape(), self.fit.distribution.scale());
        self.fit.distribution.mean()?;
        sample::finite_result("expected shortfall", (loss + scale - shape * self.threshold) / (1.0 - shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses() -> Vec<f64> {
        let tail = GeneralisedPareto::new(0.3, 0.01).unwrap();
        (0..2_000).map(|k| tail.excess_at((f64::from(k) + 0.5) / 2_000.0).unwrap()).collect()
    }

    #[test]
    fn a_confidence_below_the_threshold_is_refused() {
        let tail = PeaksOverThreshold::fit(&losses(), 0.95).unwrap();
        assert!(tail.value_at_risk(0.96).is_ok());
        assert!(matches!(tail.value_at_risk(0.94), Err(StatisticsError::OutOfRange { .. })));
        assert!(tail.expected_shortfall(0.5).is_err());
    }

    #[test]
    fn the_tail_of_a_pareto_tail_has_its_own_shape() {
        // Above a threshold u the shape stays and the scale becomes beta + xi u.
        let tail = PeaksOverThreshold::fit(&losses(), 0.8).unwrap();
        let fitted = tail.tail().distribution;
        assert!((fitted.shape() - 0.3).abs() < 0.03, "{fitted:?}");
        assert!((fitted.scale() / (0.01 + 0.3 * tail.threshold()) - 1.0).abs() < 0.03);
    }

    #[test]
    fn more_confidence_is_a_larger_loss_and_the_shortfall_lies_beyond() {
        let tail = PeaksOverThreshold::fit(&losses(), 0.9).unwrap();
        let steps = [0.91, 0.95, 0.99, 0.999, 0.999_99];
        let at: Vec<f64> = steps.iter().map(|&c| tail.value_at_risk(c).unwrap()).collect();
        assert!(at.windows(2).all(|w| w[0] < w[1]));
        assert!(steps.iter().zip(&at).all(|(&c, &loss)| tail.expected_shortfall(c).unwrap() > loss));
    }

    #[test]
    fn too_few_losses_above_the_threshold_are_refused() {
        assert!(matches!(
            PeaksOverThreshold::fit(&losses()[..100], 0.95),
            Err(StatisticsError::TooFew { got: 5, required: 10, .. })
        ));
        assert!(PeaksOverThreshold::fit(&[], 0.95).is_err());
    }
}
