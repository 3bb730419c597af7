//! Risk parity and risk budgets: each asset carries the share of risk it was given.

use ndarray::{Array1, Array2, ArrayView2};

use crate::{
    PortfolioError,
    definite::{Factor, ScaledCovariance, check_vector},
};

/// Largest gap between a risk contribution and its budget that counts as arrived, for assets that do not hedge each
/// other. Where they do, shares of the little risk that is left magnify rounding by what cancels.
const TOLERANCE: f64 = 1e-12;
/// And never more than this.
const LARGEST: f64 = 1e-8;
/// No gap below this is looked at twice.
const ARRIVED: f64 = 1e-13;
const SWEEPS: u32 = 100;
const NEWTON_STEPS: u32 = 100;

/// Shares of the portfolio's risk, one an asset.
///
/// Solves `min x'Sx / 2 - sum b_i ln x_i`, which is convex and has one minimum for every positive semi-definite `S`;
/// its weights `w = x / sum x` carry `w_i (Sw)_i / w'Sw = b_i`. Cyclical coordinate descent, `O(N^2)` a sweep, with
/// Newton's method where it is slow. Sources: Spinu (2013), "An algorithm for computing risk parity weights";
/// Griveau-Billion, Richard and Roncalli (2013), "A fast algorithm for computing high-dimensional risk parity
/// portfolios".
///
/// ```
/// use autotrading_portfolio::RiskBudgets;
/// use ndarray::array;
///
/// // Uncorrelated volatilities of 10 % and 20 %: as inverse volatility.
/// let answer = RiskBudgets::equal(2)?.solve(array![[0.01, 0.0], [0.0, 0.04]].view())?;
/// assert!((answer.weights[0] - 2.0 / 3.0).abs() < 1e-12);
/// assert!((answer.contributions[1] - 0.5).abs() < 1e-12);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RiskBudgets {
    budgets: Vec<f64>,
    start: Option<Vec<f64>>,
}

/// Weights whose risk contributions meet the budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetedPortfolio {
    /// All above zero, summing to 1.
    pub weights: Vec<f64>,
    /// Share of the variance that each asset carries, summing to 1.
    pub contributions: Vec<f64>,
    /// Standard deviation of the portfolio, per period of the covariance.
    pub volatility: f64,
    /// The certificate: largest gap between a contribution and its budget. At most 1e-12, and where assets hedge each
    /// other as many times that as their risks cancel.
    pub residual: f64,
    /// Sweeps and Newton steps spent.
    pub iterations: u32,
}

impl RiskBudgets {
    /// The same to each of `assets`: risk parity, or equal risk contribution.
    ///
    /// # Errors
    /// No asset.
    pub fn equal(assets: usize) -> Result<Self, PortfolioError> {
        Self::new(vec![1.0; assets])
    }

    /// Budgets in any unit; they are brought to a sum of 1.
    ///
    /// # Errors
    /// None at all, or one that is not finite and above zero.
    pub fn new(budgets: Vec<f64>) -> Result<Self, PortfolioError> {
        if budgets.is_empty() {
            return Err(PortfolioError::Empty);
        }
        let total: f64 = budgets.iter().sum();
        if let Some(&got) = budgets.iter().find(|b| !(**b / total > 0.0 && total.is_finite())) {
            return Err(PortfolioError::Parameter { what: "a risk budget", got, allowed: "above zero" });
        }
        Ok(Self { budgets: budgets.iter().map(|b| b / total).collect(), start: None })
    }

    /// Starts from weights near the answer, those of yesterday for one. The answer does not depend on it.
    ///
    /// # Errors
    /// Another number of weights than budgets, or one that is not above zero.
    pub fn starting_from(mut self, weights: &[f64]) -> Result<Self, PortfolioError> {
        check_vector("weights to start from", weights, self.budgets.len())?;
        if let Some(&got) = weights.iter().find(|w| **w <= 0.0) {
            let what = "a weight to start from";
            return Err(PortfolioError::Parameter { what, got, allowed: "above zero" });
        }
        self.start = Some(weights.to_vec());
        Ok(self)
    }

