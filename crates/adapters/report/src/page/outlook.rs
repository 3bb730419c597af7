//! How the result may go on: chances drawn from the run's own days, and what followed good and bad stretches.

use autotrading_backtest::laboratory::WalkForwardReport;
use autotrading_backtest::monte_carlo::Frequency;
use autotrading_backtest::{Report, WalkStretch};

use crate::markup::{card, escape};
use crate::number::{DASH, count, day, or_dash, percent, plain, round_percent, signed_percent};
use crate::study::{thresholds, walk_list};
use crate::table::{Cell, Set, Table};

pub(super) fn chances(report: &Report) -> String {
    let Some(futures) = &report.outlook.futures else {
        let reason = report.outlook.reason.as_deref().unwrap_or("nothing was drawn");
        return card("", "Chances", &format!("<p class=\"none\">{}</p>", escape(reason)));
    };
    let row = |name: String, chance: &Frequency| -> Vec<Cell> {
        vec![
            name.into(),
            percent(chance.probability).into(),
            format!("{} to {}", percent(chance.low), percent(chance.high)).into(),
        ]
    };
    let mut rows = vec![
        row("Less than at the start".to_owned(), &futures.loss),
        row(format!("Ruin: at {} of the start or below", round_percent(report.outlook.ruin)), &futures.ruin),
    ];
    rows.extend(
        futures.drawdowns.iter().map(|fall| {
            row(format!("A fall of {} from a high", round_percent(fall.drawdown)), &fall.frequency)
        }),
    );
    let middle = futures.quantiles.len() / 2;
    let median = futures.fan.last().and_then(|end| end.levels.get(middle)).copied();
    let table = Table {
        id: "outlook-chances",
        caption: format!(
            "Within {} days, on {} paths, with 95 % intervals; half of the paths end above {}. If the days to come are like those \
             of the run: autotrading monte-carlo asks more ways to draw.",
            count(futures.horizon as u64),
            count(futures.paths),
            or_dash(median, |level| plain(level, 3))
        ),
        columns: vec![("What", Set::Words), ("Probability", Set::Numbers), ("Interval", Set::Numbers)],
        rows,
    };
    card("", "Chances", &table.html())
}

/// The walks of this run, which chooses nothing.
pub(super) fn walks(report: &Report) -> String {
    let table = &report.walks;
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let row = |walk: &WalkStretch| -> Vec<Cell> {
        vec![
            day(walk.walk.train_from).into(),
            day(walk.walk.test_from).into(),
            day(walk.walk.test_to).into(),
            ratio(walk.first_sharpe).into(),
            ratio(walk.next_sharpe).into(),
            Cell::toned(signed_percent(walk.first_return), walk.first_return),
            Cell::toned(signed_percent(walk.next_return), walk.next_return),
            percent(walk.next_drawdown).into(),
        ]
    };
    let caption = table.reason.clone().unwrap_or_else(|| {
        format!(
            "Stretches of {} with the {} that follow each, by the settings of this run: nothing is chosen on the way. {} of the {} \
             stretches that follow gained. autotrading walk-forward chooses parameters anew in each walk.",
            table.rules.train,
            table.rules.test,
            or_dash(table.consistency, percent),
            table.walks.len()
        )
    });
    let table = Table {
        id: "walk-table",
        caption,
        columns: vec![
            ("From", Set::Words),
            ("Followed from", Set::Words),
            ("To", Set::Words),
            ("Sharpe", Set::Numbers),
            ("Sharpe after", Set::Numbers),
            ("Return", Set::Numbers),
            ("Return after", Set::Numbers),
            ("Drawdown after", Set::Numbers),
        ],
        rows: table.walks.iter().map(row).collect(),
    };
    card("wide held", "Walk by walk", &table.html())
}

/// A walk-forward that was made before, with its verdict.
pub(super) fn study(study: Option<&WalkForwardReport>) -> String {
    let Some(study) = study else { return String::new() };
    let class = if study.holds { "badge good" } else { "badge bad" };
    let strung = format!(
        "{} of {} walks gained; tests strung together {}, Sharpe ratio {}, largest drawdown {}.",
        or_dash(study.consistency, percent),
        count(study.walks.len() as u64),
        signed_percent(study.total_return),
        study.sharpe.map_or_else(|| DASH.to_owned(), |ratio| plain(ratio, 2)),
        percent(study.max_drawdown)
    );
    let verdict = format!(
        "<p class=\"badges\"><span class=\"{class}\">{}</span></p><p class=\"lead\">{}</p>",
        escape(&study.verdict),
        escape(&strung)
    );
    card(
        "wide",
        "Walk-forward: verdict",
        &(verdict + &thresholds(&study.checks, "What was asked of the tests.").html()),
    ) + &card("wide held", "Walk-forward: every walk", &walk_list(study).html())
}
