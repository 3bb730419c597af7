//! A whole search on the same bars in another order: what it finds where there is nothing to find.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::{Criterion, Executor, JobMarket, SweepPlan};
use crate::monte_carlo::{MonteCarloError, permuted_market};

/// The permutation test of a search. Each permutation keeps the moves of the market and takes their order away; the search
/// is made on it anew, and its best trial is kept. Since all of the search is repeated, its luck is in the comparison.
///
/// Source: Masters (2018), "Permutation and Randomization Tests for Trading System Development", ch. 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermutationTest<'a> {
    /// The search, as it was made on the true market.
    pub plan: &'a SweepPlan,
    /// What the best trial is best in.
    pub criterion: Criterion,
    /// Seed of all permutations.
    pub seed: u64,
}

/// What came of a permutation test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermutationReport {
    /// What the best trials are best in.
    pub criterion: Criterion,
    /// The best on the true market.
    pub seen: Option<f64>,
    /// The best on each permuted one; `None` where the criterion was undefined for all trials.
    pub permuted: Vec<Option<f64>>,
    /// How probable a best trial as good is when order means nothing: `(1 + as good) / (1 + permutations)`. `None` without a
    /// permutation or without a value on the true market.
    pub p_value: Option<f64>,
}

/// Why a permutation could not be searched.
#[derive(Debug, thiserror::Error)]
pub enum PermutationError<E: std::error::Error> {
    /// The market cannot be permuted.
    #[error(transparent)]
    Market(#[from] MonteCarloError),
    /// The trials could not be run.
    #[error("{0}")]
    Executor(E),
}

impl PermutationTest<'_> {
    /// Makes the search on the permutation with this number; `Ok(None)` when `finished` broke before its end. It is told how
    /// many trials are done. The inner value is the best of the criterion, `None` where that is undefined for all.
    ///
    /// # Errors
    /// [`PermutationError`].
    pub fn best<E: Executor>(
        &self,
        market: &JobMarket<'_>,
        number: u64,
        executor: &E,
        finished: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Option<f64>>, PermutationError<E::Error>> {
        let history = permuted_market(market.history().all(), self.seed, number)?;
        let permuted = JobMarket::new(&history, market.funding(), market.name());
        let jobs = self.plan.on(&permuted).jobs();
        let results = executor.collect(&jobs, &permuted, finished).map_err(PermutationError::Executor)?;
        if results.iter().any(Option::is_none) {
            return Ok(None);
        }
        let scores = results.iter().flatten().filter_map(|result| self.criterion.of(&result.figures));
        Ok(Some(scores.reduce(f64::max)))
    }

    /// Puts the permutations beside the best on the true market.
    pub fn report(&self, seen: Option<f64>, permuted: Vec<Option<f64>>) -> PermutationReport {
        let as_good = |seen: f64| permuted.iter().flatten().filter(|best| **best >= seen).count();
        let p_value = seen
            .filter(|_| !permuted.is_empty())
            .map(|seen| (1 + as_good(seen)) as f64 / (1 + permuted.len()) as f64);
        PermutationReport { criterion: self.criterion, seen, permuted, p_value }
    }
}
