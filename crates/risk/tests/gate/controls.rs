//! Each control refuses what is beyond its limit, with the number, and lets pass what is within.

use crate::desk::*;
use autotrading_domain::*;
use autotrading_risk::{
    Cap, Control, MissingInput, PriceAge, RateLimit, Refusal, RepeatLimit, RiskGate, RiskLimits,
};

fn refused(gate: &mut RiskGate, intent: OrderIntent) -> Refusal {
    gate.review(intent, noon()).outcome.unwrap_err()
}

fn passes(gate: &mut RiskGate, intent: OrderIntent) {
    let review = gate.review(intent, noon());
    if let Err(refusal) = &review.outcome {
        panic!("{refusal}");
    }
}

#[test]
fn an_ordinary_order_passes() {
    passes(&mut gate(|_| {}), market(1, Side::Buy, "10"));
    passes(&mut gate(|_| {}), limit(1, Side::Sell, "10", "100"));
}

#[test]
fn an_unknown_instrument_is_refused() {
    let intent = OrderIntent { instrument: InstrumentId(9), ..market(1, Side::Buy, "1") };
    assert_eq!(
        refused(&mut gate(|_| {}), intent),
        Refusal::UnknownInstrument { instrument: InstrumentId(9) }
    );
}

#[test]
fn an_id_means_one_order() {
    let mut gate = gate(|_| {});
    passes(&mut gate, market(1, Side::Buy, "1"));
    gate.order_done(ClientOrderId { run: 1, sequence: 1 });
    let id = ClientOrderId { run: 1, sequence: 1 };
    assert_eq!(refused(&mut gate, market(1, Side::Buy, "2")), Refusal::DuplicateId { id });
}

#[test]
fn off_tick_and_off_step_name_the_nearest_legal_value() {
    let refusal = refused(&mut gate(|_| {}), limit(1, Side::Buy, "1", "100.07"));
    let (tick, nearest) = ("0.1".parse().unwrap(), "100.1".parse().unwrap());
    assert_eq!(refusal, Refusal::OffTick { price: price("100.07"), tick, nearest });
    let refusal = refused(&mut gate(|_| {}), market(1, Side::Buy, "1.0004"));
    let (step, nearest) = ("0.001".parse().unwrap(), "1".parse().unwrap());
    assert_eq!(refusal, Refusal::OffStep { quantity: quantity("1.0004"), step, nearest });
    let refusal = refused(&mut gate(|_| {}), market(1, Side::Buy, "0"));
    assert_eq!(refusal, Refusal::EmptyOrder { quantity: quantity("0") });
}

#[test]
fn the_collar_binds_the_aggressive_side_against_mark_and_last() {
    passes(&mut gate(|_| {}), limit(1, Side::Buy, "1", "105"));
    passes(&mut gate(|_| {}), limit(1, Side::Buy, "1", "50"));
    passes(&mut gate(|_| {}), limit(1, Side::Sell, "1", "95"));
    assert!(matches!(
        refused(&mut gate(|_| {}), limit(1, Side::Buy, "1", "105.1")),
        Refusal::BeyondMark { .. }
    ));
    assert!(matches!(
        refused(&mut gate(|_| {}), limit(1, Side::Sell, "1", "94.9")),
        Refusal::BeyondMark { .. }
    ));
    let mut gate = gate(|_| {});
    gate.observe_price(BTC, 100.0, 99.0, noon());
    assert!(matches!(refused(&mut gate, limit(1, Side::Buy, "1", "104.5")), Refusal::BeyondLast { .. }));
}

#[test]
fn the_venues_band_is_a_collar_too() {
    let mut spec = instruments().get(BTC).unwrap().spec().clone();
    spec.price_band = Some(PriceBand { up: "1.01".parse().unwrap(), down: "0.98".parse().unwrap() });
    let all = Instruments::new(vec![Instrument::new(spec).unwrap()]);
    let mut gate = RiskGate::new(&all, RiskLimits::production()).unwrap();
    gate.observe_price(BTC, 100.0, 100.0, noon());
    gate.observe_volume(BTC, 1e6);
    gate.observe_equity(1e5, 1e5, noon());
    assert!(
        matches!(refused(&mut gate, limit(1, Side::Buy, "1", "101.1")), Refusal::BeyondMark { limit, .. } if (limit - 0.01).abs() < 1e-12)
    );
    assert!(
        matches!(refused(&mut gate, limit(1, Side::Sell, "1", "97.9")), Refusal::BeyondMark { limit, .. } if (limit - 0.02).abs() < 1e-12)
    );
}

