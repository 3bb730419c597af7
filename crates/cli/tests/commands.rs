//! The program as a newcomer meets it.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests run the program on files"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

fn autotrading(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_autotrading"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the program on a file of this content and expects it to be refused with all of these words.
fn refused(content: &str, words: &[&str]) {
    let folder = folder();
    fs::write(folder.path().join("bars.csv"), content).unwrap();
    let output = autotrading(&folder, &["backtest", "--data", "bars.csv", "--out", "run"]);
    let text = complained(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
    assert!(!folder.path().join("run").exists(), "nothing is left behind");
}

fn report(folder: &TempDir, run: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.path().join(run).join("report.json")).unwrap()).unwrap()
}

#[test]
fn the_main_job_leaves_a_report_tables_and_a_journal_that_verifies() {
    let folder = folder();
    let output = autotrading(&folder, &["backtest", "--to", "2017-12-01", "--out", "run"]);
    assert!(output.status.success(), "{}", complained(&output));
    assert!(complained(&output).is_empty(), "no bar is drawn when nobody looks");
    assert!(said(&output).contains("agree to the last digit"));
    for name in ["report.html", "report.json", "trades.csv", "equity.csv", "journal"] {
        assert!(folder.path().join("run").join(name).exists(), "{name}");
    }
    let verified = autotrading(&folder, &["journal", "verify", "run/journal"]);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(said(&verified).contains("turns   equal") && said(&verified).contains("books   equal"));
    let explained = autotrading(&folder, &["explain", "--journal", "run/journal", "1-1"]);
    for part in ["Order 1-1: ", "strategy", "bound by", "GrossLeverage", "filled"] {
        assert!(said(&explained).contains(part), "{part} is not in {}", said(&explained));
    }
    let unknown = autotrading(&folder, &["explain", "--journal", "run/journal", "1-9999"]);
    assert!(complained(&unknown).contains("its orders go from 1-1 to"), "{}", complained(&unknown));
}

#[test]
fn two_runs_write_the_same_bytes() {
    let folder = folder();
    for run in ["a", "b"] {
        assert!(autotrading(&folder, &["backtest", "--to", "2017-10-01", "--out", run]).status.success());
    }
    for name in [
        "report.json",
        "report.html",
        "trades.csv",
        "equity.csv",
        "journal/journal-000001.log",
        "journal/journal.head",
    ] {
        let bytes = |run: &str| fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(bytes("a") == bytes("b"), "{name} differs");
    }
}

#[test]
fn an_earlier_run_is_not_overwritten_without_being_told_to() {
    let folder = folder();
    let run = ["backtest", "--to", "2017-08-01", "--out", "run"];
    assert!(autotrading(&folder, &run).status.success());
    fs::write(folder.path().join("run/mine.txt"), "keep me").unwrap();
    let again = autotrading(&folder, &run);
    assert_eq!(again.status.code(), Some(2));
    assert!(complained(&again).contains("--force"));
    let forced = autotrading(&folder, &[&run[..], &["--force"]].concat());
    assert!(forced.status.success(), "{}", complained(&forced));
    assert!(folder.path().join("run/mine.txt").exists(), "only what a run left is replaced");
}

#[test]
fn bad_data_is_refused_with_file_and_line() {
    let header = "open_time,open,high,low,close,volume\n";
    let good = "2024-01-01T00:00:00Z,100,101,99,100,5\n";
    refused("", &["bars.csv"]);
    refused("time,price\n1,2\n", &["bars.csv", "open_time"]);
    refused(&format!("{header}{good}2024-01-01T01:00:00Z,NaN,101,99,100,5\n"), &["bars.csv", "3", "NaN"]);
    refused(&format!("{header}{good}2024-01-01T01:00:00Z,100,101,-99,100,5\n"), &["bars.csv", "3", "-99"]);
    refused(&format!("{header}{good}2024-01-01T01:00:00Z,100,98,99,100,5\n"), &["bars.csv", "3", "98"]);
    refused(&format!("{header}{good}{good}"), &["bars.csv", "3"]);
    refused(&format!("{header}{good}2023-12-31T23:00:00Z,100,101,99,100,5\n"), &["bars.csv", "3"]);
}