    /// The weights.
    ///
    /// # Errors
    /// A covariance of another size, not finite, not symmetric, not positive semi-definite, with a constant asset;
    /// [`PortfolioError::StoppedEarly`] when the budgets are not met.
    pub fn solve(&self, covariance: ArrayView2<'_, f64>) -> Result<BudgetedPortfolio, PortfolioError> {
        let n = self.budgets.len();
        if covariance.dim() != (n, n) {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        let covariance = ScaledCovariance::of(covariance)?;
        let sigma = covariance.matrix.diag().mapv(f64::sqrt);
        let correlation =
            Array2::from_shape_fn((n, n), |(i, j)| covariance.matrix[[i, j]] / (sigma[i] * sigma[j]));
        let mut search = Search { correlation: &correlation, budgets: &self.budgets, x: self.first(&sigma) };
        search.rescale();
        let iterations = search.run()?;
        // Back from volatilities of one, to a sum of one.
        let raw: Vec<f64> = search.x.iter().zip(&sigma).map(|(x, s)| x / s).collect();
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let (contributions, variance) = contributions(&covariance.matrix, &weights);
        let gaps = contributions.iter().zip(&self.budgets).map(|(c, b)| (c - b).abs());
        let residual = gaps.fold(0.0, f64::max);
        let cancelled = covariance.matrix.mapv(f64::abs);
        let gross = quadratic(&cancelled, &weights) / variance;
        if residual.is_nan() || residual > (TOLERANCE * gross).min(LARGEST) {
            return Err(stopped(iterations, residual));
        }
        let volatility = (variance * covariance.scale).sqrt();
        Ok(BudgetedPortfolio { weights, contributions, volatility, residual, iterations })
    }

    fn first(&self, sigma: &Array1<f64>) -> Array1<f64> {
        match &self.start {
            Some(weights) => weights.iter().zip(sigma).map(|(w, s)| w * s).collect(),
            None => self.budgets.iter().map(|b| b.sqrt()).collect(),
        }
    }
}

/// Share of the variance of each asset, and the variance.
pub(crate) fn contributions(covariance: &Array2<f64>, weights: &[f64]) -> (Vec<f64>, f64) {
    let weights = Array1::from(weights.to_vec());
    let marginal = covariance.dot(&weights);
    let variance = weights.dot(&marginal);
    (weights.iter().zip(&marginal).map(|(w, m)| w * m / variance).collect(), variance)
}

/// `w'Aw`.
fn quadratic(matrix: &Array2<f64>, weights: &[f64]) -> f64 {
    let weights = Array1::from(weights.to_vec());
    weights.dot(&matrix.dot(&weights))
}

fn stopped(iterations: u32, residual: f64) -> PortfolioError {
    let status = "the risk budgets are not met; a perfect hedge leaves no risk to share".to_owned();
    PortfolioError::StoppedEarly { status, iterations, residual }
}

struct Search<'a> {
    correlation: &'a Array2<f64>,
    budgets: &'a [f64],
    x: Array1<f64>,
}

