//! Many markets on one clock: what each says, merged by time into the one feed of a run.

mod error;
mod lane;
mod market;
mod merged;
mod moment;

pub use error::FeedError;
pub use market::MarketHistory;
pub use merged::MergedReplay;
