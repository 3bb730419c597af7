//! Every figure of an equity curve of a year of minutes: from points to ratios, tails and falls.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::backtest::{Columns, Keep, Performance, ResearchRules};
use autotrading::domain::Timestamp;
use autotrading::market_data::CommonWorkload;
use criterion::{Criterion, Throughput};

const BARS: usize = 525_600;

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let equity = Columns::new(history.all())?.run(&ResearchRules::default(), Keep::Everything)?.equity;
    let closes = |nanos: &i64| Timestamp::from_nanos(*nanos).after(history.interval());
    let times: Vec<Timestamp> = history.open_time().iter().map(closes).collect();

    // These figures were the same before they were quick.
    let figures = Performance::of(&times, &equity);
    println!("{figures:?}");

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("statistics_of_a_run");
    group.throughput(Throughput::Elements(BARS as u64)).sample_size(20);
    group.measurement_time(Duration::from_secs(4)).warm_up_time(Duration::from_secs(1));
    group.bench_function("all figures", |bencher| {
        bencher.iter(|| black_box(Performance::of(&times, &equity)).observations);
    });
    group.bench_function("all figures of the asset", |bencher| {
        bencher.iter(|| black_box(Performance::of(&times, history.close())).observations);
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
