//! Sentences for a risk manager.

use autotrading_domain::*;
use autotrading_risk::{Cap, Refusal, RiskGate, RiskLimits};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::desk::*;

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

/// A measurement as it comes in practice and as it comes from hell.
fn any_measurement() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 1.0f64..1e6,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, f64::MAX, 5e-324]),
    ]
}

fn any_price() -> impl Strategy<Value = Price> {
    (1i64..i64::MAX, 0u32..20)
        .prop_map(|(mantissa, scale)| Price::new(Decimal::new(mantissa, scale)).unwrap())
}

fn any_kind() -> impl Strategy<Value = OrderKind> {
    let trigger = || any_price().prop_map(|price| Trigger { price, source: TriggerSource::Mark });
    prop_oneof![
        Just(OrderKind::Market),
        any_price().prop_map(|price| OrderKind::Limit { price }),
        (900i64..1_100)
            .prop_map(|tenths| OrderKind::Limit { price: Price::new(Decimal::new(tenths, 1)).unwrap() }),
        trigger().prop_map(|trigger| OrderKind::StopMarket { trigger }),
        (trigger(), any_price()).prop_map(|(trigger, price)| OrderKind::StopLimit { trigger, price }),
        trigger().prop_map(|trigger| OrderKind::TakeProfitMarket { trigger }),
        (trigger(), any_price()).prop_map(|(trigger, price)| OrderKind::TakeProfitLimit { trigger, price }),
        (prop::option::of(any_price()), 1i64..2_000).prop_map(|(activation, points)| {
            OrderKind::TrailingStop { activation, distance: Rate::basis_points(points) }
        }),
    ]
}

fn any_intent() -> impl Strategy<Value = OrderIntent> {
    let quantity = prop_oneof![
        (0i64..5_000).prop_map(|lots| Decimal::new(lots, 3)),
        (0i64..i64::MAX, 0u32..28).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
    ];
    (any::<u32>(), 0u32..3, any_side(), quantity, any_kind(), prop::option::of(0u32..4), any::<bool>())
        .prop_map(|(sequence, instrument, side, quantity, kind, bracket, reduce_only)| OrderIntent {
            id: ClientOrderId { run: 1, sequence: sequence % 4_096 },
            instrument: InstrumentId(instrument),
            quantity: Quantity::of(quantity),
            kind,
            bracket: bracket.map(BracketId),
            reduce_only,
            ..market(1, side, "1")
        })
}

