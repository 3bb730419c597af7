//! The page of a search over parameters.

use autotrading_backtest::laboratory::{Criterion, Judgement, SweepPlan, SweepTable, Trial};
use serde_json::{Value, json};

use super::chart::{growth, growth_figure, growth_line, histogram};
use super::frame::{Part, Study};
use super::judgement;
use crate::charts::Figure;
use crate::charts::line::{axis, drawn, layout, named};
use crate::number::{count, day, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// A finished search with what it amounts to.
#[derive(Clone, Copy, Debug)]
pub struct SweepStudy<'a> {
    /// What was planned.
    pub plan: &'a SweepPlan,
    /// What came of each point.
    pub table: &'a SweepTable,
    /// What trials were compared by.
    pub criterion: Criterion,
    /// The verdict.
    pub judgement: &'a Judgement,
}

/// Trials whose equity is drawn.
const DRAWN: usize = 12;

/// The page as text.
pub fn sweep_html(study: &SweepStudy<'_>) -> String {
    let best = study.table.best(study.criterion);
    let sharpe = |trial: &Trial| trial.result.figures.sharpe;
    let figures = best.map(|trial| &trial.result.figures);
    let total = figures.map_or(0.0, |figures| figures.total_return);
    let trials = study.table.trials.len();
    Study {
        title: format!("Search over {}", axes(study)),
        about: format!("{}, {} to {}", study.plan.market, day(study.plan.measured_from), day(study.plan.to)),
        brief: vec![
            ("Trials", count(trials as u64), Tone::Plain),
            ("Best Sharpe", or_dash(best.and_then(sharpe), |v| plain(v, 2)), Tone::Plain),
            (
                "Verdict",
                study.judgement.evidence.clone(),
                if study.judgement.holds { Tone::Gain } else { Tone::Loss },
            ),
        ],
        verdict: Some((study.judgement.holds, study.judgement.words())),
        tiles: vec![
            (
                "Best trial",
                best.map_or_else(|| "none".to_owned(), |trial| values(study, trial)),
                Tone::Plain,
                format!("by {}", criterion(study.criterion)),
            ),
            (
                "Its total return",
                signed_percent(total),
                Tone::of(total),
                "before the luck of the search is taken off".to_owned(),
            ),
            (
                "Its largest drawdown",
                or_dash(figures.map(|figures| figures.max_drawdown), percent),
                Tone::Plain,
                format!("{} round trips", figures.map_or(0, |figures| figures.closed_trades)),
            ),
            (
                "Trials ever made on these data",
                count(study.judgement.trials),
                Tone::Plain,
                format!(
                    "{} legal points here, {} illegal left out",
                    count(trials as u64),
                    count(study.table.skipped as u64)
                ),
            ),
        ],
        parts: vec![space(study), judgement::part(study.judgement), trials_part(study)],
        footer: format!(
            "Data {}. Trials are judged by daily returns; nothing here proves the future.",
            study.plan.data
        ),
    }
    .html()
}

fn axes(study: &SweepStudy<'_>) -> String {
    study.table.space.axes().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn values(study: &SweepStudy<'_>, trial: &Trial) -> String {
    study.table.space.words(&trial.values)
}

/// What trials are compared by, in words.
pub(super) const fn criterion(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Sharpe => "Sharpe ratio",
        Criterion::TotalReturn => "total return",
        Criterion::Calmar => "Calmar ratio",
    }
}

fn space(study: &SweepStudy<'_>) -> Part {
    Part {
        id: "space",
        title: "The space",
        lead: "A good region is wide: neighbours of the best trial that are much worse mean that it was found by luck.",
        figures: vec![heat_map(study), spread(study), equities(study)],
        cards: String::new(),
        lists: Vec::new(),
    }
}

