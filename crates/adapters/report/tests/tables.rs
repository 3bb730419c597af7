//! What other programs read.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read back what was written")]

mod invented;

use autotrading_backtest::Series;
use autotrading_report::{ReportError, write_equity, write_report, write_trades};

fn lines(path: &std::path::Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn trades_keep_every_digit() {
    let folder = tempfile::tempdir().unwrap();
    let run = invented::run(600);
    let file = folder.path().join("trades.csv");
    write_trades(&file, &run.trades).unwrap();
    let lines = lines(&file);
    assert_eq!(
        lines[0].join(","),
        "number,direction,opened_at,closed_at,quantity,entry,exit,realized,fees,funding,net,spread,impact,regime,strategy,\
         adverse,favourable"
    );
    assert_eq!(lines.len(), run.trades.len() + 1);
    let (first, trade) = (&lines[1], &run.trades[0]);
    assert_eq!(first[2].parse(), Ok(trade.opened_at));
    assert_eq!(first[5], trade.entry.to_string());
    assert_eq!(first[10], trade.net.to_string());
    assert_eq!(first[11..].join(","), "1.5000,0.2500,bull,trend-following,0.0123,0.0345");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
}

#[test]
fn equity_has_a_line_a_bar_that_reads_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let run = invented::run(300);
    let file = folder.path().join("equity.csv");
    write_equity(&file, &run.series).unwrap();
    let lines = lines(&file);
    assert_eq!(
        lines[0].join(","),
        "time,open,high,low,close,equity,drawdown,buy_and_hold,exposure,regime,volatility"
    );
    assert_eq!(lines.len(), 301);
    let closes: Vec<f64> = run.series.price.iter().map(|[.., close]| *close).collect();
    let mut high = 0.0_f64;
    for (place, line) in lines[1..].iter().enumerate() {
        let number = |column: usize| line[column].parse::<f64>().unwrap();
        let equity = run.series.equity[place];
        high = high.max(equity);
        assert_eq!(line[0].parse(), Ok(run.series.time[place]));
        assert_eq!([number(1), number(2), number(3), number(4)], run.series.price[place]);
        assert_eq!(number(5), equity);
        assert_eq!(number(6), 1.0 - equity / high);
        assert_eq!(number(7), run.series.equity[0] * (closes[place] / closes[0]));
        assert_eq!(number(8), run.series.exposure[place]);
        assert!(["bull", "bear", "sideways", "neutral"].contains(&line[9].as_str()));
        assert!(["low", "normal", "high"].contains(&line[10].as_str()));
    }
}

#[test]
fn what_is_missing_or_undefined_is_an_empty_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("equity.csv");
    let run = invented::run(2);
    write_equity(&file, &Series { equity: vec![f64::NAN, 1.0], regime: Vec::new(), ..run.series }).unwrap();
    let lines = lines(&file);
    assert_eq!((lines[1][5].as_str(), lines[1][9].as_str(), lines[2][5].as_str()), ("", "", "1"));
    assert!(lines.iter().all(|line| line.len() == 11));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    std::fs::write(&file, "x").unwrap();
    let error = write_report(&file.join("below"), &invented::run(50).page()).unwrap_err();
    assert!(matches!(error, ReportError::Folder { .. }));
    assert!(error.to_string().contains("taken"));
}
