//! Configuration as text: TOML in, typed values out, with the place and the nearest name of whatever is wrong.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

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
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        let message = error.message().trim().to_owned();
        let nearest = nearest_expected(&message);
        ConfigurationError { line, column, message, nearest }
    })
}

/// Line and column, from 1, of a place in bytes.
fn line_and_column(text: &str, start: usize) -> (usize, usize) {
    let before = text.get(..start.min(text.len())).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    (line, before.chars().rev().take_while(|c| *c != '\n').count() + 1)
}

/// Where a dotted key stands in a text, as line and column from 1. Of a key that is left out, or that is written in
/// the middle of a list, it is the place of the nearest key around it; `None` when not even its section is there.
///
/// ```
/// use autotrading_core::place_of;
/// let text = "[risk]\ncollar = \"0.1\"\ndrawdown = { reduce_only = \"0.2\", halted = \"0.1\" }\n";
/// assert_eq!(place_of(text, "risk.drawdown.halted"), Some((3, 35)));
/// assert_eq!(place_of(text, "risk.gross"), Some((1, 2)));
/// assert_eq!(place_of(text, "sizing.fixed.quantity"), None);
/// ```
pub fn place_of(text: &str, key: &str) -> Option<(usize, usize)> {
    let document = DeTable::parse(text).ok()?;
    let (mut table, mut found) = (document.get_ref(), None);
    for name in key.split('.') {
        let Some((written, value)) = table.get_key_value(name) else { break };
        found = Some(written.span().start);
        let DeValue::Table(inner) = value.get_ref() else { break };
        table = inner;
    }
    found.map(|start| line_and_column(text, start))
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
    fn a_key_is_found_in_every_way_in_which_it_can_be_written() {
        for (text, place) in [
            ("[a.b]\n\nc = 1\n", (3, 1)),
            ("x = 0\n[a]\nb = { c = 1 }\n", (3, 7)),
            ("a.b.c = 1\n", (1, 5)),
            ("a = { b.c = 1 }\n", (1, 9)),
            ("[a]\nb = [{ c = 1 }]\n", (2, 1)),
            ("[a]\nx = 1\n", (1, 2)),
        ] {
            assert_eq!(place_of(text, "a.b.c"), Some(place), "{text}");
        }
        assert_eq!(place_of("[b]\nc = 1\n", "a.b.c"), None);
        assert_eq!(place_of("a = = 1", "a"), None);
    }

    #[test]
    fn text_that_is_no_toml_is_refused() {
        assert!(read_toml::<Sample>("cash = = 1").is_err());
    }
}
