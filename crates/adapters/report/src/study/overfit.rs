//! The page about how much of a search is luck.

use autotrading_backtest::laboratory::{Judgement, PermutationReport};

use super::chart::histogram;
use super::frame::{Part, Study};
use super::{criterion, judgement};
use crate::charts::Figure;
use crate::number::{count, or_dash, percent, plain};
use crate::table::Tone;

/// A search that was judged.
#[derive(Clone, Copy, Debug)]
pub struct OverfitStudy<'a> {
    /// The verdict.
    pub judgement: &'a Judgement,
    /// Name of the data or file.
    pub market: &'a str,
    /// Name of the best trial.
    pub best: &'a str,
    /// Returns a year holds.
    pub periods_per_year: f64,
    /// The same search on the same bars in another order, if that was asked.
    pub permutations: Option<&'a PermutationReport>,
}

/// The page as text.
pub fn overfit_html(study: &OverfitStudy<'_>) -> String {
    let OverfitStudy { judgement, market, best, periods_per_year, .. } = *study;
    let yearly = |ratio: f64| plain(ratio * periods_per_year.sqrt(), 2);
    let share = judgement.overfitted.map(|[hits, splits]| hits as f64 / splits.max(1) as f64);
    Study {
        title: "How much of it is luck".to_owned(),
        about: market.to_owned(),
        brief: vec![
            ("Verdict", judgement.evidence.clone(), if judgement.holds { Tone::Gain } else { Tone::Loss }),
            ("Overfitted", or_dash(share, percent), Tone::Plain),
        ],
        verdict: Some((judgement.holds, judgement.words())),
        tiles: vec![
            ("Best trial", best.to_owned(), Tone::Plain, "by its Sharpe ratio".to_owned()),
            (
                "Its Sharpe ratio",
                or_dash(judgement.best_sharpe, yearly),
                Tone::Plain,
                format!("luck alone would show {}", or_dash(judgement.luck_of_the_search, yearly)),
            ),
            (
                "Trials",
                count(judgement.trials),
                Tone::Plain,
                match judgement.independent {
                    Some(1) => "one idea in variations".to_owned(),
                    Some(ideas) => format!("{ideas} independent ideas among them"),
                    None => "how many ideas cannot be told".to_owned(),
                },
            ),
            ("Returns", count(judgement.observations as u64), Tone::Plain, "each trial".to_owned()),
        ],
        parts: std::iter::once(judgement::part(judgement)).chain(study.permutations.map(permuted)).collect(),
        footer: "Ratios are annualised on tiles and per period in charts.".to_owned(),
    }
    .html()
}

/// The best trials of permuted markets, beside that of the true one.
fn permuted(report: &PermutationReport) -> Part {
    let values: Vec<f64> = report.permuted.iter().flatten().copied().collect();
    let name = criterion(report.criterion);
    let marks: Vec<(f64, &str)> = report.seen.map(|seen| (seen, "true market")).into_iter().collect();
    let about = format!(
        "The whole search again on {} markets that have the same bars in another order; the dashed line is the true one. A best \
         trial as good without any order to find has a probability of {}.",
        count(report.permuted.len() as u64),
        or_dash(report.p_value, |value| plain(value, 3))
    );
    let title = "The best trial where there is nothing to find";
    Part {
        id: "permutations",
        title: "Permutations",
        lead: "What the search finds when the order of the bars means nothing.",
        figures: vec![Figure {
            wide: true,
            ..histogram("permuted", title, about, &values, (name, 0.0), &marks)
        }],
        cards: String::new(),
        lists: Vec::new(),
    }
}
