//! The simulation itself: any share of the paths by itself, and all shares together.

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::share::{ABREAST, walk};
use super::{MonteCarloError, MonteCarloOutcome, MonteCarloRules, PathMaker, PathShare};

/// A simulation of many paths.
///
/// It owns no thread: callers share the paths among as many workers as they like, and the result is the same to the byte.
#[derive(Clone, Debug)]
pub struct MonteCarlo<'a> {
    maker: &'a dyn PathMaker,
    rules: MonteCarloRules,
    fan_steps: Vec<usize>,
}

impl<'a> MonteCarlo<'a> {
    /// A simulation under checked rules.
    ///
    /// # Errors
    /// [`MonteCarloError::Rule`] names the rule outside of what it may be.
    pub fn new(maker: &'a dyn PathMaker, rules: MonteCarloRules) -> Result<Self, MonteCarloError> {
        rules.check()?;
        let fan_steps = rules.fan_steps();
        Ok(Self { maker, rules, fan_steps })
    }

    /// The rules.
    pub const fn rules(&self) -> &MonteCarloRules {
        &self.rules
    }

    /// Cuts the paths into at most so many shares of nearly the same size, in order.
    pub fn shares(&self, count: u64) -> impl Iterator<Item = Range<u64>> + use<> {
        let (paths, count) = (self.rules.paths, count.clamp(1, self.rules.paths));
        (0..count).map(move |share| share * paths / count..(share + 1) * paths / count)
    }

    /// Makes the paths with these numbers. Each path's chance is a stream of its own, the path's number under the seed.
    ///
    /// # Errors
    /// Paths that there are not.
    pub fn simulate(&self, paths: Range<u64>) -> Result<PathShare, MonteCarloError> {
        let (from, to) = (paths.start, paths.end);
        if from > to || to > self.rules.paths {
            return Err(MonteCarloError::Paths { from, to, paths: self.rules.paths });
        }
        let count = (to - from) as usize;
        let chance = ChaCha8Rng::seed_from_u64(self.rules.seed);
        let horizon = self.rules.horizon;
        let mut share = PathShare::room(from, count, self.fan_steps.len());
        let mut returns = vec![0.0; horizon * ABREAST.min(count)];
        let mut next = from;
        while next < to {
            let together = ABREAST.min((to - next) as usize);
            let Some(part) = returns.get_mut(..horizon * together) else { break };
            for (path, own) in (next..to).zip(part.chunks_exact_mut(horizon)) {
                let mut stream = chance.clone();
                stream.set_stream(path);
                self.maker.fill(&mut stream, own);
            }
            walk(part, horizon, &self.fan_steps, &mut share);
            next += together as u64;
        }
        Ok(share)
    }

    /// Puts the shares together, in whatever order they come, and counts.
    ///
    /// # Errors
    /// Shares that overlap or leave a path out; a share of another simulation.
    pub fn conclude(&self, mut shares: Vec<PathShare>) -> Result<MonteCarloOutcome, MonteCarloError> {
        shares.sort_by_key(|share| (share.first, share.figures.len()));
        let mut expected = 0;
        for share in &shares {
            if share.first != expected {
                return Err(MonteCarloError::Shares { expected, got: share.paths() });
            }
            let finite = share.levels.iter().all(|level| *level >= 0.0 && level.is_finite());
            if share.levels.len() != share.figures.len() * self.fan_steps.len() || !finite {
                return Err(MonteCarloError::Foreign { first: share.first });
            }
            expected = share.paths().end;
        }
        if expected != self.rules.paths {
            return Err(MonteCarloError::Shares { expected, got: self.rules.paths..self.rules.paths });
        }
        Ok(MonteCarloOutcome::of(
            [self.maker.name(), self.maker.step()],
            &self.rules,
            &self.fan_steps,
            &shares,
        ))
    }

    /// Makes all paths and counts.
    ///
    /// # Errors
    /// None that [`new`](Self::new) has not found.
    pub fn run(&self) -> Result<MonteCarloOutcome, MonteCarloError> {
        self.conclude(vec![self.simulate(0..self.rules.paths)?])
    }
}
