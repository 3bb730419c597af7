//! The journal port of the core, on disk: each record is one line of JSON in a frame.

use std::path::Path;

use autotrading_core::{Journal, OwnedRecord, Record};

use crate::{ChainHead, Damage, Entries, JournalError, JournalRules, Recovery, Writer, read};

/// Keeps the records of a session in a folder.
#[derive(Debug)]
pub struct DiskJournal {
    writer: Writer,
    text: Vec<u8>,
}

impl DiskJournal {
    /// Starts a journal in a folder, which is made if need be.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub fn create(folder: &Path, rules: JournalRules) -> Result<Self, JournalError> {
        Writer::create(folder, rules).map(|writer| Self { writer, text: Vec::new() })
    }

    /// Goes on with a journal; a tail torn by a crash is cut off, and said so.
    ///
    /// # Errors
    /// As [`Writer::open`].
    pub fn open(folder: &Path, rules: JournalRules) -> Result<(Self, Recovery), JournalError> {
        Writer::open(folder, rules).map(|(writer, recovery)| (Self { writer, text: Vec::new() }, recovery))
    }

    /// Finishes the journal, as [`Writer::close`].
    ///
    /// # Errors
    /// As [`Writer::close`].
    pub fn close(self) -> Result<ChainHead, JournalError> {
        self.writer.close()
    }

    /// How far the chain has come.
    pub const fn head(&self) -> ChainHead {
        self.writer.head()
    }

    /// Forces everything to the disk, whatever the policy.
    ///
    /// # Errors
    /// As [`Writer::sync`].
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.writer.sync()
    }
}

impl Journal for DiskJournal {
    type Error = JournalError;

    fn append(&mut self, record: &Record<'_>) -> Result<(), JournalError> {
        self.text.clear();
        serde_json::to_writer(&mut self.text, record)?;
        self.writer.append(&self.text).map(|_| ())
    }
}

/// Why a record was not read back.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The journal is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The record is whole, but not one that this program knows.
    #[error("record {sequence} cannot be understood: {source}")]
    Unknown {
        /// Its number, from 1.
        sequence: u64,
        /// What is strange about it.
        source: serde_json::Error,
    },
}

/// Reads the records of a session in order, each with its number, checking the chain on the way.
///
/// # Errors
/// As [`read`]; what is wrong with records comes out of the iterator.
pub fn records(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<(u64, OwnedRecord), RecordError>> + use<>, Damage> {
    let entries: Entries = read(folder)?;
    Ok(entries.map(|entry| {
        let entry = entry?;
        let sequence = entry.sequence;
        serde_json::from_slice(&entry.payload)
            .map(|record| (sequence, record))
            .map_err(|source| RecordError::Unknown { sequence, source })
    }))
}
