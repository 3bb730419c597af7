//! Many futures that could have been: how far equity may fall, and how often.
//!
//! A [`PathMaker`] makes the returns of one path by chance: resampled ([`ResampledPaths`]), in another order
//! ([`ShuffledPaths`]), or from a fitted model ([`GarchPaths`], [`JumpPaths`], [`RegimePaths`]). A [`MonteCarlo`] walks along
//! them and counts. Each path has its own stream of chance, named by the seed and the path's number, so that any share of
//! the paths can be made anywhere: the shares are put in order and the result is the same to the byte.
//!
//! ```
//! use autotrading_backtest::monte_carlo::{MonteCarlo, MonteCarloRules, ResampledPaths};
//!
//! let returns = [0.02, -0.01, 0.015, -0.03, 0.01, 0.005];
//! let maker = ResampledPaths::new(&returns, Some(2.0))?;
//! let rules = MonteCarloRules { paths: 1000, horizon: 100, ..MonteCarloRules::default() };
//! let game = MonteCarlo::new(&maker, rules)?;
//! // Two workers, each with its half; who is done first does not matter.
//! let shares = vec![game.simulate(500..1000)?, game.simulate(0..500)?];
//! assert_eq!(game.conclude(shares)?, game.conclude(vec![game.simulate(0..1000)?])?);
//! # Ok::<(), autotrading_backtest::monte_carlo::MonteCarloError>(())
//! ```

mod error;
mod garch;
mod jumps;
mod liquidation;
mod market;
mod outcome;
mod regimes;
mod resampled;
mod rules;
mod share;
mod shuffled;
mod simulation;
mod verdict;

use std::fmt::Debug;

use rand_chacha::ChaCha8Rng;

pub use error::MonteCarloError;
pub use garch::GarchPaths;
pub use jumps::{JumpParameters, JumpPaths};
pub use liquidation::HeldPosition;
pub use market::{permutation_p_value, permuted_market};
pub use outcome::{DrawdownChance, FanPoint, Frequency, LiquidationChance, MonteCarloOutcome};
pub use regimes::RegimePaths;
pub use resampled::ResampledPaths;
pub use rules::MonteCarloRules;
pub use share::{PathFigures, PathShare};
pub use shuffled::ShuffledPaths;
pub(crate) use shuffled::shuffle;
pub use simulation::MonteCarlo;
pub use verdict::{RiskThresholds, RiskVerdict};

/// Makes the returns of a path by chance.
///
/// The same generator in the same state makes the same path; nothing else may enter.
pub trait PathMaker: Debug + Send + Sync {
    /// What it is called in a report.
    fn name(&self) -> &'static str;

    /// What one return of a path is of, such as `trade`.
    fn step(&self) -> &'static str {
        "period"
    }

    /// Fills `returns` with the simple returns of one path, one a period.
    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]);
}

/// The logarithm by which one step changes a level at most: a factor of about eight thousand.
const LARGEST_STEP: f64 = 9.0;

/// The simple return of a logarithmic one; what no market does in a step is cut.
fn simple(log_return: f64) -> f64 {
    log_return.clamp(-LARGEST_STEP, LARGEST_STEP).exp_m1()
}

/// Logarithmic returns of simple ones.
fn logarithmic(returns: &[f64], required: usize) -> Result<Vec<f64>, MonteCarloError> {
    check(returns, required)?;
    match returns.iter().position(|r| *r <= -1.0) {
        Some(index) => {
            let got = returns.get(index).copied().unwrap_or(-1.0);
            Err(MonteCarloError::Return { index, got, allowed: "above -1, for a model of logarithms" })
        }
        None => Ok(returns.iter().map(|r| r.ln_1p()).collect()),
    }
}

/// Requires so many returns, each finite and none below the loss of all.
fn check(returns: &[f64], required: usize) -> Result<(), MonteCarloError> {
    if returns.len() < required {
        return Err(MonteCarloError::TooFew { got: returns.len(), required });
    }
    match returns.iter().enumerate().find(|(_, r)| !(**r >= -1.0 && r.is_finite())) {
        Some((index, &got)) => {
            Err(MonteCarloError::Return { index, got, allowed: "finite and not below -1" })
        }
        None => Ok(()),
    }
}
