//! When things go wrong: a kill, a lost connection, a venue that contradicts us.

use autotrading_core::{Approval, Configuration, Engine, ExecutionRules, FindingKind, Profile, RiskMemory};
use autotrading_domain::*;
use autotrading_execution::Request;
use autotrading_positions::{Distance, ExitRules, StopRule};
use autotrading_risk::{Cap, PriceAge, RiskLimits};

use crate::floor::{BTC, ETH, Floor, configuration, instruments};

/// A house that protects each position with a stop.
fn protected() -> Configuration {
    Configuration {
        execution: ExecutionRules { protect: true, ..configuration().execution },
        exits: ExitRules {
            stop: Some(StopRule { distance: Distance::Rate(0.1), source: TriggerSource::Mark }),
            ..ExitRules::default()
        },
        ..configuration()
    }
}

fn operator(floor: &mut Floor, action: OperatorAction, operator: &'static str, reason: &'static str) {
    let at = floor.now();
    let command = OperatorCommand { at, action, operator: operator.into(), reason: reason.into() };
    floor.hear(Event::Operator(command));
}

fn connection(floor: &mut Floor, word: ConnectionWord) {
    let at = floor.now();
    floor.hear(Event::Connection { at, word });
}

/// What the last turn sent, in this order.
fn said(floor: &Floor) -> Vec<String> {
    let word = |request: Request<'_>| match request {
        Request::Place(intent) => format!("{} {} {:?}", intent.side, intent.quantity, intent.purpose),
        Request::Amend { .. } => "amend".to_owned(),
        Request::Cancel { .. } => "cancel".to_owned(),
        Request::Query { .. } => "ask".to_owned(),
    };
    floor.turn.commands().iter().map(|command| word(command.request())).collect()
}

fn open(floor: &Floor) -> Vec<OrderIntent> {
    floor.engine.desk().live().map(|order| *order.intent()).collect()
}

fn found(floor: &Floor) -> Vec<FindingKind> {
    floor.turn.findings().iter().map(|finding| finding.kind).collect()
}

/// Bitcoin is held and protected; an order for ether is on its way.
fn half_way() -> Floor {
    let mut floor = Floor::new("BTC ETH", protected());
    floor.play("hour BTC 100 long ETH 50\nfill BTC @ 100\nhour BTC 100 ETH 50 long");
    let stop = open(&floor)[0];
    assert_eq!((stop.purpose, stop.instrument), (Purpose::StopLoss, BTC));
    floor.report(&stop, ReportKind::Accepted);
    assert_eq!(open(&floor).len(), 2, "a stop, and an order for ether");
    floor
}

#[test]
fn a_kill_stops_cancels_closes_and_tells_in_this_order() {
    let mut floor = half_way();
    operator(&mut floor, OperatorAction::Kill { flatten: true }, "ann", "enough");
    assert_eq!(floor.engine.gate().state(), TradingState::Halted);
    assert_eq!(said(&floor), ["cancel", "cancel", "sell 2.000 Flatten"]);
    let finding = floor.turn.findings().last().unwrap();
    assert_eq!(finding.kind, FindingKind::Killed);
    assert_eq!(
        finding.detail,
        "killed by \"ann\" because of \"enough\": 2 orders are cancelled, 1 of 1 positions closed"
    );
    for order in open(&floor) {
        if order.purpose == Purpose::Flatten {
            let closed =
                Fill { order: Some(order.id), side: Side::Sell, quantity: order.quantity, ..fill(BTC, 1) };
            floor.report(&order, ReportKind::Filled(closed));
        } else {
            floor.report(&order, ReportKind::Canceled("asked for".into()));
        }
    }
    assert_eq!(open(&floor), [], "nothing is open in the end");
    floor.play("books\nhour BTC 120 long ETH 60 long");
    assert_eq!(said(&floor), [""; 0], "and nothing opens");
}

