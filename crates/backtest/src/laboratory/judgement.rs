//! What a search amounts to, as plain data for pages and files.

use autotrading_statistics::overfitting::{Answer, Evidence, Finding, Search, Verdict, VerdictRules};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{PermutationReport, ReturnTable};

/// The verdict on a search with every test behind it. Undefined is `None`, with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// `no evidence`, `weak evidence` or `evidence`.
    pub evidence: String,
    /// Whether luck is an unlikely explanation.
    pub holds: bool,
    /// Trials that were counted: those at hand, and those that were ever made on these data.
    pub trials: u64,
    /// Returns each trial has.
    pub observations: usize,
    /// Place of the trial with the highest Sharpe ratio.
    pub best: Option<usize>,
    /// Every question with its threshold and answer.
    pub findings: Vec<JudgedFinding>,
    /// Sharpe ratio per period that the best of so many worthless trials is expected to show.
    pub luck_of_the_search: Option<f64>,
    /// Sharpe ratio per period of the best trial, and its standard error.
    pub best_sharpe: Option<f64>,
    /// How many independent ideas the trials hold, by their clusters.
    pub independent: Option<usize>,
    /// Log odds of the rank that the chosen trial has afterwards, one a split; below zero is overfitted.
    pub logits: Vec<f64>,
    /// Sharpe ratios per period of the chosen trial, where it was chosen and afterwards, one pair a split.
    pub degradation: Vec<[f64; 2]>,
    /// Splits whose chosen trial is no better than the median afterwards, of all splits.
    pub overfitted: Option<[u64; 2]>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedFinding {
    /// What is asked, in words.
    pub question: String,
    /// What was found.
    pub value: Option<f64>,
    /// What the value must reach, or must not exceed.
    pub threshold: f64,
    /// Whether it must reach it.
    pub at_least: bool,
    /// Whether it does.
    pub passed: bool,
    /// Whether the verdict counts it.
    pub decisive: bool,
    /// Why there is no value.
    pub reason: Option<String>,
}

impl Judgement {
    /// Judges the trials of a search; `trials` is how many were ever made on these data.
    pub fn of(returns: &ReturnTable, trials: u64, rules: &VerdictRules) -> Self {
        let (rows, columns) = (returns.days().len(), returns.columns());
        let value = |(row, column): (usize, usize)| {
            columns.get(column).and_then(|column| column.get(row)).copied().unwrap_or(0.0)
        };
        let table = Array2::from_shape_fn((rows, columns.len()), value);
        let verdict = Verdict::of(Search { returns: table.view(), trials }, rules);
        let splits = verdict.overfitting.as_ref();
        let deflated = verdict.deflated.as_ref().ok();
        let best = verdict.best.and_then(|place| columns.get(place));
        let estimate =
            best.and_then(|best| autotrading_statistics::overfitting::SharpeEstimate::of(best).ok());
        Self {
            evidence: verdict.evidence.to_string(),
            holds: verdict.evidence == Evidence::Evidence,
            trials: verdict.trials,
            observations: verdict.observations,
            best: verdict.best,
            findings: verdict.findings.iter().map(judged).collect(),
            luck_of_the_search: deflated.map(|deflated| deflated.threshold),
            best_sharpe: estimate.map(|estimate| estimate.ratio),
            independent: verdict.independent.as_ref().ok().map(|independent| independent.by_clusters),
            logits: splits.map_or_else(|_| Vec::new(), |splits| splits.logits().collect()),
            degradation: splits.map_or_else(
                |_| Vec::new(),
                |splits| splits.splits.iter().map(|split| [split.in_sample, split.out_of_sample]).collect(),
            ),
            overfitted: splits.ok().map(|splits| [splits.overfitted() as u64, splits.splits.len() as u64]),
        }
    }

    /// Adds what a permutation test of the search says: told, not counted, since whoever asks chooses how many permutations
    /// there are.
    pub fn with_permutations(mut self, report: &PermutationReport) -> Self {
        const THRESHOLD: f64 = 0.05;
        let count = report.permuted.len();
        let fewest = (1.0 / THRESHOLD).ceil() as usize - 1;
        let value = report.p_value.filter(|_| count >= fewest);
        let reason = match (count, report.seen) {
            _ if value.is_some() => None,
            (few, _) if few < fewest => Some(format!("{few} permutations, at least {fewest} are needed")),
            _ => Some("the criterion is undefined for every trial".to_owned()),
        };
        self.findings.push(JudgedFinding {
            question: "probability that the same bars in another order show a best trial as good".to_owned(),
            value,
            threshold: THRESHOLD,
            at_least: false,
            passed: value.is_some_and(|value| value <= THRESHOLD),
            decisive: false,
            reason,
        });
        self
    }

    /// One sentence that says it plainly.
    pub fn words(&self) -> String {
        let told = match self.evidence.as_str() {
            "evidence" => "luck is an unlikely explanation for the best trial",
            "weak evidence" => "the best trial shows more than luck, but not enough to trust",
            _ => "luck explains the best trial",
        };
        format!("{}: {told} ({} trials, {} returns each)", self.evidence, self.trials, self.observations)
    }
}

fn judged(finding: &Finding) -> JudgedFinding {
    JudgedFinding {
        question: finding.question.words().to_owned(),
        value: finding.value(),
        threshold: finding.threshold,
        at_least: finding.question.wants_more(),
        passed: finding.passed(),
        decisive: finding.decisive,
        reason: match &finding.answer {
            Answer::NotComputable(reason) => Some(reason.to_string()),
            Answer::Passed(_) | Answer::Failed(_) => None,
        },
    }
}