#[test]
fn a_sleeping_limit_is_compared_with_the_price_that_wakes_it() {
    let stop = |at: &str| OrderIntent {
        kind: OrderKind::StopLimit {
            trigger: Trigger { price: price("80"), source: TriggerSource::Mark },
            price: price(at),
        },
        ..market(1, Side::Sell, "1")
    };
    passes(&mut gate(|_| {}), stop("76"));
    assert!(matches!(refused(&mut gate(|_| {}), stop("75.9")), Refusal::BeyondMark { .. }));
}

#[test]
fn quantity_and_notional_keep_to_the_instrument_and_to_our_limits() {
    let mut spec = instruments().get(BTC).unwrap().spec().clone();
    spec.min_quantity = quantity("0.01");
    spec.max_quantity = quantity("50");
    spec.max_market_quantity = quantity("20");
    spec.min_notional = Money::new(5.into());
    let all = Instruments::new(vec![Instrument::new(spec).unwrap()]);
    let own = limits(|limits| {
        limits.order_notional = Cap::At(Money::new(3_000.into()));
        let btc = limits.instruments.entry("BTCUSDT".to_owned()).or_default();
        btc.order_quantity = Cap::At(quantity("40"));
    });
    let mut gate = RiskGate::new(&all, own).unwrap();
    gate.observe_price(BTC, 100.0, 100.0, noon());
    gate.observe_volume(BTC, 1e6);
    gate.observe_equity(1e6, 1e6, noon());
    assert_eq!(
        refused(&mut gate, market(1, Side::Buy, "0.009")),
        Refusal::BelowMinQuantity { quantity: 0.009, limit: 0.01 }
    );
    assert_eq!(
        refused(&mut gate, market(1, Side::Buy, "21")),
        Refusal::AboveMaxQuantity { quantity: 21.0, limit: 20.0 }
    );
    assert_eq!(
        refused(&mut gate, limit(1, Side::Buy, "41", "100")),
        Refusal::AboveMaxQuantity { quantity: 41.0, limit: 40.0 }
    );
    assert_eq!(
        refused(&mut gate, limit(1, Side::Buy, "0.04", "100")),
        Refusal::BelowMinNotional { notional: 4.0, limit: 5.0 }
    );
    assert_eq!(
        refused(&mut gate, limit(1, Side::Buy, "31", "100")),
        Refusal::AboveMaxNotional { notional: 3_100.0, limit: 3_000.0 }
    );
}

#[test]
fn a_market_order_is_valued_at_the_edge_of_the_collar() {
    let mut gate = gate(|limits| limits.order_notional = Cap::At(Money::new(1_040.into())));
    assert!(matches!(
        refused(&mut gate, market(1, Side::Buy, "10")),
        Refusal::AboveMaxNotional { notional, .. } if (notional - 1_050.0).abs() < 1e-9
    ));
    passes(&mut gate, limit(2, Side::Buy, "10", "100"));
}

#[test]
fn positions_count_with_everything_that_rests() {
    let mut gate = gate(|limits| {
        limits.instruments.entry("BTCUSDT".to_owned()).or_default().position = Cap::At(quantity("10"));
    });
    holds(&mut gate, BTC, "4");
    passes(&mut gate, limit(1, Side::Buy, "4", "99"));
    assert_eq!(
        refused(&mut gate, limit(2, Side::Buy, "2.5", "98")),
        Refusal::PositionLimit { would_be: 10.5, limit: 10.0 }
    );
    gate.order_changed(ClientOrderId { run: 1, sequence: 1 }, quantity("3"), quantity("1"));
    holds(&mut gate, BTC, "4");
    passes(&mut gate, limit(3, Side::Buy, "2.5", "98"));
    assert_eq!(
        refused(&mut gate, limit(4, Side::Sell, "14.5", "101")),
        Refusal::PositionLimit { would_be: 10.5, limit: 10.0 }
    );
}

#[test]
fn a_reversal_is_checked_as_the_position_that_results() {
    let mut gate = gate(|limits| {
        limits.instruments.entry("BTCUSDT".to_owned()).or_default().position = Cap::At(quantity("1"));
    });
    holds(&mut gate, BTC, "1");
    passes(&mut gate, market(1, Side::Sell, "2"));
    assert!(matches!(
        refused(&mut gate, market(2, Side::Sell, "0.5")),
        Refusal::PositionLimit { would_be: 1.5, limit: 1.0 }
    ));
}

