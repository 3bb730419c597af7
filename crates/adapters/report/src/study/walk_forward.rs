//! The page of a walk-forward.

use autotrading_backtest::laboratory::{Check, ParameterPath, WalkFigures, WalkForwardReport};
use serde_json::{Value, json};

use super::chart::{growth, growth_figure, growth_line};
use super::frame::{Part, Study};
use crate::charts::Figure;
use crate::charts::line::{axis, drawn, layout, moment, named, time_axis};
use crate::markup::card;
use crate::number::{count, day, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// The page as text; `market` is the name of the data.
pub fn walk_forward_html(report: &WalkForwardReport, market: &str) -> String {
    let first = report.walks.first().map(|walk| day(walk.walk.test_from)).unwrap_or_default();
    let last = report.walks.last().map(|walk| day(walk.walk.test_to)).unwrap_or_default();
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    Study {
        title: format!("Walk-forward of {}", report.parameters.join(", ")),
        about: format!("{market}, tests from {first} to {last}"),
        brief: vec![
            ("Return of the tests", signed_percent(report.total_return), Tone::of(report.total_return)),
            ("Sharpe", ratio(report.sharpe), Tone::Plain),
            ("Efficiency", ratio(report.efficiency), Tone::Plain),
        ],
        verdict: Some((report.holds, report.verdict.clone())),
        tiles: vec![
            (
                "Sharpe, chosen and afterwards",
                format!("{} → {}", ratio(report.mean_in_sample), ratio(report.mean_out_of_sample)),
                Tone::Plain,
                "mean of the walks".to_owned(),
            ),
            (
                "Walks that gained",
                or_dash(report.consistency, percent),
                Tone::Plain,
                format!("of {}", count(report.walks.len() as u64)),
            ),
            ("Largest drawdown", percent(report.max_drawdown), Tone::Plain, "of the tests strung together, by the day".to_owned()),
            (
                "Trials in each walk",
                count(report.candidates as u64),
                Tone::Plain,
                if report.rules.anchored {
                    format!("learning from the start, tested on {}", report.rules.test)
                } else {
                    format!("learning on {}, tested on {}", report.rules.train, report.rules.test)
                },
            ),
        ],
        parts: vec![equity(report), choices(report), walks(report)],
        footer: "Each test comes after the stretch that its parameters were chosen on. Costs of the change from one choice to the next are not counted."
            .to_owned(),
    }
    .html()
}

fn equity(report: &WalkForwardReport) -> Part {
    let strip = |walk: &WalkFigures| {
        let colour = if walk.test_return > 0.0 { "@wash-buy" } else { "@wash-loss" };
        json!({ "type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": { "width": 0 },
                "x0": moment(walk.walk.test_from), "x1": moment(walk.walk.test_to), "fillcolor": colour })
    };
    let traces = if report.days.is_empty() {
        Vec::new()
    } else {
        vec![growth_line("tests strung together", &growth(&report.days), "@own", 1.8)]
    };
    let figure = growth_figure(
        "tests",
        "Tests strung together",
        "Each stripe is one test: blue gained, orange lost.".to_owned(),
        traces,
        report.walks.iter().map(strip).collect(),
    );
    Part {
        id: "equity",
        title: "Equity",
        lead: "Only days on which nothing had been chosen yet.",
        figures: vec![figure, ratios(report)],
        cards: card("wide", "Thresholds", &thresholds(&report.checks, "What was asked of the tests.").html()),
        lists: Vec::new(),
    }
}

fn ratios(report: &WalkForwardReport) -> Figure {
    let bars = |name: &str, colour: &str, of: fn(&WalkFigures) -> Option<f64>| {
        json!({
            "type": "bar", "name": name,
            "x": report.walks.iter().map(|walk| moment(walk.walk.test_from)).collect::<Vec<_>>(),
            "y": report.walks.iter().map(|walk| of(walk).map_or(Value::Null, drawn)).collect::<Vec<_>>(),
            "marker": { "color": colour }, "hovertemplate": "%{y:.2f}<extra>%{fullData.name}</extra>",
        })
    };
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", axis("Sharpe ratio", json!({ "fixedrange": true, "zeroline": true }))),
        ("barmode", json!("group")),
    ]));
    Figure {
        id: "ratios",
        title: "Chosen and afterwards",
        about: "Sharpe ratio of the chosen trial on the stretch it was chosen on, and on the test after it."
            .to_owned(),
        height: 320,
        empty: "There is nothing to draw.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces: vec![
            bars("where it was chosen", "@price", |walk| walk.in_sample),
            bars("afterwards", "@own", |walk| walk.out_of_sample),
        ],
        layout,
    }
}

