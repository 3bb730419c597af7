//! What holds for every algorithm, whatever the market and the venue do.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{
    ClientOrderId, Instrument, InstrumentId, OrderKind, Price, Purpose, Quantity, Quote, Side, Span,
    TimeInForce, Timestamp,
};
use autotrading_execution::algorithm::{
    Action, Aggressive, Algorithm, AlgorithmKind, Child, ChildId, Children, Ending, Execution, Iceberg,
    ImpactModel, MarketView, Parent, ParentSpec, Passive, Pov, Schedule, Scheduled, Style, Trajectory, Wish,
};
use proptest::prelude::*;

fn instrument() -> Instrument {
    Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap()).unwrap()
}

fn quantity(raw: f64) -> Quantity {
    instrument().quantity_down(raw).unwrap()
}

fn price(raw: f64) -> Price {
    instrument().price(raw).unwrap()
}

fn parent(side: Side, size: f64, limit: f64, grace: i64) -> ParentSpec {
    ParentSpec {
        instrument: InstrumentId(0),
        side,
        quantity: quantity(size),
        limit: price(limit),
        participation: 1.0,
        start: Timestamp::EPOCH,
        deadline: Timestamp::from_secs(600),
        grace: Span::SECOND.times(grace),
    }
}

fn market(bid: f64, ask: f64, volume: f64) -> MarketView {
    MarketView::new(Quote { bid, bid_quantity: 10.0, ask, ask_quantity: 10.0 }, volume, 1e6).unwrap()
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn placed(actions: &[Action]) -> Vec<Child> {
    let child = |action: &Action| match action {
        Action::Place(child) => Some(*child),
        Action::Cancel(_) => None,
    };
    actions.iter().filter_map(child).collect()
}

fn now<A: Algorithm>(execution: &mut Execution<A>, secs: i64, market: &MarketView) -> Vec<Action> {
    let mut out = Vec::new();
    execution.on(at(secs), market, &mut out);
    out
}

fn whole<A: Algorithm>(execution: &mut Execution<A>, child: &Child, secs: i64) {
    execution.filled(child.id, child.quantity, child.price);
    execution.ended(child.id, at(secs));
}

#[test]
fn an_aggressive_order_sweeps_up_to_its_bound_and_again_for_the_rest() {
    let parent = Parent::new(parent(Side::Sell, 2.0, 99.0, 0), &instrument()).unwrap();
    let mut execution = Execution::new(parent, Aggressive::new(20.0, Span::SECOND).unwrap());
    let first = placed(&now(&mut execution, 0, &market(100.0, 100.2, 0.0)))[0];
    assert_eq!((first.quantity, first.price, first.style), (quantity(2.0), price(99.8), Style::Take));
    execution.filled(first.id, quantity(0.5), price(99.9));
    execution.ended(first.id, at(0));
    assert!(now(&mut execution, 0, &market(100.0, 100.2, 0.0)).is_empty(), "not yet");
    let second = placed(&now(&mut execution, 1, &market(99.1, 99.3, 0.0)))[0];
    assert_eq!((second.quantity, second.price), (quantity(1.5), price(99.0)), "never worse than the limit");
    whole(&mut execution, &second, 1);
    assert!(now(&mut execution, 2, &market(98.0, 98.1, 0.0)).is_empty());
    let report = execution.report();
    assert_eq!((report.filled, report.children), (quantity(2.0), 2));
    assert_eq!(report.ending, Some((at(2), Ending::Complete)));
    assert_eq!(report.average_price.unwrap().to_string(), "99.225");
}

#[test]
fn a_market_beyond_the_limit_is_waited_for() {
    let parent = Parent::new(parent(Side::Buy, 2.0, 100.0, 0), &instrument()).unwrap();
    let mut execution = Execution::new(parent, Aggressive::new(0.0, Span::ZERO).unwrap());
    assert!(now(&mut execution, 0, &market(100.0, 100.1, 0.0)).is_empty());
    assert_eq!(placed(&now(&mut execution, 1, &market(99.9, 100.0, 0.0))).len(), 1);
}

#[test]
fn a_twap_catches_up_what_a_slice_missed() {
    let parent = Parent::new(parent(Side::Buy, 4.0, 110.0, 0), &instrument()).unwrap();
    let schedule = Schedule::twap(&parent, 4, 0.0, 1).unwrap();
    let mut execution = Execution::new(parent, Scheduled::new(schedule, 10.0).unwrap());
    let view = market(100.0, 100.1, 0.0);
    let first = placed(&now(&mut execution, 0, &view))[0];
    assert_eq!((first.quantity, first.style), (quantity(1.0), Style::Take));
    execution.filled(first.id, quantity(0.25), price(100.1));
    execution.ended(first.id, at(1));
    assert!(now(&mut execution, 149, &view).is_empty(), "the slice is over");
    let second = placed(&now(&mut execution, 150, &view))[0];
    assert_eq!(second.quantity, quantity(1.75));
    whole(&mut execution, &second, 151);
    let third = placed(&now(&mut execution, 300, &view))[0];
    whole(&mut execution, &third, 300);
    let last = placed(&now(&mut execution, 450, &view))[0];
    execution.ended(last.id, at(451));
    assert!(now(&mut execution, 452, &view).is_empty(), "the book needs time");
    let again = placed(&now(&mut execution, 490, &view))[0];
    assert_eq!((last.quantity, again.quantity), (quantity(1.0), quantity(1.0)));
    whole(&mut execution, &again, 491);
    now(&mut execution, 492, &view);
    assert_eq!(execution.report().ending.unwrap().1, Ending::Complete);
}

#[test]
fn a_passive_order_follows_the_touch_and_loses_patience() {
    let parent = Parent::new(parent(Side::Buy, 1.0, 102.0, 0), &instrument()).unwrap();
    let sweep = Aggressive::new(0.0, Span::ZERO).unwrap();
    let mut execution = Execution::new(parent, Passive::new(5.0, Span::SECOND, 0.5, sweep).unwrap());
    let first = placed(&now(&mut execution, 0, &market(100.0, 100.5, 0.0)))[0];
    assert_eq!((first.price, first.style), (price(100.0), Style::Post));
    assert!(now(&mut execution, 10, &market(100.0, 100.6, 0.0)).is_empty());
    assert_eq!(now(&mut execution, 20, &market(100.4, 100.6, 0.0)), [Action::Cancel(first.id)]);
    assert!(now(&mut execution, 21, &market(100.4, 100.6, 0.0)).is_empty(), "not while the first may fill");
    execution.filled(first.id, quantity(0.4), price(100.0)); // the fill overtook the cancel
    execution.ended(first.id, at(22));
    let second = placed(&now(&mut execution, 22, &market(100.4, 100.6, 0.0)))[0];
    assert_eq!((second.quantity, second.price), (quantity(0.6), price(100.4)));
    assert_eq!(now(&mut execution, 300, &market(100.4, 100.6, 0.0)), [Action::Cancel(second.id)]);
    execution.ended(second.id, at(301));
    let sweep = placed(&now(&mut execution, 301, &market(100.4, 100.6, 0.0)))[0];
    assert_eq!((sweep.quantity, sweep.price, sweep.style), (quantity(0.6), price(100.6), Style::Take));
}

#[test]
fn a_share_of_the_volume_is_traded_and_no_more() {
    let parent = Parent::new(parent(Side::Buy, 10.0, 110.0, 0), &instrument()).unwrap();
    let mut execution = Execution::new(parent, Pov::new(0.1, 10.0, Span::SECOND).unwrap());
    assert!(now(&mut execution, 0, &market(100.0, 100.1, 1_000.0)).is_empty());
    let first = placed(&now(&mut execution, 1, &market(100.0, 100.1, 1_020.0)))[0];
    assert_eq!(first.quantity, quantity(2.0));
    whole(&mut execution, &first, 1);
    assert!(now(&mut execution, 3, &market(100.0, 100.1, 1_020.0)).is_empty());
    now(&mut execution, 600, &market(100.0, 100.1, 1_020.0));
    let report = execution.report();
    assert_eq!((report.ending.unwrap().1, report.participation), (Ending::Deadline, Some(0.1)));
}

#[test]
fn the_participation_cap_holds_against_an_impatient_algorithm() {
    let spec = ParentSpec { participation: 0.2, ..parent(Side::Buy, 10.0, 110.0, 0) };
    let mut execution =
        Execution::new(Parent::new(spec, &instrument()).unwrap(), Aggressive::new(0.0, Span::ZERO).unwrap());
    let quote = Quote { bid: 100.0, bid_quantity: 9.0, ask: 100.1, ask_quantity: 9.0 };
    let first = placed(&now(&mut execution, 0, &MarketView::new(quote, 500.0, 5.0).unwrap()))[0];
    assert_eq!(first.quantity, quantity(1.0), "a fifth of one minute's volume");
    whole(&mut execution, &first, 0);
    let second = placed(&now(&mut execution, 9, &MarketView::new(quote, 510.0, 5.0).unwrap()))[0];
    assert_eq!(second.quantity, quantity(2.0), "a fifth of what traded since");
}

#[test]
fn nothing_is_placed_before_the_start_and_what_is_open_at_the_deadline_is_cancelled() {
    let spec = ParentSpec { start: at(10), deadline: at(20), ..parent(Side::Buy, 1.0, 110.0, 0) };
    let sweep = Aggressive::new(0.0, Span::ZERO).unwrap();
    let mut execution = Execution::new(Parent::new(spec, &instrument()).unwrap(), sweep);
    let view = market(100.0, 100.1, 0.0);
    assert!(now(&mut execution, 9, &view).is_empty());
    let child = placed(&now(&mut execution, 10, &view))[0];
    assert_eq!(now(&mut execution, 20, &view), [Action::Cancel(child.id)]);
    assert!(now(&mut execution, 21, &view).is_empty() && !execution.is_over(), "it may still fill");
    execution.ended(child.id, at(22));
    assert!(now(&mut execution, 22, &view).is_empty());
    assert_eq!(execution.report().ending, Some((at(22), Ending::Deadline)));
}

#[test]
fn an_iceberg_shows_one_tip_at_a_time() {
    let parent = Parent::new(parent(Side::Sell, 1.0, 99.0, 0), &instrument()).unwrap();
    let mut execution = Execution::new(parent, Iceberg::new(quantity(0.3), 0.5, 7).unwrap());
    let view = market(98.0, 98.1, 0.0);
    let mut shown = Vec::new();
    for secs in 0..20 {
        if let [child] = placed(&now(&mut execution, secs, &view)).as_slice() {
            assert_eq!((child.price, child.style), (price(99.0), Style::Rest));
            shown.push(child.quantity.to_f64());
            assert!(now(&mut execution, secs, &view).is_empty(), "one at a time");
            whole(&mut execution, child, secs);
        }
    }
    assert_eq!(execution.report().filled, quantity(1.0));
    let (_, tips) = shown.split_last().unwrap();
    assert!(tips.iter().all(|tip| (0.149..=0.3).contains(tip)) && tips[0] != tips[1], "{shown:?}");
}

#[test]
fn a_child_becomes_an_order_for_the_risk_gate() {
    let parent = Parent::new(parent(Side::Buy, 1.0, 102.0, 0), &instrument()).unwrap();
    let mut execution = Execution::new(parent, Aggressive::new(0.0, Span::ZERO).unwrap());
    let child = placed(&now(&mut execution, 0, &market(100.0, 100.5, 0.0)))[0];
    let intent = child.intent(&parent, ClientOrderId { run: 1, sequence: 4 }, None, None, Purpose::Target);
    assert_eq!((intent.quantity, intent.time_in_force), (quantity(1.0), TimeInForce::Ioc));
    assert_eq!(intent.kind, OrderKind::Limit { price: price(100.5) });
}

/// Wants twice too much at a price without bounds, whatever is open.
struct Reckless;

impl Algorithm for Reckless {
    fn kind(&self) -> AlgorithmKind {
        AlgorithmKind::Aggressive
    }

    fn on(&mut self, _: Timestamp, _: &MarketView, parent: &Parent, _: &Children, wishes: &mut Vec<Wish>) {
        let quantity = parent.quantity().plus(parent.quantity()).unwrap();
        let price = match parent.side() {
            Side::Buy => price(1_000.0),
            Side::Sell => price(1.0),
        };
        wishes.extend([Wish::Place { quantity, price, style: Style::Rest }; 2]);
    }
}

/// One thing that happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Market { millis: i64, mid: f64, spread: f64, traded: f64 },
    Fill { pick: usize, share: f64 },
    End { pick: usize, late: f64 },
    Refuse { pick: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1i64..40_000, 95.0f64..105.0, 0.0f64..1.0, 0.0f64..5.0)
            .prop_map(|(millis, mid, spread, traded)| Step::Market { millis, mid, spread, traded }),
        3 => (0usize..4, 0.0f64..1.2).prop_map(|(pick, share)| Step::Fill { pick, share }),
        2 => (0usize..4, prop_oneof![Just(0.0), 0.0f64..1.0]).prop_map(|(pick, late)| Step::End { pick, late }),
        1 => (0usize..4).prop_map(|pick| Step::Refuse { pick }),
    ]
}

