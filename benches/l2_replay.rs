//! Order books through the venue: events a second, where an event is one level that changed or one trade.
//!
//! Reading the tape, two queues, two latencies: `replay` has one resting order a side far from the market and nobody who
//! acts; `market making` looks at the book every 10 ms and keeps a quote at the best bid and offer. The book is made up
//! from a seed, or, when `AUTOTRADING_L2_DATA` names a folder with `btcusdt_20240808.gz`, that recording.
#![allow(
    clippy::disallowed_methods,
    reason = "where recordings lie, and what time was used, comes from outside"
)]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use autotrading::domain::{
    ClientOrderId, Event, Instrument, InstrumentId, Instruments, MarketData, MarketEvent, Money, OrderIntent,
    OrderKind, Price, Purpose, Quantity, Quote, Side, Span, TimeInForce, Timestamp, Trade,
};
use autotrading::exchanges::{
    BinanceDialect, BinanceMarket, CancelWeight, LatencyModel, QueueModel, SimulatedVenue, TapeReplay,
    TickRules, VenueRules,
};
use autotrading::execution::{DeskRules, OrderDesk, OrderGateway};
use autotrading::market_data::{
    BackwardClock, LocalBook, RowKind, SyntheticBook, Tape, TapeBuilder, UpdateNumbering,
};
use autotrading::risk::{RiskGate, RiskLimits};
use autotrading_catalog::Frames;
use criterion::{Criterion, Throughput};

const ONLY: InstrumentId = InstrumentId(0);
const MESSAGES: usize = 120_000;

fn listed() -> Result<Instruments, Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    Ok(Instruments::new(vec![bitcoin]))
}

