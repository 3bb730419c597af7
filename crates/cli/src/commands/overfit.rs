//! `autotrading overfit`: how much of the best trial is luck.

use std::path::Path;
use std::process::ExitCode;

use autotrading_backtest::laboratory::{
    Criterion, JobMarket, JobResult, Judgement, PermutationReport, PermutationTest, ReturnTable, SweepPlan,
};
use autotrading_jobs::{PermutationFile, SearchName, Shard};
use autotrading_report::{OverfitStudy, overfit_html};
use autotrading_statistics::overfitting::VerdictRules;
use serde_json::json;

use crate::failure::{Failure, interrupted};
use crate::search_arguments::OverfitArguments;
use crate::searching::{Ground, Workshop, count_trials, plan, verdict_text, written_text};
use crate::study_folder::StudyFolder;
use crate::terminal::say;
use crate::{progress, return_file};

/// Records of trials, with how many were ever made.
struct Trials {
    returns: ReturnTable,
    names: Vec<String>,
    made: u64,
    market: String,
    permutations: Option<PermutationReport>,
}

/// Judges the trials of a search or of a file.
pub(crate) fn run(arguments: &OverfitArguments) -> Result<ExitCode, Failure> {
    let trials = match &arguments.returns {
        Some(file) => told(arguments, file)?,
        None => match searched(arguments)? {
            Some(trials) => trials,
            None => return Ok(interrupted()),
        },
    };
    let folder = StudyFolder::open(&arguments.out, arguments.search.force && arguments.returns.is_some())?;
    let rules = VerdictRules { blocks: arguments.blocks, ..VerdictRules::default() };
    let mut judgement = Judgement::of(&trials.returns, trials.made, &rules);
    if let Some(report) = &trials.permutations {
        judgement = judgement.with_permutations(report);
    }
    let best = judgement.best.and_then(|place| trials.names.get(place)).map_or("none", String::as_str);
    let study = OverfitStudy {
        judgement: &judgement,
        market: &trials.market,
        best,
        periods_per_year: trials.returns.periods_per_year(),
        permutations: trials.permutations.as_ref(),
    };
    let mut figures = serde_json::to_value(&judgement)?;
    if let (Some(figures), Some(report)) = (figures.as_object_mut(), &trials.permutations) {
        figures.insert("permutations".to_owned(), json!(report));
    }
    let figures = serde_json::to_string_pretty(&figures)? + "\n";
    let files =
        [folder.write("overfit.html", &overfit_html(&study))?, folder.write("overfit.json", &figures)?];
    let text = format!("best trial: {best}\n{}{}", verdict_text(&judgement), written_text(&files));
    say(if arguments.search.json { &figures } else { &text })?;
    Ok(ExitCode::SUCCESS)
}

fn told(arguments: &OverfitArguments, file: &Path) -> Result<Trials, Failure> {
    let (names, columns) = return_file::read(file)?;
    Ok(Trials {
        made: arguments.trials.unwrap_or(0),
        returns: ReturnTable::from_columns(columns, arguments.periods_per_year),
        names,
        market: file.display().to_string(),
        permutations: None,
    })
}

fn searched(arguments: &OverfitArguments) -> Result<Option<Trials>, Failure> {
    let ground = Ground::of(&arguments.search)?;
    let market = ground.market();
    let plan = plan(&arguments.search, &market)?;
    let folder = StudyFolder::open(&arguments.out, arguments.search.force)?;
    let jobs = plan.jobs();
    let workshop = Workshop::new(&folder, &arguments.search, Shard::WHOLE)?;
    let Some(results) = workshop.run_all(&jobs, &market, "searching")? else { return Ok(None) };
    let results: Vec<JobResult> = results.into_iter().flatten().collect();
    let made = count_trials(&arguments.search.ledger, &jobs, &results)?;
    let table = plan.table(results);
    let criterion: Criterion = arguments.search.criterion.into();
    let seen = table.best(criterion).and_then(|trial| criterion.of(&trial.result.figures));
    let permutations = match arguments.permutations {
        0 => None,
        count => match permuted(&plan, criterion, seen, count, &market, &workshop)? {
            Some(report) => Some(report),
            None => return Ok(None),
        },
    };
    Ok(Some(Trials {
        names: table.trials.iter().map(|trial| table.space.words(&trial.values)).collect(),
        returns: table.returns(),
        made,
        market: market.name().to_owned(),
        permutations,
    }))
}

/// Makes the search on permuted markets, remembering each; `None` when it was interrupted.
fn permuted(
    plan: &SweepPlan,
    criterion: Criterion,
    seen: Option<f64>,
    count: u64,
    market: &JobMarket<'_>,
    workshop: &Workshop<'_>,
) -> Result<Option<PermutationReport>, Failure> {
    let test = PermutationTest { plan, criterion, seed: plan.sweep.base.run.seed };
    let path = workshop.folder.permutations();
    let name = SearchName::of(&plan.jobs())?;
    let (mut file, recovered) =
        PermutationFile::open(&path, &name, test.seed, criterion).map_err(Failure::usage)?;
    if recovered.results > 0 {
        eprintln!("note: {} permutations are in {} already", recovered.results, path.display());
    }
    let bar = progress::pieces(usize::try_from(count).unwrap_or(usize::MAX), "permuting", "markets");
    let mut permuted = Vec::new();
    for number in 0..count {
        let best = match file.get(number) {
            Some(best) => best,
            None => {
                let found = test.best(market, number, &workshop.threads, &mut |_| workshop.going_on())?;
                let Some(best) = found else {
                    bar.finish_and_clear();
                    eprintln!(
                        "interrupted: {number} of {count} permutations are kept in {}; the same command goes on from there",
                        path.display()
                    );
                    return Ok(None);
                };
                file.add(number, best)?;
                best
            }
        };
        permuted.push(best);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Some(test.report(seen, permuted)))
}
