//! Every control in a table: value, limit, headroom.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Control, assessment::Assessment};

/// What every control said about one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the order may go.
    pub approved: bool,
    /// Whether it was proven to do nothing but close, so that few controls bind it.
    pub proven_close: bool,
    /// One row per control, in the order in which a refusal is looked for.
    pub checks: Vec<Check>,
}

/// What one control said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which one.
    pub control: Control,
    /// What it measured; `None` when an input was missing.
    pub value: Option<f64>,
    /// What it allows: the most, or for minimums the least; `None` when nothing is limited.
    pub limit: Option<f64>,
    /// What is left before the limit; negative beyond it.
    pub headroom: Option<f64>,
    /// Whether the value keeps the limit.
    pub passed: bool,
    /// Whether it counts for this order: few do for a proven close.
    pub binding: bool,
}

impl Verdict {
    pub(crate) fn of(assessment: &Assessment) -> Self {
        let checks = Control::ALL
            .into_iter()
            .map(|control| {
                let measure = assessment.measures.get(control);
                let sign = if control.is_floor() { -1.0 } else { 1.0 };
                let finite = |value: f64| value.is_finite().then_some(value + 0.0);
                Check {
                    control,
                    value: finite(sign * measure.value),
                    limit: finite(sign * measure.limit),
                    headroom: finite(measure.limit - measure.value),
                    passed: measure.passes(),
                    binding: assessment.binding.contains(control),
                }
            })
            .collect();
        Self { approved: assessment.refused_by().is_none(), proven_close: assessment.proven_close, checks }
    }

    /// The row of a control.
    pub fn check(&self, control: Control) -> Option<&Check> {
        self.checks.iter().find(|check| check.control == control)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"));
        writeln!(f, "{:<22} {:>18} {:>18} {:>18}  ", "control", "value", "limit", "headroom")?;
        for check in &self.checks {
            let word = match (check.passed, check.binding) {
                (true, _) => "ok",
                (false, true) => "REFUSED",
                (false, false) => "not binding",
            };
            let (value, limit, headroom) = (number(check.value), number(check.limit), number(check.headroom));
            writeln!(
                f,
                "{:<22} {value:>18} {limit:>18} {headroom:>18}  {word}",
                format!("{:?}", check.control)
            )?;
        }
        Ok(())
    }
}
