//! Settings that were checked, and why settings are refused.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::indicators::IndicatorError;
use crate::parameters::{Parameter, ParameterValue, Parameters};

/// Settings that were checked against a strategy's parameters: every one has an allowed value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    #[serde(skip)]
    strategy: &'static str,
    #[serde(flatten)]
    values: BTreeMap<&'static str, ParameterValue>,
}

impl Settings {
    /// Checks what was said against what can be, and fills in the defaults.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] with the nearest name, [`ParameterError::Range`] with the value and what is allowed.
    pub fn check(
        strategy: &'static str,
        space: &'static [Parameter],
        said: &Parameters,
    ) -> Result<Self, ParameterError> {
        if let Some((name, _)) = said.iter().find(|(name, _)| space.iter().all(|known| known.name != *name)) {
            let nearest = nearest(name, space.iter().map(|known| known.name));
            return Err(ParameterError::Unknown { strategy, name: name.to_owned(), nearest });
        }
        let value = |parameter: &Parameter| {
            let got = said.get(parameter.name).cloned().unwrap_or_else(|| parameter.default());
            let admitted = parameter.admit(&got).ok_or_else(|| ParameterError::Range {
                strategy,
                name: parameter.name,
                got,
                allowed: parameter.range(),
            })?;
            Ok((parameter.name, admitted))
        };
        Ok(Self { strategy, values: space.iter().map(value).collect::<Result<_, ParameterError>>()? })
    }

    /// All settings, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &ParameterValue)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }

    /// The value of a whole-number setting, as a count.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] if there is no such setting of this kind.
    pub fn count(&self, name: &'static str) -> Result<usize, ParameterError> {
        match self.values.get(name) {
            Some(ParameterValue::Integer(value)) => usize::try_from(*value).map_err(|_| self.missing(name)),
            _ => Err(self.missing(name)),
        }
    }

    /// The value of a real setting.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] if there is no such setting of this kind.
    pub fn real(&self, name: &'static str) -> Result<f64, ParameterError> {
        match self.values.get(name) {
            Some(ParameterValue::Real(value)) => Ok(*value),
            _ => Err(self.missing(name)),
        }
    }

    /// The value of a setting that is a word.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] if there is no such setting of this kind.
    pub fn word(&self, name: &'static str) -> Result<&str, ParameterError> {
        match self.values.get(name) {
            Some(ParameterValue::Word(word)) => Ok(word),
            _ => Err(self.missing(name)),
        }
    }

    /// Refuses settings that do not rise: a fast average must be shorter than the slow one.
    pub(crate) fn rising(&self, lower: &'static str, upper: &'static str) -> Result<(), ParameterError> {
        let strategy = self.strategy;
        if let (Ok(low), Ok(high)) = (self.real(lower), self.real(upper)) {
            let refusal = ParameterError::Levels { strategy, lower, low, upper, high };
            return if low < high { Ok(()) } else { Err(refusal) };
        }
        let (low, high) = (self.count(lower)?, self.count(upper)?);
        if low < high { Ok(()) } else { Err(ParameterError::Order { strategy, lower, low, upper, high }) }
    }

    /// Refuses instruments that the strategy cannot work on with these settings.
    pub(crate) fn too_few(&self, needs: &'static str, got: usize) -> ParameterError {
        ParameterError::Reach { strategy: self.strategy, needs, got: format!("{got} instruments") }
    }

    fn missing(&self, name: &'static str) -> ParameterError {
        ParameterError::Unknown { strategy: self.strategy, name: name.to_owned(), nearest: None }
    }
}

/// The known name most like the one given, if any is alike at all.
pub(crate) fn nearest(given: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or(String::new(), |name| format!("; did you mean {name}?"))
}

