//! Limits that change while trading: tightening is immediate, widening takes two persons.

use crate::{Cap, LimitsError, MonitorLimits, PriceAge, RateLimit, RiskGate, RiskLimits};

/// Why new limits were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitsChangeError {
    /// They contradict themselves.
    #[error(transparent)]
    Inconsistent(#[from] LimitsError),
    /// They are looser than what stands, and fewer than two different persons said so.
    #[error("{looser}; widening takes two persons, got {persons:?}")]
    TwoPersons {
        /// The first limit that is looser.
        looser: LimitsError,
        /// Who agreed.
        persons: Vec<String>,
    },
}

impl LimitsChangeError {
    /// The same error, of limits that stand in a section of a larger configuration.
    #[must_use]
    pub fn within(self, section: &str) -> Self {
        match self {
            Self::Inconsistent(error) => Self::Inconsistent(error.within(section)),
            Self::TwoPersons { looser, persons } => {
                Self::TwoPersons { looser: looser.within(section), persons }
            }
        }
    }

    /// The key that is refused.
    pub fn key(&self) -> &str {
        match self {
            Self::Inconsistent(error) | Self::TwoPersons { looser: error, .. } => &error.key,
        }
    }
}

impl RiskGate {
    /// Takes new limits at once when none is looser than what stands; otherwise only with the names of at least two
    /// different persons. What is already counted (budgets, losses, repeats) stays counted.
    ///
    /// # Errors
    /// [`LimitsChangeError`]; nothing has changed then.
    pub fn change_limits(&mut self, limits: RiskLimits, persons: &[&str]) -> Result<(), LimitsChangeError> {
        agreed(limits.check_no_looser_than(self.limits()), persons)?;
        Ok(self.adopt_limits(limits)?)
    }
}

impl MonitorLimits {
    /// Whether these limits may stand where `standing` did: at once when none is looser; otherwise only with the names
    /// of at least two different persons.
    ///
    /// # Errors
    /// [`LimitsChangeError`] names the first limit that is looser, or inconsistent.
    pub fn check_change(&self, standing: &Self, persons: &[&str]) -> Result<(), LimitsChangeError> {
        self.check()?;
        agreed(self.check_no_looser_than(standing), persons)
    }
}

/// What is looser needs the names of two different persons.
fn agreed(compared: Result<(), LimitsError>, persons: &[&str]) -> Result<(), LimitsChangeError> {
    let Err(looser) = compared else { return Ok(()) };
    let mut names: Vec<_> = persons.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() >= 2 {
        return Ok(());
    }
    let persons = names.into_iter().map(str::to_owned).collect();
    Err(LimitsChangeError::TwoPersons { looser, persons })
}

/// No more at once, no faster, and as much kept back.
pub(crate) fn rate_is_looser(ours: &Cap<RateLimit>, theirs: &Cap<RateLimit>) -> bool {
    match (ours, theirs) {
        (_, Cap::Off) => false,
        (Cap::Off, Cap::At(_)) => true,
        (Cap::At(own), Cap::At(limit)) => {
            own.burst > limit.burst || own.per_second > limit.per_second || own.reserve < limit.reserve
        }
    }
}

/// Ages in different units cannot be compared and count as looser.
pub(crate) fn age_is_looser(ours: &Cap<PriceAge>, theirs: &Cap<PriceAge>) -> bool {
    match (ours, theirs) {
        (_, Cap::Off) => false,
        (Cap::At(PriceAge::Milliseconds(own)), Cap::At(PriceAge::Milliseconds(limit))) => own > limit,
        (Cap::At(PriceAge::Intervals(own)), Cap::At(PriceAge::Intervals(limit))) => own > limit,
        (Cap::Off | Cap::At(_), Cap::At(_)) => true,
    }
}
