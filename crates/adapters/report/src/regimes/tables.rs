//! The tables of the page.

use autotrading_backtest::{HeldRow, LabelRow, RegimeStory};
use autotrading_domain::RegimeLabel;

use crate::markup::{card, escape};
use crate::number::{DASH, count, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

pub(super) const fn titled(label: RegimeLabel) -> &'static str {
    match label {
        RegimeLabel::Bull => "Bull",
        RegimeLabel::Bear => "Bear",
        RegimeLabel::Sideways => "Sideways",
        RegimeLabel::Neutral => "Neutral",
    }
}

pub(super) fn labels(story: &RegimeStory) -> String {
    let row = |row: &LabelRow| -> Vec<Cell> {
        let tone = |value: Option<f64>, text: String| match value {
            Some(value) => Cell::toned(text, value),
            None => Cell::from(text),
        };
        let none = row.bars == 0;
        vec![
            titled(row.label).into(),
            count(row.bars).into(),
            percent(row.share).into(),
            count(row.spells).into(),
            or_dash(row.mean_spell, |bars| plain(bars, 1)).into(),
            tone(
                row.mean_return,
                or_dash(row.mean_return, |r| format!("{} %", crate::number::signed(r * 100.0, 4))),
            ),
            or_dash(row.deviation, percent).into(),
            if none { DASH.into() } else { Cell::toned(signed_percent(row.total_return), row.total_return) },
            or_dash(row.sharpe, |ratio| plain(ratio, 2)).into(),
        ]
    };
    let table = Table {
        id: "labels",
        caption: "Bars under each label, and what the bars after them made".to_owned(),
        columns: vec![
            ("Label", Set::Words),
            ("Bars", Set::Numbers),
            ("Share", Set::Numbers),
            ("Spells", Set::Numbers),
            ("Mean spell, bars", Set::Numbers),
            ("Mean return a bar", Set::Numbers),
            ("Deviation", Set::Numbers),
            ("Return, compounded", Set::Numbers),
            ("Sharpe a year", Set::Numbers),
        ],
        rows: story.labels.iter().map(row).collect(),
    };
    card("wide", "Time in each regime", &table.html())
}

pub(super) fn transitions(story: &RegimeStory) -> String {
    let row = |(label, counts): (RegimeLabel, &[u64; 4])| {
        let heat = |many: u64| {
            let total: u64 = counts.iter().sum();
            (total > 0).then(|| many as f64 / total as f64)
        };
        let cell = |many: &u64| Cell { text: count(*many), tone: Tone::Gain, heat: heat(*many) };
        std::iter::once(Cell::from(titled(label))).chain(counts.iter().map(cell)).collect()
    };
    let table = Table {
        id: "transitions",
        caption: "How often the label of the row was followed by that of the column, from bar to bar"
            .to_owned(),
        columns: vec![
            ("From", Set::Words),
            ("Bull", Set::Numbers),
            ("Bear", Set::Numbers),
            ("Sideways", Set::Numbers),
            ("Neutral", Set::Numbers),
        ],
        rows: RegimeLabel::ALL.into_iter().zip(&story.transitions).map(row).collect(),
    };
    card("wide", "From regime to regime", &table.html())
}

pub(super) fn volatility(story: &RegimeStory) -> String {
    let trial = &story.volatility;
    let row = |name: &str, value: String, about: &str| vec![Cell::from(name), value.into(), about.into()];
    let table = Table {
        id: "trial",
        caption: format!("{} forecasts of the next bar", count(trial.forecasts)),
        columns: vec![("Figure", Set::Words), ("Value", Set::Numbers), ("What is good", Set::Words)],
        rows: vec![
            row(
                "Variance that came over forecast",
                or_dash(trial.realised_over_forecast, |x| plain(x, 2)),
                "1; above it the forecast was too low",
            ),
            row(
                "Correlation with the size of the return",
                or_dash(trial.correlation, |x| plain(x, 2)),
                "the higher the better; one bar is noise",
            ),
            row(
                "Returns beyond two deviations",
                or_dash(trial.surprises, percent),
                "4.6 % where errors are normal",
            ),
        ],
    };
    card("", "The forecast on trial", &table.html())
}

pub(super) fn detector(story: &RegimeStory) -> String {
    let rules = &story.rules;
    let fact = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let facts = [
        fact("Method", format!("{:?}", rules.method).to_lowercase()),
        fact("Volatility", format!("{:?}", rules.volatility).to_lowercase()),
        fact("States", rules.states.to_string()),
        fact("Bars before the first word", count(rules.warm_up as u64)),
        fact("Bars that a fit sees", count(rules.training_window as u64)),
        fact("Fits", count(story.fits as u64)),
        fact("Last fit refused", story.problem.clone().unwrap_or_else(|| DASH.to_owned())),
    ];
    card("", "How it looked", &format!("<dl class=\"facts\">{}</dl>", facts.concat()))
}

pub(super) fn hindsight(story: &RegimeStory) -> String {
    let Some(seen) = &story.hindsight else { return String::new() };
    let row = |row: &HeldRow| {
        vec![
            Cell::from(row.when),
            if row.knowable { "yes" } else { "no" }.into(),
            percent(row.share).into(),
            or_dash(row.annual_return, signed_percent).into(),
            or_dash(row.sharpe, |ratio| plain(ratio, 2)).into(),
        ]
    };
    let table = Table {
        id: "held",
        caption: format!(
            "Holding the asset over the next bar while the state with the highest mean ({} ± {} a bar) is likelier than \
             not; no costs. The two probabilities disagree at {} of the bars.",
            signed_percent(seen.mean),
            percent(seen.deviation),
            percent(seen.disagreements)
        ),
        columns: vec![
            ("Held when", Set::Words),
            ("Could be known", Set::Words),
            ("Share of the time", Set::Numbers),
            ("Return a year", Set::Numbers),
            ("Sharpe a year", Set::Numbers),
        ],
        rows: seen.held.iter().map(row).collect(),
    };
    card("wide", "What hindsight sells", &table.html())
}
