//! The books in a trader's words: what fills, funding and deposits do to them.

#[cfg(test)]
mod desk;

use autotrading_domain::{
    Currency, Direction, FillCause, FundingPayment, Money, Rate, Side, Span, Timestamp,
};
use autotrading_positions::{Applied, LedgerError, LedgerRules};
use desk::{BTC, Desk, buy, decimal, money, price, quantity, sell};

#[test]
fn a_partial_close_releases_cost_in_proportion_and_a_full_close_all_of_it() {
    let mut desk = Desk::perpetual();
    desk.fill(buy("0.3", "100"));
    desk.fill(buy("0.1", "110"));
    let entry = desk.fill(sell("0.1", "120"));
    assert_eq!(entry.released_cost, money("10.25")); // 41 * 0.1 / 0.4
    assert_eq!(entry.realized, money("1.75"));
    assert_eq!(desk.position().open_cost(), money("30.75"));
    assert_eq!(desk.position().average_entry(), Some(price("102.5")));
    assert!(entry.closed_trade.is_none(), "a partial close does not end the round trip");
    let entry = desk.fill(sell("0.3", "90"));
    assert_eq!((entry.released_cost, entry.realized), (money("30.75"), money("-3.75")));
    assert!(desk.position().is_flat());
    assert_eq!(desk.ledger.totals().wallet, money("9998"));
}

#[test]
fn thirds_are_booked_half_even_to_twelve_decimals_and_leave_no_crumb() {
    let mut desk = Desk::perpetual();
    desk.fill(buy("3", "33.333333333334"));
    let released: Vec<Money> = (0..3).map(|_| desk.fill(sell("1", "40")).released_cost).collect();
    assert_eq!(released, [money("33.333333333334"), money("33.333333333334"), money("33.333333333334")]);
    let mut desk = Desk::perpetual();
    desk.fill(buy("3", "1"));
    desk.fill(buy("4", "1.1"));
    let entry = desk.fill(sell("2", "1"));
    assert_eq!(entry.released_cost, money("2.114285714286")); // 7.4 * 2 / 7
    assert_eq!(entry.open_cost, money("5.285714285714"));
}

#[test]
fn profit_fee_and_funding_finer_than_twelve_decimals_are_booked_half_even_once() {
    let mut desk = Desk::perpetual();
    desk.fill(buy("0.0000005", "1.0000001"));
    let entry = desk.fill_with_fee(sell("0.0000005", "1.0000106"), "0.0000000000025", Currency::USDT);
    assert_eq!(entry.released_cost, money("0.00000050000005"), "a full close releases the unrounded cost");
    assert_eq!(entry.realized, money("0.000000000005")); // 0.000 000 000 005 25
    assert_eq!(entry.fee, money("0.000000000002"));
    desk.funding("-0.0000000000035");
    assert_eq!(desk.ledger.totals().funding, money("-0.000000000004"));
    assert_eq!(desk.ledger.totals().wallet, money("9999.999999999999"));
}

#[test]
fn a_fill_that_crosses_zero_closes_the_old_and_opens_the_new_at_its_price() {
    let mut desk = Desk::perpetual();
    desk.fill(buy("1", "100"));
    let entry = desk.fill_with_fee(sell("3", "90"), "0.9", Currency::USDT);
    assert_eq!((entry.closed, entry.opened), (quantity("1"), quantity("2")));
    assert_eq!((entry.before, entry.after), (decimal("1"), decimal("-2")));
    assert_eq!((entry.realized, entry.open_cost), (money("-10"), money("180")));
    assert_eq!((entry.fee_of_close, entry.fee_of_open), (money("0.3"), money("0.6")));
    let trade = entry.closed_trade.unwrap();
    assert_eq!((trade.direction, trade.net().unwrap()), (Direction::Long, money("-10.3")));
    assert!(entry.began);
    assert_eq!(desk.position().direction(), Direction::Short);
    assert_eq!(desk.position().trip().unwrap().fees, money("0.6"));
}

