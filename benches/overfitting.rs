//! What it costs to see through a search: all splits of a record, tests by resampling, ten thousand futures.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::backtest::monte_carlo::{MonteCarlo, MonteCarloRules, ResampledPaths};
use autotrading::statistics::overfitting::{
    AbilityTest, CombinatorialSplits, IndependentTrials, Search, Verdict, VerdictRules,
};
use criterion::{Criterion, Throughput};
use ndarray::Array2;

/// As many rows and trials as the search of forty-eight crossovers on twenty years of days.
const ROWS: usize = 4816;
const TRIALS: usize = 48;

/// Returns that look like chance, from whole numbers: the same in any language.
fn returns() -> Array2<f64> {
    let mut state = 20_240_101_u64;
    Array2::from_shape_simple_fn((ROWS, TRIALS), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 0.04
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let returns = returns();
    let splits = CombinatorialSplits::new(16)?;
    println!("probability of overfitting {}", splits.judge(returns.view())?.probability());

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("overfitting");
    group.sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    group.bench_function("12 870 splits of 48 trials", |bencher| {
        bencher.iter(|| black_box(splits.judge(returns.view())).map(|seen| seen.splits.len()));
    });
    let test = AbilityTest { repetitions: 1000, ..AbilityTest::default() };
    group.bench_function("reality check and superior ability, 1000 resamples", |bencher| {
        bencher.iter(|| black_box(test.judge(returns.view())));
    });
    group.bench_function("independent trials", |bencher| {
        bencher.iter(|| black_box(IndependentTrials::among(returns.view(), 0.5)));
    });
    group.bench_function("verdict", |bencher| {
        let search = Search { returns: returns.view(), trials: TRIALS as u64 };
        bencher.iter(|| black_box(Verdict::of(search, &VerdictRules::default())).evidence);
    });
    group.finish();

    let seen = returns.column(0).to_vec();
    let maker = ResampledPaths::new(&seen, Some(9.0))?;
    let rules = MonteCarloRules { horizon: 252, ..MonteCarloRules::default() };
    let game = MonteCarlo::new(&maker, rules)?;
    let mut group = criterion.benchmark_group("monte_carlo");
    group.throughput(Throughput::Elements(10_000 * 252)).sample_size(30);
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    group.bench_function("10 000 x 252, paths", |bencher| {
        bencher.iter(|| black_box(game.simulate(0..10_000)).map(|share| share.figures.len()));
    });
    group.bench_function("10 000 x 252, paths, fan and probabilities", |bencher| {
        bencher.iter(|| black_box(game.run()).map(|outcome| outcome.paths));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
