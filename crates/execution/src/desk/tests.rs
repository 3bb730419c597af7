//! The desk, told as it happens.

use autotrading_domain::{
    Amendment, BracketId, ClientOrderId, Currency, Fill, FillCause, InstrumentId, Liquidity, Money,
    OrderIntent, OrderKind, OrderReport, OrderState as S, Price, Purpose, Quantity, ReportKind as R, Side,
    Span, TimeInForce, Timestamp, TradeId,
};
use rust_decimal::Decimal;

use super::OrderDesk;
use crate::{DeskEffect, DeskError, DeskRules, OrderCommand, Remark, Request};

const BTC: InstrumentId = InstrumentId(0);

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn quantity(text: &str) -> Quantity {
    Quantity::new(text.parse().unwrap()).unwrap()
}

fn limit(text: &str) -> OrderKind {
    OrderKind::Limit { price: Price::new(text.parse().unwrap()).unwrap() }
}

fn desk() -> OrderDesk {
    OrderDesk::new(1, DeskRules::default())
}

fn intent(desk: &mut OrderDesk, side: Side, size: &str) -> OrderIntent {
    OrderIntent {
        id: desk.next_id(),
        instrument: BTC,
        strategy: None,
        side,
        quantity: quantity(size),
        kind: limit("100"),
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    }
}

fn place(desk: &mut OrderDesk, side: Side, size: &str, secs: i64) -> ClientOrderId {
    let intent = intent(desk, side, size);
    desk.submit(intent, at(secs)).unwrap().order()
}

fn leg(desk: &mut OrderDesk, size: &str, bracket: BracketId) -> ClientOrderId {
    let mut intent = intent(desk, Side::Sell, size);
    intent.bracket = Some(bracket);
    intent.purpose = Purpose::StopLoss;
    desk.submit(intent, at(0)).unwrap().order()
}

fn report(order: ClientOrderId, secs: i64, kind: R) -> OrderReport {
    OrderReport { order, instrument: BTC, ts_event: at(secs), ts_received: at(secs), kind }
}

fn execution(order: ClientOrderId, trade: u64, side: Side, size: &str, price: &str) -> R {
    R::Filled(Fill {
        trade: TradeId(trade),
        order: Some(order),
        instrument: BTC,
        side,
        price: Price::new(price.parse().unwrap()).unwrap(),
        quantity: quantity(size),
        fee: Money::ZERO,
        fee_currency: Currency::USDT,
        liquidity: Liquidity::Taker,
        cause: FillCause::Order,
        at: at(0),
    })
}

fn hear(desk: &mut OrderDesk, order: ClientOrderId, secs: i64, kind: R) -> DeskEffect {
    desk.apply(&report(order, secs, kind)).unwrap()
}

fn bought(desk: &mut OrderDesk, order: ClientOrderId, secs: i64, trade: u64, size: &str) -> DeskEffect {
    hear(desk, order, secs, execution(order, trade, Side::Buy, size, "100"))
}

fn open(desk: &OrderDesk) -> (String, String) {
    let exposure = desk.exposure(BTC, Decimal::ZERO);
    (exposure.open_buys.to_string(), exposure.open_sells.to_string())
}

fn waited(desk: &mut OrderDesk, secs: i64) -> Vec<OrderCommand> {
    let mut out = Vec::new();
    desk.expire(at(secs), &mut out);
    out
}

#[test]
fn an_order_is_placed_accepted_and_filled() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "2", 0);
    assert_eq!(hear(&mut desk, order, 1, R::Accepted).state, S::Accepted);
    let part = bought(&mut desk, order, 2, 7, "0.5");
    assert_eq!(
        (part.state, part.finished, part.fill.unwrap().trade),
        (S::PartiallyFilled, false, TradeId(7))
    );
    assert_eq!(open(&desk).0, "1.5");
    let rest = hear(&mut desk, order, 3, execution(order, 8, Side::Buy, "1.5", "104"));
    assert_eq!((rest.before, rest.state, rest.finished), (S::PartiallyFilled, S::Filled, true));
    let record = desk.order(order).unwrap();
    assert_eq!(record.average_price().unwrap().to_string(), "103");
    assert_eq!((desk.live().count(), open(&desk).0.as_str()), (0, "0"));
}

#[test]
fn an_execution_told_twice_is_booked_once() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "2", 0);
    assert!(bought(&mut desk, order, 1, 7, "1").fill.is_some());
    let again = bought(&mut desk, order, 1, 7, "1");
    assert_eq!((again.fill, again.remark), (None, Some(Remark::Duplicate)));
    assert_eq!(desk.order(order).unwrap().filled(), quantity("1"));
}