/// Each threshold with what was found.
pub(crate) fn thresholds(checks: &[Check], caption: &str) -> Table {
    let row = |check: &Check| {
        let (answer, tone) = if check.passed() { ("met", Tone::Gain) } else { ("missed", Tone::Loss) };
        let bound = if check.at_least { "at least" } else { "at most" };
        vec![
            check.what.as_str().into(),
            or_dash(check.value, |value| plain(value, 3)).into(),
            format!("{bound} {}", plain(check.threshold, 2)).into(),
            Cell { text: answer.to_owned(), tone, heat: None },
        ]
    };
    Table {
        id: "thresholds",
        caption: caption.to_owned(),
        columns: vec![
            ("What", Set::Words),
            ("Found", Set::Numbers),
            ("Asked", Set::Words),
            ("Answer", Set::Words),
        ],
        rows: checks.iter().map(row).collect(),
    }
}

fn choices(report: &WalkForwardReport) -> Part {
    let trace = |(number, path): (usize, &ParameterPath)| {
        let colours = ["@own", "@sell", "@green", "@purple", "@sky", "@held"];
        let colour = colours.get(number % colours.len()).copied().unwrap_or("@own");
        let value = |(walk, place): (&WalkFigures, &Option<usize>)| {
            place.map_or(Value::Null, |_| {
                walk.values.get(number).map_or(Value::Null, |value| json!(value.to_string()))
            })
        };
        json!({
            "type": "scatter", "mode": "lines+markers", "name": path.name, "line": { "shape": "hv", "color": colour },
            "x": report.walks.iter().map(|walk| moment(walk.walk.test_from)).collect::<Vec<_>>(),
            "y": path.places.iter().map(|place| place.map_or(Value::Null, |place| json!(place + 1))).collect::<Vec<_>>(),
            "customdata": report.walks.iter().zip(&path.places).map(value).collect::<Vec<_>>(),
            "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
        })
    };
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", axis("Place on its axis", json!({ "fixedrange": true, "rangemode": "tozero" }))),
    ]));
    let figure = Figure {
        id: "choices",
        title: "What was chosen",
        about: "A parameter that jumps from walk to walk was not found, but drawn.".to_owned(),
        height: 320,
        empty: "Nothing was varied.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces: report.stability.iter().enumerate().map(trace).collect(),
        layout,
    };
    let row = |path: &ParameterPath| vec![path.name.as_str().into(), or_dash(path.mean_move, percent).into()];
    let table = Table {
        id: "stability",
        caption: "Mean move from walk to walk as a share of the axis: none is stable, a third is chance."
            .to_owned(),
        columns: vec![("Parameter", Set::Words), ("Mean move", Set::Numbers)],
        rows: report.stability.iter().map(row).collect(),
    };
    Part {
        id: "parameters",
        title: "Parameters",
        lead: "How stable the choice was.",
        figures: vec![figure],
        cards: card("wide", "Stability", &table.html()),
        lists: Vec::new(),
    }
}

/// Every walk, with what was chosen in it and what became of that.
pub(crate) fn walk_list(report: &WalkForwardReport) -> Table {
    let row = |walk: &WalkFigures| {
        let pairs = report.parameters.iter().zip(&walk.values);
        let values =
            pairs.map(|(name, value)| format!("{} {value}", name.rsplit('.').next().unwrap_or(name)));
        let values = values.collect::<Vec<_>>().join(", ");
        vec![
            day(walk.walk.train_from).into(),
            day(walk.walk.test_from).into(),
            day(walk.walk.test_to).into(),
            if values.is_empty() { "nothing".into() } else { values.into() },
            or_dash(walk.in_sample, |v| plain(v, 2)).into(),
            or_dash(walk.out_of_sample, |v| plain(v, 2)).into(),
            Cell::toned(signed_percent(walk.train_return), walk.train_return),
            Cell::toned(signed_percent(walk.test_return), walk.test_return),
            count(walk.closed_trades).into(),
        ]
    };
    Table {
        id: "walk-list",
        caption: "What was chosen on the stretch before each test, and what became of it.".to_owned(),
        columns: vec![
            ("Learned from", Set::Words),
            ("Tested from", Set::Words),
            ("To", Set::Words),
            ("Chosen", Set::Words),
            ("Sharpe then", Set::Numbers),
            ("Afterwards", Set::Numbers),
            ("Return then", Set::Numbers),
            ("Test return", Set::Numbers),
            ("Round trips", Set::Numbers),
        ],
        rows: report.walks.iter().map(row).collect(),
    }
}

fn walks(report: &WalkForwardReport) -> Part {
    Part {
        id: "walks",
        title: "Walks",
        lead: "All of them are in walks.csv.",
        figures: Vec::new(),
        cards: String::new(),
        lists: vec![("All walks", walk_list(report))],
    }
}
