//! Two and three instruments: what they have in common decides how much of the next one may be held.

use autotrading_core::{Configuration, MeasureRules, Turn};
use autotrading_domain::InstrumentId;
use autotrading_risk::RiskLimits;
use autotrading_sizing::{CorrelationThrottle, Fixed, SizingRules, ValueAtRisk};

use crate::floor::{Floor, configuration};

/// Sizes by the room below a value at risk of 2 %, less what is more of the same.
fn measured() -> Configuration {
    Configuration {
        sizing: SizingRules {
            value_at_risk: Some(ValueAtRisk::default()),
            correlation: Some(CorrelationThrottle::default()),
            ..SizingRules::NONE
        },
        measures: MeasureRules { volatility_half_life: 24.0, ..MeasureRules::default() },
        ..configuration()
    }
}

/// Prices of an hour: bitcoin and ether fall and rise by coins of their own, and solana is as `like` says.
fn hours(count: usize, like: &str) -> Vec<[f64; 3]> {
    let mut prices = [100.0, 50.0, 20.0];
    let mut hours = Vec::new();
    for hour in 0..count {
        let coin = |of: usize| if (hour / of).is_multiple_of(2) { 0.01 } else { -0.01 };
        let (bitcoin, ether) = (coin(1), coin(2));
        let solana = match like {
            "bitcoin" => bitcoin,
            "half" => 0.5 * (bitcoin + ether),
            "against" => -bitcoin,
            _ => coin(4),
        };
        for (price, change) in prices.iter_mut().zip([bitcoin, ether, solana]) {
            *price *= 1.0 + change;
        }
        hours.push(prices);
    }
    hours
}

/// Standard deviation and correlation of the returns in two columns, weighted by age; nothing clever.
fn oracle(hours: &[[f64; 3]], one: usize, other: usize) -> ([f64; 2], f64) {
    let returns = |column: usize| -> Vec<f64> {
        hours.windows(2).map(|pair| pair[1][column] / pair[0][column] - 1.0).collect()
    };
    let (a, b) = (returns(one), returns(other));
    let weights: Vec<f64> =
        (0..a.len()).map(|place| 0.5f64.powf((a.len() - 1 - place) as f64 / 24.0)).collect();
    let sum: f64 = weights.iter().sum();
    let effective = sum * sum / weights.iter().map(|weight| weight * weight).sum::<f64>();
    let mean = |of: &[f64]| of.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / sum;
    let together = |x: &[f64], y: &[f64]| {
        let (mean_x, mean_y) = (mean(x), mean(y));
        let all = x.iter().zip(y).zip(&weights);
        all.map(|((x, y), weight)| weight * (x - mean_x) * (y - mean_y)).sum::<f64>() / sum
    };
    let deviation = |x: &[f64]| (together(x, x) * effective / (effective - 1.0)).sqrt();
    let correlation = together(&a, &b) / (together(&a, &a) * together(&b, &b)).sqrt();
    ([deviation(&a), deviation(&b)], correlation)
}

/// A house that holds bitcoin and has just been told to buy solana (or to sell it).
fn told_to(opinion: &str, like: &str, shared: bool) -> (Floor, Vec<[f64; 3]>) {
    told(measured(), opinion, like, shared)
}

fn told(configuration: Configuration, opinion: &str, like: &str, shared: bool) -> (Floor, Vec<[f64; 3]>) {
    let mut floor = Floor::new("BTC SOL", configuration);
    let hours = hours(60, like);
    for (place, [bitcoin, _, solana]) in hours.iter().enumerate() {
        let mut voice = ["", ""];
        match place {
            58 => voice[0] = "long",
            59 => voice[1] = opinion,
            _ => {}
        }
        if shared {
            floor.play(&format!("hour BTC {bitcoin} {}  SOL {solana} {}", voice[0], voice[1]));
        } else {
            // Solana closes its hours when bitcoin does not: they share none.
            floor.play(&format!("hour BTC {bitcoin} {}", voice[0]));
            floor.play(&format!("hour SOL {solana} {}", voice[1]));
        }
        if place == 58 {
            floor.play(&format!("fill BTC @ {bitcoin:.2}"));
        }
    }
    (floor, hours)
}

/// What sizing said of the last target that was decided on.
fn caps(turn: &Turn) -> (f64, f64) {
    let sizing = turn.decisions().last().unwrap().sizing().unwrap();
    let room = sizing.caps.iter().find(|cap| cap.name.to_string() == "value_at_risk").unwrap();
    let factor = sizing.multipliers.iter().find(|factor| factor.name.to_string() == "correlation").unwrap();
    (room.ceiling.quantity().unwrap(), factor.factor)
}

/// The room below the limit, by trying: the largest quantity at which the book's value at risk is still allowed.
fn room_by_trying(
    side: f64,
    held: f64,
    price: f64,
    [own, other]: [f64; 2],
    correlation: f64,
    equity: f64,
) -> f64 {
    let day = 24f64.sqrt();
    let (own, other) = (own * day, other * day);
    let risk = |quantity: f64| {
        let money = side * quantity * price;
        let variance =
            (money * own).powi(2) + (held * other).powi(2) + 2.0 * money * held * own * other * correlation;
        1.644_853_626_951_472_7 * variance.sqrt()
    };
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if risk(middle) <= 0.02 * equity { low = middle } else { high = middle }
    }
    low
}

