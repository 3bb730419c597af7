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
mod attribution;
mod budgeting;
mod correlation;
mod definite;
mod error;
mod estimate;
mod hierarchy;
mod lots;
mod minimum_variance;
#[cfg(feature = "optimise")]
mod optimise;
mod rebalance;
mod returns;

pub use allocation::{Allocation, inverse_volatility};
pub use attribution::{FactorAttribution, GroupEffect, GroupReturn, brinson, factor_attribution, profit_by};
pub use budgeting::{BudgetedPortfolio, RiskBudgets};
pub use correlation::{
    Breakdown, BreakdownAlarm, correlation_clusters, fading_correlation, largest_contribution,
    mean_correlation, rolling_correlation,
};
pub use error::PortfolioError;
pub use estimate::{
    BlackLitterman, CovarianceEstimate, CovarianceEstimator, ExpectedReturns, FactorModel, Posterior,
    ShrinkageTarget, View, capm_equilibrium, factor_model, pairwise_covariance,
};
#[cfg(feature = "optimise")]
pub use estimate::{condition_number, denoised, detoned, eigenvalues, nearest_positive_semidefinite};
pub use hierarchy::{
    ClusterDistance, HierarchicalPortfolio, HierarchicalRiskParity, LeafOrder, Linkage, Merge,
};
pub use lots::{LotHolding, LotTrades, lot_trades, weight_of};
pub use minimum_variance::{
    MinimumVariance, WeightBounds, diversification_ratio, maximum_diversification, minimum_variance,
};
#[cfg(feature = "optimise")]
pub use optimise::{FrontierPoint, Inputs, Portfolio, Residuals, Reward, Risk, Solution, efficient_frontier};
pub use rebalance::PortfolioRules;
pub use returns::Returns;
