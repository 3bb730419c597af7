//! Returns by the day: how they moved, and how they are spread.

use autotrading_backtest::{Performance, Series};
use autotrading_domain::{Span, Timestamp};
use serde_json::{Value, json};

use super::Figure;
use super::line::{axis, drawn, layout, line, merged, named, time_axis, value_axis};
use crate::number::percent;

/// Days that the rolling figures look back.
const WINDOW: usize = 30;
/// Fewer returns than this have no shape.
const FEWEST: usize = 10;

/// The last equity of each day (UTC). A close at midnight belongs to the day that it ends.
fn daily(series: &Series) -> (Vec<Timestamp>, Vec<f64>) {
    let mut days: Vec<(i64, Timestamp, f64)> = Vec::new();
    for (at, equity) in series.time.iter().zip(&series.equity) {
        let day = at.nanos().saturating_sub(1).div_euclid(Span::DAY.nanos());
        match days.last_mut() {
            Some(last) if last.0 == day => *last = (day, *at, *equity),
            _ => days.push((day, *at, *equity)),
        }
    }
    days.into_iter().map(|(_, at, equity)| (at, equity)).unzip()
}

pub(super) fn rolling(series: &Series) -> Figure {
    let (times, equity) = daily(series);
    let windows = times.windows(WINDOW + 1).zip(equity.windows(WINDOW + 1));
    let figures: Vec<(Timestamp, Performance)> = windows
        .filter_map(|(times, equity)| Some((*times.last()?, Performance::of(times, equity))))
        .collect();
    let at: Vec<Timestamp> = figures.iter().map(|(at, _)| *at).collect();
    let undefined = f64::NAN;
    let of = |pick: fn(&Performance) -> Option<f64>| {
        figures.iter().map(|(_, figures)| pick(figures).unwrap_or(undefined)).collect::<Vec<f64>>()
    };
    let traces = if figures.is_empty() {
        Vec::new()
    } else {
        vec![
            line(
                "Sharpe ratio",
                &at,
                &of(|f| f.sharpe),
                json!({ "line": { "color": "@own", "width": 1.4 }, "hovertemplate": "%{y:.2f}<extra>Sharpe ratio</extra>" }),
            ),
            line(
                "volatility",
                &at,
                &of(|f| f.annual_volatility),
                json!({ "yaxis": "y2", "fill": "tozeroy", "fillcolor": "@wash-sell", "line": { "color": "@sell", "width": 1.4 }, "hovertemplate": "%{y:.1%}<extra>volatility</extra>" }),
            ),
        ]
    };
    let layout = layout(named([
        ("xaxis", time_axis(json!({ "anchor": "y2" }))),
        ("yaxis", value_axis("Sharpe ratio", json!({ "domain": [0.45, 1], "zeroline": true }))),
        (
            "yaxis2",
            value_axis(
                "Volatility",
                json!({ "domain": [0, 0.37], "tickformat": ".0%", "rangemode": "tozero" }),
            ),
        ),
    ]));
    Figure {
        id: "rolling",
        title: "Rolling Sharpe ratio and volatility",
        about: "Over the last 30 daily returns, annualised; a gap is a stretch without risk.".to_owned(),
        height: 360,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y", "y2"],
        traces,
        layout,
    }
}

