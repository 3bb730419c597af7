//! Equity beside holding the asset, and how far both fell.

use autotrading_backtest::{Series, drawdowns};
use serde_json::json;

use super::Figure;
use super::line::{layout, line, named, thinned, time_axis, value_axis};

pub(super) fn figure(series: &Series, held: &[f64]) -> Figure {
    let times = &series.time;
    let under = |values: &[f64]| drawdowns(values).map(|fall| -fall).collect::<Vec<f64>>();
    let money = "%{y:,.0f}<extra>%{fullData.name}</extra>";
    let share = "%{y:.1%}<extra>%{fullData.name}</extra>";
    let traces = if series.equity.is_empty() {
        Vec::new()
    } else {
        vec![
            line(
                "buy and hold",
                times,
                held,
                json!({ "line": { "color": "@held", "width": 1.1, "dash": "dot" }, "hovertemplate": money }),
            ),
            line(
                "equity",
                times,
                &series.equity,
                json!({ "line": { "color": "@own", "width": 1.8 }, "hovertemplate": money }),
            ),
            line(
                "drawdown, buy and hold",
                times,
                &under(held),
                json!({ "yaxis": "y2", "line": { "color": "@held", "width": 1, "dash": "dot" }, "hovertemplate": share }),
            ),
            line(
                "drawdown",
                times,
                &under(&series.equity),
                json!({ "yaxis": "y2", "fill": "tozeroy", "fillcolor": "@wash-loss", "line": { "color": "@loss", "width": 1.1 }, "hovertemplate": share }),
            ),
        ]
    };
    let layout = layout(named([
        ("xaxis", time_axis(json!({ "anchor": "y2" }))),
        ("yaxis", value_axis("Equity", json!({ "domain": [0.36, 1], "tickformat": ",~s" }))),
        ("yaxis2", value_axis("Drawdown", json!({ "domain": [0, 0.3], "tickformat": ".0%" }))),
    ]));
    Figure {
        id: "equity",
        title: "Equity and drawdown",
        about: format!(
            "Equity at each close, in settlement currency, beside the same money held in the asset; below, how far each lies \
             under its high.{}",
            thinned(series.equity.len())
        ),
        height: 480,
        wide: true,
        timed: true,
        fitted: vec!["y", "y2"],
        traces,
        layout,
    }
}
