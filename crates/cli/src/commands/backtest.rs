//! `autotrading backtest`: the main job.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use autotrading_backtest::{
    Backtest as Run, BacktestConfiguration, Detail, Finished, Outcome, ResearchRules,
};
use autotrading_catalog::{read_bars, read_funding};
use autotrading_core::{Journal, StrategyEntry, Unrecorded};
use autotrading_domain::{Money, Rate, Timestamp};
use autotrading_journal::{DiskJournal, JournalRules};
use autotrading_market_data::{History, ReadRules, Reading, Window};
use autotrading_report::{Page, write_figures, write_report, write_trades};
use autotrading_strategy::{ParameterValue, Parameters, listing};
use rust_decimal::Decimal;

use crate::arguments::{Backtest, Profile};
use crate::commands::config;
use crate::failure::{Failure, interrupted};
use crate::run_folder::RunFolder;
use crate::terminal::say;
use crate::{built_in, progress, summary};

/// Bars between two looks at the progress bar and the interrupt.
const STRIDE: usize = 256;

/// Trades a market of the past and writes what came of it.
pub(crate) fn run(arguments: &Backtest) -> Result<ExitCode, Failure> {
    let configuration = configuration(arguments)?;
    config::check(&configuration).map_err(Failure::Usage)?;
    let (history, name) = data(arguments)?;
    let window = window(&history, arguments)?;
    let folder = RunFolder::prepare(&arguments.out, arguments.force)?;
    let stop = interrupt_flag()?;
    let detail = if arguments.bare { Detail::Figures } else { Detail::Full };
    let funding = funding(arguments)?;
    let backtest =
        Run { configuration: &configuration, history: window, funding: &funding, data: &name, detail };

    let finished = if arguments.bare {
        replay(&backtest, Unrecorded, &stop)?.0
    } else {
        let journal = DiskJournal::create(&folder.journal(), JournalRules::repeatable())?;
        let (finished, journal) = replay(&backtest, journal, &stop)?;
        journal.close()?;
        finished
    };
    let complete = finished.is_complete();
    let scenarios = if complete { backtest.fee_scenarios(&[0, 2])? } else { Vec::new() };
    let outcome = finished.outcome(&backtest, scenarios)?;
    write(arguments, &folder, &outcome)?;
    Ok(if complete { ExitCode::SUCCESS } else { interrupted() })
}

fn replay<J: Journal>(backtest: &Run<'_>, journal: J, stop: &AtomicBool) -> Result<(Finished, J), Failure> {
    let bar = progress::bar(backtest.history.len(), "trading");
    let done = backtest.run(journal, |step| {
        if step.bars.is_multiple_of(STRIDE) {
            bar.set_position(step.bars as u64);
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    Ok(done?)
}

fn write(arguments: &Backtest, folder: &RunFolder, outcome: &Outcome) -> Result<(), Failure> {
    let page = Page {
        report: &outcome.report,
        series: &outcome.series,
        fills: &outcome.fills,
        trades: &outcome.trades,
        orders: &outcome.orders,
    };
    let written = if arguments.bare {
        let (figures, trades) = (folder.path().join("report.json"), folder.path().join("trades.csv"));
        write_figures(&figures, &outcome.report)?;
        write_trades(&trades, &outcome.trades)?;
        vec![figures, trades]
    } else {
        let written = write_report(folder.path(), &page)?;
        vec![written.page, written.figures, written.trades, written.equity, folder.journal()]
    };
    if arguments.json {
        say(&(serde_json::to_string_pretty(&outcome.report)? + "\n"))?;
    } else {
        let paths: Vec<_> = written.iter().map(PathBuf::as_path).collect();
        say(&summary::text(outcome, &paths))?;
    }
    Ok(())
}

fn interrupt_flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    Ok(flag)
}

fn data(arguments: &Backtest) -> Result<(History, String), Failure> {
    let (reading, name): (Reading, String) = match &arguments.data {
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

fn funding(arguments: &Backtest) -> Result<Vec<(Timestamp, Rate)>, Failure> {
    let Some(file) = &arguments.funding else { return Ok(Vec::new()) };
    let series = read_funding(file)?;
    Ok(series.as_slice().iter().map(|point| (point.at, point.rate)).collect())
}

fn window<'a>(history: &'a History, arguments: &Backtest) -> Result<Window<'a>, Failure> {
    let window = history.window(arguments.from, arguments.to);
    if window.is_empty() {
        let all = history.all();
        let (start, end) = (all.start().unwrap_or_default(), all.end().unwrap_or_default());
        return Err(Failure::usage(anyhow!(
            "no bar lies between --from and --to; the data go from {start} to {end}"
        )));
    }
    Ok(window)
}

fn configuration(arguments: &Backtest) -> Result<BacktestConfiguration, Failure> {
    let mut configuration = match arguments.profile {
        Profile::Research => research(arguments)?,
        Profile::Full => full(arguments)?,
    };
    if let Some(seed) = arguments.seed {
        configuration.run.seed = seed;
    }
    Ok(configuration)
}

fn full(arguments: &Backtest) -> Result<BacktestConfiguration, Failure> {
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
    if configuration.instrument.tiers.is_none() {
        configuration.instrument.tiers = built_in::tiers()?.remove(&configuration.instrument.symbol);
    }
    Ok(configuration)
}

fn research(arguments: &Backtest) -> Result<BacktestConfiguration, Failure> {
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
