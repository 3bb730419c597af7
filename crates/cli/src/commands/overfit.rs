//! `autotrading overfit`: how much of the best trial is luck.

use std::process::ExitCode;

use autotrading_backtest::laboratory::{JobResult, Judgement, ReturnTable};
use autotrading_jobs::Shard;
use autotrading_report::overfit_html;
use autotrading_statistics::overfitting::VerdictRules;

use crate::failure::{Failure, interrupted};
use crate::return_file;
use crate::search_arguments::OverfitArguments;
use crate::searching::{Ground, Workshop, count_trials, plan, verdict_text, written_text};
use crate::study_folder::StudyFolder;
use crate::terminal::say;

/// Records of trials, with how many were ever made.
struct Trials {
    returns: ReturnTable,
    names: Vec<String>,
    made: u64,
    market: String,
}

/// Judges the trials of a search or of a file.
pub(crate) fn run(arguments: &OverfitArguments) -> Result<ExitCode, Failure> {
    let folder = StudyFolder::open(&arguments.out, arguments.search.force)?;
    let trials = match &arguments.returns {
        Some(file) => {
            let (names, columns) = return_file::read(file)?;
            Trials {
                made: arguments.trials.unwrap_or(0),
                returns: ReturnTable::from_columns(columns, arguments.periods_per_year),
                names,
                market: file.display().to_string(),
            }
        }
        None => match searched(arguments, &folder)? {
            Some(trials) => trials,
            None => return Ok(interrupted()),
        },
    };
    let rules = VerdictRules { blocks: arguments.blocks, ..VerdictRules::default() };
    let judgement = Judgement::of(&trials.returns, trials.made, &rules);
    let best = judgement.best.and_then(|place| trials.names.get(place)).map_or("none", String::as_str);
    let figures = serde_json::to_string_pretty(&judgement)? + "\n";
    let page = overfit_html(&judgement, &trials.market, best, trials.returns.periods_per_year());
    let files = [folder.write("overfit.html", &page)?, folder.write("overfit.json", &figures)?];
    let text = format!("best trial: {best}\n{}{}", verdict_text(&judgement), written_text(&files));
    say(if arguments.search.json { &figures } else { &text })?;
    Ok(ExitCode::SUCCESS)
}

fn searched(arguments: &OverfitArguments, folder: &StudyFolder) -> Result<Option<Trials>, Failure> {
    let ground = Ground::of(&arguments.search)?;
    let market = ground.market();
    let plan = plan(&arguments.search, &market)?;
    let jobs = plan.jobs();
    let workshop = Workshop::new(folder, &arguments.search, Shard::WHOLE)?;
    let Some(results) = workshop.run_all(&jobs, &market, "searching")? else { return Ok(None) };
    let results: Vec<JobResult> = results.into_iter().flatten().collect();
    let made = count_trials(&arguments.search.ledger, &jobs, &results)?;
    let table = plan.table(results);
    Ok(Some(Trials {
        names: table.trials.iter().map(|trial| table.space.words(&trial.values)).collect(),
        returns: table.returns(),
        made,
        market: market.name().to_owned(),
    }))
}
