//! `autotrading walk-forward`: choose on the past, test on what follows.

use std::fmt::Write as _;
use std::process::ExitCode;

use autotrading_backtest::laboratory::{
    JobResult, WalkForward, WalkForwardReport, WalkForwardThresholds, WalkRules,
};
use autotrading_jobs::{SearchName, Shard};
use autotrading_report::{walk_forward_html, walks_csv};

use crate::failure::{Failure, interrupted};
use crate::search_arguments::WalkForwardArguments;
use crate::searching::{Ground, Workshop, checks_text, count_trials, sweep, written_text};
use crate::study_folder::StudyFolder;
use crate::terminal::say;

/// Runs the walks and writes what came of them.
pub(crate) fn run(arguments: &WalkForwardArguments) -> Result<ExitCode, Failure> {
    let ground = Ground::of(&arguments.search)?;
    let market = ground.market();
    let study = WalkForward {
        sweep: sweep(&arguments.search)?,
        rules: WalkRules {
            train: arguments.train,
            test: arguments.test,
            anchored: arguments.anchored,
            least_walks: arguments.least_walks,
            warm_up: arguments.warm_up,
        },
        criterion: arguments.search.criterion.into(),
        thresholds: WalkForwardThresholds::default(),
    };
    let plan = study.plan(&market).map_err(Failure::usage)?;
    let folder = StudyFolder::open(&arguments.out, arguments.search.force)?;
    let workshop = Workshop::new(&folder, &arguments.search, Shard::WHOLE)?;
    let training = plan.training();
    let name = SearchName::of(&training)?;
    let Some(trained) = workshop.run(&name, &training, &market, "choosing")? else {
        return Ok(interrupted());
    };
    let trained: Vec<JobResult> = trained.into_iter().flatten().collect();
    let chosen = study.choose(&plan, &trained);
    let tests = plan.tests(&chosen);
    let Some(tested) = workshop.run(&name, &tests, &market, "testing")? else { return Ok(interrupted()) };
    let tested: Vec<JobResult> = tested.into_iter().flatten().collect();
    let trials = count_trials(&arguments.search.ledger, &training, &trained)?;
    let report = study.report(&plan, &trained, &chosen, &tested);
    let figures = serde_json::to_string_pretty(&report)? + "\n";
    let files = [
        folder.write("walk-forward.html", &walk_forward_html(&report, market.name()))?,
        folder.write("walks.csv", &walks_csv(&report))?,
        folder.write("walk-forward.json", &figures)?,
    ];
    say(&if arguments.search.json { figures } else { text(&report, trials) + &written_text(&files) })?;
    Ok(ExitCode::SUCCESS)
}

fn text(report: &WalkForwardReport, trials: u64) -> String {
    let ratio = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let mut text = format!(
        "{} walks, {} trials in each ({trials} ever made on these data)\n\n{:<12} {:<12} {:>8} {:>8} {:>9}  chosen\n",
        report.walks.len(),
        report.candidates,
        "test from",
        "to",
        "Sharpe",
        "after",
        "return"
    );
    for walk in &report.walks {
        let date = |at: autotrading_domain::Timestamp| at.to_string().chars().take(10).collect::<String>();
        let pairs = report.parameters.iter().zip(&walk.values);
        let values: Vec<String> = pairs
            .map(|(name, value)| format!("{} {value}", name.rsplit('.').next().unwrap_or(name)))
            .collect();
        let _ = writeln!(
            text,
            "{:<12} {:<12} {:>8} {:>8} {:>8.2}%  {}",
            date(walk.walk.test_from),
            date(walk.walk.test_to),
            ratio(walk.in_sample),
            ratio(walk.out_of_sample),
            walk.test_return * 100.0,
            if values.is_empty() { "nothing".to_owned() } else { values.join(", ") }
        );
    }
    let _ = writeln!(
        text,
        "\ntests strung together: return {:.2} %, Sharpe {}, largest drawdown {:.2} %\n",
        report.total_return * 100.0,
        ratio(report.sharpe),
        report.max_drawdown * 100.0
    );
    let _ = writeln!(text, "{}", report.verdict);
    text += &checks_text(&report.checks);
    text
}
