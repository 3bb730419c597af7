//! A file that is added to line by line and belongs to one search: what a killed program goes on from.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use autotrading_backtest::laboratory::{JobError, JobSpec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::line;

/// Name of a search: SHA-256 over the names of all its jobs, in order. Shards of one search have the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SearchName(String);

impl SearchName {
    /// The name of the search of these jobs.
    ///
    /// # Errors
    /// A job that cannot be written down.
    pub fn of(jobs: &[JobSpec]) -> Result<Self, JobError> {
        let mut digest = Sha256::new();
        for job in jobs {
            digest.update(job.id()?.to_string());
        }
        Ok(Self(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The first eight digits.
    fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// The first line of a file of results.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    format: u32,
    search: SearchName,
}

const FORMAT: u32 = 1;

/// What was found when a file was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Results that are whole.
    pub results: usize,
    /// Bytes of a last line that was not finished when the program was killed; they were cut off.
    pub torn: usize,
}

/// Why a file of results cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResultFileError {
    /// The system refused.
    #[error("{file}: {source}")]
    Io {
        /// Which file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A line before the last is damaged.
    #[error(
        "{file}, line {line} is damaged: {reason}; the whole results around it are good: remove that line, and its job is \
         run again"
    )]
    Damaged {
        /// Which file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The results are of another search.
    #[error(
        "{file} holds results of the search {found}, this is {asked}: other data, parameters or window; take another folder, \
         or --force to begin anew"
    )]
    OtherSearch {
        /// Which file.
        file: String,
        /// The search it belongs to.
        found: String,
        /// The search that was asked for.
        asked: String,
    },
    /// Written by another version.
    #[error("{file} has the format {found}, this program reads format {FORMAT}")]
    Format {
        /// Which file.
        file: String,
        /// Its format.
        found: u32,
    },
    /// A result cannot be written down.
    #[error("a result cannot be written down: {0}")]
    Text(#[from] serde_json::Error),
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Kept {
    path: PathBuf,
    file: File,
}

impl Kept {
    /// Opens the file of a search, or begins it, and reads what it holds. A last line that was not finished is cut off; how
    /// many bytes that were is told.
    pub(crate) fn open<T: DeserializeOwned>(
        path: &Path,
        search: &SearchName,
    ) -> Result<(Self, Vec<T>, usize), ResultFileError> {
        let refused = |source| ResultFileError::Io { file: path.display().to_string(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(refused)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(refused)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let torn = bytes.len() - whole;
        bytes.truncate(whole);
        let known = read_all(path, &bytes, search)?;
        if torn > 0 {
            file.set_len(whole as u64).map_err(refused)?;
        }
        let mut opened = Self { path: path.to_path_buf(), file };
        if whole == 0 {
            opened.write(&Heading { format: FORMAT, search: search.clone() })?;
        }
        Ok((opened, known, torn))
    }

    /// Reads the lines of a file that must be there and belong to this search.
    pub(crate) fn read<T: DeserializeOwned>(
        path: &Path,
        search: &SearchName,
    ) -> Result<Vec<T>, ResultFileError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ResultFileError::Io { file: path.display().to_string(), source })?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        read_all(path, bytes.get(..whole).unwrap_or(&[]), search)
    }

    /// Adds a line and hands it to the system before it returns.
    pub(crate) fn write<T: Serialize>(&mut self, value: &T) -> Result<(), ResultFileError> {
        let line = line::written(value)?;
        self.file
            .write_all(&line)
            .map_err(|source| ResultFileError::Io { file: self.path.display().to_string(), source })
    }
}

fn read_all<T: DeserializeOwned>(
    path: &Path,
    bytes: &[u8],
    search: &SearchName,
) -> Result<Vec<T>, ResultFileError> {
    let file = || path.display().to_string();
    let damaged = |line: usize, reason: String| ResultFileError::Damaged { file: file(), line, reason };
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).zip(1..);
    let Some((first, number)) = lines.next() else { return Ok(Vec::new()) };
    let heading: Heading = line::read(first).map_err(|reason| damaged(number, reason))?;
    if heading.format != FORMAT {
        return Err(ResultFileError::Format { file: file(), found: heading.format });
    }
    if heading.search != *search {
        let (found, asked) = (heading.search.short().to_owned(), search.short().to_owned());
        return Err(ResultFileError::OtherSearch { file: file(), found, asked });
    }
    lines.map(|(content, number)| line::read(content).map_err(|reason| damaged(number, reason))).collect()
}
