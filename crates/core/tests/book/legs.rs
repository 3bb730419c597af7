//! Opinions on two instruments at once: both legs in their ratio, or none.

use autotrading_core::{Configuration, Engine, EngineError, FindingKind, OwnedRecord, Replay, StrategyEntry};
use autotrading_domain::*;
use autotrading_positions::{Distance, ExitRules, StopRule};
use autotrading_strategy::{Context, ParameterValue, Parameters, Signals, Strategy, StrategyError};

use crate::floor::{BTC, ETH, Floor, configuration, instruments};

/// A pair that is told what to think by the volume of its second instrument: bitcoin for twice as much ether.
#[derive(Debug)]
struct Spread {
    legs: [InstrumentId; 2],
    opinion: u32,
}

impl Spread {
    fn leg(&self, place: u16, direction: Direction, strength: f64, at: Timestamp) -> Signal {
        let ratio = f64::from(place + 1);
        Signal {
            strategy: StrategyId(0),
            instrument: self.legs[usize::from(place)],
            at,
            direction,
            strength,
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "told".into(),
            leg: Some(Leg { opinion: self.opinion, place, of: 2, ratio }),
        }
    }
}

impl Strategy for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn warm_up(&self) -> usize {
        0
    }

    fn legs(&self) -> &[InstrumentId] {
        &self.legs
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        context: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        assert!(self.legs.iter().all(|leg| context.leg(*leg).is_some()), "both legs are told");
        let MarketData::Bar(bar) = &event.data else { return Ok(()) };
        let at = event.ts_event;
        match bar.volume as i64 {
            11 => {
                self.opinion += 1;
                signals.push(self.leg(0, Direction::Long, 0.5, at));
                signals.push(self.leg(1, Direction::Short, 1.0, at));
            }
            13 => {
                signals.push(self.leg(0, Direction::Flat, 0.0, at));
                signals.push(self.leg(1, Direction::Flat, 0.0, at));
            }
            _ => {}
        }
        Ok(())
    }
}

fn spread(configuration: Configuration) -> Floor {
    Floor::with_engine("BTC ETH", configuration.clone(), spread_engine(configuration))
}

fn spread_engine(configuration: Configuration) -> Engine {
    let spread = Spread { legs: [BTC, ETH], opinion: 0 };
    Engine::with_strategies(instruments("BTC ETH"), configuration, vec![(BTC, Box::new(spread))]).unwrap()
}

fn found(floor: &Floor) -> Vec<String> {
    let turns = floor.records.iter().filter_map(|record| match record {
        OwnedRecord::Turn(turn) => Some(&turn.findings),
        _ => None,
    });
    let half = turns.flatten().filter(|finding| finding.kind == FindingKind::HalfOpinion);
    half.map(|finding| finding.detail.clone()).collect()
}

const BOTH: &str = "hour BTC 10000 ETH 500 long
                    sent buy BTC 0.050
                    sent sell ETH 2.000";

#[test]
fn legs_are_sized_in_their_ratio_by_the_one_with_the_least_room_and_leave_together() {
    let mut floor = spread(configuration());
    floor.play(BOTH); // for 500 of bitcoin 1000 of ether, which is all that ether has room for
    floor.play(
        "fill BTC @ 10000
         fill ETH @ 500
         books BTC 0.05 ETH -2
         hour BTC 10100 ETH 505
         sent nothing
         hour BTC 10000 ETH 500 flat
         sent sell BTC 0.050
         sent buy ETH 2.000
         fill BTC @ 10000
         fill ETH @ 500
         books",
    );
    assert_eq!(found(&floor), [""; 0]);
}

#[test]
fn a_leg_that_the_venue_rejects_takes_the_other_with_it_until_there_is_a_new_opinion() {
    let mut floor = spread(configuration());
    floor.play(BOTH);
    floor.play(
        "fill BTC @ 10000
         reject ETH
         sent sell BTC 0.050
         fill BTC @ 9990
         books
         hour BTC 10000 ETH 500
         sent nothing
         hour BTC 10000 ETH 500 flat
         sent nothing",
    );
    assert_eq!(found(&floor), ["a leg came to nothing: opinion 1 of spread is given up"]);
    floor.play(BOTH);
}

#[test]
fn a_leg_that_is_filled_after_the_other_was_rejected_is_closed_at_once() {
    let mut floor = spread(configuration());
    floor.play(BOTH);
    floor.play(
        "reject ETH
         sent nothing
         fill BTC @ 10000
         sent sell BTC 0.050
         fill BTC @ 10000
         books",
    );
}

