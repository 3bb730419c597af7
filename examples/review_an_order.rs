//! Yes with proof, or no with a number: the pre-trade gate reviews four orders.
//!
//! ```text
//! cargo run -p autotrading-examples --example review_an_order
//! ```

use std::error::Error;

use autotrading_domain::{
    ClientOrderId, Exposure, Instrument, InstrumentId, Instruments, OrderIntent, OrderKind, Price, Purpose,
    Quantity, Side, TimeInForce, Timestamp,
};
use autotrading_risk::{RiskGate, RiskLimits};

const BITCOIN: InstrumentId = InstrumentId(0);

/// A limit order at 25 000.
fn order(sequence: u32, side: Side, quantity: &str) -> Result<OrderIntent, Box<dyn Error>> {
    Ok(OrderIntent {
        id: ClientOrderId { run: 1, sequence },
        instrument: BITCOIN,
        strategy: None,
        side,
        quantity: Quantity::new(quantity.parse()?)?,
        kind: OrderKind::Limit { price: Price::new(25_000.into())? },
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    })
}

/// Asks the gate and tells what it said.
fn ask(gate: &mut RiskGate, intent: OrderIntent, now: Timestamp) {
    print!("{} {} at 25 000: ", intent.side, intent.quantity);
    let review = gate.review(intent, now);
    match &review.outcome {
        // This value is the only thing that the order desk accepts, and only the gate can make it.
        Ok(approved) => println!("yes, {} may go", approved.intent().id),
        Err(refusal) => println!("no, {refusal}"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let mut gate = RiskGate::new(&Instruments::new(vec![bitcoin]), RiskLimits::production())?;
    let now: Timestamp = "2024-01-01T12:00:00Z".parse()?;

    println!("A new gate knows no price and no equity, and opens nothing:");
    ask(&mut gate, order(1, Side::Buy, "0.5")?, now);

    gate.observe_price(BITCOIN, 25_000.0, 25_001.0, now);
    gate.observe_volume(BITCOIN, 900.0);
    gate.observe_equity(100_000.0, 100_000.0, now);
    println!("\nWith 100 000 of equity, one fifth of it may be in one instrument:");
    ask(&mut gate, order(2, Side::Buy, "0.5")?, now);
    ask(&mut gate, order(3, Side::Buy, "0.4")?, now);

    println!("\nEvery control of a review, with value, limit and headroom:");
    print!("{}", gate.review(order(4, Side::Buy, "0.4")?, now).verdict());

    // Order 1-2 was filled: half a bitcoin is held. Then the equity falls by six percent within the day.
    gate.order_done(ClientOrderId { run: 1, sequence: 2 });
    gate.observe_exposure(&Exposure { position: "0.5".parse()?, ..Exposure::none(BITCOIN) });
    if let Some(change) = gate.observe_equity(94_000.0, 80_000.0, now) {
        println!("\nThe equity falls to 94 000: {:?} -> {:?} by {:?}", change.from, change.to, change.cause);
        println!("  measured {:.3}, limit {:.3}", change.value, change.limit);
    }
    println!("From now on only what is proven to close may pass:");
    ask(&mut gate, order(5, Side::Buy, "0.001")?, now);
    ask(&mut gate, order(6, Side::Sell, "0.5")?, now);
    println!("The whole position is on offer now; to sell more could turn it around, so it is no close:");
    ask(&mut gate, order(7, Side::Sell, "0.1")?, now);
    Ok(())
}