#[test]
fn the_room_below_the_value_at_risk_limit_knows_how_two_instruments_move_together() {
    for (like, side, opinion) in [("half", 1.0, "long"), ("half", -1.0, "short"), ("alone", 1.0, "long")] {
        let (floor, hours) = told_to(opinion, like, true);
        let (room, _) = caps(&floor.turn);
        let (deviations, correlation) = oracle(&hours, 2, 0);
        let ledger = floor.engine.ledger();
        let (held, equity) = (ledger.notional_f64(crate::floor::BTC), ledger.equity_f64());
        let expected = room_by_trying(side, held, hours[59][2], deviations, correlation, equity);
        assert!((room / expected - 1.0).abs() < 1e-9, "{like} {opinion}: {room} is not {expected}");
    }
}

#[test]
fn more_of_the_same_has_less_room_and_a_hedge_is_not_punished() {
    let (same, ..) = told_to("long", "bitcoin", true);
    let (half, ..) = told_to("long", "half", true);
    let (hedge, ..) = told_to("short", "bitcoin", true);
    let (opposite, ..) = told_to("long", "against", true);
    assert_eq!(caps(&same.turn).1, 0.3, "a correlation above 0.8");
    assert_eq!(caps(&half.turn).1, 0.5, "a correlation of 0.7");
    assert_eq!(caps(&hedge.turn).1, 1.0);
    assert_eq!(caps(&opposite.turn).1, 1.0);
    assert!(caps(&same.turn).0 < caps(&hedge.turn).0);
}

#[test]
fn a_correlation_that_is_not_known_counts_as_one() {
    let (apart, hours) = told_to("long", "alone", false);
    let (room, factor) = caps(&apart.turn);
    let (deviations, _) = oracle(&hours, 2, 0);
    let ledger = apart.engine.ledger();
    let (held, equity) = (ledger.notional_f64(crate::floor::BTC), ledger.equity_f64());
    // Every second hour is missing to each of them: a bar still tells its own volatility.
    let expected = room_by_trying(1.0, held, hours[59][2], deviations, 1.0, equity);
    assert!((room / expected - 1.0).abs() < 1e-9, "{room} is not {expected}");
    assert_eq!(factor, 0.3);
}

#[test]
fn the_gate_knows_which_instruments_share_the_limit_of_a_cluster() {
    let together = |like: &str, shared: bool| {
        let mut configuration = measured();
        configuration.risk.cluster = RiskLimits::production().cluster;
        let (floor, _) = told(configuration, "long", like, shared);
        floor.engine.gate().move_together(InstrumentId(0), InstrumentId(1))
    };
    assert!(together("bitcoin", true), "a correlation above 0.7");
    assert!(!together("alone", true), "solana goes its own way");
    assert!(together("alone", false), "what is not known counts as one");
}

#[test]
fn the_average_over_three_instruments_decides() {
    let mut floor = Floor::new("BTC ETH SOL", measured());
    for (place, [bitcoin, ether, solana]) in hours(61, "bitcoin").into_iter().enumerate() {
        let mut voice = ["", "", ""];
        match place {
            58 => voice[0] = "long",
            59 => voice[1] = "long",
            60 => voice[2] = "long",
            _ => {}
        }
        floor.play(&format!(
            "hour BTC {bitcoin} {} ETH {ether} {} SOL {solana} {}",
            voice[0], voice[1], voice[2]
        ));
        match place {
            58 => floor.play(&format!("fill BTC @ {bitcoin:.2}")),
            59 => {
                assert_eq!(caps(&floor_of_ether(&floor)).1, 1.0, "ether goes its own way");
                floor.play(&format!("fill ETH @ {ether:.2}"));
            }
            _ => {}
        }
    }
    // Of solana with bitcoin 1, with ether about 0: on average above 0.4 and not above 0.6.
    assert_eq!(caps(&floor.turn).1, 0.7);
}

/// The turn of ether's bar, told again: the last bar of an hour is solana's.
fn floor_of_ether(floor: &Floor) -> Turn {
    let mut turn = Turn::default();
    let mut engine = crate::floor::engine(&crate::floor::instruments("BTC ETH SOL"), measured());
    let events: Vec<_> = floor
        .records
        .iter()
        .filter_map(|record| match record {
            autotrading_core::OwnedRecord::Event(event) => Some(event),
            _ => None,
        })
        .collect();
    for event in events.iter().take(events.len() - 1) {
        engine.turn(event, &mut turn).unwrap();
    }
    turn
}

#[test]
fn each_instrument_has_orders_and_books_of_its_own() {
    let mut floor = Floor::new(
        "BTC ETH",
        Configuration {
            sizing: SizingRules { fixed: Some(Fixed { quantity: 2.0 }), ..SizingRules::NONE },
            ..configuration()
        },
    );
    floor.play(
        "hour  BTC 100 long   ETH 50
         sent  buy BTC 2.000
         sent  nothing
         fill  BTC @ 100
         hour  BTC 101        ETH 50 short
         sent  sell ETH 2.000
         sent  nothing
         fill  ETH @ 50
         books BTC 2 ETH -2
         hour  BTC 102 flat   ETH 49
         sent  sell BTC 2.000
         fill  BTC @ 102
         books ETH -2
         hour  BTC 103        ETH 48 long
         sent  buy ETH 4.000
         fill  ETH @ 48
         books ETH 2",
    );
    let equity = floor.engine.equity().unwrap();
    assert_eq!(equity.to_f64(), 100_008.0, "4 of bitcoin, 4 of the short in ether");
}
