//! How positions end: each exit alone, all together, and what holds for any path of prices.

use autotrading_domain::{Direction, Span, Timestamp, TriggerSource};
use autotrading_positions::{
    BreakEvenRule, Distance, EntryFacts, ExitCause, ExitError, ExitPlan, ExitRules, PriceRange, Rung,
    StopRule, TargetRule, TrailingRule,
};
use proptest::prelude::*;

const MARK: TriggerSource = TriggerSource::Mark;

#[cfg(test)]
mod at_the_desk {
    use super::*;

    pub(crate) fn hour(n: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(n))
    }

    pub(crate) fn entry(direction: Direction) -> EntryFacts {
        EntryFacts {
            direction,
            price: 100.0,
            stop_distance: Some(5.0),
            target_distance: Some(10.0),
            atr: Some(2.0),
            at: Timestamp::EPOCH,
        }
    }

    pub(crate) fn long(rules: &ExitRules) -> ExitPlan {
        ExitPlan::new(rules, &entry(Direction::Long)).unwrap()
    }

    pub(crate) fn short(rules: &ExitRules) -> ExitPlan {
        ExitPlan::new(rules, &entry(Direction::Short)).unwrap()
    }

    pub(crate) fn stop(distance: Distance) -> Option<StopRule> {
        Some(StopRule { distance, source: MARK })
    }

    pub(crate) fn target(distance: Distance) -> Option<TargetRule> {
        Some(TargetRule { distance, source: MARK })
    }

    pub(crate) fn trailing(activation: Option<Distance>, distance: Distance) -> Option<TrailingRule> {
        Some(TrailingRule { activation, distance, source: MARK })
    }
}
use at_the_desk::*;

#[test]
fn stop_and_target_stand_where_the_signal_wants_them() {
    let rules =
        ExitRules { stop: stop(Distance::Signal), target: target(Distance::Signal), ..Default::default() };
    let levels = long(&rules).levels(hour(0));
    assert_eq!((levels.stop, levels.target), (Some(95.0), Some(110.0)));
    assert_eq!((levels.stop_cause, levels.close), (Some(ExitCause::StopLoss), None));
    let levels = short(&rules).levels(hour(0));
    assert_eq!((levels.stop, levels.target), (Some(105.0), Some(90.0)));
}

#[test]
fn a_target_that_no_price_gets_to_is_none_and_takes_no_other_exit_with_it() {
    let rules = ExitRules {
        stop: stop(Distance::Atr(2.0)),
        target: target(Distance::Atr(60.0)), // 120 below an entry at 100
        ladder: vec![Rung { gain: 0.5, share: 0.25 }, Rung { gain: 1.2, share: 0.5 }],
        ..Default::default()
    };
    let mut plan = short(&rules);
    let levels = plan.levels(hour(0));
    assert_eq!((levels.stop, levels.target), (Some(104.0), None));
    assert_eq!(levels.rung.map(|rung| rung.price), Some(50.0));
    let update = plan.observe(60.0, 0.01, 60.0, hour(1)).unwrap();
    assert_eq!((update.close, update.trim, update.rung), (None, Some(0.25), None));
    assert_eq!(plan.observe(105.0, 60.0, 100.0, hour(2)).unwrap().close, Some(ExitCause::StopLoss));
    // A long's lies above its entry, however far.
    assert_eq!(long(&rules).levels(hour(0)).target, Some(220.0));
    // A signal that names no target leaves none, and the stop it does name.
    let asked =
        ExitRules { stop: stop(Distance::Signal), target: target(Distance::Signal), ..Default::default() };
    let facts = EntryFacts { target_distance: None, ..entry(Direction::Short) };
    let levels = ExitPlan::new(&asked, &facts).unwrap().levels(hour(0));
    assert_eq!((levels.stop, levels.target), (Some(105.0), None));
    // Exactly its whole price is no target either: nothing trades at zero.
    let whole = ExitRules { target: target(Distance::Rate(1.0)), ..Default::default() };
    assert_eq!(short(&whole).levels(hour(0)).target, None);
}

#[test]
fn when_stop_and_target_lie_in_one_bar_the_stop_came_first() {
    let rules = ExitRules {
        stop: stop(Distance::Rate(0.05)),
        target: target(Distance::Rate(0.05)),
        ..Default::default()
    };
    for mut plan in [long(&rules), short(&rules)] {
        let update = plan.observe(106.0, 94.0, 100.0, hour(1)).unwrap();
        assert_eq!(update.close, Some(ExitCause::StopLoss));
        let later = plan.observe(106.0, 100.0, 105.5, hour(2)).unwrap();
        assert_eq!(later.close, Some(ExitCause::StopLoss), "repeated until the position is gone");
    }
}