impl Search<'_> {
    /// At the minimum `x'Cx = sum b = 1`, so a first guess is brought there.
    fn rescale(&mut self) {
        let size = self.x.dot(&self.correlation.dot(&self.x));
        if size > 0.0 {
            self.x /= size.sqrt();
        }
    }

    fn run(&mut self) -> Result<u32, PortfolioError> {
        let mut spent = 0;
        let mut before = f64::INFINITY;
        while spent < SWEEPS {
            let gap = self.sweep();
            spent += 1;
            if gap < ARRIVED {
                return Ok(spent);
            }
            // So near, only rounding can keep a sweep from coming nearer: no further sweep will.
            if gap < LARGEST && gap >= before {
                break;
            }
            before = gap;
        }
        before = f64::INFINITY;
        for step in 1..=NEWTON_STEPS {
            let gap = self.newton(spent)?;
            // So near, each step squares the gap, until it is rounding.
            if gap < ARRIVED || (gap < LARGEST && gap >= 0.5 * before) {
                return Ok(spent + step);
            }
            before = gap;
        }
        Ok(spent + NEWTON_STEPS)
    }

    /// One exact minimisation along each coordinate: the positive root of `x^2 + c x - b = 0`, `c` the pull of all
    /// others. Returns the largest gap to a budget before it.
    fn sweep(&mut self) -> f64 {
        let mut pull = self.correlation.dot(&self.x);
        let gaps = pull.iter().zip(&self.x).zip(self.budgets).map(|((p, x), b)| (p * x - b).abs());
        let gap = gaps.fold(0.0, f64::max);
        for (i, &budget) in self.budgets.iter().enumerate() {
            let others = pull[i] - self.x[i];
            let root = others.hypot(2.0 * budget.sqrt());
            let next = if others > 0.0 { 2.0 * budget / (others + root) } else { (root - others) / 2.0 };
            let change = next - self.x[i];
            self.x[i] = next;
            pull.scaled_add(change, &self.correlation.row(i));
        }
        gap
    }

    /// One damped Newton step; `C + diag(b / x^2)` is positive definite whatever `C` is.
    fn newton(&mut self, spent: u32) -> Result<f64, PortfolioError> {
        let pull = self.correlation.dot(&self.x);
        let gradient = Array1::from_shape_fn(self.x.len(), |i| pull[i] - self.budgets[i] / self.x[i]);
        let gap = gradient.iter().zip(&self.x).map(|(g, x)| (g * x).abs()).fold(0.0, f64::max);
        let mut hessian = self.correlation.clone();
        for (i, d) in hessian.diag_mut().iter_mut().enumerate() {
            *d += self.budgets[i] / (self.x[i] * self.x[i]);
        }
        let step = Factor::of(hessian.view())
            .and_then(|factor| factor.solve(&gradient))
            .ok_or_else(|| stopped(spent, gap))?;
        let relative = step.iter().zip(&self.x).map(|(s, x)| (s / x).abs()).fold(0.0, f64::max);
        // Self-concordance: a step of length under 1 / (1 + relative) never leaves the domain and always descends.
        let length = if relative < 0.25 { 1.0 } else { 1.0 / (1.0 + relative) };
        self.x.scaled_add(-length, &step);
        Ok(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_cannot_be_budgeted_is_named() {
        assert_eq!(RiskBudgets::equal(0), Err(PortfolioError::Empty));
        assert!(RiskBudgets::new(vec![1.0, 0.0]).is_err());
        assert!(RiskBudgets::new(vec![1.0, f64::NAN]).is_err());
        let two = RiskBudgets::equal(2).unwrap();
        assert!(matches!(two.solve(Array2::eye(3).view()), Err(PortfolioError::Shape { .. })));
        let constant = two.solve(array![[1.0, 0.0], [0.0, 0.0]].view());
        assert!(matches!(constant, Err(PortfolioError::Constant { .. })));
        let impossible = two.solve(array![[1.0, 1.1], [1.1, 1.0]].view());
        assert!(matches!(impossible, Err(PortfolioError::NotPositiveSemidefinite { .. })));
        assert!(two.starting_from(&[0.5, -0.5]).is_err());
    }

    #[test]
    fn a_duplicated_asset_shares_its_risk_with_its_twin() {
        let twins = array![[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let answer = RiskBudgets::equal(3).unwrap().solve(twins.view()).unwrap();
        assert!((answer.weights[0] - answer.weights[1]).abs() < 1e-12);
        assert!(answer.residual <= 1e-12);
    }

    /// The longest and the last of six assets nearly cancel: the last digits of the gaps are rounding.
    #[test]
    fn who_starts_at_the_answer_does_not_walk_around_it() {
        let covariance = array![
            [
                0.4081562720853524,
                -0.20651549765599905,
                -0.25789776789053426,
                -0.0447070198332424,
                0.08100953495362301,
                0.18814658399702716
            ],
            [
                -0.20651549765599905,
                0.2693207477489613,
                0.1290024283853838,
                0.055684043565649786,
                -0.23826285419161342,
                -0.17185466165169436
            ],
            [
                -0.25789776789053426,
                0.1290024283853838,
                0.28630478974040413,
                -0.021050685272475233,
                -0.08564016895574937,
                0.005248536091438557
            ],
            [
                -0.0447070198332424,
                0.055684043565649786,
                -0.021050685272475233,
                0.07363410926757065,
                -0.022856426393737875,
                -0.11616956928234509
            ],
            [
                0.08100953495362301,
                -0.23826285419161342,
                -0.08564016895574937,
                -0.022856426393737875,
                0.26576639422149995,
                0.0846509461576113
            ],
            [
                0.18814658399702716,
                -0.17185466165169436,
                0.005248536091438557,
                -0.11616956928234509,
                0.0846509461576113,
                0.2686700521380369
            ],
        ];
        let shares = vec![
            0.9969026658952191,
            0.8111074529047296,
            0.5528693155731559,
            0.01,
            0.019635005060240757,
            0.7154817193462668,
        ];
        let budgets = RiskBudgets::new(shares).unwrap();
        let cold = budgets.solve(covariance.view()).unwrap();
        let warm = budgets.clone().starting_from(&cold.weights).unwrap().solve(covariance.view()).unwrap();
        assert!(warm.iterations <= 10, "{} {}", warm.iterations, cold.iterations);
    }

    #[test]
    fn a_near_perfect_hedge_is_no_obstacle() {
        let hedged = array![[1.0, -0.999], [-0.999, 1.0]];
        let answer = RiskBudgets::new(vec![0.3, 0.7]).unwrap().solve(hedged.view()).unwrap();
        assert!(answer.residual <= 1e-12);
    }
}
