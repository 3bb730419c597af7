//! The book when it was largest, and whether its value at risk held.

use autotrading_backtest::{LargestBook, PositionView, Report, StressResult, ValueAtRiskTest};

use crate::markup::card;
use crate::number::{count, minute, percent, plain, signed, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// Below this probability a forecast is not believed.
const DOUBT: f64 = 0.05;

/// What the largest book risked, by position, and what crashes would have done to it.
pub(super) fn largest(report: &Report) -> String {
    let Some(book) = &report.largest_book else { return String::new() };
    contributions(book) + &stress(book)
}

fn contributions(book: &LargestBook) -> String {
    let view = &book.view;
    let row = |(symbol, held): (&String, &PositionView)| {
        let share = held.component / view.normal_value_at_risk;
        vec![
            symbol.as_str().into(),
            signed(held.notional, 2).into(),
            plain(held.component, 2).into(),
            percent(share).into(),
            percent(held.marginal).into(),
            signed(held.without, 2).into(),
        ]
    };
    let table = Table {
        id: "largest-book",
        caption: format!(
            "The book of {}, at {} × equity the largest that was held: at risk over a day at 95 % are {}, and {} on the \
             mean beyond. What the positions contribute adds up to the {} of a normal distribution. Herfindahl index {}.",
            minute(book.at),
            plain(book.leverage, 2),
            plain(view.value_at_risk, 2),
            plain(view.expected_shortfall, 2),
            plain(view.normal_value_at_risk, 2),
            plain(view.herfindahl, 2),
        ),
        columns: vec![
            ("Position", Set::Words),
            ("Notional", Set::Numbers),
            ("At risk", Set::Numbers),
            ("Share", Set::Numbers),
            ("One more adds", Set::Numbers),
            ("Without it", Set::Numbers),
        ],
        rows: book.symbols.iter().zip(&view.positions).map(row).collect(),
    };
    card("", "The largest book", &table.html())
}

fn stress(book: &LargestBook) -> String {
    let row = |result: &StressResult| {
        let ruined = result.equity_after <= 0.0;
        let tone = if ruined { Tone::Loss } else { Tone::Plain };
        vec![
            result.scenario.as_str().into(),
            Cell::toned(signed(result.profit, 2), result.profit),
            Cell::toned(signed_percent(result.share), result.share),
            Cell { text: plain(result.equity_after, 2), tone, heat: None },
        ]
    };
    let table = Table {
        id: "stress",
        caption: "What the crashes of the past would have done to that book at once, without stops and liquidations."
            .to_owned(),
        columns: vec![
            ("Crash", Set::Words),
            ("Profit", Set::Numbers),
            ("Of equity", Set::Numbers),
            ("Equity after", Set::Numbers),
        ],
        rows: book.view.stress.iter().map(row).collect(),
    };
    card("", "Under stress", &table.html())
}

/// Whether the value at risk held.
pub(super) fn forecasts(report: &Report) -> String {
    let Some(test) = report.value_at_risk_test else { return String::new() };
    let ValueAtRiskTest { days, beyond, expected, coverage, independence, both } = test;
    let probability = |name: &str, value: f64| {
        let tone = if value < DOUBT { Tone::Loss } else { Tone::Plain };
        vec![name.into(), Cell { text: percent(value), tone, heat: None }]
    };
    let table = Table {
        id: "value-at-risk-test",
        caption: format!(
            "Of {} days that had a 99 % value at risk, {} lost more than it; {} were to be expected. How probable that is, \
             if the forecast is right; below 5 % it is doubted.",
            count(days as u64),
            count(beyond as u64),
            plain(expected, 1),
        ),
        columns: vec![("Test", Set::Words), ("Probability", Set::Numbers)],
        rows: vec![
            probability("As many as announced (Kupiec)", coverage),
            probability("One not after the other (Christoffersen)", independence),
            probability("Both", both),
        ],
    };
    card("", "Did the value at risk hold?", &table.html())
}
