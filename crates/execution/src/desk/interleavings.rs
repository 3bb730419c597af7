//! The desk against a venue of the plainest kind, with everything in between that can go wrong on a wire.

use std::collections::BTreeMap;

use autotrading_domain::{
    Amendment, ClientOrderId, Currency, Fill, FillCause, InstrumentId, Liquidity, Money, OrderIntent,
    OrderKind, OrderReport, Price, Purpose, Quantity, ReportKind as R, Side, TimeInForce, Timestamp, TradeId,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::OrderDesk;
use crate::{CommandRecord, DeskRules, OrderCommand};

const BTC: InstrumentId = InstrumentId(0);

/// How an order stands at the venue.
#[derive(Clone, Debug, PartialEq)]
enum Stands {
    Works,
    Whole,
    Over(R),
}

#[derive(Debug)]
struct Held {
    quantity: Quantity,
    kind: OrderKind,
    fills: Vec<Fill>,
    stands: Stands,
}

impl Held {
    fn filled(&self) -> Quantity {
        self.fills.iter().fold(Quantity::ZERO, |sum, fill| sum.plus(fill.quantity).unwrap())
    }
}

/// A venue that holds orders in a map and answers at once.
#[derive(Debug, Default)]
struct Venue {
    held: BTreeMap<ClientOrderId, Held>,
    places_seen: BTreeMap<ClientOrderId, u32>,
    trades: u64,
    now: i64,
}

impl Venue {
    fn say(&mut self, order: ClientOrderId, kind: R) -> OrderReport {
        self.now += 1;
        let now = Timestamp::from_nanos(self.now);
        OrderReport { order, instrument: BTC, ts_event: now, ts_received: now, kind }
    }

    fn hear(&mut self, command: &CommandRecord, grumpy: bool) -> Vec<OrderReport> {
        match *command {
            CommandRecord::Place { intent, .. } => {
                *self.places_seen.entry(intent.id).or_default() += 1;
                if self.held.contains_key(&intent.id) {
                    return Vec::new(); // the same id places at most one order
                }
                let answer = if grumpy { R::Rejected("no".into()) } else { R::Accepted };
                let stands = if grumpy { Stands::Over(answer.clone()) } else { Stands::Works };
                let held = Held { quantity: intent.quantity, kind: intent.kind, fills: Vec::new(), stands };
                self.held.insert(intent.id, held);
                vec![self.say(intent.id, answer)]
            }
            CommandRecord::Amend { change, .. } => vec![self.amend(change, grumpy)],
            CommandRecord::Cancel { id, .. } => {
                let answer = match self.held.get_mut(&id) {
                    Some(held) if held.stands == Stands::Works && !grumpy => {
                        held.stands = Stands::Over(R::Canceled("asked".into()));
                        R::Canceled("asked".into())
                    }
                    _ => R::CancelRefused("no".into()),
                };
                vec![self.say(id, answer)]
            }
            CommandRecord::Query { id, .. } => self.tell(id),
        }
    }

    fn amend(&mut self, change: Amendment, grumpy: bool) -> OrderReport {
        let answer = match self.held.get_mut(&change.id) {
            Some(held) if held.stands == Stands::Works && !grumpy && change.quantity > held.filled() => {
                (held.quantity, held.kind) = (change.quantity, change.kind);
                R::Amended { quantity: change.quantity, kind: change.kind }
            }
            _ => R::AmendRefused("no".into()),
        };
        self.say(change.id, answer)
    }

    fn tell(&mut self, id: ClientOrderId) -> Vec<OrderReport> {
        let Some(held) = self.held.get(&id) else { return vec![self.say(id, R::Absent)] };
        let mut words: Vec<R> = held.fills.iter().map(|fill| R::Filled(*fill)).collect();
        words.push(match &held.stands {
            Stands::Works => R::Working { filled: held.filled() },
            Stands::Whole => R::Canceled("filled whole".into()),
            Stands::Over(word) => word.clone(),
        });
        words.into_iter().map(|word| self.say(id, word)).collect()
    }

    /// Trades a part (in tenths of what is open) of a working order, or ends it on the venue's own account.
    fn act(&mut self, pick: usize, tenths: i64) -> Option<OrderReport> {
        let (id, held) =
            self.held.iter_mut().filter(|(_, held)| held.stands == Stands::Works).nth(pick % 4)?;
        let id = *id;
        if tenths == 0 {
            held.stands = Stands::Over(R::Expired("terms".into()));
            return Some(self.say(id, R::Expired("terms".into())));
        }
        let open = held.quantity.minus(held.filled()).unwrap().get();
        let quantity = Quantity::new(open * Decimal::new(tenths, 1)).unwrap();
        self.trades += 1;
        let fill = Fill {
            trade: TradeId(self.trades),
            order: Some(id),
            instrument: BTC,
            side: Side::Buy,
            price: Price::new(Decimal::from(100 + self.trades)).unwrap(),
            quantity,
            fee: Money::ZERO,
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Maker,
            cause: FillCause::Order,
            at: Timestamp::EPOCH,
        };
        held.fills.push(fill);
        if tenths == 10 {
            held.stands = Stands::Whole;
        }
        Some(self.say(id, R::Filled(fill)))
    }
}

/// One thing that happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Want {
        tens: i64,
    },
    Amend {
        pick: usize,
        tens: i64,
    },
    Cancel {
        pick: usize,
    },
    /// A command arrives; `lost`: it does not, and the gateway may say so; `twice`: the gateway sends it again.
    Wire {
        pick: usize,
        lost: bool,
        told: bool,
        twice: bool,
        grumpy: bool,
    },
    Act {
        pick: usize,
        tenths: i64,
    },
    /// A report arrives, out of order; `again`: a copy stays behind; `lost`: it never arrives.
    Report {
        pick: usize,
        again: bool,
        lost: bool,
    },
    Wait {
        secs: i64,
        arrive: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let pick = 0usize..8;
    prop_oneof![
        2 => (1i64..20).prop_map(|tens| Step::Want { tens }),
        2 => (pick.clone(), 1i64..30).prop_map(|(pick, tens)| Step::Amend { pick, tens }),
        1 => pick.clone().prop_map(|pick| Step::Cancel { pick }),
        4 => (pick.clone(), prop::bool::weighted(0.2), any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
            .prop_map(|(pick, lost, told, twice, grumpy)| Step::Wire { pick, lost, told, twice, grumpy }),
        4 => (pick.clone(), prop_oneof![1 => Just(0i64), 8 => 1i64..10, 3 => Just(10i64)])
            .prop_map(|(pick, tenths)| Step::Act { pick, tenths }),
        6 => (pick, prop::bool::weighted(0.3), prop::bool::weighted(0.15))
            .prop_map(|(pick, again, lost)| Step::Report { pick, again, lost }),
        1 => (1i64..400, any::<bool>()).prop_map(|(secs, arrive)| Step::Wait { secs, arrive }),
    ]
}

struct World {
    desk: OrderDesk,
    venue: Venue,
    now: i64,
    outward: Vec<CommandRecord>,
    inward: Vec<OrderReport>,
    placed: BTreeMap<ClientOrderId, u32>,
    booked: BTreeMap<ClientOrderId, Quantity>,
}

impl World {
    fn new() -> Self {
        Self {
            desk: OrderDesk::new(1, DeskRules::default()),
            venue: Venue::default(),
            now: 0,
            outward: Vec::new(),
            inward: Vec::new(),
            placed: BTreeMap::new(),
            booked: BTreeMap::new(),
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_secs(self.now)
    }

    fn send(&mut self, command: &OrderCommand) {
        let record = CommandRecord::from(command);
        if let CommandRecord::Place { intent, .. } = record {
            *self.placed.entry(intent.id).or_default() += 1;
        }
        self.outward.push(record);
    }

    fn nth_live(&self, pick: usize) -> Option<ClientOrderId> {
        let live: Vec<_> = self.desk.live().map(|record| record.id()).collect();
        (!live.is_empty()).then(|| live[pick % live.len()])
    }

    fn deliver(&mut self, report: &OrderReport) {
        if let Ok(effect) = self.desk.apply(report)
            && let Some(fill) = effect.fill
        {
            let sum = self.booked.entry(effect.order).or_default();
            *sum = sum.plus(fill.quantity).unwrap();
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.time();
        match step {
            Step::Want { tens } => {
                let intent = OrderIntent {
                    id: self.desk.next_id(),
                    instrument: BTC,
                    strategy: None,
                    side: Side::Buy,
                    quantity: Quantity::new(Decimal::from(tens * 10)).unwrap(),
                    kind: OrderKind::Limit { price: Price::new(Decimal::ONE_HUNDRED).unwrap() },
                    time_in_force: TimeInForce::Gtc,
                    reduce_only: false,
                    bracket: None,
                    purpose: Purpose::Target,
                };
                let command = self.desk.submit(intent, now).unwrap();
                self.send(&command);
            }
            Step::Amend { pick, tens } => {
                let Some(id) = self.nth_live(pick) else { return };
                let quantity = Quantity::new(Decimal::from(tens * 10)).unwrap();
                let kind = OrderKind::Limit { price: Price::new(Decimal::from(tens)).unwrap() };
                if let Ok(command) = self.desk.change(Amendment { id, quantity, kind }, now) {
                    self.send(&command);
                }
            }
            Step::Cancel { pick } => {
                let Some(id) = self.nth_live(pick) else { return };
                if let Some(command) = self.desk.cancel(id, now).unwrap() {
                    self.send(&command);
                }
            }
            Step::Wire { pick, lost, told, twice, grumpy } => self.wire(pick, lost, told, twice, grumpy),
            Step::Act { pick, tenths } => self.inward.extend(self.venue.act(pick, tenths)),
            Step::Report { pick, again, lost } => {
                if self.inward.is_empty() {
                    return;
                }
                let nth = pick % self.inward.len();
                let report = if again { self.inward[nth].clone() } else { self.inward.remove(nth) };
                if !lost {
                    self.deliver(&report);
                }
            }
            Step::Wait { secs, arrive } => self.wait(secs, arrive),
        }
    }

    fn wire(&mut self, pick: usize, lost: bool, told: bool, twice: bool, grumpy: bool) {
        if self.outward.is_empty() {
            return;
        }
        let command = self.outward.remove(pick % self.outward.len());
        let answers = if lost { Vec::new() } else { self.venue.hear(&command, grumpy) };
        if twice && !lost && matches!(command, CommandRecord::Place { .. }) {
            self.inward.extend(self.venue.hear(&command, grumpy));
        }
        if told && let CommandRecord::Place { intent, .. } = command {
            let word = self.venue.say(intent.id, R::TimedOut); // also when it did arrive: the answer was lost
            self.inward.push(word);
        }
        self.inward.extend(answers);
    }

    /// Time passes. What takes longer than the answer time dies on the way, or has arrived by then.
    fn wait(&mut self, secs: i64, arrive: bool) {
        let too_old = Timestamp::from_secs(self.now + secs - 10);
        while let Some(oldest) = self.outward.iter().position(|command| sent_at(command) <= too_old) {
            self.wire(oldest, !arrive, false, false, false);
        }
        self.now += secs;
        let mut out = Vec::new();
        self.desk.expire(self.time(), &mut out);
        out.iter().for_each(|command| self.send(command));
    }

    /// The wire heals: a reconnect tells all executions again and asks about every order.
    fn settle(&mut self) {
        self.inward.clear();
        self.outward.clear();
        for _ in 0..6 {
            self.wait(11, true);
            let mut out = Vec::new();
            self.desk.ask_about_all(self.time(), &mut out);
            out.iter().for_each(|command| self.send(command));
            while !self.outward.is_empty() {
                self.wire(0, false, false, false, false);
            }
            for report in std::mem::take(&mut self.inward) {
                self.deliver(&report);
            }
        }
        let fills: Vec<Fill> = self.venue.held.values().flat_map(|held| held.fills.clone()).collect();
        for fill in fills {
            let report = self.venue.say(fill.order.unwrap(), R::Filled(fill));
            self.deliver(&report);
        }
    }

    fn filled(&self, id: ClientOrderId) -> Quantity {
        self.desk.order(id).unwrap().filled()
    }

    /// What works at the venue is counted in full, whatever was heard of it.
    fn worst_case_is_counted(&self) -> Result<(), TestCaseError> {
        for (id, held) in self.venue.held.iter().filter(|(_, held)| held.stands == Stands::Works) {
            let counted = self.filled(*id).plus(self.desk.open_quantity(*id)).unwrap();
            prop_assert!(counted >= held.quantity, "{id}: {counted} < {held:?}, {:?}", self.desk.order(*id));
        }
        Ok(())
    }
}

fn sent_at(command: &CommandRecord) -> Timestamp {
    match command {
        CommandRecord::Place { at, .. }
        | CommandRecord::Amend { at, .. }
        | CommandRecord::Cancel { at, .. }
        | CommandRecord::Query { at, .. } => *at,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_the_wire_does_the_desk_and_the_venue_agree_in_the_end(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
            world.worst_case_is_counted()?;
            prop_assert!(!world.desk.is_quarantined(BTC));
        }
        world.settle();
        for (id, times) in &world.placed {
            prop_assert_eq!(*times, 1, "{} was placed more than once", id);
            let venue = world.venue.held.get(id);
            prop_assert_eq!(world.filled(*id), venue.map_or(Quantity::ZERO, Held::filled));
            let record = world.desk.order(*id).unwrap();
            prop_assert_eq!(world.booked.get(id).copied().unwrap_or_default(), record.filled());
            let works = venue.is_some_and(|held| held.stands == Stands::Works);
            prop_assert_eq!(record.state().may_fill(), works, "{:?} against {:?}", record, venue);
        }
        prop_assert!(world.venue.places_seen.len() <= world.placed.len());
        let open: Quantity = world.venue.held.values().filter(|held| held.stands == Stands::Works)
            .fold(Quantity::ZERO, |sum, held| sum.plus(held.quantity.minus(held.filled()).unwrap()).unwrap());
        let counted = world.desk.exposure(BTC, Decimal::ZERO).open_buys;
        let settled = world.desk.live().all(|record| record.pending_amendment().is_none());
        prop_assert!(if settled { counted == open } else { counted >= open }, "{counted} against {open}");
    }
}
