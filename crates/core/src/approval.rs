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
    /// Limits of the gate at this stage. Where a real venue has our orders, its dead-man switch must be armed before
    /// anything opens.
    pub fn limits(self) -> RiskLimits {
        let limits = match self {
            Self::Paper => RiskLimits::paper(),
            Self::Staging => RiskLimits::staging(),
            Self::Production => RiskLimits::production(),
        };
        RiskLimits { require_dead_man: self.is_live(), ..limits }
    }

    /// Whether a real venue has our orders, which may know more of them than we do when the program starts.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Paper => false,
            Self::Staging | Self::Production => true,
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
    /// Whether the limits are those of a stage with a real venue.
    pub fn is_live(&self) -> bool {
        self.profile.is_some_and(Profile::is_live)
    }

    /// A gate with the limits of a configuration, if they may stand. At a stage with a real venue it begins in recovery:
    /// nothing opens before books and venue were compared.
    pub(crate) fn gate(
        &self,
        instruments: &Instruments,
        configuration: &Configuration,
    ) -> Result<RiskGate, EngineError> {
        let Some(profile) = self.profile else {
            return match self.widened_by.is_empty() {
                true => {
                    let gate = RiskGate::new(instruments, configuration.risk.clone());
                    Ok(gate.map_err(|error| error.within("risk"))?)
                }
                false => Err(EngineError::OutOfRange {
                    key: "approval.widened_by",
                    got: self.widened_by.join(", "),
                    allowed: "nobody while approval.profile is left out: there is nothing to widen",
                }),
            };
        };
        let persons: Vec<&str> = self.widened_by.iter().map(String::as_str).collect();
        if let Some(monitor) = &configuration.monitor {
            let agreed = monitor.limits.check_change(&profile.monitor(), &persons);
            agreed.map_err(|error| error.within("monitor.limits"))?;
        }
        let mut gate = RiskGate::new(instruments, profile.limits())?;
        gate.change_limits(configuration.risk.clone(), &persons).map_err(|error| error.within("risk"))?;
        if self.is_live() {
            gate.begin_recovery();
        }
        Ok(gate)
    }
}
