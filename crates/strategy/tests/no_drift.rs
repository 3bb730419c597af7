//! A spike that has left the window is as if it had never been, for every indicator that looks back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::indicators::*;

/// Bars of each run.
const BARS: usize = 1_000_000;

/// A slow and obvious generator, uniform in `[0, 1)`.
struct Walk(u64);

impl Walk {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Whether bar `at` is a spike: every 997th, but for the last `calm` bars.
fn spikes(at: usize, calm: usize) -> bool {
    at.is_multiple_of(997) && at + calm < BARS
}

/// Small moves around 100, with spikes of a billion of either sign.
fn price(at: usize, calm: usize, walk: &mut Walk) -> f64 {
    let usual = 100.0 + 0.5 * walk.next();
    match spikes(at, calm) {
        true if at.is_multiple_of(2) => 1e9,
        true => -1e9,
        false => usual,
    }
}

/// The same as candles; the volume spikes with the price, which stays above zero.
fn candle(at: usize, calm: usize, walk: &mut Walk) -> Candle {
    let (low, range) = (100.0 + 0.5 * walk.next(), 0.2 + walk.next());
    let (place, volume) = (walk.next(), 1.0 + walk.next());
    let size = if spikes(at, calm) { 1e9 } else { 1.0 };
    Candle::new(size * (low + range), size * low, size * (low + place * range), size * volume).unwrap()
}

/// After a million inputs the indicator tells what a fresh one tells of the last `calm` alone.
#[track_caller]
fn forgets<I: Indicator>(
    fresh: impl Fn() -> I,
    calm: usize,
    input: impl Fn(usize, usize, &mut Walk) -> I::Input,
    tell: impl Fn(I::Output) -> Vec<f64>,
) {
    let (mut long, mut short, mut walk) = (fresh(), fresh(), Walk(7));
    for at in 0..BARS {
        let next = input(at, calm, &mut walk);
        long.update(next).unwrap();
        if at + calm >= BARS {
            short.update(next).unwrap();
        }
    }
    let (long, short) = (tell(long.value().unwrap()), tell(short.value().unwrap()));
    for (long, short) in long.iter().zip(&short) {
        assert!((long - short).abs() <= 1e-9 * short.abs().max(1e-3), "{long:?} is not {short:?}");
    }
}

fn one(value: f64) -> Vec<f64> {
    vec![value]
}

/// Looks back as far as it takes to be warm, and no further.
#[track_caller]
fn windowed<I: Indicator>(
    fresh: impl Fn() -> I,
    input: impl Fn(usize, usize, &mut Walk) -> I::Input,
    tell: impl Fn(I::Output) -> Vec<f64>,
) {
    let warm_up = fresh().warm_up();
    forgets(fresh, warm_up, input, tell);
}

#[test]
fn windows_of_prices_forget_a_billion() {
    windowed(|| Sma::new(20).unwrap(), price, one);
    windowed(|| Wma::new(20).unwrap(), price, one);
    windowed(|| Roc::new(20).unwrap(), price, one);
    windowed(|| LinearSlope::new(20).unwrap(), price, one);
    windowed(|| RollingMax::new(20).unwrap(), price, one);
    windowed(|| RollingMin::new(20).unwrap(), price, one);
}

#[test]
fn deviations_and_what_is_made_of_them_forget_a_billion() {
    windowed(|| RollingStd::new(20).unwrap(), price, one);
    windowed(|| RollingMoments::new(20).unwrap(), price, |both| vec![both.mean, both.deviation]);
    windowed(|| ZScore::new(20).unwrap(), price, one);
    windowed(|| Bollinger::new(20, 2.0).unwrap(), price, |b| vec![b.lower, b.middle, b.upper]);
    windowed(|| Hurst::new(64).unwrap(), price, one);
    windowed(|| HalfLife::new(64).unwrap(), price, one);
}

#[test]
fn windows_of_candles_forget_a_billion() {
    windowed(|| Donchian::new(20).unwrap(), candle, |b| vec![b.lower, b.middle, b.upper]);
    windowed(|| Stochastic::new(14, 3, 3).unwrap(), candle, |value| vec![value.k, value.d]);
    windowed(|| Cci::new(14).unwrap(), candle, one);
    windowed(|| Mfi::new(14).unwrap(), candle, one);
    windowed(|| RollingVwap::new(24).unwrap(), candle, one);
    windowed(
        || Ichimoku::new(9, 26, 52, 26).unwrap(),
        candle,
        |now| vec![now.conversion, now.base, now.span_a, now.span_b, now.close_then],
    );
}

#[test]
fn averages_that_fade_forget_a_billion_too() {
    // They never quite let go: after some thousand bars what is left is below any digit.
    const CALM: usize = 20_000;
    forgets(|| Ema::new(20).unwrap(), CALM, price, one);
    forgets(|| Dema::new(20).unwrap(), CALM, price, one);
    forgets(|| Tema::new(20).unwrap(), CALM, price, one);
    forgets(|| Kama::new(10).unwrap(), CALM, price, one);
    forgets(|| Rsi::new(14).unwrap(), CALM, price, one);
    forgets(|| Macd::new(12, 26, 9).unwrap(), CALM, price, |m| vec![m.line, m.signal, m.histogram]);
    forgets(|| Atr::new(14).unwrap(), CALM, candle, one);
    forgets(|| Adx::new(14).unwrap(), CALM, candle, |value| vec![value.adx, value.plus, value.minus]);
    forgets(|| Keltner::new(20, 10, 2.0).unwrap(), CALM, candle, |b| vec![b.lower, b.upper]);
}

#[test]
fn sums_over_all_time_keep_what_a_billion_would_hide() {
    // On-balance volume never forgets, so it must never round: whole numbers have a whole sum.
    let (mut balance, mut exact, mut before, mut walk) = (Obv::new(), 0_i128, None, Walk(5));
    let mut session = SessionVwap::new();
    for at in 0..BARS {
        let (close, calm) = (100.0 + (walk.next() * 100.0).floor(), (walk.next() * 50.0).floor());
        let volume = if spikes(at, 0) { 1e15 + calm } else { calm };
        let candle = Candle::new(close, close, close, volume).unwrap();
        let sign = before.map_or(1, |before: f64| close.total_cmp(&before) as i128);
        exact += sign * volume as i128;
        before = Some(close);
        balance.update(candle).unwrap();
        session.update(SessionCandle { session: (at / 1000) as i64, candle }).unwrap();
    }
    assert_eq!(balance.value(), Some(exact as f64));
    let last = SessionCandle { session: -1, candle: Candle::new(7.5, 7.5, 7.5, 0.1).unwrap() };
    assert_eq!(session.update(last), Ok(Some(7.5)), "a new session knows nothing of the one before");
}