fn market() -> Result<(Tape, &'static str), Box<dyn Error>> {
    let Ok(folder) = std::env::var("AUTOTRADING_L2_DATA") else {
        return Ok((SyntheticBook::tape(1, MESSAGES), "made up"));
    };
    let dialect = BinanceDialect::new(BinanceMarket::UsdMargined, &listed()?);
    let mut builder = TapeBuilder::new(0.1, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
    let mut frames = Frames::open(&Path::new(&folder).join("btcusdt_20240808.gz"))?;
    let mut events = Vec::new();
    while let Some(frame) = frames.next_frame()? {
        dialect.decode(frame.content, frame.received, &mut events)?;
        for event in events.drain(..) {
            builder.hear(&event)?;
        }
    }
    Ok((builder.finish(Some(Span::MILLISECOND)), "recorded"))
}

/// Gate, desk and venue, as an engine wires them, and a quote a side.
struct House {
    gate: RiskGate,
    desk: OrderDesk,
    venue: SimulatedVenue,
    instrument: Instrument,
    quotes: [Option<(ClientOrderId, i64)>; 2],
    fills: u64,
}

impl House {
    fn new() -> Result<Self, Box<dyn Error>> {
        let listed = listed()?;
        let mut venue =
            SimulatedVenue::new(&listed, VenueRules::research(), Money::new(1_000_000.into()), 1)?;
        let queue = QueueModel::Probabilistic(CancelWeight::Power { exponent: 3.0 });
        venue.follow_ticks(ONLY, TickRules { queue, ..TickRules::default() })?;
        let travel = LatencyModel::Constant(Span::MILLISECOND);
        venue.set_latency(travel.clone(), travel)?;
        Ok(Self {
            gate: RiskGate::new(&listed, RiskLimits::research_wide())?,
            desk: OrderDesk::new(1, DeskRules::default()),
            venue,
            instrument: listed.get(ONLY)?.clone(),
            quotes: [None; 2],
            fills: 0,
        })
    }

    fn send(&mut self, side: Side, kind: OrderKind, now: Timestamp) -> Result<ClientOrderId, Box<dyn Error>> {
        let intent = OrderIntent {
            id: self.desk.next_id(),
            instrument: ONLY,
            strategy: None,
            side,
            quantity: Quantity::new("0.01".parse()?)?,
            kind,
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            bracket: None,
            purpose: Purpose::Target,
        };
        let command = self.desk.place(self.gate.review(intent, now).outcome?, now)?;
        self.venue.send(&command)?;
        Ok(intent.id)
    }

    fn rest(&mut self, side: Side, tick: i64, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let price = Price::new(self.instrument.ticks().at(tick)?)?;
        let sent = self.send(side, OrderKind::Limit { price }, now)?;
        if let Some(quote) = self.quotes.get_mut(usize::from(side == Side::Sell)) {
            *quote = Some((sent, tick));
        }
        Ok(())
    }

    fn look(&mut self, middle: f64, now: Timestamp) {
        self.gate.observe_interval(ONLY, Span::SECOND);
        self.gate.observe_price(ONLY, middle, middle, now);
        self.gate.observe_equity(1_000_000.0, 1_000_000.0, now);
    }

    fn quote(&mut self, book: &LocalBook, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let (Some(bid), Some(ask)) = (book.best_tick(Side::Buy), book.best_tick(Side::Sell)) else {
            return Ok(());
        };
        let standing = self.quotes.map(|quote| quote.map(|(_, tick)| tick));
        if standing == [Some(bid), Some(ask)] {
            return Ok(());
        }
        self.look((bid + ask) as f64 * 0.05, now);
        for (side, tick, quote) in [(Side::Buy, bid, self.quotes[0]), (Side::Sell, ask, self.quotes[1])] {
            match quote {
                Some((_, standing)) if standing == tick => {}
                Some((id, _)) => {
                    if let Some(command) = self.desk.cancel(id, now)? {
                        self.venue.send(&command)?;
                    }
                }
                None => self.rest(side, tick, now)?,
            }
        }
        Ok(())
    }

    fn hear(&mut self, events: &mut Vec<Event>) -> Result<(), Box<dyn Error>> {
        for event in events.drain(..) {
            let Event::Order(report) = event else { continue };
            let effect = self.desk.apply(&report)?;
            self.fills += u64::from(effect.fill.is_some());
            if effect.finished {
                self.gate.order_done(effect.order);
                self.quotes = self.quotes.map(|quote| quote.filter(|(id, _)| *id != effect.order));
            }
        }
        Ok(())
    }
}

/// Everything but somebody who acts: venue book, own book, feed, two queue places.
fn replay(tape: &Tape) -> Result<u64, Box<dyn Error>> {
    let (mut house, mut events) = (House::new()?, Vec::new());
    let mut replay = TapeReplay::new(tape, ONLY, Some(LatencyModel::Constant(Span::MILLISECOND)))?;
    let begin = replay.next_heard().ok_or("an empty tape")?.after(Span::SECOND.times(2));
    replay.run_until(&mut house.venue, begin, &mut events)?;
    let (bid, ask) = match replay.book() {
        Some(book) => (book.best_tick(Side::Buy), book.best_tick(Side::Sell)),
        None => (None, None),
    };
    if let (Some(bid), Some(ask)) = (bid, ask) {
        house.look((bid + ask) as f64 * 0.05, begin);
        house.rest(Side::Buy, bid - 30, begin)?;
        house.rest(Side::Sell, ask + 30, begin)?;
    }
    replay.run_until(&mut house.venue, Timestamp::MAX, &mut events)?;
    house.hear(&mut events)?;
    Ok(house.fills)
}

/// A look at the book every ten milliseconds, a quote at the best price of each side. Gives fills and orders.
fn make_market(tape: &Tape) -> Result<(u64, u32), Box<dyn Error>> {
    let (mut house, mut events) = (House::new()?, Vec::new());
    let mut replay = TapeReplay::new(tape, ONLY, Some(LatencyModel::Constant(Span::MILLISECOND)))?;
    let mut now = replay.next_heard().ok_or("an empty tape")?;
    while replay.run_until(&mut house.venue, now, &mut events)? {
        if !events.is_empty() {
            house.hear(&mut events)?;
        }
        if let Some(book) = replay.book() {
            house.quote(book, now)?;
        }
        now = now.after(Span::MILLISECOND.times(10));
    }
    Ok((house.fills, house.desk.next_id().sequence))
}

/// Trades and quotes through the venue alone: a market order every hundred words, every one filled.
fn quotes_and_trades(words: &[MarketEvent]) -> Result<u64, Box<dyn Error>> {
    let (mut house, mut events) = (House::new()?, Vec::new());
    for (count, word) in words.iter().enumerate() {
        house.venue.hear(word, &mut events)?;
        if count % 100 == 1 {
            house.look(60_000.0, word.ts_event);
            let side = if count % 200 == 1 { Side::Buy } else { Side::Sell };
            house.send(side, OrderKind::Market, word.ts_event)?;
        }
        if !events.is_empty() {
            house.hear(&mut events)?;
        }
    }
    Ok(house.fills)
}

/// The best quotes and trades of a tape.
fn words_of(tape: &Tape) -> Vec<MarketEvent> {
    let (mut book, mut last, mut words) = (LocalBook::new(), None, Vec::new());
    for row in tape.rows() {
        let price = |tick: i64| tick as f64 * 0.1;
        let mut say = |data| {
            words.push(MarketEvent { instrument: ONLY, ts_event: row.venue, ts_received: row.venue, data });
        };
        match row.kind {
            RowKind::Bid => _ = book.set(Side::Buy, row.tick, row.quantity),
            RowKind::Ask => _ = book.set(Side::Sell, row.tick, row.quantity),
            RowKind::Clear => book.clear(),
            RowKind::Bought | RowKind::Sold => {
                let taker = if row.kind == RowKind::Bought { Side::Buy } else { Side::Sell };
                say(MarketData::Trade(Trade { price: price(row.tick), quantity: row.quantity, taker }));
            }
            _ => {}
        }
        if let (true, Some(bid), Some(ask)) = (row.ends, book.best(Side::Buy), book.best(Side::Sell))
            && last != Some((bid, ask))
        {
            last = Some((bid, ask));
            say(MarketData::Quote(Quote {
                bid: price(bid.tick),
                bid_quantity: bid.quantity,
                ask: price(ask.tick),
                ask_quantity: ask.quantity,
            }));
        }
    }
    words
}

/// Says how many events a second of the processor's own time holds: on a busy machine wall time says little. Where the
/// system does not tell that time, it says nothing.
fn on_the_processor(
    name: &str,
    events: usize,
    mut work: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    work()?;
    let Some(begin) = processor_seconds() else { return Ok(()) };
    let (mut runs, mut spent) = (0, 0.0);
    while spent < 2.0 {
        work()?;
        runs += 1;
        spent = processor_seconds().unwrap_or(f64::INFINITY) - begin;
    }
    println!("{name}: {:.1} M events a second of processor time", (events * runs) as f64 / spent / 1e6);
    Ok(())
}

/// Seconds that this process has used, as Linux counts them: in hundredths.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (tape, source) = market()?;
    let words = words_of(&tape);
    let (fills, orders) = make_market(&tape)?;
    let (rows, told) = (tape.rows().len(), words.len());
    println!("{source} book: {rows} events; market making: {orders} orders, {fills} fills");
    let met = quotes_and_trades(&words)?;
    println!("trades and quotes: {told} events, {met} fills");
    if fills == 0 || met < told as u64 / 100 - 1 {
        return Err("what is fast and does nothing is worth nothing".into());
    }

    on_the_processor("replay", rows, || replay(&tape).map(drop))?;
    on_the_processor("market making every 10 ms", rows, || make_market(&tape).map(drop))?;
    on_the_processor("trades and quotes", told, || quotes_and_trades(&words).map(drop))?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("l2_replay");
    group.throughput(Throughput::Elements(rows as u64)).sample_size(20);
    group.measurement_time(Duration::from_secs(5)).warm_up_time(Duration::from_secs(1));
    group.bench_function("replay", |bencher| bencher.iter(|| black_box(replay(&tape)).is_ok()));
    group.bench_function("market making every 10 ms", |bencher| {
        bencher.iter(|| black_box(make_market(&tape)).is_ok());
    });
    group.throughput(Throughput::Elements(told as u64));
    group.bench_function("trades and quotes", |bencher| {
        bencher.iter(|| black_box(quotes_and_trades(&words)).is_ok());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
