//! What can be set about a strategy, declared once: command line, configuration file and sweeps are made from it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One setting of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name in configuration files and on the command line.
    pub name: &'static str,
    /// What it does, with its unit.
    pub meaning: &'static str,
    /// What values it takes.
    pub kind: ParameterKind,
}

/// What values a setting takes. The step is the stride of a sweep, not a grid that values must lie on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A whole number.
    Integer {
        /// Smallest allowed.
        least: i64,
        /// Largest allowed.
        most: i64,
        /// Stride of a sweep.
        step: i64,
        /// Value if nothing is said.
        default: i64,
    },
    /// A real number.
    Real {
        /// Smallest allowed.
        least: f64,
        /// Largest allowed.
        most: f64,
        /// Stride of a sweep.
        step: f64,
        /// Value if nothing is said.
        default: f64,
    },
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// The word if nothing is said.
        default: &'static str,
    },
}

impl Parameter {
    /// A whole number, with `(least, most, step, default)`.
    #[must_use]
    pub const fn integer(
        name: &'static str,
        meaning: &'static str,
        (least, most, step, default): (i64, i64, i64, i64),
    ) -> Self {
        Self { name, meaning, kind: ParameterKind::Integer { least, most, step, default } }
    }

    /// A real number, with `(least, most, step, default)`.
    #[must_use]
    pub const fn real(
        name: &'static str,
        meaning: &'static str,
        (least, most, step, default): (f64, f64, f64, f64),
    ) -> Self {
        Self { name, meaning, kind: ParameterKind::Real { least, most, step, default } }
    }

    /// One of a few words.
    #[must_use]
    pub const fn choice(
        name: &'static str,
        meaning: &'static str,
        options: &'static [&'static str],
        default: &'static str,
    ) -> Self {
        Self { name, meaning, kind: ParameterKind::Choice { options, default } }
    }

    /// The value if nothing is said.
    #[must_use]
    pub fn default(&self) -> ParameterValue {
        match self.kind {
            ParameterKind::Integer { default, .. } => ParameterValue::Integer(default),
            ParameterKind::Real { default, .. } => ParameterValue::Real(default),
            ParameterKind::Choice { default, .. } => ParameterValue::Word(default.to_owned()),
        }
    }

    /// The allowed values in words.
    #[must_use]
    pub fn range(&self) -> String {
        match self.kind {
            ParameterKind::Integer { least, most, .. } => format!("a whole number in {least}..={most}"),
            ParameterKind::Real { least, most, .. } => format!("a number in {least}..={most}"),
            ParameterKind::Choice { options, .. } => options.join(" or "),
        }
    }

    /// The values of a sweep: from the smallest allowed to the largest in strides of the step, or every word.
    #[must_use]
    pub fn sweep(&self) -> Vec<ParameterValue> {
        match self.kind {
            ParameterKind::Integer { least, most, step, .. } => {
                let next = |value: &i64| value.checked_add(step.max(1)).filter(|next| *next <= most);
                std::iter::successors(Some(least), next).map(ParameterValue::Integer).collect()
            }
            ParameterKind::Real { least, most, step, .. } => {
                let strides = ((most - least) / step + 1e-9).floor().clamp(0.0, 1e6) as u32;
                (0..=strides).map(|n| ParameterValue::Real(least + f64::from(n) * step)).collect()
            }
            ParameterKind::Choice { options, .. } => {
                options.iter().map(|word| ParameterValue::Word((*word).to_owned())).collect()
            }
        }
    }

    /// The value if it is allowed; a whole number serves as a real one.
    pub(crate) fn admit(&self, got: &ParameterValue) -> Option<ParameterValue> {
        use ParameterValue::{Integer, Real, Word};
        match (self.kind, got) {
            (ParameterKind::Integer { least, most, .. }, Integer(value)) => {
                (least..=most).contains(value).then_some(Integer(*value))
            }
            (ParameterKind::Real { least, most, .. }, Integer(value)) => {
                (least..=most).contains(&(*value as f64)).then_some(Real(*value as f64))
            }
            (ParameterKind::Real { least, most, .. }, Real(value)) => {
                (least..=most).contains(value).then_some(Real(*value))
            }
            (ParameterKind::Choice { options, .. }, Word(word)) => {
                options.contains(&word.as_str()).then(|| got.clone())
            }
            _ => None,
        }
    }
}

/// The value of a setting.
///
/// ```
/// use autotrading_strategy::ParameterValue;
///
/// let read = |text: &str| ParameterValue::read(text);
/// assert_eq!(read("10"), ParameterValue::Integer(10));
/// assert_eq!(read("0.5"), ParameterValue::Real(0.5));
/// assert_eq!(read("long-flat"), ParameterValue::Word("long-flat".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A word.
    Word(String),
}

impl ParameterValue {
    /// Reads a value as it is written on a command line.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let word = || Self::Word(text.to_owned());
        text.parse().map(Self::Integer).or_else(|_| text.parse().map(Self::Real)).unwrap_or_else(|_| word())
    }
}

impl From<i64> for ParameterValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for ParameterValue {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for ParameterValue {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Real(value) => value.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

/// Settings as somebody wrote them, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<String, ParameterValue>);

impl Parameters {
    /// Nothing said: every setting has its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says one; the last word counts.
    #[must_use]
    pub fn with(mut self, name: &str, value: ParameterValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// What was said of one setting.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ParameterValue> {
        self.0.get(name)
    }

    /// What was said, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_goes_from_the_smallest_value_to_the_largest() {
        let words =
            |parameter: Parameter| parameter.sweep().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(words(Parameter::integer("n", "bars", (5, 14, 4, 9))), ["5", "9", "13"]);
        assert_eq!(words(Parameter::real("x", "ratio", (0.5, 1.5, 0.5, 1.0))), ["0.5", "1", "1.5"]);
        assert_eq!(words(Parameter::choice("mode", "sides", &["one", "two"], "one")), ["one", "two"]);
    }
}
