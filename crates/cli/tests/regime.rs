//! `autotrading regime` as a newcomer meets it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests run the program on files")]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

fn autotrading(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_autotrading"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_fit_prints_states_moves_parameters_and_forecasts() {
    let folder = TempDir::new().unwrap();
    let part = ["regime", "fit", "--to", "2017-09-01", "--states", "2"];
    let output = autotrading(&folder, &part);
    assert!(output.status.success(), "{}", complained(&output));
    for words in [
        "Hidden Markov model of 2 states",
        "garch, student t",
        "robust error",
        "10 ahead",
        "AIC",
        "lasts",
        "61 whole days",
        "month",
        "RiskMetrics",
    ] {
        assert!(said(&output).contains(words), "{words:?} is not in {}", said(&output));
    }
    let json =
        autotrading(&folder, &[&part[..], &["--json", "--model", "egarch", "--errors", "normal"]].concat());
    let figures: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(figures["hidden"]["states"].as_array().unwrap().len(), 2);
    assert_eq!(figures["volatility"]["parameters"].as_array().unwrap().len(), 5);
    assert_eq!(figures["volatility"]["forecasts"][1]["bars_ahead"], 10);
}

#[test]
fn a_show_writes_a_page_and_never_over_another_without_being_told() {
    let folder = TempDir::new().unwrap();
    let show = ["regime", "show", "--to", "2017-08-15", "--out", "told"];
    let output = autotrading(&folder, &show);
    assert!(output.status.success(), "{}", complained(&output));
    assert!(said(&output).contains("knows the future") && said(&output).contains("spells"));
    for file in ["regimes.html", "regimes.json", "regimes.csv"] {
        assert!(fs::metadata(folder.path().join("told").join(file)).unwrap().len() > 500, "{file}");
    }
    let again = autotrading(&folder, &show);
    assert_eq!(again.status.code(), Some(2));
    assert!(complained(&again).contains("--force"));
    let trend = [&show[..], &["--force", "--method", "trend", "--json"]].concat();
    let figures: serde_json::Value = serde_json::from_slice(&autotrading(&folder, &trend).stdout).unwrap();
    assert_eq!((&figures["rules"]["method"], &figures["fits"]), (&"trend".into(), &0.into()));
}

#[test]
fn what_cannot_be_studied_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let few = autotrading(&folder, &["regime", "fit", "--to", "2017-07-02"]);
    assert_eq!(few.status.code(), Some(1));
    assert!(complained(&few).contains("too few to study regimes; at least 101"), "{}", complained(&few));
    let states = autotrading(&folder, &["regime", "fit", "--states", "7"]);
    assert_eq!(states.status.code(), Some(2));
    let mut flat = "open_time,open,high,low,close,volume\n".to_owned();
    for hour in 0..200 {
        flat.push_str(&format!("{},100,100,100,100,1\n", 1_600_000_000 + 3600 * hour));
    }
    fs::write(folder.path().join("flat.csv"), flat).unwrap();
    let constant = autotrading(&folder, &["regime", "fit", "--data", "flat.csv"]);
    assert_eq!(constant.status.code(), Some(1));
    assert!(complained(&constant).contains("does not vary"), "{}", complained(&constant));
    let missing = autotrading(&folder, &["regime", "show", "--config", "nowhere.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(complained(&missing).contains("nowhere.toml"));
}