#[test]
fn a_fill_after_the_cancel_is_booked_and_counted() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "2", 0);
    let command = desk.cancel(order, at(1)).unwrap().unwrap();
    assert!(matches!(command.request(), Request::Cancel { .. }));
    assert!(desk.cancel(order, at(1)).unwrap().is_none(), "asked already");
    assert!(hear(&mut desk, order, 2, R::Canceled("asked".into())).finished);
    let late = bought(&mut desk, order, 2, 7, "1");
    assert_eq!((late.state, late.remark, late.finished), (S::Canceled, Some(Remark::LateFill), false));
    assert!(late.fill.is_some());
    assert_eq!(desk.late_fills(), 1);
    assert!(desk.cancel(order, at(3)).unwrap().is_none(), "over");
}

#[test]
fn more_than_was_ordered_is_booked_and_quarantines_the_instrument() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let much = bought(&mut desk, order, 1, 7, "1.5");
    assert_eq!(much.remark, Some(Remark::Overfill { ordered: quantity("1"), filled: quantity("1.5") }));
    assert!(much.fill.is_some() && desk.is_quarantined(BTC));
    desk.release(BTC);
    assert!(!desk.is_quarantined(BTC));
    assert!(bought(&mut desk, order, 2, 8, "0.1").remark.unwrap().quarantines());
}

#[test]
fn a_fill_of_a_refused_order_is_booked_and_quarantines_the_instrument() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    assert!(hear(&mut desk, order, 1, R::Rejected("margin".into())).finished);
    let odd = bought(&mut desk, order, 2, 7, "0.5");
    assert_eq!((odd.state, odd.remark), (S::Rejected, Some(Remark::FillOfRefused)));
    assert!(odd.fill.is_some() && desk.is_quarantined(BTC));
}

#[test]
fn silence_makes_an_order_unknown_and_is_asked_about_never_repeated() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    assert!(waited(&mut desk, 9).is_empty());
    let asked = waited(&mut desk, 10);
    assert!(matches!(asked.as_slice(), [command] if matches!(command.request(), Request::Query { .. })));
    assert_eq!(desk.order(order).unwrap().state(), S::Unknown);
    assert_eq!(open(&desk).0, "1", "an unknown order counts in full");
    assert!(waited(&mut desk, 19).is_empty());
    assert!(
        matches!(waited(&mut desk, 20).as_slice(), [again] if matches!(again.request(), Request::Query { .. }))
    );
    assert!(hear(&mut desk, order, 21, R::Absent).finished);
    assert_eq!(desk.order(order).unwrap().state(), S::Rejected);
    assert!(waited(&mut desk, 1_000).is_empty());
}

#[test]
fn a_time_out_told_by_the_gateway_is_asked_about_at_once() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    assert_eq!(hear(&mut desk, order, 1, R::TimedOut).state, S::Unknown);
    assert!(matches!(waited(&mut desk, 1).as_slice(), [c] if matches!(c.request(), Request::Query { .. })));
    let found = hear(&mut desk, order, 2, R::Working { filled: quantity("0.25") });
    assert_eq!((found.state, found.remark), (S::Accepted, Some(Remark::Missing(quantity("0.25")))));
    assert_eq!(open(&desk).0, "1", "what was not booked may still come");
}

#[test]
fn a_venue_that_lost_an_order_it_had_has_ended_it() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = bought(&mut desk, order, 1, 7, "0.5");
    let _ = hear(&mut desk, order, 2, R::TimedOut);
    assert_eq!(hear(&mut desk, order, 3, R::Absent).state, S::Canceled);
}

#[test]
fn an_order_that_nobody_tends_is_cancelled_and_a_protective_one_is_not() {
    let mut desk = desk();
    let bracket = desk.next_bracket();
    let stop = leg(&mut desk, "1", bracket);
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, stop, 1, R::Accepted);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    assert!(waited(&mut desk, 299).is_empty());
    let stale = waited(&mut desk, 300);
    assert!(
        matches!(stale.as_slice(), [c] if matches!(c.request(), Request::Cancel { .. }) && c.order() == order)
    );
    let mut patient = OrderDesk::new(1, DeskRules { stale_after: None, ..DeskRules::default() });
    let order = place(&mut patient, Side::Buy, "1", 0);
    let _ = hear(&mut patient, order, 1, R::Accepted);
    assert!(waited(&mut patient, 1_000_000).is_empty());
}

