//! What is made small or large, and its rows.

use super::{
    constraint::Draft,
    inputs::Inputs,
    program::Cone,
    scenarios::{absolute_deviation, growth, scenario_returns, scenario_risk, semivariance, shortfall},
};
use crate::{PortfolioError, definite::check_vector};

/// A risk to minimise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Risk {
    /// `w'Sw`. Needs a covariance.
    Variance,
    /// Mean square of the returns below the mean. Needs scenarios.
    Semivariance,
    /// Mean absolute deviation from the mean. Needs scenarios.
    MeanAbsoluteDeviation,
    /// Expected shortfall: the mean loss of the worst `1 - confidence` of the scenarios. Source: Rockafellar and Uryasev
    /// (2000), "Optimization of conditional value-at-risk".
    ConditionalValueAtRisk {
        /// 0.95 for the worst twentieth.
        confidence: f64,
    },
    /// The largest expected shortfall among all distributions within a Wasserstein distance of the scenarios: adds
    /// `radius / (1 - confidence) * |w|`. Source: Esfahani and Kuhn (2018), "Data-driven distributionally robust
    /// optimization using the Wasserstein metric".
    RobustConditionalValueAtRisk {
        /// 0.95 for the worst twentieth.
        confidence: f64,
        /// How far a scenario may be moved on average, in return.
        radius: f64,
    },
}

/// A reward to maximise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reward {
    /// Expected return after costs.
    Return,
    /// Excess return after costs, over volatility.
    Sharpe {
        /// Return without risk, per period of the inputs.
        risk_free: f64,
    },
    /// `mu'w - (risk_aversion / 2) w'Sw`, after costs.
    Utility {
        /// Above zero; 1 to 10 is usual for yearly numbers.
        risk_aversion: f64,
    },
    /// The same, with the worst means of an ellipsoid: `- uncertainty * sqrt(w'Sw)` on top. Source: Goldfarb and Iyengar
    /// (2003), "Robust portfolio selection problems".
    RobustUtility {
        /// Above zero.
        risk_aversion: f64,
        /// By how many volatilities each portfolio's mean may be off; `k / sqrt(T)` for `k` standard errors.
        uncertainty: f64,
    },
    /// Weighted mean volatility over portfolio volatility, for portfolios without shorts.
    Diversification,
    /// Mean logarithmic growth over the scenarios: Kelly's criterion for many assets at once.
    Growth,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Objective {
    Minimise(Risk),
    Maximise(Reward),
    /// Risk budgets, in any unit.
    Share(Vec<f64>),
}

impl Objective {
    /// Adds the objective to the draft; the size variable of a homogenised program, if it is one.
    pub(super) fn compile(&self, draft: &mut Draft<'_>) -> Result<Option<usize>, PortfolioError> {
        if self.ignores_costs() && !draft.costs.is_empty() && draft.return_floor.is_none() {
            let what = "an objective or a floor of expected return";
            return Err(PortfolioError::Missing { what, wanted_by: "a transaction cost" });
        }
        match *self {
            Self::Minimise(Risk::Variance) => variance(draft, 2.0, "minimum variance").map(|()| None),
            Self::Minimise(Risk::Semivariance) => semivariance(draft).map(|()| None),
            Self::Minimise(Risk::MeanAbsoluteDeviation) => absolute_deviation(draft).map(|()| None),
            Self::Minimise(Risk::ConditionalValueAtRisk { confidence }) => {
                shortfall(draft, confidence, 0.0).map(|()| None)
            }
            Self::Minimise(Risk::RobustConditionalValueAtRisk { confidence, radius }) => {
                shortfall(draft, confidence, radius).map(|()| None)
            }
            Self::Maximise(Reward::Return) => utility(draft, 0.0, 0.0).map(|()| None),
            Self::Maximise(Reward::Utility { risk_aversion }) => {
                utility(draft, above_zero("the risk aversion", risk_aversion)?, 0.0).map(|()| None)
            }
            Self::Maximise(Reward::RobustUtility { risk_aversion, uncertainty }) => {
                let uncertainty = above_zero("the uncertainty", uncertainty)?;
                utility(draft, above_zero("the risk aversion", risk_aversion)?, uncertainty).map(|()| None)
            }
            Self::Maximise(Reward::Sharpe { risk_free }) => sharpe(draft, risk_free).map(Some),
            Self::Maximise(Reward::Diversification) => diversification(draft).map(Some),
            Self::Maximise(Reward::Growth) => growth(draft).map(|()| None),
            Self::Share(ref budgets) => shares(draft, budgets).map(Some),
        }
    }

    /// What a certain loss does not change: there a cost has a meaning only against a floor of return.
    fn ignores_costs(&self) -> bool {
        matches!(
            self,
            Self::Minimise(Risk::Variance | Risk::Semivariance | Risk::MeanAbsoluteDeviation)
                | Self::Maximise(Reward::Diversification)
                | Self::Share(_)
        )
    }

