//! Fills that were inferred, and the venue's own word that takes their place.

#[cfg(test)]
mod desk;

use autotrading_domain::{
    ClientOrderId, Currency, Direction, Fill, FundingPayment, Instrument, InstrumentKind, InstrumentSpec,
    Leverage, Money, Quantity, Rate, Side, Timestamp,
};
use autotrading_positions::{
    Applied, BookChange, BookEntry, ClosedTrade, FillBooked, Ledger, LedgerError, LedgerRules,
    LedgerSnapshot, SnapshotError,
};
use desk::{BTC, Desk, buy, five, money, perpetual, price, quantity, sell};
use proptest::prelude::*;
use rust_decimal::Decimal;

#[cfg(test)]
mod telling {
    use super::*;

    /// A fill of an order of its own.
    pub(crate) fn of_order(fill: Fill, sequence: u32) -> Fill {
        Fill { order: Some(ClientOrderId { run: 1, sequence }), ..fill }
    }

    pub(crate) fn booked(entry: &BookEntry) -> &FillBooked {
        match &entry.change {
            BookChange::Fill(booked) => booked,
            other => panic!("{other:?} is no fill"),
        }
    }

    pub(crate) fn apply(ledger: &mut Ledger, fill: &Fill) -> BookEntry {
        ledger.apply_fill(fill).unwrap().entry().unwrap()
    }

    pub(crate) fn snapshot_of(ledger: &Ledger) -> LedgerSnapshot {
        serde_json::from_str(&serde_json::to_string(&ledger.snapshot()).unwrap()).unwrap()
    }
}
use telling::{apply, booked, of_order, snapshot_of};

#[test]
fn the_venues_word_replaces_as_much_of_an_inferred_fill_as_it_tells() {
    let mut desk = Desk::perpetual();
    let inferred = of_order(desk.next(buy("3", "100")), 9);
    let entry = desk.ledger.infer_fill(None, &Fill { fee: money("7"), ..inferred }).unwrap();
    assert!(booked(&entry).inferred && booked(&entry).fee.is_zero(), "its fee is not known");
    assert_eq!(desk.ledger.inferred(BTC), quantity("3"));
    let other = of_order(desk.next(sell("1", "110")), 10);
    assert_eq!(
        booked(&apply(&mut desk.ledger, &other)).realized,
        money("10"),
        "another order is no word on it"
    );
    let first = Fill { fee: money("0.5"), ..of_order(desk.next(buy("2", "99")), 9) };
    let entry = apply(&mut desk.ledger, &first);
    let told = booked(&entry);
    assert_eq!((told.replaced, told.before, told.after), (quantity("2"), Decimal::TWO, Decimal::TWO));
    assert_eq!(desk.ledger.inferred(BTC), quantity("1"));
    // 2 at 99 and 1 at 100 cost 298; a third of it was sold at 110.
    assert_eq!(desk.position().open_cost(), money("198.666666666667"));
    assert_eq!((told.realized, told.fee_of_open), (money("0.666666666667"), money("0.5")));
    assert!(matches!(desk.ledger.apply_fill(&first).unwrap(), Applied::Duplicate));
    let second = of_order(desk.next(buy("1", "97")), 9);
    let entry = apply(&mut desk.ledger, &second);
    assert_eq!(booked(&entry).replaced, quantity("1"));
    assert_eq!(desk.position().signed(), Decimal::TWO);
    assert!(desk.ledger.inferred(BTC).is_zero());
    // What comes now of that order is new.
    let third = of_order(desk.next(buy("1", "97")), 9);
    assert_eq!(booked(&apply(&mut desk.ledger, &third)).after, Decimal::from(3));
    desk.ledger.check_identities().unwrap();
}

