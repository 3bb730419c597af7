//! `autotrading monte-carlo`: futures that could have been.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::anyhow;
use autotrading_backtest::monte_carlo::{
    GarchPaths, HeldPosition, JumpPaths, MonteCarlo, MonteCarloError, MonteCarloOutcome, MonteCarloRules,
    PathMaker, RegimePaths, ResampledPaths, RiskThresholds, RiskVerdict, ShuffledPaths,
};
use autotrading_backtest::{Backtest, Detail};
use autotrading_core::Unrecorded;
use autotrading_domain::{Direction, Span};
use autotrading_jobs::LocalThreads;
use autotrading_regime::garch::FitStatus;
use autotrading_regime::hmm::HmmOptions;
use autotrading_report::{MonteCarloStudy, monte_carlo_csv, monte_carlo_html};
use serde_json::json;

use crate::failure::Failure;
use crate::search_arguments::{MonteCarloArguments, Of};
use crate::searching::{checks_text, written_text};
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
    if !(0.0..=1.0).contains(&arguments.tolerable) {
        return Err(Failure::usage(anyhow!("--tolerable is {}, it must lie in [0, 1]", arguments.tolerable)));
    }
    let past = past(arguments)?;
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
    let (outcomes, left_out) = simulate(arguments, &past, &rules)?;
    let thresholds = RiskThresholds { ruin: arguments.tolerable, ..RiskThresholds::default() };
    let verdict = RiskVerdict::of(&outcomes, rules.ruin, thresholds);
    let study = MonteCarloStudy {
        subject: &past.subject,
        step: past.step,
        ruin: rules.ruin,
        outcomes: &outcomes,
        left_out: &left_out,
        verdict: &verdict,
    };
    let reasons = left_out.iter().map(|(maker, reason)| json!({ "maker": maker, "reason": reason }));
    let figures = json!({
        "subject": past.subject, "returns": past.returns.len(), "trades": past.trades.as_ref().map(Vec::len), "rules": rules,
        "verdict": verdict, "left_out": reasons.collect::<Vec<_>>(), "outcomes": outcomes,
    });
    let figures = serde_json::to_string_pretty(&figures)? + "\n";
    let files = [
        folder.write("monte-carlo.html", &monte_carlo_html(&study))?,
        folder.write("monte-carlo.csv", &monte_carlo_csv(&outcomes))?,
        folder.write("monte-carlo.json", &figures)?,
    ];
    say(&if arguments.json { figures } else { text(&study) + &written_text(&files) })?;
    Ok(ExitCode::SUCCESS)
}

/// What futures are drawn from.
struct Past {
    returns: Vec<f64>,
    /// What each round trip made of the account, where there is a run.
    trades: Option<Vec<f64>>,
    subject: String,
    /// How long one return is.
    step: &'static str,
}

fn past(arguments: &MonteCarloArguments) -> Result<Past, Failure> {
    if let Some(file) = &arguments.returns {
        let (names, columns) = return_file::read(file)?;
        let returns = columns.into_iter().next().unwrap_or_default();
        let name = names.first().cloned().unwrap_or_default();
        let subject = format!("{}, column {name}", file.display());
        return Ok(Past { returns, trades: None, subject, step: "period" });
    }
    let (history, name) = subject::data(&arguments.subject)?;
    let window = subject::window(&history, &arguments.subject)?;
    if arguments.of == Of::Asset {
        let returns = daily_closes(&window.to_history());
        return Ok(Past { returns, trades: None, subject: format!("daily returns of {name}"), step: "day" });
    }
    let configuration = subject::configuration(&arguments.subject)?;
    let funding = subject::funding(&arguments.subject)?;
    let detail = Detail::Figures;
    let run =
        Backtest { configuration: &configuration, history: window, funding: &funding, data: &name, detail };
    let bar = progress::bar(window.len(), "trading");
    let (finished, _) = run.run(Unrecorded, |step| {
        if step.bars.is_multiple_of(256) {
            bar.set_position(step.bars as u64);
        }
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    let returns = finished.day_returns(&run).iter().map(|day| day.value).collect();
    let trades = Some(finished.trade_returns(&run)?);
    Ok(Past { returns, trades, subject: format!("daily returns of the run on {name}"), step: "day" })
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

/// A degenerate fit has no volatility of its own to come back to; where it only lacks that, the sample's is taken.
fn garch(returns: &[f64]) -> Result<Box<dyn PathMaker>, String> {
    let paths = GarchPaths::fitted(returns).map_err(|error| error.to_string())?;
    match paths.status() {
        Some(FitStatus::Degenerate(_)) if paths.is_targeted() => Ok(Box::new(paths)),
        Some(FitStatus::Degenerate(why)) => Err(format!("the fit is degenerate: {why}")),
        Some(FitStatus::Stalled { gradient }) => Err(format!("the fit stopped at a slope of {gradient:.1e}")),
        Some(FitStatus::Converged) | None => Ok(Box::new(paths)),
    }
}

/// One outcome a maker; makers that the returns do not suffice for are left out with the reason.
fn simulate(
    arguments: &MonteCarloArguments,
    past: &Past,
    rules: &MonteCarloRules,
) -> Result<Simulated, Failure> {
    let threads = arguments.threads.map_or_else(LocalThreads::default, |threads| LocalThreads { threads });
    // All orders of the trades end at the same place; a path is all of them once.
    let trades = past.trades.as_deref().map(|trades| {
        let rules = MonteCarloRules { horizon: trades.len(), positions: Vec::new(), ..rules.clone() };
        ("permutation of trades", boxed(ShuffledPaths::of_trades(trades)), rules)
    });
    let makers = MAKERS.iter().map(|(name, make)| (*name, make(&past.returns), rules.clone())).chain(trades);
    let bar = progress::pieces(MAKERS.len() + usize::from(past.trades.is_some()), "simulating", "makers");
    let (mut outcomes, mut left_out) = (Vec::new(), Vec::new());
    for (name, maker, rules) in makers {
        match maker {
            Ok(maker) => {
                let simulation = MonteCarlo::new(maker.as_ref(), rules).map_err(Failure::usage)?;
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

fn text(study: &MonteCarloStudy<'_>) -> String {
    let MonteCarloStudy { outcomes, left_out, verdict, subject, .. } = *study;
    let (paths, horizon) = outcomes.first().map_or((0, 0), |outcome| (outcome.paths, outcome.horizon));
    let mut text = format!(
        "{paths} paths of {horizon} {}s, from the {subject}\n\n{:<31} {:>8} {:>8} {:>8}",
        study.step, "maker", "median", "loss", "ruin"
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
            "{:<31} {median:>8.3} {:>8} {:>8}",
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
    let _ = writeln!(text, "\n{}", verdict.verdict);
    text + &checks_text(&verdict.checks)
}
