//! What the strategies say in markets made to order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

mod exits;

use autotrading_domain::*;
use autotrading_strategy::{
    Context, Listing, Mandate, ParameterError, ParameterKind, ParameterValue, Parameters, Reach, Signals,
    build, catalogue, listing, opinions,
};
use proptest::prelude::*;

const OWN: InstrumentId = InstrumentId(2);

fn mandate() -> Mandate {
    let facts =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.01".parse().unwrap(), "0.001".parse().unwrap());
    Mandate { strategy: StrategyId(5), instrument: OWN, facts: facts.unwrap() }
}

/// Bars that open at the close before and reach `reach` beyond both.
fn bars(closes: &[f64], reach: f64) -> Vec<Bar> {
    let open = |at: usize| closes[at.saturating_sub(1)];
    let bar = |(at, close): (usize, &f64)| Bar {
        open_time: Timestamp::EPOCH.after(Span::HOUR.times(at as i64)),
        interval: Span::HOUR,
        open: open(at),
        high: open(at).max(*close) + reach,
        low: open(at).min(*close) - reach,
        close: *close,
        volume: 1.0,
        closed: true,
        synthetic: false,
    };
    closes.iter().enumerate().map(bar).collect()
}

fn said(name: &str, parameters: &Parameters, bars: &[Bar]) -> Vec<(usize, Signal)> {
    let mut strategy = build(name, parameters, mandate()).unwrap();
    let all = opinions(&mut *strategy, OWN, bars);
    all.into_iter()
        .enumerate()
        .flat_map(|(at, said)| said.unwrap().into_iter().map(move |s| (at, s)))
        .collect()
}

/// The strategies with opinions on one instrument; those with several legs are tried in `several_legs.rs`.
fn alone() -> impl Iterator<Item = &'static Listing> {
    catalogue().iter().filter(|listing| listing.reach == Reach::One)
}

fn words(said: &[(usize, Signal)]) -> Vec<String> {
    said.iter().map(|(_, signal)| format!("{} {}", signal.direction, signal.reason)).collect()
}

fn with(pairs: &[(&str, &str)]) -> Parameters {
    pairs.iter().fold(Parameters::new(), |all, (name, text)| all.with(name, ParameterValue::read(text)))
}

