//! How much was at stake, and how near to its limits.

use autotrading_backtest::Series;
use serde_json::{Value, json};

use super::Figure;
use super::line::{layout, line, named, thinned, time_axis, value_axis};

/// From here on a limit is nearly used up, and from there on all but gone.
const WARNING: f64 = 0.7;
const CRITICAL: f64 = 0.9;

pub(super) fn figure(series: &Series) -> Figure {
    let times = &series.time;
    let side = |keep: fn(f64) -> f64| series.exposure.iter().map(|share| keep(*share)).collect::<Vec<f64>>();
    let style = |colour: &str, wash: &str| {
        json!({
            "fill": "tozeroy", "fillcolor": wash, "line": { "color": colour, "width": 1, "shape": "hv" },
            "hovertemplate": "%{y:.2f} ×<extra>%{fullData.name}</extra>",
        })
    };
    let traces = if series.exposure.is_empty() {
        Vec::new()
    } else {
        vec![
            line("long", times, &side(|share| share.max(0.0)), style("@buy", "@wash-buy")),
            line("short", times, &side(|share| share.min(0.0)), style("@sell", "@wash-sell")),
        ]
    };
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Notional over equity", json!({ "zeroline": true, "ticksuffix": " ×" }))),
    ]));
    Figure {
        id: "exposure",
        title: "Exposure",
        about: format!(
            "Signed notional over equity at each close: 1 × is as much as is owned.{}",
            thinned(times.len())
        ),
        height: 300,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y"],
        traces,
        layout,
    }
}

pub(super) fn limits(series: &Series) -> Figure {
    const LOOKS: [(&str, &str); 6] = [
        ("@own", "solid"),
        ("@sell", "solid"),
        ("@green", "solid"),
        ("@purple", "solid"),
        ("@held", "dash"),
        ("@sky", "dash"),
    ];
    let lines = series.limits.iter().zip(LOOKS.iter().cycle()).map(|((name, shares), (colour, dash))| {
        let style = json!({
            "line": { "color": colour, "width": 1.1, "dash": dash }, "hovertemplate": "%{y:.1%}<extra>%{fullData.name}</extra>",
        });
        // What could not be measured is a gap in the line.
        let shares: Vec<f64> = shares.iter().map(|share| share.unwrap_or(f64::NAN)).collect();
        line(name, &series.time, &shares, style)
    });
    let traces = if series.time.is_empty() { Vec::new() } else { lines.collect() };
    let marks = [
        (WARNING, "70 %: warning", "@sell"),
        (CRITICAL, "90 %: critical", "@loss"),
        (1.0, "the limit", "@ink"),
    ];
    let shapes: Vec<Value> = marks
        .iter()
        .map(|(at, _, colour)| {
            json!({ "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "layer": "below",
                "line": { "color": colour, "width": 1, "dash": "dash" } })
        })
        .collect();
    let notes: Vec<Value> = marks
        .iter()
        .map(|(at, text, colour)| {
            json!({ "xref": "paper", "x": 1, "xanchor": "right", "y": at, "yanchor": "bottom", "text": text, "showarrow": false,
                "font": { "size": 11, "color": colour } })
        })
        .collect();
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Share of the limit", json!({ "tickformat": ".0%", "rangemode": "tozero" }))),
        ("shapes", Value::from(shapes)),
        ("annotations", Value::from(notes)),
    ]));
    Figure {
        id: "limits",
        title: "Limits in use",
        about: format!(
            "How much of each limit was used at each close, as a share of it; a gap could not be measured.{}",
            thinned(series.time.len())
        ),
        height: 340,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: Vec::new(),
        traces,
        layout,
    }
}
