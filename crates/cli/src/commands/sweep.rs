//! `autotrading sweep`: many parameters on one stretch, and what the best of them is worth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use autotrading_backtest::laboratory::{
    Criterion, JobMarket, JobResult, JobSpec, Judgement, Patience, SweepPlan, SweepTable,
};
use autotrading_jobs::{ResultFile, SearchName, Shard};
use autotrading_report::{SweepStudy, sweep_csv, sweep_html};
use autotrading_statistics::overfitting::VerdictRules;
use serde_json::json;

use crate::failure::{Failure, interrupted};
use crate::search_arguments::{SweepArguments, SweepCommand, SweepMerge, SweepRun};
use crate::searching::{Ground, Workshop, count_trials, plan, verdict_text, written_text};
use crate::study_folder::StudyFolder;
use crate::terminal::say;

/// Trials that the terminal shows.
const SHOWN: usize = 10;

/// Runs or merges.
pub(crate) fn run(arguments: &SweepArguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        None => search(&arguments.run),
        Some(SweepCommand::Run(run)) => search(run),
        Some(SweepCommand::Merge(merge)) => self::merge(merge),
    }
}

fn search(arguments: &SweepRun) -> Result<ExitCode, Failure> {
    let ground = Ground::of(&arguments.search)?;
    let market = ground.market();
    let plan = plan(&arguments.search, &market)?;
    let folder = StudyFolder::open(&arguments.out, arguments.search.force)?;
    let jobs = plan.jobs();
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let workshop = Workshop::new(&folder, &arguments.search, shard)?;
    if let Some(trials) = arguments.patience {
        return patient(arguments, &plan, &market, &workshop, trials.get());
    }
    let Some(results) = workshop.run_all(&jobs, &market, "searching")? else { return Ok(interrupted()) };
    folder.write("plan.json", &(serde_json::to_string(&plan)? + "\n"))?;
    if let Some(shard) = arguments.shard {
        let done = results.iter().flatten().count();
        say(&format!(
            "shard {shard}: {done} of {} trials are in {}; `autotrading sweep merge` puts the shards together\n",
            jobs.len(),
            folder.path().display()
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let results: Vec<JobResult> = results.into_iter().flatten().collect();
    let criterion = arguments.search.criterion.into();
    conclude(&plan, results, criterion, &folder, &arguments.search.ledger, arguments.search.json)
}

/// Looks at the trials in an order drawn by chance until so many in a row are no better; the others are left alone.
fn patient(
    arguments: &SweepRun,
    plan: &SweepPlan,
    market: &JobMarket<'_>,
    workshop: &Workshop<'_>,
    trials: usize,
) -> Result<ExitCode, Failure> {
    let criterion: Criterion = arguments.search.criterion.into();
    let all = plan.jobs();
    let mut patience = Patience::new(trials, all.len(), plan.sweep.base.run.seed);
    let ordered: Vec<JobSpec> =
        patience.order().iter().filter_map(|place| all.get(*place).cloned()).collect();
    let mut see = |turn: usize, result: &JobResult| patience.see(turn, criterion.of(&result.figures));
    let name = SearchName::of(&all)?;
    let Some(results) = workshop.run_until(&name, &ordered, market, "searching", &mut see)? else {
        return Ok(interrupted());
    };
    let places = patience.looked_at();
    let mut found: BTreeMap<usize, JobResult> =
        patience.order().iter().zip(results).filter_map(|(place, result)| Some((*place, result?))).collect();
    let results: Vec<JobResult> = places.iter().filter_map(|place| found.remove(place)).collect();
    if patience.is_over() {
        eprintln!(
            "note: stopped early: {} of {} points were looked at, and none of the last {trials} was better",
            places.len(),
            all.len()
        );
    }
    let folder = workshop.folder;
    folder.write("plan.json", &(serde_json::to_string(plan)? + "\n"))?;
    conclude(&plan.part(&places), results, criterion, folder, &arguments.search.ledger, arguments.search.json)
}

fn merge(arguments: &SweepMerge) -> Result<ExitCode, Failure> {
    let (plan, results) = shards(arguments)?;
    let folder = StudyFolder::open(&arguments.out, arguments.force)?;
    folder.write("plan.json", &(serde_json::to_string(&plan)? + "\n"))?;
    conclude(&plan, results, arguments.criterion.into(), &folder, &arguments.ledger, arguments.json)
}

/// The plan that all shards have in common, and all results in the order of its jobs.
fn shards(arguments: &SweepMerge) -> Result<(SweepPlan, Vec<JobResult>), Failure> {
    let mut first: Option<(SweepPlan, SearchName)> = None;
    let mut known = BTreeMap::new();
    for shard in &arguments.shards {
        let plan = read_plan(shard)?;
        let name = SearchName::of(&plan.jobs())?;
        let (_, asked) = first.get_or_insert((plan, name.clone()));
        if *asked != name {
            return Err(Failure::usage(anyhow!(
                "{} is a shard of another search than {}: other data, parameters or window",
                shard.display(),
                arguments.shards.first().map_or_else(String::new, |first| first.display().to_string())
            )));
        }
        known.extend(ResultFile::read(&shard.join("results.jsonl"), &name)?);
    }
    let (plan, _) = first.ok_or_else(|| Failure::usage(anyhow!("there is no shard to merge")))?;
    let jobs = plan.jobs();
    let mut results = Vec::with_capacity(jobs.len());
    for job in &jobs {
        results.extend(known.remove(&job.id()?));
    }
    if results.len() < jobs.len() {
        return Err(Failure::Work(anyhow!(
            "{} of {} trials are missing: a shard is not given, or was not finished (the same `sweep run --shard` goes on)",
            jobs.len() - results.len(),
            jobs.len()
        )));
    }
    Ok((plan, results))
}

fn read_plan(shard: &Path) -> Result<SweepPlan, Failure> {
    let file = shard.join("plan.json");
    let text = fs::read_to_string(&file).with_context(|| {
        format!("{} is not the folder of a finished shard: cannot read {}", shard.display(), file.display())
    })?;
    Ok(serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?)
}

fn conclude(
    plan: &SweepPlan,
    results: Vec<JobResult>,
    criterion: Criterion,
    folder: &StudyFolder,
    ledger: &Path,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let trials = count_trials(ledger, &plan.jobs(), &results)?;
    let table = plan.table(results);
    let judgement = Judgement::of(&table.returns(), trials, &VerdictRules::default());
    let study = SweepStudy { plan, table: &table, criterion, judgement: &judgement };
    let best = table.best(criterion);
    let figures = json!({
        "data": plan.data, "market": plan.market, "from": plan.measured_from, "to": plan.to, "criterion": criterion,
        "trials": table.trials.len(), "illegal": table.skipped,
        "best": best.map(|trial| json!({ "number": trial.number.to_string(), "values": trial.values, "figures": trial.result.figures })),
        "judgement": judgement,
    });
    let figures = serde_json::to_string_pretty(&figures)? + "\n";
    let files = [
        folder.write("sweep.html", &sweep_html(&study))?,
        folder.write("sweep.csv", &sweep_csv(&table))?,
        folder.write("sweep.json", &figures)?,
    ];
    if as_json {
        say(&figures)?;
    } else {
        say(&(listing(&table, criterion) + &verdict_text(&judgement) + &written_text(&files)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn listing(table: &SweepTable, criterion: Criterion) -> String {
    let mut ranked: Vec<_> = table.trials.iter().collect();
    let value = |place: &&autotrading_backtest::laboratory::Trial| {
        criterion.of(&place.result.figures).unwrap_or(f64::NEG_INFINITY)
    };
    ranked.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.number.cmp(&b.number)));
    let mut text = format!("{} trials", table.trials.len());
    if table.skipped > 0 {
        let _ = write!(text, ", {} illegal combinations left out", table.skipped);
    }
    let _ = writeln!(
        text,
        "\n\n{:>10}  {:>8}  {:>8}  {:>6}  parameters",
        "return", "Sharpe", "drawdown", "trips"
    );
    for trial in ranked.iter().take(SHOWN) {
        let figures = &trial.result.figures;
        let sharpe = figures.sharpe.map_or_else(|| "-".to_owned(), |sharpe| format!("{sharpe:.2}"));
        let _ = writeln!(
            text,
            "{:>9.2}%  {sharpe:>8}  {:>7.2}%  {:>6}  {}",
            figures.total_return * 100.0,
            figures.max_drawdown * 100.0,
            figures.closed_trades,
            table.space.words(&trial.values)
        );
    }
    text
}
