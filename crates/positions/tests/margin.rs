//! Margin over one and many instruments: the venue's worked examples, and what holds at every liquidation price.

#[cfg(test)]
mod desk;

use autotrading_domain::{
    Direction, Instrument, InstrumentId, InstrumentSpec, Leverage, Liquidation, MarginTier, MarginTiers,
    Money, Price, Rate,
};
use autotrading_positions::{Ledger, LedgerError, LedgerRules, MarginHealth};
use desk::{BTC, Desk, ETH, Trade, buy, decimal, money, perpetual, price, sell};
use proptest::prelude::*;

#[cfg(test)]
mod venue {
    use super::*;

    fn tier(floor: &str, cap: &str, rate: &str, amount: &str) -> MarginTier {
        MarginTier {
            notional_floor: money(floor),
            notional_cap: money(cap),
            maintenance_margin_rate: Rate::new(decimal(rate)),
            maintenance_amount: money(amount),
            max_leverage: Leverage::ONE,
        }
    }

    fn with_tiers(symbol: &str, tiers: Vec<MarginTier>) -> Instrument {
        let tiers = MarginTiers::new(tiers).unwrap();
        Instrument::new(InstrumentSpec { tiers, ..perpetual(symbol).into() }).unwrap()
    }

    /// Historical brackets that contain 2.5 % with the amount 16 300.
    pub(crate) fn bitcoin() -> Instrument {
        with_tiers(
            "BTCUSDT",
            vec![
                tier("0", "50000", "0.004", "0"),
                tier("50000", "250000", "0.005", "50"),
                tier("250000", "1000000", "0.01", "1300"),
                tier("1000000", "5000000", "0.025", "16300"),
                tier("5000000", "20000000", "0.05", "141300"),
            ],
        )
    }

    /// Historical brackets that contain 10 % with the amount 135 365.
    pub(crate) fn ether() -> Instrument {
        with_tiers(
            "ETHUSDT",
            vec![
                tier("0", "10000", "0.005", "0"),
                tier("10000", "100000", "0.0065", "15"),
                tier("100000", "500000", "0.01", "365"),
                tier("500000", "1000000", "0.02", "5365"),
                tier("1000000", "2000000", "0.05", "35365"),
                tier("2000000", "5000000", "0.1", "135365"),
            ],
        )
    }

    /// The two longs of the venue's worked example, in one account.
    pub(crate) fn worked_example() -> Desk {
        let mut desk = Desk::with(LedgerRules::cross(Leverage::ONE), vec![bitcoin(), ether()]);
        desk.ledger.deposit(money("1525443.01"), autotrading_domain::Timestamp::EPOCH).unwrap();
        desk.fill(buy("109.488", "32481.98"));
        desk.fill(Trade { instrument: ETH, ..buy("3683.979", "1456.84") });
        desk
    }

    pub(crate) fn marks(id: InstrumentId) -> Option<Price> {
        [price("31967.27"), price("1335.18")].get(id.index()).copied()
    }

    pub(crate) fn cents(liquidation: Liquidation) -> String {
        match liquidation {
            Liquidation::At(price) => price.get().round_dp(2).to_string(),
            other => format!("{other:?}"),
        }
    }
}
use venue::*;

#[test]
fn the_venues_worked_example_over_two_instruments_holds_to_the_cent() {
    let desk = worked_example();
    let health = desk.ledger.margin_health(BTC, marks).unwrap();
    // 71 200.81144 of bitcoin and 356 512.508 of ether; the losses are 56 354.568 and 448 192.885.
    assert_eq!(health.maintenance.get().round_dp(2), decimal("427713.32"));
    assert_eq!(health.balance.get().round_dp(2), decimal("1030895.56"));
    let at = |id| desk.ledger.liquidation(id, marks(id).unwrap(), marks).unwrap();
    assert_eq!(cents(at(ETH)), "1153.26");
    assert_eq!(cents(at(BTC)), "26316.89");
}

#[test]
fn a_missing_mark_of_another_position_is_an_error_with_cross_margin_only() {
    let desk = worked_example();
    let only_ether = |id| if id == ETH { marks(id) } else { None };
    let asked = desk.ledger.liquidation(ETH, price("1335.18"), only_ether);
    assert_eq!(asked, Err(LedgerError::MissingMark { instrument: BTC }));
    let mut isolated = Desk::with(LedgerRules::isolated(desk::five()), vec![bitcoin(), ether()]);
    isolated.fill(buy("0.1", "30000"));
    isolated.fill(Trade { instrument: ETH, ..buy("1", "2000") });
    assert!(isolated.ledger.liquidation(ETH, price("2000"), |_| None).is_ok());
}

