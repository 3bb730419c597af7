//! What holds for every history: told twice, told late, told in any order.
//! `PROPTEST_CASES=100000` runs the nightly number of histories.

#[cfg(test)]
mod desk;
#[cfg(test)]
mod naive;

use autotrading_domain::{
    Currency, Fill, FillCause, FundingPayment, InstrumentId, Money, Price, Rate, Side, Timestamp,
};
use autotrading_positions::{
    Applied, BookChange, BookEntry, Ledger, LedgerError, LedgerRules, LedgerSnapshot, SnapshotError,
};
use desk::{BTC, Desk, ETH, Trade, buy, money, price, quantity, sell};
use naive::NaiveBooks;
use proptest::prelude::*;
use rust_decimal::Decimal;

#[cfg(test)]
mod history {
    use super::*;

    #[derive(Clone, Debug)]
    pub(crate) enum Happening {
        /// A new trade, with a fee in settlement currency or in another one.
        Trade {
            instrument: InstrumentId,
            side: Side,
            lots: i64,
            ticks: i64,
            fee: i64,
            own_currency: bool,
        },
        /// The trade told so many trades ago is told again.
        Again(usize),
        Funding {
            instrument: InstrumentId,
            amount: i64,
        },
        Deposit(i64),
        Mark {
            instrument: InstrumentId,
            ticks: i64,
        },
    }

    pub(crate) fn happening() -> impl Strategy<Value = Happening> {
        let instrument = || prop::sample::select(vec![BTC, ETH]);
        let side = prop::sample::select(vec![Side::Buy, Side::Sell]);
        prop_oneof![
            6 => (instrument(), side, 1..2_000_i64, 100..200_000_i64, -50..5_000_i64, prop::bool::weighted(0.9))
                .prop_map(|(instrument, side, lots, ticks, fee, own_currency)| Happening::Trade { instrument, side, lots, ticks, fee, own_currency }),
            1 => (0..6_usize).prop_map(Happening::Again),
            1 => (instrument(), -10_000..10_000_i64).prop_map(|(instrument, amount)| Happening::Funding { instrument, amount }),
            1 => (-100_000..10_000_000_000_i64).prop_map(Happening::Deposit),
            1 => (instrument(), 100..200_000_i64).prop_map(|(instrument, ticks)| Happening::Mark { instrument, ticks }),
        ]
    }

    /// Ledger and naive books, told the same.
    pub(crate) struct Witness {
        pub(crate) desk: Desk,
        pub(crate) naive: NaiveBooks,
        pub(crate) journal: Vec<BookEntry>,
        pub(crate) told: Vec<Fill>,
    }

    impl Witness {
        pub(crate) fn new(mut desk: Desk) -> Self {
            // The desk's own deposit is entry 1, made anew so that the journal is whole.
            desk.ledger = Ledger::new(&desk.instruments, *desk.ledger.rules()).unwrap();
            let mut witness = Self { desk, naive: NaiveBooks::default(), journal: vec![], told: vec![] };
            witness.happen(&Happening::Deposit(100_000_000_000_000_003));
            witness
        }

        pub(crate) fn perpetuals() -> Self {
            Self::new(Desk::new(LedgerRules::isolated(desk::five()), 2))
        }

        pub(crate) fn happen(&mut self, happening: &Happening) {
            match *happening {
                Happening::Trade { instrument, side, lots, ticks, fee, own_currency } => {
                    let trade = Trade {
                        instrument,
                        side,
                        quantity: autotrading_domain::Quantity::new(Decimal::new(lots, 3)).unwrap(),
                        price: Price::new(Decimal::new(ticks, 2)).unwrap(),
                    };
                    let fee_currency = if own_currency { Currency::USDT } else { "BNB".parse().unwrap() };
                    let fill = Fill {
                        fee: Money::new(Decimal::new(fee, 15)),
                        fee_currency,
                        ..self.desk.next(trade)
                    };
                    self.tell(&fill);
                }
                Happening::Again(ago) => {
                    if let Some(fill) = self.told.iter().rev().nth(ago).copied() {
                        let before = self.desk.ledger.clone();
                        self.tell(&fill);
                        assert_eq!(self.desk.ledger, before);
                    }
                }
                Happening::Funding { instrument, amount } => {
                    let payment = FundingPayment {
                        instrument,
                        at: Timestamp::from_secs(self.told.len() as i64),
                        rate: Rate::basis_points(1),
                        amount: Money::new(Decimal::new(amount, 13)),
                    };
                    self.naive.funding.push(payment);
                    self.journal.push(self.desk.ledger.apply_funding(&payment).unwrap());
                }
                Happening::Deposit(amount) => {
                    let amount = Decimal::new(amount, 13);
                    self.naive.deposits.push(amount);
                    self.journal
                        .push(self.desk.ledger.deposit(Money::new(amount), Timestamp::EPOCH).unwrap());
                }
                Happening::Mark { instrument, ticks } => {
                    assert!(
                        self.desk
                            .ledger
                            .mark(instrument, Decimal::new(ticks, 2).to_string().parse().unwrap())
                    );
                }
            }
        }

