//! Laws that every indicator keeps: streaming equals batch, nothing drifts, nothing is poisoned, nothing panics.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::indicators::*;
use proptest::prelude::*;

/// A slow and obvious walk: fixed generator, so that the million bars are the same everywhere.
struct Walk(u64);

impl Walk {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    (values.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn close_to(ours: f64, theirs: f64, scale: f64) -> bool {
    (ours - theirs).abs() <= 1e-10 * scale.max(theirs.abs())
}

#[test]
fn a_million_bars_with_billion_sized_spikes_leave_no_drift() {
    let (mut sma, mut wma) = (Sma::new(20).unwrap(), Wma::new(20).unwrap());
    let (mut std, mut slope) = (RollingStd::new(20).unwrap(), LinearSlope::new(20).unwrap());
    let mut walk = Walk(7);
    let mut tail = Vec::new();
    for bar in 0..1_000_000u32 {
        // Small moves around 100, and every 997 bars a spike of either sign.
        let calm = 100.0 + 0.005 * walk.next();
        let spike = bar % 997 == 0 && bar < 999_000;
        let value = if spike { if bar % 2 == 0 { 1e9 } else { -1e9 } } else { calm };
        sma.update(value).unwrap();
        wma.update(value).unwrap();
        std.update(value).unwrap();
        slope.update(value).unwrap();
        if bar >= 999_980 {
            tail.push(value);
        }
    }
    let ramp: f64 = tail.iter().enumerate().map(|(i, x)| (i + 1) as f64 * x).sum();
    let fall: f64 = tail.iter().enumerate().map(|(i, x)| (2.0 * i as f64 - 19.0) * (x - 100.0)).sum();
    assert!((sma.value().unwrap() - mean(&tail)).abs() < 1e-12);
    assert!((wma.value().unwrap() - ramp / 210.0).abs() < 1e-12);
    assert!((std.value().unwrap() / deviation(&tail) - 1.0).abs() < 1e-9);
    assert!((slope.value().unwrap() - 6.0 * fall / (20.0 * 399.0)).abs() < 1e-12);
}

#[test]
fn a_refused_input_leaves_every_indicator_as_it_was() {
    fn check<I: Indicator<Input = f64> + Clone>(mut indicator: I)
    where
        I::Output: PartialEq + std::fmt::Debug,
    {
        let mut walk = Walk(3);
        for _ in 0..200 {
            indicator.update(100.0 + walk.next()).unwrap();
        }
        let mut untouched = indicator.clone();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
            assert!(matches!(indicator.update(bad), Err(IndicatorError::Input { .. })));
        }
        for _ in 0..50 {
            let next = 100.0 + walk.next();
            assert_eq!(indicator.update(next), untouched.update(next));
        }
    }
    check(Sma::new(5).unwrap());
    check(Ema::new(5).unwrap());
    check(Wma::new(5).unwrap());
    check(Dema::new(5).unwrap());
    check(Tema::new(5).unwrap());
    check(Kama::new(5).unwrap());
    check(Rsi::new(5).unwrap());
    check(Roc::new(5).unwrap());
    check(Bollinger::new(5, 2.0).unwrap());
    check(Macd::new(5, 8, 3).unwrap());
    check(RollingStd::new(5).unwrap());
    check(RollingMoments::new(5).unwrap());
    check(ZScore::new(5).unwrap());
    check(RollingMax::new(5).unwrap());
    check(RollingMin::new(5).unwrap());
    check(LinearSlope::new(5).unwrap());
    check(Hurst::new(16).unwrap());
}

/// Feeds a series, resets, feeds it again: the values and the warm-up must repeat.
fn starts_over<I: Indicator>(mut indicator: I, inputs: &[I::Input])
where
    I::Output: PartialEq + std::fmt::Debug,
{
    let mut run = || -> Vec<Option<I::Output>> {
        indicator.reset();
        inputs.iter().map(|input| indicator.update(*input).unwrap()).collect()
    };
    let first = run();
    assert_eq!(run(), first);
    assert!(first.last().unwrap().is_some());
    assert_eq!(first.iter().position(Option::is_some), Some(indicator.warm_up() - 1));
    indicator.reset();
    assert!(indicator.value().is_none());
}

#[test]
fn a_reset_indicator_starts_over() {
    let mut walk = Walk(11);
    let prices: Vec<f64> = (0..200).map(|_| 100.0 + walk.next()).collect();
    let candles: Vec<Candle> = (0..200)
        .map(|_| {
            let low = 100.0 + walk.next();
            let range = walk.next();
            Candle::new(low + range, low, low + range * walk.next(), 1.0 + walk.next()).unwrap()
        })
        .collect();
    starts_over(Sma::new(7).unwrap(), &prices);
    starts_over(Ema::new(7).unwrap(), &prices);
    starts_over(Wma::new(7).unwrap(), &prices);
    starts_over(Dema::new(7).unwrap(), &prices);
    starts_over(Tema::new(7).unwrap(), &prices);
    starts_over(Kama::new(7).unwrap(), &prices);
    starts_over(Rsi::new(7).unwrap(), &prices);
    starts_over(Roc::new(7).unwrap(), &prices);
    starts_over(Macd::new(5, 9, 4).unwrap(), &prices);
    starts_over(Bollinger::new(7, 2.0).unwrap(), &prices);
    starts_over(RollingMoments::new(7).unwrap(), &prices);
    starts_over(RollingStd::new(7).unwrap(), &prices);
    starts_over(ZScore::new(7).unwrap(), &prices);
    starts_over(RollingMax::new(7).unwrap(), &prices);
    starts_over(RollingMin::new(7).unwrap(), &prices);
    starts_over(LinearSlope::new(7).unwrap(), &prices);
    starts_over(Hurst::new(33).unwrap(), &prices);
    let pairs: Vec<(f64, f64)> = prices.windows(2).map(|pair| (pair[0], pair[1])).collect();
    starts_over(HalfLife::new(33).unwrap(), &prices);
    starts_over(HedgeRatio::new(33, 1e-4).unwrap(), &pairs);
    starts_over(TrueRange::new(), &candles);
    starts_over(Atr::new(7).unwrap(), &candles);
    starts_over(Donchian::new(7).unwrap(), &candles);
    starts_over(Keltner::new(7, 5, 2.0).unwrap(), &candles);
    starts_over(Stochastic::new(7, 3, 2).unwrap(), &candles);
    starts_over(Cci::new(7).unwrap(), &candles);
    starts_over(Mfi::new(7).unwrap(), &candles);
    starts_over(Obv::new(), &candles);
    starts_over(RollingVwap::new(7).unwrap(), &candles);
    starts_over(DirectionalIndex::new(7).unwrap(), &candles);
    starts_over(Adx::new(7).unwrap(), &candles);
    starts_over(ParabolicSar::new(0.02, 0.2).unwrap(), &candles);
    starts_over(Supertrend::new(7, 3.0).unwrap(), &candles);
    starts_over(Ichimoku::new(3, 7, 20, 9).unwrap(), &candles);
}

/// Series of ordinary prices with an occasional spike and stretches where nothing moves.
fn series() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![8 => 90.0..110.0, 2 => Just(100.0), 1 => -1e9..1e9f64];
    prop::collection::vec(value, 1..120)
}