#[test]
fn isolated_margin_stands_alone_and_bankruptcy_lies_beyond_liquidation() {
    let mut desk = Desk::with(LedgerRules::isolated(desk::five()), vec![bitcoin(), ether()]);
    desk.fill(buy("1", "30000"));
    let at = desk.ledger.liquidation(BTC, price("30000"), |_| None).unwrap();
    assert_eq!(cents(at), "24096.39"); // 24 000 / 0.996
    let ruin = desk.ledger.bankruptcy(BTC, price("30000"), |_| None).unwrap();
    assert_eq!(ruin, Some(price("24000")));
    assert_eq!(desk.ledger.liquidation(BTC, price("24000"), |_| None).unwrap(), Liquidation::Already);
    let health = desk.ledger.margin_health(BTC, |_| Some(price("27000"))).unwrap();
    assert_eq!((health.balance, health.maintenance), (money("3000"), money("108")));
    assert_eq!(health.ratio(), Some(Rate::new(decimal("0.036"))));
    assert_eq!(desk.ledger.liquidation(ETH, price("2000"), |_| None).unwrap(), Liquidation::Never);
    assert_eq!(desk.ledger.bankruptcy(ETH, price("2000"), |_| None).unwrap(), None);
}

#[test]
fn what_is_available_is_what_no_position_holds_and_with_cross_margin_no_loss_has_eaten() {
    let mut isolated = Desk::perpetual();
    isolated.fill(buy("100", "100"));
    let lost = |_| Some(price("90"));
    assert_eq!(isolated.ledger.available(lost).unwrap(), money("8000"));
    let mut cross = Desk::new(LedgerRules::cross(desk::five()), 1);
    cross.fill(buy("100", "100"));
    assert_eq!(cross.ledger.available(lost).unwrap(), money("7200")); // 10 000 - 1 000 lost - 9 000 / 5
    assert_eq!(cross.ledger.account(lost).unwrap().used_margin, money("1800"));
    assert_eq!(cross.ledger.available(|_| Some(price("1"))).unwrap(), money("80"));
    let by_three = LedgerRules::cross(Leverage::new(3.into()).unwrap());
    let mut thirds = Desk::new(by_three, 1);
    thirds.fill(buy("1", "100"));
    assert_eq!(thirds.ledger.account(|_| Some(price("100"))).unwrap().used_margin, money("33.333333333333"));
    let by_three = LedgerRules::isolated(Leverage::new(3.into()).unwrap());
    let mut thirds = Desk::new(by_three, 1);
    assert_eq!(thirds.ledger.mark_of(BTC), None);
    thirds.fill(buy("1", "100"));
    assert_eq!(thirds.ledger.mark_of(BTC), Some(100.0));
    assert_eq!(thirds.ledger.holding(BTC).unwrap().isolated_margin, money("33.333333333333"));
    cross.fill(buy("900", "100"));
    assert_eq!(cross.ledger.available(|_| Some(price("1"))).unwrap(), Money::ZERO, "never negative");
    assert_eq!(cross.ledger.available(|_| None), Err(LedgerError::MissingMark { instrument: BTC }));
}

#[test]
fn a_spot_holding_has_no_liquidation_and_is_no_margin() {
    let mut desk = Desk::spot();
    desk.fill(buy("50", "100"));
    assert_eq!(desk.ledger.liquidation(BTC, price("1"), |_| None).unwrap(), Liquidation::Never);
    assert_eq!(desk.ledger.available(|_| None).unwrap(), money("5000"));
    assert_eq!(desk.ledger.holding(BTC).unwrap().isolated_margin, Money::ZERO);
}

