//! What is expected, and how it moves together: estimates of means and covariances from returns.

mod covariance;
mod expected;
mod factor;
mod gerber;
mod pairwise;
mod shrinkage;
#[cfg(feature = "optimise")]
mod spectrum;
mod views;

pub use covariance::{CovarianceEstimate, CovarianceEstimator};
pub use expected::{ExpectedReturns, capm_equilibrium};
pub use factor::{FactorModel, factor_model};
pub use pairwise::pairwise_covariance;
pub use shrinkage::ShrinkageTarget;
#[cfg(feature = "optimise")]
pub(crate) use spectrum::eigen;
#[cfg(feature = "optimise")]
pub use spectrum::{condition_number, denoised, detoned, eigenvalues, nearest_positive_semidefinite};
pub use views::{BlackLitterman, Posterior, View};
