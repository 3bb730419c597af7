//! One parameter that a search varies.

use std::fmt;

use autotrading_core::nearest_name;
use autotrading_strategy::{ParameterError, ParameterValue, listing};
use serde::{Deserialize, Serialize};

use crate::BacktestConfiguration;

/// A parameter of one strategy of a configuration, with the values that a search tries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchAxis {
    /// Place of the strategy in the configuration.
    pub entry: usize,
    /// Its name.
    pub strategy: String,
    /// Name of the parameter.
    pub parameter: String,
    /// What is tried, in this order. Never empty.
    pub values: Vec<ParameterValue>,
}

/// Why an axis cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AxisError {
    /// No strategy of the configuration has this name.
    #[error("the configuration has no strategy {name}; it has {known}{}", hint(nearest))]
    Strategy {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
        /// The most like it.
        nearest: Option<String>,
    },
    /// A parameter without its strategy, where there are several.
    #[error("say of which strategy {parameter} is meant, as in {example}.{parameter}=...: there are {known}")]
    Ambiguous {
        /// The parameter.
        parameter: String,
        /// One of the strategies.
        example: String,
        /// All of them.
        known: String,
    },
    /// The strategy refuses a value, has no such parameter, or the text is no axis.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!("; did you mean {name}?"))
}

impl SearchAxis {
    /// Reads an axis as it is written on a command line: `fast=5..14` (stride one), `slow=20..65:5`,
    /// `mode=long-flat,long-short`; `fast` alone takes the range and stride that the strategy declares. With several
    /// strategies the name stands before: `trend-following.fast=10,20`.
    ///
    /// # Errors
    /// [`AxisError`] names what is wrong and what was allowed.
    pub fn read(text: &str, configuration: &BacktestConfiguration) -> Result<Self, AxisError> {
        let (name, values) = match text.split_once('=') {
            Some((name, values)) => (name.trim(), Some(values.trim())),
            None => (text.trim(), None),
        };
        let (entry, strategy, parameter) = owner(name, configuration)?;
        let stride = if values.is_some_and(|values| values.contains("..") && !values.contains(':')) {
            ":1"
        } else {
            ""
        };
        let said = values.map_or_else(|| parameter.clone(), |values| format!("{parameter}={values}{stride}"));
        let axis = listing(&strategy)?.space().axis_of(&said)?;
        Ok(Self { entry, strategy, parameter, values: axis.values().to_vec() })
    }
}

impl fmt::Display for SearchAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.strategy, self.parameter)
    }
}

/// Which strategy a name like `trend-following.fast` or `fast` speaks of.
fn owner(name: &str, configuration: &BacktestConfiguration) -> Result<(usize, String, String), AxisError> {
    let names = || configuration.strategies.iter().map(|entry| entry.name.as_str());
    let known = || names().collect::<Vec<_>>().join(", ");
    let Some((strategy, parameter)) = name.split_once('.') else {
        return match configuration.strategies.as_slice() {
            [only] => Ok((0, only.name.clone(), name.to_owned())),
            all => Err(AxisError::Ambiguous {
                parameter: name.to_owned(),
                example: all.first().map_or_else(String::new, |entry| entry.name.clone()),
                known: known(),
            }),
        };
    };
    let place = names().position(|known| known == strategy).ok_or_else(|| AxisError::Strategy {
        name: strategy.to_owned(),
        known: known(),
        nearest: nearest_name(strategy, names()),
    })?;
    Ok((place, strategy.to_owned(), parameter.to_owned()))
}

#[cfg(test)]
mod tests {
    use autotrading_core::StrategyEntry;
    use autotrading_strategy::Parameters;

    use super::*;
    use crate::ResearchRules;

    fn configuration(names: &[&str]) -> BacktestConfiguration {
        let entry = |name: &&str| StrategyEntry { name: (*name).to_owned(), parameters: Parameters::new() };
        let strategies: Vec<StrategyEntry> = names.iter().map(entry).collect();
        let rules = ResearchRules {
            strategy: strategies[0].clone(),
            fee: autotrading_domain::Rate::ZERO,
            size: rust_decimal::Decimal::ONE,
            cash: autotrading_domain::Money::new(rust_decimal::Decimal::from(1000)),
        };
        BacktestConfiguration { strategies, ..rules.configuration() }
    }

    fn values(text: &str) -> String {
        let axis = SearchAxis::read(text, &configuration(&["sma-cross"])).unwrap();
        axis.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn refusal(text: &str, names: &[&str]) -> String {
        SearchAxis::read(text, &configuration(names)).unwrap_err().to_string()
    }

    #[test]
    fn lists_ranges_and_words_are_read_as_they_are_written() {
        assert_eq!(values("fast=5,10,20"), "5 10 20");
        assert_eq!(values("fast=5..8"), "5 6 7 8");
        assert_eq!(values("slow=20..65:15"), "20 35 50 65");
        assert_eq!(values("mode=long-flat,long-short"), "long-flat long-short");
        assert_eq!(values("sma-cross.fast=3"), "3");
        let real = SearchAxis::read("entry=0.1..0.4:0.1", &configuration(&["trend-following"])).unwrap();
        assert_eq!(real.values.len(), 4);
    }

    #[test]
    fn a_parameter_alone_takes_the_range_that_the_strategy_declares() {
        assert_eq!(values("mode"), "long-flat long-short");
        assert!(values("fast").split(' ').count() > 10);
    }

    #[test]
    fn an_axis_that_cannot_be_is_refused_with_what_was_allowed() {
        assert_eq!(refusal("fats=3", &["sma-cross"]), "sma-cross has no parameter fats; did you mean fast?");
        assert_eq!(refusal("fats", &["sma-cross"]), "sma-cross has no parameter fats; did you mean fast?");
        assert!(
            refusal("fast=0,5", &["sma-cross"]).contains("fast of sma-cross is 0: must be a whole number")
        );
        for text in ["fast=", "fast=5,,6", "fast=9..5", "fast=5..9:0", "fast=1.5..2.5"] {
            assert!(refusal(text, &["sma-cross"]).contains("fast"), "{text}");
        }
        let two = ["sma-cross", "momentum"];
        assert!(
            refusal("fast=5", &two).starts_with("say of which strategy fast is meant, as in sma-cross.fast=")
        );
        let unknown = refusal("sma-cros.fast=5", &two);
        assert!(unknown.ends_with("it has sma-cross, momentum; did you mean sma-cross?"), "{unknown}");
    }
}
