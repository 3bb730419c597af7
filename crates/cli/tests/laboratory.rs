//! Searches and what they prove, as a newcomer meets them.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests run the program on files"
)]

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

fn autotrading(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_autotrading"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A search over four months of the built-in bars.
const SEARCH: [&str; 11] = [
    "--profile",
    "research",
    "--strategy",
    "sma-cross",
    "--to",
    "2017-11-01",
    "--fee",
    "0.0005",
    "--vary",
    "fast=5,10",
    "--vary=slow=20..60:20",
];

fn run(folder: &TempDir, command: &[&str], more: &[&str]) -> Output {
    autotrading(folder, &[command, &SEARCH, more].concat())
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", complained(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn bad(output: &Output, code: i32, words: &[&str]) {
    let text = complained(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

fn bytes(folder: &TempDir, file: &str) -> Vec<u8> {
    fs::read(folder.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_sweep_tells_its_best_trials_and_a_verdict() {
    let folder = TempDir::new().unwrap();
    let text = good(&run(&folder, &["sweep"], &[]));
    assert!(text.starts_with("6 trials\n") && text.contains("evidence: "), "{text}");
    assert!(text.contains("(6 trials, "), "trials are counted: {text}");
    let csv = String::from_utf8(bytes(&folder, "out/sweep/sweep.csv")).unwrap();
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.starts_with("number,sma-cross.fast,sma-cross.slow,sharpe,total_return"));
    let page = String::from_utf8(bytes(&folder, "out/sweep/sweep.html")).unwrap();
    assert!(page.contains("Heat map") && page.contains("default-src 'none'"));
}

#[test]
fn a_sweep_goes_on_where_it_was_and_ends_with_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    good(&run(&folder, &["sweep"], &["--threads", "1"]));
    let whole = bytes(&folder, "out/sweep/sweep.json");
    let results = folder.path().join("out/sweep/results.jsonl");
    let text = fs::read_to_string(&results).unwrap();
    let three: usize = text.lines().take(4).map(|line| line.len() + 1).sum();
    fs::write(&results, &text.as_bytes()[..three + 20]).unwrap();
    let again = run(&folder, &["sweep"], &["--threads", "2"]);
    good(&again);
    let note = complained(&again);
    assert!(note.contains("3 results are in") && note.contains("was not finished"), "{note}");
    assert!(bytes(&folder, "out/sweep/sweep.json") == whole);
}

#[test]
fn a_sweep_that_was_killed_loses_nothing_and_ends_with_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let search = |out: &str| {
        let mut arguments = vec!["sweep".to_owned()];
        arguments.extend(SEARCH[..8].iter().map(|word| (*word).to_owned()));
        let more = ["--vary", "fast=5..20", "--vary", "slow=30..80:5", "--threads", "1", "--out", out];
        arguments.extend(more.map(str::to_owned));
        arguments.extend(["--ledger".to_owned(), format!("{out}.trials")]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_autotrading"));
        command.current_dir(folder.path()).args(arguments);
        command
    };
    let mut child = search("killed").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let results = folder.path().join("killed/results.jsonl");
    let kept = || fs::read(&results).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
    // A heading and three results, then no time to say goodbye.
    while kept() < 4 {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    let before = kept() - 1;
    assert!((3..176).contains(&before), "{before}");
    assert!(!folder.path().join("killed/sweep.json").exists());
    let again = search("killed").output().unwrap();
    good(&again);
    assert!(complained(&again).contains(&format!("{before} results are in")), "{}", complained(&again));
    good(&search("whole").output().unwrap());
    for file in ["sweep.html", "sweep.csv", "sweep.json", "plan.json"] {
        assert!(
            bytes(&folder, &format!("killed/{file}")) == bytes(&folder, &format!("whole/{file}")),
            "{file}"
        );
    }
}

#[test]
fn a_patient_sweep_stops_early_at_the_same_trial_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let search = |out: &str, threads: &str| {
        let more =
            ["--patience", "2", "--threads", threads, "--out", out, "--ledger", &format!("{out}.trials")];
        let output = run(&folder, &["sweep"], &more);
        let note = complained(&output);
        assert!(note.contains("stopped early: ") && note.contains("none of the last 2 was better"), "{note}");
        good(&output)
    };
    let text = search("one", "1");
    search("three", "3");
    let looked_at: usize = text.split(' ').next().unwrap().parse().unwrap();
    assert!((3..6).contains(&looked_at), "{text}");
    assert!(text.contains(&format!("({looked_at} trials, ")), "what was not looked at is no trial: {text}");
    for file in ["sweep.html", "sweep.csv", "sweep.json"] {
        assert!(bytes(&folder, &format!("one/{file}")) == bytes(&folder, &format!("three/{file}")), "{file}");
    }
    // The whole search goes on from what was looked at.
    let whole = run(&folder, &["sweep"], &["--out", "one"]);
    assert!(good(&whole).starts_with("6 trials"));
    assert!(complained(&whole).contains("results are in"));
}

#[test]
fn shards_put_together_are_the_single_run_to_the_byte() {
    let folder = TempDir::new().unwrap();
    good(&run(&folder, &["sweep", "run"], &["--out", "whole", "--ledger", "one.jsonl"]));
    for shard in ["1/3", "2/3", "3/3"] {
        let out = format!("part-{}", &shard[..1]);
        let text = good(&run(&folder, &["sweep", "run"], &["--shard", shard, "--out", &out]));
        assert!(text.contains("2 of 6 trials"), "{text}");
    }
    let merge = |parts: &[&str]| {
        autotrading(
            &folder,
            &[&["sweep", "merge", "--out", "merged", "--ledger", "two.jsonl"], parts].concat(),
        )
    };
    bad(&merge(&["part-1", "part-3"]), 1, &["2 of 6 trials are missing"]);
    good(&merge(&["part-3", "part-1", "part-2"]));
    for file in ["sweep.html", "sweep.csv", "sweep.json"] {
        assert!(
            bytes(&folder, &format!("merged/{file}")) == bytes(&folder, &format!("whole/{file}")),
            "{file}"
        );
    }
}

#[test]
fn shards_of_different_data_are_refused() {
    let folder = TempDir::new().unwrap();
    good(&run(&folder, &["sweep", "run"], &["--shard", "1/2", "--out", "a"]));
    good(&run(&folder, &["sweep", "run"], &["--shard", "2/2", "--out", "b", "--from", "2017-08-01"]));
    bad(&autotrading(&folder, &["sweep", "merge", "a", "b"]), 2, &["b is a shard of another search than a"]);
}

#[test]
fn another_search_does_not_overwrite_this_one_and_a_damaged_result_is_named() {
    let folder = TempDir::new().unwrap();
    good(&run(&folder, &["sweep"], &[]));
    bad(
        &run(&folder, &["sweep"], &["--from", "2017-08-01"]),
        2,
        &["results.jsonl", "another folder", "--force"],
    );
    let results = folder.path().join("out/sweep/results.jsonl");
    let mut damaged = fs::read(&results).unwrap();
    let second = damaged.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    damaged[second + 50] ^= 1;
    fs::write(&results, damaged).unwrap();
    bad(&run(&folder, &["sweep"], &[]), 2, &["results.jsonl, line 2 is damaged"]);
    good(&run(&folder, &["sweep"], &["--force"]));
}

#[test]
fn a_grid_of_a_billion_points_and_other_impossible_searches_are_refused() {
    let folder = TempDir::new().unwrap();
    let sweep = |vary: &[&str]| {
        let mut arguments = vec!["sweep", "--profile", "research", "--strategy", "sma-cross"];
        vary.iter().for_each(|axis| arguments.extend(["--vary", axis]));
        autotrading(&folder, &arguments)
    };
    bad(&sweep(&[]), 2, &["nothing is varied", "--vary"]);
    let billion = autotrading(
        &folder,
        &[
            "sweep",
            "--vary",
            "trend-following.fast=2..501",
            "--vary",
            "trend-following.slow=3..2002",
            "--vary",
            "trend-following.entry=0..1:0.001",
        ],
    );
    bad(
        &billion,
        2,
        &["the grid has 1001000000 points, at most 100000 are allowed", "longer strides", "--random N"],
    );
    bad(&sweep(&["fats=3"]), 2, &["fats", "fast"]);
    bad(&sweep(&["fast=30", "slow=10"]), 2, &["none of the 1 points is legal", "must be below"]);
    bad(&sweep(&["fast=5", "fast=6"]), 2, &["varied twice"]);
    assert!(!folder.path().join("out").exists(), "nothing is left behind");
}

#[test]
fn a_walk_forward_tells_its_thresholds_and_repeats_to_the_byte() {
    let folder = TempDir::new().unwrap();
    let stretches = ["--train", "30 d", "--test", "10 d", "--least-walks", "5"];
    let text = good(&run(&folder, &["walk-forward"], &stretches));
    assert!(text.contains("walks, 6 trials in each") && text.contains("asked is at least"), "{text}");
    assert!(text.contains("what was chosen on the past "), "a verdict in plain words: {text}");
    let other = [&stretches[..], &["--out", "again", "--threads", "1"]].concat();
    good(&run(&folder, &["walk-forward"], &other));
    assert!(
        bytes(&folder, "again/walk-forward.json") == bytes(&folder, "out/walk-forward/walk-forward.json")
    );
    assert!(
        bytes(&folder, "again/walk-forward.html") == bytes(&folder, "out/walk-forward/walk-forward.html")
    );
    let long = ["--train", "90 d", "--out", "long"];
    bad(&run(&folder, &["walk-forward"], &long), 2, &["walks fit between", "at least 10"]);
}

#[test]
fn a_cross_validation_holds_groups_out_in_every_way() {
    let folder = TempDir::new().unwrap();
    let text = good(&run(&folder, &["cross-validate"], &["--groups", "6", "--purge", "2", "--embargo", "2"]));
    assert!(text.contains("15 splits, 5 paths"), "{text}");
    assert!(text.contains("the choice ") && text.contains("asked is at most 0.2"), "{text}");
    let told: serde_json::Value =
        serde_json::from_slice(&bytes(&folder, "out/cross-validation/cross-validation.json")).unwrap();
    assert!(told["holds"].is_boolean() && told["checks"].as_array().unwrap().len() == 3);
    let fold = good(&run(
        &folder,
        &["cross-validate"],
        &["--groups", "6", "--held-out", "1", "--purge", "2", "--out", "fold"],
    ));
    assert!(fold.contains("6 splits, 1 paths"), "purged k-fold: {fold}");
    let few = ["--groups", "12", "--held-out", "6", "--purge", "20", "--out", "few"];
    bad(&run(&folder, &["cross-validate"], &few), 2, &["days to learn on", "at least 20 are needed"]);
}

#[test]
fn returns_from_elsewhere_are_judged_and_bad_ones_named() {
    let folder = TempDir::new().unwrap();
    let noise = |trial: u32, day: u32| f64::from((day * (7 + trial) + trial) % 11) / 500.0 - 0.01;
    let mut csv = String::from("a,b,c,d\n");
    for day in 0..320 {
        let row: Vec<String> = (0..4).map(|trial| noise(trial, day).to_string()).collect();
        csv += &(row.join(",") + "\n");
    }
    fs::write(folder.path().join("returns.csv"), &csv).unwrap();
    let text = good(&autotrading(&folder, &["overfit", "--returns", "returns.csv", "--trials", "40"]));
    assert!(text.contains("no evidence") && text.contains("(40 trials, 320 returns each)"), "{text}");
    fs::write(folder.path().join("bad.csv"), "a,b\n0.1,nan\n").unwrap();
    let bad_file = autotrading(&folder, &["overfit", "--returns", "bad.csv"]);
    bad(&bad_file, 1, &["bad.csv, line 2", "b is", "expected a simple return"]);
}

#[test]
fn too_few_returns_are_no_evidence_and_say_what_is_missing() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("returns.csv"), "a,b\n0.01,0.02\n-0.01,0.01\n0.02,0.0\n").unwrap();
    let text = good(&autotrading(&folder, &["overfit", "--returns", "returns.csv"]));
    assert!(text.contains("no evidence") && text.contains("not computable"), "{text}");
}

#[test]
fn futures_are_the_same_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let mut csv = String::from("run\n");
    (0..200).for_each(|day| csv += &format!("{}\n", f64::from(day * 37 % 23 - 10) / 1000.0));
    fs::write(folder.path().join("returns.csv"), csv).unwrap();
    let simulate = |threads: &str, out: &str| {
        let arguments = [
            "monte-carlo",
            "--returns",
            "returns.csv",
            "--paths",
            "500",
            "--horizon",
            "60",
            "--threads",
            threads,
        ];
        good(&autotrading(&folder, &[&arguments[..], &["--out", out]].concat()))
    };
    let text = simulate("1", "one");
    assert!(text.contains("500 paths of 60 periods") && text.contains("bootstrap"), "{text}");
    assert!(text.contains("the risk is ") && text.contains("asked is at most 0.01"), "{text}");
    simulate("3", "three");
    for file in ["monte-carlo.html", "monte-carlo.json", "monte-carlo.csv"] {
        assert!(bytes(&folder, &format!("one/{file}")) == bytes(&folder, &format!("three/{file}")), "{file}");
    }
    let wrong = autotrading(&folder, &["monte-carlo", "--leverage", "5"]);
    bad(&wrong, 2, &["--of asset"]);
    let ruin = autotrading(&folder, &["monte-carlo", "--returns", "returns.csv", "--ruin", "1.5"]);
    bad(&ruin, 2, &["ruin", "above 0 and below 1"]);
}

