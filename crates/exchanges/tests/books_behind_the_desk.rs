//! The venue on an order book, behind the real gate and desk: both end with the same fills, and each fill can be
//! explained by what the tape says.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use std::collections::{BTreeMap, BTreeSet};

use autotrading_domain::{
    Event, Instrument, InstrumentId, Instruments, Leverage, Money, OrderIntent, OrderKind, Price, Purpose,
    Quantity, Rate, Side, Span, TimeInForce, Timestamp, TradeId, Trigger, TriggerSource,
};
use autotrading_exchanges::{
    CancelWeight, FaultRules, FillReason, FillRecord, LatencyModel, MarginRule, QueueModel, SimulatedVenue,
    TapeReplay, TickRules, VenueRules,
};
use autotrading_execution::{DeskRules, OrderDesk, OrderGateway};
use autotrading_market_data::{LocalBook, RowKind, SyntheticBook, Tape};
use autotrading_risk::{RiskGate, RiskLimits};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

const BTC: InstrumentId = InstrumentId(0);

/// Gate, desk and venue, wired as an engine wires them, and somebody who trades at random.
struct House {
    gate: RiskGate,
    desk: OrderDesk,
    venue: SimulatedVenue,
    trades: BTreeSet<TradeId>,
    position: Decimal,
    chance: ChaCha8Rng,
    heard: Vec<Event>,
}

impl House {
    fn new(rules: VenueRules, ticks: TickRules, seed: u64) -> Self {
        let bitcoin =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        let listed = Instruments::new(vec![bitcoin.unwrap()]);
        let mut venue = SimulatedVenue::new(&listed, rules, Money::new(1_000_000.into()), seed).unwrap();
        venue.follow_ticks(BTC, ticks).unwrap();
        let travel = |seed| {
            let (least, extra) = (Span::MILLISECOND.times(2), Span::MILLISECOND.times(5));
            LatencyModel::Sampled { least, extra, seed }
        };
        venue.set_latency(travel(seed), travel(seed + 1)).unwrap();
        Self {
            gate: RiskGate::new(&listed, RiskLimits::research_wide()).unwrap(),
            desk: OrderDesk::new(1, DeskRules { stale_after: None, ..DeskRules::default() }),
            venue,
            trades: BTreeSet::new(),
            position: Decimal::ZERO,
            chance: ChaCha8Rng::seed_from_u64(seed),
            heard: Vec::new(),
        }
    }

    fn draw(&mut self, from: i64, to: i64) -> i64 {
        self.chance.random_range(from..=to)
    }

    fn hear(&mut self, events: &mut Vec<Event>, now: Timestamp) {
        for event in events.drain(..) {
            assert!(event.at() <= now, "heard of before its time: {event:?}");
            self.heard.push(event.clone());
            let fill = match event {
                Event::Order(report) => {
                    let effect = self.desk.apply(&report).unwrap();
                    if effect.finished {
                        self.gate.order_done(effect.order);
                    }
                    effect.fill
                }
                Event::Fill(fill) => Some(fill),
                _ => None,
            };
            if let Some(fill) = fill {
                assert!(self.trades.insert(fill.trade), "booked twice: {fill:?}");
                self.position += fill.quantity.signed(fill.side);
            }
        }
        assert!(!self.desk.is_quarantined(BTC));
    }

    fn trade(&mut self, book: &LocalBook, now: Timestamp) {
        let (bid, ask) = (book.best_tick(Side::Buy).unwrap(), book.best_tick(Side::Sell).unwrap());
        let middle = (bid + ask) as f64 * 0.05;
        self.gate.observe_interval(BTC, Span::SECOND);
        self.gate.observe_price(BTC, middle, middle, now);
        self.gate.observe_equity(1_000_000.0, 1_000_000.0, now);
        if self.draw(0, 2) == 0 {
            let intent = self.wish(bid, ask);
            if let Ok(approved) = self.gate.review(intent, now).outcome {
                let command = self.desk.place(approved, now).unwrap();
                self.venue.send(&command).unwrap();
            }
        }
        if self.draw(0, 5) == 0 {
            let Some(id) = self.desk.live().next().map(|order| order.id()) else { return };
            if let Some(command) = self.desk.cancel(id, now).unwrap() {
                self.venue.send(&command).unwrap();
            }
        }
    }

