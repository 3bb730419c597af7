//! The page of a Monte Carlo simulation.

use autotrading_backtest::monte_carlo::{Frequency, MonteCarloOutcome, RiskVerdict};

use super::chart::histogram;
use super::frame::{Part, Study};
use super::walk_forward::thresholds;
use crate::charts::fan;
use crate::markup::card;
use crate::number::{count, percent, plain};
use crate::table::{Set, Table, Tone};

/// The same question asked of several makers of paths.
#[derive(Clone, Copy, Debug)]
pub struct MonteCarloStudy<'a> {
    /// What was simulated: the run or file that the returns come from.
    pub subject: &'a str,
    /// How long a step is, such as `day`.
    pub step: &'a str,
    /// Level at or below which an account is ruined.
    pub ruin: f64,
    /// One outcome a maker of paths.
    pub outcomes: &'a [MonteCarloOutcome],
    /// Makers that could not be fitted, and why.
    pub left_out: &'a [(String, String)],
    /// What they amount to.
    pub verdict: &'a RiskVerdict,
}

impl MonteCarloStudy<'_> {
    /// What a step of these paths is called: a trade, or however long a period of the returns is.
    fn step_of<'s>(&'s self, outcome: &'s MonteCarloOutcome) -> &'s str {
        if outcome.step == "period" { self.step } else { &outcome.step }
    }
}

/// Ids of charts must be known when the page is written; more makers than this are not drawn.
const FANS: [&str; 8] = ["fan-1", "fan-2", "fan-3", "fan-4", "fan-5", "fan-6", "fan-7", "fan-8"];
const ENDS: [&str; 8] = ["end-1", "end-2", "end-3", "end-4", "end-5", "end-6", "end-7", "end-8"];

/// The page as text.
pub fn monte_carlo_html(study: &MonteCarloStudy<'_>) -> String {
    let worst = study.outcomes.iter().max_by(|a, b| a.ruin.probability.total_cmp(&b.ruin.probability));
    let ruin = worst.map_or(0.0, |outcome| outcome.ruin.probability);
    let loss = study.outcomes.iter().map(|outcome| outcome.loss.probability).fold(0.0, f64::max);
    let (paths, horizon) = study.outcomes.first().map_or((0, 0), |outcome| (outcome.paths, outcome.horizon));
    let mut parts = vec![overview(study)];
    parts.extend([fans(study), ends(study)]);
    Study {
        title: "Futures that could have been".to_owned(),
        about: study.subject.to_owned(),
        brief: vec![("Ruin at worst", percent(ruin), Tone::Plain), ("Loss at worst", percent(loss), Tone::Plain)],
        verdict: Some((study.verdict.holds, study.verdict.verdict.clone())),
        tiles: vec![
            ("Paths", count(paths), Tone::Plain, "of each maker".to_owned()),
            ("Length", count(horizon as u64), Tone::Plain, format!("{}s", study.step)),
            ("Makers", count(study.outcomes.len() as u64), Tone::Plain, "ways to draw a future".to_owned()),
            ("Ruin at worst", percent(ruin), Tone::Plain, worst.map(|outcome| outcome.maker.clone()).unwrap_or_default()),
        ],
        parts,
        footer: "Each path has a stream of chance of its own; the same seed gives the same page on any number of threads.".to_owned(),
    }
    .html()
}

