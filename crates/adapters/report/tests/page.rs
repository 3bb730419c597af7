//! The page as a reader, a browser without a network and a second run find it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read back what was written")]

mod invented;

use std::path::PathBuf;

use autotrading_backtest::laboratory::{Check, Criterion, WalkFigures, WalkForwardReport};
use autotrading_backtest::{Benchmark, Breakdown, Outlook, Performance, Report, Series};
use autotrading_domain::Span;
use autotrading_report::{Page, page_html, write_report};
use serde_json::Value;

const SECTIONS: [&str; 11] = [
    "run",
    "market",
    "limits",
    "returns",
    "groups",
    "outlook",
    "decisions",
    "costs",
    "regimes",
    "strategies",
    "trades",
];
const CHARTS: [&str; 14] = [
    "price",
    "equity",
    "exposure",
    "limits",
    "rolling",
    "histogram",
    "futures",
    "bounds",
    "refusals",
    "result",
    "fees",
    "probabilities",
    "contributions",
    "contribution-growth",
];
const TABLES: [&str; 27] = [
    "undefined",
    "by-side",
    "by-regime",
    "by-strategy",
    "by-instrument",
    "by-month",
    "outlook-chances",
    "walk-table",
    "months",
    "limit-use",
    "largest-book",
    "stress",
    "value-at-risk-test",
    "state-changes",
    "levels",
    "causes",
    "cost-parts",
    "fee-scenarios",
    "regime-returns",
    "regime-transitions",
    "strategies-heard",
    "stage-changes",
    "drawdowns",
    "curve",
    "trading",
    "trade-list",
    "order-list",
];

/// The page without the library that draws: what we wrote.
fn own_part(page: &str) -> String {
    let start = page.find("<script type=\"text/javascript\">").unwrap();
    let end = start + page[start..].find("</script>").unwrap();
    assert!(end - start > 1_000_000, "the library is in the page");
    format!("{}{}", &page[..start], &page[end..])
}

fn data(page: &str) -> Value {
    let start = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    serde_json::from_str(&page[start..end]).unwrap()
}

fn trace<'a>(data: &'a Value, chart: &str, name: &str) -> &'a Value {
    let figures = data["figures"].as_array().unwrap();
    let figure = figures.iter().find(|figure| figure["id"] == format!("chart-{chart}")).unwrap();
    figure["data"].as_array().unwrap().iter().find(|trace| trace["name"] == name).unwrap()
}

#[test]
fn the_same_run_is_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = [&one, &two].map(|folder| write_report(folder.path(), &invented::run(900).page()).unwrap());
    let bytes = |files: &autotrading_report::Written| {
        [&files.page, &files.figures, &files.trades, &files.equity]
            .map(|file: &PathBuf| std::fs::read(file).unwrap())
    };
    assert!(bytes(&written[0]) == bytes(&written[1]));
    assert!(bytes(&written[0]).iter().all(|bytes| !bytes.is_empty()));
}

