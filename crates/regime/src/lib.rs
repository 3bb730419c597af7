//! What kind of market is this, knowing only the past?
//!
//! A [`Detector`] is shown closed bars and says a [`RegimeEstimate`](autotrading_domain::RegimeEstimate): a label with
//! hysteresis, filtered probabilities, a volatility forecast and its level. Nothing here ever sees a later bar.
//!
//! ```
//! use autotrading_regime::{Detector, DetectorRules};
//!
//! let detector = Detector::new(DetectorRules::default())?;
//! assert_eq!(detector.estimate().confidence, 0.5); // nothing is known yet
//! # Ok::<(), autotrading_regime::RegimeError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod detector;
mod error;
pub mod garch;
pub mod hmm;
mod hysteresis;
mod level;
mod log_sum;
mod rules;
mod trend;

pub use detector::Detector;
pub use error::RegimeError;
pub use hysteresis::Hysteresis;
pub use level::RelativeLevel;
pub use rules::DetectorRules;
pub use trend::Trend;
