//! Streaming indicators: one update per bar, no allocation, no value before they are warm, no drift.
//!
//! Where TA-Lib has the indicator, values and warm-up are its own to 1e-9.

mod averages;
mod bounds;
mod candle;
mod channels;
mod directional;
mod exponential;
mod extremes;
mod half_life;
mod hedge_ratio;
mod ichimoku;
mod indicator;
mod moments;
mod oscillators;
mod scaling;
mod sums;
mod trailing;
mod volatility;
mod volume;
mod window;

pub use averages::{Kama, Sma, Wma};
pub use bounds::{LARGEST_INPUT, LONGEST_PERIOD};
pub use candle::Candle;
pub use channels::{Bands, Bollinger, Keltner};
pub use directional::{Adx, AdxValue, DirectionalIndex, DirectionalValue};
pub use exponential::{Dema, Ema, Macd, MacdValue, Tema};
pub use extremes::{Donchian, RollingMax, RollingMin};
pub use half_life::HalfLife;
pub use hedge_ratio::{HedgeRatio, HedgeValue};
pub use ichimoku::{Ichimoku, IchimokuValue};
pub use indicator::{Indicator, IndicatorError};
pub use moments::{MeanAndDeviation, RollingMoments, RollingStd, ZScore};
pub use oscillators::{Cci, Roc, Rsi, Stochastic, StochasticValue};
pub use scaling::{Hurst, LinearSlope};
pub use sums::TickSum;
pub use trailing::{ParabolicSar, Supertrend, TrailingLine, Trend};
pub use volatility::{Atr, TrueRange};
pub use volume::{Mfi, Obv, RollingVwap, SessionCandle, SessionVwap};

pub(crate) use bounds::ratio;
pub(crate) use window::Window;