#[test]
fn every_part_is_in_the_page() {
    let page = page_html(&invented::run(2000).page());
    for section in SECTIONS {
        assert_eq!(page.matches(&format!("<section id=\"{section}\"")).count(), 1, "{section}");
        assert!(page.contains(&format!("href=\"#{section}\"")), "{section} is in the menu");
    }
    for table in TABLES {
        assert_eq!(page.matches(&format!("<table id=\"{table}\"")).count(), 1, "{table}");
    }
    let data = data(&page);
    let drawn: Vec<&str> =
        data["figures"].as_array().unwrap().iter().map(|figure| figure["id"].as_str().unwrap()).collect();
    assert_eq!(drawn, CHARTS.map(|chart| format!("chart-{chart}")));
    for chart in drawn {
        assert_eq!(
            page.matches(&format!("<div id=\"{chart}\" class=\"plot\" role=\"img\" aria-label=\"")).count(),
            1
        );
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = own_part(&page_html(&invented::run(2000).page()));
    for address in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(address), "{address}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_is_undefined_is_a_dash() {
    let mut run = invented::run(500);
    run.report.performance = Performance { sharpe: None, sortino: None, ..run.report.performance };
    run.report.trading.profit_factor = None;
    let page = page_html(&run.page());
    assert!(page.contains("<dt>Sharpe</dt><dd class=\"\">–</dd>"));
    assert!(page.contains("<th scope=\"row\">Sortino ratio</th><td class=\"num\">–</td>"));
    assert!(page.contains("<th scope=\"row\">Profit factor</th><td class=\"num\">–</td>"));
    assert!(!own_part(&page).contains("NaN</"));
}

#[test]
fn what_was_not_measured_is_a_dash_in_the_table_and_a_gap_in_the_line() {
    let page = page_html(&invented::run(500).page());
    let own = own_part(&page);
    let row = own.split("<th scope=\"row\">correlation</th>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert_eq!(row.matches("–</td>").count(), 3, "highest, its share, mean share: {row}");
    let data = data(&page);
    let line = trace(&data, "limits", "daily loss")["y"].as_array().unwrap();
    assert!(line[..30].iter().all(Value::is_null) && line[30..].iter().all(Value::is_number));
    for part in ["value at risk", "warning", "1.23", "1.75"] {
        assert!(own.contains(part), "{part}");
    }
}

#[test]
fn text_cannot_become_markup_or_script() {
    let mut run = invented::run(500);
    let evil = "</script><img src=x onerror=alert(1)>\"'&";
    run.report.run.instrument = evil.to_owned();
    run.report.run.data = evil.to_owned();
    run.report.run.strategies = vec![evil.to_owned()];
    run.report.notes = vec![evil.to_owned()];
    run.report.bounds[0].cause = evil.to_owned();
    run.report.state_changes[0].cause = evil.to_owned();
    run.report.limits[0].name = evil.to_owned();
    run.report.levels[0].measure = evil.to_owned();
    run.report.strategies[0].name = evil.to_owned();
    run.series.contributions[0].name = evil.to_owned();
    run.report.levels[0].to = evil.to_owned();
    run.series.limits[0].0 = evil.to_owned();
    run.fills[0].reason = evil.to_owned();
    run.orders[0].outcome = evil.to_owned();
    let page = page_html(&run.page());
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("</script>").count(), 3);
    let data = data(&page);
    assert_eq!(data["tables"][1]["rows"][0][5], evil, "shown as text by the script");
    let reason = &trace(&data, "price", "buy")["customdata"][0][5];
    assert!(!reason.as_str().unwrap().contains('<'), "the library reads markup in what is hovered");
    assert!(!data["figures"].to_string().contains("<img"));
}

#[test]
fn a_page_of_many_bars_stays_small_and_keeps_the_extremes() {
    let mut run = invented::run_of(500_000, Span::MINUTE, 30);
    run.series.equity[123_457] = 3.0;
    run.series.equity[400_001] = 9e6;
    let page = page_html(&run.page());
    assert!(page.len() < 15_000_000, "{}", page.len());
    let data = data(&page);
    let equity: Vec<f64> =
        trace(&data, "equity", "equity")["y"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert!(equity.len() <= 24_000);
    assert!(equity.contains(&3.0) && equity.contains(&9e6));
    assert!(page.contains("Drawn from the highest and lowest points"));
}

#[test]
fn a_run_without_a_bar_has_a_page() {
    let mut run = invented::run(200);
    let nothing = Series::default();
    run.report.performance = Performance::of(&[], &[]);
    run.report.benchmark = Benchmark::of(&[], &[], &[]);
    run.report.months.clear();
    run.report.bounds.clear();
    run.report.strategies.clear();
    run.report.regime_transitions.clear();
    run.report.breakdown = Breakdown::default();
    run.report.outlook =
        Outlook { futures: None, reason: Some("too few <days>".into()), ..run.report.outlook };
    run.report.walks.walks.clear();
    run.report.walks.reason = Some("2 walks fit".into());
    let page = page_html(&Page {
        report: &run.report,
        series: &nothing,
        fills: &[],
        trades: &[],
        orders: &[],
        walk_forward: None,
    });
    assert!(page.contains("There is nothing to draw."));
    assert!(page.contains("There is nothing to list."));
    assert!(page.contains("too few &lt;days&gt;") && page.contains("2 walks fit"));
}

#[test]
fn a_run_that_cannot_be_trusted_says_so() {
    let mut run = invented::run(200);
    run.report.run.complete = false;
    run.report.run.venue_agrees = false;
    let page = page_html(&run.page());
    assert!(page.contains("Stopped before the end of the data"));
    assert!(page.contains("do not trust these figures"));
}

#[test]
fn every_trade_and_order_is_listed() {
    let run = invented::run(4000);
    let data = data(&page_html(&run.page()));
    let rows = |table: usize| data["tables"][table]["rows"].as_array().unwrap().len();
    assert_eq!((rows(0), rows(1)), (run.trades.len(), run.orders.len()));
    assert!(rows(0) > 40);
}

#[test]
fn every_execution_is_marked_with_its_order_quantity_and_reason() {
    let run = invented::run(4000);
    let data = data(&page_html(&run.page()));
    let marks: usize = ["buy", "sell", "the venue acted"]
        .iter()
        .map(|name| trace(&data, "price", name)["customdata"].as_array().unwrap().len())
        .sum();
    assert_eq!(marks, run.fills.len());
    let first = &trace(&data, "price", "buy")["customdata"][0];
    let fill = &run.fills[0];
    assert_eq!(first[3], fill.order.unwrap().to_string());
    assert_eq!(first[1], fill.quantity.to_string());
    assert_eq!(first[5], fill.reason);
}

#[test]
fn every_strategy_has_its_bar_its_row_and_its_line() {
    let run = invented::run(900);
    let page = page_html(&run.page());
    let data = data(&page);
    let figures = data["figures"].as_array().unwrap();
    let bars = figures.iter().find(|figure| figure["id"] == "chart-contributions").unwrap();
    assert_eq!(bars["data"][0]["y"], serde_json::json!(["trend-following", "mean-reversion", "nobody"]));
    assert_eq!(bars["data"][0]["x"], serde_json::json!([1200.5, -340.25, 12.5]));
    let line = trace(&data, "contribution-growth", "mean-reversion");
    assert_eq!(line["y"], serde_json::json!([100, -340.25]));
    let own = own_part(&page);
    for part in [
        "growth</td>",
        "incubation</td>",
        "61.2 %",
        "+1,200.50",
        "Round trips that nobody spoke for made +12.50",
    ] {
        assert!(own.contains(part), "{part}");
    }
}

#[test]
fn regimes_that_follow_each_other_are_the_hotter_the_likelier() {
    let own = own_part(&page_html(&invented::run(900).page()));
    let table =
        own.split("<table id=\"regime-transitions\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("<tr><th scope=\"row\"").count(), 2, "labels that never stood have no row");
    assert!(table.contains("--heat:0.970") && table.contains("3.00 %"), "{table}");
}

#[test]
fn lives_that_nobody_followed_are_a_dash() {
    let mut run = invented::run(500);
    for own in &mut run.report.strategies {
        own.stage = None;
        own.stage_changes.clear();
    }
    let page = page_html(&run.page());
    assert!(page.contains("Lives of strategies are not followed in this run."));
}

#[test]
fn figures_come_back_from_json_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let run = invented::run(600);
    let written = write_report(folder.path(), &run.page()).unwrap();
    let text = std::fs::read_to_string(written.figures).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), run.report);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(value["summary"]["final_equity"].is_string());
}

