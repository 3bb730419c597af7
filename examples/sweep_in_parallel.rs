//! A hundred parameters over a year of minutes, on every core, and what the best of them is worth.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example sweep_in_parallel
//! ```

use std::error::Error;
use std::ops::ControlFlow;

use autotrading_backtest::ResearchRules;
use autotrading_backtest::laboratory::{
    Criterion, Executor, JobMarket, JobResult, Judgement, Search, SearchAxis, SearchSpace, Sweep,
};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate};
use autotrading_jobs::LocalThreads;
use autotrading_market_data::CommonWorkload;
use autotrading_statistics::overfitting::VerdictRules;
use autotrading_strategy::Parameters;
use rust_decimal::Decimal;

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(262_800); // half a year of minutes
    let market = JobMarket::new(&history, &[], "synthetic minutes");
    let base = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
        fee: Rate::basis_points(1),
        size: Decimal::TEN,
        cash: Money::new(100_000.into()),
    }
    .configuration();
    let axes = vec![SearchAxis::read("fast=5..14", &base)?, SearchAxis::read("slow=20..65:5", &base)?];
    let sweep = Sweep { space: SearchSpace::new(axes)?, base, search: Search::Grid };

    let window = history.all();
    let (from, to) = (window.start().unwrap_or_default(), window.end().unwrap_or_default());
    let plan = sweep.plan(&market, [from, to, from])?;
    let jobs = plan.jobs();
    let threads = LocalThreads::default();
    println!("{} trials of {} bars on {} threads", jobs.len(), window.len(), threads.threads);
    let results = threads.collect(&jobs, &market, &mut |done| {
        if done % 25 == 0 {
            println!("  {done} done");
        }
        ControlFlow::Continue(())
    })?;
    let results: Vec<JobResult> = results.into_iter().flatten().collect();

    let table = plan.table(results);
    let best = table.best(Criterion::Sharpe).ok_or("no trial has a Sharpe ratio")?;
    println!(
        "\nbest of them: {} with a return of {:.2} % and a Sharpe ratio of {:.2}",
        table.space.words(&best.values),
        best.result.figures.total_return * 100.0,
        best.result.figures.sharpe.unwrap_or(f64::NAN)
    );
    // Half a year of noise: whatever was found was found by luck, and the verdict must say so.
    let judgement = Judgement::of(&table.returns(), jobs.len() as u64, &VerdictRules::default());
    println!("{}", judgement.words());
    Ok(())
}
