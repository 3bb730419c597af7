//! Every cut, every flipped bit, every edit is found; a torn tail is repaired and nothing else.
#![allow(clippy::disallowed_methods, reason = "these tests damage files on purpose")]

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use autotrading_journal::{ChainHead, Damage, JournalError, JournalRules, SyncPolicy, Writer, read, verify};
use proptest::prelude::*;

const RECORDS: u64 = 50;
/// Small enough for several segments.
const RULES: JournalRules = JournalRules { sync: SyncPolicy::OnClose, segment_bytes: 1_500 };

fn payload(number: u64) -> Vec<u8> {
    format!("{{\"record\":{number},\"text\":\"{}\"}}", "x".repeat(number as usize % 7)).into_bytes()
}

fn appended(folder: &Path, rules: JournalRules) -> Result<Writer, JournalError> {
    let mut writer = Writer::create(folder, rules)?;
    for number in 1..=RECORDS {
        writer.append(&payload(number))?;
    }
    Ok(writer)
}

/// A journal that was closed.
fn closed(folder: &Path) -> Result<ChainHead, JournalError> {
    appended(folder, RULES)?.close()
}

/// The files of a journal as they are when the machine dies: all records handed over, none remembered by the head.
fn crashed(folder: &Path) -> Result<(), JournalError> {
    let live = folder.with_extension("live");
    let never = JournalRules { sync: SyncPolicy::Never, segment_bytes: 1 << 30 };
    let writer = appended(&live, never)?;
    fs::create_dir_all(folder).ok();
    fs::copy(live.join("journal.head"), folder.join("journal.head")).ok();
    drop(writer);
    fs::copy(live.join("journal-000001.log"), folder.join("journal-000001.log")).ok();
    Ok(())
}

fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes)))
        .collect();
    files.sort();
    files
}

#[test]
fn what_was_appended_is_read_back_in_order_over_all_segments() {
    let folder = tempfile::tempdir().unwrap();
    let head = closed(folder.path()).unwrap();
    let summary = verify(folder.path()).unwrap();
    assert_eq!((summary.head, summary.closed), (head, true));
    assert!(summary.segments >= 3, "{}", summary.segments);
    let size: u64 = files(folder.path()).iter().map(|(_, bytes)| bytes.len() as u64).sum();
    assert_eq!(summary.bytes + 112, size);
    let entries: Vec<_> = read(folder.path()).unwrap().map(Result::unwrap).collect();
    let expected: Vec<_> = (1..=RECORDS).map(payload).collect();
    assert_eq!(entries.iter().map(|entry| entry.payload.clone()).collect::<Vec<_>>(), expected);
    assert!(entries.iter().map(|entry| entry.sequence).eq(1..=RECORDS));
}

#[test]
fn two_runs_write_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    closed(first.path()).unwrap();
    closed(second.path()).unwrap();
    let bytes = |folder: &Path| files(folder).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(bytes(first.path()), bytes(second.path()));
}

#[test]
fn every_flipped_bit_of_a_closed_journal_is_found() {
    let folder = tempfile::tempdir().unwrap();
    closed(folder.path()).unwrap();
    for (path, bytes) in files(folder.path()) {
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        let mut put = |place: usize, byte: u8| {
            file.seek(SeekFrom::Start(place as u64)).unwrap();
            file.write_all(&[byte]).unwrap();
        };
        for (place, byte) in bytes.iter().enumerate() {
            for bit in 0..8 {
                put(place, byte ^ (1 << bit));
                assert!(verify(folder.path()).is_err(), "{} byte {place} bit {bit}", path.display());
            }
            put(place, *byte);
        }
    }
    assert!(verify(folder.path()).is_ok());
}

#[test]
fn every_cut_of_a_closed_journal_is_found_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    closed(folder.path()).unwrap();
    for (path, bytes) in files(folder.path()) {
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(verify(folder.path()).is_err(), "{} cut to {length}", path.display());
            assert!(Writer::open(folder.path(), RULES).is_err(), "{} cut to {length}", path.display());
        }
        fs::remove_file(&path).unwrap();
        assert!(verify(folder.path()).is_err(), "{} taken away", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    assert!(verify(folder.path()).is_ok());
}

