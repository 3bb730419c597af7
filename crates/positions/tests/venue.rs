//! Our books against the venue's own account of us, written by others from the same facts: equal to the last digit.

#[cfg(test)]
mod house {
    use autotrading_domain::{
        Bar, Event, Instrument, InstrumentId, Instruments, Leverage, Money, OrderIntent, OrderKind, Price,
        Purpose, Quantity, Rate, Side, Span, TimeInForce, Timestamp,
    };
    use autotrading_exchanges::{MarginRule, SimulatedVenue, VenueRules};
    use autotrading_execution::{DeskRules, OrderDesk, OrderGateway};
    use autotrading_positions::{Applied, Ledger, LedgerRules};
    use autotrading_risk::{RiskGate, RiskLimits};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    /// One hour of one instrument: how the price moves, and what we want.
    #[derive(Clone, Debug)]
    pub(crate) struct Hour {
        instrument: u32,
        gap: i64,
        step: i64,
        up: i64,
        down: i64,
        orders: Vec<(bool, i64, Option<i64>)>,
        deposit: Option<i64>,
    }

    pub(crate) fn hour() -> impl Strategy<Value = Hour> {
        let order = (any::<bool>(), 1i64..400, prop::option::of(-60i64..60));
        (
            0u32..2,
            -30i64..30,
            -120i64..120,
            0i64..60,
            0i64..60,
            prop::collection::vec(order, 0..3),
            prop::option::weighted(0.05, -500_000_000i64..500_000_000),
        )
            .prop_map(|(instrument, gap, step, up, down, orders, deposit)| Hour {
                instrument,
                gap,
                step,
                up,
                down,
                orders,
                deposit,
            })
    }

    pub(crate) struct House {
        venue: SimulatedVenue,
        ledger: Ledger,
        gate: RiskGate,
        desk: OrderDesk,
        /// Prices in tenths.
        prices: [i64; 2],
        pub(crate) fills: usize,
        pub(crate) liquidations: usize,
        pub(crate) funding: usize,
    }

    impl House {
        pub(crate) fn new() -> Self {
            let perpetual = |symbol: &str| {
                let (tick, lot) = ("0.1".parse().unwrap(), "0.001".parse().unwrap());
                Instrument::linear_perpetual("sim", symbol, tick, lot).unwrap()
            };
            let listed = Instruments::new(vec![perpetual("BTCUSDT"), perpetual("ETHUSDT")]);
            let leverage = Leverage::new(50.into()).unwrap();
            let cash = Money::new(10_000.into());
            let rules = VenueRules {
                margin: MarginRule::Isolated { leverage },
                default_funding_rate: Some(Rate::basis_points(7)),
                ..VenueRules::default()
            };
            let mut ledger = Ledger::new(&listed, LedgerRules::isolated(leverage)).unwrap();
            let _ = ledger.deposit(cash, Timestamp::EPOCH).unwrap();
            Self {
                venue: SimulatedVenue::new(&listed, rules, cash, 1).unwrap(),
                ledger,
                gate: RiskGate::new(&listed, RiskLimits::research_wide()).unwrap(),
                desk: OrderDesk::new(1, DeskRules { stale_after: None, ..DeskRules::default() }),
                prices: [10_000, 3_000],
                fills: 0,
                liquidations: 0,
                funding: 0,
            }
        }

