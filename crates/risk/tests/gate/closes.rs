//! What is proven to close passes what stops everything else, and never flips.

use autotrading_domain::*;
use autotrading_risk::{Cap, RateLimit, Refusal, RiskGate};

use crate::desk::*;

/// Everything that can be against an order is: halted, beyond the limits, without budget, stale, without margin.
fn besieged(position: &str) -> RiskGate {
    let mut gate = gate(|limits| {
        limits.order_rate = Cap::At(RateLimit { burst: 2, per_second: 1, reserve: 1 });
        limits.message_rate = Cap::At(RateLimit { burst: 2, per_second: 1, reserve: 1 });
        limits.order_notional = Cap::At(Money::new(1.into()));
        limits.open_orders = Cap::At(1);
        limits.instrument_open_orders = Cap::At(1);
        let btc = limits.instruments.entry("BTCUSDT".to_owned()).or_default();
        btc.position = Cap::At(quantity("0.001"));
        btc.order_quantity = Cap::At(quantity("0.001"));
    });
    holds(&mut gate, BTC, position);
    gate.observe_status(BTC, InstrumentStatus::ReduceOnly);
    gate.observe_volume(BTC, f64::NAN);
    assert!(gate.observe_equity(-5.0, f64::NAN, noon()).is_some());
    assert_eq!(gate.state(), TradingState::Halted);
    for _ in 0..5 {
        gate.cancel_budget(noon());
    }
    gate
}

fn much_later() -> Timestamp {
    noon().after(Span::DAY)
}

#[test]
fn a_proven_close_passes_a_halted_breached_rate_exhausted_stale_gate() {
    for (position, side) in [("5", Side::Sell), ("-5", Side::Buy)] {
        let mut gate = besieged(position);
        let partly = gate.review(market(1, side, "2"), much_later());
        assert!(partly.is_proven_close() && partly.outcome.is_ok(), "{position}");
        let whole = gate.review(market(2, side, "3"), much_later());
        assert!(whole.outcome.is_ok());
        let beyond = gate.review(market(3, side, "0.001"), much_later());
        assert_eq!(beyond.outcome.unwrap_err(), Refusal::State { state: TradingState::Halted });
    }
}

#[test]
fn a_proven_close_passes_without_any_price() {
    let mut gate = RiskGate::new(&instruments(), autotrading_risk::RiskLimits::production()).unwrap();
    holds(&mut gate, BTC, "1");
    gate.observe_price(BTC, f64::NAN, f64::NAN, noon());
    assert!(gate.review(market(1, Side::Sell, "0.5"), noon()).outcome.is_ok());
    assert!(gate.review(limit(2, Side::Sell, "0.5", "3"), noon()).outcome.is_ok());
}

#[test]
fn a_proven_close_keeps_the_collar_on_the_last_known_price() {
    let mut gate = besieged("5");
    gate.observe_price(BTC, f64::NAN, f64::NAN, noon());
    let refusal = gate.review(limit(1, Side::Sell, "1", "90"), much_later()).outcome.unwrap_err();
    assert!(matches!(refusal, Refusal::BeyondMark { limit: 0.05, .. }), "{refusal}");
    assert!(gate.review(limit(2, Side::Sell, "1", "96"), much_later()).outcome.is_ok());
}

#[test]
fn a_proven_close_still_keeps_tick_step_and_its_own_id() {
    let mut gate = besieged("5");
    let refused = |gate: &mut RiskGate, intent| gate.review(intent, noon()).outcome.unwrap_err();
    assert!(matches!(refused(&mut gate, limit(1, Side::Sell, "1", "100.05")), Refusal::OffTick { .. }));
    assert!(matches!(refused(&mut gate, market(1, Side::Sell, "1.0001")), Refusal::OffStep { .. }));
    assert!(gate.review(market(1, Side::Sell, "1"), noon()).outcome.is_ok());
    assert!(matches!(refused(&mut gate, market(1, Side::Sell, "1")), Refusal::DuplicateId { .. }));
}

#[test]
fn a_flag_proves_nothing() {
    let mut gate = besieged("0");
    let flagged = OrderIntent { reduce_only: true, purpose: Purpose::Flatten, ..market(1, Side::Sell, "1") };
    assert_eq!(
        gate.review(flagged, noon()).outcome.unwrap_err(),
        Refusal::State { state: TradingState::Halted }
    );
}

#[test]
fn a_bracket_counts_once_by_its_largest_leg() {
    let mut gate = besieged("5");
    let leg = |sequence, amount: &str, bracket| OrderIntent {
        bracket: Some(BracketId(bracket)),
        ..limit(sequence, Side::Sell, amount, "104")
    };
    assert!(gate.review(leg(1, "5", 7), noon()).outcome.is_ok());
    assert!(gate.review(leg(2, "4", 7), noon()).outcome.is_ok(), "the other leg of the same bracket");
    assert!(
        gate.review(leg(3, "1", 8), noon()).outcome.is_err(),
        "another bracket closes what is closed already"
    );
    assert!(gate.review(market(4, Side::Sell, "1"), noon()).outcome.is_err());
    gate.order_done(ClientOrderId { run: 1, sequence: 1 });
    assert!(gate.review(leg(5, "1", 8), noon()).outcome.is_ok(), "4 + 1 close 5");
    assert!(gate.review(leg(6, "5", 7), noon()).outcome.is_err(), "5 + 1 would flip");
}

