//! What was ever tried on a data set.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use autotrading_backtest::laboratory::{JobSpec, TrialId};
use serde::{Deserialize, Serialize};

use crate::line;

/// A file with one line for each trial that was ever run: on which data, under which name, with which Sharpe ratio. The
/// same configuration on the same data is one trial, however often and on whichever stretch it is run.
///
/// A deflated Sharpe ratio needs the number of trials that were really made, over all searches, those of last month too.
#[derive(Debug)]
pub struct TrialLedger {
    path: PathBuf,
    seen: BTreeMap<String, BTreeMap<TrialId, Option<f64>>>,
}

/// How many trials a data set has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialCount {
    /// Different configurations.
    pub trials: usize,
    /// Sharpe ratios of those that have one, per period (not annualised), in the order of their names.
    pub sharpes: Vec<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    data: String,
    trial: TrialId,
    sharpe: Option<f64>,
}

/// Why the ledger cannot be used. A ledger that is damaged is not begun anew: what it counted would be forgotten.
#[derive(Debug, thiserror::Error)]
pub enum TrialLedgerError {
    /// The system refused.
    #[error("{file}: {source}")]
    Io {
        /// Which file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A line is damaged.
    #[error(
        "{file}, line {line} is damaged: {reason}; the ledger of trials is not begun anew, since it would forget: \
             mend or remove the line, or take another ledger with --ledger"
    )]
    Damaged {
        /// Which file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry cannot be written down.
    #[error("a trial cannot be written down: {0}")]
    Text(#[from] serde_json::Error),
    /// A job cannot be named.
    #[error(transparent)]
    Job(#[from] autotrading_backtest::laboratory::JobError),
}

impl TrialLedger {
    /// Opens the ledger, or begins one. A last line that was not finished is cut off.
    ///
    /// # Errors
    /// [`TrialLedgerError`] with file and line.
    pub fn open(path: &Path) -> Result<Self, TrialLedgerError> {
        let refused = |source| TrialLedgerError::Io { file: path.display().to_string(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(refused)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(refused)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(refused)?;
        }
        let mut ledger = Self { path: path.to_path_buf(), seen: BTreeMap::new() };
        let lines = bytes.get(..whole).unwrap_or(&[]).split(|byte| *byte == b'\n');
        for (content, line) in lines.zip(1..).filter(|(content, _)| !content.is_empty()) {
            let entry: Entry = line::read(content).map_err(|reason| TrialLedgerError::Damaged {
                file: path.display().to_string(),
                line,
                reason,
            })?;
            ledger.take(entry);
        }
        Ok(ledger)
    }

    /// Counts trials; those that are known already change nothing. Each comes with its Sharpe ratio per period.
    ///
    /// # Errors
    /// The system refuses, or a job cannot be named.
    pub fn count<'a>(
        &mut self,
        trials: impl IntoIterator<Item = (&'a JobSpec, Option<f64>)>,
    ) -> Result<(), TrialLedgerError> {
        let mut lines = Vec::new();
        for (job, sharpe) in trials {
            let entry = Entry { data: job.data.clone(), trial: job.trial()?, sharpe };
            if self.seen.get(&entry.data).is_some_and(|known| known.contains_key(&entry.trial)) {
                continue;
            }
            lines.extend_from_slice(&line::written(&entry)?);
            self.take(entry);
        }
        let write = || OpenOptions::new().append(true).open(&self.path)?.write_all(&lines);
        write().map_err(|source| TrialLedgerError::Io { file: self.path.display().to_string(), source })
    }

    /// What a data set has seen.
    pub fn on(&self, data: &str) -> TrialCount {
        self.seen.get(data).map_or_else(TrialCount::default, |trials| TrialCount {
            trials: trials.len(),
            sharpes: trials.values().flatten().copied().collect(),
        })
    }

    fn take(&mut self, entry: Entry) {
        self.seen.entry(entry.data).or_default().entry(entry.trial).or_insert(entry.sharpe);
    }
}
