//! Streaming equals batch: after every bar each indicator tells what its definition, worked out anew and naively over the
//! whole history, says. Windows of plain values are in `indicators.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

mod averages;
mod ranges;
mod trailing;
mod volume;
mod windows;

use autotrading_strategy::indicators::*;
use proptest::prelude::*;

/// Prices that wander, jump and stand still.
fn prices() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![6 => 90.0..110.0, 1 => Just(100.0), 1 => 1.0..1e4_f64], 1..90)
}

fn candles() -> impl Strategy<Value = Vec<Candle>> {
    let low = prop_oneof![6 => 90.0..110.0, 1 => Just(100.0), 1 => 1.0..1e4_f64];
    let range = prop_oneof![4 => 0.0..20.0_f64, 1 => Just(0.0)];
    let volume = prop_oneof![4 => 0.5..50.0_f64, 1 => Just(1.0)];
    let candle = (low, range, 0.0..=1.0_f64, volume).prop_map(|(low, range, place, volume)| {
        let high = low + range;
        Candle::new(high, low, (low + place * range).clamp(low, high), volume).unwrap()
    });
    prop::collection::vec(candle, 1..90)
}

/// Streams the inputs and compares after each with what `anew` makes of the history so far.
fn agree<I: Indicator>(
    mut indicator: I,
    inputs: &[I::Input],
    tell: impl Fn(I::Output) -> Vec<f64>,
    anew: impl Fn(&[I::Input]) -> Option<Vec<f64>>,
) -> Result<(), TestCaseError> {
    for at in 0..inputs.len() {
        let ours = indicator.update(inputs[at]).unwrap().map(&tell);
        let theirs = anew(&inputs[..=at]);
        prop_assert_eq!(ours.is_some(), theirs.is_some(), "at bar {}", at);
        for (ours, theirs) in ours.into_iter().flatten().zip(theirs.into_iter().flatten()) {
            let allowed = 1e-9 * theirs.abs().max(1.0);
            prop_assert!((ours - theirs).abs() <= allowed, "at bar {}: {} for {}", at, ours, theirs);
        }
    }
    Ok(())
}

fn one(value: f64) -> Vec<f64> {
    vec![value]
}

fn mean(xs: &[f64]) -> f64 {
    xs.iter().sum::<f64>() / xs.len() as f64
}

/// The last `n` of something; `None` while there are fewer.
fn last<T>(all: &[T], n: usize) -> Option<&[T]> {
    all.len().checked_sub(n).map(|from| &all[from..])
}

fn of(candles: &[Candle], tell: impl Fn(&Candle) -> f64) -> Vec<f64> {
    candles.iter().map(tell).collect()
}

fn most(xs: &[f64]) -> f64 {
    xs.iter().copied().fold(f64::MIN, f64::max)
}

fn least(xs: &[f64]) -> f64 {
    xs.iter().copied().fold(f64::MAX, f64::min)
}

/// The whole course of an average that forgets: the mean of the first `n`, then a share of the way to each value.
fn faded(xs: &[f64], n: usize, weight: f64) -> Vec<f64> {
    if xs.len() < n {
        return Vec::new();
    }
    let mut course = vec![mean(&xs[..n])];
    for x in &xs[n..] {
        let before = course[course.len() - 1];
        course.push((1.0 - weight) * before + weight * x);
    }
    course
}

fn ema(xs: &[f64], n: usize) -> Vec<f64> {
    faded(xs, n, 2.0 / (n as f64 + 1.0))
}

fn wilder(xs: &[f64], n: usize) -> Vec<f64> {
    faded(xs, n, 1.0 / n as f64)
}

fn changes(xs: &[f64]) -> Vec<f64> {
    xs.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn true_ranges(candles: &[Candle]) -> Vec<f64> {
    let range = |pair: &[Candle]| {
        let (before, now) = (pair[0].close(), pair[1]);
        most(&[now.high() - now.low(), (now.high() - before).abs(), (now.low() - before).abs()])
    };
    candles.windows(2).map(range).collect()
}
