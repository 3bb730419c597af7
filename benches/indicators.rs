//! One update of the indicators that strategies and sizing lean on.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::market_data::CommonWorkload;
use autotrading::strategy::indicators::{Atr, Candle, Ema, Indicator, Rsi, Sma};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

const BARS: usize = 10_000;

/// Runs all inputs through a fresh indicator.
fn measure<I: Indicator + Clone>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    fresh: &I,
    inputs: &[I::Input],
) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let mut indicator = fresh.clone();
            for input in inputs {
                let _ = black_box(indicator.update(*input));
            }
        });
    });
}

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let closes = history.close();
    let candles = history.iter().map(|bar| Candle::try_from(&bar)).collect::<Result<Vec<_>, _>>()?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("indicators");
    group.throughput(Throughput::Elements(BARS as u64)).sample_size(50);
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    measure(&mut group, "sma 50", &Sma::new(50)?, closes);
    measure(&mut group, "ema 50", &Ema::new(50)?, closes);
    measure(&mut group, "rsi 14", &Rsi::new(14)?, closes);
    measure(&mut group, "atr 14", &Atr::new(14)?, &candles);
    group.finish();
    criterion.final_summary();
    Ok(())
}