#[test]
fn a_leg_too_small_to_trade_keeps_the_other_from_being_traded() {
    let mut floor = spread(configuration());
    floor.play(
        "hour BTC 10000000 ETH 500 long
         sent nothing
         hour BTC 10000 ETH 500
         sent buy BTC 0.050
         sent sell ETH 2.000",
    );
}

#[test]
fn a_leg_that_is_refused_at_the_gate_takes_the_other_with_it() {
    let play = |closed: InstrumentId, script: &str| {
        let mut floor = spread(configuration());
        let data = MarketData::Status(InstrumentStatus::ReduceOnly);
        let (ts_event, ts_received) = (Timestamp::EPOCH, Timestamp::EPOCH);
        floor.hear(Event::Market(MarketEvent { instrument: closed, ts_event, ts_received, data }));
        floor.play("hour BTC 10000 ETH 500 long");
        assert_eq!(found(&floor), ["a leg was refused: opinion 1 of spread is given up"]);
        floor.play(script);
        floor.play("books\nhour BTC 10000 ETH 500\nsent nothing");
    };
    play(ETH, "sent nothing"); // it is asked for first
    play(
        BTC,
        "sent sell ETH 2.000
         sent nothing
         fill ETH @ 500
         sent buy ETH 2.000
         fill ETH @ 500",
    );
}

#[test]
fn a_leg_that_is_stopped_out_takes_the_other_with_it() {
    let stop = Some(StopRule { distance: Distance::Rate(0.1), source: TriggerSource::Mark });
    let mut guarded = Configuration { exits: ExitRules { stop, ..ExitRules::default() }, ..configuration() };
    guarded.execution.protect = true;
    let mut floor = spread(guarded);
    floor.play(BOTH);
    floor.play(
        "fill BTC @ 10000
         sent sell BTC 0.050
         fill ETH @ 500
         sent buy ETH 2.000
         fill BTC @ 9000
         sent buy ETH 2.000",
    );
    assert_eq!(found(&floor), ["a leg was closed: opinion 1 of spread is given up"]);
}

#[test]
fn a_journal_of_legs_is_computed_again_to_the_same_turns() {
    let mut floor = spread(configuration());
    floor.play(BOTH);
    floor.play("fill BTC @ 10000\nreject ETH\nfill BTC @ 9990\nhour BTC 10000 ETH 500 flat");
    floor.play(BOTH);
    let mut replay = Replay::with_engine(spread_engine(configuration()));
    for record in &floor.records {
        let text = serde_json::to_string(record).unwrap();
        replay.take(&serde_json::from_str::<OwnedRecord>(&text).unwrap()).unwrap();
    }
    assert_eq!(replay.finish().records, floor.records.len() as u64);
}

fn entry(name: &str, parameters: &[(&str, &str)]) -> StrategyEntry {
    let told = |all: Parameters, (name, value): &(&str, &str)| all.with(name, ParameterValue::read(value));
    StrategyEntry { name: name.to_owned(), parameters: parameters.iter().fold(Parameters::new(), told) }
}

fn trading(strategies: Vec<StrategyEntry>) -> Configuration {
    Configuration { strategies, ..configuration() }
}

fn seats(names: &str, strategies: &[&str]) -> Result<Vec<String>, EngineError> {
    let strategies = strategies.iter().map(|name| entry(name, &[])).collect();
    let engine = Engine::new(instruments(names), trading(strategies))?;
    Ok(engine.strategies().map(str::to_owned).collect())
}

#[test]
fn a_strategy_of_several_legs_has_a_seat_for_each_group_that_it_can_trade() {
    let both = ["sma-cross", "funding-arbitrage", "pairs-trading"];
    assert_eq!(seats("BTC", &both).unwrap(), ["sma-cross"]);
    assert_eq!(
        seats("BTC BTC/spot", &both).unwrap(),
        ["sma-cross", "sma-cross", "funding-arbitrage", "pairs-trading"]
    );
    assert_eq!(seats("BTC ETH SOL", &["pairs-trading"]).unwrap().len(), 3);
    assert_eq!(seats("BTC ETH SOL", &["cross-sectional-momentum"]).unwrap().len(), 1);
    let refused = seats("BTC", &["pairs-trading"]).unwrap_err().to_string();
    assert!(refused.contains("two instruments with the same quote currency"), "{refused}");
}

#[test]
fn the_weight_of_a_strategy_without_a_seat_is_cash() {
    let crossing = entry("sma-cross", &[("fast", "2"), ("slow", "3")]);
    let script = "hour BTC 100\nhour BTC 99\nhour BTC 98\nhour BTC 97\nhour BTC 110";
    for (strategies, sent) in [
        (vec![crossing.clone()], "sent buy BTC 2.000"),
        (vec![crossing, entry("funding-arbitrage", &[])], "sent buy BTC 1.000"),
    ] {
        let told = trading(strategies);
        let engine = Engine::new(instruments("BTC"), told.clone()).unwrap();
        let mut floor = Floor::with_engine("BTC", told, engine);
        floor.play(script);
        floor.play(sent);
    }
}

