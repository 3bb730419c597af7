//! Shares of capital: who may use how much of it.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use serde::{Deserialize, Serialize};

use crate::PortfolioError;

/// How capital is shared among assets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// The same to each.
    Equal,
    /// In inverse proportion to volatility, so that each risks the same on its own.
    #[default]
    InverseVolatility,
}

impl Allocation {
    /// The share of each asset from its volatility (any unit, the same for all). Shares sum to 1.
    ///
    /// # Errors
    /// As [`inverse_volatility`]; an equal share asks for nothing but one asset.
    pub fn shares(self, volatilities: &[f64]) -> Result<Vec<f64>, PortfolioError> {
        match self {
            Self::Equal if volatilities.is_empty() => Err(PortfolioError::Empty),
            Self::Equal => Ok(vec![1.0 / volatilities.len() as f64; volatilities.len()]),
            Self::InverseVolatility => inverse_volatility(volatilities),
        }
    }
}

/// Weights in inverse proportion to volatility: `w_i = (1 / sigma_i) / sum_j (1 / sigma_j)`.
///
/// Equal risk contributions when all correlations are equal. Source: Maillard, Roncalli and Teiletche (2010), "The
/// Properties of Equally Weighted Risk Contribution Portfolios", section 2.
///
/// ```
/// use autotrading_portfolio::inverse_volatility;
/// assert_eq!(inverse_volatility(&[0.01, 0.04])?, [0.8, 0.2]);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// [`PortfolioError::Volatility`] for one that is not finite and above zero, [`PortfolioError::Empty`] for none.
pub fn inverse_volatility(volatilities: &[f64]) -> Result<Vec<f64>, PortfolioError> {
    let smallest = volatilities.iter().copied().fold(f64::INFINITY, f64::min);
    if let Some((index, &got)) = volatilities.iter().enumerate().find(|(_, v)| !(**v > 0.0 && v.is_finite()))
    {
        return Err(PortfolioError::Volatility { index, got });
    }
    if volatilities.is_empty() {
        return Err(PortfolioError::Empty);
    }
    // Relative to the smallest, so that neither tiny nor huge units overflow.
    let inverse: Vec<f64> = volatilities.iter().map(|volatility| smallest / volatility).collect();
    let total: f64 = inverse.iter().sum();
    Ok(inverse.into_iter().map(|weight| weight / total).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_asset_gets_everything() {
        assert_eq!(inverse_volatility(&[1e-300]).unwrap(), [1.0]);
        assert_eq!(Allocation::Equal.shares(&[0.0, f64::NAN]).unwrap(), [0.5, 0.5]);
    }

    #[test]
    fn an_asset_that_does_not_move_is_refused_by_place() {
        let error = inverse_volatility(&[0.1, 0.0]).unwrap_err();
        assert_eq!(error.to_string(), "the volatility of asset 1 is 0; it must be finite and above zero");
        assert_eq!(inverse_volatility(&[]), Err(PortfolioError::Empty));
        assert!(inverse_volatility(&[f64::NAN]).is_err());
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_each_risks_the_same(volatilities in prop::collection::vec(1e-8f64..1e8, 1..20)) {
            let shares = inverse_volatility(&volatilities).unwrap();
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let risk: Vec<f64> = shares.iter().zip(&volatilities).map(|(w, v)| w * v).collect();
            for one in &risk {
                prop_assert!((one - risk[0]).abs() <= 1e-12 * risk[0]);
            }
        }

        #[test]
        fn the_unit_of_volatility_does_not_matter(volatilities in prop::collection::vec(1e-3f64..1.0, 1..10), scale in 1e-8f64..1e8) {
            let scaled: Vec<f64> = volatilities.iter().map(|v| v * scale).collect();
            for (a, b) in inverse_volatility(&volatilities).unwrap().iter().zip(inverse_volatility(&scaled).unwrap()) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
