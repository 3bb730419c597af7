//! `portfolio compare` as a user types it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test runs the program and reads what it wrote"
)]

use std::fs;
use std::process::{Command, Output};

fn compare(arguments: &[&str], out: &std::path::Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autotrading"));
    command.args(["portfolio", "compare", "--out"]).arg(out).args(arguments).output().unwrap()
}

#[test]
fn two_methods_are_compared_on_the_built_in_coins_and_the_page_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("portfolio");
    let ran = compare(&["--method", "equal", "--method", "minimum-variance", "--to", "2018-09-01"], &out);
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("Equal weight") && said.contains("Minimum variance"), "{said}");
    assert!(!said.contains("DISAGREE") && !said.contains("Risk parity"), "{said}");
    let page = fs::read_to_string(out.join("portfolio.html")).unwrap();
    for part in [
        "Growth of one unit",
        "Drawdowns",
        "Efficient frontier",
        "Risk contributions",
        "Rolling correlation",
        "When what was usual ended",
    ] {
        assert!(page.contains(part), "the page has no {part}");
    }
    assert!(!page.contains("<script src"), "the page asks for a script");
    let markup = page.split("<script").next().unwrap();
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!markup.contains(outside), "the page asks for {outside}");
    }
    let lines = fs::read_to_string(out.join("portfolio.csv")).unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    let again =
        compare(&["--method", "equal", "--method", "minimum-variance", "--to", "2018-09-01", "--json"], &out);
    let figures: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(figures["methods"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_to_string(out.join("portfolio.html")).unwrap(), page, "the same run, another page");
}

#[test]
fn what_cannot_be_compared_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("portfolio");
    for (arguments, said) in [
        (&["--largest", "0"][..], "portfolio.largest_share is 0"),
        (&["--half-life=-1"], "portfolio.half_life is -1"),
        (&["--cash", "0"], "--cash is 0"),
        (&["--fee", "2"], "--fee is 2"),
        (&["--views", "oracle"], "oracle"),
        (&["--to", "2010-01-01"], "no bar lies between --from and --to"),
        (&["--data", "/nowhere/coins.csv"], "/nowhere/coins.csv"),
    ] {
        let ran = compare(arguments, &out);
        let error = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && error.contains(said), "{arguments:?}: {error}");
        assert!(!out.join("portfolio.html").exists(), "{arguments:?}");
    }
}

fn optimise(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autotrading"));
    command.args(["portfolio", "optimise"]).args(arguments).output().unwrap()
}

#[test]
fn every_objective_is_answered_on_the_built_in_coins_with_its_certificate() {
    for objective in [
        "minimum-variance",
        "maximum-sharpe",
        "utility",
        "maximum-diversification",
        "minimum-shortfall",
        "minimum-semivariance",
        "growth",
        "risk-parity",
    ] {
        let ran = optimise(&["--objective", objective, "--from", "2019-01-01", "--json"]);
        assert!(ran.status.success(), "{objective}: {}", String::from_utf8_lossy(&ran.stderr));
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let weights = told["weights"].as_object().unwrap();
        let sum: f64 = weights.values().map(|weight| weight.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-7 && weights.len() == 3, "{objective}: {weights:?}");
        let residuals = told["residuals"].as_object().unwrap();
        assert!(residuals.values().all(|r| r.as_f64().unwrap() <= 1e-8), "{objective}: {residuals:?}");
    }
}

#[test]
fn a_sentence_of_limits_is_kept_and_becomes_lots() {
    let limits = ["--cap", "0.8", "--group", "ETH+LTC=0.25..0.3", "--weight", "LTC=..0.1", "--current"];
    let trade =
        ["BTC=0.5,ETH=0.5", "--turnover", "0.8", "--equity", "10000", "--lot", "BTC=0.01", "--lot", "ETH=1"];
    let ran = optimise(&[&limits[..], &trade[..]].concat());
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for part in ["held back by", "ETH+LTC", "certificate", "condition number", "cash after the trades"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    let told = optimise(&[&limits[..], &trade[..], &["--json"]].concat());
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let cash: f64 = told["trades"]["cash"].as_str().unwrap().parse().unwrap();
    assert!(cash >= 0.0, "{told}");
    let pair = told["weights"]["ETH"].as_f64().unwrap() + told["weights"]["LTC"].as_f64().unwrap();
    assert!((0.25 - 1e-9..=0.3 + 1e-9).contains(&pair), "{told}");
}

#[test]
fn what_cannot_be_optimised_is_said() {
    for (arguments, said) in [
        (&["--cap", "0.3"][..], "each weight at most 0.3; the weights sum to 1"),
        (&["--group", "BTC+DOGE=..0.3"], "there is no asset named DOGE"),
        (&["--current", "DOGE=1", "--turnover", "0.1"], "there is no asset named DOGE"),
        (&["--turnover", "0.1"], "--current"),
        (&["--weight", "BTC"], "BTC is no SYMBOL=LOW..HIGH"),
        (&["--half-life=-1", "--covariance", "fading"], "half-life"),
        (&["--equity", "1000", "--lot", "BTC=0"], "grid step"),
        (&["--weight", "BTC+ETH=0.1.."], "--group is of several"),
        (&["--hold", "0", "--current", "BTC=1", "--cost", "0.1"], "--hold is 0"),
        (&["--to", "2010-01-01"], "no bar lies between --from and --to"),
        (&["--objective", "maximum-sharpe", "--risk-free", "9"], "no allowed portfolio earns more"),
    ] {
        let ran = optimise(arguments);
        let error = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && error.contains(said), "{arguments:?}: {error}");
        assert!(ran.stdout.is_empty(), "{arguments:?}");
    }
}