#[test]
fn after_a_crash_at_any_byte_the_whole_records_are_kept_and_the_journal_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    crashed(&journal).unwrap();
    let path = journal.join("journal-000001.log");
    let (bytes, head) = (fs::read(&path).unwrap(), fs::read(journal.join("journal.head")).unwrap());
    let ends: Vec<usize> = (1..=RECORDS)
        .scan(60, |end, number| {
            *end += 48 + payload(number).len();
            Some(*end)
        })
        .collect();
    assert_eq!(ends.last(), Some(&bytes.len()));
    for length in 60..=bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        fs::write(journal.join("journal.head"), &head).unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count();
        let (mut writer, recovery) = Writer::open(&journal, RULES_NEVER).unwrap();
        assert_eq!(recovery.head.records, whole as u64, "cut to {length}");
        let kept = if whole == 0 { 60 } else { ends[whole - 1] };
        assert_eq!(recovery.cut_bytes, (length - kept) as u64);
        writer.append(b"after the crash").unwrap();
        drop(writer);
        let payloads: Vec<_> = read(&journal).unwrap().map(|entry| entry.unwrap().payload).collect();
        assert_eq!(
            (payloads.len(), payloads.last().unwrap().as_slice()),
            (whole + 1, b"after the crash".as_slice())
        );
    }
}

/// For the many reopenings of a test.
const RULES_NEVER: JournalRules = JournalRules { sync: SyncPolicy::Never, segment_bytes: 1 << 30 };

#[test]
fn a_segment_whose_header_was_torn_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    crashed(&journal).unwrap();
    let first = fs::read(journal.join("journal-000001.log")).unwrap();
    for length in [0, 1, 30, 59] {
        fs::write(journal.join("journal-000002.log"), &first[..length]).unwrap();
        assert!(matches!(verify(&journal), Err(Damage::TornTail { segment: 2, offset: 0, .. })));
        let (writer, recovery) = Writer::open(&journal, RULES_NEVER).unwrap();
        assert_eq!((recovery.head.records, recovery.cut_bytes), (RECORDS, length as u64));
        drop(writer);
        assert_eq!(verify(&journal).unwrap().segments, 1);
    }
}

#[test]
fn a_flipped_bit_in_the_middle_is_never_taken_for_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    crashed(&journal).unwrap();
    let path = journal.join("journal-000001.log");
    let bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 48 - payload(RECORDS).len();
    let mut changed = bytes.clone();
    for place in 0..last {
        let bit = 1 << (place % 8);
        changed[place] ^= bit;
        fs::write(&path, &changed).unwrap();
        match Writer::open(&journal, RULES_NEVER) {
            Err(JournalError::Damaged(damage)) => assert!(!damage.is_repairable(), "byte {place}: {damage}"),
            other => panic!("byte {place}: {other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), changed, "a refused journal is left as it is");
        changed[place] ^= bit;
    }
}

/// Cuts the bytes of one segment into header and records.
fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![bytes[..60].to_vec()];
    let mut rest = &bytes[60..];
    while let Some((length, _)) = rest.split_first_chunk::<4>() {
        let (record, behind) = rest.split_at(48 + u32::from_le_bytes(*length) as usize);
        parts.push(record.to_vec());
        rest = behind;
    }
    parts
}

#[test]
fn records_that_changed_places_went_missing_or_came_twice_are_named() {
    let folder = tempfile::tempdir().unwrap();
    closed(folder.path()).unwrap();
    let path = folder.path().join("journal-000001.log");
    let whole = parts(&fs::read(&path).unwrap());
    let damage_of = |edit: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut edited = whole.clone();
        edit(&mut edited);
        fs::write(&path, edited.concat()).unwrap();
        verify(folder.path()).unwrap_err()
    };
    for edit in [
        &(|parts: &mut Vec<Vec<u8>>| parts.swap(3, 4)) as &dyn Fn(&mut Vec<Vec<u8>>),
        &|parts| drop(parts.remove(3)),
        &|parts| parts.insert(3, parts[2].clone()),
    ] {
        let damage = damage_of(edit);
        assert!(matches!(damage, Damage::Record { segment: 1, sequence: 3, .. }), "{damage}");
    }
}

#[test]
fn a_forged_record_with_a_right_checksum_breaks_the_chain_behind_it() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    closed(folder.path()).unwrap();
    let mut forger = Writer::create(&other.path().join("forged"), RULES_NEVER).unwrap();
    forger.append(b"{\"record\":1,\"text\":\"y\"}").unwrap();
    drop(forger);
    let forged = parts(&fs::read(other.path().join("forged/journal-000001.log")).unwrap());
    let path = folder.path().join("journal-000001.log");
    let mut edited = parts(&fs::read(&path).unwrap());
    edited[1] = forged[1].clone();
    fs::write(&path, edited.concat()).unwrap();
    let damage = verify(folder.path()).unwrap_err();
    assert!(
        matches!(damage, Damage::Record { sequence: 2, fault: autotrading_journal::Fault::Chain, .. }),
        "{damage}"
    );
}

