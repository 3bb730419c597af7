//! Numbers that know no trading: moments, quantiles, covariance, bootstrap, a small minimiser.
//!
//! Samples come in as slices or `ndarray` views, oldest observation first. Bad input (too few observations, a NaN,
//! a confidence of two) is a [`StatisticsError`] that names the value, its place, and what was required; no function
//! panics, and NaN never comes out. Chance comes from a seed: same input, same seed, same numbers.
//!
//! ```
//! use autotrading_statistics::{Estimator, Moments};
//!
//! let returns = Moments::of(&[0.01, -0.02, 0.015, 0.005])?;
//! assert!((returns.mean()? - 0.0025).abs() < 1e-17);
//! assert!((returns.standard_deviation(Estimator::Sample)? - 0.015545).abs() < 1e-6);
//! # Ok::<(), autotrading_statistics::StatisticsError>(())
//! ```

pub mod autocorrelation;
pub mod block_length;
pub mod bootstrap;
pub mod brent;
pub mod cholesky;
pub mod cornish_fisher;
pub mod covariance;
mod error;
pub mod ewm;
pub mod exceedance;
mod incomplete_beta;
mod line_search;
pub mod minimise;
pub mod moments;
pub mod normal;
pub mod overfitting;
pub mod pareto;
pub mod quantile;
pub mod regression;
pub mod rolling;
pub mod rolling_quantile;
mod sample;
pub mod student_t;
pub mod sum;
pub mod tail;
pub mod threshold;

pub use bootstrap::BlockBootstrap;
pub use cholesky::Cholesky;
pub use cornish_fisher::CornishFisher;
pub use covariance::ExponentialCovariance;
pub use error::StatisticsError;
pub use ewm::{Decay, ExponentialMoments, RiskMetrics};
pub use moments::{Estimator, Moments};
pub use pareto::{GeneralisedPareto, ParetoFit};
pub use quantile::{QuantileMethod, SortedSample};
pub use regression::LeastSquares;
pub use rolling::RollingSample;
pub use rolling_quantile::RollingQuantile;
pub use student_t::StudentT;
pub use sum::NeumaierSum;
pub use tail::ShortfallMethod;
pub use threshold::PeaksOverThreshold;
