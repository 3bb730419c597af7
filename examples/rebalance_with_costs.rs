//! Prices carry weights away from their targets: when is it worth the cost to trade back, and into how many lots?
//!
//! ```text
//! cargo run -p autotrading-examples --example rebalance_with_costs
//! ```

use std::error::Error;

use autotrading_domain::{Grid, Money, Price, Span, Timestamp};
use autotrading_portfolio::{LotHolding, NoTradeBand, PortfolioRules, Rebalancing, lot_trades};
use rust_decimal::Decimal;

fn main() -> Result<(), Box<dyn Error>> {
    println!("Half of the no-trade band around a weight of 50 %, by the cost of a trade:");
    for cost in [0.0001, 0.001, 0.01] {
        let half = NoTradeBand { cost, risk_aversion: 2.5 }.half_width(0.5)?;
        println!("  {:>5.2}% a trade: {:.1}%", cost * 100.0, half * 100.0);
    }

    println!("\nA weight drifts from its target of 50 %; a trade costs 0.1 %, a day has passed:");
    let (monday, tuesday) = (Timestamp::EPOCH, Timestamp::EPOCH.after(Span::DAY));
    for rebalance in [Rebalancing::Threshold, Rebalancing::NoTradeBand, Rebalancing::Calendar] {
        let rules = PortfolioRules { rebalance, ..PortfolioRules::default() };
        let told: Vec<String> = [0.51, 0.53, 0.58]
            .into_iter()
            .map(|held| match rules.has_drifted(held, 0.5, 0.001, monday, tuesday) {
                true => format!("{:.0}% -> {:.1}%", held * 100.0, rules.edge(held, 0.5, 0.001) * 100.0),
                false => format!("{:.0}% stays", held * 100.0),
            })
            .collect();
        println!("  {rebalance:?}: {}", told.join(", "));
    }

    println!("\n10 000 into whole lots, at most what there is, no trade below 10:");
    let coin = |price: i64, lot: Decimal, weight: f64| -> Result<LotHolding, Box<dyn Error>> {
        let price = Price::new(Decimal::from(price))?;
        Ok(LotHolding { price, lots: Grid::new(lot)?, held: Decimal::ZERO, weight })
    };
    let coins = [
        ("BTC", coin(61_234, Decimal::new(1, 2), 0.5)?),
        ("ETH", coin(3_412, Decimal::new(1, 1), 0.3)?),
        ("SOL", coin(148, Decimal::ONE, 0.2)?),
    ];
    let holdings = coins.map(|(_, holding)| holding);
    let trades = lot_trades(&holdings, Money::new(10_000.into()), Money::new(10.into()))?;
    for ((name, holding), quantity) in coins.iter().zip(&trades.quantities) {
        let value = quantity * holding.price.get();
        println!("  buy {quantity} {name} for {value} (wanted {:.0})", holding.weight * 10_000.0);
    }
    println!("  {} is left, {} off the targets in sum", trades.cash, trades.residual);
    Ok(())
}
