//! Lines over time, and the frame that all charts share.

use autotrading_domain::Timestamp;
use serde_json::{Map, Value, json};

use super::thinning::{MOST_POINTS, extremes};

const MILLISECOND: i64 = 1_000_000;

/// Milliseconds since the epoch, as the library counts.
pub(crate) const fn moment(at: Timestamp) -> i64 {
    at.nanos().div_euclid(MILLISECOND)
}

/// Times in little room: the first, a unit, and the steps between them in that unit. The script of the page unfolds it.
pub(super) fn clock(times: impl Iterator<Item = Timestamp>) -> Value {
    let times: Vec<i64> = times.map(moment).collect();
    let steps: Vec<i64> = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b.saturating_sub(*a)).collect();
    let unit = steps.iter().fold(0, |unit, step| common_divisor(unit, step.saturating_abs())).max(1);
    let steps: Vec<i64> = steps.iter().map(|step| step / unit).collect();
    json!({ "start": times.first(), "unit": unit, "steps": steps })
}

fn common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Seven digits: more than any screen shows. Undefined is a gap.
pub(crate) fn drawn(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    format!("{value:.6e}").parse::<f64>().map_or(Value::Null, |value| {
        let whole = value.abs() < 1e15 && value.fract() == 0.0;
        if whole { Value::from(value as i64) } else { Value::from(value) }
    })
}

/// A line through values over time, thinned when they are many. `more` is what else the library is told.
pub(crate) fn line(name: &str, times: &[Timestamp], values: &[f64], more: Value) -> Value {
    let places = extremes(values.get(..times.len().min(values.len())).unwrap_or(&[]), MOST_POINTS);
    let at = |place: &usize| times.get(*place).copied();
    let trace = json!({
        "type": "scatter", "mode": "lines", "name": crate::markup::escape(name),
        "x": clock(places.iter().filter_map(at)),
        "y": places.iter().filter_map(|place| values.get(*place)).map(|value| drawn(*value)).collect::<Vec<_>>(),
    });
    merged(trace, more)
}

/// A sentence for lines that were thinned.
pub(super) fn thinned(points: usize) -> &'static str {
    if points > MOST_POINTS {
        " Drawn from the highest and lowest points of equal stretches; every point is in equity.csv."
    } else {
        ""
    }
}

/// The second value laid over the first, object by object.
pub(super) fn merged(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(mut base), Value::Object(over)) => {
            for (key, value) in over {
                let under = base.remove(&key).unwrap_or(Value::Null);
                base.insert(key, merged(under, value));
            }
            Value::Object(base)
        }
        (base, Value::Null) => base,
        (_, over) => over,
    }
}

/// The frame of a chart: type, colours, margins, legend above.
pub(crate) fn layout(more: Value) -> Value {
    let frame = json!({
        "font": { "family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif", "size": 12, "color": "@muted" },
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": { "l": 86, "r": 20, "t": 34, "b": 44 },
        "hoverlabel": { "bgcolor": "@card", "bordercolor": "@line", "font": { "color": "@ink" }, "align": "left" },
        "legend": { "orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "font": { "color": "@ink" } },
        "dragmode": "zoom", "hovermode": "x unified",
        "modebar": { "bgcolor": "rgba(0,0,0,0)", "color": "@muted", "activecolor": "@ink" },
    });
    merged(frame, more)
}

/// An axis with its title; `more` is what else the library is told.
pub(crate) fn axis(title: &str, more: Value) -> Value {
    let axis = json!({
        "title": { "text": title, "standoff": 10, "font": { "color": "@muted" } }, "gridcolor": "@grid", "linecolor": "@line",
        "zerolinecolor": "@line", "automargin": true,
    });
    merged(axis, more)
}

/// The axis of time.
pub(crate) fn time_axis(more: Value) -> Value {
    let own = json!({
        "type": "date", "gridcolor": "rgba(0,0,0,0)", "showspikes": true, "spikemode": "across", "spikethickness": 1,
        "spikedash": "dot", "spikecolor": "@muted", "spikesnap": "cursor", "hoverformat": "%Y-%m-%d %H:%M",
        "rangeslider": { "visible": false },
    });
    axis("Time (UTC)", merged(own, more))
}

/// An axis of values over time: fitted to what is in sight, so not to be dragged.
pub(crate) fn value_axis(title: &str, more: Value) -> Value {
    axis(title, merged(json!({ "fixedrange": true, "zeroline": false, "automargin": false }), more))
}

/// Settings under one name each.
pub(crate) fn named<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_keeps_every_time_gaps_too() {
        let times = [0, 3600, 7200, 18_000].map(Timestamp::from_secs);
        assert_eq!(clock(times.into_iter()), json!({ "start": 0, "unit": 3_600_000, "steps": [1, 1, 3] }));
        assert_eq!(clock(std::iter::empty()), json!({ "start": null, "unit": 1, "steps": [] }));
    }

    #[test]
    fn undefined_is_a_gap_and_seven_digits_are_kept() {
        assert_eq!(drawn(f64::NAN), Value::Null);
        assert_eq!(drawn(1_234.567_89), json!(1234.568));
        assert_eq!(drawn(5000.0), json!(5000));
    }

    #[test]
    fn what_is_laid_over_wins_and_the_rest_stays() {
        let merged = merged(json!({ "a": 1, "b": { "c": 2, "d": 3 } }), json!({ "b": { "c": 4 } }));
        assert_eq!(merged, json!({ "a": 1, "b": { "c": 4, "d": 3 } }));
    }
}
