//! How one record lies on the disk.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | length of the payload |
//! | 4 | CRC-32 of the length and of everything after this field |
//! | 8 | number of the record, from 1 |
//! | 32 | hash of the chain before it |
//! | ... | payload |
//!
//! Whole numbers are little-endian. The hash of the chain with the record is SHA-256 of the hash before it, its number
//! and its payload; before the first record it is 32 zeros.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::Fault;

/// The largest payload of a record, in bytes.
pub const LARGEST_PAYLOAD: usize = 64 << 20;

/// What a record takes beside its payload.
pub(crate) const OVERHEAD: usize = 48;
/// Length and checksum.
const PREFIX: usize = 8;

/// How far a chain has come: its length, and the hash of all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainHead {
    /// How many records there are.
    pub records: u64,
    /// The hash of all of them.
    pub hash: [u8; 32],
}

impl ChainHead {
    /// The head after one more record.
    #[must_use]
    pub fn with(&self, payload: &[u8]) -> Self {
        let records = self.records.saturating_add(1);
        let hash = Sha256::new().chain_update(self.hash).chain_update(records.to_le_bytes());
        Self { records, hash: hash.chain_update(payload).finalize().into() }
    }
}

impl fmt::Display for ChainHead {
    /// The number of records and the hash in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.records)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One record as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) sequence: u64,
    pub(crate) previous: [u8; 32],
    pub(crate) payload: &'a [u8],
}

/// Appends the record that follows on `head`.
pub(crate) fn encode(head: &ChainHead, payload: &[u8], length: u32, out: &mut Vec<u8>) {
    let sequence = head.records.saturating_add(1).to_le_bytes();
    let length = length.to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum(&[&length, &sequence, &head.hash, payload]).to_le_bytes());
    out.extend_from_slice(&sequence);
    out.extend_from_slice(&head.hash);
    out.extend_from_slice(payload);
}

/// Reads the record at the start of `bytes`, whatever it says of its place in the chain.
pub(crate) fn decode(bytes: &[u8]) -> Result<Frame<'_>, Fault> {
    let short = |needed: usize| Fault::Short { needed: needed as u64, left: bytes.len() as u64 };
    let mut rest = bytes;
    let (length, expected) = take(&mut rest)
        .zip(take(&mut rest))
        .map(|(length, sum)| (u32::from_le_bytes(length), u32::from_le_bytes(sum)))
        .ok_or_else(|| short(OVERHEAD))?;
    let size = length as usize;
    if size > LARGEST_PAYLOAD {
        return Err(Fault::Length { got: length });
    }
    let body = rest.get(..OVERHEAD - PREFIX + size).ok_or_else(|| short(OVERHEAD + size))?;
    let got = checksum(&[&length.to_le_bytes(), body]);
    if got != expected {
        return Err(Fault::Checksum { got, expected });
    }
    let mut payload = body;
    let (sequence, previous) =
        take(&mut payload).zip(take(&mut payload)).ok_or_else(|| short(OVERHEAD + size))?;
    Ok(Frame { sequence: u64::from_le_bytes(sequence), previous, payload })
}

/// Takes the first `N` bytes off.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

/// CRC-32 (IEEE) of the parts one after the other.
pub(crate) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let head = ChainHead::default().with(b"before");
        let mut bytes = Vec::new();
        encode(&head, b"payload", 7, &mut bytes);
        bytes.extend_from_slice(b"what follows");
        let frame = decode(&bytes).unwrap();
        assert_eq!(frame, Frame { sequence: 2, previous: head.hash, payload: b"payload" });
    }

    #[test]
    fn the_layout_is_what_the_table_says() {
        let mut bytes = Vec::new();
        encode(&ChainHead::default(), b"a", 1, &mut bytes);
        assert_eq!(bytes.len(), OVERHEAD + 1);
        assert_eq!(bytes[..4], [1, 0, 0, 0]);
        assert_eq!(bytes[8..16], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[16..48], [0; 32]);
        assert_eq!(bytes[48..], *b"a");
        // CRC-32 of the text that every implementation is checked with.
        assert_eq!(checksum(&[b"12345", b"6789"]), 0xCBF4_3926);
    }

    #[test]
    fn an_absurd_length_is_no_reason_to_read_on() {
        let fault = decode(&[0xFF; 64]).unwrap_err();
        assert_eq!(fault, Fault::Length { got: u32::MAX });
        assert_eq!(decode(&[1, 0]).unwrap_err(), Fault::Short { needed: 48, left: 2 });
    }
}
