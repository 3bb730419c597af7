//! The parameters under which a sample is likeliest.

use std::fmt;

use autotrading_statistics::minimise::{Bounds, Minimum, Status, Stop, minimise};

use super::model::{backcast, spread};
use super::{ConditionalVariance, ErrorCovariance, GarchParameters, StandardErrors, VolatilityModel};
use super::{likelihood, uncertainty};
use crate::RegimeError;

/// Fewest returns that a fit is tried with.
const FEWEST: usize = 50;

/// Steps after which a climb other than the first must be higher than that one's end, or is given up.
const TRIAL: usize = 14;
/// By how much mean log-likelihood.
const WORTH_GOING_ON: f64 = 1e-9;

/// How hard a fit searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// Climbs, from the likeliest of the standard starts; all but the first are given up after a few steps unless they
    /// are higher by then. Default 2.
    pub climbs: usize,
    /// Steps that each climb may take. Default 80.
    pub iterations: usize,
    /// A climb has arrived when no slope of the mean log-likelihood exceeds this. Default 2e-7.
    pub gradient: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { climbs: 2, iterations: 80, gradient: 2e-7 }
    }
}

/// What the sample does not tell, so that the parameters cannot be trusted though nothing is likelier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Degeneracy {
    /// The variance does not react to the errors: its persistence is then unknowable.
    NoReaction,
    /// The persistence is one to eight digits: there is no long-run variance.
    Integrated,
    /// The degrees of freedom lie on the least allowed (2.05), as after a single huge outlier.
    TailsTooFat,
}

impl fmt::Display for Degeneracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReaction => "the variance does not react to the errors",
            Self::Integrated => "there is no long-run variance",
            Self::TailsTooFat => "the tails are as fat as they may be",
        })
    }
}

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FitStatus {
    /// No direction within the admissible set leads higher.
    Converged,
    /// Steps ran out or no longer helped; the largest slope of the mean log-likelihood that is left.
    Stalled {
        /// That slope.
        gradient: f64,
    },
    /// Highest, but the sample does not tell some parameter.
    Degenerate(Degeneracy),
}

/// A fitted volatility model.
#[derive(Clone, Debug, PartialEq)]
pub struct GarchFit {
    /// Which model.
    pub model: VolatilityModel,
    /// Its parameters, in the units of the returns.
    pub parameters: GarchParameters,
    /// Log-likelihood of the sample, constants included.
    pub log_likelihood: f64,
    /// How the search ended.
    pub status: FitStatus,
    /// How many returns were seen.
    pub observations: usize,
    next: ConditionalVariance,
}

impl VolatilityModel {
    /// Fits by maximum likelihood with the default options.
    ///
    /// The returns are standardised inside, so decimals and percent give the same fit. The search is deterministic.
    ///
    /// ```
    /// use autotrading_regime::garch::{Dynamics, Errors, FitStatus, VolatilityModel};
    ///
    /// // A market made of 2000 draws, nearly normal, whose variance follows its own past.
    /// let mut state: u64 = 1;
    /// let mut uniform = || {
    ///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    ///     (state >> 40) as f64 / (1u64 << 24) as f64
    /// };
    /// let mut variance: f64 = 1e-4;
    /// let mut day = || {
    ///     let z = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    ///     let value = z * variance.sqrt();
    ///     variance = 5e-6 + 0.15 * value * value + 0.8 * variance;
    ///     value
    /// };
    /// let returns: Vec<f64> = (0..2000).map(|_| day()).collect();
    /// let fit = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::Normal }.fit(&returns)?;
    /// assert_eq!(fit.status, FitStatus::Converged);
    /// assert!((fit.parameters.alpha - 0.15).abs() < 0.05 && (fit.parameters.beta - 0.8).abs() < 0.08);
    /// # Ok::<(), autotrading_regime::RegimeError>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than 50 returns, one that is not finite, no variation.
    pub fn fit(self, returns: &[f64]) -> Result<GarchFit, RegimeError> {
        self.fit_with(returns, FitOptions::default())
    }

