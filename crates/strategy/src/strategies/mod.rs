//! The strategies, one file each. They are made by way of the [`catalogue`](crate::catalogue).

pub(crate) mod cross_sectional_momentum;
pub(crate) mod funding_arbitrage;
pub(crate) mod mean_reversion;
pub(crate) mod momentum;
pub(crate) mod pairs_trading;
pub(crate) mod range_trading;
pub(crate) mod sma_cross;
pub(crate) mod trend_following;