#[test]
fn gross_net_and_leverage_add_up_over_instruments() {
    let wide = |limits: &mut RiskLimits| limits.concentration = Cap::Off;
    let eth = |sequence, side, amount: &str| OrderIntent {
        instrument: ETH,
        ..limit(sequence, side, amount, "100")
    };
    let mut gross = gate(|limits| {
        wide(limits);
        limits.gross = Cap::At(Money::new(10_000.into()));
    });
    holds(&mut gross, BTC, "60");
    assert_eq!(
        refused(&mut gross, eth(1, Side::Sell, "41")),
        Refusal::GrossLimit { would_be: 10_100.0, limit: 10_000.0 }
    );
    passes(&mut gross, eth(2, Side::Sell, "40"));
    let mut net = gate(|limits| {
        wide(limits);
        limits.net = Cap::At(Money::new(10_000.into()));
    });
    holds(&mut net, BTC, "60");
    passes(&mut net, eth(1, Side::Sell, "100"));
    assert_eq!(
        refused(&mut net, eth(2, Side::Buy, "41")),
        Refusal::NetLimit { would_be: 10_100.0, limit: 10_000.0 }
    );
    let mut leverage = gate(|limits| {
        wide(limits);
        limits.margin_leverage = Cap::Off;
        limits.gross_leverage = Cap::At(Leverage::new(2.into()).unwrap());
        limits.order_notional = Cap::Off;
    });
    holds(&mut leverage, BTC, "-1500");
    assert_eq!(
        refused(&mut leverage, eth(1, Side::Buy, "600")),
        Refusal::LeverageLimit { would_be: 2.1, limit: 2.0 }
    );
}

#[test]
fn margin_counts_resting_orders_and_fees() {
    let mut spec = instruments().get(BTC).unwrap().spec().clone();
    spec.taker_fee = Rate::basis_points(10);
    let all = Instruments::new(vec![Instrument::new(spec).unwrap()]);
    let mut gate = RiskGate::new(
        &all,
        limits(|limits| {
            limits.margin_leverage = Cap::At(Leverage::new(5.into()).unwrap());
            limits.concentration = Cap::Off;
            limits.cluster = Cap::Off;
        }),
    )
    .unwrap();
    gate.observe_price(BTC, 100.0, 100.0, noon());
    gate.observe_volume(BTC, 1e6);
    gate.observe_equity(1_000.0, 1_000.0, noon());
    passes(&mut gate, limit(1, Side::Buy, "40", "100"));
    let Refusal::InsufficientMargin { required, free } = refused(&mut gate, limit(2, Side::Buy, "10", "100"))
    else {
        panic!("800 of 1000 are reserved already")
    };
    assert!((required - 1_001.0).abs() < 1e-9 && free == 1_000.0, "{required}"); // 5000 / 5 + 1000 * 0.1 %
}

#[test]
fn margin_is_reserved_for_what_orders_add_to_the_position_and_for_nothing_twice() {
    let mut gate = gate(|limits| {
        limits.margin_leverage = Cap::At(Leverage::new(5.into()).unwrap());
        limits.concentration = Cap::Off;
    });
    holds(&mut gate, ETH, "50"); // its margin is used already: free margin says so
    let of_ether = |intent: OrderIntent| OrderIntent { instrument: ETH, ..intent };
    passes(&mut gate, of_ether(limit(1, Side::Buy, "10", "100")));
    passes(&mut gate, of_ether(limit(2, Side::Sell, "45", "101")));
    let review = gate.review(limit(3, Side::Buy, "5", "100"), noon());
    let margin = *review.verdict().check(Control::Margin).unwrap();
    // 10 more of ether and 5 of bitcoin at 100, a fifth of it each; the sale only closes. No fee here.
    assert!((margin.value.unwrap() - 300.0).abs() < 1e-9, "{margin:?}");
}

