//! What each strategy brought in.

use autotrading_backtest::{Contribution, Report, Series};
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, drawn, layout, line, named, time_axis, value_axis};
use crate::markup::escape;
use crate::number::signed;

const COLOURS: [&str; 6] = ["@own", "@sell", "@green", "@purple", "@sky", "@held"];

pub(super) fn contributions(report: &Report) -> Figure {
    let mut rows: Vec<(&str, f64)> =
        report.strategies.iter().map(|own| (own.name.as_str(), own.contribution.to_f64())).collect();
    if !report.unattributed.is_zero() {
        rows.push(("nobody", report.unattributed.to_f64()));
    }
    let colour = |amount: &f64| if *amount < 0.0 { "@loss" } else { "@gain" };
    let bar = json!({
        "type": "bar", "orientation": "h",
        "x": rows.iter().map(|(_, amount)| drawn(*amount)).collect::<Vec<_>>(),
        "y": rows.iter().map(|(name, _)| escape(name)).collect::<Vec<_>>(),
        "text": rows.iter().map(|(_, amount)| signed(*amount, 0)).collect::<Vec<_>>(),
        "textposition": "auto", "cliponaxis": false,
        "marker": { "color": rows.iter().map(|(_, amount)| colour(amount)).collect::<Vec<_>>() },
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    });
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", axis("Settlement currency", json!({ "fixedrange": true, "tickformat": ",~s" }))),
        (
            "yaxis",
            axis(
                "",
                json!({ "autorange": "reversed", "fixedrange": true, "type": "category", "ticksuffix": " ", "tickfont": { "color": "@ink" } }),
            ),
        ),
        ("showlegend", json!(false)),
        ("bargap", json!(0.28)),
        ("margin", json!({ "t": 10 })),
    ]));
    let height = 110 + 34 * u32::try_from(rows.len()).unwrap_or(u32::MAX).clamp(2, 40);
    Figure {
        id: "contributions",
        title: "Contribution of each strategy",
        about: "The net of each round trip, shared among those who spoke for its direction when it was opened, by weight times \
                lean."
            .to_owned(),
        height,
        empty: "There is no strategy.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces: if rows.is_empty() { Vec::new() } else { vec![bar] },
        layout,
    }
}

pub(super) fn growth(series: &Series) -> Figure {
    let drawn = |(own, colour): (&Contribution, &&str)| {
        let style = json!({
            "line": { "color": colour, "width": 1.5, "shape": "hv" },
            "hovertemplate": "%{y:,.0f}<extra>%{fullData.name}</extra>",
        });
        (!own.time.is_empty()).then(|| line(&own.name, &own.time, &own.total, style))
    };
    let traces = series.contributions.iter().zip(COLOURS.iter().cycle()).filter_map(drawn).collect();
    let layout = layout(named([
        ("xaxis", time_axis(Value::Null)),
        ("yaxis", value_axis("Settlement currency", json!({ "tickformat": ",~s" }))),
    ]));
    Figure {
        id: "contribution-growth",
        title: "Contributions as they grew",
        about: "The sum of the parts after each round trip; what is still open is not in it.".to_owned(),
        height: 340,
        empty: "No round trip has ended.",
        wide: true,
        timed: true,
        fitted: vec!["y"],
        traces,
        layout,
    }
}