        pub(crate) fn tell(&mut self, fill: &Fill) {
            self.naive.tell(fill);
            self.told.push(*fill);
            self.journal.extend(self.desk.ledger.apply_fill(fill).unwrap().entry());
        }
    }
}
use history::{Happening, Witness, happening};

/// At least a thousand, more when the environment asks for more.
fn histories() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(1_000), ..asked }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn the_books_equal_a_plain_recomputation_from_all_fills_to_the_last_digit(events in prop::collection::vec(happening(), 1..40)) {
        let mut witness = Witness::perpetuals();
        for event in &events {
            witness.happen(event);
            let (ledger, naive) = (&witness.desk.ledger, &witness.naive);
            ledger.check_identities().unwrap();
            for id in [BTC, ETH] {
                let (position, expected) = (ledger.position(id).unwrap(), naive.position(id));
                prop_assert_eq!(position.signed(), expected.quantity);
                prop_assert_eq!(position.open_cost().get(), expected.cost.abs());
                prop_assert_eq!(position.realized().get(), expected.realized);
                let ended = witness.journal.iter().filter_map(BookEntry::closed_trade).filter(|trade| trade.instrument == id);
                prop_assert_eq!(ended.count(), expected.closed_trades);
            }
            prop_assert_eq!(ledger.totals().wallet.get(), naive.wallet(&[BTC, ETH]));
            for (currency, paid) in naive.fees() {
                let kept = if currency == Currency::USDT { ledger.totals().fees } else { ledger.other_fees().get(currency) };
                prop_assert_eq!(kept.get(), paid);
            }
        }
        let marks = [(BTC, "612.34".parse().unwrap()), (ETH, "0.05".parse().unwrap())];
        let account = witness.desk.ledger.account(|id| Price::new(marks[id.index()].1).ok()).unwrap();
        prop_assert_eq!(account.equity().unwrap().get(), witness.naive.equity(&marks));
        witness.desk.ledger.mark(BTC, 612.34);
        witness.desk.ledger.mark(ETH, 0.05);
        let exact = account.equity().unwrap().to_f64();
        prop_assert!((witness.desk.ledger.equity_f64() - exact).abs() <= 1e-12 * (1.0 + exact.abs() + 1e4));
    }
}

