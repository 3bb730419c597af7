//! Reading a journal, and vouching for it.

use std::path::Path;

use crate::walk::Walk;
use crate::{ChainHead, Damage};

/// A journal that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many records there are, and the hash of them all.
    pub head: ChainHead,
    /// How many segments hold them.
    pub segments: u32,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Whether the journal was closed after the last record. One that is being written, or whose writer died, is not.
    pub closed: bool,
}

/// Checks every byte of a journal: lengths, checksums, numbers, the chain, and that nothing is missing at its end.
///
/// # Errors
/// The first [`Damage`], with segment, offset and record. A torn tail is damage too; see [`Damage::is_repairable`].
pub fn verify(folder: &Path) -> Result<Summary, Damage> {
    let mut walk = Walk::start(folder)?;
    while walk.advance()?.is_some() {}
    if let Some(entry) = walk.memories().damaged() {
        return Err(Damage::HeadEntry { entry });
    }
    let latest = walk.memories().latest();
    Ok(Summary {
        head: walk.chain,
        segments: walk.last_segment(),
        bytes: walk.bytes_so_far(),
        closed: latest.closed && latest.head == walk.chain,
    })
}

/// One record as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub sequence: u64,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// Reads the records of a journal in order, checking each on the way.
///
/// # Errors
/// [`Damage`] of the head file or of the list of segments; damage of records comes out of the iterator, which ends there.
pub fn read(folder: &Path) -> Result<Entries, Damage> {
    Walk::start(folder).map(|walk| Entries { walk, ended: false })
}

/// The records of a journal, one by one. Holds one segment in memory.
#[derive(Debug)]
pub struct Entries {
    walk: Walk,
    ended: bool,
}

impl Iterator for Entries {
    type Item = Result<Entry, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.walk.advance() {
            Ok(Some(place)) => {
                let payload = self.walk.payload(place).to_vec();
                Some(Ok(Entry { sequence: self.walk.chain.records, payload }))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(damage) => {
                self.ended = true;
                Some(Err(damage))
            }
        }
    }
}
