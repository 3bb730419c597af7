//! Nothing knows the future: every strategy, every indicator; and a planted leak is found.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_domain::{Bar, Instrument, InstrumentId, Span, StrategyId, Timestamp};
use autotrading_strategy::indicators::*;
use autotrading_strategy::{
    Leak, Mandate, Parameters, Reach, assert_causal, assert_causal_across, build, catalogue, opinions,
};

const BARS: &str = include_str!("data/btcusd_1h_300.csv");

fn bars() -> Vec<Bar> {
    let read = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells[place].parse::<f64>().unwrap();
        Bar {
            open_time: cells[0].parse::<Timestamp>().unwrap(),
            interval: Span::HOUR,
            open: number(1),
            high: number(2),
            low: number(3),
            close: number(4),
            volume: number(5),
            closed: true,
            synthetic: false,
        }
    };
    BARS.lines().skip(1).map(read).collect()
}

/// The real bars, then as many between a support and a resistance 3.5 % above it, so that every strategy has its market.
fn mixed_market() -> Vec<Bar> {
    let real = bars();
    let last = real[real.len() - 1];
    let wave = |i: i64| last.close * (1.0 + 0.035 * (i % 16 - 8).abs() as f64 / 8.0 - 0.0175);
    let ranging = (1..=300).map(|i| {
        let (open, close) = (wave(i - 1), wave(i));
        let open_time = last.open_time.after(Span::HOUR.times(i));
        Bar { open_time, open, high: open.max(close), low: open.min(close), close, ..last }
    });
    real.iter().copied().chain(ranging).collect()
}

#[test]
fn no_strategy_knows_the_future() {
    let market = mixed_market();
    let facts =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
    let mandate = Mandate { strategy: StrategyId(0), instrument: InstrumentId(0), facts: facts.unwrap() };
    for listing in catalogue().iter().filter(|listing| listing.reach == Reach::One) {
        let outputs = |bars: &[Bar]| {
            let mut strategy = build(listing.name, &Parameters::new(), mandate.clone()).unwrap();
            opinions(&mut *strategy, InstrumentId(0), bars)
        };
        let spoken: usize = outputs(&market).iter().map(|said| said.as_ref().unwrap().len()).sum();
        assert!(spoken > 1, "{} says nothing here, so nothing is tried", listing.name);
        assert_eq!(assert_causal(outputs, &market, 7), Ok(()), "{}", listing.name);
    }
}

fn causal<I: Indicator>(make: impl Fn() -> I, input: impl Fn(&Bar) -> I::Input)
where
    I::Output: PartialEq + std::fmt::Debug,
{
    let outputs = |bars: &[Bar]| {
        let mut indicator = make();
        bars.iter().map(|bar| indicator.update(input(bar)).unwrap()).collect()
    };
    assert_eq!(assert_causal(outputs, &bars(), 11), Ok(()));
}

#[test]
fn no_indicator_knows_the_future() {
    let close = |bar: &Bar| bar.close;
    let candle = |bar: &Bar| Candle::try_from(bar).unwrap();
    let day = |bar: &Bar| SessionCandle {
        session: bar.open_time.nanos() / Span::DAY.nanos(),
        candle: Candle::try_from(bar).unwrap(),
    };
    causal(|| Sma::new(20).unwrap(), close);
    causal(|| Ema::new(20).unwrap(), close);
    causal(|| Wma::new(20).unwrap(), close);
    causal(|| Dema::new(10).unwrap(), close);
    causal(|| Tema::new(10).unwrap(), close);
    causal(|| Kama::new(10).unwrap(), close);
    causal(|| Rsi::new(14).unwrap(), close);
    causal(|| Roc::new(10).unwrap(), close);
    causal(|| Macd::new(12, 26, 9).unwrap(), close);
    causal(|| Bollinger::new(20, 2.0).unwrap(), close);
    causal(|| RollingStd::new(20).unwrap(), close);
    causal(|| ZScore::new(20).unwrap(), close);
    causal(|| RollingMax::new(20).unwrap(), close);
    causal(|| RollingMin::new(20).unwrap(), close);
    causal(|| LinearSlope::new(14).unwrap(), close);
    causal(|| Hurst::new(64).unwrap(), |bar| bar.close.ln());
    causal(|| HalfLife::new(50).unwrap(), close);
    causal(|| RollingMoments::new(20).unwrap(), close);
    causal(|| HedgeRatio::new(50, 1e-5).unwrap(), |bar| (bar.close.ln(), bar.open.ln()));
    causal(TrueRange::new, candle);
    causal(|| Atr::new(14).unwrap(), candle);
    causal(|| Donchian::new(20).unwrap(), candle);
    causal(|| Keltner::new(20, 10, 2.0).unwrap(), candle);
    causal(|| Stochastic::new(14, 3, 3).unwrap(), candle);
    causal(|| Cci::new(14).unwrap(), candle);
    causal(|| Mfi::new(14).unwrap(), candle);
    causal(Obv::new, candle);
    causal(|| RollingVwap::new(24).unwrap(), candle);
    causal(SessionVwap::new, day);
    causal(|| Adx::new(14).unwrap(), candle);
    causal(|| DirectionalIndex::new(14).unwrap(), candle);
    causal(|| ParabolicSar::new(0.02, 0.2).unwrap(), candle);
    causal(|| Supertrend::new(10, 3.0).unwrap(), candle);
    causal(|| Ichimoku::new(9, 26, 52, 26).unwrap(), candle);
}