#[test]
fn a_level_is_reached_when_it_is_touched() {
    let rules =
        ExitRules { stop: stop(Distance::Signal), target: target(Distance::Signal), ..Default::default() };
    assert_eq!(long(&rules).observe(101.0, 95.0, 99.0, hour(1)).unwrap().close, Some(ExitCause::StopLoss));
    assert_eq!(long(&rules).observe(110.0, 99.0, 99.0, hour(1)).unwrap().close, Some(ExitCause::TakeProfit));
    assert_eq!(long(&rules).observe(109.99, 95.01, 99.0, hour(1)).unwrap().close, None);
}

#[test]
fn a_trailing_stop_waits_for_its_activation_then_follows_and_never_turns_back() {
    let rules = ExitRules {
        trailing: trailing(Some(Distance::Rate(0.05)), Distance::Rate(0.02)),
        ..Default::default()
    };
    let mut plan = short(&rules);
    let mut stop_after = |high, low, close, n| plan.observe(high, low, close, hour(n)).unwrap().stop;
    assert_eq!(stop_after(101.0, 96.0, 97.0, 1), None);
    assert_eq!(stop_after(97.0, 95.0, 95.5, 2), Some(96.9)); // 95 plus 2 %
    assert_eq!(stop_after(96.5, 95.5, 96.0, 3), Some(96.9));
    assert_eq!(stop_after(96.0, 90.0, 90.5, 4), Some(91.8));
    assert_eq!(plan.observe(91.8, 91.0, 91.0, hour(5)).unwrap().close, Some(ExitCause::TrailingStop));
}

#[test]
fn a_wider_range_of_the_market_never_loosens_a_trailing_stop_in_atr() {
    let rules = ExitRules { trailing: trailing(None, Distance::Atr(2.0)), ..Default::default() };
    let mut plan = long(&rules);
    assert_eq!(plan.levels(hour(0)).stop, Some(96.0));
    plan.set_atr(10.0).unwrap();
    assert_eq!(plan.observe(101.0, 99.0, 100.0, hour(1)).unwrap().stop, Some(96.0));
    plan.set_atr(1.0).unwrap();
    assert_eq!(plan.observe(101.0, 99.5, 100.0, hour(2)).unwrap().stop, Some(99.0));
    assert!(plan.set_atr(f64::NAN).is_err());
}

#[test]
fn a_close_beyond_the_stop_that_the_bar_itself_moved_ends_the_position_at_once() {
    let rules = ExitRules { trailing: trailing(None, Distance::Rate(0.02)), ..Default::default() };
    let update = long(&rules).observe(110.0, 99.0, 107.0, hour(1)).unwrap();
    assert_eq!(update.close, Some(ExitCause::TrailingStop)); // 107.8 was crossed after the high, for certain
}

#[test]
fn break_even_moves_the_stop_to_entry_plus_costs_once() {
    let rules = ExitRules {
        stop: stop(Distance::Rate(0.05)),
        break_even: Some(BreakEvenRule { trigger: Distance::Rate(0.03), keep: 0.001, source: MARK }),
        ..Default::default()
    };
    let mut plan = long(&rules);
    assert_eq!(plan.observe(102.9, 99.0, 101.0, hour(1)).unwrap().stop, Some(95.0));
    let update = plan.observe(103.0, 101.0, 102.0, hour(2)).unwrap();
    assert_eq!((update.stop, update.stop_cause), (Some(100.1), Some(ExitCause::BreakEven)));
    assert_eq!(plan.observe(102.0, 100.0, 101.0, hour(3)).unwrap().close, Some(ExitCause::BreakEven));
}