#[test]
fn a_missing_file_is_named() {
    let folder = folder();
    let output = autotrading(&folder, &["backtest", "--data", "nowhere.csv", "--out", "run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("nowhere.csv"));
}

#[test]
fn a_gap_is_told_and_traded_over() {
    let folder = folder();
    let bar = |hour: i64| format!("2024-01-{:02}T{:02}:00:00Z,100,101,99,100,5\n", 1 + hour / 24, hour % 24);
    let rows: String = (0..48).filter(|hour| !(20..23).contains(hour)).map(bar).collect();
    fs::write(folder.path().join("bars.csv"), format!("open_time,open,high,low,close,volume\n{rows}"))
        .unwrap();
    let output = autotrading(&folder, &["backtest", "--data", "bars.csv", "--out", "run"]);
    assert!(output.status.success(), "{}", complained(&output));
    assert!(complained(&output).contains("gap: 1 times"), "{}", complained(&output));
    let checked = autotrading(&folder, &["data", "check", "bars.csv"]);
    assert!(said(&checked).contains("line 22"), "{}", said(&checked));
}

#[test]
fn a_data_check_that_finds_faults_says_so_with_its_exit_code() {
    let folder = folder();
    let row = "2024-01-01T00:00:00Z,100,98,99,100,5\n2024-01-01T01:00:00Z,100,101,99,100,5\n";
    fs::write(folder.path().join("bars.csv"), format!("open_time,open,high,low,close,volume\n{row}"))
        .unwrap();
    let output = autotrading(&folder, &["data", "check", "bars.csv"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("line 2"), "{}", said(&output));
}

#[test]
fn a_misspelled_key_is_refused_with_line_and_nearest_name() {
    let folder = folder();
    assert!(autotrading(&folder, &["config", "init", "mine.toml"]).status.success());
    assert!(autotrading(&folder, &["config", "check", "mine.toml"]).status.success());
    let file = folder.path().join("mine.toml");
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().position(|line| line.starts_with("taker_fee")).unwrap() + 1;
    fs::write(&file, text.replacen("taker_fee", "taker_fees", 1)).unwrap();
    let output = autotrading(&folder, &["config", "check", "mine.toml"]);
    let complaint = complained(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        complaint.contains(&format!("line {line}")) && complaint.contains("did you mean `taker_fee`?"),
        "{complaint}"
    );
    assert_eq!(
        autotrading(&folder, &["config", "init", "mine.toml"]).status.code(),
        Some(2),
        "not overwritten"
    );
}

#[test]
fn what_config_show_prints_is_a_configuration_again() {
    let folder = folder();
    let shown = autotrading(&folder, &["config", "show"]);
    fs::write(folder.path().join("shown.toml"), &shown.stdout).unwrap();
    let checked = autotrading(&folder, &["config", "check", "shown.toml"]);
    assert!(checked.status.success(), "{}", complained(&checked));
    let again = autotrading(&folder, &["config", "show", "shown.toml"]);
    assert_eq!(shown.stdout, again.stdout);
}

#[test]
fn an_inconsistent_limit_is_refused_by_its_key() {
    let folder = folder();
    autotrading(&folder, &["config", "init", "mine.toml"]);
    let file = folder.path().join("mine.toml");
    let text = fs::read_to_string(&file).unwrap();
    let key = "drawdown = { reduce_only";
    let at = text.find(key).unwrap();
    let line = text[at..].lines().next().unwrap().to_owned();
    fs::write(&file, text.replace(&line, "drawdown = { reduce_only = \"0.5\", halted = \"0.2\" }")).unwrap();
    let output = autotrading(&folder, &["config", "check", "mine.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let number = text.lines().position(|other| other == line).unwrap() + 1;
    let complaint = complained(&output);
    assert!(complaint.contains(&format!("mine.toml: line {number}, column 35:")), "{complaint}");
    assert!(
        complaint.contains("risk.drawdown.halted = 0.2: must not lie below reduce_only = 0.5"),
        "{complaint}"
    );
    let output = autotrading(&folder, &["backtest", "--config", "mine.toml", "--out", "run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(complained(&output).contains(&format!("line {number}")), "{}", complained(&output));
}

#[test]
fn a_limit_below_zero_and_one_wider_than_its_stage_are_refused_with_line_key_and_reason() {
    let folder = folder();
    autotrading(&folder, &["config", "init", "mine.toml"]);
    let file = folder.path().join("mine.toml");
    let text = fs::read_to_string(&file).unwrap();
    let refused = |from: &str, to: &str, more: &str| {
        fs::write(&file, text.replacen(from, to, 1) + more).unwrap();
        let output = autotrading(&folder, &["config", "check", "mine.toml"]);
        assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
        let line = text.lines().position(|line| line.starts_with(from)).unwrap() + 1;
        let complaint = complained(&output);
        assert!(complaint.contains(&format!("mine.toml: line {line}, column 1:")), "{complaint}");
        complaint
    };
    let below = refused("order_notional = \"5000000\"", "order_notional = \"-5\"", "");
    assert!(below.contains("risk.order_notional = -5: must be above zero"), "{below}");
    let share = refused("value_at_risk = \"0.06\"", "value_at_risk = \"-0.06\"", "");
    assert!(share.contains("monitor.limits.value_at_risk = -0.06: must be above zero"), "{share}");
    let size = refused("share = 1.0 ", "share = 0.0 ", "");
    assert!(size.contains("sizing.concentration.share is 0"), "{size}");
    let stage = "\n[approval]\nprofile = \"staging\"\n";
    let wider = refused("value_at_risk = \"0.06\"", "value_at_risk = \"0.06\"", stage);
    assert!(wider.contains("looser than 0.02") && wider.contains("two persons"), "{wider}");
}

#[test]
fn a_configuration_of_several_instruments_is_refused_by_what_runs_one() {
    let folder = folder();
    autotrading(&folder, &["config", "init", "mine.toml"]);
    let file = folder.path().join("mine.toml");
    let text = fs::read_to_string(&file).unwrap();
    let several =
        "[[instruments]]\nsymbol = \"BTCUSDT\"\n[[instruments]]\nsymbol = \"ETHUSDT\"\nbase = \"ETH\"\n";
    fs::write(&file, format!("{text}\n{several}")).unwrap();
    let search = ["sweep", "--config", "mine.toml", "--strategy", "sma-cross", "--vary", "fast=5..9:2"];
    let output = autotrading(&folder, &[&search[..], &["--out", "run"]].concat());
    assert_eq!(output.status.code(), Some(2));
    for word in ["[[instruments]]", "autotrading backtest", "portfolio compare"] {
        assert!(complained(&output).contains(word), "{word:?} is not in {:?}", complained(&output));
    }
    assert!(!folder.path().join("run").exists(), "nothing is left behind");
}

#[test]
fn an_unknown_strategy_or_parameter_is_refused_with_the_nearest_name() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let output = autotrading(&folder, &[&["backtest", "--out", "run"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
        complained(&output)
    };
    assert!(run(&["--strategy", "sma-cros"]).contains("sma-cross"));
    assert!(run(&["--strategy", "sma-cross", "--param", "fats=3"]).contains("fast"));
    assert!(run(&["--strategy", "sma-cross", "--param", "fast=0"]).contains("fast"));
    assert!(run(&["--param", "fast=3"]).contains("--strategy"));
}

#[test]
fn the_research_profile_ends_where_other_engines_end() {
    let folder = folder();
    let synth = autotrading(&folder, &["data", "synth", "--bars", "60000", "--out", "bars.csv"]);
    assert!(synth.status.success(), "{}", complained(&synth));
    let research = |mode: &str, run: &str| {
        let mode = format!("mode={mode}");
        let arguments = [
            "backtest",
            "--profile",
            "research",
            "--strategy",
            "sma-cross",
            "--param",
            "fast=10",
            "--param",
            "slow=50",
            "--param",
            &mode,
            "--fill",
            "next-open",
            "--fee",
            "0.0005",
            "--size",
            "1",
            "--cash",
            "100000",
            "--data",
            "bars.csv",
            "--bare",
            "--out",
            run,
        ];
        let output = autotrading(&folder, &arguments);
        assert!(output.status.success(), "{}", complained(&output));
        report(&folder, run)["summary"].clone()
    };
    let flat = research("long-flat", "flat");
    let (equity, fills) = plain_crossing(&folder.path().join("bars.csv"), false);
    assert!((flat["final_equity"].as_str().unwrap().parse::<f64>().unwrap() - equity).abs() < 1e-6, "{flat}");
    assert_eq!(flat["fills"], fills);
    let reversing = research("long-short", "reversing");
    let (equity, fills) = plain_crossing(&folder.path().join("bars.csv"), true);
    assert!(
        (reversing["final_equity"].as_str().unwrap().parse::<f64>().unwrap() - equity).abs() < 1e-6,
        "{reversing}"
    );
    assert_eq!(reversing["fills"], fills);
    for key in ["final_equity", "cash", "fees", "funding"] {
        assert!(flat[key].is_string(), "{key} is written as text");
    }
    for key in ["fills", "closed_trades", "max_drawdown", "sharpe", "digest"] {
        assert!(!flat[key].is_null(), "{key}");
    }
}

/// The rule 10/50 in a few lines, on what stands in the file.
fn plain_crossing(file: &Path, short: bool) -> (f64, u64) {
    let text = fs::read_to_string(file).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').skip(1).map(|x| x.parse().unwrap()).collect()).collect();
    let ticks: Vec<i64> = rows.iter().map(|row| (row[3] * 64.0) as i64).collect();
    let (mut cash, mut held, mut fills, mut before) = (100_000.0, 0.0, 0, None);
    for bar in 49..rows.len() {
        let sum = |length: usize| ticks[bar + 1 - length..=bar].iter().sum::<i64>();
        let now = (sum(10) * 50).cmp(&(sum(50) * 10));
        let wanted: f64 = match before.replace(now) {
            Some(was) if was.is_le() && now.is_gt() => 1.0,
            Some(was) if was.is_ge() && now.is_lt() => {
                if short {
                    -1.0
                } else {
                    0.0
                }
            }
            _ => held,
        };
        if wanted != held && bar + 1 < rows.len() {
            let (traded, price) = (wanted - held, rows[bar + 1][0]);
            cash -= traded * price + traded.abs() * price * 0.0005;
            (held, fills) = (wanted, fills + 1);
        }
    }
    (cash + held * rows[rows.len() - 1][3], fills)
}

#[test]
fn a_profile_refuses_flags_that_it_does_not_define() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let output = autotrading(&folder, &[&["backtest", "--out", "run"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
        complained(&output)
    };
    assert!(run(&["--fee", "0.001"]).contains("--profile research"));
    assert!(run(&["--profile", "research"]).contains("--strategy"));
    fs::write(folder.path().join("c.toml"), "").unwrap();
    let both = ["--profile", "research", "--strategy", "sma-cross", "--config", "c.toml"];
    assert!(run(&both).contains("--config"));
    assert!(run(&["--from", "2030-01-01"]).contains("no bar lies between"));
}

#[test]
fn a_journal_that_was_touched_is_found() {
    let folder = folder();
    assert!(autotrading(&folder, &["backtest", "--to", "2017-08-15", "--out", "run"]).status.success());
    let file = folder.path().join("run/journal/journal-000001.log");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let output = autotrading(&folder, &["journal", "verify", "run/journal"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("damaged"));
}

#[test]
#[cfg(unix)]
fn an_interrupt_leaves_a_verified_journal_and_a_report_of_what_was_done() {
    let folder = folder();
    assert!(
        autotrading(&folder, &["data", "synth", "--bars", "400000", "--out", "bars.csv"]).status.success()
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_autotrading"))
        .current_dir(folder.path())
        .args(["backtest", "--data", "bars.csv", "--out", "run"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let journal = folder.path().join("run/journal/journal-000001.log");
    while !journal.metadata().is_ok_and(|facts| facts.len() > 100_000) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        sleep(Duration::from_millis(20));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(report(&folder, "run")["run"]["complete"], false);
    let verified = autotrading(&folder, &["journal", "verify", "run/journal"]);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(said(&verified).contains("books   equal"));
}

#[test]
fn every_command_has_help_and_the_exit_codes_are_told() {
    let folder = folder();
    for command in ["backtest", "explain", "journal", "config", "data", "strategies"] {
        assert!(autotrading(&folder, &[command, "--help"]).status.success(), "{command}");
    }
    let help = said(&autotrading(&folder, &["--help"]));
    assert!(help.starts_with("Automated trading of crypto") && help.contains("Exit codes"), "{help}");
    let strategies = said(&autotrading(&folder, &["strategies", "list"]));
    for word in ["trend-following", "mean-reversion", "sma-cross", "default", "fast", "long-flat"] {
        assert!(strategies.contains(word), "{word} is not in {strategies}");
    }
}