#[test]
fn hedge_legs_are_kept_apart_and_never_flip() {
    let mut desk = Desk::new(LedgerRules::isolated(desk::five()).hedged(), 1);
    let open = desk.next(buy("2", "100"));
    let _ = desk.ledger.apply_fill_of(Direction::Long, &open).unwrap();
    let hedge = desk.next(sell("1", "110"));
    let _ = desk.ledger.apply_fill_of(Direction::Short, &hedge).unwrap();
    assert_eq!(desk.ledger.position_of(BTC, Direction::Long).unwrap().signed(), decimal("2"));
    assert_eq!(desk.ledger.position_of(BTC, Direction::Short).unwrap().signed(), decimal("-1"));
    desk.ledger.mark(BTC, 120.0);
    assert_eq!((desk.ledger.gross_notional_f64(), desk.ledger.net_notional_f64()), (360.0, 120.0));
    assert_eq!(desk.ledger.unrealized_f64(), 30.0);
    let too_much = desk.next(sell("3", "120"));
    let before = desk.ledger.clone();
    assert!(matches!(
        desk.ledger.apply_fill_of(Direction::Long, &too_much),
        Err(LedgerError::LegOverclosed { .. })
    ));
    assert!(matches!(desk.ledger.apply_fill(&too_much), Err(LedgerError::WrongMode { .. })));
    assert!(matches!(desk.ledger.apply_fill_of(Direction::Flat, &too_much), Err(LedgerError::FlatLeg)));
    assert!(matches!(desk.ledger.position(BTC), Err(LedgerError::WrongMode { .. })));
    assert_eq!(desk.ledger, before);
    desk.funding("-3"); // counts to the long, which is the larger leg
    assert_eq!(desk.ledger.position_of(BTC, Direction::Long).unwrap().trip().unwrap().funding, money("-3"));
    let close = desk.next(sell("2", "120"));
    let entry = desk.ledger.apply_fill_of(Direction::Long, &close).unwrap().entry().unwrap();
    assert_eq!(entry.closed_trade().unwrap().net().unwrap(), money("37"));
    desk.ledger.check_identities().unwrap();
}

#[test]
fn each_instrument_of_a_hedge_account_has_its_own_two_legs() {
    let mut desk = Desk::new(LedgerRules::isolated(desk::five()).hedged(), 3);
    for (at, leg, trade) in [
        (BTC, Direction::Long, buy("1", "100")),
        (ETH, Direction::Long, buy("2", "10")),
        (ETH, Direction::Short, sell("5", "12")),
        (InstrumentId(2), Direction::Short, sell("7", "1")),
    ] {
        let fill = desk.next(Trade { instrument: at, ..trade });
        let _ = desk.ledger.apply_fill_of(leg, &fill).unwrap();
        desk.ledger.check_identities().unwrap();
    }
    let signed: Vec<_> = desk.ledger.positions().map(|position| position.signed().to_string()).collect();
    assert_eq!(signed, ["1", "0", "2", "-5", "0", "-7"]);
    for (id, mark) in [(BTC, 101.0), (ETH, 11.0), (InstrumentId(2), 1.5)] {
        assert!(desk.ledger.mark(id, mark));
    }
    desk.ledger.check_identities().unwrap();
    assert_eq!((desk.ledger.notional_f64(ETH), desk.ledger.unrealized_f64_of(ETH)), (-33.0, 7.0));
    assert_eq!(desk.ledger.equity_f64(), 10_000.0 + 1.0 + 7.0 - 3.5);
    let snapshot = desk.ledger.snapshot();
    assert_eq!(Ledger::restore(&desk.instruments, snapshot).unwrap(), desk.ledger);
}

#[test]
fn a_pair_that_is_fully_hedged_dies_of_maintenance_alone() {
    let mut desk = Desk::new(LedgerRules::cross(desk::five()).hedged(), 1);
    for (leg, trade) in [(Direction::Long, buy("100", "100")), (Direction::Short, sell("100", "100"))] {
        let fill = desk.next(trade);
        let _ = desk.ledger.apply_fill_of(leg, &fill).unwrap();
    }
    // Both legs gain and lose the same; 10 000 is left for a maintenance of 0.4 % of 200 units.
    let at = desk.ledger.liquidation_of(BTC, Direction::Long, price("100"), |_| None).unwrap();
    assert_eq!(at, Liquidation::At(price("12500")));
    let other = desk.ledger.liquidation_of(BTC, Direction::Short, price("100"), |_| None).unwrap();
    assert_eq!(at, other, "both legs share their fate");
    let late = desk.ledger.liquidation_of(BTC, Direction::Short, price("12500"), |_| None).unwrap();
    assert_eq!(late, Liquidation::Already);
    let ruin =
        |desk: &Desk| desk.ledger.bankruptcy_of(BTC, Direction::Short, price("100"), |_| None).unwrap();
    assert_eq!(ruin(&desk), None);
    let more = desk.next(sell("100", "100"));
    let _ = desk.ledger.apply_fill_of(Direction::Short, &more).unwrap();
    assert_eq!(ruin(&desk), Some(price("200"))); // 100 short in sum, 10 000 to lose
}

