//! The local book against messages that come as they should, and as they should not.

use autotrading_domain::{BookLevels, InstrumentId, Level, MarketData, MarketEvent, Side, Timestamp, Trade};
use autotrading_market_data::{
    BackwardClock, BookFinding, BookNews, BookSync, RowKind, TapeBuilder, TapeError, UpdateNumbering,
};
use proptest::prelude::*;

fn levels(pairs: &[(i64, f64)]) -> Vec<Level> {
    pairs.iter().map(|(tick, quantity)| Level { tick: *tick, quantity: *quantity }).collect()
}

fn change(previous: u64, last: u64, bids: &[(i64, f64)], asks: &[(i64, f64)]) -> BookLevels {
    BookLevels {
        first_update: previous + 1,
        last_update: last,
        previous_update: Some(previous),
        bids: levels(bids),
        asks: levels(asks),
    }
}

fn snapshot(last: u64) -> BookLevels {
    BookLevels {
        last_update: last,
        bids: levels(&[(99, 1.0)]),
        asks: levels(&[(101, 1.0)]),
        ..BookLevels::default()
    }
}

fn running() -> BookSync {
    let mut sync = BookSync::new(UpdateNumbering::NamesPrevious);
    assert_eq!(sync.snapshot(&snapshot(10)), BookNews::Rebuilt);
    assert_eq!(sync.change(&change(8, 12, &[(98, 2.0)], &[])), BookNews::Applied);
    sync
}

#[test]
fn what_ends_before_the_snapshot_is_dropped_and_what_reaches_over_it_begins() {
    let mut sync = BookSync::new(UpdateNumbering::NamesPrevious);
    for waiting in [
        change(3, 9, &[(99, 7.0)], &[]),
        change(9, 11, &[(99, 8.0)], &[]),
        change(11, 14, &[], &[(101, 0.0), (102, 5.0)]),
    ] {
        assert_eq!(sync.change(&waiting), BookNews::Waits);
    }
    assert!(sync.book().is_none());
    assert_eq!(sync.snapshot(&snapshot(10)), BookNews::Rebuilt);
    let book = sync.book().unwrap();
    assert_eq!(
        (book.best(Side::Buy), book.best(Side::Sell)),
        (Some(Level { tick: 99, quantity: 8.0 }), Some(Level { tick: 102, quantity: 5.0 }))
    );
    assert_eq!(sync.last_update(), Some(14));
    assert_eq!(sync.findings().total(), 0);
}

#[test]
fn a_snapshot_too_old_for_the_messages_is_found_and_the_next_one_taken() {
    let mut sync = BookSync::new(UpdateNumbering::NamesPrevious);
    sync.change(&change(20, 22, &[(99, 7.0)], &[]));
    let too_old = BookFinding::SnapshotTooOld { snapshot: 10, follows: 20 };
    assert_eq!(sync.snapshot(&snapshot(10)), BookNews::Found(too_old));
    assert!(sync.book().is_none());
    assert_eq!(sync.snapshot(&snapshot(21)), BookNews::Rebuilt); // the message still waited
    assert_eq!(sync.book().unwrap().quantity(Side::Buy, 99), 7.0);
}

#[test]
fn after_a_gap_nothing_is_known_until_a_snapshot_and_no_message_is_lost() {
    let mut sync = running();
    let gap = BookFinding::Gap { last: 12, follows: 15 };
    assert_eq!(sync.change(&change(15, 17, &[(98, 3.0)], &[])), BookNews::Found(gap));
    assert!(sync.book().is_none());
    assert_eq!(sync.change(&change(17, 19, &[(97, 4.0)], &[])), BookNews::Waits);
    assert_eq!(sync.snapshot(&snapshot(16)), BookNews::Rebuilt);
    let book = sync.book().unwrap();
    assert_eq!((book.quantity(Side::Buy, 98), book.quantity(Side::Buy, 97)), (3.0, 4.0));
    assert_eq!(sync.findings().listed(), [gap]);
}

#[test]
fn a_message_that_was_seen_already_changes_nothing() {
    let mut sync = running();
    let again = BookFinding::OutOfOrder { last: 12, got: 12 };
    assert_eq!(sync.change(&change(8, 12, &[(98, 9.0)], &[])), BookNews::Found(again));
    assert_eq!(sync.book().unwrap().quantity(Side::Buy, 98), 2.0);
}

#[test]
fn a_crossed_book_is_no_book() {
    let mut sync = running();
    let crossed = BookFinding::Crossed { bid: 101, ask: 101 };
    assert_eq!(sync.change(&change(12, 13, &[(101, 1.0)], &[])), BookNews::Found(crossed));
    assert!(sync.book().is_none());
    let mut inside = running();
    // Within one message it may be: the offer goes with the same words.
    assert_eq!(inside.change(&change(12, 13, &[(101, 1.0)], &[(101, 0.0), (103, 1.0)])), BookNews::Applied);
}

#[test]
fn a_level_that_is_no_level_makes_the_book_unknown() {
    for bad in [(98, f64::NAN), (98, -1.0), (0, 1.0), (98, f64::INFINITY)] {
        let mut sync = running();
        assert!(matches!(
            sync.change(&change(12, 13, &[bad], &[])),
            BookNews::Found(BookFinding::Unsound { .. })
        ));
        assert!(sync.book().is_none());
    }
}

