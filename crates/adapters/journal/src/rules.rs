//! How careful the journal is, and how large its files grow.

use std::num::NonZeroU32;

/// When records are forced to the disk (`fsync`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Never by us: for runs that can be repeated. Records are buffered; a crash loses the last ones.
    Never,
    /// Once, when the journal is closed. Buffered until then.
    OnClose,
    /// After so many records. Each record reaches the operating system at once, so that only a crash of the machine loses
    /// any.
    Every(NonZeroU32),
    /// After each record: what was appended is on the disk.
    EveryRecord,
}

/// The rules of a journal on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalRules {
    /// When records are forced to the disk. Default: after each one.
    pub sync: SyncPolicy,
    /// A segment is full when the next record would make it larger than this many bytes; a record larger than that gets
    /// a segment of its own. Default: 64 MiB.
    pub segment_bytes: u64,
}

impl Default for JournalRules {
    fn default() -> Self {
        Self { sync: SyncPolicy::EveryRecord, segment_bytes: 64 << 20 }
    }
}

impl JournalRules {
    /// For runs that can be repeated, such as backtests: forced to the disk once, at the end.
    pub const fn repeatable() -> Self {
        Self { sync: SyncPolicy::OnClose, segment_bytes: 64 << 20 }
    }
}
