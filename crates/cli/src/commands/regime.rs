//! `autotrading regime`: models of a whole market, and what a detector would have said on the way.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::anyhow;
use autotrading_backtest::{
    DayFit, HiddenStates, LabelRow, RegimeFit as Fitted, RegimeFitRules, RegimeStory, RegimeStudyError,
    VolatilityFit, fit_regimes, tell_regimes,
};
use autotrading_market_data::History;
use autotrading_regime::garch::{Dynamics, Errors, VolatilityModel};
use autotrading_regime::{DetectionMethod, DetectorRules, RegimeError, VolatilityMethod};
use autotrading_report::write_regimes;

use crate::arguments::{ErrorLaw, Method, RegimeBars, RegimeCommand, RegimeFit, RegimeShow, VarianceModel};
use crate::commands::config;
use crate::failure::Failure;
use crate::run_folder::RunFolder;
use crate::subject;
use crate::terminal::say;

/// Runs one of the regime commands.
pub(crate) fn run(command: &RegimeCommand) -> Result<ExitCode, Failure> {
    match command {
        RegimeCommand::Fit(arguments) => fit(arguments),
        RegimeCommand::Show(arguments) => show(arguments),
    }
}

fn fit(arguments: &RegimeFit) -> Result<ExitCode, Failure> {
    let (history, name) = bars(&arguments.bars)?;
    let window = subject::between(&history, arguments.bars.from, arguments.bars.to)?;
    let dynamics = match arguments.model {
        VarianceModel::Garch => Dynamics::Garch,
        VarianceModel::Gjr => Dynamics::Gjr,
        VarianceModel::Egarch => Dynamics::Egarch,
    };
    let errors = match arguments.errors {
        ErrorLaw::Normal => Errors::Normal,
        ErrorLaw::StudentT => Errors::StudentT,
        ErrorLaw::SkewedT => Errors::SkewedT,
    };
    let volatility = VolatilityModel { dynamics, errors };
    let rules = RegimeFitRules { states: arguments.states.into(), volatility, seed: arguments.seed };
    let fitted = fit_regimes(window, rules)?;
    let text =
        if arguments.json { serde_json::to_string_pretty(&fitted)? + "\n" } else { tables(&name, &fitted)? };
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn show(arguments: &RegimeShow) -> Result<ExitCode, Failure> {
    let rules = rules(arguments)?;
    let (history, name) = bars(&arguments.bars)?;
    let window = subject::between(&history, arguments.bars.from, arguments.bars.to)?;
    let story = tell_regimes(window, rules).map_err(|error| match error {
        RegimeStudyError::Regime(RegimeError::Rule { .. }) => Failure::usage(error),
        other => other.into(),
    })?;
    let folder = RunFolder::prepare(&arguments.out, arguments.force)?;
    let written = write_regimes(folder.path(), &story, &name)?;
    if arguments.json {
        say(&(serde_json::to_string_pretty(&story)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = told(&name, &story)?;
    for file in [&written.page, &written.figures, &written.series] {
        writeln!(text, "  wrote            {}", file.display())?;
    }
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn bars(arguments: &RegimeBars) -> Result<(History, String), Failure> {
    subject::bars(arguments.data.as_deref())
}

fn rules(arguments: &RegimeShow) -> Result<DetectorRules, Failure> {
    let mut rules = match &arguments.config {
        Some(file) => config::read(file)?.regime.ok_or_else(|| {
            Failure::usage(anyhow!("{} has no [regime] section, so it has no detector", file.display()))
        })?,
        None => DetectorRules {
            method: DetectionMethod::Hmm,
            volatility: VolatilityMethod::Garch,
            ..DetectorRules::default()
        },
    };
    if let Some(method) = arguments.method {
        rules.method = match method {
            Method::Hmm => DetectionMethod::Hmm,
            Method::Trend => DetectionMethod::Trend,
        };
    }
    if let Some(states) = arguments.states {
        rules.states = states.into();
    }
    Ok(rules)
}

fn tables(name: &str, fitted: &Fitted) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "  data             {name}: {} log returns of {}", fitted.returns, fitted.interval)?;
    writeln!(text, "  period           {} to {}", fitted.from, fitted.to)?;
    writeln!(text, "  The models saw all of it: what they say of a bar knows what came after.\n")?;
    hidden(&mut text, &fitted.hidden)?;
    volatility(&mut text, &fitted.volatility)?;
    if let Some(fit) = &fitted.days {
        days(&mut text, fit)?;
    }
    Ok(text)
}

fn hidden(text: &mut String, fit: &HiddenStates) -> std::fmt::Result {
    writeln!(
        text,
        "  Hidden Markov model of {} states: {}",
        fit.states.len(),
        quality(fit.log_likelihood, fit.aic, fit.bic)
    )?;
    writeln!(text, "  {} after {} steps\n", fit.status, fit.iterations)?;
    writeln!(
        text,
        "  {:<5} {:<9} {:>12} {:>12} {:>12} {:>9} {:>8} {:>9}",
        "state", "label", "mean", "+-", "deviation", "lasts", "share", "long run"
    )?;
    for (place, state) in fit.states.iter().enumerate() {
        let lasts = state.duration.map_or("for ever".to_owned(), |bars| format!("{bars:.1}"));
        writeln!(
            text,
            "  {place:<5} {:<9} {:>10.4} % {:>10.4} % {:>10.4} % {lasts:>9} {:>6.1} % {:>7.1} %",
            format!("{:?}", state.label).to_lowercase(),
            state.mean * 100.0,
            state.mean_error * 100.0,
            state.deviation * 100.0,
            state.share * 100.0,
            state.long_run_share * 100.0
        )?;
    }
    writeln!(
        text,
        "\n  from \\ to {}",
        (0..fit.states.len()).map(|state| format!("{state:>10}")).collect::<String>()
    )?;
    for (place, row) in fit.transition.iter().enumerate() {
        writeln!(text, "  {place:<9} {}", row.iter().map(|p| format!("{p:>10.4}")).collect::<String>())?;
    }
    writeln!(text)
}

fn volatility(text: &mut String, fit: &VolatilityFit) -> std::fmt::Result {
    writeln!(text, "  {}: {}", fit.model, quality(fit.log_likelihood, fit.aic, fit.bic))?;
    writeln!(text, "  {}; {:.4} of a shock is left a bar later\n", fit.status, fit.persistence)?;
    writeln!(text, "  {:<9} {:>14} {:>14}", "parameter", "estimate", "robust error")?;
    for row in &fit.parameters {
        let error = row.standard_error.map_or("not told".to_owned(), |error| format!("{error:.4e}"));
        writeln!(text, "  {:<9} {:>14.6e} {error:>14}", row.name, row.estimate)?;
    }
    writeln!(text, "\n  volatility expected of one bar")?;
    for row in &fit.forecasts {
        let ahead = format!("{} ahead", row.bars_ahead);
        match (row.deviation, row.typical) {
            (Some(deviation), _) => writeln!(text, "  {ahead:<9} {:>12.4} %", deviation * 100.0)?,
            (None, Some(typical)) => writeln!(
                text,
                "  {ahead:<9} {:>12.4} % by its expected logarithm; the expected variance is infinite",
                typical * 100.0
            )?,
            (None, None) => {}
        }
    }
    Ok(())
}

fn days(text: &mut String, fit: &DayFit) -> std::fmt::Result {
    writeln!(
        text,
        "\n  Realized variance of {} whole days, by the day, the week and the month before (HAR):",
        fit.days
    )?;
    writeln!(text, "  explains {:.1} % of its variation\n", fit.r_squared * 100.0)?;
    writeln!(text, "  {:<9} {:>14} {:>14}", "parameter", "estimate", "robust error")?;
    for row in &fit.parameters {
        let error = row.standard_error.map_or("not told".to_owned(), |error| format!("{error:.4e}"));
        writeln!(text, "  {:<9} {:>14.6e} {error:>14}", row.name, row.estimate)?;
    }
    writeln!(
        text,
        "\n  the last day moved {:.3} %, the next is expected to move {:.3} %; RiskMetrics expects {:.3} %",
        fit.last * 100.0,
        fit.expected * 100.0,
        fit.weighted * 100.0
    )
}

fn quality(log_likelihood: f64, aic: f64, bic: f64) -> String {
    format!("log-likelihood {log_likelihood:.3}, AIC {aic:.1}, BIC {bic:.1}")
}

fn told(name: &str, story: &RegimeStory) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "  data             {name}: {} bars of {}", story.bars, story.interval)?;
    writeln!(text, "  period           {} to {}", story.from, story.to)?;
    writeln!(
        text,
        "  fits             {}{}",
        story.fits,
        story.problem.as_ref().map_or(String::new(), |problem| format!("; the last was refused: {problem}"))
    )?;
    writeln!(text, "\n  What the bar after each label made, held without costs:")?;
    writeln!(
        text,
        "  {:<9} {:>8} {:>8} {:>7} {:>7} {:>11} {:>11} {:>10} {:>7}",
        "label", "bars", "share", "spells", "lasts", "mean", "deviation", "return", "sharpe"
    )?;
    story.labels.iter().try_for_each(|row| label(&mut text, row))?;
    writeln!(text, "\n  from \\ to       bull      bear  sideways   neutral")?;
    for (row, counts) in story.labels.iter().zip(&story.transitions) {
        let counts: String = counts.iter().map(|count| format!("{count:>10}")).collect();
        writeln!(text, "  {:<9} {counts}", format!("{:?}", row.label).to_lowercase())?;
    }
    let some = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let trial = &story.volatility;
    writeln!(
        text,
        "\n  volatility       variance that came over forecast {}, correlation with the next size {}",
        some(trial.realised_over_forecast),
        some(trial.correlation)
    )?;
    if let Some(seen) = &story.hindsight {
        writeln!(text, "\n  Held while the state with the highest mean is likelier than not:")?;
        for row in &seen.held {
            let known = if row.knowable { "" } else { "   (knows the future)" };
            writeln!(text, "  {:<29} sharpe {:>6}{known}", row.when, some(row.sharpe))?;
        }
    }
    writeln!(text)?;
    Ok(text)
}

fn label(text: &mut String, row: &LabelRow) -> std::fmt::Result {
    let share = |value: Option<f64>, places: usize| {
        value.map_or("-".to_owned(), |value| format!("{:.places$} %", value * 100.0))
    };
    let some =
        |value: Option<f64>, places: usize| value.map_or("-".to_owned(), |value| format!("{value:.places$}"));
    writeln!(
        text,
        "  {:<9} {:>8} {:>8} {:>7} {:>7} {:>11} {:>11} {:>10} {:>7}",
        format!("{:?}", row.label).to_lowercase(),
        row.bars,
        share(Some(row.share), 1),
        row.spells,
        some(row.mean_spell, 1),
        share(row.mean_return, 4),
        share(row.deviation, 3),
        share(Some(row.total_return), 1),
        some(row.sharpe, 2)
    )
}
