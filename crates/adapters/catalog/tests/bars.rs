//! Files of bars: what is read, what is refused and where, and that nothing is lost on the way.

use autotrading_catalog::{
    CatalogError, Columns, Existing, read_bars, read_bars_from, write_bars, write_bars_to,
};
use autotrading_domain::{Bar, Span, Timestamp};
use autotrading_market_data::{
    CommonWorkload, Filling, FindingKind, History, QualityRules, ReadRules, Reading, resample,
};
use proptest::prelude::*;

const HEADER: &str = "open_time,open,high,low,close,volume\n";

fn read_with(text: &[u8], rules: ReadRules) -> Result<Reading, CatalogError> {
    read_bars_from(text, "bars.csv", &Columns::default(), rules)
}

fn read(text: &str) -> Result<Reading, CatalogError> {
    read_with(text.as_bytes(), ReadRules::default())
}

/// The message for a file of a good row, the given one, and another good row.
fn complaint(row: &str) -> String {
    let first = "2024-01-01T00:00:00Z,10,12,9,11,5\n";
    let last = "2024-01-01T09:00:00Z,10,12,9,11,5\n";
    read(&format!("{HEADER}{first}{row}\n{last}")).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_missing_file_is_named() {
    let error = read_bars("no/such/file.csv".as_ref(), ReadRules::default()).unwrap_err();
    assert!(error.to_string().starts_with("no/such/file.csv cannot be opened"), "{error}");
}

#[test]
fn an_empty_file_and_one_without_rows_are_told_apart() {
    assert!(matches!(read("").unwrap_err(), CatalogError::Empty { .. }));
    assert_eq!(read(HEADER).unwrap_err().to_string(), "bars.csv: there is no bar");
}

#[test]
fn a_wrong_header_says_what_was_found_expected_and_meant() {
    let error = read("open_tme,open,high,low,close,volume\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "bars.csv, line 1: the header lacks \"open_time\" (is it \"open_tme\"?); found \
         \"open_tme,open,high,low,close,volume\", expected \"open_time,open,high,low,close,volume\""
    );
    assert!(read("1704067200,1,1,1,1,1\n").unwrap_err().to_string().contains("lacks \"open_time\""));
    assert!(matches!(
        read("open_time,open,open,high,low,close,volume\n").unwrap_err(),
        CatalogError::TwiceNamed { line: 1, .. }
    ));
}

#[test]
fn a_bad_field_is_refused_with_file_line_column_and_value() {
    for (row, expected) in [
        (
            "2024-01-01T01:00:00Z,abc,12,9,11,5",
            "bars.csv: line 3: unreadable field: open is \"abc\", expected a number",
        ),
        ("2024-01-01T01:00:00Z,10,12,9,,5", "close is \"\", expected a number"),
        ("yesterday,10,12,9,11,5", "open_time is \"yesterday\", expected a time as RFC 3339"),
        ("1704070800,10,12,9,11,5", "open_time is \"1704070800\", expected a time as RFC 3339"),
        ("2024-01-01T01:00:00Z,NaN,12,9,11,5", "open is NaN, expected a finite price above zero"),
        ("2024-01-01T01:00:00Z,10,inf,9,11,5", "high is inf, expected a finite price above zero"),
        ("2024-01-01T01:00:00Z,10,12,-9,11,5", "low is -9, expected a finite price above zero"),
        ("2024-01-01T01:00:00Z,10,8,9,11,5", "high is 8, expected not below the low 9"),
        ("2024-01-01T01:00:00Z,10,12,9,11,-5", "volume is -5, expected not below zero"),
        ("2024-01-01T01:00:00Z,10,12,9,11", "row is \"5 fields\", expected 6 fields"),
        ("2024-01-01T01:00:00Z,10,12,9,11,5,6", "row is \"7 fields\", expected 6 fields"),
        (
            "2023-12-31T23:00:00Z,10,12,9,11,5",
            "out of order: open_time is 2023-12-31T23:00:00.000Z, expected later",
        ),
        ("2024-01-01T00:00:00Z,10,12,9,11,5", "duplicate time: open_time is 2024-01-01T00:00:00.000Z"),
    ] {
        let complaint = complaint(row);
        assert!(complaint.contains(expected) && complaint.contains("line 3"), "{row}: {complaint}");
    }
}

#[test]
fn an_inspection_reads_to_the_end_and_lists_every_fault_by_line() {
    let text = format!(
        "{HEADER}2024-01-01T00:00:00Z,10,12,9,11,5\n\
         2024-01-01T01:00:00Z,x,12,9,11,5\n\
         2024-01-01T01:00:00Z,10,12,9,11,5\n\
         2024-01-01T01:00:00Z,10,12,9,11,5\n\
         2024-01-01T00:30:00Z,10,12,9,11,5\n\
         2024-01-01T02:00:00Z,10,8,9,11,5\n\
         \n\
         2024-01-01T05:00:00Z,20,22,19,21,0\n"
    );
    let reading = read_with(text.as_bytes(), ReadRules::inspect()).unwrap();
    let report = reading.check(&QualityRules::default());
    let found: Vec<_> =
        report.findings.listed().iter().map(|found| (found.line.unwrap(), found.kind)).collect();
    assert_eq!(
        found,
        [
            (3, FindingKind::Unreadable),
            (4, FindingKind::Spike),
            (5, FindingKind::Duplicate),
            (6, FindingKind::OutOfOrder),
            (7, FindingKind::Inconsistent),
            (7, FindingKind::Spike),
            (9, FindingKind::Gap),
            (9, FindingKind::ZeroVolume),
            (9, FindingKind::Spike),
        ]
    );
    assert_eq!((report.bars, report.gaps[0].missing, report.gaps[0].line), (4, 2, Some(9)));
}

#[test]
fn columns_may_come_in_any_order_with_others_between() {
    let reading =
        read("close,note,volume,low,open_time,high,open\n11,x,5,9,0,12,10\n21,y,5,19,60,22,20\n").unwrap();
    let bar = reading.history.bar(1).unwrap();
    assert_eq!((bar.open, bar.high, bar.low, bar.close, bar.volume), (20.0, 22.0, 19.0, 21.0, 5.0));
    assert_eq!(reading.history.interval(), Span::MINUTE);
}

#[test]
fn kline_dumps_are_read_with_and_without_header_in_milliseconds_and_microseconds() {
    let rows = |unit: i64| {
        (0..3).fold(String::new(), |text, row| {
            let open = (1_704_067_200 + 3_600 * row) * unit;
            let close = open + 3_600 * unit - 1;
            text + &format!("{open},42283.58000000,42554.57000000,42261.02000000,42475.23000000,1271.68108000,{close},53957248.97,47134,682.57,28957416.81,0\n")
        })
    };
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n";
    let plain = read(&rows(1_000)).unwrap();
    assert_eq!(plain.history.len(), 3);
    assert_eq!(plain.history.bar(0).unwrap().open_time.to_string(), "2024-01-01T00:00:00.000Z");
    assert_eq!((plain.history.price_decimals(), plain.history.interval()), (2, Span::HOUR));
    assert_eq!(read(&rows(1_000_000)).unwrap().history, plain.history);
    assert_eq!(read(&format!("{header}{}", rows(1_000))).unwrap().history, plain.history);
    assert_eq!(read(&format!("\u{feff}{}", rows(1_000))).unwrap().history, plain.history);
    assert_eq!(
        (plain.lines.line_of(0), read(&format!("{header}{}", rows(1))).unwrap().lines.line_of(0)),
        (Some(1), Some(2))
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text = format!("\u{feff}{HEADER}0,10,12,9,11,5\n60,10,12,9,11,5\n").replace('\n', "\r\n");
    let reading = read(&text).unwrap();
    assert_eq!((reading.history.len(), reading.lines.line_of(1)), (2, Some(3)));
}

#[test]
fn what_is_written_reads_back_bit_by_bit() {
    let history = CommonWorkload::history(5_000);
    let mut text = Vec::new();
    write_bars_to(&mut text, "bars.csv", history.all()).unwrap();
    let reading = read_with(&text, ReadRules::default()).unwrap();
    assert_eq!(reading.history, history);
    assert_eq!(reading.history.digest(), history.digest());
    assert!(reading.findings.is_empty());
}

#[test]
fn bars_that_were_filled_forward_stay_marked_in_the_file() {
    let holey =
        CommonWorkload::default().take(10).enumerate().filter(|(row, _)| *row != 4).map(|(_, bar)| bar);
    let holey = History::from_bars(Span::MINUTE, holey).unwrap();
    let filled = resample(holey.all(), Span::MINUTE, Filling::Forward).unwrap().history;
    let mut text = Vec::new();
    write_bars_to(&mut text, "bars.csv", filled.all()).unwrap();
    let back = read_with(&text, ReadRules::default()).unwrap().history;
    assert_eq!(back.iter().collect::<Vec<_>>(), filled.iter().collect::<Vec<_>>());
    assert!(back.bar(4).unwrap().synthetic);
}

#[test]
fn a_file_that_exists_is_kept_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.csv");
    let history = CommonWorkload::history(2);
    write_bars(&path, history.all(), Existing::Keep).unwrap();
    assert!(matches!(write_bars(&path, history.all(), Existing::Keep), Err(CatalogError::Write { .. })));
    write_bars(&path, CommonWorkload::history(3).all(), Existing::Replace).unwrap();
    assert_eq!(read_bars(&path, ReadRules::default()).unwrap().history.len(), 3);
}

fn any_bar() -> impl Strategy<Value = (i64, f64, f64, f64, f64)> {
    let price = || prop_oneof![1e-9..1e-3_f64, 1.0..1e5_f64, 1e15..1e20_f64];
    (1_i64..10_000_000_000_000, price(), price(), 0.0..1e12_f64, 0.0..1.0_f64)
}

proptest! {
    #[test]
    fn any_history_survives_its_file(rows in prop::collection::vec(any_bar(), 2..30)) {
        let mut at = Timestamp::from_secs(1_000_000_000);
        let bars: Vec<Bar> = rows
            .into_iter()
            .map(|(later, open, close, volume, wick)| {
                at = at.after(Span::from_nanos(later));
                Bar {
                    open_time: at, interval: Span::MINUTE, open, close, volume, closed: true, synthetic: false,
                    high: open.max(close) * (1.0 + wick), low: open.min(close) * (1.0 - wick / 2.0),
                }
            })
            .collect();
        let history = History::from_bars(Span::MINUTE, bars).unwrap();
        let mut text = Vec::new();
        write_bars_to(&mut text, "bars.csv", history.all()).unwrap();
        let rules = ReadRules { interval: Some(Span::MINUTE), ..ReadRules::default() };
        let back = read_with(&text, rules).unwrap().history;
        let decimals = back.price_decimals();
        prop_assert_eq!(back, history.with_price_decimals(decimals));
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_let_nonsense_in(
        rows in prop::collection::vec("[-0-9.,eNa\"\r\nTZ: ]{0,40}", 0..20),
        inspect in any::<bool>(),
    ) {
        let text = format!("{HEADER}{}", rows.join("\n"));
        let rules = if inspect { ReadRules::inspect() } else { ReadRules::default() };
        if let Ok(reading) = read_with(text.as_bytes(), rules) {
            for bar in reading.history.iter() {
                prop_assert!(bar.open > 0.0 && bar.close.is_finite() && bar.volume.is_finite());
            }
        }
    }
}
