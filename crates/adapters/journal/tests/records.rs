//! The records of a session, kept on disk and read back.

use autotrading_core::{Journal, OwnedRecord, Record};
use autotrading_domain::{
    Bar, Event, InstrumentId, MarketEvent, Money, OperatorAction, OperatorCommand, Span, Timestamp,
    TradingState,
};
use autotrading_journal::{DiskJournal, JournalRules, RecordError, Writer, records, verify};

fn events() -> Vec<Event> {
    let bar = Bar {
        open_time: Timestamp::from_secs(1_704_067_200),
        interval: Span::HOUR,
        open: 0.1 + 0.2,
        high: 42_283.58,
        low: f64::MIN_POSITIVE,
        close: 1.0 / 3.0,
        volume: 1e300,
        closed: true,
        synthetic: false,
    };
    vec![
        Event::Clock(Timestamp::MAX),
        Event::Market(MarketEvent::closed_bar(InstrumentId(7), bar)),
        Event::Deposit { at: Timestamp::EPOCH, amount: Money::ZERO },
        Event::Operator(OperatorCommand {
            at: Timestamp::from_secs(9),
            action: OperatorAction::SetTradingState(TradingState::Halted),
            operator: "night \"desk\"".into(),
            reason: "\u{fc}bel\n".into(),
        }),
    ]
}

#[test]
fn a_session_s_records_come_back_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = DiskJournal::create(folder.path(), JournalRules::repeatable()).unwrap();
    for event in &events() {
        journal.append(&Record::Event(event)).unwrap();
    }
    let head = journal.close().unwrap();
    assert_eq!(verify(folder.path()).unwrap().head, head);
    let back: Vec<(u64, OwnedRecord)> = records(folder.path()).unwrap().map(Result::unwrap).collect();
    let expected: Vec<(u64, OwnedRecord)> = (1..).zip(events().into_iter().map(OwnedRecord::Event)).collect();
    assert_eq!(back, expected);
}

#[test]
fn a_session_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let tick = |secs| Event::Clock(Timestamp::from_secs(secs));
    let mut first = DiskJournal::create(folder.path(), JournalRules::default()).unwrap();
    first.append(&Record::Event(&tick(1))).unwrap();
    drop(first);
    let (mut second, recovery) = DiskJournal::open(folder.path(), JournalRules::default()).unwrap();
    assert_eq!((recovery.head.records, recovery.cut_bytes), (1, 0));
    second.append(&Record::Event(&tick(2))).unwrap();
    second.close().unwrap();
    let back: Vec<OwnedRecord> = records(folder.path()).unwrap().map(|record| record.unwrap().1).collect();
    assert_eq!(back, [OwnedRecord::Event(tick(1)), OwnedRecord::Event(tick(2))]);
}

#[test]
fn a_record_of_another_kind_is_named_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), JournalRules::repeatable()).unwrap();
    writer.append(b"{\"event\":{\"clock\":\"1970-01-01T00:00:05.000Z\"}}").unwrap();
    writer.append(b"{\"prophecy\":1}").unwrap();
    writer.close().unwrap();
    let back: Vec<_> = records(folder.path()).unwrap().collect();
    assert!(back[0].is_ok());
    assert!(matches!(back[1], Err(RecordError::Unknown { sequence: 2, .. })));
}
