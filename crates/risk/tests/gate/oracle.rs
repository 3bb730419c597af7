//! A slow and obvious gate in exact decimals, against which the fast one is compared.
//!
//! It keeps plain lists, recomputes every sum, and knows only the controls that depend on positions and orders.

use autotrading_domain::*;
use autotrading_risk::{Cap, ClusterLimit, Refusal, RiskGate, RiskLimits};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::desk::*;

/// One open order: what it may still fill.
#[derive(Clone)]
struct Open {
    intent: OrderIntent,
    open: Decimal,
}

struct NaiveGate {
    position: [Decimal; 2],
    mark: [Decimal; 2],
    orders: Vec<Open>,
    used: Vec<ClientOrderId>,
    halted: bool,
    together: bool,
    equity: Decimal,
}

const POSITION_LIMIT: i64 = 20;
const GROSS_LIMIT: i64 = 3_000;
const NET_LIMIT: i64 = 2_000;
const OPEN_LIMIT: usize = 6;
/// In hundredths of equity.
const CLUSTER_LIMIT: i64 = 125;

fn naive_limits() -> RiskLimits {
    let mut limits = RiskLimits::research_wide();
    limits.price_age = Cap::Off;
    limits.gross = Cap::At(Money::new(GROSS_LIMIT.into()));
    limits.net = Cap::At(Money::new(NET_LIMIT.into()));
    limits.gross_leverage = Cap::At(Leverage::new(2.into()).unwrap());
    limits.cluster =
        Cap::At(ClusterLimit { share: Rate::new(Decimal::new(CLUSTER_LIMIT, 2)), ..ClusterLimit::default() });
    limits.open_orders = Cap::At(u32::try_from(OPEN_LIMIT).unwrap());
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        limits.instruments.entry(symbol.to_owned()).or_default().position =
            Cap::At(Quantity::new(POSITION_LIMIT.into()).unwrap());
    }
    limits
}

impl NaiveGate {
    /// Open quantity of a side of an instrument; every bracket by its largest leg.
    fn open(&self, orders: &[Open], instrument: InstrumentId, side: Side) -> Decimal {
        let mine: Vec<_> =
            orders.iter().filter(|o| o.intent.instrument == instrument && o.intent.side == side).collect();
        let alone: Decimal = mine.iter().filter(|o| o.intent.bracket.is_none()).map(|o| o.open).sum();
        let mut brackets: Vec<_> = mine.iter().filter_map(|o| o.intent.bracket).collect();
        brackets.sort();
        brackets.dedup();
        let largest =
            |bracket| mine.iter().filter(|o| o.intent.bracket == Some(bracket)).map(|o| o.open).max();
        alone + brackets.into_iter().filter_map(largest).sum::<Decimal>()
    }

    fn review(&mut self, intent: OrderIntent) -> bool {
        if self.used.contains(&intent.id) {
            return false;
        }
        let mut after = self.orders.clone();
        after.push(Open { intent, open: intent.quantity.get() });
        let yes = self.closes(&after, &intent) || self.may_open(&after, &intent);
        if yes {
            self.used.push(intent.id);
            self.orders = after;
        }
        yes
    }

    fn closes(&self, after: &[Open], intent: &OrderIntent) -> bool {
        let held = -self.position[intent.instrument.index()] * intent.side_sign();
        held > Decimal::ZERO && self.open(after, intent.instrument, intent.side) <= held
    }

    fn may_open(&self, after: &[Open], intent: &OrderIntent) -> bool {
        if self.halted || after.len() > OPEN_LIMIT {
            return false;
        }
        let (mut gross, mut high, mut low) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        let mut cluster = Decimal::ZERO;
        for id in [BTC, ETH] {
            let (position, mut mark) = (self.position[id.index()], self.mark[id.index()]);
            if id == intent.instrument {
                mark = mark.max(intent.kind.limit_price().map_or(mark, Price::get));
            }
            let up = position + self.open(after, id, Side::Buy);
            let down = position - self.open(after, id, Side::Sell);
            if id == intent.instrument {
                let would_be = if intent.side == Side::Buy { up } else { -down };
                if would_be > Decimal::from(POSITION_LIMIT) {
                    return false;
                }
            }
            let most = up.abs().max(down.abs()) * mark;
            gross += most;
            if id == intent.instrument || self.together {
                cluster += most;
            }
            high += up * mark;
            low += down * mark;
        }
        let net = if intent.side == Side::Buy { high } else { -low };
        gross <= Decimal::from(GROSS_LIMIT)
            && net <= Decimal::from(NET_LIMIT)
            && self.equity > Decimal::ZERO
            && gross <= self.equity * Decimal::TWO
            && cluster <= self.equity * Decimal::new(CLUSTER_LIMIT, 2)
    }
}

