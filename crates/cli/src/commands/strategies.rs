//! `autotrading strategies`.

use std::process::ExitCode;

use autotrading_strategy::catalogue;

use crate::arguments::StrategiesCommand;
use crate::failure::Failure;

/// Lists all strategies with parameters, ranges and defaults.
pub(crate) fn run(command: &StrategiesCommand) -> Result<ExitCode, Failure> {
    let StrategiesCommand::List = command;
    for listing in catalogue() {
        println!("{}\n  {}", listing.name, listing.summary);
        for parameter in listing.parameters {
            let (name, range, default) = (parameter.name, parameter.range(), parameter.default());
            println!("    {name:<18} {range:<24} default {default:<10} {}", parameter.meaning);
        }
        println!();
    }
    Ok(ExitCode::SUCCESS)
}
