//! Streaming indicators: one update a bar, no value before they are warm, nothing allocated on the way.
//!
//! ```text
//! cargo run -p autotrading-examples --example indicators
//! ```

use std::error::Error;

use autotrading_market_data::CommonWorkload;
use autotrading_strategy::catalogue;
use autotrading_strategy::indicators::{Adx, Atr, Bollinger, Candle, Ema, Indicator, Macd, Rsi, Sma};

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(240);
    let (mut mean, mut trend) = (Sma::new(20)?, Ema::new(20)?);
    let (mut strength, mut range) = (Rsi::new(14)?, Atr::new(14)?);
    let (mut bands, mut direction) = (Bollinger::new(20, 2.0)?, Adx::new(14)?);
    let mut momentum = Macd::new(12, 26, 9)?;

    let show = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    println!("Every 20th of {} minutes; a dash says: not warm yet.\n", history.len());
    println!(
        "{:>4} {:>8} {:>8} {:>8} {:>6} {:>6} {:>8} {:>8} {:>6} {:>6}",
        "bar", "close", "sma 20", "ema 20", "rsi", "atr", "lower", "upper", "adx", "macd"
    );
    for (place, bar) in (1..).zip(history.iter()) {
        // Checked once; five indicators on the same candle need not check it five times.
        let candle = Candle::try_from(&bar)?;
        mean.update(bar.close)?;
        trend.update(bar.close)?;
        strength.update(bar.close)?;
        bands.update(bar.close)?;
        momentum.update(bar.close)?;
        range.update(candle)?;
        direction.update(candle)?;
        if place % 20 == 0 {
            let band = bands.value();
            println!(
                "{place:>4} {:>8.2} {:>8} {:>8} {:>6} {:>6} {:>8} {:>8} {:>6} {:>6}",
                bar.close,
                show(mean.value()),
                show(trend.value()),
                show(strength.value()),
                show(range.value()),
                show(band.map(|band| band.lower)),
                show(band.map(|band| band.upper)),
                show(direction.value().map(|value| value.adx)),
                show(momentum.value().map(|value| value.line)),
            );
        }
    }

    println!("\nA refused input leaves an indicator as it was:");
    let before = trend.value();
    if let Err(error) = trend.update(f64::NAN) {
        println!("  {error}; still {}", show(trend.value()));
    }
    assert_eq!(trend.value(), before);

    println!("\nStrategies that are made of them, with what can be set:");
    for listing in catalogue() {
        println!("  {:<16} {}", listing.name, listing.summary);
        for parameter in listing.parameters {
            println!("    {:<12} {}", parameter.name, parameter.meaning);
        }
    }
    Ok(())
}
