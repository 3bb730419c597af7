//! How would a rule have done? One crossing of averages over a synthetic month, with and without costs.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example backtest_a_rule
//! ```

use std::error::Error;
use std::ops::ControlFlow;

use autotrading_backtest::{Backtest, Detail, ResearchRules};
use autotrading_core::{StrategyEntry, Unrecorded};
use autotrading_domain::{Money, Rate};
use autotrading_market_data::CommonWorkload;
use autotrading_strategy::{ParameterValue, Parameters};
use rust_decimal::Decimal;

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(43_200); // thirty days of minutes
    let parameters = Parameters::new()
        .with("fast", ParameterValue::Integer(10))
        .with("slow", ParameterValue::Integer(50))
        .with("mode", ParameterValue::read("long-short"));
    // Fills at the next open with a flat fee, and nothing else: what simple backtesters assume.
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        fee: Rate::basis_points(5),
        size: Decimal::TEN,
        cash: Money::new(100_000.into()),
    };
    let configuration = rules.configuration();
    let backtest = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "synthetic minutes",
        detail: Detail::Full,
    };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?;
    assert!(finished.venue_agrees(), "the venue keeps its own account; it must equal ours");
    let outcome = finished.outcome(&backtest, backtest.fee_scenarios(&[0, 2])?)?;

    let (summary, trading) = (&outcome.report.summary, &outcome.report.trading);
    println!("{} minutes of {}\n", outcome.report.run.bars, outcome.report.run.data);
    println!("  equity at the end  {}", summary.final_equity);
    println!("  fees paid          {}", summary.fees);
    println!("  closed trades      {}", summary.closed_trades);
    println!("  won                {:.1} %", trading.win_rate.unwrap_or(0.0) * 100.0);
    println!("  worst fall         {:.1} %", summary.max_drawdown * 100.0);
    println!("  time in market     {:.1} %", trading.time_in_market * 100.0);

    println!("\nThe same run with other fees:");
    for scenario in &outcome.report.costs.scenarios {
        println!(
            "  {}x  {:>10.2}  ({:+.1} %)",
            scenario.multiple,
            scenario.final_equity.to_f64(),
            scenario.total_return * 100.0
        );
    }

    println!("\nThe last three trades:");
    for trade in outcome.trades.iter().rev().take(3).rev() {
        println!(
            "  {}  {:<5} {} from {} to {}, net {}",
            trade.closed_at, trade.direction, trade.quantity, trade.entry, trade.exit, trade.net
        );
    }
    println!("\ndigest {}", summary.digest);
    Ok(())
}