#[test]
fn the_trades_are_taken_apart_with_what_they_cost_and_how_far_prices_went() {
    let own = own_part(&page_html(&invented::run(900).page()));
    let table = own.split("<table id=\"by-side\"").nth(1).unwrap().split("</table>").next().unwrap();
    for cell in ["long", "short", "+67.50", "1.23 %", "41.0 %", "−25.00", "−7.50", "−15.00", "−2.50"]
    {
        assert!(table.contains(cell), "{cell}: {table}");
    }
    for row in
        ["Kelly bet, share of equity</th><td class=\"num\">11.6 %", "(MAE)</th><td class=\"num\">1.23 %"]
    {
        assert!(own.contains(row), "{row}");
    }
    assert!(own.contains("no return was a &lt;loss&gt;"));
}

#[test]
fn the_outlook_has_a_fan_its_chances_and_the_walks_of_the_run() {
    let run = invented::run(900);
    let page = page_html(&run.page());
    let data = data(&page);
    let fan = trace(&data, "futures", "50 %");
    assert_eq!(fan["y"][0], 1);
    assert_eq!(fan["y"].as_array().unwrap().len(), fan["x"].as_array().unwrap().len());
    let own = own_part(&page);
    let table = own.split("<table id=\"walk-table\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("<tr><th scope=\"row\"").count(), run.report.walks.walks.len());
    assert!(table.contains("2.25") && table.contains("+7.10 %") && table.contains("−3.30 %"), "{table}");
    assert!(!own.contains("Walk-forward: verdict"));
}

#[test]
fn a_walk_forward_that_was_made_before_is_shown_with_its_verdict() {
    let run = invented::run(900);
    let walk = run.report.walks.walks[0].walk;
    let study = WalkForwardReport {
        rules: run.report.walks.rules,
        criterion: Criterion::Sharpe,
        parameters: vec!["sma-cross.fast".into()],
        candidates: 12,
        walks: vec![WalkFigures {
            walk,
            values: Vec::new(),
            in_sample: Some(3.5),
            out_of_sample: Some(-1.25),
            train_return: 0.2,
            test_return: -0.1,
            closed_trades: 4,
        }],
        stability: Vec::new(),
        days: Vec::new(),
        total_return: -0.1,
        sharpe: Some(-1.25),
        max_drawdown: 0.12,
        mean_in_sample: Some(3.5),
        mean_out_of_sample: Some(-1.25),
        efficiency: Some(-0.36),
        consistency: Some(0.0),
        holds: false,
        verdict: "it did <not> hold up".into(),
        checks: vec![Check::at_least("efficiency", Some(-0.36), 0.5)],
    };
    let own = own_part(&page_html(&Page { walk_forward: Some(&study), ..run.page() }));
    assert!(own.contains("badge bad\">it did &lt;not&gt; hold up"));
    let table = own.split("<table id=\"walk-list\"").nth(1).unwrap().split("</table>").next().unwrap();
    for cell in ["3.50", "−1.25", "nothing", "−10.0 %"] {
        assert!(table.contains(cell), "{cell}: {table}");
    }
}
