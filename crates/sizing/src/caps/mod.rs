//! The built-in caps, each its own small type: configuration and rule in one.

mod atr_risk;
mod concentration;
mod fixed;
mod kelly;
mod leverage;
mod liquidation_distance;
mod volatility_target;

pub use atr_risk::AtrRisk;
pub use concentration::Concentration;
pub use fixed::Fixed;
pub use kelly::{Kelly, RegimeCaps, SideCaps};
pub use leverage::GrossLeverage;
pub use liquidation_distance::LiquidationDistance;
pub use volatility_target::VolatilityTarget;