#[test]
fn a_pair_that_may_die_on_either_side_is_told_the_nearer_price() {
    let mut desk = Desk::with(LedgerRules::cross(desk::five()).hedged(), vec![bitcoin()]);
    desk.ledger.deposit(money("-8000"), autotrading_domain::Timestamp::EPOCH).unwrap(); // 2 000 are left
    for (leg, trade) in [(Direction::Long, buy("5.1", "30000")), (Direction::Short, sell("5", "30000"))] {
        let fill = desk.next(trade);
        let _ = desk.ledger.apply_fill_of(leg, &fill).unwrap();
    }
    // 2 000 - 3 000 + 0.1 p is the balance. Below, both legs lie in the tier of 0.5 %: -900 + 0.0495 p = 0. Above, in
    // that of 2.5 %: 31 600 - 0.1525 p = 0.
    let (below, above) = ("18181.82", "207213.11");
    for (mark, nearer) in
        [("18200", below), ("30000", below), ("112000", below), ("113000", above), ("207000", above)]
    {
        for leg in [Direction::Long, Direction::Short] {
            let at = desk.ledger.liquidation_of(BTC, leg, price(mark), |_| None).unwrap();
            assert_eq!(cents(at), nearer, "at {mark}");
        }
    }
    for dead in ["18181", "207214"] {
        let at = desk.ledger.liquidation_of(BTC, Direction::Long, price(dead), |_| None).unwrap();
        assert_eq!(at, Liquidation::Already, "at {dead}");
    }
}

#[test]
fn isolated_legs_are_liquidated_each_at_its_own_price() {
    let mut desk = Desk::new(LedgerRules::isolated(desk::five()).hedged(), 1);
    for (leg, trade) in [(Direction::Long, buy("1", "100")), (Direction::Short, sell("3", "100"))] {
        let fill = desk.next(trade);
        let _ = desk.ledger.apply_fill_of(leg, &fill).unwrap();
    }
    let at = |leg| desk.ledger.liquidation_of(BTC, leg, price("100"), |_| None).unwrap();
    assert_eq!((cents(at(Direction::Long)), cents(at(Direction::Short))), ("80.32".into(), "119.52".into()));
    let ruin = |leg| desk.ledger.bankruptcy_of(BTC, leg, price("100"), |_| None).unwrap();
    assert_eq!((ruin(Direction::Long), ruin(Direction::Short)), (Some(price("80")), Some(price("120"))));
    let health = desk.ledger.margin_health_of(BTC, Direction::Short, |_| Some(price("110"))).unwrap();
    assert_eq!((health.balance, health.maintenance), (money("30"), money("1.32")));
    assert_eq!(desk.ledger.holding_of(BTC, Direction::Short).unwrap().isolated_margin, money("60"));
    desk.funding("6"); // counts to the short, which is the larger leg
    assert_eq!(desk.ledger.position_of(BTC, Direction::Short).unwrap().funding(), money("6"));
    assert_eq!(desk.ledger.position_of(BTC, Direction::Long).unwrap().funding(), Money::ZERO);
}

#[test]
fn nothing_held_needs_no_mark_and_has_nothing_to_lose() {
    let desk = Desk::perpetual();
    let health = desk.ledger.margin_health(BTC, |_| None).unwrap();
    assert_eq!((health.maintenance, health.ratio()), (Money::ZERO, Some(Rate::ZERO)));
    assert_eq!(desk.ledger.liquidation(BTC, price("1"), |_| None).unwrap(), Liquidation::Never);
    let mut spot = Desk::spot();
    spot.fill(buy("1", "100"));
    assert_eq!(spot.ledger.margin_health(BTC, |_| None).unwrap(), MarginHealth::default());
    assert_eq!(spot.ledger.bankruptcy(BTC, price("1"), |_| None).unwrap(), None);
}

#[cfg(test)]
mod any_book {
    use super::*;

    /// Balance less maintenance, per unit of the money at stake.
    fn distance_from_liquidation(
        desk: &Desk,
        at: impl Fn(InstrumentId) -> Option<Price>,
        leg: Option<Direction>,
    ) -> f64 {
        let health = match leg {
            None => desk.ledger.margin_health(BTC, &at),
            Some(leg) => desk.ledger.margin_health_of(BTC, leg, &at),
        }
        .unwrap();
        let stake: f64 = desk.ledger.positions().map(|position| position.open_cost().to_f64()).sum();
        health.headroom().unwrap().to_f64().abs() / (1.0 + stake + health.balance.to_f64().abs())
    }

