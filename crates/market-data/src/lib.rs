//! Is this data fit to trade on? Bars in columns, order books, what is wrong with them, resampling, a synthetic market.
//!
//! Rows of any source pass an [`Intake`], which judges each one by the [`ReadRules`] and never skips one silently.
//! What comes out is a [`History`] (strictly ascending, 48 bytes a bar) and the list of what was found. The statistical
//! checks run in batch over it ([`check`]); while trading, a [`Watch`] looks at each event in constant time.
//!
//! ```
//! use autotrading_market_data::{CommonWorkload, QualityRules, check};
//!
//! let history = CommonWorkload::history(1_000);
//! let report = check(&history, &QualityRules::default());
//! assert!(report.gaps.is_empty());
//! assert_eq!(report.coverage, 1.0);
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod book;
mod chronicle;
mod deviation;
mod digest;
mod finding;
mod funding;
mod gap;
mod history;
mod intake;
mod quality;
mod resample;
mod rules;
mod supply;
mod survey;
mod synth;
mod watch;
mod window;

pub use book::{
    BackwardClock, BookFinding, BookFindings, BookNews, BookSync, LocalBook, RowKind, SyntheticBook, Tape,
    TapeBuilder, TapeError, TapeRow, TradeBarsError, UpdateNumbering,
};
pub use chronicle::{Announcement, Chronicle, ChronicleError};
pub use deviation::TrailingDeviation;
pub use finding::{Finding, FindingKind, Findings, Severity};
pub use funding::{FundingError, FundingPoint, FundingSeries};
pub use gap::{Gap, SourceLines};
pub use history::{History, HistoryError};
pub use intake::{Intake, IntakeError, Reading, Row};
pub use quality::{QualityReport, QualityRules, check};
pub use resample::{Filling, PartialPeriod, ResampleError, Resampled, resample};
pub use rules::{Doubtful, MissingBars, ReadRules, Unusable};
pub use supply::{BarFacts, BarSupply, BarWalk, SupplyError};
pub use survey::Survey;
pub use synth::CommonWorkload;
pub use watch::{Doubt, Verdict, Watch};
pub use window::Window;
