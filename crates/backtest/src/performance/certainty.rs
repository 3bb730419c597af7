//! Between which limits a Sharpe ratio lies, and how deep the deepest falls are on average.

use autotrading_statistics::{Moments, normal};
use serde::{Deserialize, Serialize};

use super::drawdowns;
use super::ratios::{defined, sharpe_of, sharpe_standard_error_of};

/// An interval that holds the true value in a given share of cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Confidence interval of the annualised Sharpe ratio: `SR -+ z se` with the error of
/// [`sharpe_standard_error`](super::sharpe_standard_error), which knows skewness and fat tails. `None` where the ratio is undefined or the confidence is not within (0, 1).
///
/// ```
/// use autotrading_backtest::{sharpe, sharpe_interval, sharpe_standard_error};
/// let returns = [0.01, -0.005, 0.02, 0.0, -0.01, 0.015];
/// let interval = sharpe_interval(&returns, 365.0, 0.95).unwrap();
/// let half = 1.959964 * sharpe_standard_error(&returns, 365.0).unwrap();
/// assert!((interval.high - sharpe(&returns, 365.0).unwrap() - half).abs() < 1e-5);
/// ```
pub fn sharpe_interval(returns: &[f64], periods_per_year: f64, confidence: f64) -> Option<Interval> {
    sharpe_interval_of(&Moments::of(returns).ok()?, periods_per_year, confidence)
}

/// The same where the moments are known.
pub(super) fn sharpe_interval_of(
    moments: &Moments,
    periods_per_year: f64,
    confidence: f64,
) -> Option<Interval> {
    let ratio = sharpe_of(moments, periods_per_year)?;
    let z = normal::quantile(0.5 + 0.5 * confidence).ok().filter(|z| *z > 0.0)?;
    let half = z * sharpe_standard_error_of(moments, periods_per_year)?;
    Some(Interval { low: defined(ratio - half)?, high: defined(ratio + half)? })
}

/// Conditional drawdown at risk: the mean of the deepest `share` of all drawdowns, point by point, the number of points
/// rounded. `None` when that is no point. Source: Chekhlov, Uryasev and Zabarankin (2005), International Journal of
/// Theoretical and Applied Finance 8, 13-58.
///
/// ```
/// use autotrading_backtest::conditional_drawdown;
/// // Drawdowns 0, 10, 20 and 5 %: the worst two.
/// let deep = conditional_drawdown(&[100.0, 90.0, 80.0, 95.0], 0.5).unwrap();
/// assert!((deep - 0.15).abs() < 1e-15);
/// ```
pub fn conditional_drawdown(equity: &[f64], share: f64) -> Option<f64> {
    let mut falls: Vec<f64> = drawdowns(equity).collect();
    falls.sort_by(|a, b| b.total_cmp(a));
    let deepest = (share * falls.len() as f64).round();
    let taken = falls.get(..deepest as usize).filter(|taken| !taken.is_empty())?;
    defined(taken.iter().sum::<f64>() / taken.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::performance::{annualised, max_drawdown, spx_returns};

    fn spx_equity() -> Vec<f64> {
        let grown = spx_returns().into_iter().scan(1.0, |level, r| {
            *level *= 1.0 + r;
            Some(*level)
        });
        std::iter::once(1.0).chain(grown).collect()
    }

    #[test]
    fn the_mean_of_the_deepest_falls_agrees_with_the_reference() {
        // The reference has no fall at the start itself.
        let deep = conditional_drawdown(&spx_equity()[1..], 0.05).unwrap();
        assert!((deep - 0.453_211_204_896_891_76).abs() < 1e-9, "{deep}");
        assert_eq!(conditional_drawdown(&[], 0.05), None);
        assert_eq!(conditional_drawdown(&[1.0, 0.5], 0.0), None);
        assert_eq!(conditional_drawdown(&[1.0, 0.5], f64::NAN), None);
    }

    #[test]
    fn growth_a_year_and_calmar_ratio_agree_with_the_reference() {
        let equity = spx_equity();
        let growth = annualised(equity[equity.len() - 1], (equity.len() - 1) as f64 / 252.0).unwrap();
        assert!((growth / 0.036_395_543_268_517_13 - 1.0).abs() < 1e-11);
        assert!((growth / max_drawdown(&equity) / 0.064_104_438_050_838_78 - 1.0).abs() < 1e-11);
    }

    #[test]
    fn more_confidence_needs_a_wider_interval() {
        let returns = spx_returns();
        let of = |confidence| sharpe_interval(&returns, 252.0, confidence).unwrap();
        assert!(of(0.99).low < of(0.9).low && of(0.99).high > of(0.9).high);
        for confidence in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(sharpe_interval(&returns, 252.0, confidence), None);
        }
        assert_eq!(sharpe_interval(&[0.01; 5], 252.0, 0.95), None);
    }
}
