//! The variance of the next bar, by RiskMetrics or by a GARCH that is fitted again and again.

use std::collections::VecDeque;

use autotrading_statistics::{Decay, RiskMetrics};

use crate::garch::{ConditionalVariance, Degeneracy, Dynamics, Errors, FitStatus, VolatilityModel};
use crate::{DetectorRules, RegimeError, VolatilityMethod};

/// Returns whose mean square starts the variance recursion.
const BACKCAST: usize = 20;
/// The model that is fitted.
const MODEL: VolatilityModel = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::StudentT };

/// A variance forecast, carried on return by return.
#[derive(Clone, Debug)]
pub(crate) struct VolatilityForecast {
    decay: Decay,
    weighted: Option<RiskMetrics>,
    first_squares: (f64, usize),
    garch: Option<GarchForecast>,
}

impl VolatilityForecast {
    pub(crate) fn new(rules: &DetectorRules) -> Result<Self, RegimeError> {
        let garch = match rules.volatility {
            VolatilityMethod::RiskMetrics => None,
            VolatilityMethod::Garch => Some(GarchForecast::new(rules)),
        };
        let decay = Decay::from_lambda(rules.volatility_lambda)?;
        Ok(Self { decay, weighted: None, first_squares: (0.0, 0), garch })
    }

    /// Takes the newest return and forecasts the variance of the next; `None` until there is one.
    pub(crate) fn observe(&mut self, log_return: f64) -> Result<Option<f64>, RegimeError> {
        let weighted = self.weighted_after(log_return)?;
        let fitted = self.garch.as_mut().and_then(|garch| garch.observe(log_return));
        Ok(fitted.or(weighted))
    }

    /// RiskMetrics' variance; started by the mean square of the first returns.
    fn weighted_after(&mut self, log_return: f64) -> Result<Option<f64>, RegimeError> {
        if let Some(variance) = &mut self.weighted {
            return Ok(Some(variance.push(log_return)?));
        }
        let (sum, count) = (self.first_squares.0 + log_return * log_return, self.first_squares.1 + 1);
        self.first_squares = (sum, count);
        if count < BACKCAST || sum <= 0.0 {
            return Ok(None);
        }
        let start = sum / count as f64;
        self.weighted = Some(RiskMetrics::new(self.decay, start)?);
        Ok(Some(start))
    }
}

/// A GARCH, fitted to returns strictly before the one that it next takes.
#[derive(Clone, Debug)]
struct GarchForecast {
    window: VecDeque<f64>,
    training_window: usize,
    warm_up: usize,
    refit_interval: usize,
    since: usize,
    stream: Option<ConditionalVariance>,
}

impl GarchForecast {
    fn new(rules: &DetectorRules) -> Self {
        Self {
            window: VecDeque::with_capacity(rules.training_window + 1),
            training_window: rules.training_window,
            warm_up: rules.warm_up.min(rules.training_window),
            refit_interval: rules.refit_interval,
            since: rules.refit_interval,
            stream: None,
        }
    }

    fn observe(&mut self, log_return: f64) -> Option<f64> {
        if self.window.len() >= self.warm_up && self.since >= self.refit_interval {
            self.since = 0;
            // What cannot be trusted leaves the former model to speak, or nobody.
            if let Ok(fit) = MODEL.fit(self.window.make_contiguous())
                && tells_the_next(fit.status)
            {
                self.stream = Some(fit.stream());
            }
        }
        self.since += 1;
        if self.window.len() == self.training_window {
            self.window.pop_front();
        }
        self.window.push_back(log_return);
        let next = self.stream.as_mut().map(|stream| stream.observe(log_return))?;
        if next.is_err() {
            self.stream = None;
        }
        next.ok()
    }
}

/// Whether a fit is good for a forecast of the next variance. A shock that never fades leaves no long-run variance, which
/// the next one does not need: RiskMetrics itself is such a model.
fn tells_the_next(status: FitStatus) -> bool {
    matches!(status, FitStatus::Converged | FitStatus::Degenerate(Degeneracy::Integrated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(t: usize) -> f64 {
        ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
    }

    #[test]
    fn a_variance_without_a_long_run_is_forecast_all_the_same() {
        // Calm, and then wild for good: nothing pulls the variance back.
        let returns: Vec<f64> = (0..400).map(|t| if t < 200 { 0.002 } else { 0.02 } * noise(t)).collect();
        let fit = MODEL.fit(&returns).unwrap();
        assert_eq!(fit.status, FitStatus::Degenerate(Degeneracy::Integrated));
        let rules = DetectorRules { warm_up: 400, training_window: 400, ..DetectorRules::default() };
        let mut garch = GarchForecast::new(&rules);
        assert!(returns.iter().all(|r| garch.observe(*r).is_none()));
        let mut own = fit.stream();
        assert_eq!(garch.observe(0.01), own.observe(0.01).ok());
    }

    #[test]
    fn tails_as_fat_as_may_be_and_no_reaction_are_not_believed() {
        assert!(tells_the_next(FitStatus::Converged));
        for reason in [Degeneracy::TailsTooFat, Degeneracy::NoReaction] {
            assert!(!tells_the_next(FitStatus::Degenerate(reason)));
        }
        assert!(!tells_the_next(FitStatus::Stalled { gradient: 1e-3 }));
    }
}
