//! Parameters chosen on sixty days and tested on the twenty that follow, again and again, on real hourly bitcoin.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example walk_forward
//! ```

use std::error::Error;
use std::ops::ControlFlow;

use autotrading_backtest::ResearchRules;
use autotrading_backtest::laboratory::{
    Criterion, Executor, JobMarket, JobResult, JobSpec, Search, SearchAxis, SearchSpace, Sweep, WalkForward,
    WalkForwardThresholds, WalkRules,
};
use autotrading_catalog::{Columns, read_bars_from};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate};
use autotrading_jobs::LocalThreads;
use autotrading_market_data::ReadRules;
use autotrading_strategy::Parameters;
use rust_decimal::Decimal;

const BARS: &str = include_str!("../crates/cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");

fn main() -> Result<(), Box<dyn Error>> {
    let history =
        read_bars_from(BARS.as_bytes(), "bitcoin", &Columns::default(), ReadRules::default())?.history;
    let market = JobMarket::new(&history, &[], "hourly bitcoin");
    let base = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(100_000.into()),
    }
    .configuration();
    let axes = ["fast=5..25:5", "slow=40..160:20"].map(|axis| SearchAxis::read(axis, &base));
    let axes = axes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let study = WalkForward {
        sweep: Sweep { space: SearchSpace::new(axes)?, base, search: Search::Grid },
        rules: WalkRules::default(), // learn on 60 days, test on 20
        criterion: Criterion::Sharpe,
        thresholds: WalkForwardThresholds::default(),
    };

    let plan = study.plan(&market)?;
    let run = |jobs: &[JobSpec]| -> Result<Vec<JobResult>, Box<dyn Error>> {
        let results = LocalThreads::default().collect(jobs, &market, &mut |_| ControlFlow::Continue(()))?;
        Ok(results.into_iter().flatten().collect())
    };
    let trained = run(&plan.training())?;
    let chosen = study.choose(&plan, &trained);
    let tested = run(&plan.tests(&chosen))?;
    let report = study.report(&plan, &trained, &chosen, &tested);

    println!("{} walks, {} trials in each\n", report.walks.len(), report.candidates);
    println!("{:<12}  {:>6}  {:>6}  {:>8}  chosen", "test from", "Sharpe", "after", "return");
    for walk in &report.walks {
        let values: Vec<String> = walk.values.iter().map(ToString::to_string).collect();
        println!(
            "{:<12}  {:>6.2}  {:>6.2}  {:>7.2}%  {}",
            &walk.walk.test_from.to_string()[..10],
            walk.in_sample.unwrap_or(f64::NAN),
            walk.out_of_sample.unwrap_or(f64::NAN),
            walk.test_return * 100.0,
            values.join("/")
        );
    }
    println!("\ntests strung together: {:.2} %", report.total_return * 100.0);
    for check in &report.checks {
        let answer = if check.passed() { "met   " } else { "missed" };
        println!(
            "  {answer} {}: {:.2}, threshold {}",
            check.what,
            check.value.unwrap_or(f64::NAN),
            check.threshold
        );
    }
    Ok(())
}
