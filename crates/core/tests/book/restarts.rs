//! What outlives the program: a halt above all.

use autotrading_core::{Configuration, OwnedRecord, Replay, RiskMemory};
use autotrading_domain::TradingState;
use autotrading_risk::{BreakerLimits, Cap, LossLadder, RiskLimits};

use crate::floor::{Floor, configuration, engine, instruments, watching};

fn house() -> Configuration {
    let percent = |points: i64| Cap::At(autotrading_domain::Rate::basis_points(100 * points));
    Configuration {
        risk: RiskLimits {
            breakers: Cap::At(BreakerLimits { losing_streak: 3, ..BreakerLimits::default() }),
            drawdown: LossLadder { reduce_only: percent(2), halted: percent(10) },
            ..RiskLimits::research_wide()
        },
        monitor: watching("drawdown = \"0.02\"\nvalue_at_risk = \"0.5\""),
        ..configuration()
    }
}

const LOSE: &str = "hour BTC 10000 long
                    fill BTC @ 10000
                    hour BTC 9990 flat
                    fill BTC @ 9990";

#[test]
fn a_tightened_state_survives_a_restart_and_nothing_opens_before_books_and_venue_were_compared() {
    let mut floor = Floor::new("BTC", house());
    floor.play(
        "hour BTC 10000 long\nfill BTC @ 10000\nhour BTC 8900\ntold drawdown breached\nstate reduce-only",
    );
    let text = serde_json::to_string(&floor.engine.risk_memory()).unwrap();
    let memory: RiskMemory = serde_json::from_str(&text).unwrap();
    assert_eq!(memory.gate.state(), TradingState::ReduceOnly);

    let mut next = Floor::new("BTC", Configuration { run: 2, ..house() });
    next.engine.recall(&memory);
    next.play("state reduce-only\nhour BTC 8900 long\nsent nothing\nresume\nstate active\nhour BTC 8900 long\nsent nothing");
    next.engine.reconciled();
    next.play("hour BTC 8900 long\nsent buy BTC 2.000");
}

#[test]
fn streaks_highs_and_levels_go_on_over_a_restart() {
    let mut floor = Floor::new("BTC", house());
    floor.play(LOSE);
    floor.play(LOSE);
    let mut next = Floor::new("BTC", Configuration { run: 2, ..house() });
    next.engine.recall(&floor.engine.risk_memory());
    next.engine.reconciled();
    assert_eq!(next.engine.gate().losing_streak(), 2);
    next.play("state active");
    next.play(LOSE);
    next.play("state reduce-only");
    // The losses of the first run count: the high stays where it was.
    let drawdown = next.engine.gate().losses().unwrap().drawdown;
    assert!(drawdown >= 20.0 / 100_000.0, "{drawdown}");
}

#[test]
fn a_journal_rebuilds_the_engine_and_it_goes_on_as_if_it_had_never_stopped() {
    let script = "hour BTC 10000 long  ETH 500
                  sent buy BTC 2.000
                  fill BTC @ 10000
                  hour BTC 9990  ETH 510 short
                  sent sell ETH 2.000
                  fill ETH @ 510
                  hour BTC 8900  ETH 520";
    let mut floor = Floor::new("BTC ETH", house());
    floor.play(script);
    let mut replay = Replay::with_engine(engine(&instruments("BTC ETH"), house()));
    for record in &floor.records {
        let text = serde_json::to_string(record).unwrap();
        replay.take(&serde_json::from_str::<OwnedRecord>(&text).unwrap()).unwrap();
    }
    let mut next = floor.restarted(replay.into_engine().unwrap());
    assert_eq!(next.engine.gate().state(), TradingState::ReduceOnly);
    floor.records.clear();
    let rest = "hour BTC 8800 flat  ETH 530
                fill BTC @ 8800
                hour BTC 8700 long  ETH 540
                sent sell BTC 2.000
                sent nothing
                state reduce-only";
    for floor in [&mut floor, &mut next] {
        floor.play(rest);
    }
    assert!(floor.records == next.records, "every turn and command is the same");
    assert_eq!(floor.engine.risk_memory(), next.engine.risk_memory());
}

#[test]
fn a_journal_that_was_cut_off_within_a_turn_gives_no_engine_to_go_on_with() {
    let mut floor = Floor::new("BTC", house());
    floor.play("hour BTC 10000 long");
    let mut replay = Replay::with_engine(engine(&instruments("BTC"), house()));
    for record in floor.records.iter().take(floor.records.len() - 1) {
        replay.take(record).unwrap();
    }
    assert!(replay.into_engine().is_none(), "what was sent is not known");
}
