//! What was written reads back equal.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]
#![allow(clippy::disallowed_methods, reason = "the tests write the files that they read")]

use std::ops::ControlFlow;
use std::path::PathBuf;

use autotrading_backtest::laboratory::{
    Executor, InTurn, JobMarket, JobResult, Search, SearchAxis, SearchSpace, Sweep,
};
use autotrading_backtest::{FillMark, ResearchRules};
use autotrading_domain::{
    Bar, ClientOrderId, Money, Price, Purpose, Quantity, Side, Span, Timestamp, TradeId,
};
use autotrading_market_data::{CommonWorkload, History, ReadRules};
use autotrading_parquet::{
    read_bars, read_equity, read_fills, read_trials, write_bars, write_equity, write_fills, write_trials,
};

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.parquet");
    (folder, path)
}

fn fill(number: u64, order: Option<ClientOrderId>, price: &str, fee: &str) -> FillMark {
    FillMark {
        at: Timestamp::from_secs(1_600_000_000).after(Span::from_nanos(number as i64)),
        trade: TradeId(number),
        order,
        side: if number.is_multiple_of(2) { Side::Buy } else { Side::Sell },
        price: Price::new(price.parse().unwrap()).unwrap(),
        quantity: Quantity::of("0.001".parse().unwrap()),
        fee: Money::new(fee.parse().unwrap()),
        purpose: order.map(|_| Purpose::StopLoss),
        reason: "the market traded through the limit".to_owned(),
    }
}

#[test]
fn bars_come_back_bit_by_bit_with_interval_and_decimals() {
    let (_folder, path) = scratch();
    let mut bars: Vec<Bar> = CommonWorkload::history(70_001).iter().collect();
    bars.remove(40_000);
    (bars[7].synthetic, bars[7].volume) = (true, 0.0);
    let history = History::from_bars(Span::MINUTE, bars).unwrap().with_price_decimals(7);
    write_bars(&path, history.all()).unwrap();
    let reading = read_bars(&path, ReadRules::default()).unwrap();
    assert!(reading.history == history, "a bar changed");
    assert_eq!(reading.history.digest(), history.digest());
    assert_eq!(reading.findings.total(), 1, "the gap is listed");
}

#[test]
fn fills_come_back_exactly() {
    let (_folder, path) = scratch();
    let order = Some(ClientOrderId { run: 1, sequence: 42 });
    let fills = [
        fill(1, order, "42283.58", "0.021141790001"),
        fill(2, None, "0.000000000000000001", "-12"),
        fill(3, order, "79228162514264337593", "0"),
    ];
    write_fills(&path, &fills).unwrap();
    assert_eq!(read_fills(&path).unwrap(), fills);
    write_fills(&path, &[]).unwrap();
    assert_eq!(read_fills(&path).unwrap(), []);
}

#[test]
fn equity_comes_back_bit_by_bit() {
    let (_folder, path) = scratch();
    let moments: Vec<_> = (0..10_000).map(Timestamp::from_secs).collect();
    let equity: Vec<_> =
        (0..10_000).map(|place| 1e5 * (1.0 + (f64::from(place) * 0.37).sin() / 3.0)).collect();
    write_equity(&path, &moments, &equity).unwrap();
    let (times, values) = read_equity(&path).unwrap();
    assert!(times == moments && values == equity);
}

#[test]
fn faults_are_told_with_file_column_and_row() {
    let (_folder, path) = scratch();
    assert!(read_bars(&path, ReadRules::default()).unwrap_err().to_string().contains("cannot be opened"));
    std::fs::write(&path, "open_time,open\n").unwrap();
    let error = read_bars(&path, ReadRules::default()).unwrap_err().to_string();
    assert!(error.contains("file.parquet cannot be read or written as Parquet"), "{error}");
    write_equity(&path, &[Timestamp::EPOCH], &[1.0]).unwrap();
    let error = read_bars(&path, ReadRules::default()).unwrap_err().to_string();
    assert!(error.ends_with("the column open_time is missing, expected there"), "{error}");
    let error = write_equity(&path, &[Timestamp::EPOCH], &[]).unwrap_err().to_string();
    assert!(error.ends_with("1 moments for 0 values"), "{error}");
    let fine = fill(1, None, "1", "0.0000000000000000001");
    let error = write_fills(&path, &[fine]).unwrap_err().to_string();
    assert!(error.contains("row 1: fee is 0.0000000000000000001, expected at most 18 places"), "{error}");
}

#[test]
fn rows_that_run_backward_are_refused_by_number() {
    let (_folder, path) = scratch();
    // Another program wrote it: no metadata, and in no order.
    let times = [120, 60, 180].map(|secs| Timestamp::from_secs(secs).nanos());
    write_unsorted(&path, &times);
    let error = read_bars(&path, ReadRules::default()).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("out of order"), "{error}");
}

fn write_unsorted(path: &std::path::Path, nanos: &[i64]) {
    use arrow_array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
    use std::sync::Arc;
    let times = TimestampNanosecondArray::from(nanos.to_vec()).with_timezone("UTC");
    let mut columns = vec![("open_time", Arc::new(times) as ArrayRef)];
    for name in ["open", "high", "low", "close", "volume"] {
        columns.push((name, Arc::new(Float64Array::from(vec![1.0; nanos.len()])) as ArrayRef));
    }
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn the_trials_of_a_search_come_back_with_their_parameters_figures_and_days() {
    let (_folder, path) = scratch();
    let history = CommonWorkload::history(5_000);
    let market = JobMarket::new(&history, &[], "synthetic");
    let base = ResearchRules::default().configuration();
    // The second pair never trades: its Sharpe ratio is undefined.
    let axes = ["fast=5,4000", "slow=20,4500"].map(|axis| SearchAxis::read(axis, &base).unwrap());
    let sweep = Sweep { space: SearchSpace::new(axes.to_vec()).unwrap(), base, search: Search::Grid };
    let window = history.all();
    let (from, to) = (window.start().unwrap(), window.end().unwrap());
    let plan = sweep.plan(&market, [from, to, from]).unwrap();
    let results = InTurn.collect(&plan.jobs(), &market, &mut |_| ControlFlow::Continue(())).unwrap();
    let table = plan.table(results.into_iter().flatten().collect::<Vec<JobResult>>());
    assert!(table.trials.iter().any(|trial| trial.result.figures.sharpe.is_some()));
    write_trials(&path, &table).unwrap();
    let read = read_trials(&path).unwrap();
    assert_eq!(read.len(), table.trials.len());
    for (row, trial) in read.iter().zip(&table.trials) {
        assert_eq!((row.number, &row.result), (trial.number, &trial.result));
        let values: Vec<String> = trial.values.iter().map(ToString::to_string).collect();
        let names = ["sma-cross.fast", "sma-cross.slow"];
        let expected: Vec<(String, String)> = names.map(str::to_owned).into_iter().zip(values).collect();
        assert_eq!(row.parameters, expected);
    }
    let refused = read_equity(&path).unwrap_err().to_string();
    assert!(refused.contains("the column time is missing"), "{refused}");
}
