//! Paths that go through calm and wild times.

use autotrading_regime::RegimeError;
use autotrading_regime::hmm::{Hmm, HmmOptions};
use ndarray::ArrayView2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{MonteCarloError, PathMaker, logarithmic, simple};

/// A Markov chain of regimes, each with normal logarithmic returns of its own, begun where the sample ended.
///
/// Source: Hamilton (1989), Econometrica 57, 357-384.
#[derive(Clone, Debug, PartialEq)]
pub struct RegimePaths {
    /// Mean and deviation of a return in each regime.
    laws: Vec<(f64, f64)>,
    /// How probable each regime or one before it is, now.
    now: Vec<f64>,
    /// The same for the next regime, one row for each present one.
    moves: Vec<Vec<f64>>,
}

impl RegimePaths {
    /// Paths under a model of logarithmic returns, begun with these probabilities of its states.
    ///
    /// # Errors
    /// A model of more than one feature; not one probability for each state.
    pub fn new(model: &Hmm, now: &[f64]) -> Result<Self, MonteCarloError> {
        if model.features() != 1 {
            return Err(RegimeError::Features { got: model.features(), required: 1 }.into());
        }
        let legal = now.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p));
        let sum: f64 = now.iter().sum();
        if now.len() != model.states() || !legal || (sum - 1.0).abs() > 1e-9 {
            let allowed = "1, over one probability for each state";
            return Err(MonteCarloError::Rule {
                key: "sum of the regimes' probabilities",
                got: sum,
                allowed,
            });
        }
        let law = |of: &autotrading_regime::hmm::Gaussian| {
            (of.mean().first().copied().unwrap_or_default(), of.variance(0).sqrt())
        };
        Ok(Self {
            laws: model.emissions().iter().map(law).collect(),
            now: cumulated(now.iter().copied()),
            moves: model.transition().rows().into_iter().map(|row| cumulated(row.iter().copied())).collect(),
        })
    }

    /// Paths under the model fitted to simple returns.
    ///
    /// # Errors
    /// Fewer returns than ten times the states; one that is not finite or not above -1; no variation; an option out of
    /// range.
    pub fn fitted(returns: &[f64], options: HmmOptions) -> Result<Self, MonteCarloError> {
        let logs = logarithmic(returns, 10 * options.states)?;
        let shaped = ArrayView2::from_shape((logs.len(), 1), &logs);
        let column = shaped.map_err(|_| MonteCarloError::TooFew { got: logs.len(), required: 1 })?;
        let fit = Hmm::fit(column, options)?;
        let mut filter = fit.model.forward_filter();
        for log in &logs {
            filter.observe(&[*log])?;
        }
        Self::new(&fit.model, filter.now().probabilities())
    }

    /// Mean and deviation of a logarithmic return in each regime, calm ones first if fitted.
    pub fn laws(&self) -> &[(f64, f64)] {
        &self.laws
    }
}

/// Running sums; the last is beyond every draw.
fn cumulated(probabilities: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = probabilities
        .map(|p| {
            sum += p;
            sum
        })
        .collect();
    if let Some(last) = sums.last_mut() {
        *last = f64::INFINITY;
    }
    sums
}

/// The first place whose running sum is above a draw.
fn chosen(sums: &[f64], draw: f64) -> usize {
    sums.iter().position(|sum| draw < *sum).unwrap_or_default()
}

impl PathMaker for RegimePaths {
    fn name(&self) -> &'static str {
        "switching regimes"
    }

    fn fill(&self, chance: &mut ChaCha8Rng, returns: &mut [f64]) {
        // What is known is the regime of the last return; the path begins with the one after it.
        let mut regime = chosen(&self.now, chance.random());
        for slot in returns {
            let draw: f64 = chance.random();
            regime = self.moves.get(regime).map_or(regime, |sums| chosen(sums, draw));
            let (mean, deviation) = self.laws.get(regime).copied().unwrap_or_default();
            let step: f64 = StandardNormal.sample(chance);
            *slot = simple(mean + deviation * step);
        }
    }
}
