//! How capital is shared among opinions.
//!
//! Returns become estimates ([`CovarianceEstimator`], [`ExpectedReturns`], [`BlackLitterman`]), estimates become
//! weights ([`Allocation`], [`RiskBudgets`], [`HierarchicalRiskParity`], [`minimum_variance`] and, with the default feature
//! `optimise`, every convex objective under every constraint), and weights become trades when that is worth its cost
//! ([`PortfolioRules::is_due`], [`NoTradeBand`], [`lot_trades`]). Every answer carries its certificate or is a
//! [`PortfolioError`] that says what is in the way.
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
mod diversification;
mod error;
mod estimate;
mod hierarchy;
mod lots;
mod mean_variance;
mod minimum_variance;
mod no_trade_band;
#[cfg(feature = "optimise")]
mod optimise;
mod rebalance;
mod returns;
mod strategies;
mod strategy_views;

pub use allocation::{Allocation, inverse_volatility};
pub use attribution::{FactorAttribution, GroupEffect, GroupReturn, brinson, factor_attribution, profit_by};
pub use budgeting::{BudgetedPortfolio, RiskBudgets};
pub use correlation::{
    Breakdown, BreakdownAlarm, correlation_clusters, fading_correlation, mean_correlation,
    rolling_correlation,
};
pub use diversification::{diversification_ratio, maximum_diversification};
pub use error::PortfolioError;
pub use estimate::{
    BlackLitterman, CovarianceEstimate, CovarianceEstimator, ExpectedReturns, FactorModel, Posterior,
    ShrinkageTarget, View, capm_equilibrium, factor_model, pairwise_covariance,
};
#[cfg(feature = "optimise")]
pub use estimate::{condition_number, denoised, detoned, eigenvalues, nearest_positive_semidefinite};
pub use hierarchy::{
    ClusterDistance, HierarchicalEqualRisk, HierarchicalPortfolio, HierarchicalRiskParity, LeafOrder,
    Linkage, Merge,
};
pub use lots::{LotHolding, LotTrades, lot_trades};
pub use mean_variance::{efficient_line, mean_variance};
pub use minimum_variance::{BoundedPortfolio, WeightBounds, minimum_variance, minimum_variance_near};
pub use no_trade_band::{NoTradeBand, is_calendar_due};
#[cfg(feature = "optimise")]
pub use optimise::{
    Choice, FrontierPoint, Inputs, Portfolio, Residuals, Reward, Risk, Solution, SolvedBy, efficient_frontier,
};
pub use rebalance::{PortfolioRules, Rebalancing, StrategySharing};
pub use returns::Returns;
pub use strategies::StrategyAllocation;
pub use strategy_views::ViewRules;
