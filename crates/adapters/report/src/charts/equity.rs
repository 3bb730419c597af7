//! Equity, its growth beside holding the asset, and how far both fell.

use autotrading_backtest::{Series, drawdowns};
use serde_json::{Value, json};

use super::Figure;
use super::line::{layout, line, named, thinned, time_axis, value_axis};

pub(super) fn figure(series: &Series, held: &[f64]) -> Figure {
    let (own_growth, held_growth) = (growths(&series.equity), growths(held));
    let layout = layout(named([
        ("xaxis", time_axis(json!({ "anchor": "y3" }))),
        ("yaxis", value_axis("Equity", json!({ "domain": [0.58, 1], "tickformat": ",~f" }))),
        (
            "yaxis2",
            value_axis(
                "Growth of 1",
                json!({ "domain": [0.3, 0.53], "type": "log", "tickformat": "~g", "nticks": 5,
                        "dtick": growth_ticks(&own_growth, &held_growth) }),
            ),
        ),
        ("yaxis3", value_axis("Drawdown", json!({ "domain": [0, 0.25], "tickformat": ".0%" }))),
    ]));
    Figure {
        id: "equity",
        title: "Equity, growth and drawdown",
        about: format!(
            "Equity at each close, in settlement currency; what 1 grew to, beside 1 held in the asset (logarithmic); and how far \
             both lie under their highs.{}",
            thinned(series.equity.len())
        ),
        height: 640,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y", "y2", "y3"],
        traces: if series.equity.is_empty() {
            Vec::new()
        } else {
            traces(series, held, &own_growth, &held_growth)
        },
        layout,
    }
}

fn traces(series: &Series, held: &[f64], own_growth: &[f64], held_growth: &[f64]) -> Vec<Value> {
    let times = &series.time;
    let own = |more: Value| {
        super::line::merged(json!({ "line": { "color": "@own", "width": 1.6 }, "legendgroup": "own" }), more)
    };
    let dotted = |more: Value| {
        let look = json!({ "line": { "color": "@held", "width": 1.1, "dash": "dot" }, "legendgroup": "held", "showlegend": false });
        super::line::merged(look, more)
    };
    let growth = "%{y:.3f}<extra>growth, %{fullData.name}</extra>";
    let share = "%{y:.2%}<extra>drawdown, %{fullData.name}</extra>";
    vec![
        line(
            "equity",
            times,
            &series.equity,
            own(json!({ "hovertemplate": "%{y:,.2f}<extra>equity</extra>" })),
        ),
        line(
            "buy and hold",
            times,
            held_growth,
            dotted(json!({ "yaxis": "y2", "showlegend": true, "hovertemplate": growth })),
        ),
        line(
            "run",
            times,
            own_growth,
            own(json!({ "yaxis": "y2", "showlegend": false, "hovertemplate": growth })),
        ),
        line("buy and hold", times, &falls(held), dotted(json!({ "yaxis": "y3", "hovertemplate": share }))),
        line(
            "drawdown",
            times,
            &falls(&series.equity),
            json!({ "yaxis": "y3", "fill": "tozeroy", "fillcolor": "@wash-loss", "line": { "color": "@loss", "width": 1.1 },
                "hovertemplate": "%{y:.2%}<extra>drawdown</extra>" }),
        ),
    ]
}

/// What 1 became. A logarithm knows nothing at or below zero.
fn growths(values: &[f64]) -> Vec<f64> {
    let first = values.first().copied().filter(|first| *first > 0.0).unwrap_or(f64::NAN);
    values.iter().map(|value| if *value > 0.0 { value / first } else { f64::NAN }).collect()
}

/// Where much was won or lost, 1, 2 and 5 of each decade: all ten would not stand beside each other.
fn growth_ticks(own: &[f64], held: &[f64]) -> Value {
    let all = own.iter().chain(held).filter(|growth| growth.is_finite());
    let (low, high) =
        all.fold((f64::INFINITY, 0.0_f64), |(low, high), growth| (low.min(*growth), high.max(*growth)));
    if high > 3.0 * low { json!("D2") } else { Value::Null }
}

fn falls(values: &[f64]) -> Vec<f64> {
    drawdowns(values).map(|fall| -fall).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_starts_at_one_and_knows_nothing_below_zero() {
        assert_eq!(growths(&[50.0, 75.0]), [1.0, 1.5]);
        assert!(growths(&[50.0, -1.0])[1].is_nan());
        assert!(growths(&[0.0, 1.0]).iter().all(|growth| growth.is_nan()));
    }

    #[test]
    fn few_numbers_stand_beside_a_growth_of_many_times() {
        assert_eq!(growth_ticks(&[1.0, 1.1], &[1.0, 8.0]), json!("D2"));
        assert_eq!(growth_ticks(&[1.0, 1.1], &[1.0, 2.9]), Value::Null);
        assert_eq!(growth_ticks(&[], &[f64::NAN]), Value::Null);
    }
}
