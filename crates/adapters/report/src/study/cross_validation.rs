//! The page of a cross-validation.

use autotrading_backtest::laboratory::{CrossValidationReport, DayReturn, PathFigures, SplitFigures};

use super::chart::{growth, growth_figure, growth_line, histogram, scatter};
use super::frame::{Part, Study};
use super::walk_forward::thresholds;
use crate::markup::card;
use crate::number::{count, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// Paths that are drawn.
const DRAWN: usize = 40;

/// The page as text: `market` is the name of the data, `days` those of the returns, `names` the trials'.
pub fn cross_validation_html(
    report: &CrossValidationReport,
    market: &str,
    days: &[i32],
    names: &[String],
) -> String {
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let rules = report.rules;
    Study {
        title: "Cross-validation".to_owned(),
        about: format!(
            "{market}, {} days, {} trials",
            count(report.days as u64),
            count(report.trials as u64)
        ),
        brief: vec![
            ("Sharpe of the paths", ratio(report.mean_path_sharpe), Tone::Plain),
            ("Worse than median", or_dash(report.below_median, percent), Tone::Plain),
        ],
        verdict: Some((report.holds, report.verdict.clone())),
        tiles: vec![
            (
                "Sharpe, chosen and afterwards",
                format!("{} → {}", ratio(report.mean_in_sample), ratio(report.mean_path_sharpe)),
                Tone::Plain,
                "mean of splits, mean of paths".to_owned(),
            ),
            (
                "Splits",
                count(report.splits.len() as u64),
                Tone::Plain,
                format!("{} of {} groups held out", rules.held_out, rules.groups),
            ),
            (
                "Left out beside a test",
                format!("{} + {} days", rules.purge, rules.embargo),
                Tone::Plain,
                "purged before, embargo after".to_owned(),
            ),
            (
                "Paths that lost",
                or_dash(report.losing_paths, percent),
                Tone::Plain,
                format!("of {}", count(report.paths.len() as u64)),
            ),
        ],
        parts: vec![paths(report, days), splits(report, names)],
        footer: "Every path tests each day once, with a choice made on other days.".to_owned(),
    }
    .html()
}

fn paths(report: &CrossValidationReport, days: &[i32]) -> Part {
    let line = |(number, path): (usize, &PathFigures)| {
        let days: Vec<DayReturn> = days
            .iter()
            .zip(&path.returns)
            .map(|(day, value)| DayReturn { day: *day, value: *value })
            .collect();
        growth_line(&format!("path {}", number + 1), &growth(&days), "@own", 0.8)
    };
    let ratios: Vec<f64> = report.paths.iter().filter_map(|path| path.sharpe).collect();
    let points: Vec<[f64; 2]> =
        report.splits.iter().filter_map(|split| Some([split.in_sample?, split.out_of_sample?])).collect();
    Part {
        id: "paths",
        title: "Paths",
        lead: "Not one history, but as many as the groups allow.",
        figures: vec![
            growth_figure(
                "growth",
                "Growth along the paths",
                format!("{} of {} paths.", report.paths.len().min(DRAWN), report.paths.len()),
                report.paths.iter().take(DRAWN).enumerate().map(line).collect(),
                Vec::new(),
            ),
            histogram(
                "ratios",
                "Sharpe ratios of the paths",
                "Annualised.".to_owned(),
                &ratios,
                ("Sharpe ratio", 0.0),
                &[],
            ),
            scatter(
                "splits-plane",
                "Chosen and afterwards",
                "One point a split, annualised Sharpe ratios.".to_owned(),
                &points,
                ["Where it was chosen", "On the days held out"],
            ),
        ],
        cards: card(
            "wide",
            "Thresholds",
            &thresholds(&report.checks, "What was asked of splits and paths.").html(),
        ),
        lists: Vec::new(),
    }
}

fn splits(report: &CrossValidationReport, names: &[String]) -> Part {
    let row = |split: &SplitFigures| {
        let groups: Vec<String> = split.held_out.iter().map(|group| (group + 1).to_string()).collect();
        let chosen = split.chosen.and_then(|place| names.get(place)).map_or("nothing", String::as_str);
        vec![
            groups.join(", ").into(),
            chosen.into(),
            or_dash(split.in_sample, |v| plain(v, 2)).into(),
            or_dash(split.out_of_sample, |v| plain(v, 2)).into(),
            or_dash(split.rank, percent).into(),
        ]
    };
    let path_row = |(number, path): (usize, &PathFigures)| {
        vec![
            (number + 1).to_string().into(),
            or_dash(path.sharpe, |v| plain(v, 2)).into(),
            Cell::toned(signed_percent(path.total_return), path.total_return),
            percent(path.max_drawdown).into(),
        ]
    };
    let splits = Table {
        id: "split-list",
        caption: "Every split; the rank is among all trials on the days held out.".to_owned(),
        columns: vec![
            ("Held out", Set::Words),
            ("Chosen", Set::Words),
            ("Sharpe then", Set::Numbers),
            ("Afterwards", Set::Numbers),
            ("Rank", Set::Numbers),
        ],
        rows: report.splits.iter().map(row).collect(),
    };
    let paths = Table {
        id: "path-list",
        caption: "Every path.".to_owned(),
        columns: vec![
            ("Path", Set::Numbers),
            ("Sharpe", Set::Numbers),
            ("Return", Set::Numbers),
            ("Drawdown", Set::Numbers),
        ],
        rows: report.paths.iter().enumerate().map(path_row).collect(),
    };
    Part {
        id: "splits",
        title: "Splits",
        lead: "All of them are in splits.csv.",
        figures: Vec::new(),
        cards: String::new(),
        lists: vec![("All paths", paths), ("All splits", splits)],
    }
}
