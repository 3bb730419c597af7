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
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod allocation;
mod error;
mod rebalance;

pub use allocation::{Allocation, inverse_volatility};
pub use error::PortfolioError;
pub use rebalance::PortfolioRules;