#[test]
fn a_round_trip_tells_its_whole_story() {
    let mut desk = Desk::perpetual();
    desk.fill_with_fee(sell("2", "100"), "0.2", Currency::USDT);
    desk.fill_with_fee(sell("2", "104"), "0.2", Currency::USDT);
    desk.funding("1.5");
    desk.fill_with_fee(buy("1", "90"), "0.1", Currency::USDT);
    let entry = desk.fill_with_fee(buy("3", "98"), "0.3", Currency::USDT);
    let trade = entry.closed_trade.unwrap();
    assert_eq!(trade.direction, Direction::Short);
    assert_eq!(trade.quantity, quantity("4"));
    assert_eq!((trade.average_entry, trade.average_exit), (price("102"), price("96")));
    assert_eq!((trade.realized, trade.fees, trade.funding), (money("24"), money("0.8"), money("1.5")));
    assert_eq!(trade.net().unwrap(), money("24.7"));
    assert_eq!(trade.held_for(), Span::SECOND.times(4));
    assert_eq!(desk.ledger.totals().wallet, money("10024.7"));
}

#[test]
fn the_venues_own_fills_are_adopted_and_the_round_trip_remembers_why_it_ended() {
    for cause in [FillCause::Liquidation, FillCause::AutoDeleveraging] {
        let mut desk = Desk::perpetual();
        desk.fill(buy("1", "100"));
        let mut foreign = desk.next(sell("1", "81"));
        (foreign.order, foreign.cause) = (None, cause);
        let entry = desk.ledger.apply_fill(&foreign).unwrap().entry().unwrap();
        assert_eq!(entry.closed_trade().unwrap().cause, cause);
        assert_eq!(desk.ledger.totals().realized, money("-19"));
    }
}

#[test]
fn the_same_trade_twice_is_a_duplicate_but_the_same_number_elsewhere_is_not() {
    let mut desk = Desk::new(LedgerRules::isolated(desk::five()), 2);
    let first = desk.next(buy("1", "100"));
    assert!(matches!(desk.ledger.apply_fill(&first).unwrap(), Applied::Booked(_)));
    let before = desk.ledger.clone();
    assert_eq!(desk.ledger.apply_fill(&first).unwrap(), Applied::Duplicate);
    assert_eq!(desk.ledger, before);
    let elsewhere = autotrading_domain::Fill { instrument: desk::ETH, ..first };
    assert!(matches!(desk.ledger.apply_fill(&elsewhere).unwrap(), Applied::Booked(_)));
}

#[test]
fn a_fee_in_another_currency_never_touches_settlement_money() {
    let mut desk = Desk::perpetual();
    let bnb = "BNB".parse().unwrap();
    let entry = desk.fill_with_fee(buy("1", "100"), "0.0001", bnb);
    assert_eq!((entry.fee, entry.fee_of_open), (money("0.0001"), Money::ZERO));
    desk.fill_with_fee(sell("1", "100"), "0.0002", bnb);
    assert_eq!(desk.ledger.totals().wallet, money("10000"));
    assert_eq!(desk.ledger.other_fees().get(bnb), money("0.0003"));
    desk.fill_with_fee(buy("1", "100"), "2", Currency::USDT);
    let others: Vec<_> = desk.ledger.other_fees().iter().collect();
    assert_eq!(others, [(bnb, money("0.0003"))], "settlement money is no other currency");
}

#[test]
fn buying_spot_moves_cost_out_of_cash_and_selling_brings_it_back_with_the_profit() {
    let mut desk = Desk::spot();
    desk.fill_with_fee(buy("2", "100"), "0.2", Currency::USDT);
    let totals = desk.ledger.totals();
    assert_eq!(
        (totals.cash, totals.spot_cost, totals.wallet),
        (money("9799.8"), money("200"), money("9999.8"))
    );
    desk.fill(sell("1", "130"));
    let totals = desk.ledger.totals();
    assert_eq!((totals.cash, totals.spot_cost), (money("9929.8"), money("100")));
    let account = desk.ledger.account(|_| Some(price("130"))).unwrap();
    assert_eq!(account.equity().unwrap(), money("10059.8")); // cash plus one asset at 130
    let refused = desk.next(sell("1.001", "130"));
    assert!(matches!(desk.ledger.apply_fill(&refused), Err(LedgerError::SpotShort { .. })));
    let (at, rate) = (Timestamp::EPOCH, Rate::basis_points(1));
    let funding = FundingPayment { instrument: BTC, at, rate, amount: money("1") };
    assert_eq!(desk.ledger.apply_funding(&funding), Err(LedgerError::SpotFunding { instrument: BTC }));
    desk.ledger.check_identities().unwrap();
}

