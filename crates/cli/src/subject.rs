//! What a command runs, on what: configuration, bars, funding, and the window of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use autotrading_backtest::{BacktestConfiguration, ResearchRules};
use autotrading_catalog::{read_bars, read_funding, read_many_bars};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate, Timestamp};
use autotrading_market_data::{History, ReadRules, Reading, Window};
use autotrading_strategy::{ParameterValue, Parameters, listing};
use rust_decimal::Decimal;

use crate::arguments::{Profile, Subject};
use crate::built_in;
use crate::commands::config;
use crate::failure::Failure;
use crate::markets;
use crate::portfolio_arguments::Coins;

/// Raised by Ctrl-C.
pub(crate) fn interrupt_flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    Ok(flag)
}

/// The bars and their name.
pub(crate) fn data(arguments: &Subject) -> Result<(History, String), Failure> {
    bars(arguments.data.as_deref())
}

/// The bars of a file, or the built-in ones, and their name.
pub(crate) fn bars(file: Option<&Path>) -> Result<(History, String), Failure> {
    let (reading, name): (Reading, String) = match file {
        None => (built_in::bars()?, built_in::BARS_NAME.to_owned()),
        Some(file) => {
            let name = file
                .file_name()
                .map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
            (read_bars(file, ReadRules::default())?, name)
        }
    };
    for (kind, count) in reading.findings.counts() {
        eprintln!("note: {name}: {kind}: {count} times; `autotrading data check` lists them");
    }
    Ok((reading.history, name))
}

/// The bars of several instruments out of a file, or the built-in ones, by symbol, and their name.
pub(crate) fn many_bars(file: Option<&Path>) -> Result<(Vec<(String, History)>, String), Failure> {
    let (readings, name) = match file {
        None => (built_in::coins()?, built_in::COINS_NAME.to_owned()),
        Some(file) => (read_many_bars(file, ReadRules::default())?, file.display().to_string()),
    };
    for (symbol, reading) in &readings {
        for (kind, count) in reading.findings.counts() {
            eprintln!("note: {name}: {symbol}: {kind}: {count} times");
        }
    }
    Ok((readings.into_iter().map(|(symbol, reading)| (symbol, reading.history)).collect(), name))
}

/// The bars of several instruments between --from and --to, and the name of the data.
pub(crate) fn coins(coins: &Coins) -> Result<(Vec<(String, History)>, String), Failure> {
    let (mut histories, name) = many_bars(coins.data.as_deref())?;
    for (_, history) in &mut histories {
        *history = between(history, coins.from, coins.to)?.to_history();
    }
    Ok((histories, name))
}

/// The funding rates; empty for the venue's default.
pub(crate) fn funding(arguments: &Subject) -> Result<Vec<(Timestamp, Rate)>, Failure> {
    let Some(file) = &arguments.funding else { return Ok(Vec::new()) };
    let series = read_funding(file)?;
    Ok(series.as_slice().iter().map(|point| (point.at, point.rate)).collect())
}

/// The bars between --from and --to.
pub(crate) fn window<'a>(history: &'a History, arguments: &Subject) -> Result<Window<'a>, Failure> {
    between(history, arguments.from, arguments.to)
}

/// The bars between two times.
pub(crate) fn between(
    history: &History,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Window<'_>, Failure> {
    let window = history.window(from, to);
    if window.is_empty() {
        let all = history.all();
        let (start, end) = (all.start().unwrap_or_default(), all.end().unwrap_or_default());
        return Err(Failure::usage(anyhow!(
            "no bar lies between --from and --to; the data go from {start} to {end}"
        )));
    }
    Ok(window)
}

/// The configuration of one market, checked.
pub(crate) fn configuration(arguments: &Subject) -> Result<BacktestConfiguration, Failure> {
    let configuration = configuration_of_any(arguments)?;
    if !configuration.instruments.is_empty() {
        return Err(Failure::usage(anyhow!(
            "the configuration lists several markets under [[instruments]], and this command runs one, [instrument]; \
             several on one account are run by `autotrading backtest` and by `autotrading portfolio compare`"
        )));
    }
    Ok(configuration)
}

/// The configuration of one market or of several, checked.
pub(crate) fn configuration_of_any(arguments: &Subject) -> Result<BacktestConfiguration, Failure> {
    let mut configuration = match arguments.profile {
        Profile::Research => research(arguments)?,
        Profile::Full => full(arguments)?,
    };
    if let Some(seed) = arguments.seed {
        configuration.run.seed = seed;
    }
    config::check(&configuration).map_err(|error| match &arguments.config {
        Some(file) => config::placed(file, error),
        None => Failure::Usage(error),
    })?;
    Ok(configuration)
}

fn full(arguments: &Subject) -> Result<BacktestConfiguration, Failure> {
    let set = [
        ("--fill", arguments.fill.is_some()),
        ("--fee", arguments.fee.is_some()),
        ("--size", arguments.size.is_some()),
    ];
    if let Some((flag, _)) = set.into_iter().find(|(_, set)| *set) {
        return Err(Failure::usage(anyhow!(
            "{flag} belongs to --profile research; the full profile takes it from the configuration"
        )));
    }
    let mut configuration = match &arguments.config {
        Some(file) => config::read(file)?,
        None => built_in::configuration()?,
    };
    if let Some(name) = &arguments.strategy {
        configuration.strategies = vec![strategy(name, &arguments.parameters)?];
        configuration.matrix = None;
    }
    if let Some(cash) = arguments.cash {
        configuration.run.cash = cash;
    }
    if configuration.run.cash <= Money::ZERO {
        return Err(Failure::usage(anyhow!("the cash is {}, it must be above zero", configuration.run.cash)));
    }
    markets::fill_tiers(&mut configuration)?;
    Ok(configuration)
}

fn research(arguments: &Subject) -> Result<BacktestConfiguration, Failure> {
    if arguments.config.is_some() {
        return Err(Failure::usage(anyhow!(
            "--config does not go with --profile research, which defines all its rules"
        )));
    }
    let Some(name) = &arguments.strategy else {
        return Err(Failure::usage(anyhow!("--profile research needs --strategy NAME")));
    };
    let size = arguments.size.unwrap_or(Decimal::ONE);
    if size <= Decimal::ZERO {
        return Err(Failure::usage(anyhow!("--size is {size}, it must be above zero")));
    }
    let fee = arguments.fee.unwrap_or(Rate::ZERO);
    if fee < Rate::ZERO || fee.get() >= Decimal::ONE {
        return Err(Failure::usage(anyhow!("--fee is {fee}, it must lie in [0, 1)")));
    }
    let cash = arguments.cash.unwrap_or(Money::new(Decimal::from(100_000)));
    if cash <= Money::ZERO {
        return Err(Failure::usage(anyhow!("--cash is {cash}, it must be above zero")));
    }
    Ok(ResearchRules { strategy: strategy(name, &arguments.parameters)?, fee, size, cash }.configuration())
}

fn strategy(name: &str, parameters: &[(String, String)]) -> Result<StrategyEntry, Failure> {
    let parameters = parameters
        .iter()
        .fold(Parameters::new(), |all, (key, value)| all.with(key, ParameterValue::read(value)));
    listing(name).and_then(|listing| listing.settings(&parameters)).map_err(Failure::usage)?;
    Ok(StrategyEntry { name: name.to_owned(), parameters })
}
