//! The strategies, one file each. They are made by way of the [`catalogue`](crate::catalogue).

pub(crate) mod mean_reversion;
pub(crate) mod momentum;
pub(crate) mod range_trading;
pub(crate) mod sma_cross;
pub(crate) mod trend_following;
