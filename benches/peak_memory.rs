//! Ten years of minutes, once, for whoever measures the peak of memory from outside.
//!
//! `data` only makes the bars, which is what the others are compared with; `account`, `figures` and `everything` run over
//! columns, `sweep` runs a hundred combinations, `engine` is the event engine with its summary, `engine-figures` the same
//! with every point of equity and every trade kept for a report.
#![allow(clippy::disallowed_methods, reason = "what to do once is said on the command line")]

use std::error::Error;
use std::ops::ControlFlow;

use autotrading::backtest::{Backtest, Columns, Detail, Keep, ResearchRules};
use autotrading::core::{StrategyEntry, Unrecorded};
use autotrading::market_data::{CommonWorkload, Window};
use autotrading::strategy::{ParameterValue, Parameters};

const BARS: usize = 5_256_000;

fn rules(fast: i64, slow: i64) -> ResearchRules {
    let parameters = Parameters::new()
        .with("fast", ParameterValue::Integer(fast))
        .with("slow", ParameterValue::Integer(slow));
    ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        ..ResearchRules::default()
    }
}

fn engine(bars: Window<'_>, detail: Detail) -> Result<String, Box<dyn Error>> {
    let configuration = rules(10, 50).configuration();
    let backtest = Backtest {
        configuration: &configuration,
        history: bars,
        funding: &[],
        data: "common workload",
        detail,
    };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?;
    Ok(finished.summary(&backtest)?.final_equity.to_string())
}

fn main() -> Result<(), Box<dyn Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    let history = CommonWorkload::history(BARS);
    let bars = history.all();
    let columns = |keep| -> Result<String, Box<dyn Error>> {
        Ok(Columns::new(bars)?.run(&rules(10, 50), keep)?.final_equity.to_string())
    };
    let told = match what.as_str() {
        "account" => columns(Keep::Account)?,
        "figures" => columns(Keep::Figures)?,
        "everything" => columns(Keep::Everything)?,
        "sweep" => {
            let grid: Vec<ResearchRules> =
                (5..15).flat_map(|fast| (20..=65).step_by(5).map(move |slow| rules(fast, slow))).collect();
            let outcomes = Columns::new(bars)?.sweep(&grid, Keep::Account);
            format!("{} runs", outcomes.iter().filter(|run| run.is_ok()).count())
        }
        "engine" => engine(bars, Detail::Summary)?,
        "engine-figures" => engine(bars, Detail::Figures)?,
        _ => format!("{} bars", history.len()),
    };
    println!("{what}: {told}");
    Ok(())
}
