//! How each opinion ends: every way out of the table, one market made for each.

use super::*;

/// The same bar with a low, or a high, that reaches further.
fn reaching(mut bars: Vec<Bar>, at: usize, low: f64, high: f64) -> Vec<Bar> {
    let bar = &mut bars[at];
    (bar.low, bar.high) = (bar.low.min(low), bar.high.max(high));
    bars
}

fn rise(count: i32) -> Vec<f64> {
    (0..count).map(|i| 100.0 + f64::from(i)).collect()
}

#[test]
fn a_trend_is_left_when_the_averages_cross_back() {
    // Up, and then down so slowly that the averages part by less than what is needed to enter.
    let mut closes = rise(80);
    closes.extend((0..120).map(|i| 179.0 - 0.02 * f64::from(i)));
    let parameters = with(&[("stop", "20"), ("target", "50"), ("trail", "0"), ("entry", "2")]);
    let words = words(&said("trend-following", &parameters, &bars(&closes, 0.5)));
    assert_eq!(words.first().map(String::as_str), Some("long fast average well above slow"));
    assert_eq!(words.last().map(String::as_str), Some("flat averages crossed back"), "{words:?}");
}

#[test]
fn a_trend_is_left_at_its_stop_or_its_target_and_not_begun_again_on_the_same_case() {
    let closes = rise(120);
    let quiet = [("trail", "0"), ("stop", "2"), ("target", "6")];
    // The first opinion comes at bar 49, at 149, where a bar's range is 2: the target lies at 161, reached at bar 61.
    let at_target = said("trend-following", &with(&quiet), &bars(&closes, 0.5));
    assert_eq!(words(&at_target), ["long fast average well above slow", "flat target reached"]);
    assert_eq!(at_target[1].0, 61);
    // The stop lies at 145: touched by a low of bar 55, whose close knows nothing of it.
    let touched = reaching(bars(&closes, 0.5), 55, 144.9, 0.0);
    let at_stop = said("trend-following", &with(&quiet), &touched);
    assert_eq!(words(&at_stop), ["long fast average well above slow", "flat stop touched"]);
    assert_eq!(at_stop[1].0, 55);
}

/// A calm market, then an excess of this size, and what follows.
fn excess(size: f64, after: &[f64]) -> Vec<f64> {
    let mut noise = noise();
    let mut closes: Vec<f64> = (0..150).map(|_| 100.0 + 0.3 * noise()).collect();
    closes.extend((1..=3).map(|step| 100.0 + size * f64::from(step)));
    closes.extend(after.iter().map(|x| 100.0 + x));
    closes
}

#[test]
fn a_reversion_is_left_beyond_its_band_and_at_the_middle_on_either_side() {
    let told = |closes: &[f64]| words(&said("mean-reversion", &Parameters::new(), &bars(closes, 0.05)));
    let end = |closes: &[f64]| told(closes).last().cloned().unwrap_or_default();
    assert_eq!(end(&excess(-0.6, &[-2.4, -3.2, -4.5, -6.0])), "flat stop touched");
    assert_eq!(end(&excess(0.6, &[2.4, 3.2, 4.5, 6.0])), "flat stop touched");
    // The middle of the bands falls along, so that it is met before the target where it was.
    let back =
        |sign: f64| excess(sign * 0.6, &[1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.4, 0.0].map(|x| sign * x));
    assert_eq!(end(&back(-1.0)), "flat middle band reached");
    assert_eq!(end(&back(1.0)), "flat middle band reached");
    assert!(told(&back(1.0))[0].starts_with("short rose too far"));
}

/// Between 100 and 103.5, eight bars up and eight down, and then these.
fn wave(then: &[f64]) -> Vec<f64> {
    let wave = |i: i32| 100.0 + 3.5 * f64::from((i % 16 - 8).abs()) / 8.0;
    (0..105).map(wave).chain(then.iter().copied()).collect()
}

#[test]
fn a_range_is_left_at_the_stop_beyond_its_edge_and_only_by_closes_in_a_row_before_that() {
    let told = |bars: &[Bar]| said("range-trading", &Parameters::new(), bars);
    let end = |bars: &[Bar]| told(bars).last().map(|(at, s)| (*at, s.reason.to_string()));
    // Support is 100, so the stop lies at 98.
    let stopped = reaching(bars(&wave(&[100.2, 100.3]), 0.0), 105, 97.9, 0.0);
    assert_eq!(end(&stopped), Some((105, "stop touched".to_owned())));
    let broken = bars(&wave(&[99.5, 99.4, 99.3]), 0.0);
    assert_eq!(end(&broken), Some((107, "breakout confirmed".to_owned())), "the third close below");
    // Two closes outside and one inside, again and again: never three in a row.
    let undecided = bars(&wave(&[99.5, 99.4, 100.1, 99.5, 99.4, 100.1, 99.6]), 0.0);
    assert!(told(&undecided).iter().all(|(at, s)| *at < 105 || s.direction == Direction::Long));
}

#[test]
fn momentum_is_left_at_its_stop_and_when_its_sign_changes() {
    let mut noise = noise();
    let mut level = 100.0f64;
    let mut path = |count: usize, drift: f64| -> Vec<f64> {
        (0..count)
            .map(|_| {
                level *= (drift + 0.002 * noise()).exp();
                level
            })
            .collect()
    };
    let closes = [path(400, 0.002), path(500, -0.004)].concat();
    let turned = words(&said("momentum", &with(&[("stop", "50")]), &bars(&closes, 0.01)));
    assert!(turned.contains(&"flat momentum changed its sign".to_owned()), "{turned:?}");
    // A crash of one bar that the skipped stretch does not show yet.
    let calm = bars(&closes[..300], 0.01);
    let crashed = reaching(calm, 290, 0.8 * closes[290], 0.0);
    let at_stop = said("momentum", &Parameters::new(), &crashed);
    assert_eq!(at_stop.last().map(|(at, s)| (*at, s.reason.as_ref())), Some((290, "stop touched")));
}