#[test]
fn the_ladder_takes_thirty_percent_and_then_half_of_the_rest() {
    let rules = ExitRules { ladder: ExitRules::usual_ladder(), ..Default::default() };
    let mut plan = long(&rules);
    assert_eq!(plan.levels(hour(0)).rung.map(|rung| (rung.price, rung.share)), Some((103.0, 0.3)));
    assert_eq!(plan.observe(102.9, 99.0, 102.0, hour(1)).unwrap().trim, None);
    let update = plan.observe(103.5, 101.0, 102.0, hour(2)).unwrap();
    assert!((update.trim.unwrap() - 0.3).abs() < 1e-15);
    assert_eq!(update.rung.unwrap().price, 106.0);
    assert_eq!(plan.observe(104.0, 103.0, 103.5, hour(3)).unwrap().trim, None, "a rung is climbed once");
    assert_eq!(plan.observe(106.0, 103.0, 105.0, hour(4)).unwrap().trim, Some(0.5));
    let both = long(&rules).observe(107.0, 100.0, 106.5, hour(1)).unwrap();
    assert!((both.trim.unwrap() - 0.65).abs() < 1e-15);
    let mut whole = long(&ExitRules { ladder: vec![Rung { gain: 0.01, share: 1.0 }], ..Default::default() });
    assert_eq!(whole.observe(101.0, 100.0, 101.0, hour(1)).unwrap().close, Some(ExitCause::TakeProfit));
}

#[test]
fn before_the_shortest_holding_time_only_stops_end_a_position() {
    let rules = ExitRules {
        stop: stop(Distance::Signal),
        target: target(Distance::Signal),
        ladder: ExitRules::usual_ladder(),
        min_holding: Some(Span::HOUR.times(3)),
        ..Default::default()
    };
    let mut plan = long(&rules);
    let update = plan.observe(111.0, 99.0, 111.0, hour(2)).unwrap();
    assert_eq!((update.close, update.trim, update.target, update.rung), (None, None, None, None));
    assert_eq!(plan.observe(111.0, 110.0, 111.0, hour(3)).unwrap().close, Some(ExitCause::TakeProfit));
    assert_eq!(long(&rules).observe(100.0, 94.0, 96.0, hour(1)).unwrap().close, Some(ExitCause::StopLoss));
}

#[test]
fn a_position_is_closed_when_its_time_is_over() {
    let rules = ExitRules { max_holding: Some(Span::HOUR.times(48)), ..Default::default() };
    let mut plan = short(&rules);
    assert_eq!(plan.observe(101.0, 99.0, 100.0, hour(47)).unwrap().close, None);
    assert_eq!(plan.observe(101.0, 99.0, 100.0, hour(48)).unwrap().close, Some(ExitCause::MaxHolding));
}

#[test]
fn every_exit_looks_at_the_price_it_was_told_to() {
    let rules = ExitRules {
        stop: Some(StopRule { distance: Distance::Signal, source: TriggerSource::Mark }),
        target: Some(TargetRule { distance: Distance::Signal, source: TriggerSource::Last }),
        ..Default::default()
    };
    let wick = PriceRange { high: 100.0, low: 80.0, close: 99.0 };
    let calm = PriceRange::at(99.5);
    assert_eq!(long(&rules).observe_both(wick, calm, hour(1)).unwrap().close, None);
    assert_eq!(long(&rules).observe_both(calm, wick, hour(1)).unwrap().close, Some(ExitCause::StopLoss));
    let spike = PriceRange { high: 120.0, low: 99.0, close: 100.0 };
    assert_eq!(long(&rules).observe_both(calm, spike, hour(1)).unwrap().close, None);
    assert_eq!(long(&rules).observe_both(spike, calm, hour(1)).unwrap().close, Some(ExitCause::TakeProfit));
}

#[test]
fn a_stop_from_elsewhere_counts_when_it_is_tighter() {
    let rules = ExitRules { stop: stop(Distance::Signal), ..Default::default() };
    let mut plan = long(&rules);
    plan.tighten_stop(90.0).unwrap();
    assert_eq!(plan.levels(hour(0)).stop, Some(95.0));
    plan.tighten_stop(97.0).unwrap();
    plan.tighten_stop(96.0).unwrap();
    assert_eq!(plan.levels(hour(0)).stop, Some(97.0));
    assert!(plan.tighten_stop(-1.0).is_err());
}

