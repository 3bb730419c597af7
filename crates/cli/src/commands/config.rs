//! `autotrading config`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use autotrading_backtest::BacktestConfiguration;
use autotrading_core::{Engine, EngineError, place_of, read_toml};
use autotrading_domain::Instruments;

use crate::arguments::ConfigCommand;
use crate::built_in;
use crate::failure::Failure;
use crate::terminal::say;

/// Runs one of the configuration commands.
pub(crate) fn run(command: &ConfigCommand) -> Result<ExitCode, Failure> {
    match command {
        ConfigCommand::Init { file, force } => init(file, *force),
        ConfigCommand::Check { file } => {
            let configuration = read(file)?;
            check(&configuration).map_err(|error| placed(file, error))?;
            say(&format!("{} is legal: {} strategies\n", file.display(), configuration.strategies.len()))?;
            Ok(ExitCode::SUCCESS)
        }
        ConfigCommand::Show { file } => {
            let configuration = match file {
                Some(file) => read(file)?,
                None => built_in::configuration()?,
            };
            say(&toml::to_string_pretty(&configuration)?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Reads a configuration; whatever is wrong is named with file, line and nearest name.
pub(crate) fn read(file: &Path) -> Result<BacktestConfiguration, Failure> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    let text = text.map_err(Failure::Usage)?;
    read_toml(&text).map_err(|error| Failure::usage(anyhow!("{}: {error}", file.display())))
}

/// The same error with the file, and the line and column of the key that it is about, where it is about one.
pub(crate) fn placed(file: &Path, error: anyhow::Error) -> Failure {
    let key = error.downcast_ref::<EngineError>().and_then(EngineError::key);
    let text = key.as_ref().and_then(|_| std::fs::read_to_string(file).ok());
    let place = key.zip(text).and_then(|(key, text)| place_of(&text, &key));
    Failure::usage(match place {
        Some((line, column)) => anyhow!("{}: line {line}, column {column}: {error}", file.display()),
        None => anyhow!("{}: {error}", file.display()),
    })
}

/// Whether an engine can be made of it: strategies, parameters, limits and rules.
pub(crate) fn check(configuration: &BacktestConfiguration) -> anyhow::Result<()> {
    let bars = built_in::bars()?.history;
    let listed = configuration.listed()?;
    let instruments =
        listed.iter().map(|rules| rules.instrument(bars.all())).collect::<Result<Vec<_>, _>>()?;
    configuration.check_venue()?;
    Engine::new(Instruments::new(instruments), configuration.engine(bars.interval()))?;
    Ok(())
}

fn init(file: &Path, force: bool) -> Result<ExitCode, Failure> {
    if file.exists() && !force {
        return Err(Failure::usage(anyhow!("{} exists; overwrite it with --force", file.display())));
    }
    std::fs::write(file, built_in::CONFIGURATION)
        .with_context(|| format!("cannot write {}", file.display()))?;
    say(&format!("wrote {}\n", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