    fn wish(&mut self, bid: i64, ask: i64) -> OrderIntent {
        let side = if self.draw(0, 1) == 0 { Side::Buy } else { Side::Sell };
        let near = if side == Side::Buy { bid } else { ask };
        let price = |tick| Price::new(Decimal::new(tick, 1)).unwrap();
        let (limit, far) = (price(near + self.draw(-3, 3)), price(near + self.draw(-8, 8)));
        let source = if self.draw(0, 1) == 0 { TriggerSource::Last } else { TriggerSource::Mark };
        let trigger = Trigger { price: far, source };
        let kind = match self.draw(0, 9) {
            0 => OrderKind::Market,
            1 => OrderKind::StopMarket { trigger },
            2 => OrderKind::StopLimit { trigger, price: limit },
            3 => OrderKind::TakeProfitMarket { trigger },
            4 => OrderKind::TrailingStop { activation: None, distance: Rate::basis_points(1) },
            _ => OrderKind::Limit { price: limit },
        };
        let time_in_force = match self.draw(0, 7) {
            0 => TimeInForce::Ioc,
            1 => TimeInForce::Fok,
            2 if matches!(kind, OrderKind::Limit { .. }) => TimeInForce::Gtx,
            _ => TimeInForce::Gtc,
        };
        OrderIntent {
            id: self.desk.next_id(),
            instrument: BTC,
            strategy: None,
            side,
            quantity: Quantity::of(Decimal::new(self.draw(1, 3_000), 3)),
            kind,
            time_in_force,
            reduce_only: self.draw(0, 3) == 0,
            bracket: None,
            purpose: Purpose::Target,
        }
    }
}

fn play(rules: VenueRules, ticks: TickRules, tape: &Tape, seed: u64) -> House {
    let mut house = House::new(rules, ticks, seed);
    let feed = LatencyModel::Constant(Span::MILLISECOND.times(3));
    let mut replay = TapeReplay::new(tape, BTC, Some(feed)).unwrap();
    let (mut now, mut events) = (replay.next_heard().unwrap(), Vec::new());
    let last = tape.rows().last().unwrap().venue;
    while now < last.after(Span::MINUTE) {
        replay.run_until(&mut house.venue, now, &mut events).unwrap();
        house.hear(&mut events, now);
        if now < last.before(Span::SECOND)
            && let Some(book) = replay.book()
        {
            house.trade(book, now);
        } else {
            let mut commands = Vec::new();
            house.desk.expire(now, &mut commands);
            let live: Vec<_> = house.desk.live().map(|order| order.id()).collect();
            commands.extend(live.into_iter().filter_map(|id| house.desk.cancel(id, now).unwrap_or(None)));
            commands.iter().for_each(|command| house.venue.send(command).unwrap());
        }
        now = now.after(Span::MILLISECOND.times(20));
        if replay.next_heard().is_none() {
            now = now.after(Span::SECOND); // only late words are left
        }
    }
    assert_eq!(house.desk.live().count(), 0);
    assert_eq!(house.trades.len(), house.venue.fill_records().len());
    assert_eq!(house.position, house.venue.account().positions[0].signed);
    house
}

fn realistic() -> VenueRules {
    let leverage = Leverage::new(Decimal::from(20)).unwrap();
    VenueRules { margin: MarginRule::Cross { leverage }, ..VenueRules::default() }
}

fn weighted() -> TickRules {
    let queue = QueueModel::Probabilistic(CancelWeight::Power { exponent: 3.0 });
    TickRules { queue, ..TickRules::default() }
}

#[test]
fn the_desk_understands_every_word_and_ends_with_the_same_fills() {
    let (mut reasons, mut fills) = (BTreeSet::new(), 0);
    for seed in 0..12 {
        let tape = SyntheticBook::tape(seed, 4_000);
        let ticks = if seed % 2 == 0 { TickRules::default() } else { weighted() };
        let house =
            play(if seed % 3 == 0 { realistic() } else { VenueRules::research() }, ticks, &tape, seed);
        fills += house.trades.len();
        reasons.extend(house.venue.fill_records().iter().map(|record| format!("{:?}", record.reason)));
    }
    for wanted in ["TookFromBook", "TookOnTrigger", "QueueReached", "TradedThrough", "BookCameToUs"] {
        assert!(reasons.contains(wanted), "{wanted} is not among {reasons:?}");
    }
    assert!(fills > 500, "too tame: {fills}");
}