#[test]
fn a_refusal_leaves_the_books_as_they_were() {
    let mut desk = Desk::perpetual();
    desk.fill(buy("1", "100"));
    let before = desk.ledger.clone();
    let mut empty = desk.next(buy("1", "100"));
    empty.quantity = autotrading_domain::Quantity::ZERO;
    assert!(matches!(desk.ledger.apply_fill(&empty), Err(LedgerError::EmptyFill { .. })));
    let mut stranger = desk.next(buy("1", "100"));
    stranger.instrument = autotrading_domain::InstrumentId(7);
    assert!(matches!(desk.ledger.apply_fill(&stranger), Err(LedgerError::Instrument(_))));
    let huge = desk.next(buy("79228162514264337593543950335", "1000"));
    assert!(matches!(desk.ledger.apply_fill(&huge), Err(LedgerError::Value(_))));
    let fine = desk.next(buy("0.00000000000000000001", "1.00000000000001"));
    assert!(matches!(desk.ledger.apply_fill(&fine), Err(LedgerError::Inexact { .. })));
    let legless = desk.next(buy("1", "100"));
    assert!(matches!(
        desk.ledger.apply_fill_of(Direction::Long, &legless),
        Err(LedgerError::WrongMode { .. })
    ));
    assert_eq!(desk.ledger, before);
    desk.ledger.check_identities().unwrap();
}

#[test]
fn an_open_position_without_a_mark_has_no_account() {
    let mut desk = Desk::perpetual();
    assert!(desk.ledger.account(|_| None).is_ok());
    desk.fill(buy("1", "100"));
    assert_eq!(desk.ledger.account(|_| None), Err(LedgerError::MissingMark { instrument: BTC }));
    let account = desk.ledger.account(|_| Some(price("110"))).unwrap();
    assert_eq!((account.unrealized, account.used_margin), (money("10"), money("20")));
    assert_eq!(desk.ledger.holding(BTC).unwrap().isolated_margin, money("20"));
}

#[test]
fn marks_move_the_measured_equity_and_nothing_exact() {
    let mut desk = Desk::perpetual();
    desk.fill(sell("2", "100"));
    assert_eq!(desk.ledger.equity_f64(), 10_000.0);
    let before = desk.ledger.clone();
    assert!(desk.ledger.mark(BTC, 95.5));
    assert!(!desk.ledger.mark(BTC, f64::NAN));
    assert_eq!(desk.ledger.equity_f64(), 10_009.0);
    assert_eq!((desk.ledger.gross_notional_f64(), desk.ledger.net_notional_f64()), (191.0, -191.0));
    assert_eq!((desk.ledger.notional_f64(BTC), desk.ledger.unrealized_f64_of(BTC)), (-191.0, 9.0));
    assert_eq!((desk.ledger.notional_f64(desk::ETH), desk.ledger.mark_of(desk::ETH)), (0.0, None));
    assert_eq!(desk.ledger, before);
    desk.ledger.check_identities().unwrap();
}

#[test]
fn the_side_of_a_fill_decides_and_nothing_else() {
    let mut desk = Desk::perpetual();
    for (side, after) in [(Side::Sell, "-1"), (Side::Sell, "-2"), (Side::Buy, "-1"), (Side::Buy, "0")] {
        assert_eq!(desk.fill(desk::Trade { side, ..buy("1", "100") }).after, decimal(after));
    }
}

#[test]
fn every_change_of_the_books_has_the_next_number() {
    let mut desk = Desk::perpetual();
    let start = desk.ledger.sequence();
    assert_eq!(start, 1, "the first deposit");
    desk.fill(buy("1", "100"));
    desk.funding("1");
    assert_eq!(desk.ledger.sequence(), 3);
}
