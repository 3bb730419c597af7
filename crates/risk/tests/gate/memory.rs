//! The trading state: tightens by itself, loosens by an operator's word, and survives a restart.

use autotrading_domain::*;
use autotrading_risk::{
    BreakerLimits, Cap, Cause, CommandError, GateSnapshot, LimitsChangeError, Refusal, RiskGate, RiskLimits,
};

use crate::desk::*;

fn hours(count: i64) -> Timestamp {
    noon().after(Span::HOUR.times(count))
}

#[test]
fn a_daily_loss_of_two_per_cent_allows_closes_only_and_five_halts() {
    let mut gate = gate(|_| {});
    assert_eq!(gate.observe_equity(98_000.1, 1e5, hours(1)), None);
    let change = gate.observe_equity(98_000.0, 1e5, hours(1)).unwrap();
    assert_eq!(
        (change.from, change.to, change.cause),
        (TradingState::Active, TradingState::ReduceOnly, Cause::DailyLoss)
    );
    assert!((change.value - 0.02).abs() < 1e-12 && change.limit == 0.02);
    assert_eq!(gate.observe_equity(97_000.0, 1e5, hours(1)), None);
    assert_eq!(gate.observe_equity(94_999.0, 1e5, hours(1)).unwrap().to, TradingState::Halted);
}

#[test]
fn drawdown_counts_from_the_highest_equity_over_days() {
    let mut gate = gate(|limits| {
        limits.daily_loss.reduce_only = Cap::Off;
        limits.daily_loss.halted = Cap::Off;
    });
    gate.observe_equity(120_000.0, 1e5, hours(24));
    assert_eq!(gate.observe_equity(108_100.0, 1e5, hours(60)), None);
    let change = gate.observe_equity(107_900.0, 1e5, hours(90)).unwrap();
    assert_eq!((change.to, change.cause, change.limit), (TradingState::ReduceOnly, Cause::Drawdown, 0.1));
    assert_eq!(gate.observe_equity(105_599.0, 1e5, hours(91)).unwrap().to, TradingState::Halted);
}

#[test]
fn a_loss_over_midnight_belongs_to_the_new_day() {
    let mut gate = gate(|_| {}); // 22:13 UTC
    let change = gate.observe_equity(97_900.0, 1e5, hours(3)).unwrap();
    assert_eq!(change.cause, Cause::DailyLoss);
}

#[test]
fn a_new_day_forgets_the_loss_but_not_the_state() {
    let mut gate = gate(|_| {});
    gate.observe_equity(97_900.0, 1e5, hours(1)).unwrap();
    assert_eq!(gate.observe_equity(97_900.0, 1e5, hours(30)), None);
    assert_eq!(gate.losses().unwrap().daily, 0.0);
    assert_eq!(gate.state(), TradingState::ReduceOnly);
}

#[test]
fn money_that_leaves_is_no_loss() {
    let mut gate = gate(|_| {});
    gate.observe_deposit(-50_000.0);
    assert_eq!(gate.observe_equity(50_000.0, 5e4, hours(1)), None);
    assert_eq!(gate.observe_equity(49_000.0, 5e4, hours(1)).unwrap().cause, Cause::DailyLoss);
}

#[test]
fn only_an_operator_with_a_name_and_a_reason_loosens() {
    let mut gate = gate(|_| {});
    gate.observe_equity(97_000.0, 1e5, noon()).unwrap();
    let loosen = command(OperatorAction::SetTradingState(TradingState::Active));
    let unsigned = OperatorCommand { reason: " ".into(), ..loosen.clone() };
    assert!(matches!(gate.command(&unsigned), Err(CommandError::Unsigned { .. })));
    assert_eq!(gate.state(), TradingState::ReduceOnly);
    let change = gate.command(&loosen).unwrap().unwrap();
    assert_eq!((change.to, change.cause), (TradingState::Active, Cause::Operator));
    assert_eq!(change.word.unwrap().operator, "Ada");
    assert_eq!(gate.observe_equity(96_900.0, 1e5, noon()), None, "losses count from the operator's word");
    assert!(gate.observe_equity(95_000.0, 1e5, noon()).is_some());
}

#[test]
fn a_kill_halts_and_needs_no_reason() {
    let mut gate = gate(|_| {});
    let kill = OperatorCommand { reason: "".into(), ..command(OperatorAction::Kill { flatten: true }) };
    assert_eq!(gate.command(&kill).unwrap().unwrap().to, TradingState::Halted);
    assert_eq!(
        gate.review(market(1, Side::Buy, "1"), noon()).outcome.unwrap_err(),
        Refusal::State { state: TradingState::Halted }
    );
}

