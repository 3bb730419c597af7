//! Walking along a journal, record by record, believing nothing.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use crate::frame::{OVERHEAD, decode};
use crate::head::{Memories, Memory};
use crate::segment::{self, HEADER};
use crate::{ChainHead, Damage, Fault};

/// A walk through all records of a folder. After damage it goes no further.
#[derive(Debug)]
pub(crate) struct Walk {
    folder: PathBuf,
    memories: Memories,
    /// Number of the last segment; they are numbered from 1.
    last: u32,
    /// The segment at hand; 0 before the first.
    number: u32,
    bytes: Vec<u8>,
    offset: usize,
    /// How far the chain has come.
    pub(crate) chain: ChainHead,
    /// Bytes of the segments before the one at hand.
    passed: u64,
}

impl Walk {
    /// Looks which files there are.
    pub(crate) fn start(folder: &Path) -> Result<Self, Damage> {
        let memories = Memories::load(folder)?;
        let numbers = segment::list(folder)
            .map_err(|source| Damage::Unreadable { file: folder.display().to_string(), source })?;
        let last = last_of(&numbers, memories.latest().segment)?;
        let walk = Self {
            folder: folder.to_owned(),
            memories,
            last,
            number: 0,
            bytes: Vec::new(),
            offset: 0,
            chain: ChainHead::default(),
            passed: 0,
        };
        walk.compare_with_head()?;
        Ok(walk)
    }

    /// Goes to the next record. Gives the place of its payload, for [`Walk::payload`]; nothing at the sound end.
    pub(crate) fn advance(&mut self) -> Result<Option<Range<usize>>, Damage> {
        while self.offset == self.bytes.len() {
            if self.number == self.last {
                return self.end().map(|()| None);
            }
            self.enter(self.number + 1)?;
        }
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let frame = match decode(rest) {
            Ok(frame) => frame,
            Err(fault) => return Err(self.bad_record(fault)),
        };
        let sequence = self.chain.records.saturating_add(1);
        if frame.sequence != sequence {
            return Err(self.damage_here(Fault::Sequence { got: frame.sequence }));
        }
        if frame.previous != self.chain.hash {
            return Err(self.damage_here(Fault::Chain));
        }
        let (head, length) = (self.chain.with(frame.payload), frame.payload.len());
        self.chain = head;
        self.compare_with_head()?;
        let start = self.offset + OVERHEAD;
        self.offset = start + length;
        Ok(Some(start..self.offset))
    }

    /// The payload at a place that [`Walk::advance`] gave.
    pub(crate) fn payload(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// What the head file remembers.
    pub(crate) const fn memories(&self) -> Memories {
        self.memories
    }

    /// Number of the last segment; 0 when there is none.
    pub(crate) const fn last_segment(&self) -> u32 {
        self.last
    }

    /// Bytes of all segments so far.
    pub(crate) fn bytes_so_far(&self) -> u64 {
        self.passed + self.offset as u64
    }

    fn enter(&mut self, number: u32) -> Result<(), Damage> {
        self.passed = self.bytes_so_far();
        self.bytes = segment::load(&self.folder, number)?;
        (self.number, self.offset) = (number, 0);
        match segment::check_header(&self.bytes, number, &self.chain) {
            Ok(()) => self.offset = HEADER,
            Err(_) if self.may_be_torn() => {
                let left = self.bytes.len() as u64;
                return Err(self.torn(Fault::Short { needed: HEADER as u64, left }));
            }
            Err(what) => return Err(Damage::SegmentHeader { segment: number, what }),
        }
        Ok(())
    }

    /// Where the head remembers this very number of records, the chain must be the same.
    fn compare_with_head(&self) -> Result<(), Damage> {
        let other = |memory: Memory| memory.head.records == self.chain.records && memory.head != self.chain;
        if self.memories.iter().any(other) {
            return Err(Damage::OtherChain { sequence: self.chain.records });
        }
        Ok(())
    }

    fn end(&self) -> Result<(), Damage> {
        let (recorded, found) = (self.memories.latest().head.records, self.chain.records);
        if recorded > found { Err(Damage::Cut { recorded, found }) } else { Ok(()) }
    }

    #[cold]
    fn bad_record(&self, fault: Fault) -> Damage {
        if self.may_be_torn() { self.torn(fault) } else { self.damage_here(fault) }
    }

    fn damage_here(&self, fault: Fault) -> Damage {
        Damage::Record {
            segment: self.number,
            offset: self.offset as u64,
            sequence: self.chain.records.saturating_add(1),
            fault,
        }
    }

    fn torn(&self, fault: Fault) -> Damage {
        Damage::TornTail {
            segment: self.number,
            offset: self.offset as u64,
            bytes: (self.bytes.len() - self.offset) as u64,
            records: self.chain.records,
            fault,
        }
    }

    /// A crash tears only what comes last: in the last segment, after all that the head remembers, and with no whole
    /// record behind it. A broken length in the middle looks like a torn tail too, but has records behind it.
    fn may_be_torn(&self) -> bool {
        self.number == self.last
            && self.memories.latest().head.records <= self.chain.records
            && !self.has_record_behind()
    }

    fn has_record_behind(&self) -> bool {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let next = self.chain.records;
        let plausible = next..=next.saturating_add((rest.len() / OVERHEAD) as u64 + 1);
        (1..rest.len()).filter_map(|start| rest.get(start..)).any(|bytes| {
            let numbered = bytes.get(8..16).and_then(|number| number.try_into().ok()).map(u64::from_le_bytes);
            numbered.is_some_and(|number| plausible.contains(&number)) && decode(bytes).is_ok()
        })
    }
}

/// The number of the last segment, when they are all there.
fn last_of(numbers: &[u32], remembered: u32) -> Result<u32, Damage> {
    let mut last = 0;
    for number in numbers {
        if *number != last + 1 {
            return Err(Damage::Segment { expected: last + 1, found: Some(*number) });
        }
        last = *number;
    }
    if last < remembered { Err(Damage::Segment { expected: last + 1, found: None }) } else { Ok(last) }
}
