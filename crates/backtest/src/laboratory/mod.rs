//! The research laboratory: many runs of one engine, and what they prove together.
//!
//! A [`JobSpec`] says everything about one run and is named by its content; running it is pure. A [`Sweep`] or a
//! [`WalkForward`] makes jobs, an [`Executor`] runs them wherever it likes, and what comes back is put together by the
//! jobs' order, so that the same search gives the same bytes on one thread, on many, and in shards.

mod axis;
mod check;
mod cross_validation;
mod executor;
mod folds;
mod job;
mod judgement;
mod patience;
mod permutation;
mod result;
mod returns;
mod search;
mod sweep;
mod walk_forward;
mod walks;

pub(crate) use cross_validation::compounded;

pub use axis::{AxisError, SearchAxis};
pub use check::Check;
pub use cross_validation::{
    CrossValidation, CrossValidationReport, CrossValidationThresholds, PathFigures, SplitFigures,
};
pub use executor::{Executor, InTurn};
pub use folds::{FoldError, FoldRules, Split};
pub use job::{JobError, JobId, JobMarket, JobSpec, TrialId};
pub use judgement::{JudgedFinding, Judgement};
pub use patience::Patience;
pub use permutation::{PermutationError, PermutationReport, PermutationTest};
pub use result::{DayReturn, JobFigures, JobResult, day_returns};
pub use returns::ReturnTable;
pub use search::{Search, SearchError, SearchSpace};
pub use sweep::{Candidates, Criterion, Sweep, SweepPlan, SweepTable, Trial};
pub use walk_forward::{
    ParameterPath, WalkFigures, WalkForward, WalkForwardError, WalkForwardReport, WalkForwardThresholds,
    WalkPlan,
};
pub use walks::{Walk, WalkError, WalkRules};
