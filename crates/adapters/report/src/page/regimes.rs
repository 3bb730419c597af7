//! The kinds of market: time and return under each, and how they followed one another.

use autotrading_backtest::{RegimeFigures, Report};
use autotrading_domain::RegimeLabel;

use crate::markup::card;
use crate::number::{DASH, count, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};
use crate::word;

pub(super) fn returns(report: &Report) -> String {
    let spell = |label: RegimeLabel, bars: u64| {
        let moves = || report.regime_transitions.iter();
        let left: u64 = moves().filter(|m| m.from == label && m.to != label).map(|m| m.count).sum();
        if left > 0 { plain(bars as f64 / left as f64, 1) } else { DASH.to_owned() }
    };
    let row = |regime: &RegimeFigures| {
        vec![
            word::regime(regime.label).into(),
            count(regime.bars).into(),
            percent(regime.share).into(),
            spell(regime.label, regime.bars).into(),
            Cell::toned(signed_percent(regime.run_return), regime.run_return),
            Cell::toned(signed_percent(regime.asset_return), regime.asset_return),
        ]
    };
    let table = Table {
        id: "regime-returns",
        caption: "A bar counts to the regime that was known before it. A spell is the mean number of bars until it was left."
            .to_owned(),
        columns: vec![
            ("Regime", Set::Words),
            ("Bars", Set::Numbers),
            ("Share of time", Set::Numbers),
            ("Spell", Set::Numbers),
            ("Run", Set::Numbers),
            ("Asset", Set::Numbers),
        ],
        rows: report.regimes.iter().map(row).collect(),
    };
    card("", "Time and return in each", &table.html())
}

pub(super) fn transitions(report: &Report) -> String {
    let moves = &report.regime_transitions;
    let cell = |from: RegimeLabel, to: RegimeLabel| {
        let found = moves.iter().find(|one| one.from == from && one.to == to);
        found.map_or_else(
            || DASH.into(),
            |one| Cell { text: percent(one.share), tone: Tone::Gain, heat: Some(one.share) },
        )
    };
    let row = |from: RegimeLabel| -> Vec<Cell> {
        let changes: u64 = moves.iter().filter(|m| m.from == from && m.to != from).map(|m| m.count).sum();
        let cells = RegimeLabel::ALL.into_iter().map(|to| cell(from, to));
        std::iter::once(word::regime(from).into()).chain(cells).chain([count(changes).into()]).collect()
    };
    let seen = RegimeLabel::ALL.into_iter().filter(|from| moves.iter().any(|one| one.from == *from));
    let table = Table {
        id: "regime-transitions",
        caption: "How often the regime of the row was followed by that of the column at the next bar, and how many times it \
                  was left."
            .to_owned(),
        columns: vec![
            ("From", Set::Words),
            ("bull", Set::Numbers),
            ("bear", Set::Numbers),
            ("sideways", Set::Numbers),
            ("neutral", Set::Numbers),
            ("Left", Set::Numbers),
        ],
        rows: seen.map(row).collect(),
    };
    card("", "From regime to regime", &table.html())
}
