//! What decided: the bound of each size, the check behind each refusal.

use autotrading_backtest::{Report, Tally};
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, layout, named};
use crate::{markup::escape, word::apart};

pub(super) fn bounds(report: &Report) -> Figure {
    figure(
        "bounds",
        "What decided the size",
        "How often each cap, multiplier or minimum was the one that held a position's size back.",
        (&report.bounds, "@own"),
        "No size was decided.",
    )
}

pub(super) fn refusals(report: &Report) -> Figure {
    figure(
        "refusals",
        "Refused by the risk gate",
        "How often each check said no.",
        (&report.refusals, "@loss"),
        "No order was refused.",
    )
}

fn figure(
    id: &'static str,
    title: &'static str,
    about: &str,
    (tallies, colour): (&[Tally], &str),
    empty: &'static str,
) -> Figure {
    let bar = json!({
        "type": "bar", "orientation": "h",
        "x": tallies.iter().map(|tally| tally.count).collect::<Vec<_>>(),
        "y": tallies.iter().map(|tally| escape(&apart(&tally.cause))).collect::<Vec<_>>(),
        "marker": { "color": colour },
        "texttemplate": "%{x:,d}", "textposition": "auto", "cliponaxis": false,
        "hovertemplate": "%{y}: %{x:,d}<extra></extra>",
    });
    let layout = layout(named([
        ("hovermode", json!("closest")),
        (
            "xaxis",
            axis("How often", json!({ "fixedrange": true, "rangemode": "tozero", "tickformat": ",~d" })),
        ),
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
    let traces: Vec<Value> = if tallies.is_empty() { Vec::new() } else { vec![bar] };
    let rows = u32::try_from(tallies.len()).unwrap_or(u32::MAX).min(40);
    Figure {
        id,
        title,
        about: about.to_owned(),
        height: 90 + 30 * rows.max(2),
        empty,
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}
