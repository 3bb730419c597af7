//! The words of trading: an instrument and its grids, exact prices and money, margin and the liquidation price.
//!
//! ```text
//! cargo run -p autotrading-examples --example domain_words
//! ```

use std::error::Error;

use autotrading_domain::{
    Direction, Instrument, Leverage, Liquidation, LiquidationInputs, MarginTiers, Money, Price, Quantity,
    Rate, Side, Toward, initial_margin, liquidation, unrealized,
};

fn main() -> Result<(), Box<dyn Error>> {
    // Prices move by 0.1, quantities by 0.001.
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;

    println!("A measurement lands on the grid of the instrument:");
    let measured = 27_123.456;
    println!("  the price nearest {measured} is {}", bitcoin.price(measured)?);
    println!("  a buyer who waits bids {}", bitcoin.price_toward(measured, Side::Buy, Toward::Passive)?);
    println!("  a buyer who hurries pays {}", bitcoin.price_toward(measured, Side::Buy, Toward::Aggressive)?);
    println!("  0.12389 bitcoin are {} (never rounded up)", bitcoin.quantity_down(0.123_89)?);

    println!("\nWhat breaks the law of its type is refused, with what was allowed:");
    for raw in ["0", "-5"] {
        match Price::new(raw.parse()?) {
            Ok(price) => println!("  {price} is a price"),
            Err(error) => println!("  {error}"),
        }
    }
    if let Err(error) = bitcoin.price(f64::NAN) {
        println!("  {error}");
    }

    // Half a bitcoin, bought at 27 123.5 with five times leverage.
    let (entry, quantity) = (bitcoin.price(measured)?, Quantity::new("0.5".parse()?)?);
    let leverage = Leverage::new(5.into())?;
    let cost = entry.times(quantity)?;
    let margin = initial_margin(cost, leverage)?;
    println!("\nA long of {quantity} at {entry}, {leverage}x isolated:");
    println!("  cost {cost}, margin {margin}");
    for mark in ["26000", "27123.5", "29000"] {
        let mark = Price::new(mark.parse()?)?;
        let profit = unrealized(Direction::Long, quantity, cost, mark)?;
        println!("  profit at a mark of {:>8}  {:>8}", mark.to_string(), profit.to_string());
    }

    // Up to 50 000 notional, 0.4 % of it must stay as margin.
    let tiers = MarginTiers::single(Rate::basis_points(40), Leverage::new(125.into())?)?;
    let at = liquidation(&LiquidationInputs {
        direction: Direction::Long,
        quantity,
        open_cost: cost,
        wallet_balance: margin,
        other_maintenance: Money::ZERO,
        other_unrealized: Money::ZERO,
        tiers: &tiers,
        mark: entry,
    })?;
    match at {
        Liquidation::At(price) => println!("  liquidated at {}", bitcoin.price(price.to_f64())?),
        Liquidation::Never => println!("  never liquidated"),
        Liquidation::Already => println!("  liquidated already"),
    }
    Ok(())
}
