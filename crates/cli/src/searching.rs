//! What all searches have in common: their market, their jobs, their trials.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use autotrading_backtest::laboratory::{
    Check, Executor, JobMarket, JobResult, JobSpec, Judgement, Search, SearchAxis, SearchSpace, Sweep,
    SweepPlan,
};
use autotrading_domain::{Rate, Timestamp};
use autotrading_jobs::{LocalThreads, Remembering, ResultFile, SearchName, Shard, TrialLedger};
use autotrading_market_data::History;

use crate::failure::Failure;
use crate::search_arguments::SearchArguments;
use crate::study_folder::StudyFolder;
use crate::{progress, subject};

/// The bars, funding and name that a search is about.
#[derive(Debug)]
pub(crate) struct Ground {
    history: History,
    funding: Vec<(Timestamp, Rate)>,
    name: String,
}

impl Ground {
    /// Reads them; only the bars between --from and --to are kept.
    pub(crate) fn of(arguments: &SearchArguments) -> Result<Self, Failure> {
        let (history, name) = subject::data(&arguments.subject)?;
        let history = subject::window(&history, &arguments.subject)?.to_history();
        Ok(Self { history, funding: subject::funding(&arguments.subject)?, name })
    }

    pub(crate) fn market(&self) -> JobMarket<'_> {
        JobMarket::new(&self.history, &self.funding, &self.name)
    }
}

/// The search that the arguments describe.
pub(crate) fn sweep(arguments: &SearchArguments) -> Result<Sweep, Failure> {
    let base = subject::configuration(&arguments.subject)?;
    if arguments.vary.is_empty() {
        return Err(Failure::usage(anyhow!(
            "nothing is varied: say --vary fast=5..14, for one; `strategies list` shows the parameters"
        )));
    }
    let axes = arguments.vary.iter().map(|text| SearchAxis::read(text, &base)).collect::<Result<Vec<_>, _>>();
    let space = SearchSpace::new(axes.map_err(Failure::usage)?).map_err(Failure::usage)?;
    let search = match arguments.random {
        None => Search::Grid,
        Some(trials) => Search::Random { trials, seed: base.run.seed },
    };
    Ok(Sweep { base, space, search })
}

/// The search over the whole of its ground.
pub(crate) fn plan(arguments: &SearchArguments, market: &JobMarket<'_>) -> Result<SweepPlan, Failure> {
    let window = market.history().all();
    let (from, to) = (window.start().unwrap_or_default(), window.end().unwrap_or_default());
    sweep(arguments)?.plan(market, [from, to, from]).map_err(Failure::usage)
}

/// Somebody who runs jobs for a study.
pub(crate) struct Workshop<'a> {
    pub(crate) folder: &'a StudyFolder,
    pub(crate) threads: LocalThreads,
    pub(crate) shard: Shard,
    pub(crate) stop: Arc<AtomicBool>,
    /// Whether results of this very command are in the file already.
    begun: Cell<bool>,
}

impl<'a> Workshop<'a> {
    pub(crate) fn new(
        folder: &'a StudyFolder,
        arguments: &SearchArguments,
        shard: Shard,
    ) -> Result<Self, Failure> {
        let threads =
            arguments.threads.map_or_else(LocalThreads::default, |threads| LocalThreads { threads });
        Ok(Self { folder, threads, shard, stop: subject::interrupt_flag()?, begun: Cell::new(false) })
    }

    /// Runs jobs, remembering each; `None` when it was interrupted. `search` names what the results belong to.
    pub(crate) fn run(
        &self,
        search: &SearchName,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        what: &'static str,
    ) -> Result<Option<Vec<Option<JobResult>>>, Failure> {
        self.run_until(search, jobs, market, what, &mut |_, _| ControlFlow::Continue(()))
    }