#[test]
fn a_kill_alone_leaves_the_position_and_no_order_until_an_operator_lets_it_be_protected_again() {
    let mut floor = half_way();
    operator(&mut floor, OperatorAction::Kill { flatten: false }, "", "");
    assert_eq!(said(&floor), ["cancel", "cancel"]);
    for order in open(&floor) {
        floor.report(&order, ReportKind::Canceled("asked for".into()));
    }
    floor.play("hour BTC 80 ETH 50\nhour BTC 70 ETH 50\nbooks BTC 2");
    assert_eq!(open(&floor), [], "the stop does not come back by itself");
    operator(&mut floor, OperatorAction::SetTradingState(TradingState::Halted), "ann", "still looking");
    assert_eq!(open(&floor), [], "nor by a word that loosens nothing");
    operator(&mut floor, OperatorAction::SetTradingState(TradingState::ReduceOnly), "", "");
    assert_eq!(found(&floor), [FindingKind::OperatorRefused]);
    assert_eq!(open(&floor), []);
    operator(&mut floor, OperatorAction::SetTradingState(TradingState::ReduceOnly), "ann", "looked into it");
    assert_eq!(open(&floor).iter().map(|order| order.purpose).collect::<Vec<_>>(), [Purpose::StopLoss]);
}

#[test]
fn a_cancel_that_is_refused_is_asked_for_again_until_the_order_is_over() {
    let mut floor = half_way();
    operator(&mut floor, OperatorAction::Kill { flatten: false }, "ann", "enough");
    let order = open(&floor)[0];
    for _ in 0..3 {
        floor.report(&order, ReportKind::CancelRefused("busy".into()));
        assert_eq!(said(&floor), ["cancel"]);
    }
    floor.report(&order, ReportKind::Canceled("at last".into()));
    assert_eq!(said(&floor), [""; 0]);
    assert_eq!(open(&floor).len(), 1, "the other cancel is still without an answer");
}

#[test]
fn a_second_kill_does_all_of_it_again_and_a_restart_does_not_end_it() {
    let mut floor = half_way();
    operator(&mut floor, OperatorAction::Kill { flatten: false }, "ann", "enough");
    for order in open(&floor) {
        floor.report(&order, ReportKind::Canceled("asked for".into()));
    }
    operator(&mut floor, OperatorAction::Kill { flatten: true }, "ann", "all of it");
    assert_eq!(said(&floor), ["sell 2.000 Flatten"]);
    assert_eq!(found(&floor), [FindingKind::Killed]);
    let text = serde_json::to_string(&floor.engine.risk_memory()).unwrap();
    let memory: RiskMemory = serde_json::from_str(&text).unwrap();
    assert!(memory.killed);
    let mut next = Floor::new("BTC ETH", Configuration { run: 2, ..protected() });
    next.engine.recall(&memory);
    let stray = Fill { order: None, cause: FillCause::AutoDeleveraging, ..fill(BTC, 1) };
    next.hear(Event::Fill(stray));
    assert_eq!(said(&next), [""; 0], "a killed house protects nothing by itself");
}

fn fill(instrument: InstrumentId, trade: u64) -> Fill {
    Fill {
        trade: TradeId(1_000 + trade),
        order: Some(ClientOrderId { run: 1, sequence: 900 }),
        instrument,
        side: Side::Buy,
        price: Price::new(100.into()).unwrap(),
        quantity: Quantity::new(1.into()).unwrap(),
        fee: Money::ZERO,
        fee_currency: Currency::USDT,
        liquidity: Liquidity::Taker,
        cause: FillCause::Order,
        at: Timestamp::from_secs(3_600),
    }
}

fn stray(floor: &mut Floor, fill: Fill) {
    let (ts_event, ts_received) = (floor.now(), floor.now());
    let (order, instrument) = (fill.order.unwrap(), fill.instrument);
    let kind = ReportKind::Filled(fill);
    floor.hear(Event::Order(OrderReport { order, instrument, ts_event, ts_received, kind }));
}

#[test]
fn an_execution_of_an_order_that_nobody_knows_is_booked_and_its_instrument_only_closes() {
    let mut floor = Floor::new("BTC ETH", configuration());
    floor.play("hour BTC 100 ETH 50");
    stray(&mut floor, fill(BTC, 1));
    assert_eq!(found(&floor), [FindingKind::VenueWord]);
    assert!(floor.turn.findings()[0].detail.contains("never placed"));
    floor.play("books BTC 1");
    stray(&mut floor, fill(BTC, 1));
    floor.play("books BTC 1\nhour BTC 100 long ETH 50 long\nsent buy ETH 2.000\nsent nothing");
    floor.play("hour BTC 100 flat ETH 50\nsent sell BTC 1");
}