        pub(crate) fn pass(&mut self, hour: &Hour, count: i64) {
            let id = InstrumentId(hour.instrument);
            let price = &mut self.prices[id.index()];
            let open = (*price + hour.gap).clamp(1_000, 20_000);
            let close = (open + hour.step).clamp(1_000, 20_000);
            *price = close;
            let tenths = |count: i64| count as f64 / 10.0;
            let bar = Bar {
                open_time: Timestamp::EPOCH.after(Span::HOUR.times(count)),
                interval: Span::HOUR,
                open: tenths(open),
                high: tenths(open.max(close) + hour.up),
                low: tenths(open.min(close) - hour.down),
                close: tenths(close),
                volume: 40.0,
                closed: true,
                synthetic: false,
            };
            let mut heard = vec![];
            self.venue.open_bar(id, &bar, &mut heard).unwrap();
            self.hear(&mut heard);
            self.venue.close_bar(id, &bar, &mut heard).unwrap();
            self.hear(&mut heard);
            if let Some(amount) = hour.deposit {
                let amount = Money::new(Decimal::new(amount, 6));
                self.venue.deposit(amount).unwrap();
                let _ = self.ledger.deposit(amount, bar.close_time()).unwrap();
            }
            let now = bar.close_time();
            self.gate.observe_price(id, bar.close, bar.close, now);
            self.gate.observe_interval(id, bar.interval);
            self.gate.observe_equity(1e6, 1e6, now);
            for (buys, lots, away) in &hour.orders {
                self.want(id, *buys, *lots, away.map(|away| close + away), now);
            }
        }

        fn want(&mut self, id: InstrumentId, buys: bool, lots: i64, limit: Option<i64>, now: Timestamp) {
            let at = |tenths| OrderKind::Limit { price: Price::new(Decimal::new(tenths, 1)).unwrap() };
            let intent = OrderIntent {
                id: self.desk.next_id(),
                instrument: id,
                strategy: None,
                side: if buys { Side::Buy } else { Side::Sell },
                quantity: Quantity::of(Decimal::new(lots * 10, 3)),
                kind: limit.map_or(OrderKind::Market, at),
                time_in_force: TimeInForce::Gtc,
                reduce_only: false,
                bracket: None,
                purpose: Purpose::Target,
            };
            let Ok(approved) = self.gate.review(intent, now).outcome else { return };
            let command = self.desk.place(approved, now).unwrap();
            self.venue.send(&command).unwrap();
        }

        fn hear(&mut self, heard: &mut Vec<Event>) {
            for event in heard.drain(..) {
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
                    Event::Funding(payment) => {
                        self.funding += 1;
                        let _ = self.ledger.apply_funding(&payment).unwrap();
                        None
                    }
                    other => panic!("a venue does not say {other:?}"),
                };
                if let Some(fill) = fill {
                    self.fills += 1;
                    assert!(matches!(self.ledger.apply_fill(&fill).unwrap(), Applied::Booked(_)));
                }
            }
        }

        /// Both accounts, figure by figure.
        pub(crate) fn compare(&self) -> Result<(), TestCaseError> {
            let (theirs, ours) = (self.venue.account(), self.ledger.totals());
            prop_assert_eq!(theirs.deposits, ours.deposits);
            prop_assert_eq!(theirs.realized, ours.realized);
            prop_assert_eq!(theirs.fees, ours.fees);
            prop_assert_eq!(theirs.funding, ours.funding);
            prop_assert_eq!(theirs.wallet().unwrap(), ours.wallet);
            for holding in theirs.positions {
                prop_assert_eq!(self.ledger.holding(holding.instrument).unwrap(), holding);
            }
            self.ledger.check_identities().unwrap();
            Ok(())
        }
    }
}
use house::{House, hour};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// At least a thousand, more when the environment asks for more.
fn histories() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(1_000), ..asked }
}

static FILLS: AtomicUsize = AtomicUsize::new(0);
static LIQUIDATIONS: AtomicUsize = AtomicUsize::new(0);
static FUNDING: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(histories())]

    fn compare_histories(hours in prop::collection::vec(hour(), 1..40)) {
        let mut house = House::new();
        for (hour, count) in hours.iter().zip(0..) {
            house.pass(hour, count);
            house.compare()?;
        }
        FILLS.fetch_add(house.fills, Ordering::Relaxed);
        LIQUIDATIONS.fetch_add(house.liquidations, Ordering::Relaxed);
        FUNDING.fetch_add(house.funding, Ordering::Relaxed);
    }
}

#[test]
fn our_books_equal_the_venues_account_after_every_bar_of_random_histories() {
    compare_histories();
    let seen = [&FILLS, &LIQUIDATIONS, &FUNDING].map(|count| count.load(Ordering::Relaxed));
    assert!(seen[0] > 5_000 && seen[1] > 200 && seen[2] > 500, "too tame: {seen:?}");
}
