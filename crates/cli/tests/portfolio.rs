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
    for part in ["Growth of one unit", "Drawdowns", "Efficient frontier", "Risk contributions"] {
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