#[test]
fn funding_is_taken_with_the_perpetual_sold_and_as_much_spot_bought() {
    let arbitrage = entry(
        "funding-arbitrage",
        &[("window", "10"), ("memory", "1"), ("persistence", "1.0"), ("entry", "0.5"), ("full", "1.0")],
    );
    let told = trading(vec![arbitrage]);
    let engine = Engine::new(instruments("BTC BTC/spot"), told.clone()).unwrap();
    let mut floor = Floor::with_engine("BTC BTC/spot", told, engine);
    let mut hour = 0;
    while !floor.waits(BTC) && hour < 60 {
        if hour % 8 == 0 {
            floor.play("rate BTC 0.001");
        }
        let wave = f64::from(hour % 3);
        floor.play(&format!("hour BTC {} BTC/spot {}", 10_000.0 + 10.0 * wave, 9_980.0 + 9.0 * wave));
        hour += 1;
    }
    let (perpetual, spot) = (InstrumentId(0), InstrumentId(1));
    assert!(floor.waits(perpetual) && floor.waits(spot), "both legs, after {hour} hours");
    floor.play("fill BTC @ 10000\nfill BTC/spot @ 9980");
    let held = |id| floor.engine.ledger().holding(id).unwrap().signed;
    assert!(held(perpetual).is_sign_negative() && held(spot).is_sign_positive());
    let close = |id| floor.engine.ledger().mark_of(id).unwrap();
    let net = floor.engine.ledger().notional_f64(perpetual) + floor.engine.ledger().notional_f64(spot);
    assert!(net.abs() < 0.002 * close(perpetual), "not more apart than the lots: {net}");
    // The side that is paid turns, and both legs go.
    for turned in 0..40 {
        if turned % 8 == 0 {
            floor.play("rate BTC -0.003");
        }
        floor.play("hour BTC 10000 BTC/spot 9980");
        for (id, fill) in [(perpetual, "fill BTC @ 10000"), (spot, "fill BTC/spot @ 9980")] {
            while floor.waits(id) {
                floor.play(fill);
            }
        }
    }
    floor.play("books");
    // The journal alone makes the engine again, each strategy at its seat.
    let mut replay = Replay::new();
    floor.records.iter().for_each(|record| replay.take(record).unwrap());
    assert_eq!(replay.finish().records, floor.records.len() as u64);
}

#[test]
fn a_pair_that_has_parted_is_bought_and_sold_in_the_ratio_of_its_hedge_and_never_held_by_half() {
    let pair = entry("pairs-trading", &[("window", "120"), ("length", "40"), ("entry", "1.5")]);
    let told = trading(vec![pair]);
    let engine = Engine::new(instruments("BTC ETH"), told.clone()).unwrap();
    let mut floor = Floor::with_engine("BTC ETH", told, engine);
    let (mut chance, mut walk, mut apart, mut entries) = (1u64, 0.0f64, 0.0f64, 0);
    let mut draw = || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    for _ in 0..400 {
        walk += 0.01 * draw();
        apart = 0.7 * apart + 0.01 * draw(); // ether comes back to bitcoin
        let (bitcoin, ether) = (10_000.0 * walk.exp(), 500.0 * (walk + apart).exp());
        floor.play(&format!("hour BTC {bitcoin:.2} ETH {ether:.2}"));
        assert_eq!(floor.waits(BTC), floor.waits(ETH), "both legs or none");
        entries += usize::from(floor.waits(BTC));
        let legs = floor.turn.signals().iter().filter(|signal| signal.lean() != 0.0);
        let ratio = legs.filter_map(|signal| signal.leg).find(|leg| leg.place == 1).map(|leg| leg.ratio);
        for (id, name, close) in [(BTC, "BTC", bitcoin), (ETH, "ETH", ether)] {
            while floor.waits(id) {
                floor.play(&format!("fill {name} @ {close:.2}"));
            }
        }
        let notional = |id| floor.engine.ledger().notional_f64(id);
        let (first, second) = (notional(BTC), notional(ETH));
        if let Some(ratio) = ratio {
            let gap = second.abs() / first.abs() / ratio - 1.0;
            assert!(gap.abs() < 0.04, "not further off than the lots: {gap}");
        }
        assert!((first == 0.0) == (second == 0.0) && first * second <= 0.0, "{first} {second}");
    }
    assert!(entries >= 4, "{entries}");
    assert_eq!(found(&floor), [""; 0]);
}