#[test]
fn a_missing_input_is_called_by_its_name() {
    let told = |change: fn(&mut RiskGate)| {
        let mut gate = gate(|limits| limits.net = Cap::At(Money::new(1_000_000.into())));
        change(&mut gate);
        match refused(&mut gate, limit(1, Side::Buy, "1", "100")) {
            Refusal::Missing { control, input } => (control, input),
            other => panic!("{other}"),
        }
    };
    use MissingInput as M;
    let margin = told(|gate| {
        gate.observe_equity(100_000.0, f64::NAN, noon());
    });
    assert_eq!(margin, (Control::Margin, M::FreeMargin));
    let equity = told(|gate| {
        gate.observe_equity(f64::NAN, 1.0, noon());
    });
    assert_eq!(equity, (Control::Concentration, M::Equity));
    let others = told(|gate| {
        holds(gate, ETH, "1");
        gate.observe_price(ETH, f64::NAN, 100.0, noon());
    });
    assert_eq!(others, (Control::Cluster, M::OtherPrices));
    let priced = told(|gate| gate.observe_price(BTC, 0.0, 100.0, noon()));
    assert_eq!(priced.1, M::Price);
}

#[test]
fn spot_sells_no_more_than_there_is() {
    let mut spec = instruments().get(BTC).unwrap().spec().clone();
    spec.kind = InstrumentKind::Spot;
    spec.funding_interval = None;
    let all = Instruments::new(vec![Instrument::new(spec).unwrap()]);
    let mut gate = RiskGate::new(&all, RiskLimits::production()).unwrap();
    gate.observe_price(BTC, 100.0, 100.0, noon());
    gate.observe_volume(BTC, 1e6);
    gate.observe_equity(1e5, 1e5, noon());
    holds(&mut gate, BTC, "2");
    assert!(matches!(
        refused(&mut gate, limit(1, Side::Sell, "2.001", "100")),
        Refusal::PositionLimit { limit: 0.0, .. }
    ));
    passes(&mut gate, limit(2, Side::Sell, "2", "100"));
}

#[test]
fn old_and_future_prices_open_nothing() {
    let mut gate = gate(|_| {});
    let late = noon().after(Span::MILLISECOND.times(5_001));
    assert!(matches!(
        gate.review(market(1, Side::Buy, "1"), late).outcome.unwrap_err(),
        Refusal::StalePrice { limit_seconds: 5.0, .. }
    ));
    let early = noon().before(Span::MILLISECOND.times(1_001));
    assert!(matches!(
        gate.review(market(1, Side::Buy, "1"), early).outcome.unwrap_err(),
        Refusal::ClockSkew { limit_seconds: 1.0, .. }
    ));
}

#[test]
fn the_age_of_a_price_may_be_counted_in_bars() {
    let mut gate = gate(|limits| limits.price_age = Cap::At(PriceAge::Intervals(2)));
    let missing = Refusal::Missing { control: Control::PriceAge, input: MissingInput::Interval };
    assert_eq!(refused(&mut gate, market(1, Side::Buy, "1")), missing);
    gate.observe_interval(BTC, Span::HOUR);
    let review = gate.review(market(2, Side::Buy, "1"), noon().after(Span::HOUR.times(2)));
    assert!(review.outcome.is_ok());
    let late = noon().after(Span::HOUR.times(2)).after(Span::SECOND);
    assert!(matches!(
        gate.review(market(3, Side::Buy, "1"), late).outcome.unwrap_err(),
        Refusal::StalePrice { limit_seconds: 7_200.0, .. }
    ));
}

#[test]
fn a_fat_finger_is_measured_by_recent_volume() {
    let mut gate = gate(|_| {});
    gate.observe_volume(BTC, 4.0);
    assert_eq!(
        refused(&mut gate, market(1, Side::Buy, "5")),
        Refusal::VolumeMultiple { multiple: 1.25, limit: 1.0 }
    );
    gate.observe_volume(BTC, 0.0);
    let missing = Refusal::Missing { control: Control::VolumeMultiple, input: MissingInput::Volume };
    assert_eq!(refused(&mut gate, market(1, Side::Buy, "5")), missing);
}

#[test]
fn orders_stop_at_the_rate_and_go_on_with_time() {
    let mut gate = gate(|limits| {
        limits.order_rate = Cap::At(RateLimit { burst: 3, per_second: 1, reserve: 1 });
    });
    passes(&mut gate, limit(1, Side::Buy, "1", "99"));
    passes(&mut gate, limit(2, Side::Buy, "1", "98"));
    assert_eq!(
        refused(&mut gate, limit(3, Side::Buy, "1", "97")),
        Refusal::OrderRate { used: 3.0, limit: 2.0 }
    );
    let later = noon().after(Span::SECOND);
    assert!(gate.review(limit(3, Side::Buy, "1", "97"), later).outcome.is_ok());
}