    /// As [`fit`](Self::fit), searching as hard as told.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); a gradient tolerance not above zero.
    pub fn fit_with(self, returns: &[f64], options: FitOptions) -> Result<GarchFit, RegimeError> {
        let required = FEWEST;
        if returns.len() < required {
            return Err(RegimeError::TooFew { what: "returns", got: returns.len(), required });
        }
        let sample = Standardised::of(returns)?;
        let best = climb(self, &sample, options)?;
        let standardised = self.at(&best.point);
        let parameters = standardised.rescaled(self.dynamics, sample.centre, sample.scale);
        let status = match (best.status, self.degeneracy(&best.point)) {
            (_, Some(reason)) => FitStatus::Degenerate(reason),
            (Status::Converged, None) => FitStatus::Converged,
            _ => FitStatus::Stalled { gradient: best.gradient_norm },
        };
        let seen = likelihood::evaluate(self, &standardised, &sample.returns, sample.backcast)?;
        let next = seen.next.variance() * sample.scale * sample.scale;
        Ok(GarchFit {
            model: self,
            parameters,
            log_likelihood: seen.log_likelihood - returns.len() as f64 * sample.scale.ln(),
            status,
            observations: returns.len(),
            next: ConditionalVariance::new(self, parameters, next)?,
        })
    }
}

impl GarchFit {
    /// The variance of the return after the sample; it can be carried on return by return.
    pub const fn stream(&self) -> ConditionalVariance {
        self.next
    }

    /// Akaike's criterion, `2 k - 2 ln L`: smaller is better.
    pub fn aic(&self) -> f64 {
        2.0 * self.model.parameter_count() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's criterion, `k ln n - 2 ln L`: smaller is better.
    pub fn bic(&self) -> f64 {
        self.model.parameter_count() as f64 * (self.observations as f64).ln() - 2.0 * self.log_likelihood
    }

    /// Standard errors of the parameters, from the sample that was fitted.
    ///
    /// They presume an optimum inside the admissible set; for a parameter on its border they are too wide.
    ///
    /// # Errors
    /// Another sample; an information matrix that is not positive definite, as where the sample does not tell a
    /// parameter.
    pub fn standard_errors(
        &self,
        returns: &[f64],
        covariance: ErrorCovariance,
    ) -> Result<StandardErrors, RegimeError> {
        let got = returns.len();
        if got != self.observations {
            return Err(RegimeError::TooFew { what: "the fitted returns", got, required: self.observations });
        }
        let sample = Standardised::of(returns)?;
        uncertainty::standard_errors(self.model, &self.parameters, &sample, covariance)
    }
}

/// A sample with mean zero and variance one, and the way back.
pub(super) struct Standardised {
    pub(super) returns: Vec<f64>,
    pub(super) centre: f64,
    pub(super) scale: f64,
    pub(super) backcast: f64,
}

impl Standardised {
    pub(super) fn of(returns: &[f64]) -> Result<Self, RegimeError> {
        let (centre, scale) = spread(returns)?;
        let returns: Vec<f64> = returns.iter().map(|r| (r - centre) / scale).collect();
        // A calm beginning must not start the recursion at no variance at all.
        let backcast = backcast(&returns, 0.0).max(1e-6);
        Ok(Self { returns, centre, scale, backcast })
    }
}

/// Climbs from the likeliest starts and keeps the highest end.
fn climb(model: VolatilityModel, sample: &Standardised, options: FitOptions) -> Result<Minimum, RegimeError> {
    let count = sample.returns.len() as f64;
    let mut objective = |point: &[f64], slopes: &mut [f64]| match likelihood::total(
        model,
        &model.at(point),
        &sample.returns,
        sample.backcast,
    ) {
        Ok(found) => {
            model.pull_back(point, &found.slopes.map(|slope| -slope / count), slopes);
            -found.value / count
        }
        Err(_) => f64::NAN,
    };
    let mut starts: Vec<(f64, Vec<f64>)> = Vec::new();
    for start in model.starts() {
        let value = likelihood::value(model, &model.at(&start), &sample.returns, sample.backcast)?;
        if value.is_finite() {
            starts.push((value, start));
        }
    }
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let bounds = Bounds::new(&model.search_box())?;
    let whole = Stop { gradient: options.gradient, iterations: options.iterations };
    let trial = Stop { iterations: TRIAL.min(options.iterations), ..whole };
    let mut best: Option<Minimum> = None;
    for (_, start) in starts.iter().take(options.climbs.max(1)) {
        let Some(highest) = &best else {
            best = Some(minimise(&mut objective, start, &bounds, whole)?);
            continue;
        };
        let end = minimise(&mut objective, start, &bounds, trial)?;
        // Most other climbs lead to the same place, a little late.
        if end.value < highest.value - WORTH_GOING_ON {
            best = Some(minimise(&mut objective, &end.point, &bounds, whole)?);
        }
    }
    best.ok_or(RegimeError::Overflow { what: "the likelihood at every start" })
}
