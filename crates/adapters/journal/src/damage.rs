//! What can be wrong with a journal, and where exactly.

use std::io;

/// What is wrong with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file ends inside the record.
    #[error("the file ends inside it: {left} bytes of {needed}")]
    Short {
        /// How many bytes it needs.
        needed: u64,
        /// How many are left.
        left: u64,
    },
    /// No record is that long.
    #[error("its length of {got} bytes is above the largest, {}", crate::LARGEST_PAYLOAD)]
    Length {
        /// What it claims.
        got: u32,
    },
    /// Its bytes are not those that were written.
    #[error("its checksum is {got:08x}, expected {expected:08x}")]
    Checksum {
        /// Of the bytes that are there.
        got: u32,
        /// As it was written.
        expected: u32,
    },
    /// It is not the next one.
    #[error("it says that it is record {got}")]
    Sequence {
        /// Its number.
        got: u64,
    },
    /// What comes before it is not what came before it when it was written.
    #[error("its hash of the records before does not fit them")]
    Chain,
}

/// Why a journal cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A file cannot be read.
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The folder has no head file: it is no journal, or its head was taken away.
    #[error("{folder} has no journal.head")]
    NoHead {
        /// The folder.
        folder: String,
    },
    /// The head file is not what was written.
    #[error("journal.head is damaged: {what}")]
    Head {
        /// In what respect.
        what: &'static str,
    },
    /// One of the two entries of the head file is not what was written. A crash while it was written may do that; opening
    /// the journal repairs it.
    #[error("entry {entry} of journal.head is damaged")]
    HeadEntry {
        /// Which one, 0 or 1.
        entry: usize,
    },
    /// A segment is not there, or one is there that should not be.
    #[error("segment {expected} is missing; found {}", found.map_or_else(|| "no further one".to_owned(), |n| format!("segment {n}")))]
    Segment {
        /// The number that should come next.
        expected: u32,
        /// The one that does.
        found: Option<u32>,
    },
    /// The header of a segment is not what was written.
    #[error("segment {segment}: its header is damaged: {what}")]
    SegmentHeader {
        /// Number of the segment.
        segment: u32,
        /// In what respect.
        what: &'static str,
    },
    /// A record in the middle is not what was written.
    #[error("segment {segment}, offset {offset}, record {sequence}: {fault}")]
    Record {
        /// Number of the segment.
        segment: u32,
        /// Where the record starts in it, in bytes.
        offset: u64,
        /// Number of the record, from 1.
        sequence: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// The last record is incomplete. A crash while it was written does that; opening the journal cuts it off.
    #[error(
        "segment {segment}, offset {offset}: {bytes} bytes after record {records} are no whole record ({fault})"
    )]
    TornTail {
        /// Number of the segment.
        segment: u32,
        /// Where the tail starts in it, in bytes.
        offset: u64,
        /// Its length.
        bytes: u64,
        /// How many whole records there are before.
        records: u64,
        /// What is wrong with it as a record.
        fault: Fault,
    },
    /// Records are missing at the end.
    #[error("the journal ends after record {found}, but had {recorded} records")]
    Cut {
        /// How many records the head remembers.
        recorded: u64,
        /// How many there are.
        found: u64,
    },
    /// The records are a chain, but not the one that the head remembers.
    #[error("record {sequence} is not the one that the head remembers")]
    OtherChain {
        /// The record at which they should meet.
        sequence: u64,
    },
}

impl Damage {
    /// Whether a crash explains it, so that opening the journal repairs it.
    pub const fn is_repairable(&self) -> bool {
        matches!(self, Self::TornTail { .. } | Self::HeadEntry { .. })
    }
}
