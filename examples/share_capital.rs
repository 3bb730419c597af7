//! How is capital shared among opinions, and when is a new target worth a trade?
//!
//! ```text
//! cargo run -p autotrading-examples --example share_capital
//! ```

use std::error::Error;

use autotrading_domain::{Span, Timestamp};
use autotrading_portfolio::{Allocation, PortfolioRules};

fn main() -> Result<(), Box<dyn Error>> {
    let assets = [("BTC", 0.55), ("ETH", 0.70), ("SOL", 1.05), ("DOGE", 1.30)];
    let volatilities = assets.map(|(_, volatility)| volatility);
    let equal = Allocation::Equal.shares(&volatilities)?;
    let even_risk = Allocation::InverseVolatility.shares(&volatilities)?;

    println!("100 000 among four assets, by their yearly volatility. Risk is share times volatility.\n");
    println!(
        "{:<6} {:>10} | {:>10} {:>8} | {:>10} {:>8}",
        "asset", "volatility", "equal", "risk", "inverse", "risk"
    );
    for (((name, volatility), same), inverse) in assets.iter().zip(&equal).zip(&even_risk) {
        println!(
            "{name:<6} {:>9.0}% | {:>10.0} {:>7.1}% | {:>10.0} {:>7.1}%",
            volatility * 100.0,
            same * 100_000.0,
            same * volatility * 100.0,
            inverse * 100_000.0,
            inverse * volatility * 100.0
        );
    }

    println!("\nA target moves through a week; a change becomes a trade only when it is worth one:");
    let rules =
        PortfolioRules { rebalance_threshold: 0.2, min_interval: Span::DAY, ..PortfolioRules::default() };
    rules.check()?;
    let start: Timestamp = "2024-01-01".parse()?;
    let (mut acted_on, mut last) = (0.0, start.before(Span::DAY));
    for (hour, target) in [(0, 0.50), (6, 0.55), (12, 0.80), (36, 0.80), (60, 0.85), (84, -0.40), (90, 0.0)] {
        let now = start.after(Span::HOUR.times(hour));
        let due = rules.is_due(acted_on, target, last, now);
        let why = if due { "trade" } else { "leave it" };
        println!("  after {hour:>2} h: hold {acted_on:+.2}, target {target:+.2}: {why}");
        if due {
            (acted_on, last) = (target, now);
        }
    }

    println!("\nWhat cannot be shared is refused:");
    for bad in [&[0.5, f64::NAN][..], &[0.5, 0.0], &[]] {
        if let Err(error) = Allocation::InverseVolatility.shares(bad) {
            println!("  {bad:?}: {error}");
        }
    }
    Ok(())
}