#[test]
fn without_names_of_the_previous_message_numbers_must_have_no_hole() {
    let mut sync = BookSync::new(UpdateNumbering::Consecutive);
    assert_eq!(sync.snapshot(&snapshot(10)), BookNews::Rebuilt);
    let spot = |first, last| BookLevels { first_update: first, last_update: last, ..BookLevels::default() };
    assert_eq!(sync.change(&spot(8, 10)), BookNews::Older);
    assert_eq!(sync.change(&spot(9, 11)), BookNews::Applied);
    assert_eq!(sync.change(&spot(12, 12)), BookNews::Applied);
    assert_eq!(sync.change(&spot(14, 15)), BookNews::Found(BookFinding::Gap { last: 12, follows: 13 }));
}

fn heard(millis: i64, data: MarketData) -> MarketEvent {
    let at = Timestamp::from_nanos(millis * 1_000_000);
    MarketEvent { instrument: InstrumentId(0), ts_event: at, ts_received: at, data }
}

fn trade(price: f64) -> MarketData {
    MarketData::Trade(Trade { price, quantity: 1.0, taker: Side::Buy })
}

#[test]
fn a_clock_that_runs_backward_is_a_finding_or_an_error_and_loses_nothing() {
    let mut sorted = TapeBuilder::new(1.0, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
    for (millis, price) in [(5, 100.0), (3, 101.0), (6, 102.0)] {
        sorted.hear(&heard(millis, trade(price))).unwrap();
    }
    assert_eq!(sorted.findings().total(), 1);
    let tape = sorted.finish(None);
    assert_eq!(tape.rows().iter().map(|row| row.tick).collect::<Vec<_>>(), [101, 100, 102]);
    let mut strict = TapeBuilder::new(1.0, UpdateNumbering::NamesPrevious, BackwardClock::Refuse);
    strict.hear(&heard(5, trade(100.0))).unwrap();
    let error = strict.hear(&heard(3, trade(101.0))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message 2: the venue's clock ran backward, 1970-01-01T00:00:00.003Z after 1970-01-01T00:00:00.005Z"
    );
}

#[test]
fn a_figure_that_is_none_is_refused_with_its_message() {
    let mut builder = TapeBuilder::new(1.0, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
    let error = builder.hear(&heard(5, trade(f64::NAN))).unwrap_err();
    assert!(matches!(error, TapeError::Unsound { message: 1, got } if got.is_nan()));
}

#[test]
fn a_gap_is_on_the_tape_and_the_book_after_it_is_whole() {
    let mut builder = TapeBuilder::new(1.0, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
    let mut say = |millis, data| builder.hear(&heard(millis, data)).unwrap();
    say(1, MarketData::BookSnapshot(Box::new(snapshot(10))));
    say(2, MarketData::BookDelta(Box::new(change(8, 12, &[(98, 2.0)], &[]))));
    say(3, MarketData::BookDelta(Box::new(change(15, 17, &[(98, 3.0)], &[]))));
    say(4, MarketData::BookSnapshot(Box::new(snapshot(16))));
    let tape = builder.finish(None);
    let kinds: Vec<_> = tape.rows().iter().map(|row| (row.kind, row.tick, row.ends)).collect();
    use RowKind::{Ask, Bid, Clear, Lost};
    assert_eq!(
        kinds,
        [
            (Clear, 0, false),
            (Bid, 99, false),
            (Ask, 101, true),
            (Bid, 98, true),
            (Lost, 0, true),
            (Clear, 0, false),
            (Bid, 99, false),
            (Bid, 98, false),
            (Ask, 101, true),
        ]
    );
}

proptest! {
    /// Any split of one stream into waiting, snapshot and later messages ends with the same book.
    #[test]
    fn when_the_snapshot_comes_makes_no_difference(
        changes in prop::collection::vec((1i64..60, 0u8..4, any::<bool>()), 1..40), at in 0usize..40, late in 0usize..40,
    ) {
        let messages: Vec<_> = changes.iter().zip(1u64..).map(|((tick, quantity, bid), number)| {
            let level = [(if *bid { *tick } else { tick + 100 }, f64::from(*quantity))];
            if *bid { change(number - 1, number, &level, &[]) } else { change(number - 1, number, &[], &level) }
        }).collect();
        let at = at % messages.len();
        let late = (at + late).min(messages.len());
        // The venue's book after the first `at` messages is the snapshot; it reaches us after `late` of them.
        let mut whole = BookSync::new(UpdateNumbering::NamesPrevious);
        whole.snapshot(&BookLevels::default());
        messages.iter().take(at).for_each(|message| { whole.change(message); });
        let book = whole.book().unwrap();
        let snapshot = BookLevels {
            last_update: at as u64,
            bids: book.levels(Side::Buy).collect(),
            asks: book.levels(Side::Sell).collect(),
            ..BookLevels::default()
        };
        messages.iter().skip(at).for_each(|message| { whole.change(message); });
        let mut ours = BookSync::new(UpdateNumbering::NamesPrevious);
        messages.iter().take(late).for_each(|message| { ours.change(message); });
        prop_assert_eq!(ours.snapshot(&snapshot), BookNews::Rebuilt);
        messages.iter().skip(late).for_each(|message| { ours.change(message); });
        for side in [Side::Buy, Side::Sell] {
            let (mine, venues): (Vec<_>, Vec<_>) = (ours.book().unwrap().levels(side).collect(), whole.book().unwrap().levels(side).collect());
            prop_assert_eq!(mine, venues);
        }
        prop_assert_eq!(ours.findings().total(), 0);
    }
}