#[test]
fn unknown_orders_of_others_count_against_a_close() {
    let mut gate = besieged("5");
    gate.observe_exposure(&Exposure {
        instrument: BTC,
        position: 5.into(),
        open_buys: Quantity::ZERO,
        open_sells: quantity("4"),
    });
    assert!(gate.review(market(1, Side::Sell, "1.001"), noon()).outcome.is_err());
    assert!(gate.review(market(2, Side::Sell, "1"), noon()).outcome.is_ok());
    assert!(gate.review(market(3, Side::Sell, "0.001"), noon()).outcome.is_err());
}

#[test]
fn a_stop_can_be_moved_in_a_halted_gate_but_not_grown_beyond_the_position() {
    let mut gate = besieged("5");
    let stop = |at: &str| OrderKind::StopMarket {
        trigger: Trigger { price: price(at), source: TriggerSource::Mark },
    };
    let first = OrderIntent { kind: stop("90"), ..market(1, Side::Sell, "5") };
    assert!(gate.review(first, noon()).outcome.is_ok());
    let change =
        |amount: &str, at: &str| Amendment { id: first.id, quantity: quantity(amount), kind: stop(at) };
    let moved = gate.review_change(change("5", "92"), noon());
    assert!(moved.is_proven_close());
    assert_eq!(moved.outcome.unwrap().into_change(), change("5", "92"));
    assert!(gate.review_change(change("5.001", "92"), noon()).outcome.is_err());
    gate.order_changed(first.id, quantity("3"), quantity("2"));
    holds(&mut gate, BTC, "3");
    assert!(gate.review_change(change("5", "93"), noon()).outcome.is_ok(), "2 are filled, 3 close 3");
    assert!(gate.review_change(change("5.5", "93"), noon()).outcome.is_err());
    let nothing_left = gate.review_change(change("2", "93"), noon()).outcome.unwrap_err();
    assert_eq!(nothing_left, Refusal::EmptyOrder { quantity: quantity("2") });
    let limit = Amendment { kind: OrderKind::Limit { price: price("99") }, ..change("5", "93") };
    assert_eq!(gate.review_change(limit, noon()).outcome.unwrap_err(), Refusal::KindChanged { id: first.id });
    let stranger = Amendment { id: ClientOrderId { run: 1, sequence: 99 }, ..change("1", "93") };
    let unknown = gate.review_change(stranger, noon());
    assert!(!unknown.verdict().approved);
    assert!(matches!(unknown.outcome.unwrap_err(), Refusal::UnknownOrder { .. }));
}

#[test]
fn an_opening_order_may_shrink_but_not_grow_in_a_halted_gate() {
    let mut gate = gate(|_| {});
    assert!(gate.review(limit(1, Side::Buy, "5", "99"), noon()).outcome.is_ok());
    gate.command(&command(OperatorAction::Kill { flatten: false })).unwrap();
    let change = |amount: &str, at: &str| Amendment {
        id: ClientOrderId { run: 1, sequence: 1 },
        quantity: quantity(amount),
        kind: OrderKind::Limit { price: price(at) },
    };
    assert!(gate.review_change(change("4", "99"), noon()).outcome.is_ok());
    assert!(gate.review_change(change("5.1", "99"), noon()).outcome.is_err());
    assert!(gate.review_change(change("4", "99.5"), noon()).outcome.is_err());
}

#[test]
fn until_the_venue_answers_a_change_the_larger_quantity_counts() {
    let mut gate = gate(|limits| {
        limits.instruments.entry("BTCUSDT".to_owned()).or_default().position = Cap::At(quantity("10"));
    });
    assert!(gate.review(limit(1, Side::Buy, "8", "99"), noon()).outcome.is_ok());
    let id = ClientOrderId { run: 1, sequence: 1 };
    let smaller = Amendment { id, quantity: quantity("2"), kind: OrderKind::Limit { price: price("99") } };
    assert!(gate.review_change(smaller, noon()).outcome.is_ok());
    assert!(gate.review(limit(2, Side::Buy, "3", "99"), noon()).outcome.is_err());
    gate.order_changed(id, quantity("2"), Quantity::ZERO);
    assert!(gate.review(limit(3, Side::Buy, "8", "99"), noon()).outcome.is_ok());
}

#[test]
fn cancels_are_counted_and_told_when_the_budget_is_used() {
    let mut gate =
        gate(|limits| limits.message_rate = Cap::At(RateLimit { burst: 2, per_second: 1, reserve: 1 }));
    assert!(gate.cancel_budget(noon()) && gate.cancel_budget(noon()) && !gate.cancel_budget(noon()));
    assert!(matches!(
        gate.review(market(1, Side::Buy, "1"), noon()).outcome.unwrap_err(),
        Refusal::MessageRate { .. }
    ));
}
