//! Regimes as a detector told them: over the price, as probabilities, beside the volatility that came, and in hindsight.

use autotrading_backtest::{Hindsight, RegimeSeries, RegimeStory};
use autotrading_domain::{RegimeLabel, Timestamp};
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, clock, drawn, layout, line, merged, named, time_axis, value_axis};
use super::price::shading;
use super::thinning::{MOST_POINTS, stride};
use crate::word;

/// The charts of a study, in the order in which they are read.
pub(crate) fn figures(story: &RegimeStory) -> [Figure; 4] {
    let series = &story.series;
    let rest = "; all are in regimes.csv";
    [
        price(series),
        probabilities(&series.time, &series.probabilities, rest),
        volatility(series),
        hindsight(story),
    ]
}

fn price(series: &RegimeSeries) -> Figure {
    let mut traces = shading(&series.time, &series.label);
    let close = json!({ "yaxis": "y2", "line": { "color": "@price", "width": 1.1 }, "hovertemplate": "close %{y:,.8~g}<extra></extra>" });
    traces.push(line("close", &series.time, &series.close, close));
    let layout = layout(named([
        ("xaxis", time_axis(json!({ "anchor": "y2" }))),
        ("yaxis", json!({ "range": [0, 1], "visible": false, "fixedrange": true })),
        ("yaxis2", value_axis("Price", json!({ "overlaying": "y", "side": "left", "tickformat": ",~g" }))),
    ]));
    Figure {
        id: "price",
        title: "Price by regime",
        about: "The close of each bar over the label that the detector gave at it, knowing no later bar."
            .to_owned(),
        height: 440,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y2"],
        traces,
        layout,
    }
}

/// One band a label; all at the same times, so that they stand on each other. `rest` says where those are that are not
/// drawn.
pub(super) fn probabilities<P: Copy + Into<f64>>(
    times: &[Timestamp],
    probabilities: &[[P; 4]],
    rest: &str,
) -> Figure {
    let step = stride(times.len(), MOST_POINTS / 4);
    let times = || times.iter().step_by(step).copied();
    let band = |label: RegimeLabel| {
        let of = |p: &[P; 4]| {
            let own = p.get(label.index()).copied().map(Into::into);
            own.map_or(Value::Null, |p: f64| drawn((p * 1e3).round() / 1e3))
        };
        let name = word::regime(label);
        json!({
            "type": "scatter", "mode": "lines", "name": name, "stackgroup": "all", "x": clock(times()),
            "y": probabilities.iter().step_by(step).map(of).collect::<Vec<_>>(),
            "line": { "width": 0, "color": colour(label) }, "hovertemplate": "%{y:.0%}<extra>%{fullData.name}</extra>",
        })
    };
    let mut about =
        "Filtered probabilities: what each bar and those before it say of the market then.".to_owned();
    if step > 1 {
        about = format!("{about} One bar in {step} is drawn{rest}.");
    }
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Probability", json!({ "range": [0, 1], "tickformat": ".0%" }))),
    ]));
    Figure {
        id: "probabilities",
        title: "How sure it was",
        about,
        height: 300,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: Vec::new(),
        traces: if probabilities.is_empty() { Vec::new() } else { RegimeLabel::ALL.map(band).to_vec() },
        layout,
    }
}

fn colour(label: RegimeLabel) -> &'static str {
    match label {
        RegimeLabel::Bull => "@green",
        RegimeLabel::Bear => "@loss",
        RegimeLabel::Sideways => "@sky",
        RegimeLabel::Neutral => "@line",
    }
}

fn volatility(series: &RegimeSeries) -> Figure {
    let style = |colour: &str| json!({ "line": { "color": colour, "width": 1.2 }, "hovertemplate": "%{y:.2%}<extra>%{fullData.name}</extra>" });
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Volatility of a bar", json!({ "tickformat": ".1%", "rangemode": "tozero" }))),
    ]));
    Figure {
        id: "volatility",
        title: "Volatility: forecast and what came",
        about: "The forecast of the next bar, and the root mean square of the 24 bars that then came. The second line knows \
                the future: it is what the first is judged by."
            .to_owned(),
        height: 320,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y"],
        traces: vec![
            line("what came", &series.time, &series.realised, style("@held")),
            line("forecast", &series.time, &series.forecast, style("@own")),
        ],
        layout,
    }
}

fn hindsight(story: &RegimeStory) -> Figure {
    let traces = story.hindsight.as_ref().map_or_else(Vec::new, |seen| closely(&story.series, seen));
    let layout = layout(named([
        ("xaxis", time_axis(json!({ "anchor": "y" }))),
        ("yaxis", value_axis("Probability", json!({ "range": [-0.02, 1.02], "tickformat": ".0%" }))),
        (
            "yaxis2",
            merged(
                axis(
                    "Price",
                    json!({ "overlaying": "y", "side": "right", "tickformat": ",~g", "showgrid": false }),
                ),
                json!({ "fixedrange": true }),
            ),
        ),
        ("margin", json!({ "r": 86 })),
    ]));
    Figure {
        id: "hindsight",
        title: "Filtered against smoothed",
        about: "RESEARCH ONLY, KNOWS THE FUTURE. One model, fitted to all bars, over the stretch where its two probabilities of \
                the state with the highest mean differ most. Filtered: by the bars until then. Smoothed: by the bars after as \
                well; its changes come before the market's, which nobody can trade."
            .to_owned(),
        height: 380,
        empty: "No model could be fitted to all bars.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}

/// The stretch where the two differ most. The series of the model begin at the second bar.
fn closely(series: &RegimeSeries, seen: &Hindsight) -> Vec<Value> {
    let (from, to) = seen.stretch;
    let times: Vec<Timestamp> = series.time.get(from + 1..to + 1).unwrap_or(&[]).to_vec();
    let part = |values: &[f64], from: usize, to: usize| values.get(from..to).unwrap_or(&[]).to_vec();
    let style = |colour: &str, width: f64, dash: &str| json!({ "line": { "color": colour, "width": width, "dash": dash }, "hovertemplate": "%{y:.0%}<extra>%{fullData.name}</extra>" });
    let close =
        json!({ "yaxis": "y2", "line": { "color": "@price", "width": 1, "dash": "dot" }, "opacity": 0.7 });
    vec![
        line("close", &times, &part(&series.close, from + 1, to + 1), close),
        line(
            "smoothed (knows the future)",
            &times,
            &part(&seen.smoothed, from, to),
            style("@loss", 2.0, "solid"),
        ),
        line("filtered", &times, &part(&seen.filtered, from, to), style("@own", 2.0, "solid")),
    ]
}