#[test]
fn futures_of_a_run_are_also_its_trades_in_another_order() {
    let folder = TempDir::new().unwrap();
    let arguments = [
        "monte-carlo",
        "--profile",
        "research",
        "--strategy",
        "sma-cross",
        "--to",
        "2017-11-01",
        "--paths",
        "300",
        "--horizon",
        "60",
    ];
    let text = good(&autotrading(&folder, &arguments));
    for maker in [
        "stationary block bootstrap",
        "permutation of bars",
        "permutation of trades",
        "Merton's jump diffusion",
    ] {
        assert!(text.contains(maker), "{maker}: {text}");
    }
    let told: serde_json::Value =
        serde_json::from_slice(&bytes(&folder, "out/monte-carlo/monte-carlo.json")).unwrap();
    let outcomes = told["outcomes"].as_array().unwrap();
    let trades = outcomes.iter().find(|outcome| outcome["maker"] == "permutation of trades").unwrap();
    assert_eq!((&trades["step"], &trades["horizon"]), (&serde_json::json!("trade"), &told["trades"]));
    // All orders of the trades end where the run ended, up to what was still open.
    let ends: Vec<f64> =
        trades["terminals"].as_array().unwrap().iter().filter_map(|end| end.as_f64()).collect();
    assert!(ends.len() == 300 && ends.iter().all(|end| (end / ends[0] - 1.0).abs() < 1e-9));
    let page = String::from_utf8(bytes(&folder, "out/monte-carlo/monte-carlo.html")).unwrap();
    assert!(page.contains("trades from now") && page.contains("days from now"));
}