#[test]
fn whole_records_cut_from_the_end_are_missed_by_the_head() {
    let folder = tempfile::tempdir().unwrap();
    closed(folder.path()).unwrap();
    let (path, bytes) =
        files(folder.path()).into_iter().rfind(|(path, _)| path.extension() == Some("log".as_ref())).unwrap();
    let records = parts(&bytes);
    fs::write(&path, records[..records.len() - 1].concat()).unwrap();
    let damage = verify(folder.path()).unwrap_err();
    assert!(matches!(damage, Damage::Cut { recorded: RECORDS, found } if found == RECORDS - 1), "{damage}");
    fs::remove_file(&path).unwrap();
    assert!(matches!(verify(folder.path()), Err(Damage::Segment { found: None, .. })));
}

#[test]
fn segments_taken_from_the_middle_or_exchanged_are_named() {
    let folder = tempfile::tempdir().unwrap();
    closed(folder.path()).unwrap();
    let path = |number: u32| folder.path().join(format!("journal-{number:06}.log"));
    let (first, second) = (fs::read(path(1)).unwrap(), fs::read(path(2)).unwrap());
    fs::remove_file(path(2)).unwrap();
    assert!(matches!(verify(folder.path()), Err(Damage::Segment { expected: 2, found: Some(3) })));
    fs::write(path(1), &second).unwrap();
    fs::write(path(2), &first).unwrap();
    assert!(matches!(
        verify(folder.path()),
        Err(Damage::SegmentHeader { segment: 1, what: "it is another segment" })
    ));
}

#[test]
fn a_journal_is_started_once_and_written_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), RULES).unwrap();
    assert!(matches!(Writer::create(folder.path(), RULES), Err(JournalError::Exists { .. })));
    assert!(matches!(Writer::open(folder.path(), RULES), Err(JournalError::InUse { .. })));
    drop(writer);
    assert!(Writer::open(folder.path(), RULES).is_ok());
    let nothing = folder.path().join("nothing");
    assert!(matches!(Writer::open(&nothing, RULES), Err(JournalError::Damaged(Damage::NoHead { .. }))));
}

#[test]
fn every_policy_keeps_what_it_promises_when_the_program_dies() {
    let every = SyncPolicy::Every(std::num::NonZeroU32::new(8).unwrap());
    for (sync, kept, remembered) in
        [(SyncPolicy::EveryRecord, 50, 50), (every, 50, 48), (SyncPolicy::Never, 0, 0)]
    {
        let folder = tempfile::tempdir().unwrap();
        let writer = appended(folder.path(), JournalRules { sync, segment_bytes: 1 << 30 }).unwrap();
        // What is on the disk now is what a program that dies here leaves behind.
        let summary = verify(folder.path()).unwrap();
        assert_eq!((summary.head.records, summary.closed), (kept, false), "{sync:?}");
        if remembered > 0 {
            let path = folder.path().join("journal-000001.log");
            let records = parts(&fs::read(&path).unwrap());
            fs::write(&path, records[..=remembered].concat()).unwrap();
            assert!(verify(folder.path()).is_ok(), "{sync:?}");
            fs::write(&path, records[..remembered].concat()).unwrap();
            assert!(matches!(verify(folder.path()), Err(Damage::Cut { .. })), "{sync:?}");
        }
        drop(writer);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_payloads_come_back_however_often_the_journal_is_reopened(
        runs in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8), 1..5),
        segment_bytes in 0_u64..2_000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let rules = JournalRules { sync: SyncPolicy::Never, segment_bytes };
        Writer::create(folder.path(), rules).unwrap().close().unwrap();
        for run in &runs {
            let (mut writer, recovery) = Writer::open(folder.path(), rules).unwrap();
            prop_assert_eq!(recovery.cut_bytes, 0);
            for payload in run {
                writer.append(payload).unwrap();
            }
            writer.close().unwrap();
        }
        prop_assert!(verify(folder.path()).unwrap().closed);
        let back: Vec<Vec<u8>> = read(folder.path()).unwrap().map(|entry| entry.unwrap().payload).collect();
        prop_assert_eq!(back, runs.concat());
    }
}
