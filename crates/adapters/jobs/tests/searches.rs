//! Searches on threads, in shards, killed and taken up again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]
#![allow(clippy::disallowed_methods, reason = "files are broken here on purpose")]

use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use autotrading_backtest::ResearchRules;
use autotrading_backtest::laboratory::{
    Criterion, Executor, InTurn, JobError, JobMarket, JobResult, JobSpec, Search, SearchAxis, SearchSpace,
    Sweep,
};
use autotrading_backtest::monte_carlo::{MonteCarlo, MonteCarloRules, ResampledPaths};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate};
use autotrading_jobs::{
    LocalThreads, PermutationFile, Remembering, ResultFile, ResultFileError, SearchName, Shard, TrialLedger,
};
use autotrading_market_data::{CommonWorkload, History};
use autotrading_strategy::Parameters;
use rust_decimal::Decimal;

/// Three days of synthetic minutes.
fn bars() -> History {
    CommonWorkload::history(4320)
}

fn jobs(market: &JobMarket<'_>) -> Vec<JobSpec> {
    let base = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(100_000)),
    }
    .configuration();
    let axes = ["fast=5..8", "slow=20..40:10"].map(|axis| SearchAxis::read(axis, &base).unwrap()).to_vec();
    let sweep = Sweep { space: SearchSpace::new(axes).unwrap(), base, search: Search::Grid };
    let window = market.history().all();
    let (from, to) = (window.start().unwrap(), window.end().unwrap());
    sweep.plan(market, [from, to, from]).unwrap().jobs()
}

fn run<E: Executor>(executor: &E, jobs: &[JobSpec], market: &JobMarket<'_>) -> Vec<Option<JobResult>> {
    executor.collect(jobs, market, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn text(results: &[Option<JobResult>]) -> String {
    serde_json::to_string(results).unwrap()
}

fn threads(count: usize) -> LocalThreads {
    LocalThreads { threads: NonZeroUsize::new(count).unwrap() }
}

#[test]
fn one_thread_or_many_give_the_same_bytes() {
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let alone = text(&run(&InTurn, &jobs, &market));
    for count in [1, 2, 4] {
        assert!(text(&run(&threads(count), &jobs, &market)) == alone, "{count} threads");
    }
}

#[test]
fn a_killed_search_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let name = SearchName::of(&jobs).unwrap();
    let whole = text(&run(&InTurn, &jobs, &market));
    let open = || ResultFile::open(&path, &name).unwrap();
    // Five results, and the sixth torn in the middle of its line.
    let executor = Remembering::new(open().0, Shard::WHOLE, InTurn);
    let mut done = 0;
    executor
        .execute(&jobs, &market, &mut |_, _| {
            done += 1;
            if done == 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 40]).unwrap();
    let (file, recovered) = open();
    assert_eq!(recovered.results, 5);
    assert!(recovered.torn > 0);
    let again = Remembering::new(file, Shard::WHOLE, Counting);
    assert!(text(&run(&again, &jobs, &market)) == whole);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1 + jobs.len());
    // A third time nothing is left to do.
    let third = Remembering::new(open().0, Shard::WHOLE, Refusing);
    assert!(text(&run(&third, &jobs, &market)) == whole);
}

/// Runs one after the other, and knows how many.
struct Counting;

impl Executor for Counting {
    type Error = JobError;

    fn execute(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        finished: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), Self::Error> {
        assert_eq!(jobs.len(), 7, "twelve jobs, five known");
        InTurn.execute(jobs, market, finished)
    }
}

/// Must not be asked for anything.
struct Refusing;

impl Executor for Refusing {
    type Error = JobError;

    fn execute(
        &self,
        jobs: &[JobSpec],
        _: &JobMarket<'_>,
        _: &mut dyn FnMut(usize, JobResult) -> ControlFlow<()>,
    ) -> Result<(), Self::Error> {
        assert!(jobs.is_empty());
        Ok(())
    }
}

#[test]
fn shards_together_are_the_whole_and_each_job_is_run_by_one() {
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let folder = tempfile::tempdir().unwrap();
    let name = SearchName::of(&jobs).unwrap();
    let whole = run(&InTurn, &jobs, &market);
    let mut merged: Vec<Option<JobResult>> = vec![None; jobs.len()];
    for shard in ["1/3", "2/3", "3/3"] {
        let path = folder.path().join(shard.replace('/', "-"));
        let (file, _) = ResultFile::open(&path, &name).unwrap();
        let executor = Remembering::new(file, shard.parse().unwrap(), threads(2));
        for (place, result) in run(&executor, &jobs, &market).into_iter().enumerate() {
            assert!(result.is_none() || merged[place].is_none());
            merged[place] = merged[place].take().or(result);
        }
        assert_eq!(ResultFile::read(&path, &name).unwrap().len(), 4);
    }
    assert!(text(&merged) == text(&whole));
}