/// The children as a venue holds them.
struct Held {
    id: ChildId,
    left: Quantity,
    price: Price,
}

fn stays_within_its_parent<A: Algorithm>(
    spec: ParentSpec,
    algorithm: A,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let mut execution = Execution::new(Parent::new(spec, &instrument()).unwrap(), algorithm);
    let (mut time, mut volume) = (Timestamp::EPOCH, 0.0);
    let mut held: Vec<Held> = Vec::new();
    let mut late: Vec<(Held, Timestamp)> = Vec::new();
    let mut filled = Quantity::ZERO;
    for step in steps {
        match *step {
            Step::Market { millis, mid, spread, traded } => {
                time = time.after(Span::MILLISECOND.times(millis));
                volume += traded;
                // Late fills come within the grace.
                for (child, _) in late.extract_if(.., |(_, until)| *until <= time) {
                    execution.filled(child.id, child.left, child.price);
                    filled = filled.plus(child.left).unwrap();
                }
                let quote = Quote {
                    bid: mid - spread / 2.0,
                    bid_quantity: 1.0,
                    ask: mid + spread / 2.0,
                    ask_quantity: 1.0,
                };
                let mut actions = Vec::new();
                execution.on(time, &MarketView::new(quote, volume, 3.0).unwrap(), &mut actions);
                for child in placed(&actions) {
                    prop_assert!(time >= spec.start && time < spec.deadline);
                    let bounded = match spec.side {
                        Side::Buy => child.price <= spec.limit,
                        Side::Sell => child.price >= spec.limit,
                    };
                    prop_assert!(bounded);
                    prop_assert!(instrument().lot_of(child.quantity).is_ok() && !child.quantity.is_zero());
                    prop_assert!(instrument().tick_of(child.price).is_ok());
                    held.push(Held { id: child.id, left: child.quantity, price: child.price });
                }
                if !placed(&actions).is_empty() {
                    let may = may_fill(filled, &held, &late).to_f64();
                    prop_assert!(may <= spec.participation * (volume + 3.0) + 1e-9, "{may} of {volume}");
                }
            }
            Step::Fill { pick, share } => {
                let count = held.len().max(1);
                if let Some(child) = held.get_mut(pick % count) {
                    let part = quantity(child.left.to_f64() * share).min(child.left);
                    if !part.is_zero() {
                        child.left = child.left.minus(part).unwrap();
                        filled = filled.plus(part).unwrap();
                        execution.filled(child.id, part, child.price);
                    }
                    if child.left.is_zero() {
                        execution.ended(child.id, time);
                    }
                }
                held.retain(|child| !child.left.is_zero());
            }
            Step::End { pick, late: share } => {
                if !held.is_empty() {
                    let mut child = held.remove(pick % held.len());
                    execution.ended(child.id, time);
                    child.left = quantity(child.left.to_f64() * share);
                    if !child.left.is_zero() && spec.grace > Span::ZERO {
                        late.push((child, time.after(spec.grace)));
                    }
                }
            }
            Step::Refuse { pick } => {
                if let Some(child) = held.get(pick % held.len().max(1)) {
                    execution.works_on(child.id);
                }
            }
        }
        let may = may_fill(filled, &held, &late);
        prop_assert!(may <= spec.quantity, "{may} of {}", spec.quantity);
        prop_assert_eq!(execution.report().filled, filled);
    }
    Ok(())
}

