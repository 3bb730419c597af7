//! Objectives over scenarios: their rows, and their values from the definition.

use ndarray::{Array1, Array2};

use super::{
    constraint::Draft,
    inputs::Inputs,
    objective::{Risk, above_zero},
    program::Cone,
};
use crate::PortfolioError;

pub(super) fn shortfall(draft: &mut Draft<'_>, confidence: f64, radius: f64) -> Result<(), PortfolioError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        let what = "the confidence";
        return Err(PortfolioError::Parameter { what, got: confidence, allowed: "0 to 1, both excluded" });
    }
    let (scenarios, scale) = draft.inputs.scaled_scenarios("expected shortfall")?;
    let share = 1.0 / ((1.0 - confidence) * scenarios.nrows() as f64);
    let rows = draft.tail.clone().unwrap_or_else(|| (0..scenarios.nrows()).collect());
    // A cost is lost for certain, so it adds to the shortfall as it is.
    draft.costs.iter().for_each(|&(i, rate)| draft.program.linear[i] += rate / scale);
    let threshold = draft.program.add(1);
    draft.threshold = threshold;
    draft.program.linear[threshold] = 1.0;
    let label = draft.program.label("");
    let excess = draft.program.add(rows.len());
    for (k, &t) in rows.iter().enumerate() {
        draft.program.linear[excess + k] = share;
        let mut terms: Vec<(usize, f64)> = scenarios.row(t).iter().map(|r| -r).enumerate().collect();
        terms.extend([(threshold, -1.0), (excess + k, -1.0)]);
        draft.program.at_most(label, terms, 0.0);
        draft.program.at_least(label, vec![(excess + k, 1.0)], 0.0);
    }
    if radius != 0.0 {
        let radius = above_zero("the radius", radius)?;
        let assets = scenarios.ncols();
        let length = draft.program.add(1);
        draft.program.linear[length] = radius / scale / (1.0 - confidence);
        let mut rows = vec![(vec![(length, -1.0)], 0.0)];
        rows.extend((0..assets).map(|i| (vec![(i, 1.0)], 0.0)));
        draft.program.within(Cone::SecondOrder, label, rows);
    }
    Ok(())
}

/// Scenarios to start an expected shortfall with: twice as many as its tail holds, worst first for equal weights.
pub(super) fn first_tail(scenarios: &Array2<f64>, confidence: f64) -> Vec<usize> {
    let losses = scenarios.map_axis(ndarray::Axis(1), |row| -row.sum());
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
    let wanted = 2.0 * (1.0 - confidence) * losses.len() as f64;
    let mut tail: Vec<usize> = order.into_iter().take(wanted.ceil() as usize + 2).collect();
    tail.sort_unstable();
    tail
}

/// Adds to the tail what loses more than the threshold; whether there was any. When there is none, the program of the
/// tail has the solution of the program of all scenarios: the others would get an excess and a multiplier of zero.
pub(super) fn widen_tail(
    tail: &mut Vec<usize>,
    scenarios: &Array2<f64>,
    weights: &[f64],
    threshold: f64,
) -> bool {
    let before = tail.len();
    let returns = scenarios.dot(&Array1::from(weights.to_vec()));
    let beyond = |&(t, r): &(usize, f64)| -r > threshold + 1e-11 && tail.binary_search(&t).is_err();
    let found: Vec<usize> = returns.iter().copied().enumerate().filter(beyond).map(|(t, _)| t).collect();
    tail.extend(found);
    tail.sort_unstable();
    tail.len() > before
}

/// Scaled scenarios less their means.
fn deviations(draft: &Draft<'_>, by: &'static str) -> Result<Array2<f64>, PortfolioError> {
    let (scenarios, _) = draft.inputs.scaled_scenarios(by)?;
    let means = scenarios.mean_axis(ndarray::Axis(0)).ok_or(PortfolioError::Empty)?;
    Ok(scenarios - means)
}

pub(super) fn semivariance(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
    let deviations = deviations(draft, "semivariance")?;
    let (label, periods) = (draft.program.label(""), deviations.nrows());
    let below = draft.program.add(periods);
    for (t, row) in deviations.rows().into_iter().enumerate() {
        draft.program.quadratic.push((below + t, below + t, 2.0 / periods as f64));
        let mut terms: Vec<(usize, f64)> = row.iter().map(|r| -r).enumerate().collect();
        terms.push((below + t, -1.0));
        draft.program.at_most(label, terms, 0.0);
        draft.program.at_least(label, vec![(below + t, 1.0)], 0.0);
    }
    Ok(())
}

pub(super) fn absolute_deviation(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
    let deviations = deviations(draft, "absolute deviation")?;
    let (label, periods) = (draft.program.label(""), deviations.nrows());
    let size = draft.program.add(periods);
    for (t, row) in deviations.rows().into_iter().enumerate() {
        draft.program.linear[size + t] = 1.0 / periods as f64;
        for sign in [1.0, -1.0] {
            let mut terms: Vec<(usize, f64)> = row.iter().map(|r| sign * r).enumerate().collect();
            terms.push((size + t, -1.0));
            draft.program.at_most(label, terms, 0.0);
        }
    }
    Ok(())
}

pub(super) fn growth(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
    let scenarios = draft.inputs.wanted_scenarios("growth")?;
    let (label, periods) = (draft.program.label(""), scenarios.nrows());
    // Growth is small against one: in units of the largest return the solver sees numbers near one.
    let unit = scenarios.iter().fold(f64::MIN_POSITIVE, |m, r| m.max(r.abs()));
    let log = draft.program.add(periods);
    for (t, row) in scenarios.rows().into_iter().enumerate() {
        draft.program.linear[log + t] = -1.0 / periods as f64;
        let costs = draft.costs.iter().copied();
        let wealth = row.iter().map(|r| -r).enumerate().chain(costs).collect();
        let rows = vec![(vec![(log + t, -unit)], 0.0), (vec![], 1.0), (wealth, 1.0)];
        draft.program.within(Cone::Exponential, label, rows);
    }
    Ok(())
}

/// What weights would have returned in each scenario.
pub(super) fn scenario_returns(inputs: &Inputs, weights: &[f64]) -> Result<Vec<f64>, PortfolioError> {
    let scenarios = inputs.wanted_scenarios("a scenario objective")?;
    Ok(scenarios.dot(&Array1::from(weights.to_vec())).to_vec())
}

/// A risk from its definition.
pub(super) fn scenario_risk(risk: Risk, returns: &[f64], weights: &[f64]) -> f64 {
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    match risk {
        Risk::Variance => returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / count,
        Risk::Semivariance => returns.iter().map(|r| (mean - r).max(0.0).powi(2)).sum::<f64>() / count,
        Risk::MeanAbsoluteDeviation => returns.iter().map(|r| (r - mean).abs()).sum::<f64>() / count,
        Risk::ConditionalValueAtRisk { confidence } => worst_mean(returns, confidence),
        Risk::RobustConditionalValueAtRisk { confidence, radius } => {
            let length = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
            worst_mean(returns, confidence) + radius / (1.0 - confidence) * length
        }
    }
}

/// Mean loss of the worst share, the last scenario counted in part.
fn worst_mean(returns: &[f64], confidence: f64) -> f64 {
    let mut losses: Vec<f64> = returns.iter().map(|r| -r).collect();
    losses.sort_by(|a, b| b.total_cmp(a));
    let share = (1.0 - confidence) * losses.len() as f64;
    let (mut left, mut sum) = (share, 0.0);
    for loss in losses {
        let taken = left.min(1.0);
        sum += taken * loss;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    sum / share
}
