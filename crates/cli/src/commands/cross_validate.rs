//! `autotrading cross-validate`: choose on some days, test on others, in every way the groups allow.

use std::process::ExitCode;

use autotrading_backtest::laboratory::{CrossValidation, CrossValidationThresholds, FoldRules, JobResult};
use autotrading_jobs::Shard;
use autotrading_report::{cross_validation_html, folds_csv, paths_csv};

use crate::failure::{Failure, interrupted};
use crate::search_arguments::CrossValidateArguments;
use crate::searching::{Ground, Workshop, checks_text, count_trials, plan, written_text};
use crate::study_folder::StudyFolder;
use crate::terminal::say;

/// Runs the search, splits its days and writes what came of it.
pub(crate) fn run(arguments: &CrossValidateArguments) -> Result<ExitCode, Failure> {
    let ground = Ground::of(&arguments.search)?;
    let market = ground.market();
    let plan = plan(&arguments.search, &market)?;
    let rules = FoldRules {
        groups: arguments.groups,
        held_out: arguments.held_out,
        purge: arguments.purge,
        embargo: arguments.embargo,
    };
    let folder = StudyFolder::open(&arguments.out, arguments.search.force)?;
    let jobs = plan.jobs();
    let workshop = Workshop::new(&folder, &arguments.search, Shard::WHOLE)?;
    let Some(results) = workshop.run_all(&jobs, &market, "searching")? else { return Ok(interrupted()) };
    let results: Vec<JobResult> = results.into_iter().flatten().collect();
    let trials = count_trials(&arguments.search.ledger, &jobs, &results)?;
    let table = plan.table(results);
    let names: Vec<String> = table.trials.iter().map(|trial| table.space.words(&trial.values)).collect();
    let returns = table.returns();
    let report =
        CrossValidation { returns: &returns, rules, thresholds: CrossValidationThresholds::default() }
            .run()
            .map_err(Failure::usage)?;
    let figures = serde_json::to_string_pretty(&report)? + "\n";
    let files = [
        folder.write(
            "cross-validation.html",
            &cross_validation_html(&report, market.name(), returns.days(), &names),
        )?,
        folder.write("splits.csv", &folds_csv(&report, &names))?,
        folder.write("paths.csv", &paths_csv(&report))?,
        folder.write("cross-validation.json", &figures)?,
    ];
    let ratio = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let text = format!(
        "{} trials ({trials} ever made on these data), {} splits, {} paths over {} days\n\n\
         Sharpe ratio where chosen {}, along the paths {}\n\n{}\n{}",
        report.trials,
        report.splits.len(),
        report.paths.len(),
        report.days,
        ratio(report.mean_in_sample),
        ratio(report.mean_path_sharpe),
        report.verdict,
        checks_text(&report.checks)
    );
    say(&if arguments.search.json { figures } else { text + &written_text(&files) })?;
    Ok(ExitCode::SUCCESS)
}