/// The criterion over the first two axes; of several trials on one place the median is shown.
fn heat_map(study: &SweepStudy<'_>) -> Figure {
    let axes = study.table.space.axes();
    let mut traces = Vec::new();
    let mut labels = ["", ""];
    let word = criterion(study.criterion);
    let about = match axes {
        [] => String::new(),
        [only] => {
            labels = [only.parameter.as_str(), word];
            let of = |value| median_where(study, |trial| trial.values.first() == Some(value));
            traces.push(json!({
                "type": "scatter", "mode": "lines+markers",
                "x": only.values.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "y": only.values.iter().map(|value| of(value).map_or(Value::Null, drawn)).collect::<Vec<_>>(),
                "line": { "color": "@own" }, "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
            }));
            format!("{word} at each value.")
        }
        [first, second, rest @ ..] => {
            labels = [first.parameter.as_str(), second.parameter.as_str()];
            let of = |x, y| {
                let here = |trial: &Trial| trial.values.first() == Some(x) && trial.values.get(1) == Some(y);
                median_where(study, here).map_or(Value::Null, drawn)
            };
            let row = |y| first.values.iter().map(|x| of(x, y)).collect::<Vec<_>>();
            traces.push(json!({
                "type": "heatmap",
                "x": first.values.iter().map(|value| format!("{value} ")).collect::<Vec<_>>(),
                "y": second.values.iter().map(|value| format!("{value} ")).collect::<Vec<_>>(),
                "z": second.values.iter().map(row).collect::<Vec<_>>(),
                "zmid": 0, "colorscale": [[0, "@loss"], [0.5, "@grid"], [1, "@gain"]],
                "colorbar": { "title": { "text": word, "font": { "color": "@muted" } }, "tickfont": { "color": "@muted" } },
                "hovertemplate": "%{x}/ %{y}: %{z:.3f}<extra></extra>",
            }));
            if rest.is_empty() {
                format!("{word} of each trial; gaps are combinations that are not legal.")
            } else {
                format!("{word}; of trials that differ in the other parameters alone, the median.")
            }
        }
    };
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", axis(labels[0], json!({ "type": "category" }))),
        ("yaxis", axis(labels[1], if axes.len() > 1 { json!({ "type": "category" }) } else { Value::Null })),
        ("showlegend", json!(false)),
    ]));
    Figure {
        id: "space-map",
        title: "Heat map",
        about,
        height: 420,
        empty: "Nothing was varied.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}

fn median_where(study: &SweepStudy<'_>, here: impl Fn(&Trial) -> bool) -> Option<f64> {
    let trials = study.table.trials.iter().filter(|trial| here(trial));
    let mut values: Vec<f64> = trials.filter_map(|trial| study.criterion.of(&trial.result.figures)).collect();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied()?;
    let lower = values.get((values.len().max(1) - 1) / 2).copied()?;
    Some(f64::midpoint(lower, upper))
}

fn spread(study: &SweepStudy<'_>) -> Figure {
    let values: Vec<f64> =
        study.table.trials.iter().filter_map(|trial| study.criterion.of(&trial.result.figures)).collect();
    let luck = study
        .judgement
        .luck_of_the_search
        .zip(study.table.trials.first())
        .map(|(luck, trial)| (luck * trial.result.figures.periods_per_year.sqrt(), "luck of the search"));
    let marks: Vec<(f64, &str)> = luck.into_iter().filter(|_| study.criterion == Criterion::Sharpe).collect();
    let about = if marks.is_empty() {
        "All trials.".to_owned()
    } else {
        "All trials. The dashed line is what the best of so many worthless trials would be expected to show."
            .to_owned()
    };
    histogram("spread", "How trials are spread", about, &values, (criterion(study.criterion), 0.0), &marks)
}

fn equities(study: &SweepStudy<'_>) -> Figure {
    let mut ranked: Vec<&Trial> = study.table.trials.iter().collect();
    ranked.sort_by(|a, b| {
        let of = |trial: &Trial| study.criterion.of(&trial.result.figures).unwrap_or(f64::NEG_INFINITY);
        of(b).total_cmp(&of(a)).then(a.number.cmp(&b.number))
    });
    let traces = ranked
        .iter()
        .take(DRAWN)
        .enumerate()
        .map(|(place, trial)| {
            let (colour, width) = if place == 0 { ("@own", 2.0) } else { ("@price", 0.7) };
            growth_line(&values(study, trial), &growth(&trial.result.days), colour, width)
        })
        .collect();
    let about = format!("The best {} trials, the best in colour.", ranked.len().min(DRAWN));
    growth_figure("growth", "Growth of the best trials", about, traces, Vec::new())
}

fn trials_part(study: &SweepStudy<'_>) -> Part {
    let row = |trial: &Trial| {
        let figures = &trial.result.figures;
        let ratio = |value: Option<f64>| Cell::from(or_dash(value, |v| plain(v, 3)));
        vec![
            trial.number.to_string().into(),
            values(study, trial).into(),
            ratio(figures.sharpe),
            Cell::toned(signed_percent(figures.total_return), figures.total_return),
            or_dash(figures.annual_return, signed_percent).into(),
            percent(figures.max_drawdown).into(),
            ratio(figures.calmar),
            count(figures.fills).into(),
            count(figures.closed_trades).into(),
            plain(figures.fees.to_f64(), 2).into(),
        ]
    };
    let table = Table {
        id: "trial-list",
        caption: "Every trial.".to_owned(),
        columns: vec![
            ("No.", Set::Numbers),
            ("Parameters", Set::Words),
            ("Sharpe", Set::Numbers),
            ("Return", Set::Numbers),
            ("A year", Set::Numbers),
            ("Drawdown", Set::Numbers),
            ("Calmar", Set::Numbers),
            ("Fills", Set::Numbers),
            ("Round trips", Set::Numbers),
            ("Fees", Set::Numbers),
        ],
        rows: study.table.trials.iter().map(row).collect(),
    };
    Part {
        id: "trials",
        title: "Trials",
        lead: "Click a heading to sort; type to find. All of them are in sweep.csv.",
        figures: Vec::new(),
        cards: String::new(),
        lists: vec![("All trials", table)],
    }
}