    fn trade(instrument: InstrumentId, lots: i64, cents: i64, short: bool) -> Trade {
        let one = if short { sell("1", "1") } else { buy("1", "1") };
        Trade {
            instrument,
            quantity: desk::quantity(&rust_decimal::Decimal::new(lots, 3).to_string()),
            price: price(&rust_decimal::Decimal::new(cents, 2).to_string()),
            ..one
        }
    }

    proptest! {
        #[test]
        fn at_the_liquidation_price_the_revalued_balance_equals_maintenance(
            lots in 1..500_000_i64, cents in 100..6_000_000_i64, other in 1..900_000_i64,
            short in any::<bool>(), other_short in any::<bool>(), cross in any::<bool>(), percent in 80..120_i64, wallet in 0..3_000_000_i64,
        ) {
            let leverage = desk::five();
            let rules = if cross { LedgerRules::cross(leverage) } else { LedgerRules::isolated(leverage) };
            let mut desk = Desk::with(rules, vec![bitcoin(), ether()]);
            desk.ledger.deposit(Money::new(wallet.into()), autotrading_domain::Timestamp::EPOCH).unwrap();
            desk.fill(trade(BTC, lots, cents, short));
            desk.fill(trade(ETH, other, 200_000, other_short));
            let ether_mark = price("1950.5");
            let mark = price(&(rust_decimal::Decimal::new(cents, 2) * rust_decimal::Decimal::new(percent, 2)).to_string());
            let marks = |mark: Price| move |id: InstrumentId| Some(if id == BTC { mark } else { ether_mark });
            let before = desk.ledger.margin_health(BTC, marks(mark)).unwrap();
            match desk.ledger.liquidation(BTC, mark, marks(mark)).unwrap() {
                Liquidation::At(price) => {
                    prop_assert!(!before.is_liquidated());
                    let off = distance_from_liquidation(&desk, marks(price), None);
                    prop_assert!(off < 1e-15, "off by {off}");
                }
                Liquidation::Already => prop_assert!(before.balance <= before.maintenance),
                Liquidation::Never => prop_assert!(!short && !before.is_liquidated()),
            }
        }

        #[test]
        fn at_the_liquidation_price_of_a_hedged_pair_the_balance_equals_maintenance_and_not_before(
            long in 1..90_000_i64, short in 1..90_000_i64, cents in 100_000..6_000_000_i64, other in 1..9_000_i64, wallet in 0..3_000_000_i64, moved in -20..20_i64,
        ) {
            let mut desk = Desk::with(LedgerRules::cross(desk::five()).hedged(), vec![bitcoin(), ether()]);
            desk.ledger.deposit(Money::new(wallet.into()), autotrading_domain::Timestamp::EPOCH).unwrap();
            for (leg, trade) in [
                (Direction::Long, trade(BTC, long, cents, false)),
                (Direction::Short, trade(BTC, short, cents + 700, true)),
                (Direction::Short, trade(ETH, other, 200_000, true)),
            ] {
                let fill = desk.next(trade);
                let _ = desk.ledger.apply_fill_of(leg, &fill).unwrap();
            }
            let mark = price(&rust_decimal::Decimal::new(cents * 100 + moved * cents, 4).to_string());
            let marks = |mark: Price| move |id: InstrumentId| Some(if id == BTC { mark } else { price("1999") });
            let healthy = |mark| desk.ledger.margin_health_of(BTC, Direction::Long, marks(mark)).unwrap().headroom().unwrap();
            match desk.ledger.liquidation_of(BTC, Direction::Long, mark, marks(mark)).unwrap() {
                Liquidation::At(price) => {
                    let off = distance_from_liquidation(&desk, marks(price), Some(Direction::Long));
                    prop_assert!(off < 1e-15, "off by {off}");
                    for step in 1..20 {
                        let way = rust_decimal::Decimal::new(step, 2) * rust_decimal::Decimal::from(5);
                        let between = mark.get() + (price.get() - mark.get()) * way;
                        prop_assert!(healthy(Price::new(between).unwrap()) > Money::ZERO, "dead before, at {between}");
                    }
                }
                Liquidation::Already => prop_assert!(healthy(mark) <= Money::ZERO),
                Liquidation::Never => {
                    prop_assert!(healthy(price("0.01")) > Money::ZERO && healthy(price("100000000")) > Money::ZERO);
                }
            }
        }
    }
}