fn overview(study: &MonteCarloStudy<'_>) -> Part {
    let chance = |frequency: &Frequency| {
        let end = |value: f64| percent(value).trim_end_matches(" %").to_owned();
        format!("{} ({}–{})", percent(frequency.probability), end(frequency.low), end(frequency.high))
    };
    let mut columns = vec![
        ("Maker of paths", Set::Words),
        ("Median end", Set::Numbers),
        ("Loss", Set::Numbers),
        ("Ruin", Set::Numbers),
    ];
    let falls = study.outcomes.first().map_or(&[][..], |outcome| outcome.drawdowns.as_slice());
    columns.extend(falls.iter().map(|fall| (fall_of(fall.drawdown), Set::Numbers)));
    let row = |outcome: &MonteCarloOutcome| {
        let middle = outcome.quantiles.len() / 2;
        let median = outcome.fan.last().and_then(|end| end.levels.get(middle));
        let mut row = vec![
            outcome.maker.as_str().into(),
            median.map_or_else(|| "–".to_owned(), |level| plain(*level, 3)).into(),
            chance(&outcome.loss).into(),
            chance(&outcome.ruin).into(),
        ];
        row.extend(outcome.drawdowns.iter().map(|fall| chance(&fall.frequency).into()));
        row
    };
    let table = Table {
        id: "chances",
        caption: "Probabilities with their 95 % intervals; falls are from a high.".to_owned(),
        columns,
        rows: study.outcomes.iter().map(row).collect(),
    };
    let positions = |outcome: &MonteCarloOutcome| {
        outcome
            .liquidations
            .iter()
            .map(|chance_of| {
                vec![
                    outcome.maker.as_str().into(),
                    chance_of.position.direction.to_string().into(),
                    format!("{} ×", plain(chance_of.position.leverage, 1)).into(),
                    plain(chance_of.barrier, 4).into(),
                    chance(&chance_of.frequency).into(),
                ]
            })
            .collect::<Vec<_>>()
    };
    let liquidations = Table {
        id: "liquidations",
        caption: "A position held all the way, alone on its margin.".to_owned(),
        columns: vec![
            ("Maker of paths", Set::Words),
            ("Side", Set::Words),
            ("Leverage", Set::Numbers),
            ("Liquidated at", Set::Numbers),
            ("Probability", Set::Numbers),
        ],
        rows: study.outcomes.iter().flat_map(positions).collect(),
    };
    let mut cards = card("wide", "How often", &table.html())
        + &card("wide", "Thresholds", &thresholds(&study.verdict.checks, "What is tolerable.").html());
    if !liquidations.rows.is_empty() {
        cards += &card("wide", "Liquidation", &liquidations.html());
    }
    if !study.left_out.is_empty() {
        let reasons: String = study
            .left_out
            .iter()
            .map(|(maker, reason)| {
                format!("<li>{}: {}</li>", crate::markup::escape(maker), crate::markup::escape(reason))
            })
            .collect();
        cards += &card("wide notes", "Left out", &format!("<ul>{reasons}</ul>"));
    }
    Part {
        id: "chances-part",
        title: "Chances",
        lead: "How often each thing happens, by each way to draw a future. Where they disagree, believe the worst.",
        figures: Vec::new(),
        cards,
        lists: Vec::new(),
    }
}

/// Headings are known when the page is written; other depths are told in monte-carlo.json.
fn fall_of(drawdown: f64) -> &'static str {
    match (drawdown * 100.0).round() as u32 {
        10 => "Falls 10 %",
        20 => "Falls 20 %",
        30 => "Falls 30 %",
        50 => "Falls 50 %",
        _ => "Falls",
    }
}

fn fans(study: &MonteCarloStudy<'_>) -> Part {
    let figure = |(outcome, id): (&MonteCarloOutcome, &'static str)| {
        let about =
            format!("{}: {} quantiles; the dashed line is ruin.", outcome.maker, fan::quantiles(outcome));
        fan::figure(id, Some(outcome), study.ruin, study.step_of(outcome), about)
    };
    Part {
        id: "fans",
        title: "Fans",
        lead: "Where the level may be after so many steps.",
        figures: study.outcomes.iter().zip(FANS).map(figure).collect(),
        cards: String::new(),
        lists: Vec::new(),
    }
}

fn ends(study: &MonteCarloStudy<'_>) -> Part {
    let figure = |(outcome, id): (&MonteCarloOutcome, &'static str)| {
        let about = format!("{}: levels at the end; one is the start.", outcome.maker);
        histogram(id, "Where it ends", about, &outcome.terminals, ("Level at the end", 1.0), &[])
    };
    Part {
        id: "ends",
        title: "Ends",
        lead: "The distribution behind the last step of each fan.",
        figures: study.outcomes.iter().zip(ENDS).map(figure).collect(),
        cards: String::new(),
        lists: Vec::new(),
    }
}
