//! Streaming indicators: one update per bar, no allocation, no value before they are warm, no drift.
//!
//! Where TA-Lib has the indicator, values and warm-up are its own to 1e-9.

mod averages;
mod bounds;
mod candle;
mod channels;
mod exponential;
mod extremes;
mod indicator;
mod moments;
mod oscillators;
mod sums;
mod volatility;
mod window;

pub use averages::{Kama, Sma, Wma};
pub use bounds::{LARGEST_INPUT, LONGEST_PERIOD};
pub use candle::Candle;
pub use channels::{Bands, Bollinger, Keltner};
pub use exponential::{Dema, Ema, Macd, MacdValue, Tema};
pub use extremes::{Donchian, RollingMax, RollingMin};
pub use indicator::{Indicator, IndicatorError};
pub use moments::{MeanAndDeviation, RollingMoments, RollingStd, ZScore};
pub use oscillators::{Cci, Roc, Rsi, Stochastic, StochasticValue};
pub use sums::TickSum;
pub use volatility::{Atr, TrueRange};
