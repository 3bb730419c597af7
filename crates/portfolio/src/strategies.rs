//! How capital is shared between strategies.

use ndarray::ArrayView2;

use crate::{PortfolioError, RiskBudgets, definite::check_vector};

/// Risk parity over the returns of strategies, scaled by where each is in its life, with a price on moving capital.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrategyAllocation {
    /// A share moves only by what its change exceeds this: `min (w - t)^2 / 2 + penalty |w - current|`, whose minimum
    /// stops short of the target by the penalty. 0 for none.
    pub turnover_penalty: f64,
}

impl StrategyAllocation {
    /// The share of each strategy. They sum to at most 1; what probation holds back stays idle.
    ///
    /// `life_cycle` is 1 for a strategy in full service, less on probation, 0 when retired: a retired one leaves at once,
    /// whatever the penalty, and has no part in the parity.
    ///
    /// ```
    /// use autotrading_portfolio::StrategyAllocation;
    /// use ndarray::array;
    ///
    /// let covariance = array![[0.01, 0.0], [0.0, 0.04]]; // volatilities of 10 % and 20 %: parity 2/3 and 1/3
    /// let rule = StrategyAllocation { turnover_penalty: 0.05 };
    /// let shares = rule.shares(covariance.view(), &[1.0, 0.5], &[0.5, 0.5])?;
    /// assert!((shares[0] - (2.0 / 3.0 - 0.05)).abs() < 1e-12);
    /// assert!((shares[1] - (1.0 / 6.0 + 0.05)).abs() < 1e-12);
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// A life-cycle weight outside of 0 to 1, a penalty below zero, shapes that do not fit, and as
    /// [`RiskBudgets::solve`] for the strategies in service.
    pub fn shares(
        self,
        covariance: ArrayView2<'_, f64>,
        life_cycle: &[f64],
        current: &[f64],
    ) -> Result<Vec<f64>, PortfolioError> {
        let n = life_cycle.len();
        check_vector("life-cycle weights", life_cycle, n)?;
        check_vector("current shares", current, n)?;
        if covariance.dim() != (n, n) {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        if let Some(&got) = life_cycle.iter().find(|w| !(0.0..=1.0).contains(*w)) {
            return Err(PortfolioError::Parameter { what: "a life-cycle weight", got, allowed: "0 to 1" });
        }
        let penalty = self.turnover_penalty;
        if !(penalty >= 0.0 && penalty.is_finite()) {
            let what = "the turnover penalty";
            return Err(PortfolioError::Parameter { what, got: penalty, allowed: "zero or above" });
        }
        let active: Vec<usize> = (0..n).filter(|&i| life_cycle[i] > 0.0).collect();
        let mut shares = vec![0.0; n];
        if active.is_empty() {
            return Ok(shares);
        }
        let served = covariance.select(ndarray::Axis(0), &active).select(ndarray::Axis(1), &active);
        let parity = RiskBudgets::equal(active.len())?.solve(served.view())?;
        for (&i, weight) in active.iter().zip(&parity.weights) {
            let change = weight * life_cycle[i] - current[i];
            shares[i] = current[i] + change.signum() * (change.abs() - penalty).max(0.0);
        }
        // Standing still must not add up to more than there is.
        let total: f64 = shares.iter().sum();
        if total > 1.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
        Ok(shares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const FREE: StrategyAllocation = StrategyAllocation { turnover_penalty: 0.0 };
    const DEAR: StrategyAllocation = StrategyAllocation { turnover_penalty: 1.0 };

    #[test]
    fn a_retired_strategy_leaves_at_once_even_when_moving_is_dear() {
        let covariance = array![[0.01, 0.0], [0.0, 0.04]];
        assert_eq!(DEAR.shares(covariance.view(), &[1.0, 0.0], &[0.5, 0.5]).unwrap(), [0.5, 0.0]);
        assert_eq!(FREE.shares(covariance.view(), &[0.0, 0.0], &[0.5, 0.5]).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn a_retired_strategy_may_even_stand_still() {
        let covariance = array![[0.01, 0.0], [0.0, 0.0]];
        assert_eq!(FREE.shares(covariance.view(), &[1.0, 0.0], &[0.0, 0.0]).unwrap(), [1.0, 0.0]);
        assert!(FREE.shares(covariance.view(), &[1.0, 1.0], &[0.0, 0.0]).is_err());
    }

    #[test]
    fn bad_input_is_named() {
        let covariance = array![[0.01]];
        assert!(FREE.shares(covariance.view(), &[1.5], &[0.0]).is_err());
        assert!(FREE.shares(covariance.view(), &[1.0, 1.0], &[0.0, 0.0]).is_err());
        let broken = StrategyAllocation { turnover_penalty: f64::NAN };
        assert!(broken.shares(covariance.view(), &[1.0], &[0.0]).is_err());
    }
}
