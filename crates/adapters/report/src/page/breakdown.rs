//! The result taken apart: by month, limit, cause, cost and fall.

use autotrading_backtest::{MonthReturn, Report};

use crate::markup::card;
use crate::number::{DASH, count, day, minute, or_dash, percent, plain, signed, signed_percent};
use crate::table::{Cell, Set, Table, Tone};
use crate::word;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// A month of this return has the full colour.
const HOTTEST: f64 = 0.15;

pub(super) fn months(report: &Report) -> String {
    let mut columns = vec![("Year", Set::Words)];
    columns.extend(MONTHS.map(|month| (month, Set::Numbers)));
    columns.push(("Year's return", Set::Numbers));
    let mut years: Vec<i32> = report.months.iter().map(|month| month.year).collect();
    years.dedup();
    let row = |year: &i32| {
        let own = |month: &&MonthReturn| month.year == *year;
        let mut row: Vec<Cell> = vec![year.to_string().into()];
        for month in 1..=12 {
            let found = report.months.iter().find(|m| own(m) && m.month == month);
            row.push(found.map_or_else(|| DASH.into(), |month| heated(month.simple_return)));
        }
        let whole: f64 = report.months.iter().filter(own).map(|month| 1.0 + month.simple_return).product();
        row.push(Cell::toned(signed_percent(whole - 1.0), whole - 1.0));
        row
    };
    let table = Table {
        id: "months",
        caption: "Return of each month (UTC); a year compounds its months.".to_owned(),
        columns,
        rows: years.iter().map(row).collect(),
    };
    card("wide", "Month by month", &table.html())
}

fn heated(change: f64) -> Cell {
    let heat = if change.is_finite() { (change.abs() / HOTTEST).min(1.0) } else { 0.0 };
    Cell { heat: Some(heat), ..Cell::toned(signed_percent(change), change) }
}

pub(super) fn limits(report: &Report) -> String {
    let row = |limit: &autotrading_backtest::LimitUse| {
        let write = written(&limit.name);
        let share =
            |value: f64| if limit.limit > 0.0 { percent(value / limit.limit) } else { DASH.to_owned() };
        let reached = limit.peak.is_some_and(|peak| peak >= limit.limit);
        let tone = if reached { Tone::Loss } else { Tone::Plain };
        vec![
            limit.name.as_str().into(),
            write(limit.limit).into(),
            or_dash(limit.peak, write).into(),
            Cell { text: or_dash(limit.peak, share), tone, heat: None },
            or_dash(limit.mean, share).into(),
        ]
    };
    let table = Table {
        id: "limit-use",
        caption: "Use of each limit over the run; a dash was never measured.".to_owned(),
        columns: vec![
            ("Limit", Set::Words),
            ("Allowed", Set::Numbers),
            ("Highest", Set::Numbers),
            ("Highest share", Set::Numbers),
            ("Mean share", Set::Numbers),
        ],
        rows: report.limits.iter().map(row).collect(),
    };
    card("", "Limits", &table.html())
}

/// How a measure is written: multiples, counts, and shares in per cent.
fn written(name: &str) -> fn(f64) -> String {
    match name {
        _ if name.contains("leverage") || name.contains("multiple") => |v| format!("{} ×", plain(v, 2)),
        _ if name.contains("streak") => |v| plain(v, 0),
        _ => percent,
    }
}

pub(super) fn levels(report: &Report) -> String {
    let rows = report.levels.iter().map(|change| {
        let write = written(&change.measure);
        let tone = if change.to == "breached" { Tone::Loss } else { Tone::Plain };
        vec![
            minute(change.at).into(),
            change.measure.as_str().into(),
            Cell { text: change.to.clone(), tone, heat: None },
            or_dash(change.value, write).into(),
            write(change.limit).into(),
        ]
    });
    let table = Table {
        id: "levels",
        caption: format!(
            "When a measured risk came to another level of its limit: a warning from 70 % on, critical from 90 %. Days \
             that lost more than their 99 % value at risk: {}.",
            report.beyond_value_at_risk.len()
        ),
        columns: vec![
            ("Time (UTC)", Set::Words),
            ("Measure", Set::Words),
            ("Level", Set::Words),
            ("Value", Set::Numbers),
            ("Limit", Set::Numbers),
        ],
        rows: rows.collect(),
    };
    card("held", "Warnings", &table.html())
}

