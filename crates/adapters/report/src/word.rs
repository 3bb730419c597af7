//! Words for what the report names by a variant.

use autotrading_backtest::Stage;
use autotrading_domain::{Purpose, RegimeLabel, VolatilityLevel};

pub(crate) const fn regime(label: RegimeLabel) -> &'static str {
    match label {
        RegimeLabel::Bull => "bull",
        RegimeLabel::Bear => "bear",
        RegimeLabel::Sideways => "sideways",
        RegimeLabel::Neutral => "neutral",
    }
}

pub(crate) const fn volatility(level: VolatilityLevel) -> &'static str {
    match level {
        VolatilityLevel::Low => "low",
        VolatilityLevel::Normal => "normal",
        VolatilityLevel::High => "high",
    }
}

pub(crate) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Incubation => "incubation",
        Stage::Growth => "growth",
        Stage::Mature => "mature",
        Stage::Decay => "decay",
        Stage::Retired => "retired",
    }
}

pub(crate) const fn purpose(purpose: Option<Purpose>) -> &'static str {
    match purpose {
        Some(Purpose::Target) => "target",
        Some(Purpose::StopLoss) => "stop-loss",
        Some(Purpose::TakeProfit) => "take-profit",
        Some(Purpose::Flatten) => "flatten",
        None => "the venue acted",
    }
}

/// A name with its words apart: `value_at_risk` is `value at risk`.
pub(crate) fn apart(name: &str) -> String {
    name.replace('_', " ")
}
