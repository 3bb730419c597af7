//! The safety edge: an order leaves the house only with the risk gate's proof.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{
    Amendment, ClientOrderId, Instrument, InstrumentId, Instruments, OrderIntent, OrderKind, OrderReport,
    OrderState, Price, Purpose, Quantity, ReportKind, Side, Span, TimeInForce, Timestamp,
};
use autotrading_execution::{
    CommandRecord, DeskError, DeskRules, OrderCommand, OrderDesk, OrderGateway, Request,
};
use autotrading_risk::{RiskGate, RiskLimits};

const BTC: InstrumentId = InstrumentId(0);

fn now() -> Timestamp {
    Timestamp::from_secs(1_700_000_000)
}

fn gate(limits: RiskLimits) -> RiskGate {
    let btc =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
    let mut gate = RiskGate::new(&Instruments::new(vec![btc.unwrap()]), limits).unwrap();
    gate.observe_price(BTC, 25_000.0, 25_000.0, now());
    gate.observe_volume(BTC, 1_000.0);
    gate.observe_interval(BTC, Span::HOUR);
    gate.observe_equity(1_000_000.0, 1_000_000.0, now());
    gate
}

fn limit(price: &str) -> OrderKind {
    OrderKind::Limit { price: Price::new(price.parse().unwrap()).unwrap() }
}

fn quantity(text: &str) -> Quantity {
    Quantity::new(text.parse().unwrap()).unwrap()
}

fn intent(id: ClientOrderId, size: &str) -> OrderIntent {
    OrderIntent {
        id,
        instrument: BTC,
        strategy: None,
        side: Side::Buy,
        quantity: quantity(size),
        kind: limit("25000"),
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    }
}

/// A gateway that writes down what it is given.
#[derive(Default)]
struct Notebook(Vec<CommandRecord>);

impl OrderGateway for Notebook {
    type Error = std::convert::Infallible;

    fn send(&mut self, command: &OrderCommand) -> Result<(), Self::Error> {
        self.0.push(CommandRecord::from(command));
        Ok(())
    }
}

#[test]
fn an_approved_order_is_placed_amended_and_cancelled_through_the_one_door() {
    let (mut gate, mut desk) = (gate(RiskLimits::research_wide()), OrderDesk::new(1, DeskRules::default()));
    let mut door = Notebook::default();
    let wanted = intent(desk.next_id(), "0.5");
    let approved = gate.review(wanted, now()).outcome.unwrap();
    let command = desk.place(approved, now()).unwrap();
    assert_eq!((command.order(), command.instrument(), command.at()), (wanted.id, BTC, now()));
    assert_eq!(command.request(), Request::Place(&wanted));
    door.send(&command).unwrap();

    let accepted = ReportKind::Accepted;
    let report = OrderReport {
        order: wanted.id,
        instrument: BTC,
        ts_event: now(),
        ts_received: now(),
        kind: accepted,
    };
    assert_eq!(desk.apply(&report).unwrap().state, OrderState::Accepted);

    let change = Amendment { id: wanted.id, quantity: quantity("0.4"), kind: limit("24990") };
    let approved = gate.review_change(change, now()).outcome.unwrap();
    door.send(&desk.amend(approved, now()).unwrap()).unwrap();
    door.send(&desk.cancel(wanted.id, now()).unwrap().unwrap()).unwrap();
    assert_eq!(
        door.0,
        [
            CommandRecord::Place { at: now(), intent: wanted },
            CommandRecord::Amend { at: now(), change, instrument: BTC },
            CommandRecord::Cancel { at: now(), id: wanted.id, instrument: BTC },
        ]
    );
}

#[test]
fn a_refused_order_is_put_on_record_and_its_name_is_used_up() {
    let (mut gate, mut desk) = (gate(RiskLimits::production()), OrderDesk::new(1, DeskRules::default()));
    let wanted = intent(desk.next_id(), "30"); // 75 % of equity
    assert!(gate.review(wanted, now()).outcome.is_err());
    desk.deny(&wanted, now());
    assert_eq!(desk.order(wanted.id).unwrap().state(), OrderState::Denied);
    assert_eq!(desk.live().count(), 0);
}

#[test]
fn two_approvals_of_one_name_place_one_order() {
    let mut desk = OrderDesk::new(1, DeskRules::default());
    let wanted = intent(desk.next_id(), "0.5");
    let approve = || gate(RiskLimits::research_wide()).review(wanted, now()).outcome.unwrap();
    assert!(desk.place(approve(), now()).is_ok());
    assert_eq!(desk.place(approve(), now()).unwrap_err(), DeskError::NameNotFree { id: wanted.id });
}

#[test]
fn a_command_cannot_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