#[test]
fn what_makes_no_plan_is_refused_with_the_figure() {
    let refused = |rules: ExitRules| ExitPlan::new(&rules, &entry(Direction::Long)).unwrap_err();
    let unknown = EntryFacts { atr: None, stop_distance: None, ..entry(Direction::Long) };
    for distance in [Distance::Atr(2.0), Distance::Signal] {
        let rules = ExitRules { stop: stop(distance), ..Default::default() };
        assert!(matches!(ExitPlan::new(&rules, &unknown), Err(ExitError::Missing { .. })));
    }
    for bad in [f64::NAN, 0.0, -0.1, f64::INFINITY, 1.0, 2.0] {
        let rules = ExitRules { stop: stop(Distance::Rate(bad)), ..Default::default() };
        assert!(matches!(refused(rules), ExitError::Figure { .. }), "{bad}");
        let rules = ExitRules { trailing: trailing(None, Distance::Rate(bad)), ..Default::default() };
        assert!(matches!(refused(rules), ExitError::Figure { .. }), "{bad}");
    }
    let rungs = vec![Rung { gain: 0.06, share: 0.3 }, Rung { gain: 0.03, share: 0.5 }];
    assert_eq!(
        refused(ExitRules { ladder: rungs, ..Default::default() }).to_string(),
        "rung 1 of the ladder is at 0.03, not above the one before at 0.06",
    );
    for share in [0.0, 1.1, f64::NAN] {
        let ladder = vec![Rung { gain: 0.03, share }];
        assert!(matches!(refused(ExitRules { ladder, ..Default::default() }), ExitError::Figure { .. }));
    }
    for keep in [-0.01, 0.03, f64::NAN] {
        let break_even = Some(BreakEvenRule { trigger: Distance::Rate(0.03), keep, source: MARK });
        assert!(matches!(refused(ExitRules { break_even, ..Default::default() }), ExitError::Figure { .. }));
    }
    let rules =
        ExitRules { min_holding: Some(Span::DAY), max_holding: Some(Span::HOUR), ..Default::default() };
    assert_eq!(refused(rules), ExitError::Holding { min: Span::DAY, max: Span::HOUR });
    let exactly = |span| ExitRules { min_holding: Some(span), max_holding: Some(span), ..Default::default() };
    assert!(ExitPlan::new(&exactly(Span::HOUR), &entry(Direction::Long)).is_ok());
    assert!(matches!(refused(exactly(Span::ZERO)), ExitError::Holding { .. }));
    let flat = ExitPlan::new(&ExitRules::default(), &entry(Direction::Flat));
    assert_eq!(flat.unwrap_err(), ExitError::Flat);
}

#[test]
fn what_is_no_range_of_prices_is_refused_and_changes_nothing() {
    let rules = ExitRules { stop: stop(Distance::Signal), ..Default::default() };
    let mut plan = long(&rules);
    let before = plan.clone();
    let nan = f64::NAN;
    for (high, low, close) in [
        (nan, 1.0, 1.0),
        (1.0, nan, 1.0),
        (1.0, 1.0, nan),
        (99.0, 100.0, 99.5),
        (100.0, 0.0, 50.0),
        (f64::INFINITY, 1.0, 2.0),
        (100.0, 90.0, 101.0),
    ] {
        assert!(matches!(plan.observe(high, low, close, hour(1)), Err(ExitError::Range { .. })));
    }
    let told = plan.observe(100.0, 99.0, 101.0, hour(1)).unwrap_err();
    assert_eq!(told.to_string(), "high 100, low 99, close 101 is no range of prices");
    assert_eq!(plan, before);
}

