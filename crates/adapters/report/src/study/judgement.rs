//! The verdict on a search, as tables and charts.

use autotrading_backtest::laboratory::{JudgedFinding, Judgement};

use super::chart::{histogram, scatter};
use super::frame::Part;
use crate::markup::card;
use crate::number::{count, or_dash, percent, plain};
use crate::table::{Cell, Set, Table, Tone};

/// Every test with its threshold, and the two charts behind the probability of overfitting.
pub(super) fn part(judgement: &Judgement) -> Part {
    let about = match judgement.overfitted {
        Some([overfitted, splits]) => format!(
            "Of {} ways to choose on one half of the days and look at the other, {} ({}) leave the chosen trial at or below \
             the median: those left of zero.",
            count(splits),
            count(overfitted),
            percent(overfitted as f64 / splits.max(1) as f64)
        ),
        None => "There are too few days or trials to split.".to_owned(),
    };
    Part {
        id: "verdict",
        title: "Verdict",
        lead: "What is left of the best trial when it is remembered how many were tried. Decisive tests count; the others are told.",
        figures: vec![
            histogram(
                "logits",
                "Where the chosen trial ends up",
                about,
                &judgement.logits,
                ("Log odds of its rank afterwards", 0.0),
                &[],
            ),
            scatter(
                "degradation",
                "Sharpe ratio, chosen and afterwards",
                "One point a split, per period. What falls to the right promises more and keeps less."
                    .to_owned(),
                &judgement.degradation,
                ["Where it was chosen", "Afterwards"],
            ),
        ],
        cards: card("wide", "Tests and thresholds", &findings(&judgement.findings).html()),
        lists: Vec::new(),
    }
}

fn findings(findings: &[JudgedFinding]) -> Table {
    let row = |finding: &JudgedFinding| {
        let answer = match (&finding.reason, finding.passed) {
            (Some(reason), _) => format!("not computable: {reason}"),
            (None, true) => "passed".to_owned(),
            (None, false) => "failed".to_owned(),
        };
        let tone = if finding.passed { Tone::Gain } else { Tone::Loss };
        let bound = if finding.at_least { "at least" } else { "at most" };
        vec![
            finding.question.as_str().into(),
            or_dash(finding.value, |value| plain(value, 4)).into(),
            format!("{bound} {}", plain(finding.threshold, 3)).into(),
            Cell { text: answer, tone, heat: None },
            if finding.decisive { "decisive" } else { "told" }.into(),
        ]
    };
    Table {
        id: "findings",
        caption: "Each test of luck with its threshold.".to_owned(),
        columns: vec![
            ("What is asked", Set::Words),
            ("Found", Set::Numbers),
            ("Asked", Set::Words),
            ("Answer", Set::Words),
            ("Weight", Set::Words),
        ],
        rows: findings.iter().map(row).collect(),
    }
}
