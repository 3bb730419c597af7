//! One model, seen twice: by its filtered probabilities, and by smoothed ones, which know the future.

use autotrading_domain::RegimeLabel;
use autotrading_regime::RegimeError;
use serde::Serialize;

use super::fit::{column, fit_hidden};
use crate::{annualised, sharpe};

/// Bars of the stretch that is looked at closely.
const STRETCH: usize = 240;

/// What hindsight adds. For research only: the model was fitted to all bars, and smoothed probabilities know them too.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hindsight {
    /// States of the model.
    pub states: usize,
    /// Which state is watched, by ascending deviation from 0: the one of the highest mean.
    pub state: usize,
    /// Its mean log return.
    pub mean: f64,
    /// Its deviation.
    pub deviation: f64,
    /// Filtered probability of that state at the close of each bar but the first.
    #[serde(skip)]
    pub filtered: Vec<f64>,
    /// Its smoothed probability.
    #[serde(skip)]
    pub smoothed: Vec<f64>,
    /// Mean distance between the two.
    pub mean_apart: f64,
    /// Share of bars at which the two disagree on whether the state is likelier than not.
    pub disagreements: f64,
    /// Where they differ most: the first bar and the one after the last of a stretch of 240.
    pub stretch: (usize, usize),
    /// What holding the asset while the state is likelier than not would have made.
    pub held: Vec<HeldRow>,
}

/// What holding the asset at some times would have made, without any cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldRow {
    /// When it was held.
    pub when: &'static str,
    /// Whether that could have been known.
    pub knowable: bool,
    /// Share of the bars.
    pub share: f64,
    /// Return a year, compounded.
    pub annual_return: Option<f64>,
    /// Sharpe ratio a year.
    pub sharpe: Option<f64>,
}

/// Sees the returns in both ways. Each was known, or not, at the close of the bar that it leads to; `labels` are what a
/// detector said there.
pub(super) fn hindsight(
    returns: &[f64],
    labels: &[RegimeLabel],
    states: usize,
    bars_a_year: f64,
) -> Result<Hindsight, RegimeError> {
    let fit = fit_hidden(returns, states, 0)?;
    let sample = column(returns);
    let mean = |state: usize| fit.model.emissions().get(state).and_then(|law| law.mean().first().copied());
    let higher = |best: usize, state: usize| if mean(state) > mean(best) { state } else { best };
    let state = (0..states).fold(0, higher);
    let filtered: Vec<f64> = fit
        .model
        .filtered(sample.view())?
        .iter()
        .map(|now| now.probabilities().get(state).copied().unwrap_or(0.0))
        .collect();
    let smoothed = fit.model.smoothed(sample.view())?.in_hindsight().column(state).to_vec();
    let apart: Vec<f64> = filtered.iter().zip(&smoothed).map(|(f, s)| (f - s).abs()).collect();
    let disagree = filtered.iter().zip(&smoothed).filter(|(f, s)| (**f > 0.5) != (**s > 0.5)).count();
    let likely = |p: &[f64]| p.iter().map(|p| *p > 0.5).collect::<Vec<bool>>();
    let bull: Vec<bool> = labels.iter().map(|label| *label == RegimeLabel::Bull).collect();
    let always = vec![true; returns.len()];
    let held = [
        ("always", true, &always),
        ("the detector said bull", true, &bull),
        ("filtered, model of all data", false, &likely(&filtered)),
        ("smoothed, model of all data", false, &likely(&smoothed)),
    ];
    let law = fit.model.emissions().get(state);
    Ok(Hindsight {
        states,
        state,
        mean: mean(state).unwrap_or(0.0),
        deviation: law.map_or(0.0, |law| law.variance(0).sqrt()),
        mean_apart: apart.iter().sum::<f64>() / apart.len().max(1) as f64,
        disagreements: disagree as f64 / apart.len().max(1) as f64,
        stretch: furthest(&apart),
        filtered,
        smoothed,
        held: held.map(|(when, knowable, held)| row(when, knowable, held, returns, bars_a_year)).to_vec(),
    })
}

/// What the bar after each decision made.
fn row(when: &'static str, knowable: bool, held: &[bool], returns: &[f64], bars_a_year: f64) -> HeldRow {
    let earned: Vec<f64> = held
        .iter()
        .zip(returns.iter().skip(1))
        .map(|(held, r)| if *held { r.exp_m1() } else { 0.0 })
        .collect();
    let count = earned.len().max(1) as f64;
    let growth = earned.iter().fold(1.0, |growth, r| growth * (1.0 + r));
    HeldRow {
        when,
        knowable,
        share: held.iter().take(earned.len()).filter(|held| **held).count() as f64 / count,
        annual_return: annualised(growth, count / bars_a_year),
        sharpe: sharpe(&earned, bars_a_year),
    }
}

/// The stretch over which the sum is largest; the first of equals.
fn furthest(apart: &[f64]) -> (usize, usize) {
    let length = STRETCH.min(apart.len());
    let mut sum: f64 = apart.iter().take(length).sum();
    let mut best = (sum, 0);
    for (start, (gone, come)) in apart.iter().zip(apart.iter().skip(length)).enumerate() {
        sum += come - gone;
        if sum > best.0 {
            best = (sum, start + 1);
        }
    }
    (best.1, best.1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_lies_where_they_differ() {
        let mut apart = vec![0.0; 1000];
        apart[500..740].fill(1.0);
        assert_eq!(furthest(&apart), (500, 740));
        assert_eq!(furthest(&[0.1; 10]), (0, 10));
    }

    #[test]
    fn hindsight_looks_better_than_what_could_be_known() {
        let noise = |t: usize| ((t * t * 7 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0;
        let one = |t: usize| {
            if (t / 30).is_multiple_of(2) { 0.002 + 0.004 * noise(t) } else { -0.004 + 0.02 * noise(t) }
        };
        let returns: Vec<f64> = (0..900).map(one).collect();
        let found = hindsight(&returns, &vec![RegimeLabel::Neutral; 900], 2, 8760.0).unwrap();
        let sharpe = |place: usize| found.held[place].sharpe;
        assert!(sharpe(3) > sharpe(2) && sharpe(2) > sharpe(0), "{:?}", found.held);
        assert_eq!((found.held[1].share, sharpe(1)), (0.0, None));
        assert_eq!(found.state, 0);
        assert!(found.mean_apart > 0.0 && found.disagreements > 0.0);
    }
}
