//! A venue to practise on: two orders meet a few bars, and every fill says why it happened.
//!
//! ```text
//! cargo run -p autotrading-examples --example trade_on_the_simulated_venue
//! ```

use std::error::Error;

use autotrading_domain::{
    Bar, Event, Instrument, InstrumentId, InstrumentSpec, Instruments, Money, OrderIntent, OrderKind, Price,
    Purpose, Quantity, Rate, ReportKind, Side, Span, TimeInForce, Timestamp, Trigger, TriggerSource,
};
use autotrading_exchanges::{SimulatedVenue, VenueRules};
use autotrading_execution::{DeskRules, OrderDesk, OrderGateway};
use autotrading_risk::{RiskGate, RiskLimits};

const BITCOIN: InstrumentId = InstrumentId(0);

/// Whoever sends an order: a gate that approves it and a desk that makes a command of it.
struct Trader {
    gate: RiskGate,
    desk: OrderDesk,
}

impl Trader {
    fn send(
        &mut self,
        venue: &mut SimulatedVenue,
        now: Timestamp,
        (side, quantity, kind): (Side, &str, OrderKind),
    ) -> Result<(), Box<dyn Error>> {
        let intent = OrderIntent {
            id: self.desk.next_id(),
            instrument: BITCOIN,
            strategy: None,
            side,
            quantity: Quantity::new(quantity.parse()?)?,
            kind,
            time_in_force: TimeInForce::Gtc,
            reduce_only: matches!(kind, OrderKind::StopMarket { .. }),
            bracket: None,
            purpose: Purpose::Target,
        };
        let command = self.desk.place(self.gate.review(intent, now).outcome?, now)?;
        venue.send(&command)?;
        println!("  we send {}: {side} {quantity}, {kind:?}", intent.id);
        Ok(())
    }
}

fn tell(events: &mut Vec<Event>) {
    for event in events.drain(..) {
        match event {
            Event::Order(report) => match report.kind {
                ReportKind::Filled(fill) => println!(
                    "  {} filled {} {} at {}, fee {}",
                    report.order, fill.side, fill.quantity, fill.price, fill.fee
                ),
                other => println!("  {} {other:?}", report.order),
            },
            Event::Funding(payment) => println!("  funding {}", payment.amount),
            other => println!("  {other:?}"),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let free = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let (maker_fee, taker_fee) = (Rate::basis_points(2), Rate::basis_points(5));
    let bitcoin = Instrument::new(InstrumentSpec { maker_fee, taker_fee, ..free.spec().clone() })?;
    let instruments = Instruments::new(vec![bitcoin]);
    let start: Timestamp = "2024-01-01T06:00:00Z".parse()?;
    let cash = Money::new(100_000.into());
    // Half a spread of one basis point, impact, a tenth of each bar's volume, funding, isolated 5x, liquidation.
    let mut venue = SimulatedVenue::new(&instruments, VenueRules::default(), cash, 1)?;
    let gate = RiskGate::new(&instruments, RiskLimits::research_wide())?;
    let mut trader = Trader { gate, desk: OrderDesk::new(1, DeskRules::default()) };

    // Open, high, low, close and volume of each hour: it rises, then falls through our stop in one jump.
    let bars = [
        (25_000.0, 25_100.0, 24_950.0, 25_080.0, 9.0),
        (25_090.0, 25_300.0, 25_050.0, 25_250.0, 9.0),
        (25_260.0, 25_400.0, 25_200.0, 25_380.0, 9.0),
        (24_600.0, 24_700.0, 24_300.0, 24_400.0, 9.0),
        (24_450.0, 24_500.0, 24_200.0, 24_300.0, 9.0),
    ];
    let mut events = Vec::new();
    for (hour, (open, high, low, close, volume)) in (0..).zip(bars) {
        let bar = Bar {
            open_time: start.after(Span::HOUR.times(hour)),
            interval: Span::HOUR,
            open,
            high,
            low,
            close,
            volume,
            closed: true,
            synthetic: false,
        };
        println!("{}  opens {open}, high {high}, low {low}, closes {close}", bar.open_time);
        venue.open_bar(BITCOIN, &bar, &mut events)?;
        venue.close_bar(BITCOIN, &bar, &mut events)?;
        tell(&mut events);

        let now = bar.close_time();
        trader.gate.observe_interval(BITCOIN, Span::HOUR);
        trader.gate.observe_price(BITCOIN, close, close, now);
        trader.gate.observe_equity(100_000.0, 100_000.0, now);
        if hour == 0 {
            // A tenth of the next bars is not enough at once: the rest goes on at the open after it.
            trader.send(&mut venue, now, (Side::Buy, "1.5", OrderKind::Market))?;
            let trigger = Trigger { price: Price::new(24_900.into())?, source: TriggerSource::Mark };
            trader.send(&mut venue, now, (Side::Sell, "1.5", OrderKind::StopMarket { trigger }))?;
        }
    }

    println!("\nWhy each fill happened:");
    for record in venue.fill_records() {
        println!("  trade {}: {}", record.trade.0, record.reason);
    }
    let account = venue.account();
    println!(
        "\nIts account of us: realized {}, fees {}, funding {}",
        account.realized, account.fees, account.funding
    );
    println!("wallet {}", account.wallet()?);
    Ok(())
}
