//! Jobs on the cores of this machine.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use autotrading_backtest::laboratory::{Executor, JobError, JobMarket, JobResult, JobSpec};
use autotrading_backtest::monte_carlo::{MonteCarlo, MonteCarloError, MonteCarloOutcome};

/// Runs jobs on so many threads. Whoever is free takes the next job; what comes back does not depend on who took what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalThreads {
    /// How many.
    pub threads: NonZeroUsize,
}

impl Default for LocalThreads {
    /// As many as this machine has cores.
    fn default() -> Self {
        Self { threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN) }
    }
}

impl LocalThreads {
    /// Makes the paths of a simulation on these threads. The outcome is that of [`MonteCarlo::run`], to the byte.
    ///
    /// # Errors
    /// As [`MonteCarlo::simulate`].
    pub fn simulate(&self, simulation: &MonteCarlo<'_>) -> Result<MonteCarloOutcome, MonteCarloError> {
        let shares = std::thread::scope(|scope| {
            let worker = |paths| scope.spawn(move || simulation.simulate(paths));
            let workers: Vec<_> = simulation.shares(self.threads.get() as u64).map(worker).collect();
            let shares = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            shares.collect::<Result<Vec<_>, _>>()
        })?;
        simulation.conclude(shares)
    }
}

impl Executor for LocalThreads {
    type Error = JobError;

    fn execute(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), JobError> {
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, results) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.get().min(jobs.len()) {
                let (sender, next, stop) = (sender.clone(), &next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = jobs.get(place) else { break };
                        if sender.send((place, job.run(market))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut outcome = Ok(());
            for (place, result) in results {
                match result {
                    Ok(result) if outcome.is_ok() => {
                        if finished(place, result).is_break() {
                            stop.store(true, Ordering::Relaxed);
                            break;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        outcome = outcome.and(Err(error));
                    }
                }
            }
            outcome
        })
    }
}
