//! The page about how much of a search is luck.

use autotrading_backtest::laboratory::Judgement;

use super::frame::Study;
use super::judgement;
use crate::number::{count, or_dash, percent, plain};
use crate::table::Tone;

/// The page as text: `market` is the name of the data or file, `best` that of the best trial.
pub fn overfit_html(judgement: &Judgement, market: &str, best: &str, periods_per_year: f64) -> String {
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
                format!(
                    "{} independent ideas among them",
                    judgement.independent.map_or_else(|| "–".to_owned(), |n| n.to_string())
                ),
            ),
            ("Returns", count(judgement.observations as u64), Tone::Plain, "each trial".to_owned()),
        ],
        parts: vec![judgement::part(judgement)],
        footer: "Ratios are annualised on tiles and per period in charts.".to_owned(),
    }
    .html()
}
