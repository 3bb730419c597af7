//! The engine, one event at a time: what it does with sound words, odd words and an operator's words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing step ends the test")]

use autotrading_core::{
    Algorithm, Configuration, Engine, ExecutionRules, Explainer, Finding, FindingKind, MeasureRules,
    Occasion, Opening, Outcome, OwnedRecord, StrategyEntry, Turn,
};
use autotrading_domain::*;
use autotrading_execution::{DeskRules, Request};
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{Distance, ExitRules, LedgerRules, StopRule};
use autotrading_risk::RiskLimits;
use autotrading_sizing::{Fixed, SizingRules};
use autotrading_strategy::{ParameterValue, Parameters, PipelineSettings};

const BTC: InstrumentId = InstrumentId(0);

fn configuration() -> Configuration {
    let parameters = [("fast", "2"), ("slow", "3"), ("mode", "long-short")]
        .into_iter()
        .fold(Parameters::new(), |all, (name, value)| all.with(name, ParameterValue::read(value)));
    Configuration {
        run: 1,
        strategies: vec![StrategyEntry { name: "sma-cross".to_owned(), parameters }],
        regime: None,
        matrix: None,
        life_cycle: None,
        pipeline: PipelineSettings::UNLIMITED,
        portfolio: PortfolioRules {
            rebalance_threshold: 0.0,
            min_interval: Span::ZERO,
            ..PortfolioRules::default()
        },
        sizing: SizingRules { fixed: Some(Fixed { quantity: 2.0 }), ..SizingRules::NONE },
        ledger: LedgerRules::isolated(Leverage::ONE),
        exits: ExitRules {
            stop: Some(StopRule { distance: Distance::Rate(0.1), source: TriggerSource::Mark }),
            ..ExitRules::default()
        },
        risk: RiskLimits::research_wide(),
        monitor: None,
        approval: Default::default(),
        execution: ExecutionRules {
            retry_after: Span::ZERO,
            desk: DeskRules { answer_within: None, stale_after: None, ..DeskRules::default() },
            ..ExecutionRules::default()
        },
        measures: MeasureRules { enabled: false, ..MeasureRules::default() },
        stale_after: Span::HOUR,
    }
}

/// The engine with a desk of paper: fills are told when the test says so.
struct House {
    engine: Engine,
    turn: Turn,
    hour: i64,
    trades: u64,
}

impl House {
    fn new(configuration: Configuration) -> Self {
        let bitcoin =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        let engine = Engine::new(Instruments::new(vec![bitcoin.unwrap()]), configuration).unwrap();
        let mut house = Self { engine, turn: Turn::default(), hour: 0, trades: 0 };
        house.hear(&Event::Deposit { at: Timestamp::EPOCH, amount: Money::new(10_000.into()) });
        house
    }

    fn hear(&mut self, event: &Event) -> &Turn {
        self.engine.turn(event, &mut self.turn).unwrap();
        self.engine.ledger().check_identities().unwrap();
        &self.turn
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(3_600 * self.hour)
    }

    fn bar(&mut self, close: f64) -> &Turn {
        let bar = Bar {
            open_time: self.now(),
            interval: Span::HOUR,
            open: close,
            high: close,
            low: close,
            close,
            volume: 10.0,
            closed: true,
            synthetic: false,
        };
        self.hour += 1;
        self.hear(&Event::Market(MarketEvent::closed_bar(BTC, bar)))
    }

    /// Bars that cross the averages upward: the engine wants to buy.
    fn rise(&mut self) -> OrderIntent {
        for close in [100.0, 99.0, 98.0, 97.0] {
            self.bar(close);
        }
        self.bar(110.0);
        self.placed().expect("an order")
    }

    /// The first order that the last turn sent.
    fn placed(&self) -> Option<OrderIntent> {
        self.turn.commands().iter().find_map(|command| match command.request() {
            Request::Place(intent) => Some(*intent),
            Request::Amend { .. } | Request::Cancel { .. } | Request::Query { .. } => None,
        })
    }

    fn report(&mut self, order: ClientOrderId, kind: ReportKind) -> &Turn {
        let (ts_event, ts_received) = (self.now(), self.now());
        self.hear(&Event::Order(OrderReport { order, instrument: BTC, ts_event, ts_received, kind }))
    }

