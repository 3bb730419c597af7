//! What is made small or large, and its rows.

use ndarray::{Array1, Array2};

use super::{constraint::Draft, inputs::Inputs, program::Cone};
use crate::PortfolioError;

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

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Objective {
    Minimise(Risk),
    Maximise(Reward),
}

impl Objective {
    /// Adds the objective to the draft; the size variable of a homogenised program, if it is one.
    pub(super) fn compile(self, draft: &mut Draft<'_>) -> Result<Option<usize>, PortfolioError> {
        if self.ignores_costs() && !draft.costs.is_empty() && draft.return_floor.is_none() {
            let what = "an objective or a floor of expected return";
            return Err(PortfolioError::Missing { what, wanted_by: "a transaction cost" });
        }
        match self {
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
        }
    }

    fn ignores_costs(self) -> bool {
        matches!(self, Self::Minimise(_) | Self::Maximise(Reward::Diversification | Reward::Growth))
    }

    /// The objective of weights, computed from its definition; `costs` is what the change to them costs.
    pub(super) fn value(self, inputs: &Inputs, weights: &[f64], costs: f64) -> Result<f64, PortfolioError> {
        let volatility = inputs.volatility(weights).unwrap_or(0.0);
        let net = inputs.expected_return(weights).unwrap_or(0.0) - costs;
        Ok(match self {
            Self::Minimise(Risk::Variance) => volatility * volatility,
            Self::Minimise(risk) => scenario_risk(risk, &scenario_returns(inputs, weights)?, weights),
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
                returns.iter().map(|r| r.ln_1p()).sum::<f64>() / returns.len() as f64
            }
        })
    }
}

fn scenario_returns(inputs: &Inputs, weights: &[f64]) -> Result<Vec<f64>, PortfolioError> {
    let scenarios = inputs.wanted_scenarios("a scenario objective")?;
    Ok(scenarios.dot(&Array1::from(weights.to_vec())).to_vec())
}

fn scenario_risk(risk: Risk, returns: &[f64], weights: &[f64]) -> f64 {
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

fn above_zero(what: &'static str, got: f64) -> Result<f64, PortfolioError> {
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
    let label = draft.program.label("the excess return is above zero");
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

fn shortfall(draft: &mut Draft<'_>, confidence: f64, radius: f64) -> Result<(), PortfolioError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        let what = "the confidence";
        return Err(PortfolioError::Parameter { what, got: confidence, allowed: "0 to 1, both excluded" });
    }
    let (scenarios, scale) = draft.inputs.scaled_scenarios("expected shortfall")?;
    let share = 1.0 / ((1.0 - confidence) * scenarios.nrows() as f64);
    let rows = draft.tail.clone().unwrap_or_else(|| (0..scenarios.nrows()).collect());
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

fn semivariance(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
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

fn absolute_deviation(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
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

fn growth(draft: &mut Draft<'_>) -> Result<(), PortfolioError> {
    let scenarios = draft.inputs.wanted_scenarios("growth")?;
    let (label, periods) = (draft.program.label(""), scenarios.nrows());
    // Growth is small against one: in units of the largest return the solver sees numbers near one.
    let unit = scenarios.iter().fold(f64::MIN_POSITIVE, |m, r| m.max(r.abs()));
    let log = draft.program.add(periods);
    for (t, row) in scenarios.rows().into_iter().enumerate() {
        draft.program.linear[log + t] = -1.0 / periods as f64;
        let wealth = row.iter().map(|r| -r).enumerate().collect();
        let rows = vec![(vec![(log + t, -unit)], 0.0), (vec![], 1.0), (wealth, 1.0)];
        draft.program.within(Cone::Exponential, label, rows);
    }
    Ok(())
}
