//! Bars that stay in their file, through the whole engine, in memory that does not grow with them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use allocation_counter::measure;
use autotrading_backtest::{
    Backtest, BacktestError, Detail, MarketHistory, PortfolioBacktest, PortfolioReport, ResearchRules,
};
use autotrading_catalog::{BarFile, Existing, write_bars};
use autotrading_core::{StrategyEntry, Unrecorded};
use autotrading_market_data::{BarSupply, CommonWorkload, ReadRules};
use autotrading_strategy::{ParameterValue, Parameters};

fn written(folder: &Path, bars: usize) -> PathBuf {
    let path = folder.join(format!("{bars}.csv"));
    write_bars(&path, CommonWorkload::history(bars).all(), Existing::Keep).unwrap();
    path
}

/// A crossing every few bars, so that all that is remembered of orders is soon full.
fn often() -> ResearchRules {
    let lengths = [("fast", 2), ("slow", 5)];
    let parameters = lengths
        .into_iter()
        .fold(Parameters::new(), |all, (key, bars)| all.with(key, ParameterValue::Integer(bars)));
    let strategy = StrategyEntry { name: "sma-cross".to_owned(), parameters };
    ResearchRules { strategy, ..ResearchRules::default() }
}

fn report(bars: &dyn BarSupply, detail: Detail) -> PortfolioReport {
    let configuration = often().configuration();
    let markets = [MarketHistory::new("RESEARCH", bars)];
    let backtest = PortfolioBacktest { configuration: &configuration, markets: &markets, data: "", detail };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    finished.outcome(&backtest).unwrap().report
}

#[test]
fn a_file_in_pieces_with_nothing_kept_has_the_summary_of_bars_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = BarFile::open(&written(folder.path(), 50_000), ReadRules::default()).unwrap();
    let history = CommonWorkload::history(50_000);
    let (lean, whole) = (report(&file, Detail::Summary), report(&history, Detail::Full));
    let (ours, theirs) = (&lean.summary, &whole.summary);
    assert_eq!(ours.digest, theirs.digest);
    assert_eq!(ours.max_drawdown, theirs.max_drawdown);
    assert!((ours.sharpe.unwrap() / theirs.sharpe.unwrap() - 1.0).abs() < 1e-9);
    let exact = |report: &PortfolioReport| {
        let summary = report.summary.clone();
        (summary.final_equity, summary.fees, summary.fills, summary.closed_trades)
    };
    assert_eq!(exact(&lean), exact(&whole));
    assert_eq!(lean.instruments[0].net, whole.instruments[0].net);
    assert!(lean.venue_agrees && lean.notes.iter().any(|note| note.contains("each day")));
    // 50 000 minutes are 34 days and a part of one; the first point is kept too.
    assert_eq!(lean.performance.observations, 35);
    assert_eq!(lean.performance.total_return, whole.performance.total_return);
}

#[test]
fn memory_of_a_whole_run_does_not_grow_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let peak = |bars: usize| {
        let path = written(folder.path(), bars);
        let used = measure(|| {
            let file = BarFile::open(&path, ReadRules::default()).unwrap();
            assert_eq!(report(&file, Detail::Summary).instruments[0].bars, bars as u64);
        });
        used.bytes_max
    };
    let (short, long) = (peak(70_000), peak(210_000));
    assert!(long < 16 << 20, "{long} bytes at most for 210 000 bars");
    assert!(long < short + (1 << 18), "{short} bytes for 70 000 bars, {long} for 210 000");
}

#[test]
fn a_run_of_one_market_that_kept_its_summary_alone_has_one_and_no_report() {
    let history = CommonWorkload::history(5_000);
    let configuration = ResearchRules::default().configuration();
    let of = |detail| Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "",
        detail,
    };
    let run = |backtest: &Backtest<'_>| backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap().0;
    let (lean, whole) = (of(Detail::Summary), of(Detail::Figures));
    let (ours, theirs) = (run(&lean).summary(&lean).unwrap(), run(&whole).summary(&whole).unwrap());
    assert_eq!((ours.digest, ours.max_drawdown), (theirs.digest, theirs.max_drawdown));
    assert!(matches!(run(&lean).outcome(&lean, Vec::new()), Err(BacktestError::NotKept)));
}
