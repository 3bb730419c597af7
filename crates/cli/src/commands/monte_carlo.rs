//! `autotrading monte-carlo`: futures that could have been.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::anyhow;
use autotrading_backtest::laboratory::{JobMarket, JobSpec};
use autotrading_backtest::monte_carlo::{
    GarchPaths, HeldPosition, JumpPaths, MonteCarlo, MonteCarloError, MonteCarloOutcome, MonteCarloRules,
    PathMaker, RegimePaths, ResampledPaths, ShuffledPaths,
};
use autotrading_domain::{Direction, Span};
use autotrading_jobs::LocalThreads;
use autotrading_regime::garch::FitStatus;
use autotrading_regime::hmm::HmmOptions;
use autotrading_report::{MonteCarloStudy, monte_carlo_csv, monte_carlo_html};

use crate::failure::Failure;
use crate::search_arguments::{MonteCarloArguments, Of};
use crate::searching::written_text;
use crate::study_folder::StudyFolder;
use crate::terminal::say;
use crate::{progress, return_file, subject};

/// Maintenance margin of the positions whose liquidation is asked.
const MAINTENANCE: f64 = 0.005;

/// Draws futures from the returns of a run, an asset or a file.
pub(crate) fn run(arguments: &MonteCarloArguments) -> Result<ExitCode, Failure> {
    if !arguments.leverage.is_empty() && arguments.of != Of::Asset {
        return Err(Failure::usage(anyhow!(
            "--leverage asks for the liquidation of a position in the asset: add --of asset"
        )));
    }
    let (returns, subject) = returns(arguments)?;
    let folder = StudyFolder::open(&arguments.out, arguments.force)?;
    let held = |leverage: &f64| {
        [Direction::Long, Direction::Short].map(|direction| HeldPosition {
            direction,
            leverage: *leverage,
            maintenance: MAINTENANCE,
        })
    };
    let rules = MonteCarloRules {
        paths: arguments.paths,
        horizon: arguments.horizon,
        seed: arguments.subject.seed.unwrap_or(1),
        ruin: arguments.ruin,
        positions: arguments.leverage.iter().flat_map(held).collect(),
        ..MonteCarloRules::default()
    };
    let (outcomes, left_out) = simulate(arguments, &returns, &rules)?;
    let step = "day";
    let study = MonteCarloStudy {
        subject: &subject,
        step,
        ruin: rules.ruin,
        outcomes: &outcomes,
        left_out: &left_out,
    };
    let figures = serde_json::to_string_pretty(&outcomes)? + "\n";
    let files = [
        folder.write("monte-carlo.html", &monte_carlo_html(&study))?,
        folder.write("monte-carlo.csv", &monte_carlo_csv(&outcomes))?,
        folder.write("monte-carlo.json", &figures)?,
    ];
    say(&if arguments.json {
        figures
    } else {
        text(&outcomes, &left_out, &subject) + &written_text(&files)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn returns(arguments: &MonteCarloArguments) -> Result<(Vec<f64>, String), Failure> {
    if let Some(file) = &arguments.returns {
        let (names, columns) = return_file::read(file)?;
        let column = columns.into_iter().next().unwrap_or_default();
        let name = names.first().cloned().unwrap_or_default();
        return Ok((column, format!("{}, column {name}", file.display())));
    }
    let (history, name) = subject::data(&arguments.subject)?;
    let history = subject::window(&history, &arguments.subject)?.to_history();
    let funding = subject::funding(&arguments.subject)?;
    let market = JobMarket::new(&history, &funding, &name);
    let window = history.all();
    let (from, to) = (window.start().unwrap_or_default(), window.end().unwrap_or_default());
    Ok(match arguments.of {
        Of::Asset => (daily_closes(&history), format!("daily returns of {name}")),
        Of::Equity => {
            let configuration = subject::configuration(&arguments.subject)?;
            let job = JobSpec { configuration, data: market.digest(), from, to, measured_from: from };
            let days = job.run(&market)?.days.iter().map(|day| day.value).collect();
            (days, format!("daily returns of the run on {name}"))
        }
    })
}

/// Returns from the last close of a day to the last of the next.
fn daily_closes(history: &autotrading_market_data::History) -> Vec<f64> {
    let mut closes: Vec<(i64, f64)> = Vec::new();
    for (open, close) in history.open_time().iter().zip(history.close()) {
        let day = open.div_euclid(Span::DAY.nanos());
        match closes.last_mut() {
            Some(last) if last.0 == day => last.1 = *close,
            _ => closes.push((day, *close)),
        }
    }
    closes.iter().zip(closes.iter().skip(1)).map(|((_, before), (_, after))| after / before - 1.0).collect()
}

/// What was simulated, and what could not be, with the reason.
type Simulated = (Vec<MonteCarloOutcome>, Vec<(String, String)>);

/// A way to draw futures from returns, or why they do not suffice for it.
type Making = fn(&[f64]) -> Result<Box<dyn PathMaker>, String>;

const MAKERS: [(&str, Making); 5] = [
    ("stationary block bootstrap", |returns| boxed(ResampledPaths::new(returns, None))),
    ("permutation of bars", |returns| boxed(ShuffledPaths::of_bars(returns))),
    ("GARCH with Student-t errors", garch),
    ("Merton's jump diffusion", |returns| boxed(JumpPaths::fitted(returns))),
    ("switching regimes", |returns| boxed(RegimePaths::fitted(returns, HmmOptions::default()))),
];

fn boxed<M: PathMaker + 'static>(made: Result<M, MonteCarloError>) -> Result<Box<dyn PathMaker>, String> {
    match made {
        Ok(maker) => Ok(Box::new(maker)),
        Err(error) => Err(error.to_string()),
    }
}

/// A degenerate fit has no volatility of its own to come back to: its futures are quieter than any past.
fn garch(returns: &[f64]) -> Result<Box<dyn PathMaker>, String> {
    let paths = GarchPaths::fitted(returns).map_err(|error| error.to_string())?;
    match paths.status() {
        Some(FitStatus::Degenerate(why)) => Err(format!("the fit is degenerate: {why}")),
        Some(FitStatus::Stalled { gradient }) => Err(format!("the fit stopped at a slope of {gradient:.1e}")),
        Some(FitStatus::Converged) | None => Ok(Box::new(paths)),
    }
}

/// One outcome a maker; makers that the returns do not suffice for are left out with the reason.
fn simulate(
    arguments: &MonteCarloArguments,
    returns: &[f64],
    rules: &MonteCarloRules,
) -> Result<Simulated, Failure> {
    let threads = arguments.threads.map_or_else(LocalThreads::default, |threads| LocalThreads { threads });
    let bar = progress::trials(MAKERS.len(), "simulating");
    let (mut outcomes, mut left_out) = (Vec::new(), Vec::new());
    for (name, make) in MAKERS {
        match make(returns) {
            Ok(maker) => {
                let simulation = MonteCarlo::new(maker.as_ref(), rules.clone()).map_err(Failure::usage)?;
                outcomes.push(threads.simulate(&simulation)?);
            }
            Err(reason) => left_out.push((name.to_owned(), reason)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    match (outcomes.is_empty(), left_out.first()) {
        (true, Some((name, reason))) => {
            Err(Failure::Work(anyhow!("no future can be drawn; {name}: {reason}")))
        }
        _ => Ok((outcomes, left_out)),
    }
}

fn text(outcomes: &[MonteCarloOutcome], left_out: &[(String, String)], subject: &str) -> String {
    let (paths, horizon) = outcomes.first().map_or((0, 0), |outcome| (outcome.paths, outcome.horizon));
    let mut text = format!(
        "{paths} paths of {horizon} days, from the {subject}\n\n{:<28} {:>8} {:>8} {:>8}",
        "maker", "median", "loss", "ruin"
    );
    let falls = outcomes.first().map_or(&[][..], |outcome| outcome.drawdowns.as_slice());
    for fall in falls {
        let _ = write!(text, " {:>8}", format!("-{:.0} %", fall.drawdown * 100.0));
    }
    text.push('\n');
    for outcome in outcomes {
        let middle = outcome.quantiles.len() / 2;
        let median = outcome.fan.last().and_then(|end| end.levels.get(middle)).copied().unwrap_or(f64::NAN);
        let share = |value: f64| format!("{:.2} %", value * 100.0);
        let _ = write!(
            text,
            "{:<28} {median:>8.3} {:>8} {:>8}",
            outcome.maker,
            share(outcome.loss.probability),
            share(outcome.ruin.probability)
        );
        for fall in &outcome.drawdowns {
            let _ = write!(text, " {:>8}", share(fall.frequency.probability));
        }
        text.push('\n');
        for liquidation in &outcome.liquidations {
            let _ = writeln!(
                text,
                "    {} at {} x is liquidated (at {:.3} of the entry) in {}",
                liquidation.position.direction,
                liquidation.position.leverage,
                liquidation.barrier,
                share(liquidation.frequency.probability)
            );
        }
    }
    for (name, reason) in left_out {
        let _ = writeln!(text, "left out: {name}: {reason}");
    }
    text
}
