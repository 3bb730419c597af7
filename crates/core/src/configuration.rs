//! The engine's whole configuration, typed.

use autotrading_domain::Span;
use autotrading_execution::DeskRules;
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{ExitRules, LedgerRules};
use autotrading_regime::DetectorRules;
use autotrading_risk::{Cap, PriceAge, RiskLimits};
use autotrading_sizing::SizingRules;
use autotrading_strategy::{LifeCycleRules, Parameters, PipelineSettings, StrategyMatrix};
use serde::{Deserialize, Serialize};

use crate::{Approval, EngineError, MeasureRules, MonitorSettings};

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
    /// How far from the price at its start any slice of a TWAP may trade, as a share of that price.
    pub price_bound: f64,
    /// How far beyond the touch a slice reaches, in basis points.
    pub reach_bps: f64,
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
            price_bound: 0.02,
            reach_bps: 20.0,
            retry_after: Span::DAY,
            protect: true,
            amend_threshold: 0.1,
            flatten_on_halt: false,
            desk: DeskRules::default(),
        }
    }
}

impl ExecutionRules {
    /// Whether the rules can be followed.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] with the key, its value and what it may be.
    pub fn check(&self) -> Result<(), EngineError> {
        let refuse = |key, got: String, allowed| Err(EngineError::OutOfRange { key, got, allowed });
        if self.slices == 0 {
            return refuse("execution.slices", self.slices.to_string(), "at least 1");
        }
        if !(self.price_bound > 0.0 && self.price_bound < 1.0) {
            return refuse("execution.price_bound", self.price_bound.to_string(), "above 0 and below 1");
        }
        if !(self.reach_bps >= 0.0 && self.reach_bps <= self.price_bound * 1e4) {
            let allowed = "0 to the price bound, in basis points";
            return refuse("execution.reach_bps", self.reach_bps.to_string(), allowed);
        }
        if !(self.amend_threshold >= 0.0 && self.amend_threshold.is_finite()) {
            return refuse("execution.amend_threshold", self.amend_threshold.to_string(), "0 or above");
        }
        Ok(())
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
    /// How a strategy's weight follows what its opinions earn on paper; `None`: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_cycle: Option<LifeCycleRules>,
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
    /// What is measured of the whole book, and held against its limits; `None`: nothing is.
    #[serde(default)]
    pub monitor: Option<MonitorSettings>,
    /// What the limits are held against, and who agreed to wider ones.
    #[serde(default)]
    pub approval: Approval,
    /// How targets become orders.
    pub execution: ExecutionRules,
    /// What is measured.
    pub measures: MeasureRules,
    /// Age from which a market event is too old to open on.
    pub stale_after: Span,
}

impl Configuration {
    /// How far a price may be behind the newest one and still be compared with it: the age that the gate allows. Where
    /// that is counted in bars, only prices of one moment are compared.
    pub(crate) fn patience(&self) -> Span {
        match self.risk.price_age {
            Cap::At(PriceAge::Milliseconds(age)) => {
                i64::try_from(age).map_or(Span::DAY, |age| Span::MILLISECOND.times(age))
            }
            Cap::At(PriceAge::Intervals(_)) | Cap::Off => Span::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_cannot_be_followed_are_refused_by_key_and_value() {
        let good = ExecutionRules::default();
        assert!(good.check().is_ok());
        for (bad, said) in [
            (ExecutionRules { slices: 0, ..good }, "execution.slices is 0"),
            (ExecutionRules { price_bound: 0.0, ..good }, "execution.price_bound is 0"),
            (ExecutionRules { price_bound: f64::NAN, ..good }, "execution.price_bound is NaN"),
            (ExecutionRules { reach_bps: -1.0, ..good }, "execution.reach_bps is -1"),
            (ExecutionRules { reach_bps: 201.0, ..good }, "execution.reach_bps is 201"),
            (ExecutionRules { amend_threshold: f64::NAN, ..good }, "execution.amend_threshold is NaN"),
        ] {
            let error = bad.check().unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
