//! Instruments that move together share one limit, and those nobody told about move together.

use autotrading_domain::*;
use autotrading_risk::{Cap, ClusterLimit, Control, LimitsChangeError, Refusal, RiskGate, RiskLimits};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::desk::*;

const COINS: u32 = 4;

/// Four coins at 100, 1 000 of equity, of which as much may lie in a cluster.
fn coins(change: impl FnOnce(&mut RiskLimits)) -> RiskGate {
    let listed = (0..COINS).map(|number| {
        let step = Decimal::new(1, 3);
        Instrument::linear_perpetual("sim", &format!("COIN{number}"), Decimal::new(1, 1), step).unwrap()
    });
    let limits = limits(|limits| {
        limits.concentration = Cap::Off;
        limits.repeats = Cap::Off;
        limits.cluster = Cap::At(ClusterLimit { share: Rate::new(Decimal::ONE), ..ClusterLimit::default() });
        change(limits);
    });
    let mut gate = RiskGate::new(&Instruments::new(listed.collect()), limits).unwrap();
    for id in (0..COINS).map(InstrumentId) {
        gate.observe_price(id, 100.0, 100.0, noon());
        gate.observe_volume(id, 1e9);
    }
    gate.observe_equity(1_000.0, 1_000.0, noon());
    gate
}

fn coin(number: u32, sequence: u32, side: Side, amount: &str) -> OrderIntent {
    OrderIntent { instrument: InstrumentId(number), ..limit(sequence, side, amount, "100") }
}

#[test]
fn instruments_that_nobody_told_about_count_as_one() {
    let mut gate = coins(|_| {});
    assert!(gate.review(coin(0, 1, Side::Buy, "6"), noon()).outcome.is_ok());
    let refusal = gate.review(coin(1, 2, Side::Buy, "5"), noon()).outcome.unwrap_err();
    assert_eq!(refusal, Refusal::ClusterLimit { would_be: 1.1, limit: 1.0 });
    assert!(gate.review(coin(1, 3, Side::Buy, "4"), noon()).outcome.is_ok());
    for number in f64_of_nothing() {
        gate.observe_correlations(|_, _| number);
        let outcome = gate.review(coin(2, 4, Side::Buy, "0.1"), noon()).outcome;
        assert!(matches!(outcome, Err(Refusal::ClusterLimit { .. })), "{number}");
    }
}

fn f64_of_nothing() -> [f64; 5] {
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, -1.0]
}

#[test]
fn each_cluster_has_its_own_room_and_links_are_followed() {
    let mut gate = coins(|_| {});
    // 0 and 1 move together, 1 and 2 against each other, 3 alone.
    let told = |one: InstrumentId, other: InstrumentId| match (one.0, other.0) {
        (0, 1) => 0.7,
        (1, 2) => -0.9,
        _ => 0.699,
    };
    gate.observe_correlations(told);
    assert!(gate.move_together(InstrumentId(0), InstrumentId(2)));
    assert!(!gate.move_together(InstrumentId(0), InstrumentId(3)));
    assert!(gate.review(coin(0, 1, Side::Buy, "6"), noon()).outcome.is_ok());
    assert!(gate.review(coin(3, 2, Side::Buy, "10"), noon()).outcome.is_ok(), "another cluster");
    let against = gate.review(coin(2, 3, Side::Sell, "5"), noon());
    let check = *against.verdict().check(Control::Cluster).unwrap();
    assert_eq!(
        (check.value, check.limit),
        (Some(1.1), Some(1.0)),
        "gross: a hedge that may fail is no hedge"
    );
    assert!(against.outcome.is_err());
    // Told anew, what is open already moves along.
    gate.observe_correlations(|_, _| 0.0);
    assert!(gate.review(coin(2, 4, Side::Sell, "5"), noon()).outcome.is_ok());
    gate.observe_correlations(|_, _| 0.8);
    let refusal = gate.review(coin(1, 5, Side::Buy, "1"), noon()).outcome.unwrap_err();
    assert_eq!(refusal, Refusal::ClusterLimit { would_be: 2.2, limit: 1.0 });
}

#[test]
fn a_proven_close_passes_a_full_cluster_and_a_missing_price_opens_nothing() {
    let mut gate = coins(|_| {});
    holds(&mut gate, InstrumentId(0), "20");
    assert!(gate.review(coin(0, 1, Side::Sell, "20"), noon()).outcome.is_ok());
    assert!(gate.review(coin(1, 2, Side::Buy, "0.1"), noon()).outcome.is_err());
    let mut gate = coins(|limits| limits.gross_leverage = Cap::Off);
    holds(&mut gate, InstrumentId(0), "1");
    gate.observe_price(InstrumentId(0), f64::NAN, f64::NAN, noon());
    gate.observe_correlations(|_, _| 0.0);
    assert!(gate.review(coin(1, 1, Side::Buy, "0.1"), noon()).outcome.is_err());
}

