//! The price with every entry and exit, shaded by regime.

use autotrading_backtest::{FillMark, TradeRow};
use autotrading_domain::{RegimeLabel, Side, Timestamp};
use serde_json::{Value, json};

use super::Figure;
use super::line::{drawn, layout, line, moment, named, thinned, time_axis, value_axis};
use super::thinning::stride;
use crate::number::{count, grouped};
use crate::{Page, word};

/// More marks than this are more than can be told apart.
const MOST_MARKS: usize = 8_000;
/// More stretches of shading than this are not seen.
const MOST_STRETCHES: usize = 4_000;

pub(super) fn figure(run: &Page<'_>) -> Figure {
    let series = run.series;
    let closes: Vec<f64> = series.price.iter().map(|[.., close]| *close).collect();
    let step = stride(run.fills.len(), MOST_MARKS);
    let mut about = "The close of each bar with every execution. Hover a mark for its order, quantity and reason; lines join \
                     entry and exit of each round trip. Shading is the regime as it was known then: click the legend to hide a part."
        .to_owned();
    if step > 1 {
        about = format!("{about} One execution in {step} is marked, of {}.", count(run.fills.len() as u64));
    }
    about.push_str(thinned(closes.len()));
    let mut traces = Vec::new();
    if !closes.is_empty() {
        traces.extend(shading(&series.time, &series.regime));
        let close = json!({ "yaxis": "y2", "line": { "color": "@price", "width": 1.1 }, "hovertemplate": "close %{y:,.8~g}<extra></extra>" });
        traces.push(line("close", &series.time, &closes, close));
        traces.extend(round_trips(run.trades, stride(run.trades.len(), MOST_MARKS / 2)));
        traces.extend(marks(run.fills, step));
    }
    let layout = layout(named([
        ("hovermode", json!("closest")),
        ("xaxis", time_axis(json!({ "rangeselector": range_buttons(), "anchor": "y2" }))),
        ("yaxis", json!({ "range": [0, 1], "visible": false, "fixedrange": true })),
        ("yaxis2", value_axis("Price", json!({ "overlaying": "y", "side": "left", "tickformat": ",~g" }))),
        ("margin", json!({ "t": 64 })),
        ("legend", json!({ "y": 1.01 })),
    ]));
    Figure {
        id: "price",
        title: "Price, entries and exits",
        about,
        height: 520,
        empty: "There is nothing to draw.",
        wide: true,
        timed: true,
        fitted: vec!["y2"],
        traces,
        layout,
    }
}

fn range_buttons() -> Value {
    let button = |count: u32, step: &str, label: &str| json!({ "count": count, "step": step, "stepmode": "backward", "label": label });
    json!({
        "buttons": [button(7, "day", "1 week"), button(1, "month", "1 month"), button(3, "month", "3 months"),
            button(1, "year", "1 year"), { "step": "all", "label": "all" }],
        "bgcolor": "@card", "activecolor": "@grid", "bordercolor": "@line", "borderwidth": 1, "font": { "color": "@ink" },
        "x": 1, "xanchor": "right", "y": 1.01, "yanchor": "bottom",
    })
}

/// One trace a regime: rectangles from one change to the next, behind everything.
pub(super) fn shading(times: &[Timestamp], regimes: &[RegimeLabel]) -> Vec<Value> {
    let stretches = stretches(times, regimes);
    let of = |label: RegimeLabel| {
        let own: Vec<_> = stretches.iter().filter(|stretch| stretch.label == label).collect();
        let x: Vec<Value> = own
            .iter()
            .flat_map(|s| [json!(s.from), json!(s.from), json!(s.to), json!(s.to), Value::Null])
            .collect();
        let y: Vec<Value> =
            own.iter().flat_map(|_| [json!(0), json!(1), json!(1), json!(0), Value::Null]).collect();
        let name = word::regime(label);
        let colour = format!("@wash-{name}");
        (!own.is_empty()).then(|| {
            json!({
                "type": "scatter", "mode": "lines", "fill": "toself", "name": name, "legendgroup": name, "x": x, "y": y,
                "fillcolor": colour, "line": { "width": 0, "color": colour }, "hoverinfo": "skip", "legend": "legend",
            })
        })
    };
    RegimeLabel::ALL.into_iter().filter_map(of).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    label: RegimeLabel,
    from: i64,
    to: i64,
}

