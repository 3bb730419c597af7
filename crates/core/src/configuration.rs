//! The engine's whole configuration, typed.

use autotrading_domain::Span;
use autotrading_execution::DeskRules;
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{ExitRules, LedgerRules};
use autotrading_regime::DetectorRules;
use autotrading_risk::RiskLimits;
use autotrading_sizing::SizingRules;
use autotrading_strategy::{Parameters, PipelineSettings, StrategyMatrix};
use serde::{Deserialize, Serialize};

use crate::MeasureRules;

/// One strategy of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyEntry {
    /// Its name in the catalogue, or the name under which a user's own was handed in.
    pub name: String,
    /// Its parameters; those not named have their defaults.
    #[serde(default)]
    pub parameters: Parameters,
}

/// How targets become orders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionRules {
    /// How an order is worked.
    pub algorithm: Algorithm,
    /// Slices of a TWAP, one a bar.
    pub slices: u32,
    /// How long to wait after an attempt that came to nothing, before the same target is tried again.
    pub retry_after: Span,
    /// Whether positions are guarded by a stop and a profit target that rest at the venue.
    pub protect: bool,
    /// How far a stop must move, as a share of its distance, before the resting order is amended.
    pub amend_threshold: f64,
    /// Whether positions are closed when trading is halted.
    pub flatten_on_halt: bool,
    /// How patient the order desk is.
    pub desk: DeskRules,
}

/// How an order is worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// One market order.
    #[default]
    Aggressive,
    /// Equal slices over time.
    Twap,
}

impl Default for ExecutionRules {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Aggressive,
            slices: 4,
            retry_after: Span::DAY,
            protect: true,
            amend_threshold: 0.1,
            flatten_on_halt: false,
            desk: DeskRules::default(),
        }
    }
}

/// Everything that the engine is told before the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Number of the run; part of every order's name.
    pub run: u32,
    /// The strategies.
    pub strategies: Vec<StrategyEntry>,
    /// How regimes are told; `None`: they are not.
    pub regime: Option<DetectorRules>,
    /// What each strategy weighs in each regime; `None`: all weigh the same.
    pub matrix: Option<StrategyMatrix>,
    /// How opinions become one, and how often it may turn.
    pub pipeline: PipelineSettings,
    /// How capital is shared, and when a change is worth a trade.
    pub portfolio: PortfolioRules,
    /// What bounds the size of a position.
    pub sizing: SizingRules,
    /// How the books are kept.
    pub ledger: LedgerRules,
    /// How positions are left.
    pub exits: ExitRules,
    /// What is allowed.
    pub risk: RiskLimits,
    /// How targets become orders.
    pub execution: ExecutionRules,
    /// What is measured.
    pub measures: MeasureRules,
    /// Age from which a market event is too old to open on.
    pub stale_after: Span,
}
