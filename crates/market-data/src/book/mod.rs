//! The order book of one instrument: how it stands, how messages keep it in step, and a tape of its changes.

mod finding;
mod ladder;
mod local;
mod sync;
mod synthetic;
mod tape;
mod tape_builder;
mod trade_bars;

pub use finding::{BookFinding, BookFindings};
pub use local::LocalBook;
pub use sync::{BookNews, BookSync, UpdateNumbering};
pub use synthetic::SyntheticBook;
pub use tape::{RowKind, Tape, TapeRow};
pub use tape_builder::{BackwardClock, TapeBuilder, TapeError};
pub use trade_bars::TradeBarsError;
