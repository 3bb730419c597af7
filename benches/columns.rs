//! The fused path: one run over ten years of minutes, and a hundred combinations over one year, on one thread and two.
//!
//! The same work as `bar_replay`, whose results it must have to the digit.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::backtest::{ColumnFault, ColumnOutcome, Columns, Keep, ResearchRules};
use autotrading::core::StrategyEntry;
use autotrading::market_data::CommonWorkload;
use autotrading::strategy::{ParameterValue, Parameters};
use criterion::{Criterion, Throughput};

const YEAR: usize = 525_600;
const DECADE: usize = 10 * YEAR;

fn rules(fast: i64, slow: i64) -> ResearchRules {
    let parameters = Parameters::new()
        .with("fast", ParameterValue::Integer(fast))
        .with("slow", ParameterValue::Integer(slow));
    ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        ..ResearchRules::default()
    }
}

/// The hundred combinations of the comparison.
fn grid() -> Vec<ResearchRules> {
    (5..15).flat_map(|fast| (20..=65).step_by(5).map(move |slow| rules(fast, slow))).collect()
}

/// From bars to a result, the look at every bar included.
fn whole(bars: autotrading::market_data::Window<'_>, keep: Keep) -> Result<ColumnOutcome, ColumnFault> {
    Columns::new(bars)?.run(&rules(10, 50), keep)
}

/// Each thread sweeps its own share of the rules over the same bars; in turns, since short averages cross more often.
fn sweep(columns: Columns<'_>, rules: &[ResearchRules], threads: usize, keep: Keep) -> usize {
    let share = |first: usize| rules.iter().skip(first).step_by(threads).cloned().collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(share)
            .map(|rules| {
                scope.spawn(move || columns.sweep(&rules, keep).iter().filter(|run| run.is_ok()).count())
            })
            .collect();
        started.into_iter().filter_map(|thread| thread.join().ok()).sum()
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let decade = CommonWorkload::history(DECADE);
    let year = decade.all().slice(0, YEAR);
    let columns = Columns::new(year)?;

    // A number that is fast and wrong is worth nothing: this is what other engines get.
    let outcome = columns.run(&rules(10, 50), Keep::Figures)?;
    println!("sma-cross 10/50: equity {}, {} fills", outcome.final_equity, outcome.fills);
    if outcome.final_equity.to_string() != "98400.5907421875" || outcome.fills != 14_450 {
        return Err("the fused path no longer agrees with other engines".into());
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("columns");
    group.sample_size(20).measurement_time(Duration::from_secs(4)).warm_up_time(Duration::from_secs(1));
    group.throughput(Throughput::Elements(DECADE as u64));
    group.bench_function("look at every bar", |bencher| {
        bencher.iter(|| black_box(Columns::new(decade.all())).is_ok());
    });
    for (name, keep) in
        [("account", Keep::Account), ("figures", Keep::Figures), ("everything", Keep::Everything)]
    {
        group.bench_function(format!("one run, {name}"), |bencher| {
            bencher.iter(|| black_box(whole(decade.all(), keep)).is_ok());
        });
    }
    let grid = grid();
    group.throughput(Throughput::Elements((YEAR * grid.len()) as u64));
    for (name, keep) in [("account", Keep::Account), ("figures", Keep::Figures)] {
        for threads in [1, 2] {
            group.bench_function(format!("sweep of 100, {name}, threads {threads}"), |bencher| {
                bencher.iter(|| black_box(sweep(columns, &grid, threads, keep)));
            });
        }
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
