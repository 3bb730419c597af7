//! `autotrading strategies`.

use std::fmt::Write as _;
use std::process::ExitCode;

use autotrading_strategy::{Listing, Parameter, ParameterKind, Parameters, catalogue, listing};
use serde_json::{Value, json};

use crate::arguments::StrategiesCommand;
use crate::failure::Failure;
use crate::terminal::say;

/// Characters of a line of prose.
const WIDTH: usize = 96;

/// Runs one of the strategies commands.
pub(crate) fn run(command: &StrategiesCommand) -> Result<ExitCode, Failure> {
    let text = match command {
        StrategiesCommand::List { json: false } => listed()?,
        StrategiesCommand::List { json: true } => {
            let all = catalogue().iter().map(data).collect::<Result<Vec<_>, _>>()?;
            serde_json::to_string_pretty(&all)? + "\n"
        }
        StrategiesCommand::Describe { name, json } => {
            let listing = listing(name).map_err(Failure::usage)?;
            if *json { serde_json::to_string_pretty(&data(listing)?)? + "\n" } else { described(listing)? }
        }
    };
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// All strategies with parameters, ranges and defaults.
fn listed() -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for listing in catalogue() {
        writeln!(text, "{}\n  {}", listing.name, listing.summary)?;
        for parameter in listing.parameters {
            let (name, range, default) = (parameter.name, parameter.range(), parameter.default().to_string());
            writeln!(text, "    {name:<18} {range:<24} default {default:<10} {}", parameter.meaning)?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

/// One strategy: what it looks at, when it enters and leaves, and what can be set.
fn described(listing: &Listing) -> Result<String, Failure> {
    let mut text = String::new();
    writeln!(text, "{}\n  {}\n", listing.name, listing.summary)?;
    let on = format!("{}; warm after {} bars with its defaults", listing.reach.in_words(), warm_up(listing)?);
    let rows = [
        ("looks at", listing.equation),
        ("enters", listing.enters),
        ("leaves", listing.leaves),
        ("trades", on.as_str()),
    ];
    for (word, prose) in rows {
        for (place, line) in lines(prose).into_iter().enumerate() {
            writeln!(text, "  {:<9} {line}", if place == 0 { word } else { "" })?;
        }
    }
    writeln!(text, "\n  {:<14} {:>22} {:>9} {:>9}", "parameter", "range", "step", "default")?;
    for parameter in listing.parameters {
        let (range, step) = bounds(parameter);
        let default = parameter.default().to_string();
        writeln!(text, "  {:<14} {range:>22} {step:>9} {default:>9}  {}", parameter.name, parameter.meaning)?;
    }
    for (lower, upper) in listing.rising {
        writeln!(text, "\n  {lower} must be below {upper}.")?;
    }
    let words = listing
        .parameters
        .first()
        .map_or(String::new(), |first| format!(" --param {}={}", first.name, first.default()));
    if listing.reach == autotrading_strategy::Reach::One {
        writeln!(text, "\n  Try it: autotrading backtest --strategy {}{words}", listing.name)?;
    }
    Ok(text)
}

/// Everything about a strategy as data.
fn data(listing: &Listing) -> Result<Value, Failure> {
    let mut data = serde_json::to_value(listing)?;
    if let Value::Object(fields) = &mut data {
        fields.insert("warm_up".to_owned(), json!(warm_up(listing)?));
    }
    Ok(data)
}

fn warm_up(listing: &Listing) -> Result<usize, Failure> {
    Ok(listing.warm_up(&listing.settings(&Parameters::new())?)?)
}

/// Range and step of a parameter, as they stand in the table.
fn bounds(parameter: &Parameter) -> (String, String) {
    match parameter.kind {
        ParameterKind::Integer { least, most, step, .. } => (format!("{least}..{most}"), step.to_string()),
        ParameterKind::Real { least, most, step, .. } => (format!("{least}..{most}"), step.to_string()),
        ParameterKind::Choice { options, .. } => (options.join(" | "), "-".to_owned()),
    }
}

/// Prose cut into lines between words.
fn lines(prose: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in prose.split_whitespace() {
        match lines.last_mut().filter(|line| line.len() + 1 + word.len() <= WIDTH) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_is_described_with_all_its_parameters() {
        for listing in catalogue() {
            let text = described(listing).unwrap();
            for word in ["looks at", "enters", "leaves", "warm after", "default"] {
                assert!(text.contains(word), "{word} is not in {text}");
            }
            assert!(listing.parameters.iter().all(|parameter| text.contains(parameter.name)), "{text}");
            assert!(listed().unwrap().contains(listing.summary));
        }
    }

    #[test]
    fn a_description_as_data_has_what_a_sweep_needs() {
        let told = data(listing("sma-cross").unwrap()).unwrap();
        assert_eq!((&told["name"], &told["warm_up"]), (&"sma-cross".into(), &51.into()));
        assert_eq!(told["rising"], json!([["fast", "slow"]]));
        let fast = &told["parameters"][0];
        assert_eq!((&fast["name"], &fast["kind"]["integer"]["step"]), (&"fast".into(), &1.into()));
    }

    #[test]
    fn prose_is_cut_between_words_and_loses_none() {
        let prose = "score = (a - b) / c ".repeat(20);
        let cut = lines(&prose);
        assert!(cut.len() > 1 && cut.iter().all(|line| line.len() <= WIDTH));
        assert_eq!(cut.join(" "), prose.trim());
    }
}