#[test]
fn round_trips_that_ended_in_between_are_told_again() {
    let mut desk = Desk::perpetual();
    let inferred = of_order(desk.next(buy("1", "100")), 9);
    desk.ledger.infer_fill(None, &inferred).unwrap();
    let out = of_order(desk.next(sell("1", "120")), 10);
    let before = apply(&mut desk.ledger, &out).closed_trade().copied().unwrap();
    assert_eq!(before.realized, money("20"));
    let told = Fill { fee: money("1"), ..of_order(desk.next(buy("1", "105")), 9) };
    let entry = apply(&mut desk.ledger, &told);
    let [after] = booked(&entry).retold[..] else { panic!("one round trip has ended") };
    assert_eq!((after.realized, after.fees), (money("15"), money("1")));
    assert_eq!(desk.ledger.totals().wallet, money("10014"));
    assert!(desk.position().is_flat());
}

#[test]
fn more_than_was_inferred_changes_the_position_by_the_rest() {
    let mut desk = Desk::perpetual();
    let inferred = of_order(desk.next(buy("1", "100")), 9);
    desk.ledger.infer_fill(None, &inferred).unwrap();
    let told = of_order(desk.next(buy("3", "101")), 9);
    let entry = apply(&mut desk.ledger, &told);
    assert_eq!((booked(&entry).replaced, booked(&entry).after), (quantity("1"), Decimal::from(3)));
    assert_eq!(desk.position().open_cost(), money("303"));
    // The same order on the other side is a contradiction, and no word on what was inferred.
    let inferred = of_order(desk.next(buy("1", "100")), 11);
    desk.ledger.infer_fill(None, &inferred).unwrap();
    let against = of_order(desk.next(sell("1", "100")), 11);
    assert!(booked(&apply(&mut desk.ledger, &against)).replaced.is_zero());
    assert_eq!(desk.ledger.inferred(BTC), quantity("1"));
}

#[test]
fn what_cannot_be_inferred_is_refused_and_changes_nothing() {
    let mut desk = Desk::perpetual();
    let fill = desk.next(buy("1", "100"));
    let before = desk.ledger.clone();
    let refused = |fill: Fill, desk: &mut Desk| desk.ledger.infer_fill(None, &fill).unwrap_err();
    let nameless = Fill { order: None, ..fill };
    assert_eq!(refused(nameless, &mut desk), LedgerError::InferredOfNothing { instrument: BTC });
    let empty = Fill { quantity: Quantity::ZERO, ..fill };
    assert!(matches!(refused(empty, &mut desk), LedgerError::EmptyFill { .. }));
    let stranger = Fill { instrument: autotrading_domain::InstrumentId(7), ..fill };
    assert!(matches!(refused(stranger, &mut desk), LedgerError::Instrument(_)));
    assert!(matches!(
        desk.ledger.infer_fill(Some(Direction::Long), &fill),
        Err(LedgerError::WrongMode { .. })
    ));
    assert_eq!(desk.ledger, before);

    let mut spot = Desk::spot();
    let sold = spot.next(sell("1", "100"));
    assert!(matches!(spot.ledger.infer_fill(None, &sold), Err(LedgerError::SpotShort { .. })));
    // Told smaller than inferred and then sold: the refold would be short of what was sold.
    let bought = of_order(spot.next(buy("2", "100")), 9);
    spot.ledger.infer_fill(None, &bought).unwrap();
    assert_eq!(spot.ledger.totals().cash, money("9800"));
    let told = of_order(spot.next(buy("2", "90")), 9);
    apply(&mut spot.ledger, &told);
    assert_eq!(spot.ledger.totals().cash, money("9820"));
    spot.ledger.check_identities().unwrap();
}

