//! What it costs to share capital: optima, trees, tails, and one more row of a covariance.
//!
//! ```text
//! cargo bench -p autotrading-benches --bench portfolio
//! ```
//!
//! With `-- --cpu` it prints one line of JSON for each problem that other libraries solve, too: the CPU time of a call and what
//! came of it. `.ci/portfolio-peers` holds them against each other.

#![allow(clippy::disallowed_methods, reason = "a bench reads its arguments and the clock")]

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::portfolio::{
    CovarianceEstimator, HierarchicalRiskParity, Inputs, Portfolio, Returns, Reward, Risk, RiskBudgets,
    WeightBounds, minimum_variance, minimum_variance_near,
};
use autotrading::statistics::{Decay, ExponentialCovariance, QuantileMethod, RollingQuantile};
use criterion::{Criterion, Throughput};
use ndarray::Array2;

/// Returns with one common factor, from whole numbers: the same in any language.
fn returns(rows: usize, assets: usize) -> Result<Returns, Box<dyn Error>> {
    let mut state = 20_240_101_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    let mut table = Array2::zeros((rows, assets));
    for mut row in table.rows_mut() {
        let factor = next();
        for (asset, entry) in row.iter_mut().enumerate() {
            *entry = 0.04 * next() + 0.03 * factor * (0.5 + asset as f64 / assets as f64);
        }
    }
    Ok(Returns::new((0..assets).map(|asset| asset.to_string()), table)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--cpu") {
        return by_cpu();
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("portfolio");
    group.sample_size(10).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
    for assets in [100, 500] {
        let returns = returns(1250, assets)?;
        let covariance = CovarianceEstimator::Sample.estimate(&returns)?.matrix;
        let bounds = WeightBounds::long_only(assets)?;
        let answer = minimum_variance(covariance.view(), &bounds)?;
        println!("{assets} assets: least volatility {}, residual {:e}", answer.volatility, answer.residual);
        group.bench_function(format!("minimum variance, {assets} assets"), |bencher| {
            bencher.iter(|| minimum_variance(black_box(covariance.view()), &bounds));
        });
        group.bench_function(format!("minimum variance again, {assets} assets"), |bencher| {
            bencher.iter(|| minimum_variance_near(black_box(covariance.view()), &bounds, &answer.weights));
        });
        let parity = RiskBudgets::equal(assets)?;
        group.bench_function(format!("risk parity, {assets} assets"), |bencher| {
            bencher.iter(|| parity.solve(black_box(covariance.view())));
        });
        let tree = HierarchicalRiskParity::default();
        group.bench_function(format!("hierarchical risk parity, {assets} assets"), |bencher| {
            bencher.iter(|| tree.solve(black_box(covariance.view())));
        });
        let mut memory = ExponentialCovariance::new(assets, Decay::from_half_life(60.0)?)?;
        let row = returns.table().row(7).to_owned();
        group.bench_function(format!("one more row of a fading covariance, {assets} assets"), |bencher| {
            bencher.iter(|| memory.push(black_box(row.view())));
        });
    }
    let ticks = returns(4096, 1)?.table().column(0).to_vec();
    group.throughput(Throughput::Elements(ticks.len() as u64));
    group.bench_function("rolling value at risk, window 500", |bencher| {
        let mut edge = RollingQuantile::new(500, 0.05, QuantileMethod::Linear).ok();
        bencher.iter(|| {
            let Some(edge) = &mut edge else { return 0.0 };
            ticks.iter().fold(0.0, |worst: f64, tick| {
                let pushed = edge.push(*tick).and_then(|()| edge.value());
                worst.min(pushed.unwrap_or(0.0))
            })
        });
    });
    conic(&mut group)?;
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// What goes through the builder.
fn conic(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
) -> Result<(), Box<dyn Error>> {
    for assets in [100, 500] {
        let inputs = Inputs::from_returns(&returns(1250, assets)?)?;
        let least = Portfolio::minimise(Risk::Variance).long_only().cap(1.0);
        let answer = least.solve(&inputs)?;
        println!("{assets} assets by sentence: {:?}, {:?}", answer.solved_by, answer.residuals);
        group.bench_function(format!("minimum variance by sentence, {assets} assets"), |bencher| {
            bencher.iter(|| least.solve(black_box(&inputs)));
        });
    }
    let inputs = Inputs::from_returns(&returns(2500, 100)?)?;
    let shortfall =
        Portfolio::minimise(Risk::ConditionalValueAtRisk { confidence: 0.95 }).long_only().cap(1.0);
    let answer = shortfall.solve(&inputs)?;
    println!("2500 days of 100 assets: shortfall {}, {:?}", answer.objective, answer.residuals);
    group.bench_function("least expected shortfall, 2500 days of 100 assets", |bencher| {
        bencher.iter(|| shortfall.solve(black_box(&inputs)));
    });
    let inputs = Inputs::from_returns(&returns(1250, 100)?)?;
    let sharpe = Portfolio::maximise(Reward::Sharpe { risk_free: 0.0 }).long_only().cap(1.0);
    group.bench_function("largest Sharpe ratio, 100 assets", |bencher| {
        bencher.iter(|| sharpe.solve(black_box(&inputs)));
    });
    Ok(())
}

/// CPU time of this thread in nanoseconds, or time by the clock where the system tells none.
fn spent(started: std::time::Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()));
    told.unwrap_or_else(|| started.elapsed().as_nanos() as f64)
}

