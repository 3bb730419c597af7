//! `autotrading portfolio`: what each way of sharing capital is worth.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::anyhow;
use autotrading_backtest::{ComparisonFault, ComparisonReport, ComparisonRules, PortfolioComparison};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate};
use autotrading_market_data::History;
use autotrading_portfolio::{Allocation, PortfolioRules, Rebalancing};
use autotrading_report::{portfolio_csv, portfolio_html, portfolio_weights_csv};
use autotrading_strategy::{Parameters, listing};

use crate::commands::optimise;
use crate::failure::{Failure, interrupted};
use crate::portfolio_arguments::{Method, PortfolioCommand, PortfolioCompare, Rebalance};
use crate::searching::written_text;
use crate::study_folder::StudyFolder;
use crate::terminal::say;
use crate::{progress, subject};

/// Does what the sub-command says.
pub(crate) fn run(command: &PortfolioCommand) -> Result<ExitCode, Failure> {
    match command {
        PortfolioCommand::Compare(arguments) => compare(arguments),
        PortfolioCommand::Optimise(arguments) => optimise::run(arguments),
    }
}

fn compare(arguments: &PortfolioCompare) -> Result<ExitCode, Failure> {
    let rules = rules(arguments)?;
    let (kept, name) = subject::coins(&arguments.coins)?;
    let markets: Vec<(&str, &History)> =
        kept.iter().map(|(symbol, history)| (symbol.as_str(), history)).collect();
    let folder = StudyFolder::open(&arguments.out, arguments.force)?;
    let stop = subject::interrupt_flag()?;
    let bar = progress::trials(rules.methods.len(), "comparing");
    let comparison = PortfolioComparison { rules: &rules, markets: &markets, data: &name };
    let told = comparison.run(|done| {
        bar.set_position(done as u64);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    let told = told.map_err(|fault| match fault {
        ComparisonFault::Run { .. } => Failure::from(fault),
        other => Failure::usage(other),
    })?;
    let Some((report, series)) = told else { return Ok(interrupted()) };
    let figures = serde_json::to_string_pretty(&report)? + "\n";
    let files = [
        folder.write("portfolio.html", &portfolio_html(&report, &series))?,
        folder.write("portfolio.csv", &portfolio_csv(&report))?,
        folder.write("portfolio-weights.csv", &portfolio_weights_csv(&report, &series))?,
        folder.write("portfolio.json", &figures)?,
    ];
    say(&if arguments.json { figures } else { table(&report) + &written_text(&files) })?;
    Ok(ExitCode::SUCCESS)
}

fn rules(arguments: &PortfolioCompare) -> Result<ComparisonRules, Failure> {
    let plain = ComparisonRules::default();
    if arguments.cash <= Money::ZERO {
        return Err(Failure::usage(anyhow!("--cash is {}, it must be above zero", arguments.cash)));
    }
    if arguments.fee < Rate::ZERO || arguments.fee.to_f64() >= 1.0 {
        return Err(Failure::usage(anyhow!("--fee is {}, it must lie in [0, 1)", arguments.fee)));
    }
    let rebalance = match arguments.rebalance {
        Rebalance::Never => Rebalancing::Opinions,
        Rebalance::Threshold => Rebalancing::Threshold,
        Rebalance::Band => Rebalancing::NoTradeBand,
        Rebalance::Daily => Rebalancing::Calendar,
    };
    let sharing = PortfolioRules {
        refresh: arguments.refresh,
        half_life: arguments.half_life,
        largest_share: arguments.largest,
        rebalance,
        rebalance_threshold: arguments.threshold,
        ..plain.sharing
    };
    sharing.check().map_err(Failure::usage)?;
    let views = match &arguments.views {
        None => plain.views,
        Some(name) => {
            let parameters = Parameters::new();
            listing(name).and_then(|listing| listing.settings(&parameters)).map_err(Failure::usage)?;
            StrategyEntry { name: name.clone(), parameters }
        }
    };
    let mut methods: Vec<Allocation> = Vec::new();
    for method in arguments.methods.iter().map(|method| allocation(*method)) {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        methods = plain.methods;
    }
    Ok(ComparisonRules {
        methods,
        cash: arguments.cash,
        fee: arguments.fee,
        sharing,
        views,
        seed: arguments.seed,
    })
}

const fn allocation(method: Method) -> Allocation {
    match method {
        Method::Equal => Allocation::Equal,
        Method::InverseVolatility => Allocation::InverseVolatility,
        Method::RiskParity => Allocation::RiskParity,
        Method::MinimumVariance => Allocation::MinimumVariance,
        Method::Hierarchical => Allocation::Hierarchical,
        Method::BlackLitterman => Allocation::BlackLitterman,
    }
}

/// One line a method.
fn table(report: &ComparisonReport) -> String {
    let percent =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0));
    let ratio = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let mut out = format!(
        "{}, {} to {}: {} under each way of sharing capital\n\n",
        report.data,
        report.from,
        report.to,
        report.symbols.join(", ")
    );
    let mut row = |cells: [&str; 9]| {
        let [name, rest @ ..] = cells;
        let _ = write!(out, "{name:<26}");
        for cell in rest {
            let _ = write!(out, "{cell:>12}");
        }
        out.push('\n');
    };
    row(["", "return", "a year", "volatility", "sharpe", "drawdown", "turnover", "fees", "orders"]);
    for method in &report.methods {
        let figures = &method.performance;
        row([
            method.method.title(),
            &percent(Some(figures.total_return)),
            &percent(figures.annual_return),
            &percent(figures.annual_volatility),
            &ratio(figures.sharpe),
            &percent(Some(figures.max_drawdown)),
            &ratio(Some(method.turnover_a_year)),
            &format!("{:.0}", method.summary.fees.to_f64()),
            &method.orders.to_string(),
        ]);
    }
    let held = &report.held;
    row([
        "Just holding, at no cost",
        &percent(Some(held.total_return)),
        &percent(held.annual_return),
        &percent(held.annual_volatility),
        &ratio(held.sharpe),
        &percent(Some(held.max_drawdown)),
        "-",
        "-",
        "-",
    ]);
    let shares = |parts: &[f64]| {
        parts.iter().map(|part| format!("{:.0} %", part * 100.0)).collect::<Vec<_>>().join(" / ")
    };
    let _ =
        write!(out, "\n{:<26}{:>24}{:>24}\n", report.symbols.join(" / "), "mean weights", "part of the risk");
    for method in &report.methods {
        let risk = method.contributions.as_deref().map_or_else(|| "-".to_owned(), shares);
        let _ = writeln!(out, "{:<26}{:>24}{risk:>24}", method.method.title(), shares(&method.mean_weights));
    }
    if report.methods.iter().any(|method| !method.venue_agrees) {
        out.push_str("\nTHE VENUE AND THE BOOKS DISAGREE in at least one run\n");
    }
    out
}
