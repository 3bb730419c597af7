//! Configuration as text: TOML in, typed values out, with the place and the nearest name of whatever is wrong.

use serde::de::DeserializeOwned;

/// Why a configuration text is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {message}{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
pub struct ConfigurationError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong there, and what was expected.
    pub message: String,
    /// The known name that is spelled most like an unknown one.
    pub nearest: Option<String>,
}

/// Reads a typed configuration from TOML. Unknown keys are refused.
///
/// ```
/// use autotrading_core::{MeasureRules, read_toml};
/// let error = read_toml::<MeasureRules>("enabled = true\natr_lenght = 20\n").unwrap_err();
/// assert_eq!((error.line, error.nearest.as_deref()), (2, Some("atr_length")));
/// ```
///
/// # Errors
/// [`ConfigurationError`] with line, column and, for a misspelled key, the nearest name.
pub fn read_toml<T: DeserializeOwned>(text: &str) -> Result<T, ConfigurationError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..start).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let message = error.message().trim().to_owned();
        let nearest = nearest_expected(&message);
        ConfigurationError { line, column, message, nearest }
    })
}

/// Of "unknown field `a`, expected one of `b`, `c`": the expected name most like the unknown one.
fn nearest_expected(message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (unknown, expected) = quoted.split_first()?;
    message.starts_with("unknown").then(|| nearest_name(unknown, expected.iter().copied()))?
}

/// The name most like `wanted`, if any is like it at all.
///
/// ```
/// use autotrading_core::nearest_name;
/// assert_eq!(nearest_name("leverge", ["leverage", "latency"]), Some("leverage".to_owned()));
/// assert_eq!(nearest_name("colour", ["leverage", "latency"]), None);
/// ```
pub fn nearest_name<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from text")]
    struct Sample {
        cash: i64,
        #[serde(default)]
        seed: i64,
    }

    #[test]
    fn a_misspelled_key_is_named_with_its_line_and_the_nearest_name() {
        let error = read_toml::<Sample>("cash = 1\nsede = 2\n").unwrap_err();
        assert_eq!((error.line, error.column, error.nearest.as_deref()), (2, 1, Some("seed")));
        assert!(error.to_string().contains("did you mean `seed`?"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_line() {
        let error = read_toml::<Sample>("\n\ncash = \"many\"\n").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.nearest.is_none());
    }

    #[test]
    fn text_that_is_no_toml_is_refused() {
        assert!(read_toml::<Sample>("cash = = 1").is_err());
    }
}