trait Signed {
    fn side_sign(&self) -> Decimal;
}

impl Signed for OrderIntent {
    fn side_sign(&self) -> Decimal {
        if self.side == Side::Buy { Decimal::ONE } else { Decimal::NEGATIVE_ONE }
    }
}

/// What happens next, in small whole numbers so that both gates compute without rounding.
#[derive(Clone, Debug)]
enum Step {
    Review { eth: bool, buy: bool, quantity: u32, price: Option<u32>, bracket: Option<u32>, reuse: bool },
    Fill { pick: usize, part: u32 },
    Cancel { pick: usize },
    Move { eth: bool, mark: u32 },
    Equity { equity: i64 },
    Correlate { together: bool },
    Halt,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    let review = (
        any::<bool>(),
        any::<bool>(),
        1u32..16,
        prop::option::of(60u32..140),
        prop::option::weighted(0.3, 0u32..3),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(eth, buy, quantity, price, bracket, reuse)| Step::Review {
            eth,
            buy,
            quantity,
            price,
            bracket,
            reuse,
        });
    prop_oneof![
        8 => review,
        4 => (any::<usize>(), 1u32..16).prop_map(|(pick, part)| Step::Fill { pick, part }),
        2 => any::<usize>().prop_map(|pick| Step::Cancel { pick }),
        2 => (any::<bool>(), 60u32..140).prop_map(|(eth, mark)| Step::Move { eth, mark }),
        1 => (-100i64..3_000).prop_map(|equity| Step::Equity { equity }),
        1 => any::<bool>().prop_map(|together| Step::Correlate { together }),
        1 => Just(Step::Halt),
        1 => Just(Step::Resume),
    ]
}

/// Both gates, told the same.
struct Pair {
    fast: RiskGate,
    naive: NaiveGate,
    next: u32,
}

impl Pair {
    fn new() -> Self {
        let mut fast = RiskGate::new(&instruments(), naive_limits()).unwrap();
        for id in [BTC, ETH] {
            fast.observe_price(id, 100.0, 100.0, noon());
        }
        fast.observe_equity(2_000.0, 2_000.0, noon());
        let hundred = Decimal::ONE_HUNDRED;
        let naive = NaiveGate {
            position: [Decimal::ZERO; 2],
            mark: [hundred; 2],
            orders: vec![],
            used: vec![],
            halted: false,
            together: true,
            equity: 2_000.into(),
        };
        Self { fast, naive, next: 1 }
    }

