//! The program `autotrading`: wiring only.
#![allow(clippy::disallowed_methods, reason = "the program is where files, arguments and signals come in")]
#![allow(clippy::print_stderr, reason = "the program speaks to a terminal")]

mod arguments;
mod built_in;
mod commands;
mod failure;
mod market_arguments;
mod markets;
mod optimise_arguments;
mod portfolio_arguments;
mod progress;
mod recording;
mod return_file;
mod run_folder;
mod search_arguments;
mod searching;
mod study_folder;
mod subject;
mod summary;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments.command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Backtest(arguments) => commands::backtest::run(&arguments),
        Command::Sweep(arguments) => commands::sweep::run(&arguments),
        Command::WalkForward(arguments) => commands::walk_forward::run(&arguments),
        Command::CrossValidate(arguments) => commands::cross_validate::run(&arguments),
        Command::Overfit(arguments) => commands::overfit::run(&arguments),
        Command::MonteCarlo(arguments) => commands::monte_carlo::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Journal(command) => commands::journal::run(&command),
        Command::Config(command) => commands::config::run(&command),
        Command::Data(command) => commands::data::run(&command),
        Command::Portfolio(command) => commands::portfolio::run(&command),
        Command::Regime(command) => commands::regime::run(&command),
        Command::Strategies(command) => commands::strategies::run(&command),
    }
}
