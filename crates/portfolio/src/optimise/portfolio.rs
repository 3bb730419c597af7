//! The builder that reads like a sentence.

use std::ops::{Bound, RangeBounds};

use super::{
    constraint::{Constraint, Draft, Limits},
    exact,
    inputs::Inputs,
    objective::{Objective, Reward, Risk, first_tail, widen_tail},
    polish::polish,
    program::{Point, Program},
    solution::{Residuals, Solution, SolvedBy},
};
use crate::{PortfolioError, budgeting::contributions};

/// A residual above this is no certificate.
const TOLERANCE: f64 = 1e-8;
/// The bounds of every weight when nothing else is said.
const BOX: f64 = 0.2;

/// A portfolio as a sentence: what is wanted, within which limits.
///
/// Without a word on it the weights sum to 1 and each lies within 20 % of zero on either side.
///
/// ```
/// use autotrading_portfolio::{Inputs, Portfolio, Risk};
/// use ndarray::array;
///
/// let inputs = Inputs::new(["BTC", "ETH"])?.covariance(array![[1.0, 0.0], [0.0, 3.0]])?;
/// let answer = Portfolio::minimise(Risk::Variance).long_only().cap(0.7).solve(&inputs)?;
/// assert!((answer.weights[0] - 0.7).abs() < 1e-12); // without the cap it would be 0.75
/// assert_eq!(answer.binding, ["each weight at most 0.7"]);
/// assert!(answer.residuals.largest() < 1e-12);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    objective: Objective,
    lower: f64,
    upper: f64,
    constraints: Vec<Constraint>,
    most_assets: Option<usize>,
    smallest_position: f64,
}

impl Portfolio {
    /// The portfolio with the least of a risk.
    pub fn minimise(risk: Risk) -> Self {
        Self::new(Objective::Minimise(risk))
    }

    /// The portfolio with the most of a reward.
    pub fn maximise(reward: Reward) -> Self {
        Self::new(Objective::Maximise(reward))
    }

    fn new(objective: Objective) -> Self {
        let constraints = vec![Constraint::Sum(Limits(Some(1.0), Some(1.0)))];
        Self { objective, lower: -BOX, upper: BOX, constraints, most_assets: None, smallest_position: 0.0 }
    }

    /// No weight below zero.
    #[must_use]
    pub fn long_only(mut self) -> Self {
        self.lower = 0.0;
        self
    }

    /// No weight above `limit`, nor below `-limit`.
    #[must_use]
    pub fn cap(mut self, limit: f64) -> Self {
        self.lower = if self.lower == 0.0 { 0.0 } else { -limit };
        self.upper = limit;
        self
    }

    /// Every weight within a range; an open end is no bound.
    #[must_use]
    pub fn each(mut self, range: impl RangeBounds<f64>) -> Self {
        let Limits(low, high) = limits(&range);
        (self.lower, self.upper) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        self
    }

    /// One weight within a range, on top of what holds for all.
    #[must_use]
    pub fn weight(self, asset: &str, range: impl RangeBounds<f64>) -> Self {
        self.with(Constraint::Weight(asset.to_owned(), limits(&range)))
    }

    /// The sum of the weights within a range, in place of 1: the net exposure.
    #[must_use]
    pub fn net(mut self, range: impl RangeBounds<f64>) -> Self {
        self.constraints.retain(|c| !matches!(c, Constraint::Sum(_)));
        self.with(Constraint::Sum(limits(&range)))
    }

    /// The sum of the absolute weights at most this: the gross leverage.
    #[must_use]
    pub fn gross(self, limit: f64) -> Self {
        self.with(Constraint::Gross(limit))
    }

    /// The sum of the weights of a sector within a range.
    #[must_use]
    pub fn sector(self, sector: &str, range: impl RangeBounds<f64>) -> Self {
        self.with(Constraint::Sector(sector.to_owned(), limits(&range)))
    }

    /// `sum |w - current|` at most this.
    #[must_use]
    pub fn turnover_from(self, current: &[f64], limit: f64) -> Self {
        self.with(Constraint::Turnover(current.to_vec(), limit))
    }

    /// Each unit of weight moved costs `rate` of return.
    #[must_use]
    pub fn cost_from(self, current: &[f64], rate: f64) -> Self {
        self.with(Constraint::LinearCost(current.to_vec(), rate))
    }

    /// Moving a weight by `d` costs `coefficient * |d|^(3/2)` of return: square-root impact.
    #[must_use]
    pub fn impact_from(self, current: &[f64], coefficient: f64) -> Self {
        self.with(Constraint::ImpactCost(current.to_vec(), coefficient))
    }

    /// Volatility of the difference to a benchmark at most this.
    #[must_use]
    pub fn tracking_error(self, benchmark: &[f64], limit: f64) -> Self {
        self.with(Constraint::Tracking(benchmark.to_vec(), limit))
    }

