//! How much of a result is luck: what a search over many trials does to the best of them, and how to see through it.
//!
//! A trial is one variant that was tried; its sample is a series of returns, one a period. Sharpe ratios are per
//! period here: divide an annual one by the root of the periods a year.
//!
//! - [`SharpeEstimate`]: one trial. Is its true ratio above a threshold, and how long must a record be to say so?
//! - [`DeflatedSharpe`]: the same against what the best of so many trials reaches by luck alone.
//! - [`CombinatorialSplits`]: how often does the best of one half of the record do badly in the other half?
//! - [`SuperiorAbility`]: White's reality check and Hansen's test on all trials at once.
//! - [`IndependentTrials`]: how many different ideas are there among the trials?
//! - [`Verdict`]: all of it in plain words, with every threshold.

mod combinatorial;
mod deflated;
mod degradation;
mod independence;
mod resampling;
mod selection;
mod sharpe;
mod superior;
mod verdict;
mod words;

pub use combinatorial::{BacktestOverfitting, CombinatorialSplits, Split};
pub use deflated::{DeflatedSharpe, expected_maximum_sharpe};
pub use degradation::Degradation;
pub use independence::IndependentTrials;
pub use sharpe::SharpeEstimate;
pub use superior::{AbilityTest, PValues, SuperiorAbility};
pub use verdict::{Answer, Finding, Question, Search, Verdict, VerdictRules};
pub use words::Evidence;
