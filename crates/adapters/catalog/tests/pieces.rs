//! Files that are larger than memory should be.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]
#![allow(clippy::disallowed_methods, reason = "the tests write the files that they read")]

use std::fmt::Write as _;
use std::path::PathBuf;

use allocation_counter::measure;
use autotrading_catalog::{BarFile, CatalogError, Existing, read_bars, write_bars};
use autotrading_domain::Bar;
use autotrading_market_data::{
    BarSupply, CommonWorkload, FindingKind, MissingBars, ReadRules, SupplyError, Unusable,
};

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn walked(file: &BarFile) -> Result<Vec<Bar>, SupplyError> {
    let (mut walk, mut bars) = (file.walk()?, Vec::new());
    while let Some(bar) = walk.next_bar()? {
        bars.push(bar);
    }
    Ok(bars)
}

#[test]
fn a_file_in_pieces_has_the_bars_the_facts_and_the_digest_of_one_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minutes.csv");
    write_bars(&path, CommonWorkload::history(80_000).all(), Existing::Keep).unwrap();
    let whole = read_bars(&path, ReadRules::default()).unwrap();
    let pieces = BarFile::open(&path, ReadRules::default()).unwrap();
    assert_eq!(pieces.facts(), whole.history.facts());
    assert_eq!(pieces.facts().digest, whole.history.digest());
    for _ in 0..2 {
        assert!(walked(&pieces).unwrap().into_iter().eq(whole.history.iter()));
    }
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let peak = |bars: usize| {
        let path = folder.path().join(format!("{bars}.csv"));
        write_bars(&path, CommonWorkload::history(bars).all(), Existing::Keep).unwrap();
        let used = measure(|| {
            let file = BarFile::open(&path, ReadRules::default()).unwrap();
            let mut walk = file.walk().unwrap();
            let mut bars = 0;
            while walk.next_bar().unwrap().is_some() {
                bars += 1;
            }
            assert_eq!(bars, file.facts().bars);
        });
        used.bytes_max
    };
    let (short, long) = (peak(100_000), peak(400_000));
    assert!(long < 16 << 20, "{long} bytes at most for a file of 400 000 bars");
    assert!(long < short + (1 << 20), "{short} bytes for 100 000 bars, {long} for 400 000");
}

#[test]
fn gaps_dropped_rows_and_lines_are_those_of_a_reading() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "open_time,open,high,low,close,volume\n".to_owned();
    for minute in (0..70_000).filter(|minute| minute % 9_000 != 8_999) {
        let open = 1_704_067_200 + 60 * minute;
        writeln!(text, "{open},1,2,0.5,1.5,1").unwrap();
        if minute % 20_000 == 5 {
            writeln!(text, "{open},1,2,0.5,1.5,1").unwrap();
        }
    }
    let path = file(&folder, "holes.csv", &text);
    let rules = ReadRules { duplicate: Unusable::Drop, ..ReadRules::default() };
    let whole = read_bars(&path, rules.clone()).unwrap();
    let pieces = BarFile::open(&path, rules.clone()).unwrap();
    assert_eq!(pieces.facts(), whole.history.facts());
    assert_eq!(pieces.findings().counts(), whole.findings.counts());
    let lines = |findings: &autotrading_market_data::Findings| {
        let mut lines: Vec<_> = findings.listed().iter().map(|found| (found.line, found.row)).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(lines(pieces.findings()), lines(&whole.findings));
    assert_eq!(pieces.findings().count(FindingKind::Gap), 7);
    let refused = BarFile::open(&path, ReadRules { gap: MissingBars::Refuse, ..rules }).unwrap_err();
    assert_eq!(refused.line(), Some(9_002), "{refused}");
}

#[test]
fn a_clock_that_runs_backward_far_into_the_file_is_refused_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "open_time,open,high,low,close,volume\n".to_owned();
    for minute in (0..40_000).chain([39_990]) {
        writeln!(text, "{},1,2,0.5,1.5,1", 1_704_067_200 + 60 * minute).unwrap();
    }
    let error = BarFile::open(&file(&folder, "late.csv", &text), ReadRules::default()).unwrap_err();
    assert_eq!(error.line(), Some(40_002), "{error}");
    assert!(error.to_string().contains("out of order"), "{error}");
}

#[test]
fn a_file_that_was_changed_in_use_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let header = "open_time,open,high,low,close,volume\n";
    let rows = |minutes: std::ops::Range<i64>| {
        minutes.map(|minute| format!("{},1,2,0.5,1.5,1\n", 60 * minute)).collect::<String>()
    };
    let path = file(&folder, "growing.csv", &format!("{header}{}", rows(0..10)));
    let bars = BarFile::open(&path, ReadRules::default()).unwrap();
    file(&folder, "growing.csv", &format!("{header}{}", rows(0..12)));
    let error = walked(&bars).unwrap_err().to_string();
    assert!(error.ends_with("was changed while it was in use: 12 bars, there were 10"), "{error}");
    file(&folder, "growing.csv", &format!("{header}{}{}", rows(0..5), rows(0..5)));
    assert!(walked(&bars).unwrap_err().to_string().contains("line 7"));
    file(&folder, "growing.csv", "");
    assert!(matches!(BarFile::open(&path, ReadRules::default()), Err(CatalogError::Empty { .. })));
}