/// Why a strategy could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// No such strategy.
    #[error("there is no strategy {name}{}", hint(nearest))]
    Strategy {
        /// The name given.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
    /// No such setting.
    #[error("{strategy} has no parameter {name}{}", hint(nearest))]
    Unknown {
        /// Of which strategy.
        strategy: &'static str,
        /// The name given.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
    /// A value that is not allowed.
    #[error("parameter {name} of {strategy} is {got}: must be {allowed}")]
    Range {
        /// Of which strategy.
        strategy: &'static str,
        /// Which setting.
        name: &'static str,
        /// Its value.
        got: ParameterValue,
        /// What is allowed.
        allowed: String,
    },
    /// Two settings in the wrong order.
    #[error("{strategy} with {lower} {low} and {upper} {high}: {lower} must be below {upper}")]
    Order {
        /// Of which strategy.
        strategy: &'static str,
        /// The setting that must be lower.
        lower: &'static str,
        /// Its value.
        low: usize,
        /// The setting that must be higher.
        upper: &'static str,
        /// Its value.
        high: usize,
    },
    /// Two levels in the wrong order.
    #[error("{strategy} with {lower} {low} and {upper} {high}: {lower} must be below {upper}")]
    Levels {
        /// Of which strategy.
        strategy: &'static str,
        /// The level that must be lower.
        lower: &'static str,
        /// Its value.
        low: f64,
        /// The level that must be higher.
        upper: &'static str,
        /// Its value.
        high: f64,
    },
    /// An axis of a sweep that cannot be read, has no values or is there twice.
    #[error(
        "axis {got} of {strategy}: write each setting once, as name, name=from..to:step or name=value,value"
    )]
    Axis {
        /// Of which strategy.
        strategy: &'static str,
        /// What was said.
        got: String,
    },
    /// Other instruments than the strategy can have an opinion on.
    #[error("{strategy} needs {needs}, got {got}")]
    Reach {
        /// Which strategy.
        strategy: &'static str,
        /// What it needs.
        needs: &'static str,
        /// The instruments it was to be put in charge of.
        got: String,
    },
    /// An indicator refuses its setting.
    #[error(transparent)]
    Indicator(#[from] IndicatorError),
    /// The tick of the instrument is too fine for an exact comparison.
    #[error("tick of the instrument: {0}")]
    Tick(#[from] autotrading_domain::ValueError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: &[Parameter] = &[
        Parameter::integer("fast", "bars", (1, 100, 1, 10)),
        Parameter::real("entry", "ratio", (0.0, 5.0, 0.1, 0.3)),
        Parameter::choice("mode", "sides", &["long-flat", "long-short"], "long-flat"),
    ];

    fn refusal(name: &str, text: &str) -> String {
        let said = Parameters::new().with(name, ParameterValue::read(text));
        Settings::check("test", SPACE, &said).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let settings = Settings::check("test", SPACE, &Parameters::new()).unwrap();
        assert_eq!(settings.count("fast"), Ok(10));
        assert_eq!(settings.real("entry"), Ok(0.3));
        assert_eq!(settings.word("mode"), Ok("long-flat"));
    }

    #[test]
    fn a_refusal_names_the_value_and_what_was_allowed() {
        assert_eq!(refusal("fast", "0"), "parameter fast of test is 0: must be a whole number in 1..=100");
        assert_eq!(
            refusal("fast", "2.5"),
            "parameter fast of test is 2.5: must be a whole number in 1..=100"
        );
        assert_eq!(refusal("entry", "nan"), "parameter entry of test is NaN: must be a number in 0..=5");
        assert_eq!(
            refusal("mode", "short"),
            "parameter mode of test is short: must be long-flat or long-short"
        );
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_one() {
        assert_eq!(refusal("fats", "3"), "test has no parameter fats; did you mean fast?");
        assert_eq!(refusal("zzz", "3"), "test has no parameter zzz");
    }

    #[test]
    fn a_whole_number_serves_as_a_real_one() {
        let said = Parameters::new().with("entry", ParameterValue::Integer(2));
        assert_eq!(Settings::check("test", SPACE, &said).unwrap().real("entry"), Ok(2.0));
    }
}
