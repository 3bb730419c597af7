//! The built-in caps, each its own small type: configuration and rule in one.

mod atr_risk;
mod concentration;
mod drawdown_kelly;
mod fixed;
mod kelly;
mod leverage;
mod liquidation_distance;
mod liquidity;
mod value_at_risk;
mod volatility_target;

pub use atr_risk::AtrRisk;
pub use concentration::Concentration;
pub use drawdown_kelly::DrawdownKelly;
pub use fixed::Fixed;
pub use kelly::{Kelly, RegimeCaps, SideCaps};
pub use leverage::GrossLeverage;
pub use liquidation_distance::LiquidationDistance;
pub use liquidity::Liquidity;
pub use value_at_risk::{ValueAtRisk, ValueAtRiskRoom};
pub use volatility_target::VolatilityTarget;
