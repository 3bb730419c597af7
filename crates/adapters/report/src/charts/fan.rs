//! Quantiles of many futures over time.

use autotrading_backtest::monte_carlo::MonteCarloOutcome;
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, drawn, layout, named};
use crate::number::round_percent;

/// The fan of an outcome; `step` is what a step is called, `ruin` the level that is marked.
pub(crate) fn figure(
    id: &'static str,
    outcome: Option<&MonteCarloOutcome>,
    ruin: f64,
    step: &str,
    about: String,
) -> Figure {
    let mark = json!([{ "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": ruin, "y1": ruin,
                        "line": { "color": "@loss", "width": 1.4, "dash": "dash" } }]);
    let layout = layout(named([
        ("xaxis", axis(&format!("{step}s from now"), Value::Null)),
        ("yaxis", axis("Level, start is one", json!({ "fixedrange": true }))),
        ("shapes", mark),
        ("showlegend", json!(false)),
    ]));
    Figure {
        id,
        title: "Quantiles over time",
        about,
        height: 340,
        empty: "There is nothing to draw.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces: outcome.map(traces).unwrap_or_default(),
        layout,
    }
}

/// What the quantiles of an outcome are called.
pub(crate) fn quantiles(outcome: &MonteCarloOutcome) -> String {
    outcome.quantiles.iter().map(|q| round_percent(*q)).collect::<Vec<_>>().join(", ")
}

fn traces(outcome: &MonteCarloOutcome) -> Vec<Value> {
    let steps: Vec<Value> =
        std::iter::once(json!(0)).chain(outcome.fan.iter().map(|point| json!(point.step))).collect();
    let middle = outcome.quantiles.len() / 2;
    let line = |(number, quantile): (usize, &f64)| {
        let levels = outcome
            .fan
            .iter()
            .map(|point| point.levels.get(number).map_or(Value::Null, |level| drawn(*level)));
        let mut trace = json!({
            "type": "scatter", "mode": "lines", "name": round_percent(*quantile),
            "x": steps, "y": std::iter::once(json!(1)).chain(levels).collect::<Vec<_>>(),
            "line": { "color": "@own", "width": if number == middle { 2.0 } else { 0.8 } },
            "hovertemplate": "%{y:.3f}<extra>%{fullData.name}</extra>",
        });
        if number > 0
            && let Some(trace) = trace.as_object_mut()
        {
            trace.insert("fill".to_owned(), json!("tonexty"));
            trace.insert("fillcolor".to_owned(), json!("@wash-buy"));
        }
        trace
    };
    outcome.quantiles.iter().enumerate().map(line).collect()
}
