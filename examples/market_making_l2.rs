//! A small market maker on an order book, with every fill explained: where it stood in the queue, and what brought the
//! fill about.
//!
//! ```text
//! cargo run -p autotrading-examples --example market_making_l2
//! cargo run --release -p autotrading-examples --example market_making_l2 -- recorded.gz BTCUSDT 0.1
//! ```
//!
//! Without arguments the book is made up from a seed. With them it is a recording of Binance USD-M frames: one line a
//! frame, the recorder's own time in nanoseconds in front. See docs/guide/l2.md.
#![allow(clippy::disallowed_methods, reason = "this program reads its arguments")]

use std::{collections::BTreeMap, error::Error, path::Path};

use autotrading_catalog::Frames;
use autotrading_domain::{
    ClientOrderId, Event, Instrument, InstrumentId, InstrumentSpec, Instruments, Money, OrderIntent,
    OrderKind, Price, Purpose, Quantity, Rate, Side, Span, TimeInForce, Timestamp,
};
use autotrading_exchanges::{
    BinanceDialect, BinanceMarket, CancelWeight, LatencyModel, QueueModel, SimulatedVenue, TapeReplay,
    TickRules, VenueRules,
};
use autotrading_execution::{DeskRules, OrderDesk, OrderGateway};
use autotrading_market_data::{BackwardClock, LocalBook, SyntheticBook, Tape, TapeBuilder};
use autotrading_risk::{RiskGate, RiskLimits};
use rust_decimal::Decimal;

const ONLY: InstrumentId = InstrumentId(0);

/// Joins the best bid and the best offer with one lot of each; leans back on the side that it holds too much of.
struct Maker {
    gate: RiskGate,
    desk: OrderDesk,
    instrument: Instrument,
    size: Quantity,
    /// How much it holds at most, in sizes.
    most: i64,
    /// Its working bid and offer, with their ticks.
    bid: Option<(ClientOrderId, i64)>,
    ask: Option<(ClientOrderId, i64)>,
    position: Decimal,
    equity: f64,
}

impl Maker {
    /// Looks at the book as it has heard of it, and puts its quotes where it wants them.
    fn quote(
        &mut self,
        book: &LocalBook,
        now: Timestamp,
        venue: &mut SimulatedVenue,
    ) -> Result<(), Box<dyn Error>> {
        let (Some(bid), Some(ask)) = (book.best_tick(Side::Buy), book.best_tick(Side::Sell)) else {
            return Ok(());
        };
        let middle = (bid + ask) as f64 * 0.5 * self.instrument.ticks().step_f64();
        self.gate.observe_interval(ONLY, Span::SECOND);
        self.gate.observe_price(ONLY, middle, middle, now);
        self.gate.observe_equity(self.equity, self.equity, now);
        let full = self.size.get() * Decimal::from(self.most);
        self.put(Side::Buy, (self.position < full).then_some(bid), now, venue)?;
        self.put(Side::Sell, (self.position > -full).then_some(ask), now, venue)
    }

    fn put(
        &mut self,
        side: Side,
        wanted: Option<i64>,
        now: Timestamp,
        venue: &mut SimulatedVenue,
    ) -> Result<(), Box<dyn Error>> {
        let standing = if side == Side::Buy { self.bid } else { self.ask };
        match standing {
            Some((_, tick)) if Some(tick) == wanted => return Ok(()),
            // One request at a time: the new quote follows when the old one is gone.
            Some((id, _)) => {
                if let Some(command) = self.desk.cancel(id, now)? {
                    venue.send(&command)?;
                }
                return Ok(());
            }
            None => {}
        }
        let Some(tick) = wanted else { return Ok(()) };
        let intent = OrderIntent {
            id: self.desk.next_id(),
            instrument: ONLY,
            strategy: None,
            side,
            quantity: self.size,
            kind: OrderKind::Limit { price: Price::new(self.instrument.ticks().at(tick)?)? },
            time_in_force: TimeInForce::Gtx,
            reduce_only: false,
            bracket: None,
            purpose: Purpose::Target,
        };
        let command = self.desk.place(self.gate.review(intent, now).outcome?, now)?;
        venue.send(&command)?;
        let kept = Some((intent.id, tick));
        if side == Side::Buy {
            self.bid = kept
        } else {
            self.ask = kept
        }
        Ok(())
    }

    /// What the venue says of its orders.
    fn hear(&mut self, events: &mut Vec<Event>) -> Result<(), Box<dyn Error>> {
        for event in events.drain(..) {
            let Event::Order(report) = event else { continue };
            let effect = self.desk.apply(&report)?;
            if let Some(fill) = effect.fill {
                self.position += fill.quantity.signed(fill.side);
            }
            if effect.finished {
                self.gate.order_done(effect.order);
                self.bid = self.bid.filter(|(id, _)| *id != effect.order);
                self.ask = self.ask.filter(|(id, _)| *id != effect.order);
            }
        }
        self.gate.observe_exposure(&self.desk.exposure(ONLY, self.position));
        Ok(())
    }
}