#[test]
fn a_monitor_may_only_tighten() {
    let mut gate = gate(|_| {});
    let mut tighten = |to| gate.tighten(to, Cause::Volatility, 3.5, 3.0, noon());
    assert!(tighten(TradingState::Halted).is_some());
    assert!(tighten(TradingState::Halted).is_none(), "nothing has changed");
    assert!(tighten(TradingState::ReduceOnly).is_none() && tighten(TradingState::Active).is_none());
    assert_eq!(gate.state(), TradingState::Halted);
}

#[test]
fn a_restart_forgets_neither_state_nor_high_water_mark_nor_ids_nor_repeats() {
    let wide = |limits: &mut RiskLimits| {
        limits.daily_loss.reduce_only = Cap::Off;
        limits.daily_loss.halted = Cap::Off;
    };
    let mut before = gate(wide);
    before.observe_equity(110_000.0, 1e5, noon());
    for sequence in 1..=5 {
        assert!(before.review(market(sequence, Side::Buy, "1"), noon()).outcome.is_ok());
    }
    assert!(before.review(market(6, Side::Buy, "1"), noon()).outcome.is_err());
    let text = serde_json::to_string(&before.snapshot()).unwrap();
    let snapshot: GateSnapshot = serde_json::from_str(&text).unwrap();
    assert_eq!(snapshot, before.snapshot());

    let mut after = gate(wide);
    after.restore(&snapshot);
    assert_eq!(after.snapshot(), snapshot);
    let refused = |gate: &mut RiskGate, sequence| {
        gate.review(market(sequence, Side::Buy, "2"), noon()).outcome.unwrap_err()
    };
    assert!(matches!(refused(&mut after, 3), Refusal::DuplicateId { .. }));
    assert_eq!(refused(&mut after, 7), Refusal::Recovering);
    after.recovered();
    after.observe_equity(100_000.0, 1e5, noon());
    assert!(matches!(refused(&mut after, 7), Refusal::Repeated { .. }));
    assert_eq!(after.observe_equity(98_900.0, 1e5, noon()).unwrap().cause, Cause::Drawdown);
    let mut later = gate(wide);
    later.restore(&after.snapshot());
    assert_eq!(later.state(), TradingState::ReduceOnly);
}

#[test]
fn nothing_is_proven_to_close_before_the_position_is_confirmed_again() {
    let mut gate = gate(|_| {});
    holds(&mut gate, BTC, "5");
    gate.begin_recovery();
    assert!(gate.review(market(1, Side::Sell, "5"), noon()).outcome.is_err());
    holds(&mut gate, BTC, "5");
    assert!(gate.review(market(2, Side::Sell, "5"), noon()).outcome.is_ok());
}

#[test]
fn tightening_limits_is_immediate_and_widening_takes_two_persons() {
    let mut gate = gate(|_| {});
    let tighter = limits(|limits| limits.concentration = Cap::At(Rate::basis_points(100)));
    gate.change_limits(tighter, &[]).unwrap();
    assert!(matches!(
        gate.review(market(1, Side::Buy, "20"), noon()).outcome.unwrap_err(),
        Refusal::ConcentrationLimit { limit: 0.01, .. }
    ));
    for alone in [vec![], vec!["Ada"], vec!["Ada", " Ada "], vec!["Ada", ""]] {
        let error = gate.change_limits(limits(|_| {}), &alone).unwrap_err();
        assert!(error.to_string().starts_with("concentration = 0.20: looser than 0.01"), "{error}");
    }
    gate.change_limits(limits(|_| {}), &["Ada", "Grace"]).unwrap();
    assert!(gate.review(market(2, Side::Buy, "20"), noon()).outcome.is_ok());
    let contradictory = limits(|limits| limits.collar = Cap::At(Rate::basis_points(-1)));
    assert!(matches!(
        gate.change_limits(contradictory, &["Ada", "Grace"]),
        Err(LimitsChangeError::Inconsistent(_))
    ));
}

#[test]
fn a_position_that_cannot_be_counted_opens_nothing_even_without_limits() {
    let mut gate = RiskGate::new(&instruments(), RiskLimits::research_wide()).unwrap();
    gate.observe_price(BTC, 100.0, 100.0, noon());
    gate.observe_interval(BTC, Span::HOUR);
    gate.observe_equity(1e5, 1e5, noon());
    assert!(gate.review(market(1, Side::Buy, "1"), noon()).outcome.is_ok());
    let wider = RiskLimits { gross_leverage: Cap::Off, ..RiskLimits::research_wide() };
    gate.change_limits(wider, &["Ada", "Grace"]).unwrap();
    gate.observe_exposure(&Exposure { position: rust_decimal::Decimal::MAX, ..Exposure::none(BTC) });
    assert_eq!(gate.review(market(2, Side::Buy, "1"), noon()).outcome.unwrap_err(), Refusal::Recovering);
    holds(&mut gate, BTC, "1");
    assert!(gate.review(market(3, Side::Buy, "1"), noon()).outcome.is_ok());
}

