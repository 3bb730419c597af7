//! How much, and what held it back? The same idea sized at three moments, with every cap on the table.
//!
//! ```text
//! cargo run -p autotrading-examples --example size_a_trade
//! ```

use std::error::Error;

use autotrading_domain::{Instrument, Leverage, RegimeLabel, Side};
use autotrading_sizing::{
    AtrRisk, Concentration, DrawdownThrottle, Edge, GrossLeverage, Kelly, LiquidationDistance, Liquidity,
    SizeRequest, Sizer, SizingRules, ValueAtRisk,
};

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let sizer = Sizer::new(SizingRules {
        atr_risk: Some(AtrRisk { risk_per_trade: 0.01, multiple: 2.0 }),
        kelly: Some(Kelly { significance: false, cap_scale: 4.0, ..Kelly::default() }),
        value_at_risk: Some(ValueAtRisk::default()),
        liquidation_distance: Some(LiquidationDistance::default()),
        concentration: Some(Concentration { share: 0.5 }),
        leverage: Some(GrossLeverage { maximum: 3.0 }),
        liquidity: Some(Liquidity::default()),
        drawdown: Some(DrawdownThrottle::default()),
        ..SizingRules::NONE
    })?;

    // What is known of the market and of ourselves on a quiet day.
    let quiet = SizeRequest {
        leverage: Leverage::new(5.into())?,
        atr: Some(240.0),
        volatility: Some(0.02),
        annual_volatility: Some(0.40),
        edge: Some(Edge { mean: 0.000_4, variance: 0.000_2, n_eff: 700.0, observations: 800 }),
        regime: RegimeLabel::Bull,
        strength: 0.8,
        recent_volume: Some(120.0),
        top_depth: Some(4.0),
        ..SizeRequest::new(&bitcoin, Side::Buy, 60_000.0, 100_000.0)
    };
    println!("A quiet day:\n{}", sizer.size(&quiet));

    // Ranges are six times as wide, and seven percent of the equity are lost already: sizes shrink.
    let stormy = SizeRequest {
        atr: Some(1_400.0),
        volatility: Some(0.06),
        annual_volatility: Some(1.2),
        drawdown: 0.07,
        ..quiet
    };
    println!("A stormy day:\n{}", sizer.size(&stormy));

    // Nobody knows the range any more: the rule that needs it opens nothing.
    let blind = SizeRequest { atr: None, ..quiet };
    let decision = sizer.size(&blind);
    println!("A day without data:\n{decision}");
    assert!(!decision.is_trade());

    let reckless = AtrRisk { risk_per_trade: 2.0, multiple: 2.0 };
    if let Err(error) = Sizer::new(SizingRules { atr_risk: Some(reckless), ..SizingRules::NONE }) {
        println!("A rule out of range is refused by name: {error}");
    }
    Ok(())
}