    /// `sum loading_i w_i` within a range.
    #[must_use]
    pub fn exposure(self, factor: &str, loadings: &[f64], range: impl RangeBounds<f64>) -> Self {
        self.with(Constraint::Exposure(factor.to_owned(), loadings.to_vec(), limits(&range)))
    }

    /// `sum beta_i w_i = 0`.
    #[must_use]
    pub fn beta_neutral(self, betas: &[f64]) -> Self {
        self.exposure("beta", betas, 0.0..=0.0)
    }

    /// Expected return after costs at least this.
    #[must_use]
    pub fn return_at_least(self, floor: f64) -> Self {
        self.with(Constraint::Return(floor))
    }

    /// Volatility at most this.
    #[must_use]
    pub fn volatility_at_most(self, limit: f64) -> Self {
        self.with(Constraint::Volatility(limit))
    }

    /// No more than so many assets with a weight.
    ///
    /// A heuristic, stated: the convex program is solved, the assets with the largest absolute weights stay, the others
    /// are held at zero, and it is solved again. What comes out is optimal among the assets that stay.
    #[must_use]
    pub fn at_most_assets(mut self, count: usize) -> Self {
        self.most_assets = Some(count);
        self
    }

    /// No position smaller than this, other than none.
    ///
    /// A heuristic, stated: while one is smaller, the smallest is held at zero and the rest is solved again.
    #[must_use]
    pub fn smallest_position(mut self, size: f64) -> Self {
        self.smallest_position = size;
        self
    }

    /// The same limits with another aim.
    pub(super) fn aiming_at(mut self, reward: Reward) -> Self {
        self.objective = Objective::Maximise(reward);
        self
    }

    fn with(mut self, constraint: Constraint) -> Self {
        self.constraints.push(constraint);
        self
    }

    /// The weights, with their certificate.
    ///
    /// # Errors
    /// An input that is missing or does not fit; [`PortfolioError::Infeasible`] with the constraints that exclude each
    /// other; [`PortfolioError::Unbounded`]; [`PortfolioError::NoExcessReturn`] for a Sharpe ratio that cannot be above
    /// zero; [`PortfolioError::StoppedEarly`] when the certificate is not good to 1e-8. Never equal weights instead.
    pub fn solve(&self, inputs: &Inputs) -> Result<Solution, PortfolioError> {
        let mut held = vec![false; inputs.names().len()];
        let mut answer = self.solve_holding(inputs, &held)?;
        if let Some(count) = self.most_assets {
            let mut order: Vec<usize> = (0..held.len()).collect();
            order.sort_by(|&a, &b| answer.weights[b].abs().total_cmp(&answer.weights[a].abs()));
            if order.iter().skip(count).any(|&i| answer.weights[i].abs() > 1e-9) {
                order.iter().skip(count).for_each(|&i| held[i] = true);
                answer = self.solve_holding(inputs, &held)?;
            }
        }
        while let Some(small) = self.too_small(&answer.weights, &held) {
            held[small] = true;
            answer = self.solve_holding(inputs, &held)?;
        }
        for (weight, _) in answer.weights.iter_mut().zip(&held).filter(|(_, held)| **held) {
            *weight = 0.0;
        }
        Ok(answer)
    }

    /// The smallest position that is smaller than allowed; with no minimum set there is none.
    fn too_small(&self, weights: &[f64], held: &[bool]) -> Option<usize> {
        let small = |i: &usize| !held[*i] && weights[*i].abs() < self.smallest_position - 1e-9;
        let by_size = |a: &usize, b: &usize| weights[*a].abs().total_cmp(&weights[*b].abs());
        (0..weights.len()).filter(small).min_by(by_size)
    }

    /// Expected shortfall is solved on its tail alone, which is widened until no scenario outside of it matters.
    fn solve_holding(&self, inputs: &Inputs, held: &[bool]) -> Result<Solution, PortfolioError> {
        let Objective::Minimise(Risk::ConditionalValueAtRisk { confidence }) = self.objective else {
            return Ok(self.solve_tail(inputs, held, None)?.0);
        };
        let (scenarios, _) = inputs.scaled_scenarios("expected shortfall")?;
        let sound = confidence > 0.0 && confidence < 1.0;
        let mut tail = sound.then(|| first_tail(&scenarios, confidence));
        loop {
            let (answer, threshold) = self.solve_tail(inputs, held, tail.clone())?;
            let widened =
                tail.as_mut().is_some_and(|tail| widen_tail(tail, &scenarios, &answer.weights, threshold));
            if !widened {
                return Ok(answer);
            }
        }
    }

