//! Bars, fills, equity and the trials of a search in Parquet files, there and back.
//!
//! Columns have the names and types that other programs expect: times are UTC timestamps in nanoseconds, measurements
//! are doubles, exact amounts are decimals with 18 places. What was written reads back equal, bit for bit. This crate is
//! not one of the default members, because what it builds on is large.
//!
//! ```
//! use autotrading_market_data::{CommonWorkload, ReadRules};
//! use autotrading_parquet::{read_bars, write_bars};
//!
//! let file = std::env::temp_dir().join("autotrading-parquet-example.parquet");
//! let history = CommonWorkload::history(1_000);
//! write_bars(&file, history.all())?;
//! assert_eq!(read_bars(&file, ReadRules::default())?.history, history);
//! # std::fs::remove_file(&file)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(clippy::disallowed_methods, reason = "this crate is where Parquet files are opened")]

mod bars;
mod columns;
mod equity;
mod error;
mod file;
mod fills;
mod trials;

pub use bars::{read_bars, write_bars};
pub use equity::{read_equity, write_equity};
pub use error::ParquetError;
pub use fills::{read_fills, write_fills};
pub use trials::{TrialRow, read_trials, write_trials};