    /// The objective of weights, computed from its definition; `costs` is what the change to them costs.
    pub(super) fn value(&self, inputs: &Inputs, weights: &[f64], costs: f64) -> Result<f64, PortfolioError> {
        let volatility = inputs.volatility(weights).unwrap_or(0.0);
        let net = inputs.expected_return(weights).unwrap_or(0.0) - costs;
        Ok(match *self {
            Self::Minimise(Risk::Variance) => volatility * volatility,
            Self::Minimise(risk) => {
                let net: Vec<f64> = scenario_returns(inputs, weights)?.iter().map(|r| r - costs).collect();
                scenario_risk(risk, &net, weights)
            }
            Self::Share(ref budgets) => {
                let total: f64 = budgets.iter().sum();
                let pulls = budgets.iter().zip(weights).map(|(b, w)| b / total * w.ln());
                volatility.ln() - pulls.sum::<f64>()
            }
            Self::Maximise(Reward::Return) => net,
            Self::Maximise(Reward::Sharpe { risk_free }) => (net - risk_free) / volatility,
            Self::Maximise(Reward::Utility { risk_aversion }) => {
                net - risk_aversion / 2.0 * volatility.powi(2)
            }
            Self::Maximise(Reward::RobustUtility { risk_aversion, uncertainty }) => {
                net - risk_aversion / 2.0 * volatility.powi(2) - uncertainty * volatility
            }
            Self::Maximise(Reward::Diversification) => {
                let covariance = inputs.wanted_covariance("diversification")?;
                let sigma = covariance.matrix.diag().mapv(|v| (v * covariance.scale).sqrt());
                sigma.iter().zip(weights).map(|(s, w)| s * w).sum::<f64>() / volatility
            }
            Self::Maximise(Reward::Growth) => {
                let returns = scenario_returns(inputs, weights)?;
                returns.iter().map(|r| (r - costs).ln_1p()).sum::<f64>() / returns.len() as f64
            }
        })
    }
}

pub(super) fn above_zero(what: &'static str, got: f64) -> Result<f64, PortfolioError> {
    if got > 0.0 && got.is_finite() {
        return Ok(got);
    }
    Err(PortfolioError::Parameter { what, got, allowed: "above zero" })
}

/// `factor / 2 * w'Sw` of the scaled covariance.
fn variance(draft: &mut Draft<'_>, factor: f64, by: &'static str) -> Result<(), PortfolioError> {
    let matrix = &draft.inputs.wanted_covariance(by)?.matrix;
    for ((i, j), &value) in matrix.indexed_iter() {
        if i <= j && value != 0.0 {
            draft.program.quadratic.push((i, j, factor * value));
        }
    }
    Ok(())
}

fn utility(draft: &mut Draft<'_>, risk_aversion: f64, uncertainty: f64) -> Result<(), PortfolioError> {
    const BY: &str = "expected utility";
    let terms = draft.return_terms(BY)?;
    let scale = if risk_aversion > 0.0 { draft.inputs.wanted_covariance(BY)?.scale } else { 0.0 };
    // In a unit in which the largest coefficient is one.
    let unit = terms.iter().fold(risk_aversion * scale, |m, (_, c)| m.max(c.abs())).max(f64::MIN_POSITIVE);
    for (i, value) in terms {
        draft.program.linear[i] -= value / unit;
    }
    if risk_aversion > 0.0 {
        variance(draft, risk_aversion * scale / unit, BY)?;
    }
    if uncertainty > 0.0 {
        let covariance = draft.inputs.wanted_covariance(BY)?;
        let length = draft.program.add(1);
        draft.program.linear[length] = uncertainty * scale.sqrt() / unit;
        let mut rows = vec![(vec![(length, -1.0)], 0.0)];
        for direction in covariance.root.rows() {
            rows.push((direction.iter().copied().enumerate().collect(), 0.0));
        }
        let label = draft.program.label("");
        draft.program.within(Cone::SecondOrder, label, rows);
    }
    Ok(())
}

/// `min y'Sy` over portfolios of any size with an excess return of one. Source: Cornuejols and Tutuncu (2006),
/// "Optimization Methods in Finance", section 8.2.
fn sharpe(draft: &mut Draft<'_>, risk_free: f64) -> Result<usize, PortfolioError> {
    let mut terms = draft.return_terms("the Sharpe ratio")?;
    let assets = draft.inputs.names().len();
    let unit = terms.iter().take(assets).fold(0.0_f64, |m, (_, c)| m.max((c - risk_free).abs()));
    let unit = unit.max(f64::MIN_POSITIVE);
    variance(draft, 2.0, "the Sharpe ratio")?;
    let size = draft.program.homogenise();
    terms.push((size, -risk_free));
    let label = draft.program.label("");
    let terms = terms.into_iter().map(|(i, c)| (i, c / unit)).collect();
    draft.program.at_least(label, terms, 1.0);
    Ok(size)
}

fn diversification(draft: &mut Draft<'_>) -> Result<usize, PortfolioError> {
    let by = "diversification";
    let sigma = draft.inputs.wanted_covariance(by)?.matrix.diag().mapv(f64::sqrt);
    variance(draft, 2.0, by)?;
    let size = draft.program.homogenise();
    let label = draft.program.label("");
    draft.program.equal(label, sigma.into_iter().enumerate().collect(), 1.0);
    Ok(size)
}

/// `min x'Sx / 2 - sum b_i ln x_i` over portfolios of any size. Its best size is one over its volatility, where it is
/// `1/2 + ln sigma(w) - sum b_i ln w_i`.
fn shares(draft: &mut Draft<'_>, budgets: &[f64]) -> Result<usize, PortfolioError> {
    let assets = draft.inputs.names().len();
    check_vector("risk budgets", budgets, assets)?;
    let total: f64 = budgets.iter().sum();
    budgets.iter().try_for_each(|budget| above_zero("a risk budget", *budget).map(drop))?;
    variance(draft, 1.0, "risk budgets")?;
    let size = draft.program.homogenise();
    let label = draft.program.label("");
    let log = draft.program.add(assets);
    for (i, budget) in budgets.iter().enumerate() {
        draft.program.linear[log + i] = -budget / total;
        let rows = vec![(vec![(log + i, -1.0)], 0.0), (vec![], 1.0), (vec![(i, -1.0)], 0.0)];
        draft.program.within(Cone::Exponential, label, rows);
    }
    Ok(size)
}
