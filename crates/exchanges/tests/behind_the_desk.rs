//! The venue behind the real order desk: what it says is always a legal word, and both end with the same fills.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use std::collections::BTreeSet;

use autotrading_domain::{
    Bar, BracketId, Event, Instrument, InstrumentId, Instruments, Leverage, Money, OrderIntent, OrderKind,
    Price, Purpose, Quantity, Rate, Side, Span, TimeInForce, Timestamp, TradeId, Trigger, TriggerSource,
};
use autotrading_exchanges::{FaultRules, MarginRule, SimulatedVenue, VenueRules};
use autotrading_execution::{DeskRules, OrderCommand, OrderDesk, OrderGateway};
use autotrading_risk::{RiskGate, RiskLimits};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

const BTC: InstrumentId = InstrumentId(0);

/// Gate, desk and venue, wired as an engine wires them.
struct House {
    gate: RiskGate,
    desk: OrderDesk,
    venue: SimulatedVenue,
    trades: BTreeSet<TradeId>,
    position: Decimal,
    liquidations: usize,
    chance: ChaCha8Rng,
    /// Price of the market, in tenths.
    price: i64,
}

impl House {
    fn new(rules: VenueRules, seed: u64) -> Self {
        let bitcoin =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        let listed = Instruments::new(vec![bitcoin.unwrap()]);
        Self {
            gate: RiskGate::new(&listed, RiskLimits::research_wide()).unwrap(),
            desk: OrderDesk::new(1, DeskRules { stale_after: None, ..DeskRules::default() }),
            venue: SimulatedVenue::new(&listed, rules, Money::new(10_000.into()), seed).unwrap(),
            trades: BTreeSet::new(),
            position: Decimal::ZERO,
            liquidations: 0,
            chance: ChaCha8Rng::seed_from_u64(seed),
            price: 10_000,
        }
    }

    fn draw(&mut self, from: i64, to: i64) -> i64 {
        self.chance.random_range(from..=to)
    }

    /// Plays one hour: the open, our answer to it, the rest, our answer to that.
    fn hour(&mut self, count: i64, orders: bool) {
        let open = (self.price + self.draw(-20, 20)).clamp(5_000, 20_000);
        let close = (open + self.draw(-80, 80)).clamp(5_000, 20_000);
        let (up, down) = (self.draw(0, 60), self.draw(0, 60));
        self.price = close;
        let price = |tenths: i64| tenths as f64 / 10.0;
        let bar = Bar {
            open_time: Timestamp::EPOCH.after(Span::HOUR.times(count)),
            interval: Span::HOUR,
            open: price(open),
            high: price(open.max(close) + up),
            low: price(open.min(close) - down),
            close: price(close),
            volume: 1.0,
            closed: true,
            synthetic: self.draw(0, 19) == 0,
        };
        let mut out = Vec::new();
        self.venue.open_bar(BTC, &bar, &mut out).unwrap();
        self.hear(&mut out);
        if orders {
            self.trade(open, bar.open_time);
        }
        self.venue.close_bar(BTC, &bar, &mut out).unwrap();
        self.hear(&mut out);
        self.gate.observe_price(BTC, bar.close, bar.close, bar.close_time());
        self.gate.observe_volume(BTC, bar.volume);
        self.gate.observe_interval(BTC, bar.interval);
        self.gate.observe_equity(10_000.0, 10_000.0, bar.close_time());
        let mut questions = Vec::new();
        self.desk.expire(bar.close_time(), &mut questions);
        questions.iter().for_each(|question| self.venue.send(question).unwrap());
        if orders {
            self.trade(close, bar.close_time());
        }
    }

    fn hear(&mut self, out: &mut Vec<Event>) {
        for event in out.drain(..) {
            let fill = match event {
                Event::Order(report) => {
                    let effect = self.desk.apply(&report).unwrap();
                    if effect.finished {
                        self.gate.order_done(effect.order);
                    }
                    effect.fill
                }
                Event::Fill(fill) => {
                    self.liquidations += 1;
                    Some(fill)
                }
                _ => None,
            };
            if let Some(fill) = fill {
                assert!(self.trades.insert(fill.trade), "booked twice: {fill:?}");
                self.position += fill.quantity.signed(fill.side);
            }
        }
        assert!(!self.desk.is_quarantined(BTC));
    }

