//! Laws that hold for every market and every order.

use std::collections::{BTreeMap, BTreeSet};

use autotrading_domain::{
    Bar, BracketId, ClientOrderId, Event, Fill, FillCause, Instruments, Leverage, Money, OrderIntent,
    OrderKind, Price, Purpose, Quantity, Rate, ReportKind, Side, Span, TimeInForce, Timestamp, Trigger,
    TriggerSource,
};
use autotrading_execution::Request;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rust_decimal::Decimal;

use super::{BITCOIN, HOUR, bitcoin, research};
use crate::simulated::position::Position;
use crate::{FaultRules, Latency, MarginRule, SimulatedVenue, VenueRules};

/// One bar of a made market, and what we send after its open and after its close.
#[derive(Clone, Debug)]
struct Step {
    bar: [i64; 4],
    volume: f64,
    synthetic: bool,
    orders: Vec<(bool, Wish)>,
}

/// An order by numbers: offsets are ticks from the market.
#[derive(Clone, Copy, Debug)]
struct Wish {
    kind: u8,
    buy: bool,
    lots: i64,
    trigger: i64,
    limit: i64,
    term: u8,
    reduce: bool,
    bracket: Option<u32>,
    cancel: Option<u32>,
}

fn wish() -> impl Strategy<Value = Wish> {
    let offsets = (-60i64..60, -60i64..60);
    let names = (prop::option::weighted(0.3, 1u32..4), prop::option::weighted(0.1, 1u32..20));
    (0u8..7, any::<bool>(), 1i64..40, offsets, 0u8..9, any::<bool>(), names).prop_map(
        |(kind, buy, lots, (trigger, limit), term, reduce, (bracket, cancel))| Wish {
            kind,
            buy,
            lots,
            trigger,
            limit,
            term,
            reduce,
            bracket,
            cancel,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let moves = (-15i64..15, 0i64..50, 0i64..50, -40i64..40);
    let orders = prop::collection::vec((any::<bool>(), wish()), 0..3);
    (moves, 0u8..8, prop::bool::weighted(0.1), orders).prop_map(
        |((gap, up, down, drift), volume, synthetic, orders)| Step {
            bar: [gap, up, down, drift],
            volume: f64::from(volume) * 0.037,
            synthetic,
            orders,
        },
    )
}

fn rules() -> impl Strategy<Value = VenueRules> {
    let frictions = (0u8..3, 0u8..3, prop::option::of(0.05f64..1.0), any::<bool>());
    (frictions, 0i64..3, prop::option::of(3i64..110)).prop_map(
        |((spread, impact, participation, touch), latency, leverage)| {
            research(|rules| {
                rules.half_spread_bps = f64::from(spread);
                rules.impact_coefficient = f64::from(impact) * 0.005;
                rules.participation = participation;
                rules.touch_fills = touch;
                rules.default_funding_rate = Some(Rate::basis_points(3));
                rules.latency.entry = Span::MINUTE.times(latency * 20);
                if let Some(leverage) = leverage {
                    let leverage = Leverage::new(leverage.into()).unwrap();
                    rules.margin = MarginRule::Isolated { leverage };
                    rules.liquidation = true;
                    rules.liquidation_fee = Rate::basis_points(40);
                }
            })
        },
    )
}

fn ticks(count: i64) -> Price {
    Price::new(Decimal::new(count, 1)).unwrap()
}

impl Wish {
    fn intent(&self, sequence: u32, market: i64, now: Timestamp) -> OrderIntent {
        let trigger = Trigger { price: ticks(market + self.trigger), source: TriggerSource::Mark };
        let price = ticks(market + self.limit);
        OrderIntent {
            id: ClientOrderId { run: 1, sequence },
            instrument: BITCOIN,
            strategy: None,
            side: if self.buy { Side::Buy } else { Side::Sell },
            quantity: Quantity::new(Decimal::new(self.lots, 3)).unwrap(),
            kind: match self.kind {
                0 => OrderKind::Market,
                1 => OrderKind::Limit { price },
                2 => OrderKind::StopMarket { trigger },
                3 => OrderKind::StopLimit { trigger, price },
                4 => OrderKind::TakeProfitMarket { trigger },
                5 => OrderKind::TakeProfitLimit { trigger, price },
                _ => OrderKind::TrailingStop {
                    activation: (self.limit > 0).then_some(price),
                    distance: Rate::basis_points(self.trigger.abs() + 1),
                },
            },
            time_in_force: match self.term {
                0 => TimeInForce::Ioc,
                1 => TimeInForce::Fok,
                2 => TimeInForce::Gtx,
                3 => TimeInForce::Gtd(now.after(Span::MINUTE.times(150))),
                _ => TimeInForce::Gtc,
            },
            reduce_only: self.reduce,
            bracket: self.bracket.map(BracketId),
            purpose: Purpose::Target,
        }
    }
}

/// One word of the venue, with the bar in which it was heard.
struct Heard {
    bar: Bar,
    event: Event,
}

/// Plays a market and checks the venue's inner sums after every phase.
struct Play {
    venue: SimulatedVenue,
    orders: BTreeMap<ClientOrderId, (OrderIntent, Timestamp)>,
    heard: Vec<Heard>,
    skip_idle: bool,
    counts: bool,
}

impl Play {
    fn of(rules: VenueRules, steps: &[Step], skip_idle: bool) -> Self {
        Self::made(rules, steps, skip_idle, true)
    }

    /// Without counting along: for reports that do not come once each and in time.
    fn unheard(rules: VenueRules, steps: &[Step]) -> Self {
        Self::made(rules, steps, false, false)
    }

    fn made(rules: VenueRules, steps: &[Step], skip_idle: bool, counts: bool) -> Self {
        let mut spec = bitcoin();
        (spec.taker_fee, spec.maker_fee) = (Rate::basis_points(5), Rate::basis_points(-1));
        let listed = Instruments::new(vec![spec.try_into().unwrap()]);
        let cash = Money::new(Decimal::new(20, 0));
        let venue = SimulatedVenue::new(&listed, rules, cash, 11).unwrap();
        let mut play = Self { venue, orders: BTreeMap::new(), heard: Vec::new(), skip_idle, counts };
        let (mut price, mut open_time) = (10_000i64, Timestamp::EPOCH);
        for step in steps {
            let bar = made(step, price, open_time);
            play.phase(&bar, false);
            play.send(step, false, (bar.open * 10.0).round() as i64, bar.open_time);
            play.phase(&bar, true);
            price = (bar.close * 10.0).round() as i64;
            play.send(step, true, price, bar.close_time());
            open_time = bar.close_time();
        }
        play
    }

    fn phase(&mut self, bar: &Bar, inside: bool) {
        if self.skip_idle && self.venue.is_idle(BITCOIN) {
            return;
        }
        let mut out = Vec::new();
        if inside {
            self.venue.close_bar(BITCOIN, bar, &mut out).unwrap();
        } else {
            self.venue.open_bar(BITCOIN, bar, &mut out).unwrap();
        }
        self.heard.extend(out.into_iter().map(|event| Heard { bar: *bar, event }));
        if self.counts {
            self.check_sums();
        }
    }

    fn send(&mut self, step: &Step, at_close: bool, market: i64, now: Timestamp) {
        for (_, wish) in step.orders.iter().filter(|(close, _)| *close == at_close) {
            let sequence = self.orders.len() as u32 + 1;
            let intent = wish.intent(sequence, market, now);
            self.orders.insert(intent.id, (intent, now));
            self.venue.receive(Request::Place(&intent), now).unwrap();
            if let Some(back) = wish.cancel {
                let id = ClientOrderId { run: 1, sequence: sequence.saturating_sub(back) };
                self.venue.receive(Request::Cancel { id, instrument: BITCOIN }, now).unwrap();
            }
        }
    }

    /// The wallet, and what is bound and set aside, are what a count from nothing gives.
    fn check_sums(&mut self) {
        let account = self.venue.account();
        let fills: Vec<Fill> = fills(&self.heard).map(|(_, fill)| fill).collect();
        let paid: Decimal = fills.iter().map(|fill| fill.quantity.signed(fill.side) * fill.price.get()).sum();
        let position: Decimal = fills.iter().map(|fill| fill.quantity.signed(fill.side)).sum();
        let fees: Decimal = fills.iter().map(|fill| fill.fee.get()).sum();
        let funding: Decimal = self.heard.iter().filter_map(funding).sum();
        let holding = account.positions[0];
        let signed_cost =
            if position < Decimal::ZERO { -holding.open_cost.get() } else { holding.open_cost.get() };
        assert_eq!(holding.signed, position);
        assert_eq!(account.realized.get(), signed_cost - paid);
        assert_eq!((account.fees.get(), account.funding.get()), (fees, funding));
        assert_eq!(
            account.wallet().unwrap().get(),
            account.deposits.get() + account.realized.get() - fees + funding
        );
        let clearing = self.venue.clearing.clone();
        let book = self.venue.book_mut(BITCOIN).unwrap();
        let reserved: Decimal = book.orders.iter().map(|order| order.reserved.get()).sum();
        assert_eq!(clearing.reserved.get(), reserved);
        assert_eq!(clearing.bound, holding.isolated_margin);
        for order in &book.orders {
            assert!(!order.open().is_zero());
        }
    }
}

fn made(step: &Step, before: i64, open_time: Timestamp) -> Bar {
    let [gap, up, down, drift] = step.bar;
    let open = (before + gap).clamp(9_000, 11_000);
    let close = (open + drift).clamp(9_000, 11_000);
    let price = |count: i64| count as f64 / 10.0;
    Bar {
        open_time,
        interval: HOUR,
        open: price(open),
        high: price(open.max(close) + up),
        low: price(open.min(close) - down),
        close: price(close),
        volume: step.volume,
        closed: true,
        synthetic: step.synthetic,
    }
}

fn fills(heard: &[Heard]) -> impl Iterator<Item = (&Bar, Fill)> {
    heard.iter().filter_map(|heard| match &heard.event {
        Event::Order(report) => match &report.kind {
            ReportKind::Filled(fill) => Some((&heard.bar, *fill)),
            _ => None,
        },
        Event::Fill(fill) => Some((&heard.bar, *fill)),
        _ => None,
    })
}

fn funding(heard: &Heard) -> Option<Decimal> {
    match &heard.event {
        Event::Funding(payment) => Some(payment.amount.get()),
        _ => None,
    }
}

/// What is left of each leg of each bracket, counted from the reports alone.
#[derive(Default)]
struct Legs(BTreeMap<ClientOrderId, (BracketId, Quantity)>);

impl Legs {
    fn hear(&mut self, intent: &OrderIntent, kind: &ReportKind) -> Result<(), TestCaseError> {
        let Some(bracket) = intent.bracket else { return Ok(()) };
        match kind {
            ReportKind::Accepted => drop(self.0.insert(intent.id, (bracket, intent.quantity))),
            ReportKind::Canceled(_) | ReportKind::Expired(_) => drop(self.0.remove(&intent.id)),
            ReportKind::Filled(fill) => {
                prop_assert!(self.0[&intent.id].1 >= fill.quantity);
                for (_, left) in self.0.values_mut().filter(|(of, _)| *of == bracket) {
                    *left = left.less(fill.quantity);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn market() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_is_filled_without_a_fresh_bar_before_its_arrival_or_outside_of_the_bars_time(
        rules in rules(), steps in market(),
    ) {
        let play = Play::of(rules, &steps, false);
        for (bar, fill) in fills(&play.heard) {
            prop_assert!(!bar.synthetic);
            prop_assert!(fill.at >= bar.open_time && fill.at <= bar.close_time());
            prop_assert!(!fill.quantity.is_zero());
            if let Some(id) = fill.order {
                let (_, sent) = play.orders[&id];
                prop_assert!(fill.at >= sent.after(rules.latency.entry));
            }
        }
    }

    #[test]
    fn an_order_is_never_filled_at_a_worse_price_beyond_its_quantity_or_after_its_end(
        rules in rules(), steps in market(),
    ) {
        let play = Play::of(rules, &steps, false);
        let mut filled: BTreeMap<ClientOrderId, Quantity> = BTreeMap::new();
        let mut over: Vec<ClientOrderId> = Vec::new();
        for heard in &play.heard {
            let Event::Order(report) = &heard.event else { continue };
            match &report.kind {
                ReportKind::Filled(fill) => {
                    let (intent, _) = play.orders[&report.order];
                    prop_assert!(!over.contains(&report.order));
                    let sum = filled.entry(report.order).or_default();
                    *sum = sum.plus(fill.quantity).unwrap();
                    prop_assert!(*sum <= intent.quantity);
                    let limit = intent.kind.limit_price().unwrap_or(fill.price);
                    let kept = if intent.side == Side::Buy { fill.price <= limit } else { fill.price >= limit };
                    prop_assert!(kept, "{:?} of {:?}", fill, intent);
                    prop_assert_eq!(fill.side, intent.side);
                    if intent.time_in_force == TimeInForce::Fok && intent.bracket.is_none() {
                        prop_assert_eq!(fill.quantity, intent.quantity);
                    }
                }
                ReportKind::Canceled(_) | ReportKind::Expired(_) | ReportKind::Rejected(_) => over.push(report.order),
                _ => {}
            }
        }
    }

    #[test]
    fn closes_never_open_and_the_legs_of_a_bracket_share_their_quantity(
        rules in rules(), steps in market(),
    ) {
        let play = Play::of(rules, &steps, false);
        let mut position = Decimal::ZERO;
        let mut legs = Legs::default();
        for heard in &play.heard {
            if let Event::Order(report) = &heard.event
                && let Some((intent, _)) = play.orders.get(&report.order)
            {
                legs.hear(intent, &report.kind)?;
            }
            let fill = fills(std::slice::from_ref(heard)).next();
            let Some((_, fill)) = fill else { continue };
            let after = position + fill.quantity.signed(fill.side);
            if fill.order.is_none_or(|id| play.orders[&id].0.reduce_only) {
                prop_assert!(after.abs() < position.abs());
                prop_assert!(after.is_zero() || after.is_sign_positive() == position.is_sign_positive());
            }
            position = after;
        }
    }

    #[test]
    fn all_orders_together_trade_no_more_than_their_share_of_a_bar(rules in rules(), steps in market()) {
        let play = Play::of(rules, &steps, false);
        let Some(share) = rules.participation else { return Ok(()) };
        let mut traded: BTreeMap<Timestamp, (f64, f64)> = BTreeMap::new();
        for (bar, fill) in fills(&play.heard).filter(|(_, fill)| fill.cause == FillCause::Order) {
            traded.entry(bar.open_time).or_insert((0.0, bar.volume)).0 += fill.quantity.to_f64();
        }
        for (quantity, volume) in traded.into_values() {
            prop_assert!(quantity <= volume * share * (1.0 + 1e-9));
        }
    }

    #[test]
    fn liquidation_takes_the_whole_position_and_no_more_than_its_margin(rules in rules(), steps in market()) {
        let MarginRule::Isolated { leverage } = rules.margin else { return Ok(()) };
        let play = Play::of(rules, &steps, false);
        let mut position = Position::default();
        for (_, fill) in fills(&play.heard) {
            let margin = position.open_cost().over(leverage).unwrap().booked();
            let notional = fill.price.times(fill.quantity).unwrap();
            let realized = position.take(fill.side, fill.price, fill.quantity, notional).unwrap();
            if fill.cause == FillCause::Liquidation {
                prop_assert!(position.is_flat());
                prop_assert!(realized.is_negative() && realized.magnitude() <= margin);
            }
        }
    }

    #[test]
    fn idle_bars_may_be_left_out(rules in rules(), steps in market()) {
        let events = |skip| {
            let play = Play::of(rules, &steps, skip);
            play.heard.into_iter().map(|heard| heard.event).collect::<Vec<_>>()
        };
        prop_assert_eq!(events(false), events(true));
    }

    #[test]
    fn what_is_heard_is_in_order_of_time_and_every_fill_has_its_reason(rules in rules(), steps in market()) {
        let play = Play::of(VenueRules { latency: Latency::default(), ..rules }, &steps, false);
        for pair in play.heard.windows(2) {
            prop_assert!(pair[0].event.at() <= pair[1].event.at());
        }
        let records = play.venue.fill_records();
        prop_assert_eq!(records.len(), fills(&play.heard).count());
        for ((_, fill), record) in fills(&play.heard).zip(records) {
            prop_assert_eq!((fill.trade, fill.order, fill.price), (record.trade, record.order, record.price));
            let costs = record.spread_cost() + record.impact_cost();
            let worse = fill.side.sign() * (fill.price.to_f64() - record.reference) * fill.quantity.to_f64();
            let frictions = rules.half_spread_bps + rules.impact_coefficient;
            if frictions > 0.0 && fill.cause == FillCause::Order {
                prop_assert!((costs - worse.max(0.0)).abs() < 1e-9, "{} for {:?}", costs, record);
            } else {
                prop_assert_eq!(costs, 0.0);
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_faults_and_no_fault_breaks_the_books(
        rules in rules(), steps in market(), chance in 0.0f64..0.5,
    ) {
        let faults = FaultRules { reject: chance, timeout: chance, ..FaultRules::default() };
        let rules = VenueRules { faults: Some(faults), ..rules };
        let events = || {
            let play = Play::of(rules, &steps, false);
            play.heard.into_iter().map(|heard| heard.event).collect::<Vec<_>>()
        };
        prop_assert_eq!(events(), events());
    }

    #[test]
    fn reports_that_come_twice_or_late_change_nothing_at_the_venue(rules in rules(), steps in market()) {
        let noisy = FaultRules { duplicate: 0.3, late: 0.3, late_by: HOUR, ..FaultRules::default() };
        let quiet = Play::unheard(rules, &steps);
        let loud = Play::unheard(VenueRules { faults: Some(noisy), ..rules }, &steps);
        prop_assert_eq!(quiet.venue.account(), loud.venue.account());
        prop_assert_eq!(quiet.venue.fill_records(), loud.venue.fill_records());
    }
}

/// The markets above are not too tame: over a few of them every reason of a fill and every end of an order turns up.
#[test]
fn the_made_markets_bring_about_everything_that_can_happen() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..200 {
        let (rules, steps) = (rules(), market()).new_tree(&mut runner).unwrap().current();
        let play = Play::of(rules, &steps, false);
        seen.extend(play.venue.fill_records().iter().map(|record| format!("{:?}", record.reason)));
        seen.extend(play.heard.iter().filter_map(|heard| match &heard.event {
            Event::Order(report) => match &report.kind {
                ReportKind::Canceled(reason) | ReportKind::Expired(reason) => Some(reason.to_string()),
                _ => None,
            },
            Event::Funding(_) => Some("funding".to_owned()),
            _ => None,
        }));
    }
    for wanted in [
        "MarketAtOpen",
        "LimitTakenAtOpen",
        "OpenBeyondLimit",
        "TradedThrough",
        "Touched",
        "GapBeyondTrigger",
        "TriggerReached",
        "Liquidated",
        "funding",
        "on request",
        "its time is up",
        "bracket: closed by another leg",
        "reduce only: the position is closed",
        "reduce only: there is nothing to reduce",
        "the position was liquidated",
        "immediate or cancel: the rest",
        "immediate or cancel: no volume left",
        "fill or kill: not all of it",
        "nothing to take at its price",
    ] {
        assert!(seen.contains(wanted), "{wanted} is not among {seen:?}");
    }
}
