//! An executor that does no job twice.

use std::cell::RefCell;
use std::ops::ControlFlow;

use autotrading_backtest::laboratory::{Executor, JobError, JobMarket, JobResult, JobSpec};

use crate::{ResultFile, ResultFileError, Shard};

/// Looks a job up in a file of results before it has it run by another executor, and keeps every new result there. With a
/// shard, jobs of other shards are left out.
#[derive(Debug)]
pub struct Remembering<E> {
    file: RefCell<ResultFile>,
    shard: Shard,
    executor: E,
}

/// Why jobs could not be run or remembered.
#[derive(Debug, thiserror::Error)]
pub enum RememberError<E> {
    /// A job without a name.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The file of results.
    #[error(transparent)]
    File(#[from] ResultFileError),
    /// The executor behind.
    #[error(transparent)]
    Executor(E),
}

impl<E: Executor> Remembering<E> {
    /// Puts a file before an executor.
    pub const fn new(file: ResultFile, shard: Shard, executor: E) -> Self {
        Self { file: RefCell::new(file), shard, executor }
    }
}

impl<E: Executor> Executor for Remembering<E>
where
    E::Error: 'static,
{
    type Error = RememberError<E::Error>;

    fn execute(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), Self::Error> {
        let mut places = Vec::new();
        let mut missing = Vec::new();
        for (place, job) in jobs.iter().enumerate().filter(|(place, _)| self.shard.has(*place)) {
            let known = self.file.borrow().get(&job.id()?).cloned();
            match known {
                Some(result) if finished(place, result.clone()).is_break() => return Ok(()),
                Some(_) => {}
                None => {
                    places.push(place);
                    missing.push(job.clone());
                }
            }
        }
        let mut unwritten = None;
        let run = self.executor.execute(&missing, market, &mut |number, result| {
            if let Err(error) = self.file.borrow_mut().add(&result) {
                unwritten = Some(error);
                return ControlFlow::Break(());
            }
            places.get(number).map_or(ControlFlow::Break(()), |place| finished(*place, result))
        });
        match unwritten {
            Some(error) => Err(error.into()),
            None => run.map_err(RememberError::Executor),
        }
    }
}