fn candles() -> impl Strategy<Value = Vec<Candle>> {
    let candle =
        (series_value(), 0.0..20.0f64, 0.0..=1.0f64, 0.0..50.0f64).prop_map(|(low, range, place, volume)| {
            let high = low + range;
            Candle::new(high, low, (low + place * range).clamp(low, high), volume).unwrap()
        });
    prop::collection::vec(candle, 1..150)
}

fn series_value() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 90.0..110.0, 2 => Just(100.0), 1 => 1e-6..1e9f64]
}

/// The value of an indicator must at each step equal what its definition says of the last `n` inputs.
fn batch<I: Indicator<Input = f64>>(
    mut indicator: I,
    values: &[f64],
    n: usize,
    tell: impl Fn(I::Output) -> f64,
    oracle: impl Fn(&[f64]) -> f64,
) -> Result<(), TestCaseError> {
    for (at, value) in values.iter().enumerate() {
        let ours = indicator.update(*value).unwrap();
        prop_assert_eq!(ours.is_some(), at + 1 >= n);
        if let Some(ours) = ours {
            let window = &values[at + 1 - n..=at];
            let scale = window.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            prop_assert!(
                close_to(tell(ours), oracle(window), scale),
                "{} for {}",
                tell(ours),
                oracle(window)
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_streamed_window_equals_the_window_taken_anew(values in series(), n in 2usize..30) {
        let least = |window: &[f64]| window.iter().copied().fold(f64::MAX, f64::min);
        let most = |window: &[f64]| window.iter().copied().fold(f64::MIN, f64::max);
        batch(Sma::new(n).unwrap(), &values, n, |x| x, mean)?;
        batch(RollingMax::new(n).unwrap(), &values, n, |x| x, most)?;
        batch(RollingMin::new(n).unwrap(), &values, n, |x| x, least)?;
        batch(RollingStd::new(n).unwrap(), &values, n, |x| x, deviation)?;
        batch(RollingMoments::new(n).unwrap(), &values, n, |x| x.mean, mean)?;
        batch(Bollinger::new(n, 2.0).unwrap(), &values, n, |x| x.upper, |w| mean(w) + 2.0 * deviation(w))?;
        let weighted = |window: &[f64]| {
            let ramp: f64 = window.iter().enumerate().map(|(i, x)| (i + 1) as f64 * x).sum();
            ramp / (n * (n + 1) / 2) as f64
        };
        batch(Wma::new(n).unwrap(), &values, n, |x| x, weighted)?;
        let slope = |window: &[f64]| {
            let (time, level) = ((n as f64 - 1.0) / 2.0, mean(window));
            let both: f64 = window.iter().enumerate().map(|(i, x)| (i as f64 - time) * (x - level)).sum();
            both / (0..n).map(|i| (i as f64 - time).powi(2)).sum::<f64>()
        };
        batch(LinearSlope::new(n).unwrap(), &values, n, |x| x, slope)?;
        batch(Roc::new(n - 1).unwrap(), &values, n, |x| x, |w| 100.0 * (w[n - 1] / w[0] - 1.0))?;
    }

    #[test]
    fn nothing_but_finite_numbers_in_their_range_comes_out(candles in candles(), n in 2usize..20) {
        let (mut rsi, mut mfi) = (Rsi::new(n).unwrap(), Mfi::new(n).unwrap());
        let (mut adx, mut place) = (Adx::new(n).unwrap(), Stochastic::new(n, 2, 2).unwrap());
        let (mut cci, mut vwap) = (Cci::new(n).unwrap(), RollingVwap::new(n).unwrap());
        let (mut stop, mut trend) = (ParabolicSar::new(0.02, 0.2).unwrap(), Supertrend::new(n, 3.0).unwrap());
        let (mut kama, mut hurst) = (Kama::new(n).unwrap(), Hurst::new(16 + n).unwrap());
        let percent = |value: Option<f64>| value.is_none_or(|x| (-1e-9..=100.0 + 1e-9).contains(&x));
        let finite = |value: Option<f64>| value.is_none_or(f64::is_finite);
        for candle in candles {
            prop_assert!(percent(rsi.update(candle.close()).unwrap()));
            prop_assert!(percent(mfi.update(candle).unwrap()));
            prop_assert!(percent(adx.update(candle).unwrap().map(|value| value.adx)));
            prop_assert!(percent(place.update(candle).unwrap().map(|value| value.d)));
            prop_assert!(finite(cci.update(candle).unwrap()));
            prop_assert!(finite(vwap.update(candle).unwrap()));
            prop_assert!(finite(stop.update(candle).unwrap().map(|shown| shown.line)));
            prop_assert!(finite(trend.update(candle).unwrap().map(|shown| shown.line)));
            prop_assert!(finite(kama.update(candle.close()).unwrap()));
            prop_assert!(finite(hurst.update(candle.close().max(1e-9).ln()).unwrap()));
        }
    }

    #[test]
    fn the_largest_inputs_do_not_overflow(signs in prop::collection::vec(any::<bool>(), 60)) {
        let value = |up: bool| if up { LARGEST_INPUT } else { -LARGEST_INPUT };
        let (mut macd, mut score) = (Macd::new(3, 5, 2).unwrap(), ZScore::new(4).unwrap());
        let (mut slope, mut tema) = (LinearSlope::new(4).unwrap(), Tema::new(3).unwrap());
        let (mut bands, mut roc) = (Bollinger::new(4, 3.0).unwrap(), Roc::new(1).unwrap());
        for up in signs {
            prop_assert!(macd.update(value(up)).unwrap().is_none_or(|macd| macd.histogram.is_finite()));
            prop_assert!(score.update(value(up)).unwrap().is_none_or(f64::is_finite));
            prop_assert!(slope.update(value(up)).unwrap().is_none_or(f64::is_finite));
            prop_assert!(tema.update(value(up)).unwrap().is_none_or(f64::is_finite));
            prop_assert!(bands.update(value(up)).unwrap().is_none_or(|bands| bands.width().is_finite()));
            let change = roc.update(if up { LARGEST_INPUT } else { 5e-324 }).unwrap();
            prop_assert!(change.is_none_or(f64::is_finite));
        }
    }
}