/// Calls again and again for a second, three times; the least milliseconds a call.
fn told<T>(name: &str, value: f64, mut call: impl FnMut() -> T) {
    let started = std::time::Instant::now();
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        let (from, mut calls, mut batch) = (spent(started), 0_u32, 1);
        let took = loop {
            (0..batch).for_each(|_| drop(black_box(call())));
            calls += batch;
            let took = spent(started) - from;
            if took > 1e9 {
                break took / f64::from(calls);
            }
            batch = (batch * 2).min(1 << 16);
        };
        least = least.min(took);
    }
    println!("{{\"row\": \"{name}\", \"milliseconds\": {}, \"value\": {}}}", least / 1e6, written(value));
}

fn written(value: f64) -> String {
    if value.is_finite() { format!("{value:e}") } else { "null".to_owned() }
}

fn by_cpu() -> Result<(), Box<dyn Error>> {
    for assets in [100, 500] {
        let covariance = CovarianceEstimator::Sample.estimate(&returns(1250, assets)?)?.matrix;
        let bounds = WeightBounds::long_only(assets)?;
        let least = minimum_variance(covariance.view(), &bounds)?.volatility;
        told(&format!("minimum variance {assets}"), least, || minimum_variance(covariance.view(), &bounds));
        let parity = RiskBudgets::equal(assets)?;
        let volatility = parity.solve(covariance.view())?.volatility;
        told(&format!("risk parity {assets}"), volatility, || parity.solve(covariance.view()));
        let tree = HierarchicalRiskParity::default();
        let first = tree.solve(covariance.view())?.weights[0];
        told(&format!("hierarchical {assets}"), first, || tree.solve(covariance.view()));
        let row = returns(1250, assets)?.table().row(7).to_owned();
        let mut memory =
            ExponentialCovariance::of(returns(1250, assets)?.table(), Decay::from_lambda(0.94)?)?;
        let corner = memory.about_zero()?[[0, 1]];
        told(&format!("fading covariance row {assets}"), corner, || memory.push(row.view()));
    }
    let ticks = returns(4096, 1)?.table().column(0).to_vec();
    let mut edge = RollingQuantile::new(500, 0.05, QuantileMethod::Linear)?;
    let mut next = ticks.iter().cycle();
    told("rolling value at risk, window 500", f64::NAN, || {
        let pushed = next.next().map(|tick| edge.push(*tick));
        (pushed, edge.value())
    });
    let inputs = Inputs::from_returns(&returns(2500, 100)?)?;
    let asked = Portfolio::minimise(Risk::ConditionalValueAtRisk { confidence: 0.95 }).long_only().cap(1.0);
    let least = asked.solve(&inputs)?.objective;
    told("expected shortfall 2500 x 100", least, || asked.solve(&inputs));
    Ok(())
}
