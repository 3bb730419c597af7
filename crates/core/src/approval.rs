//! What limits are held against, and who agreed to wider ones.

use autotrading_domain::Instruments;
use autotrading_risk::{MonitorLimits, RiskGate, RiskLimits};
use serde::{Deserialize, Serialize};

use crate::{Configuration, EngineError};

/// A stage on the way to real money, with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// No money.
    Paper,
    /// A venue's test network, or small money.
    Staging,
    /// Real money.
    Production,
}

/// What the limits of a configuration are held against. Tighter ones stand at once; wider ones take two persons.
///
/// ```
/// use autotrading_core::{Approval, Profile, read_toml};
/// let approval: Approval = read_toml("profile = \"staging\"\nwidened_by = [\"ann\", \"ben\"]")?;
/// assert_eq!(approval.profile, Some(Profile::Staging));
/// # Ok::<(), autotrading_core::ConfigurationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// The stage whose limits none may exceed; `None`: the limits stand as they are written.
    pub profile: Option<Profile>,
    /// Who agreed that some limits are wider than those of the stage: at least two persons.
    pub widened_by: Vec<String>,
}

impl Profile {
    /// Limits of the gate at this stage.
    pub fn limits(self) -> RiskLimits {
        match self {
            Self::Paper => RiskLimits::paper(),
            Self::Staging => RiskLimits::staging(),
            Self::Production => RiskLimits::production(),
        }
    }

    /// Limits of measured risk at this stage.
    pub fn monitor(self) -> MonitorLimits {
        match self {
            Self::Paper => MonitorLimits::paper(),
            Self::Staging => MonitorLimits::staging(),
            Self::Production => MonitorLimits::production(),
        }
    }
}

impl Approval {
    /// A gate with the limits of a configuration, if they may stand.
    pub(crate) fn gate(
        &self,
        instruments: &Instruments,
        configuration: &Configuration,
    ) -> Result<RiskGate, EngineError> {
        let Some(profile) = self.profile else {
            return match self.widened_by.is_empty() {
                true => Ok(RiskGate::new(instruments, configuration.risk.clone())?),
                false => Err(EngineError::OutOfRange {
                    key: "approval.widened_by",
                    got: self.widened_by.join(", "),
                    allowed: "nobody while approval.profile is left out: there is nothing to widen",
                }),
            };
        };
        let persons: Vec<&str> = self.widened_by.iter().map(String::as_str).collect();
        if let Some(monitor) = &configuration.monitor {
            monitor.limits.check_change(&profile.monitor(), &persons)?;
        }
        let mut gate = RiskGate::new(instruments, profile.limits())?;
        gate.change_limits(configuration.risk.clone(), &persons)?;
        Ok(gate)
    }
}
