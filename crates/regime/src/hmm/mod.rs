//! Hidden Markov models with Gaussian emissions: fitted by Baum-Welch, filtered forward, smoothed for research only.

mod baum_welch;
mod degeneracy;
mod emissions;
mod exponential;
mod filter;
mod fit;
mod gaussian;
mod labels;
mod model;
mod moments;
mod passes;
mod persistence;
mod scaling;
mod smoothing;
mod start;
mod viterbi;

pub use degeneracy::HmmDegeneracy;
pub use filter::{Filtered, ForwardFilter};
pub use fit::{CovarianceKind, HmmFit, HmmOptions, HmmStatus, Transitions};
pub use gaussian::Gaussian;
pub use labels::{label_states, matching};
pub use model::{Hmm, MAX_STATES};
pub use smoothing::Smoothed;
pub use viterbi::StatePath;
