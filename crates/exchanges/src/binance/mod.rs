//! The dialect of Binance: what its market streams say, in the words of the house. It opens no socket.

mod decode;
mod error;
mod wire;

pub use decode::{BinanceDialect, BinanceMarket, FrameKind};
pub use error::DialectError;