#[test]
fn rules_are_read_from_a_configuration_and_unknown_words_refused() {
    let text = r#"{ "stop": { "distance": { "atr": 2.5 }, "source": "last" }, "trailing": { "distance": { "rate": 0.02 } },
        "ladder": [ { "gain": 0.03, "share": 0.3 } ] }"#;
    let rules: ExitRules = serde_json::from_str(text).unwrap();
    assert_eq!(rules.stop, Some(StopRule { distance: Distance::Atr(2.5), source: TriggerSource::Last }));
    assert_eq!(rules.trailing, trailing(None, Distance::Rate(0.02)));
    assert!(serde_json::from_str::<ExitRules>(r#"{ "stopp": null }"#).is_err());
}

#[cfg(test)]
mod any_path {
    use super::*;

    fn all_rules() -> impl Strategy<Value = ExitRules> {
        let distance = prop_oneof![
            (0.001..0.3_f64).prop_map(Distance::Rate),
            (0.1..8.0_f64).prop_map(Distance::Atr),
            Just(Distance::Signal)
        ];
        let optional = || prop::option::of(distance.clone());
        (optional(), optional(), optional(), optional(), any::<bool>(), 0..6_i64, any::<bool>()).prop_map(
            |(fixed, take, follow, activation, ladder, min, guard)| ExitRules {
                stop: fixed.and_then(stop),
                target: take.and_then(target),
                trailing: follow.and_then(|distance| trailing(activation, distance)),
                break_even: guard.then_some(BreakEvenRule {
                    trigger: Distance::Atr(1.0),
                    keep: 0.0,
                    source: MARK,
                }),
                ladder: if ladder { ExitRules::usual_ladder() } else { vec![] },
                min_holding: Some(Span::HOUR.times(min)),
                max_holding: Some(Span::HOUR.times(40)),
                ..Default::default()
            },
        )
    }

    fn bars() -> impl Strategy<Value = Vec<PriceRange>> {
        prop::collection::vec((0.9..1.1_f64, 0.0..0.05_f64, 0.0..0.05_f64, 0.0..1.0_f64), 1..60).prop_map(
            |moves| {
                let mut middle = 100.0;
                moves
                    .into_iter()
                    .map(|(drift, up, down, place)| {
                        middle *= drift;
                        let (high, low) = (middle * (1.0 + up), middle * (1.0 - down));
                        PriceRange { high, low, close: (low + place * (high - low)).clamp(low, high) }
                    })
                    .collect()
            },
        )
    }

    fn seen(direction: Direction, price: f64) -> f64 {
        direction.sign() * price
    }

    proptest! {
        #[test]
        fn a_stop_only_ever_tightens(rules in all_rules(), path in bars(), atrs in prop::collection::vec(0.1..20.0_f64, 60), sell in any::<bool>()) {
            let direction = if sell { Direction::Short } else { Direction::Long };
            let mut plan = ExitPlan::new(&rules, &entry(direction)).unwrap();
            let mut tightest = plan.levels(hour(0)).stop;
            for (n, (bar, atr)) in path.iter().zip(&atrs).enumerate() {
                plan.set_atr(*atr).unwrap();
                let stop = plan.observe(bar.high, bar.low, bar.close, hour(n as i64 + 1)).unwrap().stop;
                if let Some(before) = tightest {
                    let now = stop.expect("a stop never vanishes");
                    prop_assert!(seen(direction, now) >= seen(direction, before), "{before} then {now}");
                }
                tightest = stop;
            }
        }

        #[test]
        fn a_bar_that_touches_the_standing_stop_closes_whatever_else_it_reached(rules in all_rules(), path in bars(), sell in any::<bool>()) {
            let direction = if sell { Direction::Short } else { Direction::Long };
            let mut plan = ExitPlan::new(&rules, &entry(direction)).unwrap();
            for (n, bar) in path.iter().enumerate() {
                let at = hour(n as i64 + 1);
                let standing = plan.levels(at);
                let update = plan.observe(bar.high, bar.low, bar.close, at).unwrap();
                let worst = if sell { bar.high } else { bar.low };
                if standing.close.is_none() && standing.stop.is_some_and(|stop| seen(direction, worst) <= seen(direction, stop)) {
                    prop_assert_eq!(update.close, standing.stop_cause);
                }
                if update.close.is_some() {
                    prop_assert_eq!(update.trim, None);
                    break;
                }
                // What is still open at the close lies on the right side of its stop.
                prop_assert!(update.stop.is_none_or(|stop| seen(direction, bar.close) > seen(direction, stop)));
                prop_assert!(update.trim.is_none_or(|share| share > 0.0 && share < 1.0));
            }
        }

        #[test]
        fn a_short_is_a_long_in_a_mirror(path in bars(), atr in 0.5..5.0_f64) {
            // Distances in ATR are the same on both sides of the mirror at 200; a power of two keeps the mirror exact.
            let rules = ExitRules {
                stop: stop(Distance::Atr(3.0)),
                target: target(Distance::Atr(6.0)),
                trailing: trailing(Some(Distance::Atr(2.0)), Distance::Atr(1.5)),
                ..Default::default()
            };
            let facts = |direction, price| EntryFacts { direction, price, atr: Some(atr), ..entry(direction) };
            let mut long = ExitPlan::new(&rules, &facts(Direction::Long, 100.0)).unwrap();
            let mut short = ExitPlan::new(&rules, &facts(Direction::Short, 924.0)).unwrap();
            for (n, bar) in path.iter().enumerate() {
                let grid = |price: f64| (price * 1024.0).round() / 1024.0;
                let (high, low, close) = (grid(bar.high).min(1000.0), grid(bar.low).min(1000.0), grid(bar.close).min(1000.0));
                let one = long.observe(high, low, close, hour(n as i64)).unwrap();
                let other = short.observe(1024.0 - low, 1024.0 - high, 1024.0 - close, hour(n as i64)).unwrap();
                prop_assert_eq!(one.close, other.close);
                if let (Some(stop), Some(mirrored)) = (one.stop, other.stop) {
                    prop_assert!((stop + mirrored - 1024.0).abs() < 1e-9);
                }
            }
        }
    }
}