proptest! {
    #[test]
    fn missing_or_nan_input_opens_nothing(
        bad in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -7.0]),
        place in 0usize..7, side in any_side(), amount in 1i64..50_000, at in 950i64..1_050, is_market in any::<bool>(),
    ) {
        let mut gate = gate(|_| {});
        match place {
            0 => gate.observe_price(BTC, bad, 100.0, noon()),
            1 => gate.observe_price(BTC, 100.0, bad, noon()),
            2 => drop(gate.observe_equity(bad, 1e5, noon())),
            3 => drop(gate.observe_equity(1e5, bad.min(0.0), noon())),
            4 => gate.observe_volume(BTC, bad.min(0.0)),
            5 => { // another instrument is held and has no price
                holds(&mut gate, ETH, "1");
                gate.observe_price(ETH, bad, bad, noon());
            }
            _ => gate.observe_exposure(&Exposure { position: Decimal::MAX, ..Exposure::none(BTC) }),
        }
        let amount = Decimal::new(amount, 3).to_string();
        let intent = if is_market { market(1, side, &amount) } else { limit(1, side, &amount, &Decimal::new(at, 1).to_string()) };
        prop_assert!(gate.review(intent, noon()).outcome.is_err());
    }

    #[test]
    fn a_new_gate_that_was_told_nothing_opens_nothing(intent in any_intent(), wide in any::<bool>()) {
        let limits = if wide { RiskLimits::research_wide() } else { RiskLimits::production() };
        let mut gate = RiskGate::new(&instruments(), limits).unwrap();
        prop_assert!(gate.review(intent, noon()).outcome.is_err());
    }

    #[test]
    fn a_close_never_flips_also_with_resting_closes(
        position in -5_000i64..5_000, amounts in prop::collection::vec((1i64..3_000, any_side(), prop::option::of(0u32..2)), 1..20),
    ) {
        let mut gate = gate(|_| {});
        let held = Decimal::new(position, 3);
        holds(&mut gate, BTC, &held.to_string());
        gate.command(&command(OperatorAction::Kill { flatten: true })).unwrap();
        let mut resting: Vec<OrderIntent> = vec![];
        for (sequence, (lots, side, bracket)) in (1..).zip(amounts) {
            let intent = OrderIntent {
                bracket: bracket.map(BracketId),
                ..market(sequence, side, &Decimal::new(lots, 3).to_string())
            };
            if gate.review(intent, noon()).outcome.is_ok() {
                prop_assert!(intent.quantity.signed(intent.side) * held < Decimal::ZERO, "against the position");
                resting.push(intent);
            }
        }
        let alone: Decimal = resting.iter().filter(|o| o.bracket.is_none()).map(|o| o.quantity.get()).sum();
        let of = |id| resting.iter().filter(|o| o.bracket == Some(BracketId(id))).map(|o| o.quantity.get()).max();
        let brackets: Decimal = [0, 1].into_iter().filter_map(of).sum();
        prop_assert!(alone + brackets <= held.abs());
    }

    #[test]
    fn worst_case_counts_unknown_orders(unknown in 0i64..12_000, ours in 1i64..12_000, next in 1i64..12_000, side in any_side()) {
        let mut gate = gate(|limits| {
            limits.instruments.entry("BTCUSDT".to_owned()).or_default().position = Cap::At(quantity("10"));
        });
        let lots = |count: i64| Quantity::of(Decimal::new(count, 3));
        let mut exposure = Exposure::none(BTC);
        match side {
            Side::Buy => exposure.open_buys = lots(unknown),
            Side::Sell => exposure.open_sells = lots(unknown),
        }
        gate.observe_exposure(&exposure);
        let mut open = unknown;
        for (sequence, count) in [(1, ours), (2, next)] {
            let intent = OrderIntent { quantity: lots(count), ..market(sequence, side, "1") };
            let yes = gate.review(intent, noon()).outcome.is_ok();
            prop_assert_eq!(yes, open + count <= 10_000);
            if yes {
                open += count;
            }
        }
    }

    #[test]
    fn the_state_never_loosens_by_itself(
        equities in prop::collection::vec((any_measurement(), any_measurement(), -3i64..50), 1..60),
        intents in prop::collection::vec(any_intent(), 0..10),
    ) {
        let mut gate = gate(|_| {});
        let mut state = gate.state();
        let mut at = noon();
        for (equity, free, hours) in equities {
            at = at.after(Span::HOUR.times(hours));
            let change = gate.observe_equity(equity, free, at);
            prop_assert!(gate.state() >= state);
            prop_assert_eq!(change.is_some(), gate.state() > state);
            if let Some(change) = change {
                prop_assert_eq!((change.from, change.to), (state, gate.state()));
                prop_assert!(change.value.is_finite() && change.value >= change.limit - 1e-9);
            }
            for intent in &intents {
                let _ = gate.review(*intent, at);
            }
            gate.observe_price(BTC, equity, free, at);
            let snapshot = gate.snapshot();
            gate.restore(&snapshot);
            prop_assert!(gate.state() >= state);
            state = gate.state();
        }
    }

    #[test]
    fn a_refusal_carries_finite_numbers_and_an_approval_leaves_the_limits_kept(
        intents in prop::collection::vec(any_intent(), 1..30), mark in any_measurement(), equity in any_measurement(),
    ) {
        let mut gate = gate(|_| {});
        gate.observe_price(BTC, mark, mark, noon());
        gate.observe_equity(equity, equity, noon());
        for intent in intents {
            let review = gate.review(intent, noon());
            let verdict = review.verdict();
            prop_assert_eq!(verdict.approved, review.outcome.is_ok());
            let refused = verdict.checks.iter().any(|check| check.binding && !check.passed);
            prop_assert_eq!(refused, review.outcome.is_err());
            if let Err(refusal) = review.outcome {
                let text = serde_json::to_string(&refusal).unwrap();
                prop_assert!(!text.contains("null"), "{}", text);
                prop_assert_eq!(serde_json::from_str::<Refusal>(&text).unwrap(), refusal);
            }
            let text = serde_json::to_string(&verdict).unwrap();
            prop_assert_eq!(serde_json::from_str::<autotrading_risk::Verdict>(&text).unwrap(), verdict);
        }
    }

    // Each case makes up to 80 calls and as many reviews: PROPTEST_CASES=25000 makes more than a million of each.
    #[test]
    fn nothing_panics_whatever_comes(
        calls in prop::collection::vec((0u8..12, any_intent(), any_measurement(), any_measurement(), any::<i64>(), any::<i64>()), 1..80),
        wide in any::<bool>(),
    ) {
        let limits = if wide { RiskLimits::research_wide() } else { RiskLimits::production() };
        let mut gate = RiskGate::new(&instruments(), limits).unwrap();
        for (call, intent, one, two, lots, nanos) in calls {
            let (id, at) = (intent.instrument, Timestamp::from_nanos(nanos));
            match call {
                0 => gate.observe_price(id, one, two, at),
                1 => drop(gate.observe_equity(one, two, at)),
                2 => gate.observe_volume(id, one),
                3 => gate.observe_exposure(&Exposure {
                    instrument: id,
                    position: Decimal::from_i128_with_scale(i128::from(lots) * 1_000_000_007, 3),
                    open_buys: intent.quantity,
                    open_sells: intent.quantity,
                }),
                4 => gate.order_live(&intent),
                5 => gate.order_changed(intent.id, intent.quantity, intent.quantity),
                6 => gate.order_done(intent.id),
                7 => drop(gate.review_change(Amendment { id: intent.id, quantity: intent.quantity, kind: intent.kind }, at)),
                8 => drop(gate.cancel_budget(at)),
                9 => gate.observe_deposit(one),
                10 => gate.order_repriced(intent.id, intent.kind),
                _ => {
                    let snapshot = gate.snapshot();
                    gate.restore(&snapshot);
                    gate.recovered();
                }
            }
            let review = gate.review(intent, at);
            let _ = (review.verdict().to_string(), gate.losses(), gate.observe_interval(id, Span::from_nanos(nanos)));
        }
    }
}