#[test]
fn a_runaway_loop_is_latched_until_an_operator_resets_it() {
    let mut gate = gate(|limits| limits.repeats = Cap::At(RepeatLimit { count: 2, window_ms: 1_000 }));
    passes(&mut gate, market(1, Side::Buy, "1"));
    passes(&mut gate, market(2, Side::Buy, "1"));
    assert_eq!(refused(&mut gate, market(3, Side::Buy, "1")), Refusal::Repeated { count: 3.0, limit: 2.0 });
    assert!(gate.is_latched(BTC) && !gate.is_latched(ETH));
    let later = noon().after(Span::SECOND.times(4));
    assert!(matches!(
        gate.review(market(4, Side::Buy, "2"), later).outcome.unwrap_err(),
        Refusal::Repeated { .. }
    ));
    gate.command(&command(OperatorAction::SetTradingState(TradingState::Active))).unwrap();
    assert!(gate.review(market(5, Side::Buy, "1"), later).outcome.is_ok());
}

#[test]
fn open_orders_are_counted_in_all_and_by_instrument() {
    let mut gate = gate(|limits| {
        limits.open_orders = Cap::At(2);
        limits.instrument_open_orders = Cap::At(1);
    });
    let eth = |sequence| OrderIntent { instrument: ETH, ..limit(sequence, Side::Buy, "1", "99") };
    passes(&mut gate, limit(1, Side::Buy, "1", "99"));
    assert_eq!(
        refused(&mut gate, limit(2, Side::Buy, "1", "98")),
        Refusal::InstrumentOpenOrders { count: 2.0, limit: 1.0 }
    );
    passes(&mut gate, eth(3));
    assert_eq!(refused(&mut gate, eth(4)), Refusal::OpenOrders { count: 3.0, limit: 2.0 });
    gate.order_done(ClientOrderId { run: 1, sequence: 3 });
    passes(&mut gate, eth(5));
}

#[test]
fn an_order_does_not_meet_our_own() {
    let mut gate = gate(|_| {});
    passes(&mut gate, limit(1, Side::Sell, "1", "101"));
    passes(&mut gate, limit(2, Side::Sell, "1", "102"));
    let own = "101.0".parse().unwrap();
    assert_eq!(refused(&mut gate, limit(3, Side::Buy, "1", "101")), Refusal::SelfTrade { own });
    passes(&mut gate, limit(4, Side::Buy, "1", "100.9"));
    passes(&mut gate, market(5, Side::Buy, "1.5")); // the market trades at 100, our offer stands at 101
    let post_only = OrderIntent { time_in_force: TimeInForce::Gtx, ..limit(6, Side::Buy, "1", "101.5") };
    passes(&mut gate, post_only);
    gate.order_done(ClientOrderId { run: 1, sequence: 1 });
    passes(&mut gate, limit(7, Side::Buy, "2", "101"));
}

#[test]
fn a_market_order_meets_our_own_once_the_market_has_come_to_it() {
    for (side, own, before, there) in [(Side::Buy, "101.0", 100.9, 101.0), (Side::Sell, "99.0", 99.1, 99.0)] {
        let mut gate = gate(|_| {});
        passes(&mut gate, limit(1, side.opposite(), "1", own));
        gate.observe_price(BTC, before, before, noon());
        passes(&mut gate, market(2, side, "1"));
        gate.observe_price(BTC, 100.0, there, noon());
        let own = own.parse().unwrap();
        assert_eq!(refused(&mut gate, market(3, side, "1")), Refusal::SelfTrade { own });
    }
}

#[test]
fn an_instrument_that_does_not_trade_opens_nothing() {
    for status in [InstrumentStatus::Halted, InstrumentStatus::ReduceOnly, InstrumentStatus::Delisted] {
        let mut gate = gate(|_| {});
        gate.observe_status(BTC, status);
        assert_eq!(
            refused(&mut gate, market(1, Side::Buy, "1")),
            Refusal::NotTradable { instrument: BTC, status }
        );
    }
}

#[test]
fn the_verdict_shows_every_control_with_its_headroom() {
    let mut gate = gate(|limits| {
        limits.instruments.entry("BTCUSDT".to_owned()).or_default().position = Cap::At(quantity("10"));
    });
    let verdict = gate.review(limit(1, Side::Buy, "4", "100"), noon()).verdict();
    assert!(verdict.approved && !verdict.proven_close && verdict.checks.iter().all(|check| check.passed));
    let position = verdict.check(Control::Position).unwrap();
    assert_eq!((position.value, position.limit, position.headroom), (Some(4.0), Some(10.0), Some(6.0)));
    let least = verdict.check(Control::MinQuantity).unwrap();
    assert_eq!((least.value, least.limit), (Some(4.0), Some(0.001)));
    assert!((least.headroom.unwrap() - 3.999).abs() < 1e-12);
    let text = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<autotrading_risk::Verdict>(&text).unwrap(), verdict);
    assert!(verdict.to_string().contains("Concentration"));
}