#[test]
fn a_hedge_leg_has_inferred_fills_of_its_own_and_still_never_flips() {
    let mut desk = Desk::new(LedgerRules::isolated(five()).hedged(), 1);
    let long = of_order(desk.next(buy("2", "100")), 1);
    let _ = desk.ledger.apply_fill_of(Direction::Long, &long).unwrap();
    let short = of_order(desk.next(sell("1", "100")), 2);
    desk.ledger.infer_fill(Some(Direction::Short), &short).unwrap();
    let reduced = of_order(desk.next(sell("1", "105")), 3);
    desk.ledger.infer_fill(Some(Direction::Long), &reduced).unwrap();
    assert_eq!(desk.ledger.inferred(BTC), quantity("2"));
    let before = desk.ledger.clone();
    let too_much = of_order(desk.next(sell("3", "105")), 3);
    let refused = desk.ledger.apply_fill_of(Direction::Long, &too_much).unwrap_err();
    assert!(matches!(refused, LedgerError::LegOverclosed { leg: Direction::Long, .. }), "{refused}");
    assert_eq!(desk.ledger, before);
    let told = of_order(desk.next(sell("2", "106")), 3);
    let entry = desk.ledger.apply_fill_of(Direction::Long, &told).unwrap().entry().unwrap();
    assert_eq!((booked(&entry).replaced, booked(&entry).after), (quantity("1"), Decimal::ZERO));
    assert_eq!(desk.ledger.inferred(BTC), quantity("1"), "of the short leg");
    let kept = snapshot_of(&desk.ledger);
    assert_eq!(Ledger::restore(&desk.instruments, kept).unwrap(), desk.ledger);
}

#[test]
fn a_venue_that_never_tells_is_asked_before_memory_grows_without_end() {
    let mut desk = Desk::perpetual();
    let inferred = of_order(desk.next(buy("1", "100")), 1);
    desk.ledger.infer_fill(None, &inferred).unwrap();
    let refused = loop {
        let fill = of_order(desk.next(buy("0.001", "100")), 2);
        if let Err(refused) = desk.ledger.apply_fill(&fill) {
            break refused;
        }
    };
    let events = autotrading_positions::TRADE_MEMORY;
    assert_eq!(refused, LedgerError::TooLongUnsettled { instrument: BTC, events });
    let told = of_order(desk.next(buy("1", "100")), 1);
    apply(&mut desk.ledger, &told);
    let fill = of_order(desk.next(buy("0.001", "100")), 2);
    apply(&mut desk.ledger, &fill);
}

#[test]
fn a_snapshot_whose_unsettled_fills_do_not_lead_to_the_position_is_refused() {
    let mut desk = Desk::perpetual();
    let inferred = of_order(desk.next(buy("1", "100")), 1);
    desk.ledger.infer_fill(None, &inferred).unwrap();
    let good = serde_json::to_value(desk.ledger.snapshot()).unwrap();
    let mut forged = good.clone();
    forged["unsettled"]["0"]["events"][0]["inferred"]["fill"]["quantity"] = "2".into();
    let read = |value| serde_json::from_value::<LedgerSnapshot>(value).unwrap();
    let refused = Ledger::restore(&desk.instruments, read(forged)).unwrap_err();
    assert_eq!(refused, SnapshotError::Unsettled { place: 0 });
    let mut elsewhere = good.clone();
    elsewhere["unsettled"]["5"] = elsewhere["unsettled"]["0"].clone();
    let refused = Ledger::restore(&desk.instruments, read(elsewhere)).unwrap_err();
    assert_eq!(refused, SnapshotError::Unsettled { place: 5 });
    assert!(Ledger::restore(&desk.instruments, read(good)).is_ok());
}

/// One instrument, spot when asked, that may be sold as much as is held at the most then.
#[cfg(test)]
fn account(spot: bool) -> Desk {
    let mut spec = InstrumentSpec::from(perpetual("BTCUSDT"));
    if spot {
        (spec.kind, spec.funding_interval) = (InstrumentKind::Spot, None);
    }
    Desk::with(LedgerRules::isolated(Leverage::ONE), vec![Instrument::new(spec).unwrap()])
}

