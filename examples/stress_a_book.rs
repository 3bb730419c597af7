//! What would a crash do? A book under four crashes that came, and under two of your own.
//!
//! ```text
//! cargo run -p autotrading-examples --example stress_a_book
//! ```

use std::error::Error;

use autotrading_risk::{Scenario, StressedPosition};

const EQUITY: f64 = 100_000.0;

/// A scenario as somebody would write it into a file.
const MINE: &str = r#"{
    "name": "my own: a stablecoin breaks",
    "source": "what I am afraid of",
    "shocks": { "BTC": 0.08, "ETH": -0.05, "SOL": -0.25 },
    "others": -0.45
}"#;

/// Long what is large, short what is small: in calm weather the one pays for the other.
fn book() -> [StressedPosition<'static>; 5] {
    let held = |asset, notional, beta| StressedPosition { asset, notional, beta };
    [
        held("BTC", 90_000.0, 1.0),
        held("ETH", 40_000.0, 1.2),
        held("SOL", 15_000.0, 1.6),
        held("XRP", -25_000.0, 1.1),
        held("WIF", -12_000.0, 1.3), // no scenario names it: it falls with the others, times its beta
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let book = book();
    let gross: f64 = book.iter().map(|held| held.notional.abs()).sum();
    println!("Equity {EQUITY:.0}, gross {gross:.0}: {:.2}x\n", gross / EQUITY);

    let mut scenarios = Scenario::historical();
    scenarios.push(serde_json::from_str(MINE)?);
    // The worst of the past, and nobody buys: every fall half as deep again.
    let mut deeper = Scenario::historical().swap_remove(0);
    deeper.name = "my own: March 2020, half as deep again".into();
    deeper.shocks.values_mut().chain([&mut deeper.others]).for_each(|fall| *fall = (*fall * 1.5).max(-1.0));
    scenarios.push(deeper);

    print!("{:<40}", "");
    book.iter().for_each(|held| print!("{:>9}", held.asset));
    println!("{:>10}{:>9}{:>10}", "profit", "share", "equity");
    for scenario in &scenarios {
        let result = scenario.apply(&book, EQUITY)?;
        print!("{:<40}", result.scenario);
        result.by_position.iter().for_each(|profit| print!("{profit:>9.0}"));
        let bar = "#".repeat((-result.share * 40.0).clamp(0.0, 60.0).round() as usize);
        println!("{:>10.0}{:>8.1}%{:>10.0}  {bar}", result.profit, 100.0 * result.share, result.equity_after);
    }

    println!(
        "\nHow much of this book could be held, so that no crash takes more than a fifth of the equity?"
    );
    let mut worst: f64 = 0.0;
    for scenario in &scenarios {
        worst = worst.max(-scenario.apply(&book, EQUITY)?.share);
    }
    println!("The worst takes {:.1} %: {:.0} % of it.", 100.0 * worst, 100.0 * (0.2 / worst).min(1.0));

    println!("\nWhat is no crash is refused:");
    for (shock, notional) in [(-1.2, 1_000.0), (-0.5, f64::NAN)] {
        let wrong = Scenario {
            name: "wrong".into(),
            source: "me".into(),
            shocks: [("BTC".into(), shock)].into(),
            others: -0.5,
        };
        let position = StressedPosition { asset: "BTC", notional, beta: 1.0 };
        if let Err(error) = wrong.apply(&[position], EQUITY) {
            println!("  {error}");
        }
    }
    Ok(())
}
