//! A house under watch: levels are told, breakers act, and only a person loosens.

use autotrading_core::{Approval, Configuration, Engine, Outcome, Profile};
use autotrading_domain::{Span, TradingState};
use autotrading_execution::DeskRules;
use autotrading_risk::{BreakerLimits, Cap, Cause, Refusal, RiskLimits, RiskMeasure};

use crate::floor::{BTC, ETH, Floor, configuration, instruments, watching};

fn breakers(limits: BreakerLimits) -> Configuration {
    Configuration {
        risk: RiskLimits { breakers: Cap::At(limits), ..RiskLimits::research_wide() },
        ..configuration()
    }
}

#[test]
fn a_measure_that_comes_nearer_to_its_limit_is_told_at_each_level_and_at_the_limit_only_closes_pass() {
    // Two bitcoins against a hundred thousand of equity: concentration is 2 P / 100 000.
    let monitor = watching(r#"concentration = "0.002""#);
    let mut floor = Floor::new("BTC", Configuration { monitor, ..configuration() });
    floor.play(
        "hour  BTC 50 long
         sent  buy BTC 2.000
         fill  BTC @ 50
         told  nothing
         hour  BTC 69
         told  nothing
         hour  BTC 71
         told  concentration warning
         state active
         hour  BTC 91
         told  concentration critical
         state active
         hour  BTC 101
         told  concentration breached
         state reduce-only
         hour  BTC 101 flat
         sent  sell BTC 2.000
         fill  BTC @ 101
         hour  BTC 101
         told  concentration normal
         state reduce-only
         hour  BTC 101 long
         sent  nothing
         resume
         state active
         hour  BTC 40 long
         sent  buy BTC 2.000",
    );
}

#[test]
fn what_changed_the_state_stands_in_the_turn_with_value_and_limit() {
    let monitor = watching(r#"gross_leverage = "1""#);
    let mut floor = Floor::new("BTC ETH", Configuration { monitor, ..configuration() });
    floor.play(
        "hour BTC 20000 short  ETH 5000 long
         fill BTC @ 20000
         fill ETH @ 5000
         told nothing
         hour BTC 40000
         state reduce-only
         told gross_leverage breached",
    );
    let change = floor.turn.state_change().unwrap();
    let leverage = 90_000.0 / (100_000.0 - 40_000.0);
    assert_eq!((change.cause, change.value, change.limit), (Cause::PortfolioRisk, leverage, 1.0));
    let level = &floor.turn.record().levels[0];
    assert_eq!((level.value, level.limit), (Some(leverage), 1.0));
}

#[test]
fn too_many_losing_trades_in_a_row_let_only_close_until_a_person_has_looked() {
    let mut floor =
        Floor::new("BTC", breakers(BreakerLimits { losing_streak: 2, ..BreakerLimits::default() }));
    let lose = "hour BTC 100 long
                fill BTC @ 100
                hour BTC 99 flat
                fill BTC @ 99";
    floor.play(lose);
    floor.play("state active");
    floor.play(lose);
    floor.play("state reduce-only");
    let change = floor.turn.state_change().unwrap();
    assert_eq!((change.cause, change.value, change.limit), (Cause::LosingStreak, 2.0, 2.0));
    floor.play("hour BTC 98 long");
    let Outcome::Refused(refusal) = &floor.turn.decisions()[0].outcome else { panic!("a refusal") };
    assert_eq!(*refusal, Refusal::State { state: TradingState::ReduceOnly });
    floor.play(
        "resume
         hour BTC 97 long
         fill BTC @ 97
         hour BTC 96 flat
         fill BTC @ 96
         state active",
    );
    assert_eq!(floor.engine.gate().losing_streak(), 1, "the streak was counted from the resumption");
}

#[test]
fn a_winning_trade_ends_the_streak() {
    let mut floor =
        Floor::new("BTC", breakers(BreakerLimits { losing_streak: 2, ..BreakerLimits::default() }));
    for (entry, exit) in [(100, 99), (100, 101), (100, 99)] {
        floor.play(&format!(
            "hour BTC {entry} long\nfill BTC @ {entry}\nhour BTC {exit} flat\nfill BTC @ {exit}"
        ));
    }
    floor.play("state active");
}

#[test]
fn a_venue_that_refuses_too_much_halts_the_house() {
    let limits = BreakerLimits {
        error_share: 0.5,
        least_requests: 4,
        error_seconds: 7 * 3_600,
        ..BreakerLimits::default()
    };
    let mut floor = Floor::new("BTC", breakers(limits));
    for _ in 0..3 {
        floor.play("hour BTC 100 long\nreject BTC\nstate active");
    }
    floor.play("hour BTC 100 long\nreject BTC\nstate halted");
    let change = floor.turn.state_change().unwrap();
    assert_eq!((change.cause, change.value), (Cause::VenueErrors, 1.0));
}

#[test]
fn silence_of_the_venue_counts_as_an_error() {
    let limits = BreakerLimits { error_share: 1.0, least_requests: 2, ..BreakerLimits::default() };
    let patience = DeskRules {
        answer_within: Some(Span::SECOND),
        ask_again: Span::SECOND,
        stale_after: None,
        ..DeskRules::default()
    };
    let mut house = breakers(limits);
    house.execution.desk = patience;
    let mut floor = Floor::new("BTC", house);
    floor.play("hour BTC 100 long\nsent buy BTC 2.000");
    floor.wait(Span::SECOND.times(2));
    floor.play("state active");
    floor.wait(Span::SECOND.times(2));
    floor.play("state halted");
}

#[test]
fn prices_that_run_wild_let_only_close_what_is_held() {
    let monitor = watching("");
    let house = || Configuration { monitor: monitor.clone(), ..breakers(BreakerLimits::default()) };
    let calm = |floor: &mut Floor| {
        for hour in 0..200 {
            floor.play(&format!("hour BTC {}", if hour % 2 == 0 { 100.0 } else { 100.1 }));
        }
    };
    let wild = "hour BTC 104\nhour BTC 98\nhour BTC 105";
    let mut held = Floor::new("BTC", house());
    held.play("hour BTC 100 long\nfill BTC @ 100");
    calm(&mut held);
    held.play("state active");
    assert!((held.engine.monitor().unwrap().volatility_multiple().unwrap() - 1.0).abs() < 0.01);
    held.play(wild);
    held.play("state reduce-only");
    assert!(held.engine.monitor().unwrap().volatility_multiple().unwrap() > 3.0);

    let mut flat = Floor::new("BTC", house());
    calm(&mut flat);
    flat.play(wild);
    flat.play("state active");
    assert_eq!(flat.engine.monitor().unwrap().volatility_multiple(), None, "nothing is held");
}

#[test]
fn days_beyond_their_value_at_risk_halt_when_they_are_too_many() {
    let mut house =
        breakers(BreakerLimits { breaches: 2, volatility_multiple: 1e6, ..BreakerLimits::default() });
    house.monitor = watching("");
    let mut floor = Floor::new("BTC", house);
    floor.play("hour BTC 10000 long\nfill BTC @ 10000");
    let mut price = 10_000.0;
    let mut beyond = 0;
    for hour in 0..24 * 23 {
        // Calm, and at noon of two days a fall that no calm day would lead to expect.
        price *= if hour % 2 == 0 { 1.0005 } else { 1.0 / 1.0005 };
        if hour == 24 * 5 + 12 || hour == 24 * 21 + 12 {
            price *= 0.5;
        }
        floor.play(&format!("hour BTC {price}"));
        beyond += usize::from(floor.turn.beyond_value_at_risk());
    }
    assert_eq!(beyond, 2);
    floor.play("state halted");
}

#[test]
fn what_cannot_be_measured_yet_is_unknown_and_never_zero() {
    let monitor = watching("value_at_risk = \"0.5\"\ncorrelation = \"0.7\"");
    let mut floor = Floor::new("BTC ETH", Configuration { monitor, ..configuration() });
    let reading = |floor: &Floor, of| {
        let monitor = floor.engine.monitor().unwrap();
        monitor.readings().find(|reading| reading.measure == of).unwrap().value
    };
    floor.play("hour BTC 100 long  ETH 50 long\nfill BTC @ 100\nfill ETH @ 50");
    for hour in 0..40 {
        let (bitcoin, ether) = (100.0 + f64::from(hour % 2), 50.0 + f64::from(hour / 2 % 2));
        floor.play(&format!("hour BTC {bitcoin} ETH {ether}"));
        let known = hour >= 29;
        assert_eq!(reading(&floor, RiskMeasure::ValueAtRisk).is_some(), known, "hour {hour}");
        assert_eq!(reading(&floor, RiskMeasure::Correlation).is_some(), known, "hour {hour}");
    }
    assert!(reading(&floor, RiskMeasure::ValueAtRisk).unwrap() > 0.0);
}

#[test]
fn two_positions_of_a_kind_breach_the_limit_on_correlation() {
    let monitor = watching("correlation = \"0.7\"");
    let mut floor = Floor::new("BTC ETH", Configuration { monitor, ..configuration() });
    floor.play("hour BTC 100 long  ETH 50 long\nfill BTC @ 100\nfill ETH @ 50");
    for hour in 0..31 {
        let up = f64::from(hour % 2);
        floor.play(&format!("hour BTC {} ETH {}", 100.0 + up, 50.0 + 0.5 * up));
    }
    floor.play("told correlation breached\nstate reduce-only");
    let held = |id| floor.engine.ledger().notional_f64(id);
    assert!(held(BTC) > 0.0 && held(ETH) > 0.0);
}

#[test]
fn without_a_monitor_nothing_is_measured() {
    let mut floor = Floor::new("BTC", configuration());
    floor.play("hour BTC 100 long\nfill BTC @ 100\nhour BTC 1\ntold nothing\nstate active");
    assert!(floor.engine.monitor().is_none());
}

#[test]
fn limits_wider_than_their_stage_take_two_persons() {
    let with = |approval: Approval| {
        let risk = RiskLimits { prevent_self_trade: false, ..RiskLimits::paper() };
        let house = Configuration { risk, approval, ..configuration() };
        Engine::new(instruments("BTC"), house).map(|_| ()).map_err(|error| error.to_string())
    };
    let by = |names: &[&str]| Approval {
        profile: Some(Profile::Paper),
        widened_by: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(with(Approval::default()), Ok(()), "no stage, no comparison");
    for few in [&[][..], &["ann"], &["ann", " ann "], &["ann", ""]] {
        let error = with(by(few)).unwrap_err();
        assert!(error.contains("prevent_self_trade = false: looser than true"), "{error}");
        assert!(error.contains("two persons"), "{error}");
    }
    assert_eq!(with(by(&["ann", "ben"])), Ok(()));
    let nothing = Approval { profile: None, widened_by: vec!["ann".to_owned()] };
    assert!(with(nothing).unwrap_err().contains("nothing to widen"));
}

#[test]
fn a_monitor_wider_than_its_stage_takes_two_persons() {
    let with = |names: &[&str]| {
        let monitor = watching("drawdown = \"0.05\"");
        let approval = Approval {
            profile: Some(Profile::Staging),
            widened_by: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let house = Configuration { risk: RiskLimits::staging(), monitor, approval, ..configuration() };
        Engine::new(instruments("BTC"), house).map(|_| ()).map_err(|error| error.to_string())
    };
    assert!(with(&[]).unwrap_err().contains("value_at_risk = off: looser than 0.02"));
    assert_eq!(with(&["ann", "ben"]), Ok(()));
}
