//! How capital is shared among opinions.
//!
//! Shares come from volatilities ([`Allocation`]); a change of target becomes a trade only when it is worth one
//! ([`PortfolioRules::is_due`]).
//!
//! ```
//! use autotrading_portfolio::Allocation;
//!
//! let shares = Allocation::InverseVolatility.shares(&[0.02, 0.06])?;
//! assert_eq!(shares, [0.75, 0.25]);
//! # Ok::<(), autotrading_portfolio::PortfolioError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod allocation;
mod error;
mod rebalance;

pub use allocation::{Allocation, inverse_volatility};
pub use error::PortfolioError;
pub use rebalance::PortfolioRules;
