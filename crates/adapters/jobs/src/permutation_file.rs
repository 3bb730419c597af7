//! The best trials of permuted markets on disk, one line each, written as they come.

use std::collections::BTreeMap;
use std::path::Path;

use autotrading_backtest::laboratory::Criterion;
use serde::{Deserialize, Serialize};

use crate::kept::Kept;
use crate::{Recovered, ResultFileError, SearchName};

/// A file of permutations that is added to. What was drawn under another seed or criterion stays in it and is not looked at.
#[derive(Debug)]
pub struct PermutationFile {
    kept: Kept,
    seed: u64,
    criterion: Criterion,
    known: BTreeMap<u64, Option<f64>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seed: u64,
    criterion: Criterion,
    number: u64,
    best: Option<f64>,
}

impl PermutationFile {
    /// Opens the file of a search, or begins it. A last line that was not finished is cut off; its permutation is searched
    /// again.
    ///
    /// # Errors
    /// As [`ResultFile::open`](crate::ResultFile::open).
    pub fn open(
        path: &Path,
        search: &SearchName,
        seed: u64,
        criterion: Criterion,
    ) -> Result<(Self, Recovered), ResultFileError> {
        let (kept, lines, torn) = Kept::open::<Line>(path, search)?;
        let own = lines.into_iter().filter(|line| line.seed == seed && line.criterion == criterion);
        let known: BTreeMap<u64, Option<f64>> = own.map(|line| (line.number, line.best)).collect();
        let recovered = Recovered { results: known.len(), torn };
        Ok((Self { kept, seed, criterion, known }, recovered))
    }

    /// The best of a permutation, if it was searched; the inner value is `None` where no trial had one.
    pub fn get(&self, number: u64) -> Option<Option<f64>> {
        self.known.get(&number).copied()
    }

    /// Adds the best of a permutation and hands it to the system before it returns.
    ///
    /// # Errors
    /// The system refuses.
    pub fn add(&mut self, number: u64, best: Option<f64>) -> Result<(), ResultFileError> {
        self.kept.write(&Line { seed: self.seed, criterion: self.criterion, number, best })?;
        self.known.insert(number, best);
        Ok(())
    }
}