pub(super) fn state_changes(report: &Report) -> String {
    let rows = report.state_changes.iter().map(|change| {
        vec![minute(change.at).into(), change.to.to_string().into(), change.cause.as_str().into()]
    });
    let table = Table {
        id: "state-changes",
        caption: "When the trading state changed, and why. Reduce-only and halted open nothing.".to_owned(),
        columns: vec![("Time (UTC)", Set::Words), ("State", Set::Words), ("Cause", Set::Words)],
        rows: rows.collect(),
    };
    card("held", "Changes of the trading state", &table.html())
}

pub(super) fn causes(report: &Report) -> String {
    let total = |tallies: &[autotrading_backtest::Tally]| tallies.iter().map(|t| t.count).sum::<u64>() as f64;
    let rows = |kind: &str, tallies: &[autotrading_backtest::Tally]| -> Vec<Vec<Cell>> {
        let whole = total(tallies);
        tallies
            .iter()
            .map(|tally| {
                vec![
                    word::apart(&tally.cause).into(),
                    kind.into(),
                    count(tally.count).into(),
                    percent(tally.count as f64 / whole).into(),
                ]
            })
            .collect()
    };
    let table = Table {
        id: "causes",
        caption: "Sizes by what bound them, refusals by the check that said no; shares are of their kind."
            .to_owned(),
        columns: vec![
            ("Cause", Set::Words),
            ("Effect", Set::Words),
            ("Count", Set::Numbers),
            ("Share", Set::Numbers),
        ],
        rows: [rows("bound the size", &report.bounds), rows("refused the order", &report.refusals)].concat(),
    };
    card("wide held", "Cut and refused, by cause", &table.html())
}

pub(super) fn costs(report: &Report) -> String {
    let costs = &report.costs;
    let row = |name: &str, amount: f64, note: &str| {
        vec![name.into(), Cell::toned(signed(amount, 2), amount), note.into()]
    };
    let table = Table {
        id: "cost-parts",
        caption: "In settlement currency.".to_owned(),
        columns: vec![("Part", Set::Words), ("Amount", Set::Numbers), ("", Set::Words)],
        rows: vec![
            row("Profit of closed parts", costs.realized.to_f64(), "before costs"),
            row("Fees", -costs.fees.to_f64(), "paid to the venue"),
            row("Funding", costs.funding.to_f64(), "received, negative when paid"),
            row("Spread", -costs.spread.to_f64(), "in the fill prices already"),
            row("Impact", -costs.impact.to_f64(), "in the fill prices already"),
        ],
    };
    card("", "Parts of the cost", &table.html())
}

pub(super) fn fees(report: &Report) -> String {
    let row = |scenario: &autotrading_backtest::FeeScenario| {
        vec![
            format!("{} ×", scenario.multiple).into(),
            plain(scenario.final_equity.to_f64(), 2).into(),
            Cell::toned(signed_percent(scenario.total_return), scenario.total_return),
            or_dash(scenario.sharpe, |v| plain(v, 2)).into(),
            count(scenario.fills).into(),
        ]
    };
    let table = Table {
        id: "fee-scenarios",
        caption: "The whole run again with its fees multiplied; sizes follow the equity.".to_owned(),
        columns: vec![
            ("Fees", Set::Words),
            ("Final equity", Set::Numbers),
            ("Return", Set::Numbers),
            ("Sharpe", Set::Numbers),
            ("Executions", Set::Numbers),
        ],
        rows: report.costs.scenarios.iter().map(row).collect(),
    };
    card("", "With other fees", &table.html())
}

pub(super) fn drawdowns(report: &Report) -> String {
    let end = report.run.to;
    let row = |(fall, place): (&autotrading_backtest::DrawdownEpisode, usize)| {
        vec![
            place.to_string().into(),
            Cell::toned(signed_percent(-fall.depth), -fall.depth),
            day(fall.peak_at).into(),
            day(fall.trough_at).into(),
            fall.recovered_at.map_or_else(|| DASH.to_owned(), day).into(),
            plain(fall.days(end), 1).into(),
        ]
    };
    let table = Table {
        id: "drawdowns",
        caption: "The deepest falls; a dash is a high that was not seen again.".to_owned(),
        columns: vec![
            ("", Set::Words),
            ("Depth", Set::Numbers),
            ("High", Set::Words),
            ("Low", Set::Words),
            ("Recovered", Set::Words),
            ("Days", Set::Numbers),
        ],
        rows: report.drawdowns.iter().zip(1..).map(row).collect(),
    };
    card("wide", "Drawdowns", &table.html())
}
