//! What a strategy earns on paper decides how much of its weight it has.

use autotrading_core::{Configuration, Engine, Explainer, LifeChange, OwnedRecord, Replay};
use autotrading_domain::*;
use autotrading_strategy::{LifeCycle, LifeCycleRules, Stage};

use crate::floor::{BTC, ETH, Floor, configuration, engine, instruments};

const FIRST: StrategyId = StrategyId(0);
const SECOND: StrategyId = StrategyId(1);

/// Short windows, and one good look is enough: a life of weeks instead of years.
fn rules() -> LifeCycleRules {
    LifeCycleRules { window: 4, anytime: false, ..LifeCycleRules::default() }
}

fn living() -> Configuration {
    Configuration { life_cycle: Some(rules()), ..configuration() }
}

/// Closes of so many days, hour by hour: each day brings the next of four returns, spread over its hours.
fn days(count: usize, returns: [f64; 4]) -> Vec<f64> {
    let mut price = 10_000.0;
    let hours = (0..24 * count).map(|hour| {
        price *= 1.0 + returns[hour / 24 % 4] / 24.0;
        (price * 100.0f64).round() / 100.0
    });
    hours.collect()
}

const GOOD: [f64; 4] = [0.012, 0.002, 0.008, -0.004];

/// Long from the first hour; orders are filled at the close.
fn live(floor: &mut Floor, closes: &[f64]) {
    for (hour, close) in closes.iter().enumerate() {
        floor.play(&format!("hour BTC {close} {}", if hour == 0 { "long" } else { "" }));
        while floor.waits(BTC) {
            floor.play(&format!("fill BTC @ {close}"));
        }
    }
}

/// A house at a venue that takes 0.05 % of a fill.
fn dear() -> Engine {
    let facts = instruments("BTC").get(BTC).unwrap().spec().clone();
    let dear = Instrument::new(InstrumentSpec { taker_fee: Rate::basis_points(5), ..facts }).unwrap();
    engine(&Instruments::new(vec![dear]), living())
}

fn changes(floor: &Floor) -> Vec<LifeChange> {
    let turns = floor.records.iter().filter_map(|record| match record {
        OwnedRecord::Turn(turn) => Some(turn.life_changes.clone()),
        _ => None,
    });
    turns.flatten().collect()
}

fn stages(floor: &Floor) -> Vec<Stage> {
    changes(floor).iter().map(|change| change.transition.to).collect()
}

#[test]
fn who_earns_on_paper_comes_from_a_quarter_of_its_weight_to_all_of_it() {
    let mut floor = Floor::new("BTC", living());
    floor.play("hour BTC 10000 long");
    floor.play("sent buy BTC 0.500");
    let mut floor = Floor::new("BTC", living());
    live(&mut floor, &days(24, GOOD));
    assert_eq!(stages(&floor), [Stage::Growth, Stage::Mature]);
    assert_eq!(floor.engine.life_of(FIRST).unwrap().stage(), Stage::Mature);
    floor.play("sent buy BTC 0.500\nsent buy BTC 1.000\nsent buy BTC 0.500\nsent nothing\nbooks BTC 2");
}

#[test]
fn who_loses_beyond_doubt_is_retired_and_never_trades_again() {
    let mut floor = Floor::new("BTC", living());
    live(&mut floor, &days(24, GOOD.map(|day| -day)));
    assert_eq!(stages(&floor), [Stage::Retired]);
    floor.play("sent buy BTC 0.500\nsent sell BTC 0.500\nsent nothing\nbooks");
    floor.play("hour BTC 9000 short\nhour BTC 9000 long\nsent nothing");
}

#[test]
fn the_days_on_paper_are_lean_times_return_less_the_fee_of_each_change() {
    let mut floor = Floor::with_engine("BTC", living(), dear());
    let mut oracle = LifeCycle::new(rules()).unwrap();
    let fee = 0.0005;
    let closes = days(25, GOOD);
    let (mut lean, mut today, mut all) = (0.0f64, 0.0, 0.0);
    for (hour, close) in closes.iter().enumerate() {
        if hour > 0 && hour % 24 == 0 {
            oracle.observe(today).unwrap();
            today = 0.0;
        }
        let (word, next) = match hour % 50 {
            0 => ("long", 1.0),
            30 => ("short", -1.0),
            40 => ("flat", 0.0),
            _ => ("", lean),
        };
        let earned = if hour == 0 { 0.0 } else { lean * (close / closes[hour - 1] - 1.0) };
        let cost = fee * (next - lean).abs();
        (lean, today, all) = (next, today + earned - cost, all + earned - cost);
        floor.play(&format!("hour BTC {close} {word}"));
        assert!((floor.engine.paper_of(FIRST).unwrap() - all).abs() < 1e-12, "hour {hour}");
    }
    let life = floor.engine.life_of(FIRST).unwrap();
    assert_eq!((life.record().days(), life.stage()), (24, oracle.stage()));
    let gap = life.record().sharpe().unwrap() - oracle.record().sharpe().unwrap();
    assert!(gap.abs() < 1e-9, "{gap}");
}

