//! Paths that diffuse and sometimes jump.

use autotrading_statistics::{Estimator, Moments};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{MonteCarloError, PathMaker, logarithmic, simple};

/// Parameters of a jump diffusion of logarithmic returns, per period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JumpParameters {
    /// Mean of a return without jumps.
    pub drift: f64,
    /// Deviation of a return without jumps.
    pub volatility: f64,
    /// Mean number of jumps.
    pub intensity: f64,
    /// Mean size of a jump.
    pub jump_mean: f64,
    /// Deviation of a jump's size.
    pub jump_deviation: f64,
}

/// Merton's jump diffusion: `x = drift + volatility z + sum of N jumps`, `N` Poisson, jumps normal.
///
/// Source: Merton (1976), Journal of Financial Economics 3, 125-144.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JumpPaths {
    parameters: JumpParameters,
    jumps: Option<Poisson<f64>>,
}

/// Fewest returns that jumps are told from.
const FEWEST: usize = 50;
/// How many deviations of the returns without jumps a jump lies from their mean.
const FAR: f64 = 3.0;
/// Rounds after which what is left unclear is left so.
const ROUNDS: usize = 100;
/// The most jumps a period that make sense as jumps.
const MOST_JUMPS: f64 = 1000.0;

impl JumpParameters {
    /// Tells jumps from diffusion by a recursive filter: what lies more than three deviations from the mean of the rest
    /// is a jump, until no more are found.
    ///
    /// A diffusion alone is beyond three deviations in 0.27 % of the periods, so the intensity is about that too high and
    /// the volatility a little too low. A single jump has no deviation, taken as zero. Source: Clewlow and Strickland (2000),
    /// "Energy Derivatives: Pricing and Risk Management", ch. 2.
    ///
    /// ```
    /// use autotrading_backtest::monte_carlo::JumpParameters;
    /// // Ninety-nine small moves and a fall by a tenth.
    /// let mut returns: Vec<f64> = (0..99).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }).collect();
    /// returns.push(-0.1);
    /// let seen = JumpParameters::fitted(&returns)?;
    /// assert_eq!(seen.intensity, 0.01);
    /// assert!((seen.jump_mean - 0.9_f64.ln()).abs() < 0.001);
    /// # Ok::<(), autotrading_backtest::monte_carlo::MonteCarloError>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than 50 simple returns; one that is not finite or not above -1; no variation beside the jumps.
    pub fn fitted(returns: &[f64]) -> Result<Self, MonteCarloError> {
        let logs = logarithmic(returns, FEWEST)?;
        let (mut calm, mut jumps) = (logs, Vec::new());
        let mut moments = Moments::of(&calm)?;
        for _ in 0..ROUNDS {
            let (mean, deviation) = (moments.mean()?, moments.standard_deviation(Estimator::Sample)?);
            let (near, far): (Vec<f64>, Vec<f64>) =
                calm.iter().partition(|x| (**x - mean).abs() <= FAR * deviation);
            if far.is_empty() || near.len() < 2 {
                break;
            }
            jumps.extend(far);
            calm = near;
            moments = Moments::of(&calm)?;
        }
        let (drift, volatility) = (moments.mean()?, moments.standard_deviation(Estimator::Sample)?);
        let sizes: Vec<f64> = jumps.iter().map(|x| x - drift).collect();
        let seen = Moments::of(&sizes).ok();
        let spread = seen.and_then(|seen| seen.standard_deviation(Estimator::Sample).ok());
        let parameters = Self {
            drift,
            volatility,
            intensity: jumps.len() as f64 / returns.len() as f64,
            jump_mean: seen.and_then(|seen| seen.mean().ok()).unwrap_or_default(),
            // A jump is a diffusion's step too.
            jump_deviation: spread
                .map_or(0.0, |spread| (spread * spread - volatility * volatility).max(0.0).sqrt()),
        };
        parameters.check()
    }

    fn check(self) -> Result<Self, MonteCarloError> {
        let rules = [
            ("drift", self.drift, self.drift.is_finite(), "finite"),
            ("volatility", self.volatility, self.volatility > 0.0 && self.volatility.is_finite(), "above 0"),
            ("intensity", self.intensity, (0.0..=MOST_JUMPS).contains(&self.intensity), "0 to 1000"),
            ("jump mean", self.jump_mean, self.jump_mean.is_finite(), "finite"),
            (
                "jump deviation",
                self.jump_deviation,
                self.jump_deviation >= 0.0 && self.jump_deviation.is_finite(),
                "0 or more",
            ),
        ];
        match rules.into_iter().find(|(_, _, legal, _)| !legal) {
            Some((key, got, _, allowed)) => Err(MonteCarloError::Rule { key, got, allowed }),
            None => Ok(self),
        }
    }
}

impl JumpPaths {
    /// Paths under given parameters.
    ///
    /// # Errors
    /// A parameter that is not finite; a volatility not above zero; an intensity below zero or above 1000; a deviation
    /// below zero.
    pub fn new(parameters: JumpParameters) -> Result<Self, MonteCarloError> {
        let parameters = parameters.check()?;
        Ok(Self { parameters, jumps: Poisson::new(parameters.intensity).ok() })
    }

    /// Paths under the parameters that simple returns tell: see [`JumpParameters::fitted`].
    ///
    /// # Errors
    /// As there.
    pub fn fitted(returns: &[f64]) -> Result<Self, MonteCarloError> {
        Self::new(JumpParameters::fitted(returns)?)
    }

    /// The parameters.
    pub const fn parameters(&self) -> &JumpParameters {
        &self.parameters
    }
}

impl PathMaker for JumpPaths {
    fn name(&self) -> &'static str {
        "Merton's jump diffusion"
    }

    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]) {
        let JumpParameters { drift, volatility, jump_mean, jump_deviation, .. } = self.parameters;
        for slot in returns {
            let step: f64 = StandardNormal.sample(chance);
            // Without an intensity there is no law of their number, and none comes.
            let count = self.jumps.map_or(0.0, |jumps| jumps.sample(chance));
            let jumped = if count > 0.0 {
                let spread: f64 = StandardNormal.sample(chance);
                count * jump_mean + count.sqrt() * jump_deviation * spread
            } else {
                0.0
            };
            *slot = simple(drift + volatility * step + jumped);
        }
    }
}