#[test]
fn a_search_on_permuted_markets_goes_on_where_it_was_and_is_told_beside_the_verdict() {
    let folder = TempDir::new().unwrap();
    let judge = |count: &str, out: &str, ledger: &str| {
        run(&folder, &["overfit"], &["--permutations", count, "--out", out, "--ledger", ledger])
    };
    let few = good(&judge("3", "part", "a.trials"));
    assert!(few.contains("3 permutations, at least 19 are needed"), "{few}");
    let more = judge("20", "part", "a.trials");
    assert!(complained(&more).contains("3 permutations are in"), "{}", complained(&more));
    let text = good(&more);
    assert!(text.contains("the same bars in another order show a best trial as good is"), "{text}");
    assert!(text.contains("(6 trials, "), "permutations are no trials on these data: {text}");
    good(&judge("20", "whole", "b.trials"));
    for file in ["overfit.html", "overfit.json"] {
        assert!(
            bytes(&folder, &format!("part/{file}")) == bytes(&folder, &format!("whole/{file}")),
            "{file}"
        );
    }
    let told: serde_json::Value = serde_json::from_slice(&bytes(&folder, "whole/overfit.json")).unwrap();
    assert_eq!(told["permutations"]["permuted"].as_array().unwrap().len(), 20);
}

#[test]
fn the_page_of_a_run_shows_a_walk_forward_that_was_made_before() {
    let folder = TempDir::new().unwrap();
    let stretches = ["--train", "30 d", "--test", "10 d", "--least-walks", "5"];
    good(&run(&folder, &["walk-forward"], &stretches));
    let backtest = |file: &str, out: &str| {
        let mut arguments = vec!["backtest"];
        arguments.extend(&SEARCH[..8]);
        arguments.extend(["--walk-forward", file, "--out", out]);
        autotrading(&folder, &arguments)
    };
    good(&backtest("out/walk-forward/walk-forward.json", "shown"));
    let page = String::from_utf8(bytes(&folder, "shown/report.html")).unwrap();
    assert!(page.contains("Walk-forward: verdict") && page.contains("<table id=\"walk-list\""));
    bad(&backtest("nowhere.json", "none"), 2, &["nowhere.json"]);
    fs::write(folder.path().join("other.json"), "{}").unwrap();
    bad(&backtest("other.json", "none"), 2, &["other.json is not the walk-forward.json of a walk-forward"]);
    assert!(!folder.path().join("none").exists(), "nothing is left behind");
}