#[test]
fn a_refusal_reads_back_as_it_was_written() {
    let refusal = refused(&mut gate(|_| {}), limit(1, Side::Buy, "1000", "100"));
    let text = serde_json::to_string(&refusal).unwrap();
    assert_eq!(serde_json::from_str::<Refusal>(&text).unwrap(), refusal);
    assert_eq!(refusal.to_string(), "the instrument's share of equity could become 1, 0.2 is allowed");
}

#[test]
fn a_strategy_keeps_to_its_share_with_its_open_orders() {
    let mut gate = gate(|limits| limits.strategy_notional = Cap::At(Money::new(1_000.into())));
    let of = |strategy, intent| OrderIntent { strategy: Some(StrategyId(strategy)), ..intent };
    gate.observe_strategy(StrategyId(3), 400.0);
    passes(&mut gate, of(3, limit(1, Side::Buy, "5", "100")));
    assert_eq!(
        refused(&mut gate, of(3, limit(2, Side::Buy, "2", "100"))),
        Refusal::StrategyLimit { strategy: StrategyId(3), would_be: 1_100.0, limit: 1_000.0 }
    );
    passes(&mut gate, of(4, limit(3, Side::Buy, "2", "100")));
    passes(&mut gate, limit(4, Side::Buy, "20", "100"));
    gate.order_changed(ClientOrderId { run: 1, sequence: 1 }, quantity("4"), quantity("1"));
    passes(&mut gate, of(3, limit(5, Side::Buy, "1", "100")));
    let id = ClientOrderId { run: 1, sequence: 5 };
    let change = |amount: &str| Amendment {
        id,
        quantity: quantity(amount),
        kind: limit(1, Side::Buy, "1", "100").kind,
    };
    assert!(gate.review_change(change("2.001"), noon()).outcome.is_err());
    assert!(gate.review_change(change("2"), noon()).outcome.is_ok());
    gate.order_done(id);
    passes(&mut gate, of(3, limit(6, Side::Buy, "2", "100")));
    gate.observe_strategy(StrategyId(3), f64::NAN);
    let missing = Refusal::Missing { control: Control::StrategyNotional, input: MissingInput::Strategy };
    assert_eq!(refused(&mut gate, of(3, limit(7, Side::Buy, "0.001", "100"))), missing);
}

#[test]
fn an_unarmed_dead_man_switch_opens_nothing_where_it_is_required() {
    let mut gate = gate(|limits| limits.require_dead_man = true);
    assert_eq!(refused(&mut gate, market(1, Side::Buy, "1")), Refusal::DeadManUnarmed);
    gate.observe_dead_man(true);
    passes(&mut gate, market(2, Side::Buy, "1"));
    holds(&mut gate, BTC, "1");
    gate.order_done(ClientOrderId { run: 1, sequence: 2 });
    gate.observe_dead_man(false);
    passes(&mut gate, market(3, Side::Sell, "1"));
}

#[test]
fn a_new_price_of_a_live_order_meets_the_controls_as_a_new_order_does() {
    let mut gate = gate(|_| {});
    passes(&mut gate, limit(1, Side::Buy, "10", "100"));
    let mut changed = |at: &str, amount: &str| {
        let kind = OrderKind::Limit { price: price(at) };
        gate.review_change(
            Amendment { id: ClientOrderId { run: 1, sequence: 1 }, quantity: quantity(amount), kind },
            noon(),
        )
    };
    let outcome = changed("105.1", "10").outcome.unwrap_err();
    let Refusal::BeyondMark { beyond, limit } = outcome else { panic!("{outcome}") };
    assert!((beyond - 0.051).abs() < 1e-12 && limit == 0.05);
    assert!(matches!(changed("99.99", "10").outcome.unwrap_err(), Refusal::OffTick { .. }));
    assert!(matches!(changed("100", "201").outcome.unwrap_err(), Refusal::ConcentrationLimit { .. }));
    let review = changed("104", "190");
    assert_eq!(review.verdict().check(Control::InstrumentNotional).unwrap().value, Some(19_760.0));
    assert!(review.outcome.is_ok());
}