proptest! {
    #[test]
    fn replaying_the_journal_rebuilds_the_books_to_the_byte(events in prop::collection::vec(happening(), 1..40)) {
        let mut witness = Witness::perpetuals();
        events.iter().for_each(|event| witness.happen(event));
        let live = &witness.desk.ledger;
        let bytes = serde_json::to_string(&witness.journal).unwrap();
        let read: Vec<BookEntry> = serde_json::from_str(&bytes).unwrap();
        let rebuilt = Ledger::replay(&witness.desk.instruments, *live.rules(), &read).unwrap();
        prop_assert_eq!(&rebuilt, live);
        let as_bytes = |ledger: &Ledger| serde_json::to_string(&ledger.snapshot()).unwrap();
        prop_assert_eq!(as_bytes(&rebuilt), as_bytes(live));
        // From any snapshot and the tail too.
        let half = read.len() / 2;
        let middle = Ledger::replay(&witness.desk.instruments, *live.rules(), &read[..half]).unwrap();
        let stored: LedgerSnapshot = serde_json::from_str(&as_bytes(&middle)).unwrap();
        let mut resumed = Ledger::restore(&witness.desk.instruments, stored).unwrap();
        read[half..].iter().for_each(|entry| resumed.apply_entry(entry).unwrap());
        prop_assert_eq!(as_bytes(&resumed), as_bytes(live));
    }

    #[test]
    fn a_close_of_at_most_the_position_never_flips_it(
        events in prop::collection::vec(happening(), 1..20), share in 1..=1_000_i64, ticks in 100..200_000_i64,
    ) {
        let mut witness = Witness::perpetuals();
        events.iter().for_each(|event| witness.happen(event));
        let position = witness.desk.ledger.position(BTC).unwrap().clone();
        let size = (position.quantity().get() * Decimal::new(share, 3)).round_dp(3).min(position.quantity().get());
        prop_assume!(!size.is_zero());
        let closing = if position.signed() > Decimal::ZERO { sell("1", "1") } else { buy("1", "1") };
        let trade = Trade { quantity: quantity(&size.to_string()), price: price(&Decimal::new(ticks, 2).to_string()), ..closing };
        let booked = witness.desk.fill(trade);
        prop_assert!(booked.opened.is_zero() && !booked.began);
        prop_assert_eq!(booked.after.abs() + size, position.quantity().get());
        let side_kept = booked.after.is_zero() || booked.after.is_sign_negative() == position.signed().is_sign_negative();
        prop_assert!(side_kept);
        prop_assert_eq!(booked.closed_trade.is_some(), booked.after.is_zero());
    }

    #[test]
    fn fills_told_late_twice_and_in_any_order_make_the_same_position(
        events in prop::collection::vec(happening(), 1..30), shuffle in any::<prop::sample::Index>(), seed in any::<u64>(),
    ) {
        let mut witness = Witness::perpetuals();
        events.iter().for_each(|event| witness.happen(event));
        let mut told = witness.told.clone();
        told.extend(witness.told.iter().copied());
        // A fixed scramble: every element changes places with one that the seed chooses.
        for place in 0..told.len() {
            let other = (seed.rotate_left(place as u32) as usize ^ place) % told.len();
            told.swap(place, other);
        }
        if !told.is_empty() {
            let turn = shuffle.index(told.len());
            told.rotate_left(turn);
        }
        let mut other = Desk::new(LedgerRules::isolated(desk::five()), 2);
        for fill in &told {
            let _ = other.ledger.apply_fill(fill).unwrap();
            other.ledger.check_identities().unwrap();
        }
        for id in [BTC, ETH] {
            prop_assert_eq!(other.ledger.position(id).unwrap().signed(), witness.naive.position(id).quantity);
        }
        prop_assert_eq!(other.ledger.totals().fees, witness.desk.ledger.totals().fees);
    }

    #[test]
    fn round_trips_add_up_to_the_totals(events in prop::collection::vec(happening(), 1..40)) {
        let mut witness = Witness::perpetuals();
        events.iter().for_each(|event| witness.happen(event));
        let ledger = &witness.desk.ledger;
        let (mut realized, mut fees, mut funding) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        for entry in &witness.journal {
            if let BookChange::Funding(booked) = &entry.change && !booked.counted_to_trip {
                funding += booked.amount.get();
            }
            if let Some(trade) = entry.closed_trade() {
                realized += trade.realized.get();
                fees += trade.fees.get();
                funding += trade.funding.get();
                prop_assert!(!trade.quantity.is_zero() && trade.held_for() >= autotrading_domain::Span::ZERO);
            }
        }
        for trip in ledger.positions().filter_map(|position| position.trip()) {
            realized += trip.realized.get();
            fees += trip.fees.get();
            funding += trip.funding.get();
        }
        let totals = ledger.totals();
        prop_assert_eq!((realized, fees, funding), (totals.realized.get(), totals.fees.get(), totals.funding.get()));
    }

    #[test]
    fn spot_cash_and_open_cost_are_deposits_and_realized_less_fees(
        trades in prop::collection::vec((any::<bool>(), 1..5_000_i64, 100..200_000_i64, 0..900_i64), 1..40),
    ) {
        let mut witness = Witness::new(Desk::spot());
        for (sells, lots, ticks, fee) in trades {
            let held = witness.desk.position().quantity().get();
            let size = if sells { Decimal::new(lots, 3).min(held) } else { Decimal::new(lots, 3) };
            if size.is_zero() {
                continue;
            }
            let side = if sells { Side::Sell } else { Side::Buy };
            let trade = Trade { side, quantity: quantity(&size.to_string()), price: price(&Decimal::new(ticks, 2).to_string()), ..buy("1", "1") };
            let fill = Fill { fee: Money::new(Decimal::new(fee, 15)), ..witness.desk.next(trade) };
            let (cash, cost) = (witness.desk.ledger.totals().cash, witness.desk.position().open_cost());
            witness.tell(&fill);
            let (totals, position) = (witness.desk.ledger.totals(), witness.desk.position());
            let left = totals.deposits.get() + totals.realized.get() - totals.fees.get();
            prop_assert_eq!(totals.cash.get() + position.open_cost().get(), left);
            // Cash moves by what was paid or received; a sale's proceeds are booked to 12 decimals with its profit.
            let paid = fill.price.get() * size * if sells { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
            let moved = totals.cash.get() - cash.get() + fill.fee.booked().get();
            prop_assert!((moved - paid).abs() <= Decimal::new(1, 12), "{moved} for {paid}, cost was {cost}");
            witness.desk.ledger.check_identities().unwrap();
        }
    }

    #[test]
    fn whatever_is_told_the_books_refuse_or_add_up(
        tellings in prop::collection::vec((any::<(i64, i64, i64)>(), 0..28_u32, 0..28_u32, 0..4_u32, any::<bool>(), 0..9_u64, any::<i64>()), 1..30),
        spot in any::<bool>(),
    ) {
        let mut desk = if spot { Desk::spot() } else { Desk::perpetual() };
        for ((size, at, fee), lots, ticks, instrument, sells, trade, time) in tellings {
            let wild = |raw: i64, scale| Decimal::try_from_i128_with_scale(i128::from(raw) * 7_919_777, scale).unwrap_or(Decimal::MAX);
            let fill = Fill {
                trade: autotrading_domain::TradeId(trade),
                instrument: InstrumentId(instrument),
                quantity: autotrading_domain::Quantity::of(wild(size, lots)),
                price: Price::new(wild(at, ticks).abs().max(Decimal::new(1, 28))).unwrap(),
                fee: Money::new(wild(fee, lots)),
                at: Timestamp::from_nanos(time),
                cause: FillCause::AutoDeleveraging,
                ..desk.next(if sells { sell("1", "1") } else { buy("1", "1") })
            };
            let before = desk.ledger.clone();
            match desk.ledger.apply_fill(&fill) {
                Ok(Applied::Booked(_)) => prop_assert_eq!(desk.ledger.sequence(), before.sequence() + 1),
                Ok(Applied::Duplicate) | Err(_) => prop_assert_eq!(&desk.ledger, &before),
            }
            desk.ledger.check_identities().unwrap();
            desk.ledger.mark(BTC, at as f64);
            let figures = [desk.ledger.equity_f64(), desk.ledger.gross_notional_f64(), desk.ledger.net_notional_f64()];
            prop_assert!(figures.iter().all(|figure| figure.is_finite()), "{figures:?}");
        }
    }
}

#[test]
fn a_journal_that_was_touched_is_refused_at_the_entry() {
    let mut witness = Witness::perpetuals();
    let trade = |side| Happening::Trade {
        instrument: BTC,
        side,
        lots: 700,
        ticks: 10_001,
        fee: 5,
        own_currency: true,
    };
    [trade(Side::Buy), trade(Side::Sell)].iter().for_each(|event| witness.happen(event));
    let replay = |entries: &[BookEntry]| {
        Ledger::replay(&witness.desk.instruments, *witness.desk.ledger.rules(), entries)
    };
    let mut forged = witness.journal.clone();
    let BookChange::Fill(booked) = &mut forged[2].change else { panic!("the third entry is a fill") };
    booked.realized = money("1");
    assert_eq!(replay(&forged).unwrap_err(), LedgerError::EntryMismatch { sequence: 3 });
    let mut cut = witness.journal.clone();
    cut.remove(1);
    assert_eq!(replay(&cut).unwrap_err(), LedgerError::OutOfSequence { last: 1, got: 3 });
    let mut twice = witness.journal.clone();
    twice[2].sequence = 3;
    twice[2].change = twice[1].change.clone();
    assert_eq!(replay(&twice).unwrap_err(), LedgerError::EntryMismatch { sequence: 3 });
}

#[test]
fn a_snapshot_that_does_not_add_up_or_belongs_elsewhere_is_refused() {
    let mut witness = Witness::perpetuals();
    witness.happen(&Happening::Trade {
        instrument: ETH,
        side: Side::Buy,
        lots: 700,
        ticks: 10_001,
        fee: 5,
        own_currency: true,
    });
    let snapshot = witness.desk.ledger.snapshot();
    let mut forged = snapshot.clone();
    forged.totals.wallet = money("1000000");
    let refused = Ledger::restore(&witness.desk.instruments, forged).unwrap_err();
    assert!(matches!(refused, SnapshotError::Identity(_)));
    let elsewhere = Ledger::restore(&Desk::perpetual().instruments, snapshot.clone()).unwrap_err();
    assert_eq!(elsewhere, SnapshotError::Positions { got: 2, expected: 1 });
    let mut swapped = snapshot.clone();
    swapped.positions.swap(0, 1);
    let refused = Ledger::restore(&witness.desk.instruments, swapped).unwrap_err();
    assert_eq!(refused, SnapshotError::Positions { got: 2, expected: 2 });
    let mut scrambled = serde_json::to_value(&snapshot).unwrap();
    scrambled["trades"][1]["known"] = serde_json::json!([[2, Timestamp::EPOCH], [1, Timestamp::EPOCH]]);
    let scrambled: LedgerSnapshot = serde_json::from_value(scrambled).unwrap();
    let refused = Ledger::restore(&witness.desk.instruments, scrambled).unwrap_err();
    assert_eq!(refused, SnapshotError::Trades { instrument: ETH });
    let restored = Ledger::restore(&witness.desk.instruments, snapshot).unwrap();
    assert!((restored.equity_f64() - witness.desk.ledger.equity_f64()).abs() < 1e-9);
}