#[test]
fn a_cancel_without_an_answer_is_asked_about_and_may_be_asked_again() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.cancel(order, at(2)).unwrap().unwrap();
    assert!(matches!(waited(&mut desk, 12).as_slice(), [c] if matches!(c.request(), Request::Query { .. })));
    assert_eq!(hear(&mut desk, order, 13, R::Working { filled: Quantity::ZERO }).state, S::Accepted);
    assert!(desk.cancel(order, at(14)).unwrap().is_some());
}

fn amendment(order: ClientOrderId, size: &str) -> Amendment {
    Amendment { id: order, quantity: quantity(size), kind: limit("101") }
}

fn amended(size: &str) -> R {
    R::Amended { quantity: quantity(size), kind: limit("101") }
}

#[test]
fn an_amended_order_counts_with_the_larger_size_until_the_venue_has_answered() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "2", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.change(amendment(order, "3"), at(2)).unwrap();
    assert_eq!(open(&desk).0, "3");
    assert_eq!(hear(&mut desk, order, 3, R::AmendRefused("no".into())).state, S::Accepted);
    assert_eq!(open(&desk).0, "2");
    let _ = desk.change(amendment(order, "1"), at(4)).unwrap();
    assert_eq!(open(&desk).0, "2");
    let _ = hear(&mut desk, order, 5, amended("1"));
    assert_eq!((open(&desk).0.as_str(), desk.order(order).unwrap().intent().kind), ("1", limit("101")));
}

#[test]
fn a_fill_that_overtakes_the_amendment_is_no_overfill() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.change(amendment(order, "2"), at(2)).unwrap();
    assert_eq!(bought(&mut desk, order, 4, 7, "1.5").remark, None);
    assert_eq!(hear(&mut desk, order, 3, amended("2")).state, S::PartiallyFilled);
    assert_eq!(bought(&mut desk, order, 5, 8, "0.5").state, S::Filled);
}

#[test]
fn an_order_that_was_filled_whole_before_its_amendment_was_refused_is_over() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.change(amendment(order, "2"), at(2)).unwrap();
    assert_eq!(bought(&mut desk, order, 3, 7, "1").state, S::PendingAmend);
    let refused = hear(&mut desk, order, 4, R::AmendRefused("filled".into()));
    assert_eq!((refused.state, refused.finished), (S::Filled, true));
}

#[test]
fn an_old_amendment_told_again_does_not_undo_a_newer_one() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.change(amendment(order, "2"), at(2)).unwrap();
    let _ = hear(&mut desk, order, 3, amended("2"));
    let _ = desk.change(amendment(order, "3"), at(4)).unwrap();
    let _ = hear(&mut desk, order, 5, amended("3"));
    assert_eq!(hear(&mut desk, order, 3, amended("2")).remark, Some(Remark::Stale));
    assert_eq!(open(&desk).0, "3");
}

#[test]
fn a_refusal_told_again_does_not_answer_a_newer_amendment() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 1, R::Accepted);
    let _ = desk.change(amendment(order, "2"), at(2)).unwrap();
    let _ = hear(&mut desk, order, 3, R::AmendRefused("no".into()));
    let _ = desk.change(amendment(order, "3"), at(4)).unwrap();
    assert_eq!(hear(&mut desk, order, 3, R::AmendRefused("no".into())).remark, Some(Remark::Stale));
    assert_eq!((desk.order(order).unwrap().state(), open(&desk).0.as_str()), (S::PendingAmend, "3"));
}

#[test]
fn an_amendment_to_less_than_is_filled_or_to_another_kind_is_refused_and_changes_nothing() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "2", 0);
    let _ = bought(&mut desk, order, 1, 7, "1");
    let before = desk.order(order).unwrap().clone();
    assert!(matches!(desk.change(amendment(order, "1"), at(2)), Err(DeskError::BelowFilled { .. })));
    let other = Amendment { id: order, quantity: quantity("2"), kind: OrderKind::Market };
    assert!(matches!(desk.change(other, at(2)), Err(DeskError::OtherKind { .. })));
    assert_eq!(desk.order(order), Some(&before));
}

#[test]
fn a_bracket_counts_once_by_its_largest_leg_and_shares_its_fills() {
    let mut desk = desk();
    let bracket = desk.next_bracket();
    let stop = leg(&mut desk, "1", bracket);
    let target = leg(&mut desk, "0.8", bracket);
    assert_eq!(open(&desk).1, "1");
    let _ = hear(&mut desk, target, 1, execution(target, 7, Side::Sell, "0.3", "110"));
    assert_eq!(open(&desk).1, "0.7");
    assert_eq!(desk.open_quantity(target), quantity("0.5"));
    let other = desk.next_bracket();
    let _ = leg(&mut desk, "1", other);
    assert_eq!(open(&desk).1, "1.7");
    let _ = hear(&mut desk, stop, 2, R::Canceled("asked".into()));
    assert_eq!(open(&desk).1, "1.5");
}