/// Noise of a fixed generator, uniform in `[-1, 1]`.
fn noise() -> impl FnMut() -> f64 {
    let mut state = 9u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

#[test]
fn trend_following_goes_long_in_a_rise_and_turns_in_a_fall() {
    let rise = (0..120).map(|i| 100.0 + f64::from(i));
    let fall = (0..120).map(|i| 220.0 - f64::from(i));
    let closes: Vec<f64> = rise.chain(fall).collect();
    let said = said(
        "trend-following",
        &with(&[("target", "50"), ("trail", "0"), ("stop", "20")]),
        &bars(&closes, 0.5),
    );
    let directions: Vec<Direction> = said.iter().map(|(_, signal)| signal.direction).collect();
    assert_eq!(directions.first(), Some(&Direction::Long));
    assert_eq!(directions.last(), Some(&Direction::Short));
    let (at, first) = &said[0];
    assert_eq!(*at, 49, "the first opinion comes as soon as the slow average is warm");
    // On a straight line the averages lie 15 apart and the range of a bar is 2: far beyond full strength.
    assert_eq!((first.strength, first.confidence), (1.0, 1.0));
    assert!((first.stop_distance.unwrap() - 40.0).abs() < 1e-9);
    assert_eq!((first.strategy, first.instrument), (StrategyId(5), OWN));
    assert_eq!(first.at, Timestamp::EPOCH.after(Span::HOUR.times(50)), "an opinion is formed at the close");
}

#[test]
fn trend_following_leaves_at_the_trailing_stop_and_waits_for_a_new_case() {
    let rise = (0..100).map(|i| 100.0 + f64::from(i));
    let dip = [190.0, 189.0, 192.0, 196.0, 200.0];
    let closes: Vec<f64> = rise.chain(dip).collect();
    let said = said("trend-following", &with(&[("target", "50")]), &bars(&closes, 0.5));
    assert_eq!(words(&said), ["long fast average well above slow", "flat stop touched"]);
}

#[test]
fn mean_reversion_buys_the_excess_and_leaves_at_the_middle() {
    let mut noise = noise();
    let mut closes: Vec<f64> = (0..150).map(|_| 100.0 + 0.3 * noise()).collect();
    closes.extend([99.4, 98.8, 98.2]);
    closes.extend([98.5, 99.0, 99.5, 100.5, 100.0]);
    let said = said("mean-reversion", &Parameters::new(), &bars(&closes, 0.1));
    let words = words(&said);
    assert_eq!(words.first().map(String::as_str), Some("long fell too far below the mean"), "{words:?}");
    assert_eq!(words.len(), 2);
    assert!(words[1] == "flat middle band reached" || words[1] == "flat target reached", "{words:?}");
    let (at, entry) = &said[0];
    let (close, window) = (closes[*at], &closes[at - 19..=*at]);
    let mean = window.iter().sum::<f64>() / 20.0;
    let deviation = (window.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20.0).sqrt();
    let stop = close - (mean - 2.0 * deviation) * 0.98;
    assert!(
        (entry.strength - 10.0 * (mean - close) / mean).abs() < 1e-9,
        "10 times the distance to the mean"
    );
    assert!((entry.target_distance.unwrap() - (mean - close)).abs() < 1e-9);
    assert!(stop > 0.01 * close, "here the stop is not too near");
    assert!((entry.stop_distance.unwrap() - stop).abs() < 1e-9, "2 % beyond the band");
}

#[test]
fn mean_reversion_does_not_catch_a_price_that_does_not_revert() {
    // A steady fall: far below the band and oversold, but the half-life is endless.
    let closes: Vec<f64> = (0..200).map(|i| 200.0 * (-0.0005 * f64::from(i * i) / 20.0).exp()).collect();
    assert_eq!(said("mean-reversion", &Parameters::new(), &bars(&closes, 0.01)), []);
    let careless =
        said("mean-reversion", &with(&[("half_life", "10000"), ("deviations", "1")]), &bars(&closes, 0.01));
    assert!(!careless.is_empty(), "it is the filter that held it back");
}

#[test]
fn range_trading_buys_support_and_sells_before_resistance() {
    // Between 100 and 103.5, eight bars up and eight down.
    let wave = |i: i32| 100.0 + 3.5 * f64::from((i % 16 - 8).abs()) / 8.0;
    let closes: Vec<f64> = (0..160).map(wave).collect();
    let bars = bars(&closes, 0.0);
    let said = said("range-trading", &Parameters::new(), &bars);
    assert!(said.len() > 4);
    for (at, signal) in &said {
        assert!(*at >= 100, "the range excludes the present bar and must be full");
        match signal.direction {
            Direction::Long => {
                assert!(closes[*at] <= 101.0);
                assert!((closes[*at] + signal.target_distance.unwrap() - 103.5 * 0.98).abs() < 1e-9);
                assert!((closes[*at] - signal.stop_distance.unwrap() - 98.0).abs() < 1e-9);
            }
            Direction::Short => assert!(closes[*at] >= 103.5 * 0.99),
            Direction::Flat => assert_eq!(signal.reason, "target reached"),
        }
    }
}

#[test]
fn range_trading_gives_up_after_a_confirmed_breakout_and_stays_out_of_wide_ranges() {
    let wave = |i: i32| 100.0 + 3.5 * f64::from((i % 16 - 8).abs()) / 8.0;
    // The wave stands at its support on bar 104, then closes below it, but not as far as the stop.
    let closes: Vec<f64> = (0..105).map(wave).chain([99.5, 99.4, 99.3, 99.2]).collect();
    let said_of = |parameters: &Parameters, closes: &[f64]| {
        words(&said("range-trading", parameters, &bars(closes, 0.0)))
    };
    let words = said_of(&Parameters::new(), &closes);
    assert_eq!(words.last().map(String::as_str), Some("flat breakout confirmed"), "{words:?}");
    let wide: Vec<f64> = closes.iter().map(|close| 100.0 + 2.0 * (close - 100.0)).collect();
    assert!(said_of(&Parameters::new(), &wide).is_empty());
    assert!(said_of(&with(&[("touches", "9")]), &closes).is_empty(), "not tried often enough");
}

#[test]
fn momentum_follows_the_past_return_and_leaves_when_its_sign_changes() {
    let mut noise = noise();
    let mut level = 100.0f64;
    let drift = |i: i32| if i < 400 { 0.002 } else { -0.004 };
    let closes: Vec<f64> = (0..900)
        .map(|i| {
            level *= (drift(i) + 0.002 * noise()).exp();
            level
        })
        .collect();
    let said = said("momentum", &with(&[("stop", "50")]), &bars(&closes, 0.01));
    assert_eq!(said[0].0, 240, "one bar more than the lookback");
    assert_eq!(said[0].1.direction, Direction::Long);
    assert_eq!(said.last().unwrap().1.direction, Direction::Short);
    let turn = said.iter().find(|(_, signal)| signal.direction != Direction::Long).unwrap();
    assert!(turn.0 > 420, "the skipped stretch does not count yet");
}

#[test]
fn every_strategy_is_silent_until_warm_and_about_other_instruments() {
    let mut noise = noise();
    let mut level = 100.0f64;
    let closes: Vec<f64> = (0..600)
        .map(|_| {
            level *= (0.01 * noise()).exp();
            level
        })
        .collect();
    let bars = bars(&closes, 0.2);
    for listing in alone() {
        let own = said(listing.name, &Parameters::new(), &bars);
        let mut strategy = build(listing.name, &Parameters::new(), mandate()).unwrap();
        assert_eq!(strategy.name(), listing.name);
        assert!(own.first().is_none_or(|(at, _)| *at + 1 >= strategy.warm_up()), "{}", listing.name);
        assert!(own.windows(2).all(|pair| pair[0].1 != pair[1].1));
        let mut signals = Signals::new();
        for bar in &bars {
            let other = MarketEvent::closed_bar(InstrumentId(9), *bar);
            strategy.observe(&other, &Context::BLANK, &mut signals).unwrap();
            let open = MarketEvent::closed_bar(OWN, Bar { closed: false, ..*bar });
            strategy.observe(&open, &Context::BLANK, &mut signals).unwrap();
        }
        assert!(signals.as_slice().is_empty(), "{}", listing.name);
    }
}

#[test]
fn every_parameter_has_a_meaning_and_a_default_within_its_range() {
    for listing in catalogue() {
        assert!(listing.settings(&Parameters::new()).is_ok(), "{}", listing.name);
        for text in [listing.summary, listing.equation, listing.enters, listing.leaves] {
            assert!(!text.is_empty(), "{}", listing.name);
        }
        for parameter in listing.parameters {
            assert!(!parameter.meaning.is_empty());
            match parameter.kind {
                ParameterKind::Integer { least, most, step, default } => {
                    assert!(least <= default && default <= most && step > 0, "{}", parameter.name);
                }
                ParameterKind::Real { least, most, step, default } => {
                    assert!(least <= default && default <= most && step > 0.0, "{}", parameter.name);
                }
                ParameterKind::Choice { options, default } => assert!(options.contains(&default)),
            }
        }
    }
}

#[test]
fn a_misspelt_strategy_gets_the_nearest_name() {
    let refused = build("sma-cros", &Parameters::new(), mandate()).unwrap_err();
    assert_eq!(refused.to_string(), "there is no strategy sma-cros; did you mean sma-cross?");
    let refused = build("sma-cross", &with(&[("fast", "50"), ("slow", "10")]), mandate()).unwrap_err();
    assert_eq!(refused.to_string(), "sma-cross with fast 50 and slow 10: fast must be below slow");
    assert!(matches!(refused, ParameterError::Order { low: 50, high: 10, .. }));
}

#[test]
fn settings_are_read_from_and_written_as_plain_data() {
    let said: Parameters = serde_json::from_str(r#"{"fast": 5, "entry": 1}"#).unwrap();
    let settings = listing("trend-following").unwrap().settings(&said).unwrap();
    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!((&written["fast"], &written["entry"]), (&5.into(), &1.0.into()));
    let again: Parameters = serde_json::from_value(written).unwrap();
    assert_eq!(listing("trend-following").unwrap().settings(&again).unwrap(), settings);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_market_does_an_opinion_is_well_formed(
        steps in prop::collection::vec(-0.05..0.05f64, 300..500),
        calm in prop::sample::select(vec![1.0, 0.1, 0.01]),
    ) {
        let mut level = 100.0f64;
        let closes: Vec<f64> = steps.iter().map(|step| { level *= (calm * step).exp(); level }).collect();
        let bars = bars(&closes, 0.001);
        for listing in alone() {
            let mut stands = Direction::Flat;
            for (_, signal) in said(listing.name, &Parameters::new(), &bars) {
                prop_assert_eq!(signal.check(), Ok(()));
                prop_assert!(!signal.reason.is_empty());
                prop_assert!(signal.direction != Direction::Flat || stands != Direction::Flat, "nothing to take back");
                stands = signal.direction;
            }
        }
    }

    #[test]
    fn an_opinion_does_not_depend_on_the_unit_of_the_price(
        steps in prop::collection::vec(-0.05..0.05f64, 300..400),
        unit in prop::sample::select(vec![0.5, 4.0, 1024.0]),
    ) {
        let mut level = 100.0f64;
        let closes: Vec<f64> = steps.iter().map(|step| { level *= step.exp(); (level * 64.0).round() / 64.0 }).collect();
        let scaled: Vec<Bar> = bars(&closes, 0.25)
            .iter()
            .map(|bar| Bar { open: bar.open * unit, high: bar.high * unit, low: bar.low * unit, close: bar.close * unit, ..*bar })
            .collect();
        for listing in alone() {
            let one = said(listing.name, &Parameters::new(), &bars(&closes, 0.25));
            let other = said(listing.name, &Parameters::new(), &scaled);
            let directions = |said: &[(usize, Signal)]| said.iter().map(|(at, s)| (*at, s.direction)).collect::<Vec<_>>();
            prop_assert_eq!(directions(&one), directions(&other), "{}", listing.name);
        }
    }
}
