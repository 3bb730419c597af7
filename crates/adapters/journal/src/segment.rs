//! The files that hold the records: their names, their headers, which of them there are.
//!
//! A segment starts with 60 bytes: the mark `ATJOURNL`, the version of the form (4), its number (4), the number of
//! records before it (8), their hash (32), and the CRC-32 of all that (4).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::frame::{checksum, take};
use crate::{ChainHead, Damage};

const MARK: [u8; 8] = *b"ATJOURNL";
const VERSION: u32 = 1;
/// Length of the header.
pub(crate) const HEADER: usize = 60;

/// Path of a segment.
pub(crate) fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("journal-{number:06}.log"))
}

/// The number in the name of a segment.
fn number_of(name: &str) -> Option<u32> {
    name.strip_prefix("journal-")?.strip_suffix(".log")?.parse().ok()
}

/// The numbers of the segments in a folder, ascending.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(entry?.file_name().to_str().and_then(number_of));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The header of a segment whose first record follows on `before`.
pub(crate) fn header(number: u32, before: &ChainHead) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend_from_slice(&MARK);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&before.records.to_le_bytes());
    bytes.extend_from_slice(&before.hash);
    let sum = checksum(&[&bytes]);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// What is wrong with the header of a segment that should follow on `before`.
pub(crate) fn check_header(bytes: &[u8], number: u32, before: &ChainHead) -> Result<(), &'static str> {
    let expected = header(number, before);
    let found = bytes.get(..HEADER).ok_or("the file ends inside it")?;
    if found == expected {
        return Ok(());
    }
    Err(difference(found, &expected).unwrap_or("its bytes are not those that were written"))
}

/// Tells a foreign file and another version from damage; only a header with a right checksum can say so.
fn difference(found: &[u8], expected: &[u8]) -> Option<&'static str> {
    let mut rest = found;
    let (mark, version): ([u8; 8], [u8; 4]) = (take(&mut rest)?, take(&mut rest)?);
    if mark != MARK {
        return Some("it does not start as a journal does");
    }
    let (body, sum) = found.split_last_chunk::<4>()?;
    if checksum(&[body]) != u32::from_le_bytes(*sum) {
        return None;
    }
    if u32::from_le_bytes(version) != VERSION {
        return Some("it was written in another version of the form");
    }
    let (number, expected_number): ([u8; 4], &[u8]) = (take(&mut rest)?, expected.get(12..16)?);
    if number == expected_number {
        Some("it does not follow on the records before")
    } else {
        Some("it is another segment")
    }
}

/// Reads a whole segment.
pub(crate) fn load(folder: &Path, number: u32) -> Result<Vec<u8>, Damage> {
    let path = path(folder, number);
    fs::read(&path).map_err(|source| Damage::Unreadable { file: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_numbers() {
        assert_eq!(path(Path::new("j"), 12), Path::new("j").join("journal-000012.log"));
        assert_eq!(number_of("journal-000012.log"), Some(12));
        assert_eq!(number_of("journal-1000000.log"), Some(1_000_000));
        assert_eq!(number_of("journal.head"), None);
    }

    #[test]
    fn a_header_says_what_does_not_fit() {
        let head = ChainHead::default().with(b"x");
        let bytes = header(2, &head);
        assert_eq!(bytes.len(), HEADER);
        assert_eq!(check_header(&bytes, 2, &head), Ok(()));
        assert_eq!(check_header(&bytes, 3, &head), Err("it is another segment"));
        assert_eq!(
            check_header(&bytes, 2, &head.with(b"y")),
            Err("it does not follow on the records before")
        );
        assert_eq!(check_header(&bytes[..59], 2, &head), Err("the file ends inside it"));
        assert_eq!(check_header(&[b'x'; 60], 2, &head), Err("it does not start as a journal does"));
    }
}
