//! Changes of the trading state, each with its cause, value and limit.

use std::borrow::Cow;

use autotrading_domain::{Timestamp, TradingState};
use serde::{Deserialize, Serialize};

/// Why the trading state changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Too much was lost today.
    DailyLoss,
    /// Too much was lost since the highest equity.
    Drawdown,
    /// Too many losing trades in a row.
    LosingStreak,
    /// Prices move too much against what is usual.
    Volatility,
    /// Losses beyond the value at risk came too often.
    ValueAtRiskBreaches,
    /// The venue answers with too many errors.
    VenueErrors,
    /// A measured risk of the portfolio is beyond its limit.
    PortfolioRisk,
    /// Books and venue disagree.
    Reconciliation,
    /// A person said so.
    Operator,
}

/// The trading state changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateChange {
    /// When.
    pub at: Timestamp,
    /// The state before.
    pub from: TradingState,
    /// The state now.
    pub to: TradingState,
    /// Why.
    pub cause: Cause,
    /// What was measured; zero when a person said so.
    pub value: f64,
    /// What was allowed; zero when a person said so.
    pub limit: f64,
    /// Who said so and why, when a person did.
    pub word: Option<OperatorWord>,
}

/// Who said something, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorWord {
    /// Who.
    pub operator: Cow<'static, str>,
    /// Why.
    pub reason: Cow<'static, str>,
}

/// Why a command was not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Loosening takes a name and a reason.
    #[error(
        "loosening from {from} to {to} takes an operator and a reason; got operator {operator:?}, reason {reason:?}"
    )]
    Unsigned {
        /// The state that stands.
        from: TradingState,
        /// The state that was asked for.
        to: TradingState,
        /// Who asked.
        operator: String,
        /// Why.
        reason: String,
    },
}
