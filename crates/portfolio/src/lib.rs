//! How capital is shared among opinions.
//!
//! Shares come from volatilities ([`Allocation`]); a change of target becomes a trade only when it is worth one
//! ([`PortfolioRules::is_due`]).
//!
//! ```
//! use autotrading_portfolio::Allocation;
//!
//! let shares = Allocation::InverseVolatility.shares(&[0.01, 0.04])?;
//! assert_eq!(shares, [0.8, 0.2]);
//! # Ok::<(), autotrading_portfolio::PortfolioError>(())
//! ```

mod allocation;
mod budgeting;
mod definite;
mod error;
mod estimate;
mod hierarchy;
mod minimum_variance;
mod rebalance;
mod returns;

pub use allocation::{Allocation, inverse_volatility};
pub use budgeting::{BudgetedPortfolio, RiskBudgets};
pub use error::PortfolioError;
pub use estimate::{
    CovarianceEstimate, CovarianceEstimator, ExpectedReturns, FactorModel, ShrinkageTarget, capm_equilibrium,
    factor_model, pairwise_covariance,
};
#[cfg(feature = "optimise")]
pub use estimate::{condition_number, denoised, detoned, eigenvalues, nearest_positive_semidefinite};
pub use hierarchy::{
    ClusterDistance, HierarchicalPortfolio, HierarchicalRiskParity, LeafOrder, Linkage, Merge,
};
pub use minimum_variance::{
    MinimumVariance, WeightBounds, diversification_ratio, maximum_diversification, minimum_variance,
};
pub use rebalance::PortfolioRules;
pub use returns::Returns;
