//! What kind of market is this, knowing only the past?
//!
//! A [`Detector`] is shown closed bars and says a [`RegimeEstimate`](autotrading_domain::RegimeEstimate): a label with
//! hysteresis, filtered probabilities, a volatility forecast and its level. Nothing that it says knows a later bar.
//! Underneath are [`garch`] and [`hmm`], and the streams [`Features`], [`ChangePoints`] and [`HarStream`].
//!
//! ```
//! use autotrading_regime::{Detector, DetectorRules};
//!
//! let detector = Detector::new(DetectorRules::default())?;
//! assert_eq!(detector.estimate().confidence, 0.5); // nothing is known yet
//! # Ok::<(), autotrading_regime::RegimeError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod change_points;
mod detector;
mod error;
mod features;
pub mod garch;
mod har;
pub mod hmm;
mod hysteresis;
mod learner;
mod level;
mod log_sum;
mod range;
mod rolling_mean;
mod rules;
mod trend;
mod volatility;

pub use change_points::{ChangePointRules, ChangePoints, RunLengths};
pub use detector::Detector;
pub use error::RegimeError;
pub use features::{FeatureRow, Features};
pub use har::{HarModel, HarStream, realized_variance};
pub use hysteresis::Hysteresis;
pub use level::RelativeLevel;
pub use range::{garman_klass_variance, parkinson_variance};
pub use rolling_mean::RollingMean;
pub use rules::{DetectionMethod, DetectorRules, FeatureSet, VolatilityMethod};
pub use trend::Trend;
