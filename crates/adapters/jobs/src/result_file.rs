//! Results on disk, one line each, written as they come.

use std::collections::BTreeMap;
use std::path::Path;

use autotrading_backtest::laboratory::{JobId, JobResult};

use crate::kept::Kept;
use crate::{Recovered, ResultFileError, SearchName};

/// A file of results that is added to.
#[derive(Debug)]
pub struct ResultFile {
    kept: Kept,
    known: BTreeMap<JobId, JobResult>,
}

impl ResultFile {
    /// Opens the file of a search, or begins it. A last line that was not finished is cut off; its job is run again.
    ///
    /// # Errors
    /// [`ResultFileError`]: another search, a damaged line with its number, or the system refuses.
    pub fn open(path: &Path, search: &SearchName) -> Result<(Self, Recovered), ResultFileError> {
        let (kept, lines, torn) = Kept::open(path, search)?;
        let known = by_name(lines);
        let recovered = Recovered { results: known.len(), torn };
        Ok((Self { kept, known }, recovered))
    }

    /// Reads the results of a file that must be there and belong to this search.
    ///
    /// # Errors
    /// As [`ResultFile::open`].
    pub fn read(path: &Path, search: &SearchName) -> Result<BTreeMap<JobId, JobResult>, ResultFileError> {
        Ok(by_name(Kept::read(path, search)?))
    }

    /// The result of a job, if it is known.
    pub fn get(&self, id: &JobId) -> Option<&JobResult> {
        self.known.get(id)
    }

    /// Adds a result and hands it to the system before it returns.
    ///
    /// # Errors
    /// The system refuses.
    pub fn add(&mut self, result: &JobResult) -> Result<(), ResultFileError> {
        self.kept.write(result)?;
        self.known.insert(result.id, result.clone());
        Ok(())
    }
}

fn by_name(results: Vec<JobResult>) -> BTreeMap<JobId, JobResult> {
    results.into_iter().map(|result| (result.id, result)).collect()
}
