//! What of the whole book is measured while it is held, how often, and against which limits.

use autotrading_domain::{Rate, Span};
use autotrading_risk::{Cap, JointRules, MonitorLimits, MonitorRules, RiskLimits, TailModel};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// How the portfolio is watched. Losses and leverage are watched at every mark; what needs the past of prices, at
/// closed bars: `every` so often, after every fill, and when a day begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorSettings {
    /// How long a measurement of the whole book stands when nothing was traded; at most a day. Zero: every bar.
    pub every: Span,
    /// How value at risk and shortfall are estimated.
    pub model: TailModel,
    /// How many returns of each instrument are remembered.
    pub window: usize,
    /// With fewer shared returns than this nothing is estimated from them.
    pub least_returns: usize,
    /// How many of the newest returns are the volatility of now.
    pub newest: usize,
    /// How the probability that any of several positions is liquidated is simulated; `"off"`: the sum over positions.
    pub joint_liquidation: Cap<JointRules>,
    /// The limits.
    pub limits: MonitorLimits,
}

impl Default for MonitorSettings {
    fn default() -> Self {
        let MonitorRules { limits, model, window, least_returns, newest, joint_liquidation, .. } =
            MonitorRules::default();
        Self { every: Span::DAY, model, window, least_returns, newest, joint_liquidation, limits }
    }
}

impl MonitorSettings {
    /// What the monitor of the risk crate is told; when volatility is too wild stands with the breakers of the gate.
    pub(crate) fn rules(&self, risk: &RiskLimits) -> MonitorRules {
        MonitorRules {
            limits: self.limits.clone(),
            model: self.model,
            window: self.window,
            least_returns: self.least_returns,
            newest: self.newest,
            joint_liquidation: self.joint_liquidation,
            day_starts: day_starts(risk),
            volatility_multiple: risk.breakers.at().map_or(Cap::Off, |own| Cap::At(own.volatility_multiple)),
        }
    }

    /// Whether the settings fit each other and the limits of the gate.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] with the key, its value and what it may be.
    pub fn check(&self, risk: &RiskLimits) -> Result<(), EngineError> {
        if self.every < Span::ZERO || self.every > Span::DAY {
            let (got, allowed) = (self.every.to_string(), "0 s to 1 d: a day is judged by how it began");
            return Err(EngineError::OutOfRange { key: "monitor.every", got, allowed });
        }
        let warned = [
            ("monitor.limits.drawdown", self.limits.drawdown, risk.drawdown.reduce_only),
            ("monitor.limits.daily_loss", self.limits.daily_loss, risk.daily_loss.reduce_only),
        ];
        for (key, own, gate) in warned {
            in_time(key, &own, &gate)?;
        }
        Ok(())
    }
}

/// When a day starts after midnight UTC, as the gate counts it.
pub(crate) fn day_starts(risk: &RiskLimits) -> Span {
    Span::MINUTE.times(i64::from(risk.day_starts_minutes))
}

/// A limit that is watched must not lie beyond the one that the gate acts on: its warnings would come too late.
fn in_time(key: &'static str, own: &Cap<Rate>, gate: &Cap<Rate>) -> Result<(), EngineError> {
    match (own, gate) {
        (Cap::At(own), Cap::At(gate)) if own > gate => {
            let allowed = "at most reduce_only of the same in [risk], or its warnings come too late";
            Err(EngineError::OutOfRange { key, got: own.to_string(), allowed })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_fit_every_profile() {
        for limits in [
            RiskLimits::production(),
            RiskLimits::staging(),
            RiskLimits::paper(),
            RiskLimits::research_wide(),
        ] {
            assert!(MonitorSettings::default().check(&limits).is_ok());
        }
    }

    #[test]
    fn a_warning_that_would_come_too_late_is_refused_by_key_and_value() {
        let refused = |text: &str| {
            let settings: MonitorSettings = crate::read_toml(text).unwrap();
            settings.check(&RiskLimits::production()).unwrap_err().to_string()
        };
        assert!(
            refused("limits.drawdown = \"0.11\"").starts_with("monitor.limits.drawdown is 0.11, allowed is")
        );
        assert!(refused("limits.daily_loss = \"0.03\"").contains("too late"));
        assert!(refused("every = \"2 d\"").starts_with("monitor.every is 2 d"));
        assert!(crate::read_toml::<MonitorSettings>("evry = \"1 d\"").unwrap_err().nearest.is_some());
    }

    #[test]
    fn the_breaker_of_the_gate_says_what_is_wild() {
        let rules = MonitorSettings::default().rules(&RiskLimits::production());
        assert_eq!(rules, MonitorRules::default());
        let rules = MonitorSettings::default().rules(&RiskLimits::research_wide());
        assert_eq!(rules.volatility_multiple, Cap::Off);
    }
}