#[test]
fn breakers_tighten_by_themselves_and_start_again_after_an_operator_looked() {
    let mut gate = gate(|_| {});
    for loss in 1..8 {
        assert_eq!(gate.observe_trade(-1.0, hours(loss)), None);
    }
    assert_eq!(gate.losing_streak(), 7);
    let change = gate.observe_trade(f64::NAN, hours(8)).unwrap();
    assert_eq!((change.to, change.cause, change.value), (TradingState::ReduceOnly, Cause::LosingStreak, 8.0));
    for request in 0..49 {
        assert_eq!(gate.observe_request(request < 5, hours(8)), None);
    }
    let change = gate.observe_request(false, hours(8)).unwrap();
    assert_eq!((change.to, change.cause), (TradingState::Halted, Cause::VenueErrors));
    gate.command(&command(OperatorAction::SetTradingState(TradingState::Active))).unwrap();
    assert_eq!(gate.losing_streak(), 0);
    assert_eq!(gate.observe_trade(-1.0, hours(9)), None);
    assert_eq!(gate.observe_request(true, hours(9)), None, "requests are counted from the start");
    let change = gate.observe_volatility(0.031, 0.01, hours(9)).unwrap();
    assert_eq!((change.to, change.cause), (TradingState::ReduceOnly, Cause::Volatility));
}

#[test]
fn a_restart_forgets_neither_breaches_nor_losing_trades_nor_errors() {
    let restarted = |before: &RiskGate| {
        let text = serde_json::to_string(&before.snapshot()).unwrap();
        let mut after = gate(|_| {});
        after.restore(&serde_json::from_str(&text).unwrap());
        assert_eq!(after.snapshot(), before.snapshot());
        after
    };
    let mut running = gate(|_| {});
    for loss in 1..8 {
        running.observe_trade(-1.0, hours(loss));
        running = restarted(&running);
    }
    assert_eq!(running.observe_trade(-1.0, hours(8)).unwrap().cause, Cause::LosingStreak);
    let mut running = gate(|_| {});
    for day in [1, 2] {
        assert_eq!(running.observe_value_at_risk_breach(hours(24 * day)), None);
        running = restarted(&running);
    }
    assert_eq!(running.observe_value_at_risk_breach(hours(72)).unwrap().to, TradingState::Halted);
    let mut running = gate(|_| {});
    for request in 0..49 {
        running.observe_request(request < 5, noon());
    }
    assert_eq!(restarted(&running).observe_request(false, noon()).unwrap().cause, Cause::VenueErrors);
}

#[test]
fn breakers_follow_the_limits_that_stand_and_keep_what_they_counted() {
    let mut off = gate(|limits| limits.breakers = Cap::Off);
    for loss in 0..20 {
        assert_eq!(off.observe_trade(-1.0, hours(loss)), None);
        assert_eq!(off.observe_value_at_risk_breach(hours(loss)), None);
        assert_eq!(off.observe_volatility(9.0, 1.0, hours(loss)), None);
    }
    let mut gate = gate(|_| {});
    assert_eq!(gate.observe_value_at_risk_breach(hours(1)), None);
    let stricter = BreakerLimits { breaches: 2, ..BreakerLimits::default() };
    gate.change_limits(limits(|limits| limits.breakers = Cap::At(stricter)), &[]).unwrap();
    assert_eq!(gate.observe_value_at_risk_breach(hours(2)).unwrap().limit, 2.0);
    let error = gate.change_limits(limits(|_| {}), &["Ada"]).unwrap_err();
    assert!(error.to_string().starts_with("breakers.breaches"), "{error}");
}

#[test]
fn an_order_that_lives_through_a_restore_keeps_its_id() {
    let before = gate(|_| {}).snapshot();
    let mut gate = gate(|_| {});
    gate.order_live(&market(9, Side::Buy, "1"));
    gate.restore(&before);
    gate.recovered();
    let again = gate.review(market(9, Side::Buy, "1"), noon()).outcome.unwrap_err();
    assert!(matches!(again, Refusal::DuplicateId { .. }));
}

#[test]
fn a_tighter_loss_limit_binds_at_the_next_mark_and_a_looser_one_not_before_its_loss() {
    let mut gate = gate(|_| {});
    assert_eq!(gate.observe_equity(99_000.0, 1e5, noon()), None);
    let ladder =
        |points: i64| limits(|limits| limits.daily_loss.reduce_only = Cap::At(Rate::basis_points(points)));
    gate.change_limits(ladder(100), &[]).unwrap();
    let change = gate.observe_equity(99_000.0, 1e5, noon()).unwrap();
    assert_eq!((change.cause, change.limit), (Cause::DailyLoss, 0.01));
    let mut gate = self::gate(|_| {});
    gate.change_limits(ladder(300), &["Ada", "Grace"]).unwrap();
    assert_eq!(gate.observe_equity(97_100.0, 1e5, noon()), None);
    assert_eq!(gate.observe_equity(97_000.0, 1e5, noon()).unwrap().limit, 0.03);
}