#[test]
fn with_lost_answers_double_and_late_reports_the_desk_still_ends_with_the_same_fills() {
    let faults = FaultRules { reject: 0.1, timeout: 0.2, duplicate: 0.2, ..FaultRules::default() };
    for seed in 0..8 {
        let tape = SyntheticBook::tape(seed, 3_000);
        play(VenueRules { faults: Some(faults), ..realistic() }, weighted(), &tape, seed);
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let tape = SyntheticBook::tape(5, 3_000);
    let faults = FaultRules { reject: 0.05, timeout: 0.1, duplicate: 0.1, ..FaultRules::default() };
    let rules = VenueRules { faults: Some(faults), ..realistic() };
    let (first, second) = (play(rules, weighted(), &tape, 9), play(rules, weighted(), &tape, 9));
    assert!(first.heard == second.heard && first.venue.fill_records() == second.venue.fill_records());
    assert!(first.trades.len() > 20);
}

/// What the tape showed at a price when its latest word before this moment had been said.
fn shown(tape: &Tape, until: Timestamp, side: Side, tick: i64) -> (usize, f64) {
    let (mut last, mut quantity) = (0, 0.0);
    for (place, row) in tape.rows().iter().take_while(|row| row.venue <= until).enumerate() {
        let level = matches!(row.kind, RowKind::Bid | RowKind::Ask) && row.side() == Some(side);
        if level && row.tick == tick {
            (last, quantity) = (place, row.quantity);
        }
    }
    (last, quantity)
}

#[test]
fn nothing_is_taken_twice_from_a_level_without_a_fresh_word_of_it() {
    for seed in 0..3 {
        let tape = SyntheticBook::tape(seed, 2_500);
        let house = play(VenueRules::research(), TickRules::default(), &tape, seed);
        let mut taken: BTreeMap<(bool, i64, usize), (f64, f64)> = BTreeMap::new();
        let sides: BTreeMap<TradeId, Side> = house
            .heard
            .iter()
            .filter_map(|event| match event {
                Event::Order(report) => match &report.kind {
                    autotrading_domain::ReportKind::Filled(fill) => Some((fill.trade, fill.side)),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let took = |record: &&FillRecord| record.reason == FillReason::TookFromBook;
        for record in house.venue.fill_records().iter().filter(took) {
            let side = sides[&record.trade].opposite();
            let tick = (record.price.to_f64() * 10.0).round() as i64;
            let (word, quantity) = shown(&tape, record.bar, side, tick);
            let entry = taken.entry((side == Side::Buy, tick, word)).or_insert((0.0, quantity));
            entry.0 += record.quantity.to_f64();
        }
        assert!(taken.len() > 5, "too tame: {}", taken.len());
        for (level, (taken, shown)) in taken {
            assert!(taken <= shown + 1e-9, "{taken} of {shown} at {level:?}");
        }
    }
}

#[test]
fn a_patient_queue_never_fills_more_than_a_hopeful_one() {
    // One order a side, joined at the touch and left there: the models differ in their patience alone.
    let resting = |ticks: TickRules, seed: u64| {
        let tape = SyntheticBook::tape(seed, 400);
        let mut house = House::new(VenueRules::research(), ticks, seed);
        let mut replay = TapeReplay::new(&tape, BTC, None).unwrap();
        let (begin, mut events) = (replay.next_heard().unwrap(), Vec::new());
        replay.run_until(&mut house.venue, begin, &mut events).unwrap();
        let book = replay.book().unwrap();
        let best = [Side::Buy, Side::Sell].map(|side| (side, book.best_tick(side).unwrap()));
        house.gate.observe_interval(BTC, Span::SECOND);
        house.gate.observe_price(BTC, 60_000.0, 60_000.0, begin);
        house.gate.observe_equity(1_000_000.0, 1_000_000.0, begin);
        for (side, tick) in best {
            let mut intent = house.wish(tick, tick);
            intent.side = side;
            intent.kind = OrderKind::Limit { price: Price::new(Decimal::new(tick, 1)).unwrap() };
            (intent.time_in_force, intent.reduce_only) = (TimeInForce::Gtc, false);
            intent.quantity = Quantity::of(Decimal::new(500, 3));
            let command = house.desk.place(house.gate.review(intent, begin).outcome.unwrap(), begin).unwrap();
            house.venue.send(&command).unwrap();
        }
        replay.run_until(&mut house.venue, Timestamp::MAX, &mut events).unwrap();
        house.venue.fill_records().iter().map(|record| record.quantity.to_f64()).sum::<f64>()
    };
    let mut differ = 0;
    for seed in 0..30 {
        let (patient, hopeful) = (resting(TickRules::default(), seed), resting(weighted(), seed));
        assert!(patient <= hopeful + 1e-9, "seed {seed}: {patient} against {hopeful}");
        differ += u32::from(patient < hopeful);
    }
    assert!(differ > 0);
}
