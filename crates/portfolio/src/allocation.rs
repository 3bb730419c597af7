//! Shares of capital: who may use how much of it.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{HierarchicalRiskParity, PortfolioError, RiskBudgets, WeightBounds, minimum_variance};

/// How capital is shared among assets.
///
/// None of them needs a conic solver, so all are there whatever features are switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// The same to each.
    Equal,
    /// In inverse proportion to volatility, so that each risks the same on its own.
    #[default]
    InverseVolatility,
    /// So that each carries the same part of the risk of all together: [`RiskBudgets::equal`].
    RiskParity,
    /// So that all together move least, long only: [`minimum_variance`].
    MinimumVariance,
    /// By recursive bisection of the tree of correlations: [`HierarchicalRiskParity`] as it stands by default.
    Hierarchical,
    /// By the returns that are expected after views: [`ViewRules::weights`](crate::ViewRules::weights). Without a view the
    /// same to each, which stands for the market here.
    BlackLitterman,
}

impl Allocation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::InverseVolatility,
        Self::RiskParity,
        Self::MinimumVariance,
        Self::Hierarchical,
        Self::BlackLitterman,
    ];

    /// Its name, as in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::InverseVolatility => "inverse_volatility",
            Self::RiskParity => "risk_parity",
            Self::MinimumVariance => "minimum_variance",
            Self::Hierarchical => "hierarchical",
            Self::BlackLitterman => "black_litterman",
        }
    }

    /// Its name, as on a page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Equal => "Equal weight",
            Self::InverseVolatility => "Inverse volatility",
            Self::RiskParity => "Risk parity",
            Self::MinimumVariance => "Minimum variance",
            Self::Hierarchical => "Hierarchical risk parity",
            Self::BlackLitterman => "Black-Litterman",
        }
    }

    /// Whether it asks how assets move together.
    pub const fn needs_covariance(self) -> bool {
        !matches!(self, Self::Equal | Self::InverseVolatility)
    }

    /// The share of each asset from its volatility (any unit, the same for all). Shares sum to 1.
    ///
    /// # Errors
    /// As [`inverse_volatility`]; an equal share asks for nothing but one asset; the others need a covariance.
    pub fn shares(self, volatilities: &[f64]) -> Result<Vec<f64>, PortfolioError> {
        match self {
            Self::Equal if volatilities.is_empty() => Err(PortfolioError::Empty),
            Self::Equal => Ok(vec![1.0 / volatilities.len() as f64; volatilities.len()]),
            Self::InverseVolatility => inverse_volatility(volatilities),
            _ => Err(PortfolioError::Missing { what: "a covariance", wanted_by: self.name() }),
        }
    }

    /// The share of each asset from how all move together, none above `largest`. Shares sum to 1.
    ///
    /// Minimum variance is the optimum under that limit; of the other methods, what is above it is spread over the rest in
    /// proportion to what they have.
    ///
    /// ```
    /// use autotrading_portfolio::Allocation;
    /// use ndarray::array;
    ///
    /// let covariance = array![[0.01, 0.0], [0.0, 0.04]]; // volatilities of 10 % and 20 %, uncorrelated
    /// let least = Allocation::MinimumVariance.weights(covariance.view(), 1.0)?;
    /// assert!((least[0] - 0.8).abs() < 1e-12); // by inverse variance
    /// let parity = Allocation::RiskParity.weights(covariance.view(), 1.0)?;
    /// assert!((parity[0] - 2.0 / 3.0).abs() < 1e-12); // by inverse volatility
    /// let held = Allocation::RiskParity.weights(covariance.view(), 0.6)?;
    /// assert!((held[0] - 0.6).abs() < 1e-12 && (held[1] - 0.4).abs() < 1e-12);
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// A limit that cannot hold ([`PortfolioError::Infeasible`]), a covariance as in [`minimum_variance`].
    pub fn weights(self, covariance: ArrayView2<'_, f64>, largest: f64) -> Result<Vec<f64>, PortfolioError> {
        let n = covariance.nrows();
        let bounds = WeightBounds::new(vec![0.0; n], vec![largest.min(1.0); n])?;
        let free = match self {
            Self::MinimumVariance => return Ok(minimum_variance(covariance, &bounds)?.weights),
            Self::RiskParity => RiskBudgets::equal(n)?.solve(covariance)?.weights,
            Self::Hierarchical => HierarchicalRiskParity::default().solve(covariance)?.weights,
            Self::Equal | Self::BlackLitterman => return Self::Equal.shares(&vec![1.0; n]),
            Self::InverseVolatility => {
                let sigma: Vec<f64> = covariance.diag().iter().map(|v| v.sqrt()).collect();
                inverse_volatility(&sigma)?
            }
        };
        Ok(held_below(free, largest))
    }
}

/// Spreads what is above the limit over what is below it, in proportion, until nothing is above. `limit * n` is at least 1.
fn held_below(mut shares: Vec<f64>, limit: f64) -> Vec<f64> {
    for _ in 0..shares.len() {
        let over: f64 = shares.iter().map(|share| (share - limit).max(0.0)).sum();
        let room: f64 = shares.iter().filter(|share| **share < limit).sum();
        if over <= f64::EPSILON || room <= 0.0 {
            break;
        }
        for share in &mut shares {
            *share = if *share < limit { *share * (1.0 + over / room) } else { limit };
        }
    }
    shares
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
    use ndarray::{Array2, array};
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

    #[test]
    fn what_needs_a_covariance_says_so() {
        for method in Allocation::ALL.into_iter().filter(|method| method.needs_covariance()) {
            let error = method.shares(&[0.1, 0.2]).unwrap_err().to_string();
            assert_eq!(error, format!("{} needs a covariance", method.name()));
            let text = serde_json::to_string(&method).unwrap();
            assert_eq!(text, format!("\"{}\"", method.name()));
        }
    }

    #[test]
    fn a_limit_that_cannot_hold_is_an_error_and_never_equal_weights() {
        let covariance = array![[1.0, 0.0], [0.0, 2.0]];
        for method in Allocation::ALL {
            let answer = method.weights(covariance.view(), 0.4);
            assert!(matches!(answer, Err(PortfolioError::Infeasible { .. })), "{method:?}: {answer:?}");
        }
        assert!(Allocation::RiskParity.weights(Array2::zeros((0, 0)).view(), 1.0).is_err());
        assert!(Allocation::Hierarchical.weights(array![[1.0, f64::NAN], [0.0, 1.0]].view(), 1.0).is_err());
    }

    proptest! {
        #[test]
        fn every_method_shares_all_there_is_and_keeps_the_limit(
            entries in prop::collection::vec(-1.0_f64..1.0, 24), largest in 0.26_f64..1.0, scale in -8_i32..=8,
        ) {
            let a = Array2::from_shape_vec((6, 4), entries).unwrap();
            let covariance = a.t().dot(&a) + 0.05 * Array2::<f64>::eye(4);
            for method in Allocation::ALL {
                let weights = method.weights(covariance.view(), largest).unwrap();
                prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", method);
                prop_assert!(weights.iter().all(|w| (-1e-12..=largest + 1e-9).contains(w)), "{:?} {:?}", method, weights);
                let other = (&covariance * 10.0_f64.powi(2 * scale)).to_owned();
                for (a, b) in weights.iter().zip(method.weights(other.view(), largest).unwrap()) {
                    prop_assert!((a - b).abs() < 1e-8, "{:?}", method);
                }
            }
        }

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
