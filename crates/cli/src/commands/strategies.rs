//! `autotrading strategies`.

use std::fmt::Write as _;
use std::process::ExitCode;

use autotrading_strategy::catalogue;

use crate::arguments::StrategiesCommand;
use crate::failure::Failure;
use crate::terminal::say;

/// Lists all strategies with parameters, ranges and defaults.
pub(crate) fn run(command: &StrategiesCommand) -> Result<ExitCode, Failure> {
    let StrategiesCommand::List = command;
    let mut text = String::new();
    for listing in catalogue() {
        writeln!(text, "{}\n  {}", listing.name, listing.summary)?;
        for parameter in listing.parameters {
            let (name, range, default) = (parameter.name, parameter.range(), parameter.default().to_string());
            writeln!(text, "    {name:<18} {range:<24} default {default:<10} {}", parameter.meaning)?;
        }
        writeln!(text)?;
    }
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}
