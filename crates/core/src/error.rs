//! Why the engine stops: its own words contradict each other. What the market or a venue gets wrong does not stop it.

use autotrading_domain::{InstrumentError, ValueError};
use autotrading_execution::DeskError;
use autotrading_portfolio::PortfolioError;
use autotrading_positions::LedgerError;
use autotrading_regime::RegimeError;
use autotrading_statistics::StatisticsError;
use autotrading_strategy::LifeCycleError;

/// Why the engine cannot be made, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// An instrument is unknown or illegal.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
    /// A value breaks the law of its type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The books refuse.
    #[error("the books: {0}")]
    Ledger(#[from] LedgerError),
    /// The order desk refuses.
    #[error("the order desk: {0}")]
    Desk(#[from] DeskError),
    /// A limit is inconsistent.
    #[error("the limits: {0}")]
    Limits(#[from] autotrading_risk::LimitsError),
    /// A limit is looser than those of its stage, and fewer than two persons agreed.
    #[error("the limits: {0}")]
    Approval(#[from] autotrading_risk::LimitsChangeError),
    /// A rule of the house is out of range.
    #[error("{key} is {got}, allowed is {allowed}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Its value.
        got: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A sizing rule is illegal.
    #[error("the sizing rules: {0}")]
    Sizing(#[from] autotrading_sizing::SizingRulesError),
    /// A regime rule is illegal, or a bar slipped through that it refuses.
    #[error("the regime detector: {0}")]
    Regime(#[from] RegimeError),
    /// A portfolio rule is illegal.
    #[error("the portfolio rules: {0}")]
    Portfolio(#[from] PortfolioError),
    /// A rule of the life cycle is illegal.
    #[error(transparent)]
    LifeCycle(#[from] LifeCycleError),
    /// A strategy is unknown, its parameters are illegal, or it refused an event.
    #[error("strategy {name}: {problem}")]
    Strategy {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A number underneath is illegal.
    #[error("the measures: {0}")]
    Measures(String),
}

impl EngineError {
    /// The key of the configuration that is refused, where the error is about one; see
    /// [`place_of`](crate::place_of).
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Limits(error) => Some(error.key.clone()),
            Self::Approval(error) => Some(error.key().to_owned()),
            Self::OutOfRange { key, .. } => Some((*key).to_owned()),
            Self::Sizing(error) => Some(error.key()),
            Self::Instrument(_)
            | Self::Value(_)
            | Self::Ledger(_)
            | Self::Desk(_)
            | Self::Regime(_)
            | Self::Portfolio(_)
            | Self::LifeCycle(_)
            | Self::Strategy { .. }
            | Self::Measures(_) => None,
        }
    }
}

impl From<StatisticsError> for EngineError {
    fn from(error: StatisticsError) -> Self {
        Self::Measures(error.to_string())
    }
}