/// Everything that is filled or may still be.
fn may_fill(filled: Quantity, held: &[Held], late: &[(Held, Timestamp)]) -> Quantity {
    let open = held.iter().chain(late.iter().map(|(child, _)| child));
    open.fold(filled, |sum, child| sum.plus(child.left).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn children_never_exceed_their_parent_its_limit_its_cap_and_its_time(
        steps in prop::collection::vec(step(), 1..80),
        buys: bool,
        size in 0.001f64..20.0,
        limit in 90.0f64..110.0,
        participation in 0.01f64..1.0,
        grace in 0i64..20,
        seed: u64,
    ) {
        let side = if buys { Side::Buy } else { Side::Sell };
        let spec = ParentSpec { participation, ..parent(side, size, limit, grace) };
        let whole = Parent::new(spec, &instrument()).unwrap();
        let sweep = Aggressive::new(10.0, Span::SECOND).unwrap();
        let model = ImpactModel { volatility: 1.0, permanent: 0.0, temporary: 1e-3, half_spread: 0.05, risk_aversion: 1e-3 };
        let path = Trajectory::new(size, 600.0, 8, &model).unwrap();
        let schedules = [
            Schedule::twap(&whole, 7, 0.9, seed).unwrap(),
            Schedule::vwap(&whole, &[1.0, 0.0, 3.0]).unwrap(),
            Schedule::shortfall(&whole, &path).unwrap(),
        ];
        stays_within_its_parent(spec, Reckless, &steps)?;
        stays_within_its_parent(spec, sweep, &steps)?;
        stays_within_its_parent(spec, Passive::new(1.0, Span::SECOND, 0.7, sweep).unwrap(), &steps)?;
        stays_within_its_parent(spec, Pov::new(0.3, 5.0, Span::SECOND).unwrap(), &steps)?;
        stays_within_its_parent(spec, Iceberg::new(quantity(size / 4.0 + 0.001), 0.5, seed).unwrap(), &steps)?;
        for schedule in schedules {
            stays_within_its_parent(spec, Scheduled::new(schedule, 10.0).unwrap(), &steps)?;
        }
    }
}
