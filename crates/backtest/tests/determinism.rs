//! The same run is the same bytes: again, on more threads, in another process.
//!
//! A few repetitions by default; the night runs a hundred: `cargo test --release -p autotrading-backtest --test
//! determinism -- --ignored`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;
use std::process::Command;

use autotrading_backtest::{Backtest, BacktestConfiguration, Columns, Detail, Keep, ResearchRules};
use autotrading_core::{StrategyEntry, Unrecorded, read_toml};
use autotrading_market_data::{CommonWorkload, History};
use autotrading_strategy::{ParameterValue, Parameters};

const CONFIGURATION: &str = include_str!("../../cli/data/backtest.toml");
/// The test that a child process runs.
const CHILD: &str = "one_process_tells_its_digests";

fn history() -> History {
    CommonWorkload::history(3_000)
}

/// A run of the whole house: sizing, limits, stops, funding, liquidation.
fn of_the_house(history: &History) -> String {
    let configuration: BacktestConfiguration = read_toml(CONFIGURATION).unwrap();
    let backtest = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "common workload",
        detail: Detail::Full,
    };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    finished.outcome(&backtest, Vec::new()).unwrap().report.summary.digest
}

fn rules() -> Vec<ResearchRules> {
    let rules = |fast: i64, slow: i64| ResearchRules {
        strategy: StrategyEntry {
            name: "sma-cross".to_owned(),
            parameters: Parameters::new()
                .with("fast", ParameterValue::Integer(fast))
                .with("slow", ParameterValue::Integer(slow)),
        },
        ..ResearchRules::default()
    };
    (2..6).flat_map(|fast| [9, 20, 33].map(|slow| rules(fast, slow))).collect()
}

/// A sweep over columns, its rules shared out among threads.
fn of_a_sweep(history: &History, threads: usize) -> Vec<String> {
    let (columns, rules) = (Columns::new(history.all()).unwrap(), rules());
    let swept = |rules: &[ResearchRules]| -> Vec<String> {
        let outcomes = columns.sweep(rules, Keep::Everything);
        rules.iter().zip(outcomes).map(|(rules, run)| columns.digest(rules, &run.unwrap()).unwrap()).collect()
    };
    std::thread::scope(|scope| {
        let shares = rules.chunks(rules.len().div_ceil(threads));
        let started: Vec<_> = shares.map(|share| scope.spawn(|| swept(share))).collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn digests(threads: usize) -> String {
    let history = history();
    format!("{} {}", of_the_house(&history), of_a_sweep(&history, threads).join(" "))
}

fn repeat(times: usize, processes: usize) {
    let expected = digests(1);
    assert!(expected.split(' ').all(|digest| digest.len() == 64));
    for threads in [1, 2, 4] {
        // Several whole runs at once, so that none can lean on having the machine to itself.
        for _ in 0..times.div_ceil(3 * threads) {
            std::thread::scope(|scope| {
                let started: Vec<_> = (0..threads).map(|_| scope.spawn(move || digests(threads))).collect();
                for thread in started {
                    assert!(thread.join().unwrap() == expected, "{threads} threads");
                }
            });
        }
    }
    for _ in 0..processes {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let told = child.args(["--ignored", "--exact", CHILD, "--nocapture"]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(told.contains(&expected), "another process: {told}");
    }
}

#[test]
fn the_same_run_is_the_same_digest_on_any_threads_and_in_any_process() {
    repeat(3, 2);
}

#[test]
#[ignore = "a hundred runs: for the night, in release"]
fn a_hundred_runs_are_one_digest() {
    repeat(100, 20);
}

#[test]
#[ignore = "run by its parent"]
fn one_process_tells_its_digests() {
    println!("{}", digests(2));
}