    fn filled(&mut self, intent: &OrderIntent, price: &str) -> &Turn {
        self.trades += 1;
        let fill = Fill {
            trade: TradeId(self.trades),
            order: Some(intent.id),
            instrument: BTC,
            side: intent.side,
            price: Price::new(price.parse().unwrap()).unwrap(),
            quantity: intent.quantity,
            fee: Money::ZERO,
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            at: self.now(),
        };
        self.report(intent.id, ReportKind::Filled(fill))
    }

    fn held(&self) -> String {
        self.engine.ledger().holding(BTC).unwrap().signed.normalize().to_string()
    }

    fn said(&mut self, action: OperatorAction, reason: &'static str) -> &Turn {
        let at = self.now();
        self.hear(&Event::Operator(OperatorCommand {
            at,
            action,
            operator: "ann".into(),
            reason: reason.into(),
        }))
    }
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn an_opinion_becomes_an_order_with_all_that_it_rests_on() {
    let mut house = House::new(configuration());
    let order = house.rise();
    assert_eq!(
        (order.side, order.quantity.to_string(), order.purpose),
        (Side::Buy, "2.000".to_owned(), Purpose::Target)
    );
    let decision = &house.turn.decisions()[0];
    assert_eq!(decision.outcome, Outcome::Sent(order.id));
    assert_eq!(decision.voices.len(), 1);
    assert_eq!(decision.sizing().unwrap().bound.to_string(), "fixed");
    assert!(decision.measured.unwrap().verdict().approved);
}

#[test]
fn a_position_is_guarded_as_soon_as_it_is_heard_of_and_its_guard_goes_with_it() {
    let mut house = House::new(configuration());
    let buy = house.rise();
    house.filled(&buy, "111");
    assert_eq!(house.held(), "2");
    let stop = house.placed().expect("a stop");
    assert_eq!((stop.side, stop.purpose, stop.reduce_only), (Side::Sell, Purpose::StopLoss, true));
    assert_eq!(stop.kind.trigger().unwrap().price.to_string(), "99.9");
    assert_eq!(house.turn.decisions()[0].occasion, Occasion::Protection);
    house.report(stop.id, ReportKind::Accepted);

    // The venue stops the position out: the books are flat, nothing rests.
    house.filled(&stop, "99.5");
    assert_eq!(house.held(), "0");
    assert_eq!(house.engine.desk().live().count(), 0);
}

#[test]
fn a_reversal_is_one_order_that_shares_the_guards_quantity() {
    let mut house = House::new(configuration());
    let buy = house.rise();
    house.filled(&buy, "110");
    let stop = house.placed().expect("a stop");
    house.report(stop.id, ReportKind::Accepted);
    house.bar(111.0);
    house.bar(104.0);
    let sell = house.placed().expect("the opposite cross");
    assert_eq!(
        (sell.side, sell.quantity.to_string(), sell.bracket),
        (Side::Sell, "4.000".to_owned(), stop.bracket)
    );
    house.filled(&sell, "101");
    assert_eq!(house.held(), "-2");
    let cover = house.placed().expect("a new stop");
    assert_eq!((cover.side, cover.purpose), (Side::Buy, Purpose::StopLoss));
    assert_ne!(cover.bracket, stop.bracket);
}

#[test]
fn data_that_cannot_be_true_are_a_finding_and_move_nothing() {
    let mut house = House::new(configuration());
    house.bar(100.0);
    let turn = house.bar(f64::NAN);
    assert_eq!(kinds(turn.findings()), [FindingKind::DataRefused]);
    assert_eq!(house.engine.ledger().mark_of(BTC), Some(100.0));
    house.hour -= 2; // the clock runs backward
    let turn = house.bar(100.0);
    assert_eq!(kinds(turn.findings()), [FindingKind::DataRefused]);
}

#[test]
fn words_about_orders_that_are_not_ours_are_findings() {
    let mut house = House::new(configuration());
    let stranger = ClientOrderId { run: 9, sequence: 1 };
    let turn = house.report(stranger, ReportKind::Accepted);
    assert_eq!(kinds(turn.findings()), [FindingKind::VenueWord]);
    assert_eq!(turn.findings()[0].order, Some(stranger));
}

#[test]
fn a_fill_that_is_told_twice_is_booked_once() {
    let mut house = House::new(configuration());
    let buy = house.rise();
    house.filled(&buy, "110");
    house.trades -= 1;
    house.filled(&buy, "110");
    assert_eq!(house.held(), "2");
}

#[test]
fn a_halted_house_opens_nothing_and_still_closes() {
    let mut house = House::new(configuration());
    let buy = house.rise();
    house.filled(&buy, "110");
    let turn = house.said(OperatorAction::Kill { flatten: true }, "enough");
    assert_eq!(turn.state_change().map(|change| change.to), Some(TradingState::Halted));
    let close = house.placed().expect("the position is closed in spite of the halt");
    assert_eq!((close.side, close.purpose), (Side::Sell, Purpose::Flatten));
    house.filled(&close, "109");
    assert_eq!(house.held(), "0");
    for price in [108.0, 107.0, 106.0, 105.0, 120.0, 130.0] {
        house.bar(price);
        assert!(house.placed().is_none(), "nothing opens at {price}");
    }
}

#[test]
fn an_order_that_is_worked_in_slices_does_not_survive_a_halt() {
    let execution = ExecutionRules { algorithm: Algorithm::Twap, slices: 4, ..configuration().execution };
    let measures = MeasureRules::default();
    let run = |halt: bool| {
        let mut house = House::new(Configuration { execution, measures, ..configuration() });
        let first = house.rise();
        assert_eq!(first.quantity.to_string(), "0.500", "a quarter of the whole");
        house.filled(&first, "110");
        if halt {
            house.said(OperatorAction::SetTradingState(TradingState::Halted), "enough");
        }
        (0..3)
            .flat_map(|_| house.bar(110.5).decisions().iter().map(|d| d.occasion).collect::<Vec<_>>())
            .filter(|occasion| *occasion == Occasion::Slice)
            .count()
    };
    assert!(run(false) > 0, "the next slices are sent");
    assert_eq!(run(true), 0, "no slice is even asked for");
}

#[test]
fn only_an_operator_with_a_reason_loosens_the_state() {
    let mut house = House::new(configuration());
    house.said(OperatorAction::SetTradingState(TradingState::Halted), "looking into it");
    let turn = house.said(OperatorAction::SetTradingState(TradingState::Active), "");
    assert_eq!(kinds(turn.findings()), [FindingKind::OperatorRefused]);
    assert_eq!(house.engine.gate().state(), TradingState::Halted);
    house.said(OperatorAction::SetTradingState(TradingState::Active), "it was a test");
    assert_eq!(house.engine.gate().state(), TradingState::Active);
}

#[test]
fn a_refused_order_is_told_with_its_number_and_never_leaves() {
    let mut limits = RiskLimits::research_wide();
    limits.concentration = autotrading_risk::Cap::At(Rate::new("0.01".parse().unwrap()));
    let mut house = House::new(Configuration { risk: limits, ..configuration() });
    for close in [100.0, 99.0, 98.0, 97.0] {
        house.bar(close);
    }
    let turn = house.bar(110.0);
    assert!(turn.commands().is_empty());
    let Outcome::Refused(refusal) = &turn.decisions()[0].outcome else { panic!("a refusal") };
    assert!(refusal.to_string().contains("0.01"), "{refusal}");
}

#[test]
fn the_same_events_give_the_same_turns_and_an_order_can_be_explained_from_them() {
    let run = || {
        let mut house = House::new(configuration());
        let buy = house.rise();
        let decided = house.turn.record();
        house.filled(&buy, "110");
        (buy.id, decided, house.turn.record())
    };
    let (order, decided, guarded) = run();
    assert_eq!((order, decided.clone(), guarded.clone()), run());
    let mut explainer = Explainer::new(order);
    let bitcoin =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
    explainer.take(OwnedRecord::Opened(Box::new(Opening {
        code_version: "test".to_owned(),
        configuration: configuration(),
        instruments: Instruments::new(vec![bitcoin.unwrap()]),
        data_digest: None,
        seed: 1,
    })));
    for turn in [decided, guarded] {
        explainer.take(OwnedRecord::Turn(turn));
    }
    let story = explainer.finish().unwrap().to_string();
    for part in [
        "Order 1-1: buy 2.000 BTCUSDT at market",
        "sma-cross",
        "bound by fixed",
        "What the risk gate measured",
    ] {
        assert!(story.contains(part), "{part} is not in {story}");
    }
}
