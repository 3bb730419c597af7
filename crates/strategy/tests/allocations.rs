//! What is warm takes no memory: counted, not believed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use allocation_counter::measure;
use autotrading_domain::{
    Bar, Direction, Instrument, InstrumentId, InstrumentKind, InstrumentSpec, MarketEvent, RegimeEstimate,
    Signal, Span, StrategyId, Timestamp,
};
use autotrading_strategy::indicators::*;
use autotrading_strategy::{
    Context, FundingOutlook, LegContext, Parameters, Pipeline, PipelineSettings, Reach, Signals, Strategy,
    StrategyMatrix, Universe, build_across, catalogue,
};

fn noise(t: usize) -> f64 {
    ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
}

fn bar(hour: usize, instrument: usize) -> Bar {
    // Waves of several lengths, so that every strategy has its market now and then.
    let at = |hour: usize| {
        let wave = |length: f64, size: f64| size * (hour as f64 / length).sin();
        100.0 * (1.0 + wave(9.0, 0.015) + wave(300.0, 0.2) + 0.004 * noise(hour + 31 * instrument))
    };
    let (open, close) = (at(hour.saturating_sub(1)), at(hour));
    Bar {
        open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour as i64)),
        interval: Span::HOUR,
        open,
        high: open.max(close) * 1.001,
        low: open.min(close) / 1.001,
        close,
        volume: 5.0 + noise(hour + 3),
        closed: true,
        synthetic: false,
    }
}