#[test]
fn a_centred_window_is_caught() {
    let centred = |bars: &[Bar]| {
        let mean = |at: usize| {
            let window = &bars[at.saturating_sub(2)..(at + 3).min(bars.len())];
            window.iter().map(|bar| bar.close).sum::<f64>() / window.len() as f64
        };
        (0..bars.len()).map(mean).collect::<Vec<_>>()
    };
    let Err(Leak::Future { at, known, .. }) = assert_causal(centred, &bars(), 3) else {
        panic!("not caught");
    };
    assert!(at + 1 >= known && at <= known, "the window sees two bars ahead");
}

#[test]
fn a_leak_from_another_market_is_caught() {
    let bars = bars();
    let ahead = |[_, other]: &[Vec<Bar>; 2]| {
        (0..other.len()).map(|at| other[(at + 1).min(other.len() - 1)].close).collect::<Vec<_>>()
    };
    let caught = assert_causal_across(ahead, [&bars, &bars], 3);
    assert!(matches!(caught, Err(Leak::Future { at, known, .. }) if at == known), "{caught:?}");
}

#[test]
fn a_scaler_fitted_on_all_data_is_caught() {
    let scaled = |bars: &[Bar]| {
        let mean = bars.iter().map(|bar| bar.close).sum::<f64>() / bars.len() as f64;
        bars.iter().map(|bar| bar.close / mean).collect::<Vec<_>>()
    };
    assert!(matches!(assert_causal(scaled, &bars(), 3), Err(Leak::Future { at: 0, .. })));
}

/// How likely each move is in a market that rises and in one that falls, up to a factor.
fn likelihoods(bars: &[Bar]) -> Vec<[f64; 2]> {
    let bell = |x: f64| (-x * x / 2.0).exp();
    let change = |at: usize| (bars[at].close / bars[at.saturating_sub(1)].close).ln() / 0.01;
    (0..bars.len()).map(|at| [bell(change(at) - 0.5), bell(change(at) + 0.5)]).collect()
}

/// One step of a hidden two-state chain that stays where it is nine times in ten, normalised.
fn step(from: [f64; 2]) -> [f64; 2] {
    [0.9 * from[0] + 0.1 * from[1], 0.1 * from[0] + 0.9 * from[1]]
}

fn normalised([up, down]: [f64; 2]) -> [f64; 2] {
    [up / (up + down), down / (up + down)]
}

fn filtered(bars: &[Bar]) -> Vec<[f64; 2]> {
    let mut state = [0.5, 0.5];
    let forward = |likely: &[f64; 2]| {
        let moved = step(state);
        state = normalised([moved[0] * likely[0], moved[1] * likely[1]]);
        state
    };
    likelihoods(bars).iter().map(forward).collect()
}

#[test]
fn a_smoothed_state_is_caught_and_a_filtered_one_is_not() {
    let smoothed = |bars: &[Bar]| {
        let mut ahead = [1.0, 1.0];
        let mut states = filtered(bars);
        for (state, likely) in states.iter_mut().zip(likelihoods(bars)).rev() {
            *state = normalised([state[0] * ahead[0], state[1] * ahead[1]]);
            ahead = normalised(step([ahead[0] * likely[0], ahead[1] * likely[1]]));
        }
        states
    };
    assert_eq!(assert_causal(filtered, &bars(), 3), Ok(()));
    assert!(matches!(assert_causal(smoothed, &bars(), 3), Err(Leak::Future { .. })));
}

#[test]
fn an_output_that_does_not_repeat_is_not_taken_for_a_leak() {
    let mut run = 0;
    let restless = |bars: &[Bar]| {
        run += 1;
        vec![run; bars.len()]
    };
    assert_eq!(assert_causal(restless, &bars(), 3), Err(Leak::NotRepeatable { at: 0 }));
    assert_eq!(assert_causal(|_: &[Bar]| vec![1], &bars(), 3), Err(Leak::Count { bars: 300, outputs: 1 }));
    assert_eq!(
        assert_causal(|bars: &[Bar]| vec![1; bars.len()], &bars()[..9], 3),
        Err(Leak::TooShort { bars: 9 })
    );
}