    /// The answer, and the threshold of an expected shortfall.
    fn solve_tail(
        &self,
        inputs: &Inputs,
        held: &[bool],
        tail: Option<Vec<usize>>,
    ) -> Result<(Solution, f64), PortfolioError> {
        let mut draft = self.draft(inputs, held)?;
        draft.tail = tail;
        let plain = draft.program.clone();
        let size = self.objective.compile(&mut draft)?;
        if let Some((point, residuals)) = exact::solve(&draft.program) {
            return Ok((self.answer(&draft, &point, size, residuals, SolvedBy::ActiveSet)?, 0.0));
        }
        let solved = match (draft.program.solve(), size) {
            (Err(PortfolioError::Infeasible { conflict }), Some(_)) => {
                plain.solve()?; // the constraints themselves may be at fault
                return Err(self.no_excess(inputs, conflict));
            }
            (solved, _) => solved?,
        };
        let (point, residuals, way) = match polish(&draft.program, &solved) {
            Some((point, residuals)) => (point, residuals, SolvedBy::Polished),
            None => (solved.clone(), Residuals::of(&draft.program, &solved), SolvedBy::Conic),
        };
        let largest = residuals.largest();
        if largest > TOLERANCE && draft.program.recedes() {
            return Err(PortfolioError::Unbounded);
        }
        if largest > TOLERANCE {
            let (status, iterations) = (solved.status, solved.iterations);
            return Err(PortfolioError::StoppedEarly { status, iterations, residual: largest });
        }
        let threshold = point.x[draft.threshold];
        Ok((self.answer(&draft, &point, size, residuals, way)?, threshold))
    }

    fn draft<'a>(&self, inputs: &'a Inputs, held: &[bool]) -> Result<Draft<'a>, PortfolioError> {
        if self.lower.is_nan() || self.upper.is_nan() {
            return Err(PortfolioError::Parameter {
                what: "a weight limit",
                got: f64::NAN,
                allowed: "a number",
            });
        }
        let mut draft = Draft::new(inputs);
        let at = |bound: f64| held.iter().map(|&h| if h { 0.0 } else { bound }).collect::<Vec<_>>();
        draft.bounds(&at(self.lower), &at(self.upper));
        self.constraints.iter().try_for_each(|constraint| draft.constrain(constraint))?;
        draft.close()?;
        Ok(draft)
    }

    fn no_excess(&self, inputs: &Inputs, conflict: Vec<String>) -> PortfolioError {
        match (self.objective, inputs.wanted_expected("the Sharpe ratio")) {
            (Objective::Maximise(Reward::Sharpe { risk_free }), Ok(expected)) => {
                let best = expected.iter().copied().fold(f64::NEG_INFINITY, f64::max) - risk_free;
                PortfolioError::NoExcessReturn { best }
            }
            _ => PortfolioError::Infeasible { conflict },
        }
    }

    fn answer(
        &self,
        draft: &Draft<'_>,
        point: &Point,
        size: Option<usize>,
        residuals: Residuals,
        solved_by: SolvedBy,
    ) -> Result<Solution, PortfolioError> {
        let inputs = draft.inputs;
        let shrink = size.map_or(1.0, |s| point.x[s]);
        let weights: Vec<f64> = point.x.iter().take(inputs.names().len()).map(|x| x / shrink).collect();
        let costs: f64 = draft.costs.iter().map(|&(i, rate)| rate * point.x[i] / shrink).sum();
        let objective = self.objective.value(inputs, &weights, costs)?;
        if !objective.is_finite() || weights.iter().any(|w| !w.is_finite()) {
            return Err(PortfolioError::Unbounded);
        }
        let shares = inputs.covariance.as_ref().map(|c| contributions(&c.matrix, &weights));
        let contributions = shares.filter(|(_, variance)| *variance > 0.0).map(|(shares, _)| shares);
        Ok(Solution {
            objective,
            expected_return: inputs.expected_return(&weights),
            volatility: inputs.volatility(&weights),
            contributions,
            binding: binding(&draft.program, point),
            condition_number: inputs.covariance.as_ref().map(|c| c.condition),
            residuals,
            iterations: point.iterations,
            solved_by,
            weights,
        })
    }
}

/// The labels of the inequalities and cones whose multipliers are above noise.
fn binding(program: &Program, point: &Point) -> Vec<String> {
    let largest = point.multipliers.iter().fold(1.0_f64, |m, z| m.max(z.abs()));
    let rows = program.rows().zip(&point.multipliers).skip(program.equalities.len());
    let mut labels: Vec<usize> =
        rows.filter(|(_, z)| z.abs() > 1e-7 * largest).map(|(row, _)| row.label).collect();
    labels.sort_unstable();
    labels.dedup();
    labels.into_iter().map(|l| program.labels[l].clone()).filter(|text| !text.is_empty()).collect()
}

fn limits(range: &impl RangeBounds<f64>) -> Limits {
    let end = |bound: Bound<&f64>| match bound {
        Bound::Included(x) | Bound::Excluded(x) => (!x.is_infinite()).then_some(*x),
        Bound::Unbounded => None,
    };
    Limits(end(range.start_bound()), end(range.end_bound()))
}