pub(super) fn histogram(series: &Series) -> Figure {
    let (mut times, mut equity) = daily(series);
    let mut unit = "day";
    if times.len() <= WINDOW {
        (times, equity, unit) = (series.time.clone(), series.equity.clone(), "bar");
    }
    let returns: Vec<f64> = equity
        .iter()
        .zip(equity.iter().skip(1))
        .filter(|(before, _)| **before > 0.0)
        .map(|(before, after)| after / before - 1.0)
        .filter(|change| change.is_finite() && *change != 0.0)
        .collect();
    let figures = Performance::of(&times, &equity);
    let mut shapes = Vec::new();
    let mut about = format!("Returns of each {unit} in which equity changed.");
    if let Some(loss) = figures.value_at_risk_95.filter(|loss| *loss > 0.0) {
        shapes.push(json!({ "type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": -loss, "x1": -loss,
            "line": { "color": "@loss", "width": 1.4, "dash": "dash" } }));
        about = format!(
            "{about} The dashed line is the loss that one {unit} in twenty exceeds: {}.",
            percent(loss)
        );
    }
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", axis(&format!("Return of a {unit}"), json!({ "tickformat": ".1%" }))),
        ("yaxis", axis("How often", json!({ "fixedrange": true }))),
        ("bargap", json!(0.06)),
        ("showlegend", json!(false)),
        ("shapes", Value::from(shapes)),
    ]));
    let traces = if returns.len() < FEWEST { Vec::new() } else { vec![bars(&returns)] };
    Figure {
        id: "histogram",
        title: "Distribution of returns",
        about,
        height: 320,
        empty: "There is nothing to draw.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout,
    }
}

/// Bars of equal width with an edge at zero, so that no bar is both gain and loss.
fn bars(returns: &[f64]) -> Value {
    let width = bar_width(returns);
    let (mut low, mut high) = (0_i64, 0_i64);
    let bar_of = |change: &f64| (change / width).floor() as i64;
    for bar in returns.iter().map(bar_of) {
        (low, high) = (low.min(bar), high.max(bar));
    }
    let mut counts = vec![0_u64; usize::try_from(high - low + 1).unwrap_or(1)];
    for change in returns {
        if let Some(count) =
            usize::try_from(bar_of(change) - low).ok().and_then(|place| counts.get_mut(place))
        {
            *count += 1;
        }
    }
    let middle = |place: usize| (low as f64 + place as f64 + 0.5) * width;
    let colour = |place: usize| if middle(place) > 0.0 { "@gain" } else { "@loss" };
    let bars = json!({
        "type": "bar", "width": width,
        "x": (0..counts.len()).map(|place| drawn(middle(place))).collect::<Vec<_>>(),
        "y": counts,
        "marker": { "color": (0..counts.len()).map(colour).collect::<Vec<_>>() },
    });
    merged(bars, json!({ "hovertemplate": "about %{x:.2%}: %{y}<extra></extra>" }))
}

/// Freedman and Diaconis: twice the interquartile range over the cube root of the count, but 10 to 120 bars.
fn bar_width(returns: &[f64]) -> f64 {
    let mut sorted = returns.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at =
        |share: f64| sorted.get((share * (sorted.len().max(1) - 1) as f64) as usize).copied().unwrap_or(0.0);
    let range = at(1.0) - at(0.0);
    let width = 2.0 * (at(0.75) - at(0.25)) / (sorted.len().max(1) as f64).cbrt();
    let width = width.clamp(range / 120.0, range / 10.0);
    if width > 0.0 { width } else { at(1.0).abs().max(1e-9) / 10.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_return_is_in_one_bar() {
        let returns: Vec<f64> =
            (0..500).map(|i| f64::from(i * 7919 % 1000 - 480) / 5e4).filter(|r| *r != 0.0).collect();
        let bars = bars(&returns);
        let total: u64 = bars["y"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(total, returns.len() as u64);
        assert!((10..=122).contains(&bars["x"].as_array().unwrap().len()));
    }

    #[test]
    fn equal_returns_are_still_drawn() {
        assert_eq!(
            bars(&[0.01; 12])["y"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(),
            12
        );
    }

    #[test]
    fn a_close_at_midnight_ends_its_day() {
        let time: Vec<Timestamp> = (1..=48).map(|hour| Timestamp::from_secs(3600 * hour)).collect();
        let series = Series { equity: (1..=48).map(f64::from).collect(), time, ..Series::default() };
        assert_eq!(daily(&series).1, [24.0, 48.0]);
    }
}
