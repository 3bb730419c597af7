//! The head file: how far the chain had come, so that records missing at the end are noticed.
//!
//! It starts with the mark `ATJHEAD1` and has two entries of 52 bytes: number of records (8), their hash (32), number of
//! the last segment (4), whether the journal was closed (4), CRC-32 of all that (4). They are written in turn, always the
//! older one, so that a crash spoils one at most.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::frame::{checksum, take};
use crate::{ChainHead, Damage};

const MARK: [u8; 8] = *b"ATJHEAD1";
const ENTRY: usize = 52;

/// What the head remembers of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) head: ChainHead,
    /// Number of the last segment; 0 before there is one.
    pub(crate) segment: u32,
    pub(crate) closed: bool,
}

/// The head file as it was read: its two entries, nothing for one that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memories(pub(crate) [Option<Memory>; 2]);

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("journal.head")
}

impl Memory {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ENTRY);
        bytes.extend_from_slice(&self.head.records.to_le_bytes());
        bytes.extend_from_slice(&self.head.hash);
        bytes.extend_from_slice(&self.segment.to_le_bytes());
        bytes.extend_from_slice(&u32::from(self.closed).to_le_bytes());
        let sum = checksum(&[&bytes]);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        let mut rest = body;
        let records = u64::from_le_bytes(take(&mut rest)?);
        let hash = take(&mut rest)?;
        let segment = u32::from_le_bytes(take(&mut rest)?);
        let closed = match u32::from_le_bytes(take(&mut rest)?) {
            0 => false,
            1 => true,
            _ => return None,
        };
        let memory = Self { head: ChainHead { records, hash }, segment, closed };
        (checksum(&[body]) == u32::from_le_bytes(*sum)).then_some(memory)
    }

    /// Which of two is the later one: more records, a later segment, closed after open.
    const fn rank(&self) -> (u64, u32, bool) {
        (self.head.records, self.segment, self.closed)
    }
}

impl Memories {
    /// Reads the head of a journal.
    pub(crate) fn load(folder: &Path) -> Result<Self, Damage> {
        let bytes = match std::fs::read(path(folder)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Damage::NoHead { folder: folder.display().to_string() });
            }
            Err(source) => {
                return Err(Damage::Unreadable { file: path(folder).display().to_string(), source });
            }
        };
        let entries =
            bytes.strip_prefix(&MARK).ok_or(Damage::Head { what: "it does not start as a head does" })?;
        if entries.len() != 2 * ENTRY {
            return Err(Damage::Head { what: "its length is not that of a head" });
        }
        let (first, second) = entries.split_at_checked(ENTRY).unwrap_or_default();
        let memories = Self([Memory::decode(first), Memory::decode(second)]);
        if memories.0 == [None; 2] {
            return Err(Damage::Head { what: "both entries are" });
        }
        Ok(memories)
    }

    /// The entries that can be read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Memory> {
        self.0.into_iter().flatten()
    }

    /// The later one.
    pub(crate) fn latest(&self) -> Memory {
        self.iter().max_by_key(Memory::rank).unwrap_or_default()
    }

    /// The first entry that cannot be read.
    pub(crate) fn damaged(&self) -> Option<usize> {
        self.0.iter().position(Option::is_none)
    }

    /// The entry to write next: a damaged one, else the older one.
    fn oldest(&self) -> usize {
        match self.0 {
            [None, _] => 0,
            [_, None] => 1,
            [Some(first), Some(second)] => usize::from(second.rank() < first.rank()),
        }
    }
}

/// The head file, open and locked against other writers.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    memories: Memories,
}

impl HeadFile {
    /// Makes a new head file.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        if path(folder).try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Written under another name first: there is a whole head file or none, whenever a crash comes.
        let draft = folder.join("journal.head.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&draft)?;
        file.try_lock()?;
        file.set_len(0)?;
        let empty = Memory::default().encode();
        file.write_all(&[MARK.as_slice(), &empty, &empty].concat())?;
        std::fs::rename(draft, path(folder))?;
        Ok(Self { file, memories: Memories([Some(Memory::default()); 2]) })
    }

    /// Opens an existing head file and locks it.
    pub(crate) fn lock(folder: &Path) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(path(folder))?;
        file.try_lock()?;
        Ok(file)
    }

    /// Goes on with a locked head file whose entries were read.
    pub(crate) const fn resume(file: File, memories: Memories) -> Self {
        Self { file, memories }
    }

    /// Remembers, in the place of what is older.
    pub(crate) fn remember(&mut self, memory: Memory) -> io::Result<()> {
        let place = self.memories.oldest();
        let offset = MARK.len() + place * ENTRY;
        self.file.seek(SeekFrom::Start(offset as u64))?;
        self.file.write_all(&memory.encode())?;
        if let Some(entry) = self.memories.0.get_mut(place) {
            *entry = Some(memory);
        }
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(records: u64) -> Memory {
        Memory { head: ChainHead { records, hash: [7; 32] }, segment: 1, closed: false }
    }

    #[test]
    fn entries_are_written_in_turn_and_the_latest_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut head = HeadFile::create(folder.path()).unwrap();
        for records in 1..=3 {
            head.remember(memory(records)).unwrap();
            let memories = Memories::load(folder.path()).unwrap();
            assert_eq!(memories.latest(), memory(records));
            assert_eq!(memories.iter().map(|entry| entry.head.records).min(), Some(records - 1));
        }
    }

    #[test]
    fn closing_and_reopening_without_a_record_are_remembered_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut head = HeadFile::create(folder.path()).unwrap();
        head.remember(memory(1)).unwrap();
        head.remember(Memory { closed: true, ..memory(1) }).unwrap();
        assert!(Memories::load(folder.path()).unwrap().latest().closed);
    }

    #[test]
    fn two_writers_cannot_hold_one_head() {
        let folder = tempfile::tempdir().unwrap();
        let _first = HeadFile::create(folder.path()).unwrap();
        assert_eq!(HeadFile::lock(folder.path()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