#[test]
fn another_threshold_forgets_what_was_told_and_a_higher_one_takes_two_persons() {
    let mut gate = coins(|_| {});
    gate.observe_correlations(|_, _| 0.5);
    assert!(!gate.move_together(InstrumentId(0), InstrumentId(1)));
    let with = |gate: &RiskGate, correlation: i64| RiskLimits {
        cluster: Cap::At(ClusterLimit {
            correlation: Rate::basis_points(correlation),
            ..*gate.limits().cluster.at().unwrap()
        }),
        ..gate.limits().clone()
    };
    let wider = with(&gate, 7_001);
    assert!(matches!(gate.change_limits(wider, &["Ada"]), Err(LimitsChangeError::TwoPersons { .. })));
    assert!(!gate.move_together(InstrumentId(0), InstrumentId(1)));
    let tighter = with(&gate, 4_000);
    gate.change_limits(tighter, &[]).unwrap();
    assert!(gate.move_together(InstrumentId(0), InstrumentId(1)), "unknown against the new threshold");
    for (correlation, share, key) in
        [("0", "1", "correlation"), ("1.1", "1", "correlation"), ("0.5", "0", "share")]
    {
        let json = format!(r#"{{"cluster": {{"correlation": "{correlation}", "share": "{share}"}}}}"#);
        let refused = serde_json::from_str::<RiskLimits>(&json).unwrap().check().unwrap_err();
        assert_eq!(refused.key, format!("cluster.{key}"));
    }
}

#[test]
fn without_the_limit_nothing_is_asked() {
    let mut gate = coins(|limits| limits.cluster = Cap::Off);
    assert!(gate.review(coin(0, 1, Side::Buy, "15"), noon()).outcome.is_ok());
    gate.observe_correlations(|_, _| 1.0);
    assert!(!gate.move_together(InstrumentId(0), InstrumentId(1)), "no threshold, no clusters");
}

proptest! {
    #[test]
    fn gross_and_clusters_hold_when_every_order_fills_on_its_worst_side(
        correlations in prop::array::uniform6(prop::sample::select(vec![0.0, 0.5, 0.9, -0.95, f64::NAN])),
        orders in prop::collection::vec((0u32..COINS, any::<bool>(), 1u32..6, any::<bool>()), 1..60),
    ) {
        let pair = |one: u32, other: u32| match (one.min(other), one.max(other)) {
            (0, 1) => 0, (0, 2) => 1, (0, 3) => 2, (1, 2) => 3, (1, 3) => 4, _ => 5,
        };
        let mut gate = coins(|limits| limits.gross_leverage = Cap::At(Leverage::new(2.into()).unwrap()));
        gate.observe_correlations(|one, other| correlations[pair(one.0, other.0)]);
        // By walking over the links, again and again until nothing is added.
        let linked = |start: u32| {
            let mut found = vec![start];
            loop {
                let next = (0..COINS).find(|coin| {
                    let near = |other: &u32| { let c: f64 = correlations[pair(*coin, *other)]; c.is_nan() || c.abs() >= 0.7 };
                    !found.contains(coin) && found.iter().any(near)
                });
                match next { Some(coin) => found.push(coin), None => return found }
            }
        };
        let (mut held, mut open) = ([Decimal::ZERO; 4], vec![]);
        for (sequence, (number, buy, lots, fills)) in (1..).zip(orders) {
            let side = if buy { Side::Buy } else { Side::Sell };
            let intent = coin(number, sequence, side, &lots.to_string());
            if gate.review(intent, noon()).outcome.is_ok() {
                if fills {
                    held[number as usize] += intent.quantity.signed(side);
                    gate.order_done(intent.id);
                    let orders: Vec<&OrderIntent> = open.iter().collect();
                    let sum = |side: Side| Quantity::of(orders.iter().filter(|o: &&&OrderIntent| o.instrument.0 == number && o.side == side).map(|o| o.quantity.get()).sum());
                    gate.observe_exposure(&Exposure {
                        instrument: intent.instrument, position: held[number as usize],
                        open_buys: sum(Side::Buy), open_sells: sum(Side::Sell),
                    });
                } else {
                    open.push(intent);
                }
            }
            let worst = |number: u32| {
                let sum = |side: Side| open.iter().filter(|o| o.instrument.0 == number && o.side == side).map(|o| o.quantity.get()).sum::<Decimal>();
                let (up, down) = (held[number as usize] + sum(Side::Buy), held[number as usize] - sum(Side::Sell));
                up.abs().max(down.abs()) * Decimal::ONE_HUNDRED
            };
            prop_assert!((0..COINS).map(worst).sum::<Decimal>() <= Decimal::from(2_000));
            for number in 0..COINS {
                let cluster: Decimal = linked(number).into_iter().map(worst).sum();
                prop_assert!(cluster <= Decimal::from(1_000), "{} in {:?}", cluster, linked(number));
                prop_assert_eq!(linked(number).contains(&0), gate.move_together(InstrumentId(number), InstrumentId(0)));
            }
        }
    }
}