proptest! {
    #[test]
    fn an_inferred_fill_that_is_told_later_leaves_the_books_as_if_told_at_once(
        trades in prop::collection::vec((any::<bool>(), 1..3_000_i64, 100..200_000_i64, 0..900_i64, any::<bool>()), 1..25),
        which in any::<prop::sample::Index>(), wrong in 100..200_000_i64, part in 1..1_000_i64, spot in any::<bool>(),
    ) {
        let which = which.index(trades.len());
        let (mut at_once, mut later) = (account(spot), account(spot));
        let (mut journal, mut missing, mut trips): (Vec<BookEntry>, Vec<Fill>, Vec<ClosedTrade>) = (vec![], vec![], vec![]);
        let mut held = Decimal::ZERO;
        for ((place, (sells, lots, ticks, fee, funded)), sequence) in trades.iter().enumerate().zip(1..) {
            let mut size = Decimal::new(*lots, 3);
            let side = if *sells { Side::Sell } else { Side::Buy };
            if spot && *sells { size = size.min(held); }
            if size.is_zero() { continue; }
            held += Quantity::of(size).signed(side);
            let trade = desk::Trade { side, quantity: Quantity::of(size), price: price(&Decimal::new(*ticks, 2).to_string()), ..buy("1", "1") };
            let whole = Fill { fee: Money::new(Decimal::new(*fee, 2)), ..of_order(at_once.next(trade), sequence) };
            // In two parts, when it is the one that is told late.
            let first = (size * Decimal::new(part, 3)).round_dp(3);
            let parts: Vec<Fill> = if place != which || first.is_zero() || first == size { vec![whole] } else {
                vec![
                    Fill { quantity: Quantity::of(first), ..whole },
                    Fill { quantity: Quantity::of(size - first), fee_currency: Currency::USD, ..of_order(at_once.next(trade), sequence) },
                ]
            };
            for fill in &parts {
                let entry = apply(&mut at_once.ledger, fill);
                if place >= which { trips.extend(entry.closed_trade().copied()); }
                if place != which { journal.push(apply(&mut later.ledger, fill)); }
            }
            if place == which {
                let guess = Fill { price: price(&Decimal::new(wrong, 2).to_string()), ..whole };
                journal.push(later.ledger.infer_fill(None, &guess).unwrap());
                missing = parts;
            }
            if *funded && !spot {
                let payment = FundingPayment { instrument: BTC, at: Timestamp::EPOCH, rate: Rate::basis_points(1), amount: money("0.07") };
                at_once.ledger.apply_funding(&payment).unwrap();
                journal.push(later.ledger.apply_funding(&payment).unwrap());
            }
        }
        let mut retold = vec![];
        for fill in &missing {
            let entry = apply(&mut later.ledger, fill);
            prop_assert_eq!(booked(&entry).replaced, fill.quantity);
            retold = booked(&entry).retold.clone();
            journal.push(entry);
            later.ledger.check_identities().unwrap();
        }
        prop_assert_eq!(later.ledger.position(BTC).unwrap(), at_once.ledger.position(BTC).unwrap());
        prop_assert_eq!(later.ledger.totals(), at_once.ledger.totals());
        prop_assert_eq!(later.ledger.other_fees(), at_once.ledger.other_fees());
        prop_assert!(later.ledger.inferred(BTC).is_zero());
        if !missing.is_empty() { prop_assert_eq!(retold, trips); }
        // The journal rebuilds it, from the start and from a snapshot in the middle.
        let mut replayed = Ledger::new(&later.instruments, *later.ledger.rules()).unwrap();
        replayed.deposit(money("10000"), Timestamp::EPOCH).unwrap();
        for (place, entry) in journal.iter().enumerate() {
            if place == journal.len() / 2 {
                replayed = Ledger::restore(&later.instruments, snapshot_of(&replayed)).unwrap();
            }
            let told: BookEntry = serde_json::from_str(&serde_json::to_string(entry).unwrap()).unwrap();
            replayed.apply_entry(&told).unwrap();
        }
        prop_assert_eq!(&replayed, &later.ledger);
    }
}
