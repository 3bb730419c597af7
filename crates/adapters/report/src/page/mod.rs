//! The page: head, parts in the order in which they are read, data and script.

mod book;
mod breakdown;
mod groups;
mod listing;
mod outlook;
mod overview;
mod performance;
mod regimes;
mod strategies;

use autotrading_backtest::laboratory::WalkForwardReport;
use autotrading_backtest::{FillMark, OrderStory, Report, Series, TradeRow};
use serde_json::{Value, json};

use crate::charts::{Charts, Figure};
use crate::markup::{escape, island, section};

/// A run, as the page shows it.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Every figure.
    pub report: &'a Report,
    /// One point a bar; may be empty, then its charts are left out.
    pub series: &'a Series,
    /// Every execution.
    pub fills: &'a [FillMark],
    /// Every round trip.
    pub trades: &'a [TradeRow],
    /// Every decision that asked for an order.
    pub orders: &'a [OrderStory],
    /// A walk-forward of the same strategies that was made before; its verdict and table are shown.
    pub walk_forward: Option<&'a WalkForwardReport>,
}

const STYLE: &str = include_str!("page.css");
pub(crate) const SCRIPT: &str = include_str!("page.js");

/// Nothing may be loaded from anywhere, whatever stands in the page.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; \
                      font-src data:; base-uri 'none'; form-action 'none'";

/// The page as text: one HTML document with its style, its script, the library that draws, and its data.
///
/// A line of more than 24 000 points is drawn by the lowest and highest of equal stretches.
pub fn page_html(run: &Page<'_>) -> String {
    let charts = Charts::of(run);
    let lists = [listing::trades(run.trades), listing::orders(run.orders)];
    let data = json!({
        "figures": charts.drawn().map(Figure::for_script).collect::<Vec<Value>>(),
        "tables": lists.iter().map(|list| list.rows_for_script()).collect::<Vec<Value>>(),
    });
    let report = run.report;
    [
        head(&format!("{} backtest", report.run.instrument)),
        overview::header(report),
        "<main>".to_owned(),
        overview::tiles(report),
        overview::facts(report),
        parts(run, &charts),
        lists_section(&lists),
        "</main>".to_owned(),
        overview::footer(report),
        library(),
        format!("<script type=\"application/json\" id=\"data\">{}</script>\n", island(&data)),
        format!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"),
    ]
    .concat()
}

/// Everything up to the body, for a page of this title.
pub(crate) fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escape(title)
    )
}

/// The library that draws, without the one for formulas that comes along with it.
pub(crate) fn library() -> String {
    const END: &str = "</script>";
    let mut scripts = plotly::Plot::offline_js_sources();
    if let Some(end) = scripts.find(END) {
        scripts.truncate(end + END.len());
    }
    scripts.push('\n');
    scripts
}

fn figures(figures: &[Figure]) -> String {
    figures.iter().map(Figure::html).collect()
}

fn parts(run: &Page<'_>, charts: &Charts) -> String {
    let report = run.report;
    let limits = figures(&charts.limits)
        + &breakdown::limits(report)
        + &book::largest(report)
        + &book::forecasts(report)
        + &breakdown::state_changes(report)
        + &breakdown::levels(report);
    let returns = breakdown::months(report)
        + &figures(&charts.returns)
        + &performance::card(report)
        + &breakdown::drawdowns(report);
    let outlook = figures(&charts.outlook)
        + &outlook::chances(report)
        + &outlook::study(run.walk_forward)
        + &outlook::walks(report);
    let decisions = figures(&charts.decisions) + &breakdown::causes(report);
    let costs = figures(&charts.costs) + &breakdown::costs(report) + &breakdown::fees(report);
    let regimes = regimes::returns(report) + &regimes::transitions(report) + &figures(&charts.regimes);
    let [contributions, growth] = &charts.strategies;
    let strategies =
        strategies::voices(report) + &contributions.html() + &strategies::lives(report) + &growth.html();
    [
        section(
            "market",
            "Price and equity",
            "What was traded when, and what it made. Drag to zoom: all charts over time follow; double-click to see all.",
            &figures(&charts.market),
        ),
        section(
            "limits",
            "Exposure and limits",
            "How much was at stake, and how near to what is allowed.",
            &limits,
        ),
        section(
            "returns",
            "Returns",
            "By month, as they rolled, how they are spread, beside holding the asset, and what was lost in between.",
            &returns,
        ),
        section(
            "groups",
            "Trades taken apart",
            "Where the result came from, and what it cost there. Each table has every round trip once.",
            &groups::cards(report),
        ),
        section(
            "outlook",
            "Outlook",
            "How the result may go on, if the days to come are like those seen, and whether good stretches were followed by good ones.",
            &outlook,
        ),
        section(
            "decisions",
            "What held orders back",
            "Each size has one cause that bound it; each refusal one check that said no.",
            &decisions,
        ),
        section("costs", "Costs", "What trading cost, and what would be left with other fees.", &costs),
        section(
            "regimes",
            "Regimes",
            "What kind of market it was held to be, by the bars until then alone, and what was made of each.",
            &regimes,
        ),
        section(
            "strategies",
            "Strategies",
            "Who spoke, how much it weighed, and what the trades made that it spoke for.",
            &strategies,
        ),
    ]
    .concat()
}

fn lists_section(lists: &[listing::List; 2]) -> String {
    let [trades, orders] = lists;
    section(
        "trades",
        "Trades and orders",
        "Click a heading to sort; type to find. Times are UTC, money is in settlement currency.",
        &(trades.card("Trades") + &orders.card("Orders")),
    )
}
