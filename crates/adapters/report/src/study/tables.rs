//! The same for other programs: a header, commas, one line a row, every digit kept, undefined an empty field.

use std::fmt::Write as _;

use autotrading_backtest::laboratory::{CrossValidationReport, SweepTable, WalkForwardReport};
use autotrading_backtest::monte_carlo::MonteCarloOutcome;

/// `sweep.csv`: one line a trial, its parameters first.
pub fn sweep_csv(table: &SweepTable) -> String {
    let mut out = String::from("number");
    for axis in table.space.axes() {
        let _ = write!(out, ",{axis}");
    }
    out.push_str(",sharpe,total_return,annual_return,max_drawdown,calmar,fills,closed_trades,fees,final_equity,findings,job\n");
    for trial in &table.trials {
        let figures = &trial.result.figures;
        let _ = write!(out, "{}", trial.number);
        for value in &trial.values {
            let _ = write!(out, ",{value}");
        }
        field(&mut out, figures.sharpe);
        field(&mut out, Some(figures.total_return));
        field(&mut out, figures.annual_return);
        field(&mut out, Some(figures.max_drawdown));
        field(&mut out, figures.calmar);
        let _ = writeln!(
            out,
            ",{},{},{},{},{},{}",
            figures.fills,
            figures.closed_trades,
            figures.fees,
            figures.final_equity,
            figures.findings,
            trial.result.id
        );
    }
    out
}

/// `walks.csv`: one line a walk.
pub fn walks_csv(report: &WalkForwardReport) -> String {
    let mut out = String::from("train_from,test_from,test_to");
    for name in &report.parameters {
        let _ = write!(out, ",{name}");
    }
    out.push_str(",in_sample_sharpe,out_of_sample_sharpe,train_return,test_return,closed_trades\n");
    for walk in &report.walks {
        let _ = write!(out, "{},{},{}", walk.walk.train_from, walk.walk.test_from, walk.walk.test_to);
        for place in 0..report.parameters.len() {
            out.push(',');
            if let Some(value) = walk.values.get(place) {
                let _ = write!(out, "{value}");
            }
        }
        field(&mut out, walk.in_sample);
        field(&mut out, walk.out_of_sample);
        field(&mut out, Some(walk.train_return));
        field(&mut out, Some(walk.test_return));
        let _ = writeln!(out, ",{}", walk.closed_trades);
    }
    out
}

/// `splits.csv`: one line a split of a cross-validation; groups are counted from one. `names` are the trials'.
pub fn folds_csv(report: &CrossValidationReport, names: &[String]) -> String {
    let mut out = String::from("held_out,chosen,in_sample_sharpe,out_of_sample_sharpe,rank\n");
    for split in &report.splits {
        let groups: Vec<String> = split.held_out.iter().map(|group| (group + 1).to_string()).collect();
        let chosen = split.chosen.and_then(|place| names.get(place)).map_or("", String::as_str);
        let _ = write!(out, "{},{}", groups.join(" "), chosen.replace(',', ";"));
        for value in [split.in_sample, split.out_of_sample, split.rank] {
            field(&mut out, value);
        }
        out.push('\n');
    }
    out
}

/// `paths.csv`: one line a path of a cross-validation.
pub fn paths_csv(report: &CrossValidationReport) -> String {
    let mut out = String::from("path,sharpe,total_return,max_drawdown\n");
    for (path, number) in report.paths.iter().zip(1..) {
        let _ = write!(out, "{number}");
        for value in [path.sharpe, Some(path.total_return), Some(path.max_drawdown)] {
            field(&mut out, value);
        }
        out.push('\n');
    }
    out
}

/// `monte-carlo.csv`: the fan of each maker, one line a moment.
pub fn monte_carlo_csv(outcomes: &[MonteCarloOutcome]) -> String {
    let mut out = String::from("maker,step,quantile,level\n");
    for outcome in outcomes {
        for point in &outcome.fan {
            for (quantile, level) in outcome.quantiles.iter().zip(&point.levels) {
                let _ = writeln!(out, "{},{},{quantile},{level}", outcome.maker, point.step);
            }
        }
    }
    out
}

fn field(out: &mut String, value: Option<f64>) {
    out.push(',');
    if let Some(value) = value.filter(|value| value.is_finite()) {
        let _ = write!(out, "{value}");
    }
}