#[test]
fn the_largest_and_the_finest_numbers_are_refused_without_a_panic() {
    for quantity in [Decimal::MAX, Decimal::new(1, 28), Decimal::MAX - Decimal::ONE, Decimal::ZERO] {
        for at in [Decimal::MAX, Decimal::new(1, 28), Decimal::ONE_HUNDRED] {
            let mut gate = gate(|_| {});
            let price = Price::new(at).unwrap();
            let huge = OrderIntent {
                quantity: Quantity::of(quantity),
                kind: OrderKind::Limit { price },
                ..market(1, Side::Buy, "1")
            };
            assert!(gate.review(huge, noon()).outcome.is_err());
            gate.order_live(&huge);
            gate.order_changed(huge.id, huge.quantity, huge.quantity);
            let change = Amendment { id: huge.id, quantity: huge.quantity, kind: huge.kind };
            assert!(gate.review_change(change, noon()).outcome.is_err() || quantity == Decimal::ZERO);
            assert!(
                gate.review(market(2, Side::Buy, "1"), noon()).outcome.is_err() || quantity < Decimal::ONE
            );
            gate.order_done(huge.id);
            assert!(gate.review(market(3, Side::Buy, "1"), noon()).outcome.is_ok(), "{quantity} {at}");
        }
    }
}