    fn tell_exposure(&mut self, id: InstrumentId) {
        let open = |side| Quantity::new(self.naive.open(&self.naive.orders, id, side)).unwrap();
        self.fast.observe_exposure(&Exposure {
            instrument: id,
            position: self.naive.position[id.index()],
            open_buys: open(Side::Buy),
            open_sells: open(Side::Sell),
        });
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Review { eth, buy, quantity, price, bracket, reuse } => {
                if !reuse {
                    self.next += 1;
                }
                let side = if buy { Side::Buy } else { Side::Sell };
                let plain = market(self.next, side, &quantity.to_string());
                let intent = OrderIntent {
                    instrument: if eth { ETH } else { BTC },
                    kind: price.map_or(OrderKind::Market, |at| limit(1, side, "1", &at.to_string()).kind),
                    bracket: bracket.map(BracketId),
                    ..plain
                };
                let yes = self.naive.review(intent);
                let review = self.fast.review(intent, noon());
                prop_assert_eq!(review.outcome.is_ok(), yes, "{:?} {:?}", intent, review.outcome);
            }
            Step::Fill { pick, part } => self.fill(pick, part),
            Step::Cancel { pick } => {
                if !self.naive.orders.is_empty() {
                    let gone = self.naive.orders.remove(pick % self.naive.orders.len());
                    self.fast.order_done(gone.intent.id);
                    self.tell_exposure(gone.intent.instrument);
                }
            }
            Step::Move { eth, mark } => {
                let id = if eth { ETH } else { BTC };
                self.naive.mark[id.index()] = mark.into();
                self.fast.observe_price(id, mark.into(), mark.into(), noon());
            }
            Step::Equity { equity } => {
                self.naive.equity = equity.into();
                prop_assert!(self.fast.observe_equity(equity as f64, 1e9, noon()).is_none());
            }
            Step::Correlate { together } => {
                self.naive.together = together;
                self.fast.observe_correlations(|_, _| if together { 0.7 } else { 0.69 });
            }
            Step::Halt => {
                self.naive.halted = true;
                self.fast.command(&command(OperatorAction::Kill { flatten: false })).unwrap();
            }
            Step::Resume => {
                self.naive.halted = false;
                self.fast.command(&command(OperatorAction::SetTradingState(TradingState::Active))).unwrap();
            }
        }
        Ok(())
    }

    fn fill(&mut self, pick: usize, part: u32) {
        if self.naive.orders.is_empty() {
            return;
        }
        let place = pick % self.naive.orders.len();
        let order = &mut self.naive.orders[place];
        let filled = Decimal::from(part).min(order.open);
        order.open -= filled;
        let (intent, open) = (order.intent, order.open);
        self.naive.position[intent.instrument.index()] += filled * intent.side_sign();
        if open.is_zero() {
            self.naive.orders.remove(place);
            self.fast.order_done(intent.id);
        } else {
            let total = intent.quantity.get();
            self.fast.order_changed(intent.id, Quantity::of(open), Quantity::of(total - open));
        }
        self.tell_exposure(intent.instrument);
    }
}

/// At least a thousand, more when the environment asks for more: PROPTEST_CASES=100000 for a night.
fn histories() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(1_000), ..asked }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn the_fast_gate_decides_as_the_naive_one(steps in prop::collection::vec(step(), 1..40)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.take(step)?;
            prop_assert_eq!(pair.fast.open_orders(), pair.naive.orders.len());
        }
    }
}

#[test]
fn the_comparison_sees_approvals_closes_and_refusals_of_every_kind() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut yes, mut closes, mut kinds) = (0, 0, std::collections::BTreeSet::new());
    for _ in 0..300 {
        let tree = prop::collection::vec(step(), 40).new_tree(&mut runner).unwrap();
        let mut pair = Pair::new();
        for step in proptest::strategy::ValueTree::current(&tree) {
            if let Step::Review { eth, buy, quantity, .. } = &step {
                let side = if *buy { Side::Buy } else { Side::Sell };
                let id = if *eth { ETH } else { BTC };
                pair.next += 1;
                let intent = OrderIntent { instrument: id, ..market(pair.next, side, &quantity.to_string()) };
                let review = pair.fast.review(intent, noon());
                assert_eq!(review.outcome.is_ok(), pair.naive.review(intent));
                closes += u32::from(review.is_proven_close());
                match &review.outcome {
                    Ok(_) => yes += 1,
                    Err(refusal) => {
                        kinds.insert(match refusal {
                            Refusal::PositionLimit { .. } => "position",
                            Refusal::GrossLimit { .. } => "gross",
                            Refusal::ClusterLimit { .. } => "cluster",
                            Refusal::NetLimit { .. } => "net",
                            Refusal::LeverageLimit { .. } => "leverage",
                            Refusal::OpenOrders { .. } => "open orders",
                            Refusal::State { .. } => "state",
                            Refusal::Missing { .. } => "missing",
                            other => panic!("{other}"),
                        });
                    }
                }
            } else {
                pair.take(&step).unwrap();
            }
        }
    }
    assert!(yes > 500 && closes > 100, "{yes} approved, {closes} closes");
    assert_eq!(kinds.len(), 8, "{kinds:?}");
}
