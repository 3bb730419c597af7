//! What the way in does with bad rows, by policy.

use autotrading_domain::{Span, Timestamp};
use autotrading_market_data::{
    Doubtful, FindingKind, Intake, IntakeError, MissingBars, QualityRules, ReadRules, Reading, Row, Unusable,
};
use proptest::prelude::*;

fn row(minute: i64) -> Row {
    Row {
        open_time: Timestamp::EPOCH.after(Span::MINUTE.times(minute)),
        open: 10.0,
        high: 12.0,
        low: 9.0,
        close: 11.0,
        volume: 1.0,
        synthetic: false,
        price_decimals: 1,
    }
}

fn read(rules: ReadRules, rows: impl IntoIterator<Item = Row>) -> Result<Reading, IntakeError> {
    let mut intake = Intake::new(rules);
    for (row, line) in rows.into_iter().zip(2..) {
        intake.take(line, &row)?;
    }
    intake.finish()
}

fn refused(rows: impl IntoIterator<Item = Row>) -> Option<(FindingKind, u64)> {
    match read(ReadRules::default(), rows) {
        Err(IntakeError::Refused(finding)) => Some((finding.kind, finding.line?)),
        _ => None,
    }
}

#[test]
fn by_default_whatever_cannot_be_true_is_refused_at_its_line() {
    assert_eq!(refused([row(0), row(2), row(1)]), Some((FindingKind::OutOfOrder, 4)));
    assert_eq!(refused([row(0), row(0)]), Some((FindingKind::Duplicate, 3)));
    assert_eq!(refused([Row { open: f64::NAN, ..row(0) }]), Some((FindingKind::NotPositive, 2)));
    assert_eq!(refused([Row { low: 0.0, ..row(0) }]), Some((FindingKind::NotPositive, 2)));
    assert_eq!(refused([Row { volume: f64::INFINITY, ..row(0) }]), Some((FindingKind::NotPositive, 2)));
    assert_eq!(refused([Row { high: 8.0, ..row(0) }]), Some((FindingKind::Inconsistent, 2)));
    assert_eq!(refused([Row { low: 10.5, ..row(0) }]), Some((FindingKind::Inconsistent, 2)));
    assert_eq!(refused([Row { volume: -1.0, ..row(0) }]), Some((FindingKind::NegativeVolume, 2)));
}

#[test]
fn gaps_are_kept_with_their_line_or_refused_when_asked() {
    let rows = || [row(0), row(1), row(2), row(7), row(8)];
    let reading = read(ReadRules::default(), rows()).unwrap();
    let gap = &reading.findings.listed()[0];
    assert_eq!((gap.kind, gap.line, gap.row), (FindingKind::Gap, Some(5), 3));
    let report = reading.check(&QualityRules::default());
    assert_eq!(report.gaps[0].missing, 4);
    assert_eq!(report.findings.count(FindingKind::Gap), 1);
    let strict = ReadRules { gap: MissingBars::Refuse, ..ReadRules::default() };
    assert!(matches!(read(strict, rows()), Err(IntakeError::Refused(gap)) if gap.line == Some(5)));
}

#[test]
fn a_bar_off_the_grid_is_named_and_is_no_gap() {
    let late = Row { open_time: row(3).open_time.after(Span::SECOND), ..row(3) };
    let reading = read(ReadRules::default(), [row(0), row(1), row(2), late, row(5)]).unwrap();
    let found: Vec<_> = reading.findings.listed().iter().map(|found| (found.kind, found.row)).collect();
    assert_eq!(found, [(FindingKind::Irregular, 3), (FindingKind::Irregular, 4)]);
    assert!(reading.check(&QualityRules::default()).gaps.is_empty());
}

#[test]
fn a_hole_that_shifts_the_grid_is_still_a_hole() {
    let late = Row { open_time: row(9).open_time.after(Span::SECOND), ..row(9) };
    let report =
        read(ReadRules::default(), [row(0), row(1), row(2), late]).unwrap().check(&QualityRules::default());
    assert_eq!((report.gaps[0].missing, report.findings.count(FindingKind::Irregular)), (6, 1));
    assert_eq!(report.coverage, 0.4);
}

#[test]
fn a_contradiction_may_be_kept_with_a_finding_or_dropped() {
    let rows = || [row(0), Row { high: 8.0, ..row(1) }, row(2), row(3), row(4)];
    let keep = ReadRules { inconsistent: Doubtful::Keep, ..ReadRules::default() };
    assert_eq!(read(keep, rows()).unwrap().history.len(), 5);
    let drop = ReadRules { inconsistent: Doubtful::Drop, ..ReadRules::default() };
    let reading = read(drop, rows()).unwrap();
    assert_eq!(reading.history.len(), 4);
    let found: Vec<_> = reading.findings.listed().iter().map(|found| (found.kind, found.line)).collect();
    assert_eq!(found, [(FindingKind::Inconsistent, Some(3)), (FindingKind::Gap, Some(4))]);
}

#[test]
fn nothing_left_says_how_much_was_dropped() {
    let drop = ReadRules { unusable: Unusable::Drop, ..ReadRules::default() };
    let none = read(drop, [Row { open: 0.0, ..row(0) }]);
    assert_eq!(none.unwrap_err(), IntakeError::NoBars { dropped: 1 });
    assert_eq!(read(ReadRules::default(), [row(0)]).unwrap_err(), IntakeError::NoInterval);
    let stated = ReadRules { interval: Some(Span::MINUTE), ..ReadRules::default() };
    assert_eq!(read(stated, [row(0)]).unwrap().history.interval(), Span::MINUTE);
}

fn any_figure() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 1.0..2.0_f64, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => Just(f64::INFINITY), 1 => Just(-1.0)]
}

proptest! {
    #[test]
    fn no_row_goes_missing_without_a_finding(
        rows in prop::collection::vec((0_i64..30, any_figure(), any_figure(), any_figure()), 0..40),
    ) {
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|(minute, open, high, volume)| Row { open, high, volume, ..row(minute) })
            .collect();
        let strict = ReadRules { inconsistent: Doubtful::Drop, interval: Some(Span::MINUTE), ..ReadRules::inspect() };
        match read(strict, rows.clone()) {
            Ok(reading) => {
                let uneven = reading.findings.count(FindingKind::Gap) + reading.findings.count(FindingKind::Irregular);
                let dropped = reading.findings.total() - uneven;
                prop_assert_eq!(reading.history.len() as u64 + dropped, rows.len() as u64);
                prop_assert!(reading.history.open_time().is_sorted_by(|left, right| left < right));
                for bar in reading.history.iter() {
                    prop_assert_eq!(bar.check(), Ok(()));
                }
                for (place, bar) in reading.history.iter().enumerate() {
                    let line = reading.lines.line_of(place).unwrap() as usize;
                    prop_assert_eq!(bar.open_time, rows[line - 2].open_time);
                }
            }
            Err(IntakeError::NoBars { dropped }) => prop_assert_eq!(dropped, rows.len() as u64),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