/// The recorded market, and what was found on the way.
fn recorded(path: &Path, instrument: &Instrument) -> Result<Tape, Box<dyn Error>> {
    let market = BinanceMarket::UsdMargined;
    let dialect = BinanceDialect::new(market, &Instruments::new(vec![instrument.clone()]));
    let tick = instrument.ticks().step_f64();
    let mut builder = TapeBuilder::new(tick, market.numbering(), BackwardClock::Sort);
    let (mut frames, mut events) = (Frames::open(path)?, Vec::new());
    while let Some(frame) = frames.next_frame()? {
        dialect.decode(frame.content, frame.received, &mut events)?;
        for event in events.drain(..) {
            builder.hear(&event)?;
        }
    }
    println!("findings in the recording: {}", builder.findings().total());
    // Nobody hears of a thing before it happened: the fastest word took a millisecond.
    let tape = builder.finish(Some(Span::MILLISECOND));
    println!("the recorder's clock was off by {:.1} ms", tape.clock_offset().in_units_of(Span::MILLISECOND));
    Ok(tape)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (symbol, tick) = match &arguments[..] {
        [] => ("BTCUSDT", "0.1"),
        [_, symbol, tick] => (symbol.as_str(), tick.as_str()),
        _ => return Err("expected nothing, or: FILE SYMBOL TICK".into()),
    };
    let free = Instrument::linear_perpetual("sim", symbol, tick.parse()?, "0.001".parse()?)?;
    // A rebate for whoever rests, as market makers get it.
    let (maker_fee, taker_fee) = (Rate::new("-0.00005".parse()?), Rate::basis_points(5));
    let instrument = Instrument::new(InstrumentSpec { maker_fee, taker_fee, ..free.spec().clone() })?;
    let instruments = Instruments::new(vec![instrument.clone()]);
    let tape = match arguments.first() {
        Some(path) => recorded(Path::new(path), &instrument)?,
        None => SyntheticBook::tape(1, 20_000),
    };

    let cash = Money::new(100_000.into());
    let mut venue = SimulatedVenue::new(&instruments, VenueRules::research(), cash, 1)?;
    let queue = QueueModel::Probabilistic(CancelWeight::Power { exponent: 3.0 });
    venue.follow_ticks(ONLY, TickRules { queue, ..TickRules::default() })?;
    let travel =
        |seed| LatencyModel::Sampled { least: Span::MILLISECOND.times(2), extra: Span::MILLISECOND, seed };
    venue.set_latency(travel(1), travel(2))?;

    let mut maker = Maker {
        gate: RiskGate::new(&instruments, RiskLimits::research_wide())?,
        desk: OrderDesk::new(1, DeskRules::default()),
        instrument,
        size: Quantity::new("0.01".parse()?)?,
        most: 5,
        bid: None,
        ask: None,
        position: Decimal::ZERO,
        equity: 100_000.0,
    };
    let mut replay = TapeReplay::new(&tape, ONLY, None)?;
    let (mut events, mut steps) = (Vec::new(), 0u64);
    let mut now = replay.next_heard().ok_or("the tape is empty")?;
    while replay.run_until(&mut venue, now, &mut events)? {
        maker.hear(&mut events)?;
        if let Some(book) = replay.book() {
            maker.quote(book, now, &mut venue)?;
        }
        now = now.after(Span::MILLISECOND.times(10));
        steps += 1;
    }
    // What is still on its way when the tape ends.
    replay.run_until(&mut venue, Timestamp::MAX, &mut events)?;
    maker.hear(&mut events)?;

    println!("{symbol}: {} rows, {steps} looks at the book, one every 10 ms", tape.rows().len());
    let mut reasons = BTreeMap::new();
    for record in venue.fill_records() {
        *reasons.entry(record.reason.to_string()).or_insert(0u32) += 1;
    }
    println!("\nThe first fills, and why they happened:");
    for record in venue.fill_records().iter().take(8) {
        let (Some(wait), Some(order)) = (record.queue, record.order) else { continue };
        println!(
            "  {order} {} @ {}: {}; {:.3} stood ahead when it joined, {:.3} traded before its turn, after {:.0} ms",
            record.quantity,
            record.price,
            record.reason,
            wait.ahead,
            wait.traded,
            record.bar.since(wait.joined).in_units_of(Span::MILLISECOND),
        );
    }
    println!("\nAll of them:");
    for (reason, count) in &reasons {
        println!("  {count:>6}  {reason}");
    }
    let account = venue.account();
    println!("\nrealized {}, fees {}, position {}", account.realized, account.fees, maker.position);
    println!("wallet {}", account.wallet()?);
    if account.positions.first().is_none_or(|held| held.signed != maker.position) {
        return Err("our books and the venue's account do not agree".into());
    }
    Ok(())
}
