//! Market data in files: readers and writers that lose nothing and say where.
//!
//! Bars come as CSV with a header, or as the kline dumps that Binance publishes; trades, quotes and fundings as CSV or as
//! its dumps; recorded frames line by line; margin tiers as JSON.
//! Which rows are taken is decided by [`autotrading_market_data::ReadRules`]; this crate knows files, columns and lines.
//!
//! ```
//! use autotrading_catalog::{Columns, read_bars_from};
//! use autotrading_market_data::ReadRules;
//!
//! let file = "open_time,open,high,low,close,volume\n\
//!             2024-01-01T00:00:00Z,100,101.5,99,101,7\n\
//!             2024-01-01T01:00:00Z,101,102,100.25,100.5,3\n";
//! let reading = read_bars_from(file.as_bytes(), "example.csv", &Columns::default(), ReadRules::default())?;
//! assert_eq!(reading.history.interval().to_string(), "1 h");
//! assert_eq!(reading.history.price_decimals(), 2);
//! # Ok::<(), autotrading_catalog::CatalogError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(clippy::disallowed_methods, reason = "this crate is where market data in files are opened")]

mod bars;
mod error;
mod figure;
mod file;
mod frames;
mod funding;
mod layout;
mod many;
mod moment;
mod source;
mod ticks;
mod tiers;
mod writing;

pub use bars::{read_bars, read_bars_from};
pub use error::{CatalogError, HeaderFault};
pub use file::BarFile;
pub use frames::{Frame, FrameError, Frames};
pub use funding::{read_funding, read_funding_from};
pub use layout::Columns;
pub use many::{read_many_bars, read_many_bars_from};
pub use ticks::Ticks;
pub use tiers::{margin_tiers_from, read_margin_tiers};
pub use writing::{Existing, write_bars, write_bars_to};
