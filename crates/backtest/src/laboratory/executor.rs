//! Who runs jobs: a port, and the simplest that stands behind it.

use std::ops::ControlFlow;

use super::{JobError, JobMarket, JobResult, JobSpec};

/// Runs jobs, wherever it likes and in whatever order. Owned by the laboratory; threads, shards and other machines
/// stand behind it.
///
/// Duty: every result is that of [`JobSpec::run`], bytes and all, and `finished` is told the place of the job in the list.
pub trait Executor {
    /// Why jobs could not be run.
    type Error: std::error::Error;

    /// Runs all jobs, or fewer when `finished` breaks. A job that fails ends the whole.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn execute(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;

    /// Runs all jobs and gives their results in the order of the list; `None` where `finished` broke before.
    ///
    /// # Errors
    /// As [`Executor::execute`].
    fn collect(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Vec<Option<JobResult>>, Self::Error> {
        let mut results: Vec<Option<JobResult>> = Vec::new();
        results.resize_with(jobs.len(), || None);
        let mut done = 0;
        self.execute(jobs, market, &mut |place, result| {
            if let Some(slot) = results.get_mut(place) {
                *slot = Some(result);
                done += 1;
            }
            finished(done)
        })?;
        Ok(results)
    }
}

/// One job after the other, on the thread of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct InTurn;

impl Executor for InTurn {
    type Error = JobError;

    fn execute(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), JobError> {
        for (place, job) in jobs.iter().enumerate() {
            if finished(place, job.run(market)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}
