//! The builder that reads like a sentence.

use std::ops::{Bound, RangeBounds};

use super::{
    constraint::{Constraint, Limits},
    objective::{Objective, Reward, Risk},
};

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
    pub(super) objective: Objective,
    /// `None` while nothing was said: as far below zero as above it.
    lower: Option<f64>,
    pub(super) upper: f64,
    pub(super) constraints: Vec<Constraint>,
    pub(super) most_assets: Option<usize>,
    pub(super) smallest_position: f64,
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

    /// The portfolio whose assets carry these parts of the risk, or come as near to it as the limits allow:
    /// `min ln sigma(w) - sum b_i ln w_i`, long only. Budgets are in any unit. Without limits it is
    /// [`RiskBudgets`](crate::RiskBudgets), which is the faster way and the more exact one. Source: Richard and Roncalli
    /// (2019), "Constrained risk budgeting portfolios".
    pub fn sharing_risk(budgets: &[f64]) -> Self {
        Self::new(Objective::Share(budgets.to_vec())).long_only()
    }

    fn new(objective: Objective) -> Self {
        let constraints = vec![Constraint::Sum(Limits(Some(1.0), Some(1.0)))];
        Self { objective, lower: None, upper: BOX, constraints, most_assets: None, smallest_position: 0.0 }
    }

    /// No weight below zero.
    #[must_use]
    pub fn long_only(mut self) -> Self {
        self.lower = Some(0.0);
        self
    }

    /// No weight above `limit`, nor below `-limit` where nothing else was said of shorts.
    #[must_use]
    pub fn cap(mut self, limit: f64) -> Self {
        self.upper = limit;
        self
    }

    /// Every weight within a range; an open end is no bound.
    #[must_use]
    pub fn each(mut self, range: impl RangeBounds<f64>) -> Self {
        let Limits(low, high) = limits(&range);
        (self.lower, self.upper) = (Some(low.unwrap_or(f64::NEG_INFINITY)), high.unwrap_or(f64::INFINITY));
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
    /// Chosen by branch and bound over the convex program: proven where that ends within a thousand programs, otherwise
    /// the best that was found ([`Solution::choice`](super::Solution::choice) says which).
    #[must_use]
    pub fn at_most_assets(mut self, count: usize) -> Self {
        self.most_assets = Some(count);
        self
    }

    /// No position smaller than this, other than none. Chosen as in [`at_most_assets`](Self::at_most_assets).
    #[must_use]
    pub fn smallest_position(mut self, size: f64) -> Self {
        self.smallest_position = size;
        self
    }

    /// The lower bound of every weight.
    pub(super) fn lower(&self) -> f64 {
        self.lower.unwrap_or(-self.upper)
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
}

fn limits(range: &impl RangeBounds<f64>) -> Limits {
    let end = |bound: Bound<&f64>| match bound {
        Bound::Included(x) | Bound::Excluded(x) => (!x.is_infinite()).then_some(*x),
        Bound::Unbounded => None,
    };
    Limits(end(range.start_bound()), end(range.end_bound()))
}
