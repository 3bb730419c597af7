//! Where the result came from, and what it would be with other fees.

use autotrading_backtest::Report;
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, drawn, layout, named};
use crate::number::{plain, signed, signed_percent};

pub(super) fn result(report: &Report) -> Figure {
    let costs = &report.costs;
    let (realized, fees, funding) = (costs.realized.to_f64(), costs.fees.to_f64(), costs.funding.to_f64());
    let result = report.summary.final_equity.to_f64() - report.run.start_cash.to_f64();
    let open = result - (realized - fees + funding);
    let steps = [realized, -fees, funding, open, result];
    let bar = json!({
        "type": "waterfall", "measure": ["relative", "relative", "relative", "relative", "total"],
        "x": ["closed parts", "fees", "funding", "open position", "result"],
        "y": steps.iter().map(|step| drawn(*step)).collect::<Vec<_>>(),
        "text": steps.iter().map(|step| signed(*step, 0)).collect::<Vec<_>>(),
        "textposition": "outside", "cliponaxis": false, "textfont": { "color": "@ink" },
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "increasing": { "marker": { "color": "@gain" } }, "decreasing": { "marker": { "color": "@loss" } },
        "totals": { "marker": { "color": "@price" } }, "connector": { "line": { "color": "@line", "width": 1 } },
    });
    let layout = layout(named([
        ("hovermode", json!("closest")),
        (
            "xaxis",
            axis("", json!({ "type": "category", "fixedrange": true, "tickfont": { "color": "@ink" } })),
        ),
        ("yaxis", axis("Settlement currency", json!({ "fixedrange": true, "tickformat": ",~s" }))),
        ("showlegend", json!(false)),
        ("margin", json!({ "t": 24 })),
    ]));
    Figure {
        id: "result",
        title: "From trading to the result",
        about: "Profit of closed parts before costs, less fees, with funding and what is still open. Spread and impact are in the \
                prices already."
            .to_owned(),
        height: 340,
        empty: "There is nothing to draw.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces: vec![bar],
        layout,
    }
}

pub(super) fn fees(report: &Report) -> Figure {
    let scenarios = &report.costs.scenarios;
    let bar = json!({
        "type": "bar",
        "x": scenarios.iter().map(|s| format!("{} × fees", s.multiple)).collect::<Vec<_>>(),
        "y": scenarios.iter().map(|s| drawn(s.total_return)).collect::<Vec<_>>(),
        "text": scenarios.iter().map(|s| signed_percent(s.total_return)).collect::<Vec<_>>(),
        "customdata": scenarios.iter().map(|s| plain(s.final_equity.to_f64(), 0)).collect::<Vec<_>>(),
        "textposition": "outside", "cliponaxis": false, "textfont": { "color": "@ink" },
        "marker": { "color": scenarios.iter().map(|s| if s.total_return < 0.0 { "@loss" } else { "@gain" }).collect::<Vec<_>>() },
        "hovertemplate": "%{x}: %{text}, equity %{customdata}<extra></extra>",
    });
    let layout = layout(named([
        ("hovermode", json!("closest")),
        (
            "xaxis",
            axis("", json!({ "type": "category", "fixedrange": true, "tickfont": { "color": "@ink" } })),
        ),
        ("yaxis", axis("Total return", json!({ "fixedrange": true, "tickformat": ".0%" }))),
        ("showlegend", json!(false)),
        ("bargap", json!(0.5)),
        ("margin", json!({ "t": 24 })),
    ]));
    let traces: Vec<Value> = if scenarios.is_empty() { Vec::new() } else { vec![bar] };
    Figure {
        id: "fees",
        title: "The result with other fees",
        about: "The same run again without fees, as it is, and with twice the fees.".to_owned(),
        height: 340,
        empty: "There is nothing to draw.",
        wide: false,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}
