//! The strategies: what each said, whether the house went its way, and how far its life has come.

use autotrading_backtest::{Report, StageNote, StrategyFigures};

use crate::markup::card;
use crate::number::{DASH, count, minute, or_dash, percent, plain, signed};
use crate::table::{Cell, Set, Table};
use crate::word;

pub(super) fn voices(report: &Report) -> String {
    let row = |own: &StrategyFigures| {
        let amount = own.contribution.to_f64();
        vec![
            own.name.as_str().into(),
            count(own.opinions).into(),
            percent(own.share).into(),
            or_dash(own.mean_weight, |weight| plain(weight, 3)).into(),
            or_dash(own.agreement, percent).into(),
            count(own.round_trips).into(),
            Cell::toned(signed(amount, 2), amount),
            own.stage.map_or(DASH, word::stage).into(),
        ]
    };
    let table = Table {
        id: "strategies-heard",
        caption: format!(
            "Weight and agreement are of the bars at which it leaned one way; agreement is the share of them at which the \
             house went the same way, where it went one. Round trips that nobody spoke for made {}.",
            signed(report.unattributed.to_f64(), 2)
        ),
        columns: vec![
            ("Strategy", Set::Words),
            ("Opinions", Set::Numbers),
            ("Time with one", Set::Numbers),
            ("Mean weight", Set::Numbers),
            ("Agreement", Set::Numbers),
            ("Round trips", Set::Numbers),
            ("Contribution", Set::Numbers),
            ("Stage", Set::Words),
        ],
        rows: report.strategies.iter().map(row).collect(),
    };
    card("wide", "What they said, and what came of it", &table.html())
}

pub(super) fn lives(report: &Report) -> String {
    let row = |(name, change): (&str, &StageNote)| {
        vec![
            minute(change.at).into(),
            name.into(),
            word::stage(change.from).into(),
            word::stage(change.to).into(),
        ]
    };
    let mut changes: Vec<(&str, &StageNote)> = report
        .strategies
        .iter()
        .flat_map(|own| own.stage_changes.iter().map(|change| (own.name.as_str(), change)))
        .collect();
    changes.sort_by_key(|(_, change)| change.at);
    let told = report.strategies.iter().any(|own| own.stage.is_some());
    let table = Table {
        id: "stage-changes",
        caption: if told {
            "When a strategy came to another stage of its life."
        } else {
            "Lives of strategies are not followed in this run."
        }
        .to_owned(),
        columns: vec![
            ("Time (UTC)", Set::Words),
            ("Strategy", Set::Words),
            ("From", Set::Words),
            ("To", Set::Words),
        ],
        rows: changes.into_iter().map(row).collect(),
    };
    card("held", "Stages of life", &table.html())
}