#[test]
fn results_of_another_search_are_refused() {
    let (bars, other) = (bars(), CommonWorkload::history(3000));
    let (market, other) = (JobMarket::new(&bars, &[], "synthetic"), JobMarket::new(&other, &[], "synthetic"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    drop(ResultFile::open(&path, &SearchName::of(&jobs(&market)).unwrap()).unwrap());
    let refused = ResultFile::open(&path, &SearchName::of(&jobs(&other)).unwrap()).unwrap_err();
    assert!(matches!(refused, ResultFileError::OtherSearch { .. }), "{refused}");
}

#[test]
fn a_damaged_line_is_named_and_nothing_of_the_file_is_lost() {
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let name = SearchName::of(&jobs).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let executor = Remembering::new(ResultFile::open(&path, &name).unwrap().0, Shard::WHOLE, InTurn);
    run(&executor, &jobs, &market);
    let good = fs::read(&path).unwrap();
    let second = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut bad = good.clone();
    bad[second + 30] ^= 4;
    fs::write(&path, &bad).unwrap();
    let refused = ResultFile::open(&path, &name).unwrap_err();
    assert!(matches!(&refused, ResultFileError::Damaged { line: 2, .. }), "{refused}");
    assert!(fs::read(&path).unwrap() == bad, "the file was not touched");
    // As the message says: without the line, its job is run again.
    let end = second + bad[second..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&path, [&bad[..second], &bad[end..]].concat()).unwrap();
    assert_eq!(ResultFile::open(&path, &name).unwrap().1.results, jobs.len() - 1);
}

#[test]
fn permutations_are_kept_for_their_search_seed_and_criterion_alone() {
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let name = SearchName::of(&jobs).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("permutations.jsonl");
    let open = |seed, criterion| PermutationFile::open(&path, &name, seed, criterion).unwrap();
    let (mut file, _) = open(1, Criterion::Sharpe);
    file.add(0, Some(1.0 / 3.0)).unwrap();
    file.add(1, None).unwrap();
    drop(file);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"0123abcd {\"torn");
    fs::write(&path, bytes).unwrap();
    let (file, recovered) = open(1, Criterion::Sharpe);
    assert_eq!((recovered.results, recovered.torn), (2, 15));
    assert_eq!([file.get(0), file.get(1), file.get(2)], [Some(Some(1.0 / 3.0)), Some(None), None]);
    assert_eq!(open(2, Criterion::Sharpe).0.get(0), None);
    assert_eq!(open(1, Criterion::Calmar).0.get(0), None);
    let other = SearchName::of(&jobs[..3]).unwrap();
    let refused = PermutationFile::open(&path, &other, 1, Criterion::Sharpe).unwrap_err();
    assert!(matches!(refused, ResultFileError::OtherSearch { .. }), "{refused}");
}

fn count(path: &Path, jobs: &[JobSpec]) -> usize {
    let mut ledger = TrialLedger::open(path).unwrap();
    ledger.count(jobs.iter().map(|job| (job, Some(0.1)))).unwrap();
    ledger.on(&jobs[0].data).trials
}

#[test]
fn trials_are_counted_over_all_searches_and_none_twice() {
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    let jobs = jobs(&market);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trials.jsonl");
    assert_eq!(count(&path, &jobs[..5]), 5);
    assert_eq!(count(&path, &jobs[3..]), 12, "in another run, with two of the first");
    let shorter: Vec<JobSpec> = jobs
        .iter()
        .map(|job| JobSpec { measured_from: job.from.after(autotrading_domain::Span::DAY), ..job.clone() })
        .collect();
    assert_eq!(count(&path, &shorter), 12, "the same ideas on another stretch are no new ones");
    let other = CommonWorkload::history(3000);
    let elsewhere = JobSpec { data: JobMarket::new(&other, &[], "other").digest(), ..jobs[0].clone() };
    assert_eq!(count(&path, &[elsewhere]), 1);
}

#[test]
fn a_damaged_ledger_is_refused_and_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trials.jsonl");
    let bars = bars();
    let market = JobMarket::new(&bars, &[], "synthetic");
    count(&path, &jobs(&market));
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let refused = TrialLedger::open(&path).unwrap_err().to_string();
    assert!(refused.contains("line 1 is damaged"), "{refused}");
}

#[test]
fn futures_made_on_many_threads_are_those_made_on_one() {
    let returns: Vec<f64> = (0..300).map(|day| f64::from(day * 37 % 23 - 10) / 1000.0).collect();
    let maker = ResampledPaths::new(&returns, None).unwrap();
    let rules = MonteCarloRules { paths: 1001, horizon: 50, ..MonteCarloRules::default() };
    let simulation = MonteCarlo::new(&maker, rules).unwrap();
    let alone = simulation.run().unwrap();
    for count in [1, 2, 4] {
        assert!(threads(count).simulate(&simulation).unwrap() == alone, "{count} threads");
    }
}
