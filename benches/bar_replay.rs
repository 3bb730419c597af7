//! A year of minutes through the whole engine, research profile, journal off: bars a second.
//!
//! The same work as other engines do on it: one simple-average cross, next-open fills, 0.05 % fee.

use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use autotrading::backtest::{
    Backtest, BacktestConfiguration, BacktestError, Detail, Finished, ResearchRules,
};
use autotrading::core::{StrategyEntry, Unrecorded};
use autotrading::domain::{Money, Rate};
use autotrading::market_data::CommonWorkload;
use autotrading::strategy::{ParameterValue, Parameters};
use criterion::{Criterion, Throughput};
use rust_decimal::Decimal;

const BARS: usize = 525_600;

/// The reference rule of the comparison, long or flat with one unit.
fn configuration(fast: i64, slow: i64) -> BacktestConfiguration {
    let parameters = Parameters::new()
        .with("fast", ParameterValue::Integer(fast))
        .with("slow", ParameterValue::Integer(slow));
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(100_000)),
    };
    rules.configuration()
}

/// Replays the market to its end.
fn replay(backtest: &Backtest<'_>) -> Result<Finished, BacktestError> {
    Ok(backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let (cross, never) = (configuration(10, 50), configuration(9_999, 100_000));
    let over = |configuration| Backtest {
        configuration,
        history: history.all(),
        funding: &[],
        data: "common workload",
        detail: Detail::Figures,
    };
    let (cross, never) = (over(&cross), over(&never));

    // A number that is fast and wrong is worth nothing: this is what other engines get.
    let summary = replay(&cross)?.summary(&cross)?;
    println!("sma-cross 10/50: equity {}, {} fills", summary.final_equity, summary.fills);
    if (summary.final_equity.to_f64() - 98_400.590_742_187_43).abs() > 1e-6 || summary.fills != 14_450 {
        return Err("the replay no longer agrees with other engines".into());
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("bar_replay");
    group.throughput(Throughput::Elements(BARS as u64)).sample_size(20);
    group.measurement_time(Duration::from_secs(6)).warm_up_time(Duration::from_secs(1));
    group.bench_function("sma-cross 10/50", |bencher| bencher.iter(|| black_box(replay(&cross)).is_ok()));
    group.bench_function("hardly ever trades", |bencher| bencher.iter(|| black_box(replay(&never)).is_ok()));
    group.bench_function("sma-cross 10/50 with its figures", |bencher| {
        bencher.iter(|| replay(&cross).and_then(|finished| black_box(finished.summary(&cross))).is_ok());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
