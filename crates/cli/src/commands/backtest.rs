//! `autotrading backtest`: the main job.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use autotrading_backtest::laboratory::WalkForwardReport;
use autotrading_backtest::{Backtest as Run, Detail, Finished, Outcome};
use autotrading_core::{Journal, Unrecorded};
use autotrading_journal::{DiskJournal, JournalRules};
use autotrading_report::{Page, write_figures, write_report, write_trades};

use super::markets;
use crate::arguments::Backtest;
use crate::failure::{Failure, interrupted};
use crate::run_folder::RunFolder;
use crate::terminal::say;
use crate::{progress, subject, summary};

/// Bars between two looks at the progress bar and the interrupt.
pub(super) const STRIDE: usize = 256;

/// Trades a market of the past and writes what came of it.
pub(crate) fn run(arguments: &Backtest) -> Result<ExitCode, Failure> {
    let configuration = subject::configuration_of_any(&arguments.subject)?;
    if !configuration.instruments.is_empty() || arguments.markets.is_used() {
        return markets::run(arguments, configuration);
    }
    let (history, name) = subject::data(&arguments.subject)?;
    let window = subject::window(&history, &arguments.subject)?;
    let walk_forward = arguments.walk_forward.as_deref().map(walk_forward).transpose()?;
    let folder = RunFolder::prepare(&arguments.out, arguments.force)?;
    let stop = subject::interrupt_flag()?;
    let detail = if arguments.bare { Detail::Figures } else { Detail::Full };
    let funding = subject::funding(&arguments.subject)?;
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
    write(arguments, &folder, &outcome, walk_forward.as_ref())?;
    Ok(if complete { ExitCode::SUCCESS } else { interrupted() })
}

/// A walk-forward as `autotrading walk-forward` writes it down.
fn walk_forward(file: &Path) -> Result<WalkForwardReport, Failure> {
    let text =
        fs::read_to_string(file).with_context(|| file.display().to_string()).map_err(Failure::Usage)?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not the walk-forward.json of a walk-forward", file.display()))
        .map_err(Failure::Usage)
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

fn write(
    arguments: &Backtest,
    folder: &RunFolder,
    outcome: &Outcome,
    walk_forward: Option<&WalkForwardReport>,
) -> Result<(), Failure> {
    let page = Page {
        report: &outcome.report,
        series: &outcome.series,
        fills: &outcome.fills,
        trades: &outcome.trades,
        orders: &outcome.orders,
        walk_forward,
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
