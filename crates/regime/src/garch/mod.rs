//! Volatility that clusters: GARCH, GJR-GARCH and EGARCH of order one by maximum likelihood.

mod density;
mod fit;
mod forecast;
mod likelihood;
mod model;
mod parameters;
mod partial_moments;
mod recursion;
mod search;
mod stream;
mod uncertainty;

pub use fit::{Degeneracy, FitOptions, FitStatus, GarchFit};
pub use forecast::{ExpectedVariance, VarianceForecast};
pub use model::{Dynamics, Errors, Evaluation, VolatilityModel};
pub use parameters::GarchParameters;
pub(crate) use parameters::check_finite;
pub use stream::ConditionalVariance;
pub use uncertainty::{ErrorCovariance, StandardErrors};
