//! Runs the laboratory's jobs on threads and in shards, keeps their results on disk, counts trials.
//!
//! [`LocalThreads`] is an [`Executor`](autotrading_backtest::laboratory::Executor) over the cores of this machine. [`ResultFile`]
//! keeps each result as it comes, so that a killed search goes on where it was; [`Remembering`] puts it before any
//! executor. A [`Shard`] is every n-th job, for many machines. [`TrialLedger`] counts what was ever tried on a data set,
//! so that no later statistic forgets it.
//!
//! ```
//! use autotrading_jobs::Shard;
//!
//! let shard: Shard = "2/3".parse()?;
//! assert_eq!((0..7).filter(|place| shard.has(*place)).collect::<Vec<_>>(), [1, 4]);
//! # Ok::<(), autotrading_jobs::ShardError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is where threads are started and result files are opened"
)]

mod kept;
mod line;
mod permutation_file;
mod remembering;
mod result_file;
mod shard;
mod threads;
mod trials;

pub use kept::{Recovered, ResultFileError, SearchName};
pub use permutation_file::PermutationFile;
pub use remembering::{RememberError, Remembering};
pub use result_file::ResultFile;
pub use shard::{Shard, ShardError};
pub use threads::LocalThreads;
pub use trials::{TrialCount, TrialLedger, TrialLedgerError};