    fn trade(&mut self, market: i64, now: Timestamp) {
        for _ in 0..self.draw(0, 2) {
            let intent = self.wish(market);
            let Ok(approved) = self.gate.review(intent, now).outcome else { continue };
            let command = self.desk.place(approved, now).unwrap();
            self.send(&command);
        }
        if self.draw(0, 4) == 0 {
            let Some(id) = self.desk.live().next().map(|order| order.id()) else { return };
            if let Some(command) = self.desk.cancel(id, now).unwrap() {
                self.send(&command);
            }
        }
    }

    fn send(&mut self, command: &OrderCommand) {
        self.venue.send(command).unwrap();
    }

    fn wish(&mut self, market: i64) -> OrderIntent {
        let side = if self.draw(0, 1) == 0 { Side::Buy } else { Side::Sell };
        let price = Price::new(Decimal::new(market + self.draw(-70, 70), 1)).unwrap();
        let other = Price::new(Decimal::new(market + self.draw(-70, 70), 1)).unwrap();
        let trigger = Trigger { price, source: TriggerSource::Mark };
        let kind = match self.draw(0, 6) {
            0 => OrderKind::Market,
            1 => OrderKind::Limit { price },
            2 => OrderKind::StopMarket { trigger },
            3 => OrderKind::StopLimit { trigger, price: other },
            4 => OrderKind::TakeProfitMarket { trigger },
            5 => OrderKind::TakeProfitLimit { trigger, price: other },
            _ => OrderKind::TrailingStop { activation: None, distance: Rate::basis_points(40) },
        };
        let time_in_force = match self.draw(0, 7) {
            0 => TimeInForce::Ioc,
            1 => TimeInForce::Fok,
            2 => TimeInForce::Gtx,
            _ => TimeInForce::Gtc,
        };
        let bracket = self.draw(0, 5);
        OrderIntent {
            id: self.desk.next_id(),
            instrument: BTC,
            strategy: None,
            side,
            quantity: Quantity::of(Decimal::new(self.draw(1, 150), 3)),
            kind,
            time_in_force,
            reduce_only: self.draw(0, 1) == 0,
            bracket: (bracket < 3).then(|| BracketId(bracket.unsigned_abs() as u32)),
            purpose: Purpose::Target,
        }
    }

    /// Ends everything that works and waits until the last word has been heard.
    fn wind_up(&mut self, from: i64) {
        for count in from..from + 40 {
            let now = Timestamp::EPOCH.after(Span::HOUR.times(count));
            let live: Vec<_> = self.desk.live().map(|order| order.id()).collect();
            for id in live {
                if let Ok(Some(command)) = self.desk.cancel(id, now) {
                    self.send(&command);
                }
            }
            self.hour(count, false);
        }
    }
}

fn play(rules: VenueRules, seed: u64) -> House {
    let mut house = House::new(rules, seed);
    for count in 0..150 {
        house.hour(count, count > 0);
    }
    house.wind_up(150);
    assert_eq!(house.desk.live().count(), 0);
    assert_eq!(house.trades.len(), house.venue.fill_records().len());
    assert_eq!(house.position, house.venue.account().positions[0].signed);
    house
}

fn realistic() -> VenueRules {
    let leverage = Leverage::new(Decimal::from(100)).unwrap();
    VenueRules { margin: MarginRule::Isolated { leverage }, ..VenueRules::default() }
}

#[test]
fn the_desk_understands_every_word_and_ends_with_the_same_fills() {
    let (mut fills, mut liquidations) = (0, 0);
    for seed in 0..60 {
        let house = play(realistic(), seed);
        (fills, liquidations) = (fills + house.trades.len(), liquidations + house.liquidations);
        fills += play(VenueRules::research(), seed).trades.len();
    }
    assert!(fills > 1_000 && liquidations > 10, "too tame: {fills} fills, {liquidations} liquidations");
}

#[test]
fn with_lost_answers_and_double_reports_the_desk_still_ends_with_the_same_fills() {
    let faults = FaultRules { reject: 0.1, timeout: 0.3, duplicate: 0.3, ..FaultRules::default() };
    for seed in 0..60 {
        play(VenueRules { faults: Some(faults), ..realistic() }, seed);
    }
}
