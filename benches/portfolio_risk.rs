//! Value at risk of a portfolio of 50 positions over 1 000 scenarios: each model, and the split by position.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::risk::{TailModel, portfolio_returns, split_risk, tail_risk};
use autotrading::statistics::Decay;
use criterion::Criterion;
use ndarray::{Array1, Array2};

const POSITIONS: usize = 50;
const SCENARIOS: usize = 1_000;

/// Numbers that look like daily returns of some per cent, the same in every run.
fn scenarios() -> Array2<f64> {
    let mut state = 7_u64;
    Array2::from_shape_simple_fn((SCENARIOS, POSITIONS), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5) * 0.08
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (returns, equity) = (scenarios(), 1_000_000.0);
    let exposures = Array1::from_iter((0..POSITIONS).map(|k| if k % 3 == 0 { -15_000.0 } else { 20_000.0 }));
    let covariance = returns.t().dot(&returns) / SCENARIOS as f64;
    let book = portfolio_returns(exposures.view(), equity, returns.view())?;
    let risk = tail_risk(&book, TailModel::Historical, 0.95, 1)?.in_money(equity)?;
    println!("{POSITIONS} positions, {SCENARIOS} scenarios: {risk:?}");

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("portfolio_risk");
    group.sample_size(50).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    group.bench_function("returns of the book and historical", |bencher| {
        bencher.iter(|| {
            let book = portfolio_returns(black_box(exposures.view()), equity, returns.view())?;
            tail_risk(&book, TailModel::Historical, 0.95, 1)
        });
    });
    let decay = Decay::from_lambda(0.94)?;
    for (name, model) in [
        ("historical", TailModel::Historical),
        ("normal", TailModel::Normal),
        ("cornish-fisher", TailModel::CornishFisher),
        ("student-t", TailModel::StudentT { degrees_of_freedom: Some(4.0) }),
        ("filtered historical", TailModel::FilteredHistorical { decay }),
        (
            "monte carlo, 10 000 draws",
            TailModel::MonteCarlo { draws: 10_000, seed: 1, degrees_of_freedom: None },
        ),
        ("extreme value", TailModel::ExtremeValue { level: 0.95 }),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| tail_risk(black_box(&book), model, 0.95, 1));
        });
    }
    group.bench_function("split by position", |bencher| {
        bencher.iter(|| split_risk(black_box(exposures.view()), covariance.view(), 0.95));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