#[test]
fn a_quarantine_stands_whatever_the_venue_says_until_an_operator_sets_trading_to_active() {
    let mut floor = Floor::new("BTC", configuration());
    floor.play("hour BTC 100");
    stray(&mut floor, fill(BTC, 1));
    let (ts_event, ts_received) = (floor.now(), floor.now());
    let data = MarketData::Status(InstrumentStatus::Trading);
    floor.hear(Event::Market(MarketEvent { instrument: BTC, ts_event, ts_received, data }));
    floor.play("hour BTC 100 long\nsent nothing");
    operator(&mut floor, OperatorAction::SetTradingState(TradingState::Active), "", "");
    floor.play("hour BTC 100 long\nsent nothing\nresume\nhour BTC 100 long\nsent buy BTC 1.000");
}

#[test]
fn an_execution_on_the_wrong_side_is_not_booked_and_its_instrument_only_closes() {
    let mut floor = Floor::new("BTC", configuration());
    floor.play("hour BTC 100 long\nsent buy BTC 2.000");
    let order = open(&floor)[0];
    stray(&mut floor, Fill { order: Some(order.id), side: Side::Sell, ..fill(BTC, 1) });
    floor.play("books\nfill BTC @ 100\nbooks BTC 2");
    floor.play("hour BTC 100 short\nsent nothing\nhour BTC 100 flat\nsent sell BTC 2.000");
}

/// A house with real money, but for the rules of the stage that are looked at.
fn live() -> Configuration {
    let risk = RiskLimits {
        concentration: Cap::Off,
        volume_multiple: Cap::Off,
        require_dead_man: true,
        price_age: Cap::At(PriceAge::Milliseconds(5_000)),
        ..RiskLimits::production()
    };
    let approval =
        Approval { profile: Some(Profile::Production), widened_by: vec!["ann".to_owned(), "ben".to_owned()] };
    Configuration { risk, approval, ..configuration() }
}

#[test]
fn a_live_stage_opens_nothing_before_books_were_compared_and_the_dead_man_switch_is_armed() {
    let mut floor = Floor::new("BTC", live());
    let refused = |floor: &Floor, why: &str| {
        let told = format!("{:?}", floor.turn.decisions()[0].outcome);
        assert!(told.contains(why), "{told}");
    };
    floor.play("hour BTC 100 long\nsent nothing");
    refused(&floor, "Recovering");
    connection(&mut floor, ConnectionWord::Reconciled);
    floor.play("hour BTC 100 long\nsent nothing");
    refused(&floor, "DeadManUnarmed");
    connection(&mut floor, ConnectionWord::DeadMan { armed: true });
    floor.play("hour BTC 100 long\nsent buy BTC 2.000");
}

#[test]
fn a_live_stage_without_a_dead_man_switch_takes_two_persons() {
    let risk = RiskLimits { require_dead_man: false, ..RiskLimits::production() };
    let with = |profile, widened_by: Vec<String>| {
        let approval = Approval { profile: Some(profile), widened_by };
        let house = Configuration { risk: risk.clone(), approval, ..configuration() };
        Engine::new(instruments("BTC"), house).map(|_| ()).map_err(|error| error.to_string())
    };
    let error = with(Profile::Production, Vec::new()).unwrap_err();
    assert!(error.contains("require_dead_man = false: looser than true"), "{error}");
    assert_eq!(with(Profile::Production, vec!["ann".to_owned(), "ben".to_owned()]), Ok(()));
}

#[test]
fn after_a_lost_connection_nothing_opens_until_books_and_venue_were_compared_again() {
    let mut floor = Floor::new("BTC ETH", configuration());
    floor.play("hour BTC 100 long ETH 50\nfill BTC @ 100");
    connection(&mut floor, ConnectionWord::Lost);
    floor.play("hour BTC 100 ETH 50 long\nbooks BTC 2");
    assert_eq!(said(&floor), [""; 0]);
    connection(&mut floor, ConnectionWord::Reconciled);
    floor.play("hour BTC 100 ETH 50 long");
    assert_eq!(said(&floor), ["buy 2.000 Target"]);
    assert_eq!(floor.engine.ledger().holding(ETH).unwrap().signed.to_string(), "0");
}
