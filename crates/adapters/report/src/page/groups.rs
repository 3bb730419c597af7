//! The round trips taken apart: by side, regime, strategy, instrument and month.

use autotrading_backtest::{GroupFigures, Report};

use crate::markup::card;
use crate::number::{count, or_dash, percent, plain, signed};
use crate::table::{Cell, Set, Table};

pub(super) fn cards(report: &Report) -> String {
    let groups = &report.breakdown;
    [
        (
            "by-side",
            "Side",
            "By side",
            "Here and below: net, mean and costs in settlement currency; against and for are the furthest that prices went, on \
             average; turnover is a year's, in times of equity. Spread and impact are in the prices already.",
            &groups.sides,
        ),
        (
            "by-regime",
            "Regime",
            "By regime",
            "The regime that was known when the position was opened.",
            &groups.regimes,
        ),
        (
            "by-strategy",
            "Strategy",
            "By strategy",
            "The strategy that spoke loudest for the position when it was opened.",
            &groups.strategies,
        ),
        ("by-instrument", "Instrument", "By instrument", "What was traded.", &groups.instruments),
        (
            "by-month",
            "Month",
            "By month",
            "The month (UTC) in which the position was closed.",
            &groups.months,
        ),
    ]
    .into_iter()
    .map(|(id, mark, title, about, rows)| {
        let class = if rows.len() > 12 { "wide held" } else { "wide" };
        card(class, title, &table(id, mark, about, rows).html())
    })
    .collect()
}

fn table(id: &'static str, mark: &'static str, about: &str, groups: &[GroupFigures]) -> Table {
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let share = |value: Option<f64>| or_dash(value, percent);
    let row = |group: &GroupFigures| -> Vec<Cell> {
        let (trips, net) = (&group.round_trips, group.net.to_f64());
        let paid = |amount: f64| Cell::from(signed(amount, 2));
        vec![
            group.name.as_str().into(),
            count(trips.count).into(),
            Cell::toned(signed(net, 2), net),
            share(trips.win_rate).into(),
            ratio(trips.profit_factor).into(),
            or_dash(trips.expectancy, |v| signed(v, 2)).into(),
            share(trips.kelly).into(),
            share(group.mean_adverse).into(),
            share(group.mean_favourable).into(),
            percent(group.exposure).into(),
            or_dash(group.annual_turnover, |v| plain(v, 1)).into(),
            paid(-group.fees.to_f64()),
            paid(group.funding.to_f64()),
            paid(-group.spread.to_f64()),
            paid(-group.impact.to_f64()),
        ]
    };
    Table {
        id,
        caption: about.to_owned(),
        columns: vec![
            (mark, Set::Words),
            ("Trips", Set::Numbers),
            ("Net", Set::Numbers),
            ("Won", Set::Numbers),
            ("Profit factor", Set::Numbers),
            ("Mean", Set::Numbers),
            ("Kelly", Set::Numbers),
            ("Against", Set::Numbers),
            ("For", Set::Numbers),
            ("Time", Set::Numbers),
            ("Turnover", Set::Numbers),
            ("Fees", Set::Numbers),
            ("Funding", Set::Numbers),
            ("Spread", Set::Numbers),
            ("Impact", Set::Numbers),
        ],
        rows: groups.iter().map(row).collect(),
    }
}
