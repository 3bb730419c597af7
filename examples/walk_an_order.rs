//! The life of an order: approved, placed, partly filled, unanswered, asked about, cancelled, and filled too late.
//!
//! ```text
//! cargo run -p autotrading-examples --example walk_an_order
//! ```

use std::error::Error;

use autotrading_domain::{
    ClientOrderId, Currency, Fill, FillCause, Instrument, InstrumentId, Instruments, Liquidity, Money,
    OrderIntent, OrderKind, OrderReport, Price, Purpose, Quantity, ReportKind, Side, Span, TimeInForce,
    Timestamp, TradeId,
};
use autotrading_execution::{DeskRules, OrderCommand, OrderDesk, Request};
use autotrading_risk::{RiskGate, RiskLimits};

const BITCOIN: InstrumentId = InstrumentId(0);

/// The desk, and a clock that we turn by hand.
struct Story {
    desk: OrderDesk,
    now: Timestamp,
}

impl Story {
    /// The venue says something about the order, `seconds` later.
    fn hear(&mut self, order: ClientOrderId, seconds: i64, kind: ReportKind) {
        self.now = self.now.after(Span::SECOND.times(seconds));
        let word = match &kind {
            ReportKind::Filled(fill) => format!("filled {} at {}", fill.quantity, fill.price),
            other => format!("{other:?}"),
        };
        let report =
            OrderReport { order, instrument: BITCOIN, ts_event: self.now, ts_received: self.now, kind };
        match self.desk.apply(&report) {
            Ok(effect) => {
                let remark = effect.remark.map_or(String::new(), |remark| format!("   ({remark:?})"));
                println!("venue: {word:<34} {:?} -> {:?}{remark}", effect.before, effect.state);
            }
            Err(error) => println!("venue: {word:<34} not taken: {error}"),
        }
    }

    fn fill(&self, order: ClientOrderId, trade: u64, quantity: &str) -> Result<ReportKind, Box<dyn Error>> {
        Ok(ReportKind::Filled(Fill {
            trade: TradeId(trade),
            order: Some(order),
            instrument: BITCOIN,
            side: Side::Buy,
            price: Price::new(25_000.into())?,
            quantity: Quantity::new(quantity.parse()?)?,
            fee: Money::new("0.5".parse()?),
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Maker,
            cause: FillCause::Order,
            at: self.now,
        }))
    }
}

fn told(command: &OrderCommand) -> String {
    match command.request() {
        Request::Place(intent) => {
            format!("place {}: {} {} {:?}", intent.id, intent.side, intent.quantity, intent.kind)
        }
        Request::Amend { change, .. } => format!("amend {} to {}", change.id, change.quantity),
        Request::Cancel { id, .. } => format!("cancel {id}"),
        Request::Query { id, .. } => format!("what became of {id}? (asked about, never sent again)"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let mut gate = RiskGate::new(&Instruments::new(vec![bitcoin]), RiskLimits::production())?;
    let now: Timestamp = "2024-01-01T12:00:00Z".parse()?;
    gate.observe_price(BITCOIN, 25_000.0, 25_000.0, now);
    gate.observe_volume(BITCOIN, 900.0);
    gate.observe_equity(100_000.0, 100_000.0, now);

    let mut story = Story { desk: OrderDesk::new(1, DeskRules::default()), now };
    let id = story.desk.next_id();
    let intent = OrderIntent {
        id,
        instrument: BITCOIN,
        strategy: None,
        side: Side::Buy,
        quantity: Quantity::new("0.5".parse()?)?,
        kind: OrderKind::Limit { price: Price::new(25_000.into())? },
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    };
    // Without the gate's word there is nothing to hand to the desk: an unreviewed order does not compile.
    let approved = gate.review(intent, now).outcome?;
    let command = story.desk.place(approved, now)?;
    println!("we:    {}\n", told(&command));

    story.hear(id, 1, ReportKind::Accepted);
    let part = story.fill(id, 1, "0.2")?;
    story.hear(id, 5, part.clone());
    story.hear(id, 1, part);

    println!("\nWe ask for its end, and nobody answers:");
    if let Some(command) = story.desk.cancel(id, story.now)? {
        println!("we:    {}", told(&command));
    }
    story.now = story.now.after(Span::SECOND.times(30));
    let mut commands = Vec::new();
    story.desk.expire(story.now, &mut commands);
    for command in &commands {
        println!("we:    {}", told(command));
    }
    let order = story.desk.order(id).ok_or("the desk forgot its order")?;
    println!(
        "       it is {:?}; {} of it may still fill and stays reserved",
        order.state(),
        order.open_quantity()
    );

    println!("\nThe answers come after all, and in the wrong order:");
    story.hear(id, 2, ReportKind::Canceled("on request".into()));
    let late = story.fill(id, 2, "0.1")?;
    story.hear(id, 1, late);
    story.hear(id, 1, ReportKind::Rejected("no such order".into()));

    let order = story.desk.order(id).ok_or("the desk forgot its order")?;
    let price = order.average_price().map_or("-".to_owned(), |price| price.to_string());
    println!("\nIn the end: {:?}, {} filled at {price} on average.", order.state(), order.filled());
    Ok(())
}
