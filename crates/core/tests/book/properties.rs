//! What holds for every history of a watched house.

use autotrading_core::{Configuration, OwnedRecord, Replay};
use autotrading_domain::{Event, TradingState};
use autotrading_risk::{BreakerLimits, Cap, LossLadder, RiskLimits};
use proptest::prelude::*;

use crate::floor::{BTC, ETH, Floor, configuration, engine, instruments, watching};

fn house() -> Configuration {
    let rate = |basis_points| Cap::At(autotrading_domain::Rate::basis_points(basis_points));
    let breakers = BreakerLimits {
        losing_streak: 3,
        breaches: 2,
        error_share: 0.6,
        least_requests: 6,
        error_seconds: 86_400,
        ..BreakerLimits::default()
    };
    Configuration {
        risk: RiskLimits {
            breakers: Cap::At(breakers),
            drawdown: LossLadder { reduce_only: rate(400), halted: rate(800) },
            daily_loss: LossLadder { reduce_only: rate(200), halted: rate(500) },
            ..RiskLimits::research_wide()
        },
        monitor: watching(
            "value_at_risk = \"0.02\"\nexpected_shortfall = \"0.03\"\ndrawdown = \"0.04\"\ndaily_loss = \"0.02\"\n\
             concentration = \"0.6\"\ngross_leverage = \"1\"\ncorrelation = \"0.7\"\nliquidation_probability = \"0.05\"",
        ),
        ..configuration()
    }
}

/// One thing that happens: an hour with two changes of price (in basis points) and opinions, a fill or a refusal.
#[derive(Clone, Debug)]
enum Step {
    Hour([(i32, u8); 2]),
    Answer { ether: bool, well: bool },
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    let bar = || (-300..300i32, 0..12u8);
    prop_oneof![
        12 => (bar(), bar()).prop_map(|(bitcoin, ether)| Step::Hour([bitcoin, ether])),
        10 => (any::<bool>(), prop::bool::weighted(0.8)).prop_map(|(ether, well)| Step::Answer { ether, well }),
        1 => Just(Step::Resume),
    ]
}

/// Plays the steps; after each, `watch` is shown the floor and the state before it.
fn play(steps: &[Step], mut watch: impl FnMut(&Floor, TradingState)) -> Floor {
    let mut floor = Floor::new("BTC ETH", house());
    let mut prices = [20_000.0, 1_500.0];
    for step in steps {
        let before = floor.engine.gate().state();
        match step {
            Step::Hour(bars) => {
                let mut line = "hour".to_owned();
                for ((price, (change, opinion)), name) in prices.iter_mut().zip(bars).zip(["BTC", "ETH"]) {
                    *price *= 1.0 + f64::from(*change) * 1e-4;
                    let opinion = match opinion {
                        0 | 1 => "long",
                        2 => "short",
                        3 | 4 => "flat",
                        _ => "",
                    };
                    line += &format!(" {name} {price} {opinion}");
                }
                floor.play(&line);
            }
            Step::Answer { ether, well } => {
                let (id, name, price) =
                    if *ether { (ETH, "ETH", prices[1]) } else { (BTC, "BTC", prices[0]) };
                if floor.waits(id) {
                    let line =
                        if *well { format!("fill {name} @ {price:.2}") } else { format!("reject {name}") };
                    floor.play(&line);
                }
            }
            Step::Resume => floor.resume(),
        }
        watch(&floor, before);
    }
    floor
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_state_never_loosens_by_itself_through_the_engine_either(steps in prop::collection::vec(step(), 1..250)) {
        play(&steps, |floor, before| {
            let event = floor.records.iter().rev().find_map(|record| match record {
                OwnedRecord::Event(event) => Some(event),
                _ => None,
            });
            let by_a_person = matches!(event, Some(Event::Operator(_)));
            let now = floor.engine.gate().state();
            assert!(now >= before || by_a_person, "{before} became {now} on {event:?}");
        });
    }

    #[test]
    fn nothing_opens_while_the_state_is_tightened(steps in prop::collection::vec(step(), 1..250)) {
        play(&steps, |floor, before| {
            if before == TradingState::Active || floor.engine.gate().state() == TradingState::Active {
                return;
            }
            for command in floor.turn.commands() {
                let autotrading_execution::Request::Place(intent) = command.request() else { continue };
                let held = floor.engine.ledger().holding(intent.instrument).unwrap();
                let closes = held.direction().opening_side() == Some(intent.side.opposite());
                assert!(closes && intent.quantity <= held.quantity(), "{intent:?} while {held:?} is held");
            }
        });
    }

    #[test]
    fn a_replay_of_a_watched_house_equals_what_happened(steps in prop::collection::vec(step(), 1..250)) {
        let floor = play(&steps, |_, _| {});
        let mut replay = Replay::with_engine(engine(&instruments("BTC ETH"), house()));
        for record in &floor.records {
            let bytes = serde_json::to_vec(record).unwrap();
            replay.take(&serde_json::from_slice(&bytes).unwrap()).unwrap();
        }
        let again = replay.into_engine().unwrap();
        assert_eq!(again.books(), floor.engine.books());
        assert_eq!(again.risk_memory(), floor.engine.risk_memory());
    }
}

#[test]
fn histories_of_the_properties_do_trip_and_warn() {
    // Without this the properties above could hold because nothing ever happens.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut changes, mut levels) = (0, 0);
    for _ in 0..20 {
        let steps = prop::collection::vec(step(), 200..250).new_tree(&mut runner).unwrap().current();
        let floor = play(&steps, |_, _| {});
        for record in &floor.records {
            if let OwnedRecord::Turn(turn) = record {
                changes += usize::from(turn.state_change.is_some());
                levels += turn.levels.len();
            }
        }
    }
    assert!(changes > 20 && levels > 50, "{changes} changes of state, {levels} of levels");
}