/// Neighbouring bars of one regime, merged. When there are more than can be drawn, the short ones join the one before.
fn stretches(times: &[Timestamp], regimes: &[RegimeLabel]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (at, label) in times.iter().zip(regimes) {
        let at = moment(*at);
        if let Some(last) = all.last_mut() {
            last.to = at;
        }
        if all.last().is_none_or(|last| last.label != *label) {
            all.push(Stretch { label: *label, from: at, to: at });
        }
    }
    if all.len() <= MOST_STRETCHES {
        return all;
    }
    let whole = match (all.first(), all.last()) {
        (Some(first), Some(last)) => last.to.saturating_sub(first.from),
        _ => 0,
    };
    let shortest = whole / MOST_STRETCHES as i64;
    let mut seen: Vec<Stretch> = Vec::new();
    for stretch in all {
        match seen.last_mut() {
            Some(last) if last.label == stretch.label || stretch.to - stretch.from < shortest => {
                last.to = stretch.to
            }
            _ => seen.push(stretch),
        }
    }
    seen
}

/// Lines from entry to exit: one trace for those that gained, one for those that lost.
fn round_trips(trades: &[TradeRow], step: usize) -> Vec<Value> {
    let of = |name: &str, colour: &str, gained: bool| {
        let own: Vec<&TradeRow> =
            trades.iter().step_by(step).filter(|t| (t.net.to_f64() > 0.0) == gained).collect();
        let x: Vec<Value> = own
            .iter()
            .flat_map(|t| [json!(moment(t.opened_at)), json!(moment(t.closed_at)), Value::Null])
            .collect();
        let y: Vec<Value> =
            own.iter().flat_map(|t| [drawn(t.entry.to_f64()), drawn(t.exit.to_f64()), Value::Null]).collect();
        (!own.is_empty()).then(|| {
            json!({
                "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "yaxis": "y2", "hoverinfo": "skip",
                "line": { "width": 1.6, "color": colour, "dash": if gained { "solid" } else { "dot" } },
            })
        })
    };
    [of("trip with gain", "@gain", true), of("trip with loss", "@loss", false)]
        .into_iter()
        .flatten()
        .collect()
}

fn marks(fills: &[FillMark], step: usize) -> Vec<Value> {
    let of = |name: &str, symbol: &str, colour: &str, own: &dyn Fn(&FillMark) -> bool| {
        let own: Vec<&FillMark> = fills.iter().step_by(step).filter(|fill| own(fill)).collect();
        (!own.is_empty()).then(|| {
            json!({
                "type": "scatter", "mode": "markers", "name": name, "yaxis": "y2",
                "x": own.iter().map(|fill| moment(fill.at)).collect::<Vec<_>>(),
                "y": own.iter().map(|fill| drawn(fill.price.to_f64())).collect::<Vec<_>>(),
                "customdata": own.iter().map(|fill| told(fill)).collect::<Vec<_>>(),
                "marker": { "symbol": symbol, "size": 8, "color": colour, "line": { "width": 0.8, "color": "@card" } },
                "hovertemplate": "<b>%{customdata[0]} %{customdata[1]} @ %{customdata[2]}</b><br>%{x|%Y-%m-%d %H:%M}<br>order \
                                  %{customdata[3]} (%{customdata[4]})<br>%{customdata[5]}<br>fee %{customdata[6]}<extra></extra>",
            })
        })
    };
    let ours = |fill: &FillMark, side: Side| fill.order.is_some() && fill.side == side;
    [
        of("buy", "triangle-up", "@buy", &|fill| ours(fill, Side::Buy)),
        of("sell", "triangle-down", "@sell", &|fill| ours(fill, Side::Sell)),
        of("the venue acted", "x", "@alarm", &|fill| fill.order.is_none()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a mark says when it is hovered over. The library reads a little HTML in these texts, so they are escaped.
fn told(fill: &FillMark) -> [String; 7] {
    let order = fill.order.map_or_else(|| crate::number::DASH.to_owned(), |order| order.to_string());
    [
        fill.side.to_string(),
        grouped(&fill.quantity.to_string()),
        grouped(&fill.price.to_string()),
        order,
        word::purpose(fill.purpose).to_owned(),
        crate::markup::escape(&fill.reason),
        grouped(&fill.fee.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_one_regime_are_one_rectangle() {
        use RegimeLabel::{Bear, Bull};
        let times: Vec<Timestamp> = (0..5).map(Timestamp::from_secs).collect();
        let merged = stretches(&times, &[Bull, Bull, Bear, Bear, Bull]);
        let told: Vec<_> = merged.iter().map(|s| (s.label, s.from, s.to)).collect();
        assert_eq!(told, [(Bull, 0, 2000), (Bear, 2000, 4000), (Bull, 4000, 4000)]);
    }

    #[test]
    fn more_stretches_than_can_be_seen_are_joined() {
        let times: Vec<Timestamp> = (0..20_000).map(Timestamp::from_secs).collect();
        let regimes: Vec<RegimeLabel> = (0..20_000).map(|i| RegimeLabel::ALL[i % 4]).collect();
        let merged = stretches(&times, &regimes);
        assert!(merged.len() <= MOST_STRETCHES);
        assert_eq!(merged.last().unwrap().to, 19_999_000);
        assert!(merged.windows(2).all(|pair| pair[0].to == pair[1].from));
    }
}