#[test]
fn a_bracket_of_equal_legs_counts_once() {
    let mut desk = desk();
    let bracket = desk.next_bracket();
    for _ in 0..3 {
        leg(&mut desk, "1", bracket);
    }
    assert_eq!(open(&desk).1, "1");
}

#[test]
fn a_name_places_at_most_one_order() {
    let mut desk = desk();
    let wanted = intent(&mut desk, Side::Buy, "1");
    let _command = desk.submit(wanted, at(0)).unwrap();
    assert_eq!(desk.submit(wanted, at(1)).unwrap_err(), DeskError::NameNotFree { id: wanted.id });
    let refused = intent(&mut desk, Side::Buy, "1");
    desk.deny(&refused, at(2));
    assert_eq!(desk.order(refused.id).unwrap().state(), S::Denied);
    assert_eq!(desk.submit(refused, at(3)).unwrap_err(), DeskError::NameNotFree { id: refused.id });
    assert_eq!((desk.live().count(), open(&desk).0.as_str()), (1, "1"));
}

#[test]
fn words_about_strangers_are_refused_by_name() {
    let mut desk = desk();
    let foreign = ClientOrderId { run: 9, sequence: 1 };
    assert_eq!(desk.apply(&report(foreign, 0, R::Accepted)), Err(DeskError::Foreign { id: foreign, run: 1 }));
    let never = ClientOrderId { run: 1, sequence: 1 };
    assert_eq!(desk.apply(&report(never, 0, R::Accepted)), Err(DeskError::NeverPlaced { id: never }));
    let order = place(&mut desk, Side::Buy, "1", 0);
    let mut elsewhere = report(order, 1, R::Accepted);
    elsewhere.instrument = InstrumentId(5);
    assert!(matches!(desk.apply(&elsewhere), Err(DeskError::WrongInstrument { .. })));
    let sold = report(order, 1, execution(order, 7, Side::Sell, "1", "100"));
    assert!(matches!(desk.apply(&sold), Err(DeskError::WrongSide { .. })));
}

#[test]
fn a_contradiction_is_an_error_and_a_late_word_is_not() {
    let mut desk = desk();
    let order = place(&mut desk, Side::Buy, "1", 0);
    let _ = hear(&mut desk, order, 5, R::Rejected("margin".into()));
    assert_eq!(hear(&mut desk, order, 4, R::Accepted).remark, Some(Remark::Stale));
    assert!(matches!(desk.apply(&report(order, 6, R::Accepted)), Err(DeskError::Illegal { .. })));
    assert_eq!(desk.order(order).unwrap().state(), S::Rejected);
}

#[test]
fn orders_that_are_over_are_forgotten_oldest_first() {
    let mut desk = OrderDesk::new(1, DeskRules { remembered: 2, ..DeskRules::default() });
    let orders: Vec<_> = (0..4).map(|_| place(&mut desk, Side::Buy, "1", 0)).collect();
    for order in [orders[2], orders[0], orders[1]] {
        let _ = hear(&mut desk, order, 1, R::Rejected("no".into()));
    }
    assert!(desk.order(orders[2]).is_none() && desk.order(orders[0]).is_some());
    assert_eq!(desk.apply(&report(orders[2], 2, R::Accepted)), Err(DeskError::Forgotten { id: orders[2] }));
    assert_eq!(desk.live().map(|record| record.id()).collect::<Vec<_>>(), [orders[3]]);
}

#[test]
fn after_a_reconnect_every_order_that_may_rest_is_asked_about() {
    let mut desk = desk();
    let (resting, on_its_way) = (place(&mut desk, Side::Buy, "1", 0), place(&mut desk, Side::Buy, "1", 0));
    let _ = hear(&mut desk, resting, 1, R::Accepted);
    let mut out = Vec::new();
    desk.ask_about_all(at(2), &mut out);
    assert_eq!(out.iter().map(OrderCommand::order).collect::<Vec<_>>(), [resting]);
    assert_eq!(desk.order(on_its_way).unwrap().state(), S::Submitted);
    assert_eq!(Span::SECOND.times(10), DeskRules::default().ask_again);
}
