//! The crossing of averages against its rule, written out, and against the agreed result of other engines.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_domain::*;
use autotrading_strategy::{Mandate, ParameterValue, Parameters, build, opinions};
use proptest::prelude::*;

fn bar(hour: i64, open: f64, close: f64) -> Bar {
    Bar {
        open_time: Timestamp::EPOCH.after(Span::MINUTE.times(hour)),
        interval: Span::MINUTE,
        open,
        high: open.max(close),
        low: open.min(close),
        close,
        volume: 1.0,
        closed: true,
        synthetic: false,
    }
}

fn strategy(tick: &str, fast: i64, slow: i64, mode: &str) -> Box<dyn autotrading_strategy::Strategy> {
    let facts =
        Instrument::linear_perpetual("sim", "BTCUSDT", tick.parse().unwrap(), "0.001".parse().unwrap());
    let mandate = Mandate { strategy: StrategyId(0), instrument: InstrumentId(0), facts: facts.unwrap() };
    let said = Parameters::new()
        .with("fast", ParameterValue::Integer(fast))
        .with("slow", ParameterValue::Integer(slow))
        .with("mode", ParameterValue::read(mode));
    build("sma-cross", &said, mandate).unwrap()
}

/// The direction after each bar, as the strategy says it.
fn directions(tick: &str, fast: i64, slow: i64, mode: &str, bars: &[Bar]) -> Vec<Direction> {
    let mut stands = Direction::Flat;
    let said = opinions(&mut *strategy(tick, fast, slow, mode), InstrumentId(0), bars);
    let after = |said: Result<Vec<Signal>, _>| {
        for signal in said.unwrap() {
            signal.check().unwrap();
            assert_ne!(signal.direction, stands, "nothing is said twice");
            stands = signal.direction;
        }
        stands
    };
    said.into_iter().map(after).collect()
}

/// The rule of the definition, in whole cents: F and S are compared as sums times lengths.
fn by_the_rule(cents: &[i64], fast: usize, slow: usize, down: Direction) -> Vec<Direction> {
    let sum = |end: usize, length: usize| cents[end + 1 - length..=end].iter().sum::<i64>();
    let difference = |i: usize| sum(i, fast) * slow as i64 - sum(i, slow) * fast as i64;
    let mut stands = Direction::Flat;
    (0..cents.len())
        .map(|i| {
            if i >= slow {
                let (before, now) = (difference(i - 1), difference(i));
                if before <= 0 && now > 0 {
                    stands = Direction::Long;
                } else if before >= 0 && now < 0 {
                    stands = down;
                }
            }
            stands
        })
        .collect()
}

/// Bars of the common workload: SplitMix64, prices in 1/64.
fn common_workload(count: usize) -> Vec<Bar> {
    let (mut s, mut p) = (20_240_101u64, 250 * 64i64);
    (0..count)
        .map(|i| {
            s = s.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = s;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            let nibbles: i64 = (0..4).map(|k| ((z >> (4 * k)) & 15) as i64).sum();
            let mut step = nibbles - 30;
            let gap = match ((z >> 16) & 3) as i64 - 1 {
                2 => 0,
                gap => gap,
            };
            if (p > 500 * 64 && step > 0) || (p < 125 * 64 && step < 0) {
                step = -step;
            }
            let open = p + gap;
            p = open + step;
            bar(i as i64, open as f64 / 64.0, p as f64 / 64.0)
        })
        .collect()
}

#[test]
fn on_the_common_workload_it_ends_where_other_engines_end() {
    let bars = common_workload(525_600);
    let stands = directions("0.015625", 10, 50, "long-flat", &bars);
    let (mut cash, mut held, mut fills) = (100_000.0, 0.0, 0);
    for (i, pair) in stands.windows(2).enumerate() {
        // A change on bar i is filled at the open of the bar after it.
        if let Some(next) = bars.get(i + 2).filter(|_| pair[0] != pair[1]) {
            let want = pair[1].sign();
            cash -= (want - held) * next.open + (want - held).abs() * next.open * 0.0005;
            held = want;
            fills += 1;
        }
    }
    let equity = cash + held * bars.last().unwrap().close;
    assert_eq!(fills, 14_450);
    assert!((equity - 98_400.590_742_187_43).abs() < 1e-6, "{equity}");
}

#[test]
fn a_tie_in_decimal_prices_is_a_tie() {
    // Means of 0.1, 0.2, 0.3 and of 0.2 are equal, though the sums of their doubles are not.
    let closes = [0.1, 0.2, 0.3, 0.2, 0.2, 0.2, 0.3];
    let bars: Vec<Bar> = closes.iter().enumerate().map(|(i, close)| bar(i as i64, *close, *close)).collect();
    let stands = directions("0.1", 1, 3, "long-short", &bars);
    assert_eq!(stands, by_the_rule(&[1, 2, 3, 2, 2, 2, 3], 1, 3, Direction::Short));
    assert_eq!(stands[6], Direction::Long);
}

#[test]
fn data_finer_than_the_tick_are_not_rounded_into_a_tie() {
    let closes = [100.00, 100.00, 100.01];
    let bars: Vec<Bar> = closes.iter().enumerate().map(|(i, close)| bar(i as i64, *close, *close)).collect();
    assert_eq!(directions("0.5", 1, 2, "long-flat", &bars)[2], Direction::Long);
}

#[test]
fn a_bar_that_cannot_be_true_changes_nothing() {
    let good: Vec<Bar> = (0..30).map(|i| bar(i, 100.0, 100.0 + (i * i % 11) as f64)).collect();
    let mut spoilt = good.clone();
    spoilt.insert(20, Bar { close: f64::NAN, ..good[20] });
    let mut said = opinions(&mut *strategy("0.01", 2, 5, "long-short"), InstrumentId(0), &spoilt);
    assert!(said.remove(20).is_err());
    assert_eq!(said, opinions(&mut *strategy("0.01", 2, 5, "long-short"), InstrumentId(0), &good));
}

proptest! {
    #[test]
    fn it_says_what_the_rule_says(
        cents in prop::collection::vec(9_990i64..10_010, 1..300),
        fast in 1usize..8,
        more in 1usize..12,
        both_sides in any::<bool>(),
    ) {
        let slow = fast + more;
        let (mode, down) =
            if both_sides { ("long-short", Direction::Short) } else { ("long-flat", Direction::Flat) };
        let price = |cents: i64| cents as f64 / 100.0;
        let bars: Vec<Bar> =
            cents.iter().enumerate().map(|(i, c)| bar(i as i64, price(*c), price(*c))).collect();
        prop_assert_eq!(
            directions("0.01", fast as i64, slow as i64, mode, &bars),
            by_the_rule(&cents, fast, slow, down)
        );
    }
}