#[test]
fn a_rise_of_one_percent_less_a_fee_in_and_out_is_nine_in_a_thousand() {
    let mut floor = Floor::with_engine("BTC", living(), dear());
    floor.play("hour BTC 100 long\nhour BTC 101 flat\nhour BTC 150");
    assert!((floor.engine.paper_of(FIRST).unwrap() - 0.009).abs() < 1e-12);
}

#[test]
fn funding_is_paid_on_paper_once_it_is_due() {
    let mut floor = Floor::new("BTC", living());
    floor.play("hour BTC 10000 short");
    let before = floor.engine.paper_of(FIRST).unwrap();
    floor.play("rate BTC 0.001");
    for _ in 0..6 {
        floor.play("hour BTC 10000");
        assert_eq!(floor.engine.paper_of(FIRST), Some(before), "it is not due yet");
    }
    for _ in 0..2 {
        floor.play("hour BTC 10000");
        assert_eq!(floor.engine.paper_of(FIRST), Some(before + 0.001), "shorts were paid, once");
    }
}

#[test]
fn a_strategy_on_two_instruments_has_one_life_and_half_its_capital_on_each() {
    let mut floor = Floor::new("BTC ETH", living());
    for (hour, close) in days(24, GOOD).into_iter().enumerate() {
        let word = if hour == 0 { "long" } else { "" };
        floor.play(&format!("hour BTC {close} {word} ETH 500"));
    }
    let change = changes(&floor).first().cloned().unwrap();
    assert_eq!((change.strategies.as_slice(), change.transition.to), (&[FIRST, SECOND][..], Stage::Growth));
    assert_eq!(floor.engine.life_of(FIRST), floor.engine.life_of(SECOND));
    let mut alone = Floor::new("BTC", living());
    live(&mut alone, &days(24, GOOD));
    let half = alone.engine.paper_of(FIRST).unwrap() / 2.0;
    assert!((floor.engine.paper_of(FIRST).unwrap() - half).abs() < 1e-12);
    assert_eq!(floor.engine.paper_of(SECOND), Some(0.0));
    assert!(floor.engine.market(ETH).is_some());
}

#[test]
fn without_the_rules_no_life_is_followed_and_nothing_is_tempered() {
    let mut floor = Floor::new("BTC", configuration());
    live(&mut floor, &days(24, GOOD));
    assert_eq!((floor.engine.life_of(FIRST), floor.engine.paper_of(FIRST)), (None, None));
    assert!(changes(&floor).is_empty());
    floor.play("sent buy BTC 2.000\nsent nothing");
    for record in &floor.records {
        let text = serde_json::to_string(record).unwrap();
        assert!(!text.contains("\"life_cycle\":") && !text.contains("life_changes"), "{text}");
    }
}

#[test]
fn a_journal_with_lives_is_computed_again_to_the_same_turns_and_the_lives_go_on() {
    let mut floor = Floor::new("BTC", living());
    live(&mut floor, &days(24, GOOD));
    let mut replay = Replay::with_engine(engine(&instruments("BTC"), living()));
    for record in &floor.records {
        let text = serde_json::to_string(record).unwrap();
        replay.take(&serde_json::from_str::<OwnedRecord>(&text).unwrap()).unwrap();
    }
    let next = replay.into_engine().unwrap();
    assert_eq!(next.life_of(FIRST), floor.engine.life_of(FIRST));
    assert_eq!(next.paper_of(FIRST), floor.engine.paper_of(FIRST));
}

#[test]
fn a_retired_strategy_stays_retired_over_a_restart() {
    let mut floor = Floor::new("BTC", living());
    live(&mut floor, &days(24, GOOD.map(|day| -day)));
    let text = serde_json::to_string(&floor.engine.risk_memory()).unwrap();
    let mut next = Floor::new("BTC", Configuration { run: 2, ..living() });
    next.engine.recall(&serde_json::from_str(&text).unwrap());
    next.engine.reconciled();
    assert_eq!(next.engine.life_of(FIRST), floor.engine.life_of(FIRST));
    next.play("hour BTC 9000 long\nsent nothing");
}

#[test]
fn the_story_of_an_order_tells_the_stage_of_life_behind_it() {
    let mut told = living();
    told.strategies = vec![autotrading_core::StrategyEntry {
        name: "told".to_owned(),
        parameters: autotrading_strategy::Parameters::new(),
    }];
    let mut floor = Floor::new("BTC", told);
    live(&mut floor, &days(24, GOOD));
    for (sequence, stage) in [(1, "Incubation"), (2, "Growth"), (3, "Mature")] {
        let mut explainer = Explainer::new(ClientOrderId { run: 1, sequence });
        floor.records.iter().for_each(|record| explainer.take(record.clone()));
        let story = explainer.finish().unwrap().to_string();
        assert!(story.contains(&format!("told; its life: {stage}")), "{story}");
    }
}