/// Warms an indicator, and counts what the next 500 inputs ask of the allocator.
#[track_caller]
fn indicator<I: Indicator>(mut indicator: I, input: impl Fn(usize) -> I::Input) {
    let warm = indicator.warm_up() + 10;
    let mut take = |range: std::ops::Range<usize>| {
        range.filter(|t| indicator.update(input(*t)).unwrap().is_some()).count()
    };
    take(0..warm);
    let counted = measure(|| {
        std::hint::black_box(take(warm..warm + 500));
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn an_update_of_a_warm_indicator_allocates_nothing() {
    let close = |t: usize| bar(t, 0).close;
    let candle = |t: usize| Candle::try_from(&bar(t, 0)).unwrap();
    indicator(Sma::new(20).unwrap(), close);
    indicator(Ema::new(20).unwrap(), close);
    indicator(Wma::new(20).unwrap(), close);
    indicator(Dema::new(10).unwrap(), close);
    indicator(Tema::new(10).unwrap(), close);
    indicator(Kama::new(10).unwrap(), close);
    indicator(Rsi::new(14).unwrap(), close);
    indicator(Roc::new(10).unwrap(), close);
    indicator(Macd::new(12, 26, 9).unwrap(), close);
    indicator(Bollinger::new(20, 2.0).unwrap(), close);
    indicator(RollingStd::new(20).unwrap(), close);
    indicator(RollingMoments::new(20).unwrap(), close);
    indicator(ZScore::new(20).unwrap(), close);
    indicator(RollingMax::new(20).unwrap(), close);
    indicator(RollingMin::new(20).unwrap(), close);
    indicator(LinearSlope::new(14).unwrap(), close);
    indicator(Hurst::new(64).unwrap(), |t| close(t).ln());
    indicator(HalfLife::new(50).unwrap(), close);
    indicator(HedgeRatio::new(50, 1e-5).unwrap(), |t| (close(t).ln(), bar(t, 1).close.ln()));
    indicator(TrueRange::new(), candle);
    indicator(Atr::new(14).unwrap(), candle);
    indicator(Donchian::new(20).unwrap(), candle);
    indicator(Keltner::new(20, 10, 2.0).unwrap(), candle);
    indicator(Stochastic::new(14, 3, 3).unwrap(), candle);
    indicator(Cci::new(14).unwrap(), candle);
    indicator(Mfi::new(14).unwrap(), candle);
    indicator(Obv::new(), candle);
    indicator(RollingVwap::new(24).unwrap(), candle);
    indicator(SessionVwap::new(), |t| SessionCandle { session: (t / 24) as i64, candle: candle(t) });
    indicator(Adx::new(14).unwrap(), candle);
    indicator(DirectionalIndex::new(14).unwrap(), candle);
    indicator(ParabolicSar::new(0.02, 0.2).unwrap(), candle);
    indicator(Supertrend::new(10, 3.0).unwrap(), candle);
    indicator(Ichimoku::new(9, 26, 52, 26).unwrap(), candle);
}

fn facts(kind: InstrumentKind) -> Instrument {
    let plain =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.01".parse().unwrap(), "0.001".parse().unwrap());
    let spec = plain.unwrap().spec().clone();
    let funding_interval = spec.funding_interval.filter(|_| kind != InstrumentKind::Spot);
    Instrument::new(InstrumentSpec { kind, funding_interval, ..spec }).unwrap()
}

/// A strategy of the catalogue with as many instruments as it takes.
fn made(name: &str, reach: Reach) -> (Box<dyn Strategy>, usize) {
    let perpetual = || facts(InstrumentKind::LinearPerpetual);
    let instruments = match reach {
        Reach::One => vec![perpetual()],
        Reach::PerpetualAndSpot => vec![perpetual(), facts(InstrumentKind::Spot)],
        Reach::Pair => vec![perpetual(), perpetual()],
        Reach::Ranked => vec![perpetual(), perpetual(), perpetual()],
    };
    let count = instruments.len();
    let universe =
        Universe { strategy: StrategyId(0), instruments: (0..).map(InstrumentId).zip(instruments).collect() };
    (build_across(name, &Parameters::new(), universe).unwrap(), count)
}

#[test]
fn a_warm_strategy_allocates_nothing_until_it_says_something() {
    let leg = LegContext {
        instrument: InstrumentId(0),
        position: 0.0,
        entry_price: None,
        funding: Some(FundingOutlook { rate: 1e-4, next: Timestamp::EPOCH.after(Span::DAY.times(4000)) }),
        liquidation_distance: Some(0.3),
    };
    let context = Context { legs: &[leg], ..Context::BLANK };
    for listing in catalogue() {
        let (mut strategy, count) = made(listing.name, listing.reach);
        // A pair is tested for cointegration every few bars, which is a regression and no update.
        let rests = listing.name == "pairs-trading";
        let mut signals = Signals::new();
        let mut silent = 0;
        for hour in 0..strategy.warm_up() + 600 {
            let events: Vec<MarketEvent> = (0..count)
                .map(|id| MarketEvent::closed_bar(InstrumentId(id as u32), bar(hour, id)))
                .collect();
            signals.clear();
            let counted = measure(|| {
                for event in &events {
                    strategy.observe(event, &context, &mut signals).unwrap();
                }
            });
            if hour > strategy.warm_up() + 10 && signals.as_slice().is_empty() {
                assert!(counted.count_total == 0 || rests, "{} at {hour}: {counted:?}", listing.name);
                silent += 1;
            }
        }
        assert!(silent > 100, "{} was hardly ever silent", listing.name);
    }
}

#[test]
fn weighing_and_netting_opinions_allocates_nothing() {
    let names = ["trend-following", "momentum", "mean-reversion"];
    let weighing = StrategyMatrix::standard().weighing(&names).unwrap();
    let mut pipeline = Pipeline::new(PipelineSettings::UNLIMITED, 3, 1);
    let at = Timestamp::EPOCH;
    for strategy in 0..3 {
        let signal = Signal {
            strategy: StrategyId(strategy),
            instrument: InstrumentId(0),
            at,
            direction: if strategy == 1 { Direction::Short } else { Direction::Long },
            strength: 0.5,
            confidence: 0.7,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "test".into(),
            leg: None,
        };
        pipeline.admit(&signal, at, true).unwrap();
    }
    let mut weights = [0.0; 3];
    let counted = measure(|| {
        for hour in 0..100 {
            weighing.weigh(&RegimeEstimate::UNKNOWN, &mut weights);
            pipeline.consensus(InstrumentId(0), at.after(Span::HOUR.times(hour)), &weights);
        }
    });
    assert_eq!(counted.count_total, 0);
}
