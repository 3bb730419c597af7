//! Charts that several of these pages draw.

use autotrading_backtest::laboratory::DayReturn;
use autotrading_domain::{Span, Timestamp};
use serde_json::{Value, json};

use crate::charts::Figure;
use crate::charts::line::{axis, drawn, layout, line, named, time_axis, value_axis};

/// The end of a day that is counted from 1970-01-01.
pub(super) fn end_of(day: i32) -> Timestamp {
    Timestamp::EPOCH.after(Span::DAY.times(i64::from(day) + 1))
}

/// Growth of one unit over days, with its moments.
pub(super) fn growth(days: &[DayReturn]) -> (Vec<Timestamp>, Vec<f64>) {
    let mut level = 1.0;
    let start = days.first().map(|first| (end_of(first.day - 1), 1.0));
    let points = days.iter().map(|day| {
        level *= 1.0 + day.value;
        (end_of(day.day), level)
    });
    start.into_iter().chain(points.collect::<Vec<_>>()).unzip()
}

/// Lines over time, one value axis.
pub(super) fn over_time(
    (id, title, about): (&'static str, &'static str, &str),
    (label, format): (&str, &str),
    height: u32,
    traces: Vec<Value>,
) -> Figure {
    Figure {
        id,
        title,
        about: about.to_owned(),
        height,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y"],
        traces,
        layout: layout(named([
            ("xaxis", time_axis(Value::Null)),
            ("yaxis", value_axis(label, json!({ "tickformat": format }))),
        ])),
    }
}

/// A line of growth over time.
pub(super) fn growth_figure(
    id: &'static str,
    title: &'static str,
    about: String,
    traces: Vec<Value>,
    shapes: Vec<Value>,
) -> Figure {
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Growth of one unit", json!({ "tickformat": ".2f" }))),
        ("shapes", Value::from(shapes)),
    ]));
    Figure {
        id,
        title,
        about,
        height: 380,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y"],
        traces,
        layout,
    }
}

/// A line of growth.
pub(super) fn growth_line(
    name: &str,
    (times, levels): &(Vec<Timestamp>, Vec<f64>),
    colour: &str,
    width: f64,
) -> Value {
    line(
        name,
        times,
        levels,
        json!({ "line": { "color": colour, "width": width }, "hovertemplate": "%{y:.4f}<extra></extra>" }),
    )
}

/// Bars of equal width over values; those left of `split` are losses by colour.
pub(super) fn histogram(
    id: &'static str,
    title: &'static str,
    about: String,
    values: &[f64],
    (label, split): (&str, f64),
    marks: &[(f64, &str)],
) -> Figure {
    // Few values are seen in few bars.
    let bars = ((values.len() as f64).sqrt() * 2.0).clamp(10.0, 48.0).round() as usize;
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let width = ((high - low) / bars as f64).max(1e-12);
    // An edge lies on the split, so that no bar is on both sides of it.
    let first = ((low - split) / width).floor();
    let mut counts = vec![0_u64; bars + 2];
    for value in values {
        let bar = ((value - split) / width).floor() - first;
        if let Some(count) = counts.get_mut(bar.clamp(0.0, (bars + 1) as f64) as usize) {
            *count += 1;
        }
    }
    let middle = |bar: usize| split + (first + bar as f64 + 0.5) * width;
    let colour = |bar: usize| if middle(bar) > split { "@gain" } else { "@loss" };
    let traces = if values.len() < 2 || !(high - low).is_finite() {
        Vec::new()
    } else {
        vec![json!({
            "type": "bar", "width": width,
            "x": (0..counts.len()).map(|bar| drawn(middle(bar))).collect::<Vec<_>>(),
            "y": counts,
            "marker": { "color": (0..counts.len()).map(colour).collect::<Vec<_>>() },
            "hovertemplate": "about %{x:.3f}: %{y}<extra></extra>",
        })]
    };
    let mark = |(at, _): &(f64, &str)| {
        json!({ "type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": at, "x1": at,
                "line": { "color": "@ink", "width": 1.4, "dash": "dash" } })
    };
    let note = |(at, words): &(f64, &str)| {
        json!({ "x": at, "y": 1, "yref": "paper", "yanchor": "bottom", "text": words, "showarrow": false,
                "font": { "color": "@muted" } })
    };
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", axis(label, Value::Null)),
        ("yaxis", axis("How often", json!({ "fixedrange": true }))),
        ("bargap", json!(0.06)),
        ("showlegend", json!(false)),
        ("shapes", Value::from(marks.iter().map(mark).collect::<Vec<_>>())),
        ("annotations", Value::from(marks.iter().map(note).collect::<Vec<_>>())),
    ]));
    Figure {
        id,
        title,
        about,
        height: 340,
        empty: "There is nothing to draw.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}

/// Points in a plane.
pub(super) fn scatter(
    id: &'static str,
    title: &'static str,
    about: String,
    points: &[[f64; 2]],
    [x, y]: [&str; 2],
) -> Figure {
    const MOST: usize = 1500;
    let stride = points.len().div_ceil(MOST).max(1);
    let shown = || points.iter().step_by(stride);
    let traces = if points.is_empty() {
        Vec::new()
    } else {
        vec![json!({
            "type": "scatter", "mode": "markers",
            "x": shown().map(|[x, _]| drawn(*x)).collect::<Vec<_>>(),
            "y": shown().map(|[_, y]| drawn(*y)).collect::<Vec<_>>(),
            "marker": { "color": "@own", "size": 4, "opacity": 0.35 },
            "hovertemplate": "%{x:.3f}, afterwards %{y:.3f}<extra></extra>",
        })]
    };
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", axis(x, json!({ "zeroline": true }))),
        ("yaxis", axis(y, json!({ "zeroline": true }))),
        ("showlegend", json!(false)),
    ]));
    Figure {
        id,
        title,
        about,
        height: 340,
        empty: "There is nothing to draw.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}
