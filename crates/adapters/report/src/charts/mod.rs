//! Charts as data: what the library in the page draws, with colours named by role so that light and dark share them.

mod causes;
mod costs;
mod equity;
mod exposure;
pub(crate) mod fan;
pub(crate) mod line;
mod price;
pub(crate) mod regimes;
mod returns;
mod strategies;
mod thinning;

use serde_json::{Value, json};

use crate::markup::escape;
use crate::number::{count, or_dash, plain};
use crate::{Page, csv::buy_and_hold};

/// One chart. A string `"@name"` in a place for a colour is the colour `--name` of the style sheet.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What is seen, in a sentence or two.
    pub(crate) about: String,
    pub(crate) height: u32,
    /// What is said when there is nothing to draw.
    pub(crate) empty: &'static str,
    /// Takes the whole width of the page.
    pub(crate) wide: bool,
    /// Time runs from left to right: zooming one zooms all.
    pub(crate) timed: bool,
    /// Vertical axes that are fitted to what is in sight.
    pub(crate) fitted: Vec<&'static str>,
    pub(crate) traces: Vec<Value>,
    pub(crate) layout: Value,
}

impl Figure {
    /// The place of the chart in the page.
    pub(crate) fn html(&self) -> String {
        let Self { id, height, .. } = self;
        let (title, about) = (escape(self.title), escape(&self.about));
        let class = if self.wide { "card chart wide" } else { "card chart" };
        let body = if self.is_empty() {
            format!("<p class=\"none\">{}</p>", escape(self.empty))
        } else {
            format!(
                "<div id=\"chart-{id}\" class=\"plot\" role=\"img\" aria-label=\"{title}. {about}\" style=\"height:{height}px\"></div>"
            )
        };
        format!(
            "<figure class=\"{class}\"><figcaption><h3>{title}</h3><p>{about}</p></figcaption>{body}</figure>"
        )
    }

    /// What the script of the page draws.
    pub(crate) fn for_script(&self) -> Value {
        json!({
            "id": format!("chart-{}", self.id), "timed": self.timed, "fitted": self.fitted,
            "data": self.traces, "layout": self.layout,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }
}

/// All charts of a run, by the section that they stand in.
#[derive(Debug)]
pub(crate) struct Charts {
    pub(crate) market: Vec<Figure>,
    pub(crate) limits: Vec<Figure>,
    pub(crate) returns: Vec<Figure>,
    pub(crate) outlook: Vec<Figure>,
    pub(crate) decisions: Vec<Figure>,
    pub(crate) costs: Vec<Figure>,
    pub(crate) regimes: Vec<Figure>,
    pub(crate) strategies: [Figure; 2],
}

impl Charts {
    pub(crate) fn of(run: &Page<'_>) -> Self {
        let held = buy_and_hold(run.series);
        Self {
            market: vec![price::figure(run), equity::figure(run.series, &held)],
            limits: vec![exposure::figure(run.series), exposure::limits(run.series)],
            returns: vec![returns::rolling(run.series), returns::histogram(run.series)],
            outlook: vec![outlook(run.report)],
            decisions: vec![causes::bounds(run.report), causes::refusals(run.report)],
            costs: vec![costs::result(run.report), costs::fees(run.report)],
            regimes: vec![regimes::probabilities(&run.series.time, &run.series.probabilities, "")],
            strategies: [strategies::contributions(run.report), strategies::growth(run.series)],
        }
    }

    /// Those that there is something to draw for.
    pub(crate) fn drawn(&self) -> impl Iterator<Item = &Figure> {
        [
            &self.market[..],
            &self.limits,
            &self.returns,
            &self.outlook,
            &self.decisions,
            &self.costs,
            &self.regimes,
            &self.strategies,
        ]
        .into_iter()
        .flatten()
        .filter(|figure| !figure.is_empty())
    }
}

/// Where equity may be, drawn from the run's own days.
fn outlook(report: &autotrading_backtest::Report) -> Figure {
    let outlook = &report.outlook;
    let about = outlook.futures.as_ref().map_or_else(
        || format!("Nothing was drawn. {}", outlook.reason.as_deref().unwrap_or_default()),
        |futures| {
            format!(
                "{} quantiles of {} paths, drawn from the run's own days in blocks of {} on average; the dashed line is ruin.",
                fan::quantiles(futures),
                count(futures.paths),
                or_dash(outlook.mean_block, |days| plain(days, 1))
            )
        },
    );
    fan::figure("futures", outlook.futures.as_ref(), outlook.ruin, "day", about)
}