    /// The same until `enough` breaks; it is told each result with its place, in the order in which they come.
    pub(crate) fn run_until(
        &self,
        search: &SearchName,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        what: &'static str,
        enough: &mut dyn FnMut(usize, &JobResult) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Option<JobResult>>>, Failure> {
        let path = self.folder.results();
        let (file, recovered) = ResultFile::open(&path, search).map_err(Failure::usage)?;
        let resumed = !self.begun.replace(true);
        if recovered.results > 0 && resumed {
            eprintln!("note: {} results are in {} already", recovered.results, path.display());
        }
        if recovered.torn > 0 {
            eprintln!("note: the last line of {} was not finished; its trial is run again", path.display());
        }
        let share = (0..jobs.len()).filter(|place| self.shard.has(*place)).count();
        let bar = progress::trials(share, what);
        let executor = Remembering::new(file, self.shard, self.threads);
        let mut results: Vec<Option<JobResult>> = vec![None; jobs.len()];
        let mut sated = false;
        let run = executor.execute(jobs, market, &mut |place, result| {
            bar.inc(1);
            sated = enough(place, &result).is_break();
            if let Some(slot) = results.get_mut(place) {
                *slot = Some(result);
            }
            if sated { ControlFlow::Break(()) } else { self.going_on() }
        });
        bar.finish_and_clear();
        run?;
        let done = results.iter().flatten().count();
        if done < share && !sated {
            eprintln!(
                "interrupted: {done} of {share} results are kept in {}; the same command goes on from there",
                path.display()
            );
            return Ok(None);
        }
        Ok(Some(results))
    }

    /// Breaks once Ctrl-C was pressed.
    pub(crate) fn going_on(&self) -> ControlFlow<()> {
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Runs jobs whose results belong together under their own name.
    pub(crate) fn run_all(
        &self,
        jobs: &[JobSpec],
        market: &JobMarket<'_>,
        what: &'static str,
    ) -> Result<Option<Vec<Option<JobResult>>>, Failure> {
        self.run(&SearchName::of(jobs)?, jobs, market, what)
    }
}

/// Counts trials in the ledger and says how many the data have seen.
pub(crate) fn count_trials(ledger: &Path, jobs: &[JobSpec], results: &[JobResult]) -> Result<u64, Failure> {
    if let Some(folder) = ledger.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut book = TrialLedger::open(ledger)?;
    let ratio = |result: &JobResult| {
        let figures = &result.figures;
        figures
            .sharpe
            .map(|sharpe| sharpe / figures.periods_per_year.sqrt())
            .filter(|ratio| ratio.is_finite())
    };
    book.count(jobs.iter().zip(results.iter().map(ratio)))?;
    Ok(jobs.first().map_or(0, |job| book.on(&job.data).trials as u64))
}

/// The verdict with each of its tests, for the terminal.
pub(crate) fn verdict_text(judgement: &Judgement) -> String {
    let mut text = format!("\n{}\n", judgement.words());
    for finding in &judgement.findings {
        let answer = if finding.passed { "passed" } else { "failed" };
        let bound = if finding.at_least { "at least" } else { "at most" };
        let told = if finding.decisive { "" } else { " (told, not counted)" };
        let _ = match (finding.value, &finding.reason) {
            (Some(value), _) => writeln!(
                text,
                "  {answer}: {} is {value:.4}, asked is {bound} {}{told}",
                finding.question, finding.threshold
            ),
            (None, reason) => writeln!(
                text,
                "  not computable: {}: {}",
                finding.question,
                reason.as_deref().unwrap_or("no reason given")
            ),
        };
    }
    text
}

/// Each threshold with what was found, one line each.
pub(crate) fn checks_text(checks: &[Check]) -> String {
    checks.iter().fold(String::new(), |mut text, check| {
        let _ = writeln!(text, "  {check}");
        text
    })
}

/// Where the parts of a study are.
pub(crate) fn written_text(files: &[PathBuf]) -> String {
    files.iter().fold(String::from("\n"), |mut text, file| {
        let _ = writeln!(text, "  {}", file.display());
        text
    })
}
