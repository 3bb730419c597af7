//! The monitor of a running house: what it says at marks and bars, and what the gate does about it.

use autotrading_domain::{InstrumentId, Instruments, Liquidation, Price, Span, Timestamp, TradingState};
use autotrading_risk::*;
use proptest::prelude::*;

const BTC: InstrumentId = InstrumentId(0);
const ETH: InstrumentId = InstrumentId(1);

fn day(count: i64) -> Timestamp {
    Timestamp::EPOCH.after(Span::DAY.times(count))
}

fn at(price: &str) -> Liquidation {
    Liquidation::At(Price::new(price.parse().unwrap()).unwrap())
}

fn held(instrument: InstrumentId, notional: f64) -> MonitoredPosition {
    MonitoredPosition { instrument, notional, mark: 100.0, liquidation: Liquidation::Never }
}

/// Forty days in which both move by one per cent up and down, ether against bitcoin.
fn told(rules: MonitorRules) -> RiskMonitor {
    let mut monitor = RiskMonitor::new(2, rules).unwrap();
    for count in 0..=40 {
        let (one, other) = if count % 2 == 0 { (100.0, 101.0) } else { (101.0, 100.0) };
        monitor.observe_bar(BTC, one, Span::DAY, day(count));
        monitor.observe_bar(ETH, other, Span::DAY, day(count));
    }
    monitor
}

fn gate() -> RiskGate {
    RiskGate::new(&Instruments::new(vec![]), RiskLimits::production()).unwrap()
}

fn level_of(alarms: &Alarms, measure: RiskMeasure) -> Option<(Level, f64)> {
    let change = alarms.levels.iter().find(|change| change.measure == measure.name())?;
    Some((change.to, change.value.unwrap_or(f64::NAN)))
}

#[test]
fn a_mark_speaks_when_a_level_changes_and_at_the_limit_asks_for_closes() {
    let mut monitor = told(MonitorRules::default());
    let lost = |drawdown| Some(Losses { daily: 0.0, drawdown });
    assert!(monitor.observe_mark(100.0, 500.0, lost(0.069), day(41)).is_empty());
    let warned = monitor.observe_mark(100.0, 500.0, lost(0.07), day(41));
    assert_eq!(level_of(&warned, RiskMeasure::Drawdown), Some((Level::Warning, 0.07)));
    assert!(warned.trips.is_empty());
    let critical = monitor.observe_mark(100.0, 950.0, lost(0.07), day(41));
    assert_eq!(level_of(&critical, RiskMeasure::GrossLeverage), Some((Level::Critical, 9.5)));
    let over = monitor.observe_mark(100.0, 1_000.0, lost(0.07), day(41));
    let trip = over.trips[0];
    assert_eq!((trip.to, trip.cause, trip.value), (TradingState::ReduceOnly, Cause::PortfolioRisk, 10.0));
    for (equity, losses) in [(f64::NAN, lost(0.0)), (0.0, lost(0.0)), (100.0, None)] {
        let mut monitor = told(MonitorRules::default());
        assert!(!monitor.observe_mark(equity, 0.0, losses, day(41)).trips.is_empty(), "unknown is the worst");
    }
}

#[test]
fn a_bar_measures_the_book_as_it_is() {
    let mut monitor = told(MonitorRules::default());
    assert!(monitor.observe_book(100.0, &[], day(40)).is_empty());
    // Two thirds of equity long, 1 % of it at risk: 0.66 %.
    let rules = |limit: i64| MonitorRules {
        limits: MonitorLimits {
            value_at_risk: Cap::At(autotrading_domain::Rate::basis_points(limit)),
            concentration: Cap::Off,
            ..MonitorLimits::default()
        },
        ..MonitorRules::default()
    };
    let mut tight = told(rules(66));
    let alarms = tight.observe_book(100.0, &[held(BTC, 66.0)], day(40));
    let (level, value) = level_of(&alarms, RiskMeasure::ValueAtRisk).unwrap();
    assert_eq!(level, Level::Critical);
    assert!((value - 0.66 / 101.0).abs() < 1e-12, "{value}"); // 1 / 101 down from 101
    // The two move against each other: both long is nearly no risk, and a pair long and short is twice as much.
    let mut hedged = told(rules(66));
    assert!(hedged.observe_book(100.0, &[held(BTC, 66.0), held(ETH, 66.0)], day(40)).is_empty());
    let mut doubled = told(rules(66));
    let alarms = doubled.observe_book(100.0, &[held(BTC, 66.0), held(ETH, -66.0)], day(40));
    assert_eq!(level_of(&alarms, RiskMeasure::ValueAtRisk).unwrap().0, Level::Breached);
    let (level, correlation) = level_of(&alarms, RiskMeasure::Correlation).unwrap();
    assert_eq!(level, Level::Breached);
    assert!(correlation > 0.999, "{correlation}");
}

#[test]
fn liquidation_within_a_day_sums_over_positions() {
    let near = MonitoredPosition { liquidation: at("97"), ..held(BTC, 10.0) };
    let risk = |positions: &[MonitoredPosition]| {
        let alarms = told(MonitorRules::default()).observe_book(100.0, positions, day(40));
        level_of(&alarms, RiskMeasure::LiquidationProbability).map_or(0.0, |(_, value)| value)
    };
    let sigma = ((1.01f64.ln().powi(2) + (1.0 / 1.01f64).ln().powi(2)) / 2.0).sqrt();
    let barrier =
        Barrier { mark: 100.0, liquidation: 97.0, volatility: sigma, drift_away: 0.0, horizon: 1.0 };
    let one = liquidation_risk(&barrier).unwrap().probability();
    assert!((risk(&[near]) - one).abs() < 1e-12);
    assert!((risk(&[near, near]) - 2.0 * one).abs() < 1e-12);
    assert_eq!(risk(&[held(BTC, 10.0)]), 0.0);
    assert_eq!(risk(&[near, MonitoredPosition { liquidation: Liquidation::Already, ..near }]), 1.0);
}

#[test]
fn without_enough_past_nothing_is_estimated_and_a_stranger_is_the_worst() {
    let mut young = RiskMonitor::new(1, MonitorRules::default()).unwrap();
    for count in 0..30 {
        young.observe_bar(BTC, if count % 2 == 0 { 100.0 } else { 50.0 }, Span::DAY, day(count));
    }
    assert!(young.observe_book(100.0, &[held(BTC, 10.0)], day(30)).is_empty(), "29 returns are too few");
    young.observe_bar(BTC, 100.0, Span::DAY, day(30));
    assert!(!young.observe_book(100.0, &[held(BTC, 10.0)], day(31)).is_empty());
    let mut monitor = told(MonitorRules::default());
    let alarms = monitor.observe_book(100.0, &[held(InstrumentId(9), 1.0)], day(40));
    assert_eq!(alarms.levels.len(), 4, "{alarms:?}");
    assert!(alarms.levels.iter().all(|change| change.to == Level::Breached && change.value.is_none()));
}

#[test]
fn wild_prices_of_what_is_held_let_only_close() {
    let mut monitor = told(MonitorRules { newest: 5, ..MonitorRules::default() });
    assert!(monitor.observe_book(1e6, &[held(BTC, 10.0)], day(41)).is_empty());
    for count in 41..46 {
        monitor.observe_bar(BTC, if count % 2 == 0 { 100.0 } else { 140.0 }, Span::DAY, day(count));
    }
    let alarms = monitor.observe_book(1e6, &[held(ETH, 10.0)], day(46));
    assert!(alarms.trips.is_empty(), "ether is calm");
    let alarms = monitor.observe_book(1e6, &[held(BTC, 10.0)], day(46));
    assert!(alarms.trips.is_empty(), "34 % against 12 % is less than three times");
    let rules = MonitorRules { newest: 5, volatility_multiple: Cap::At(2.0), ..MonitorRules::default() };
    let mut strict = told(rules);
    for count in 41..46 {
        strict.observe_bar(BTC, if count % 2 == 0 { 100.0 } else { 140.0 }, Span::DAY, day(count));
    }
    let alarms = strict.observe_book(1e6, &[held(BTC, 10.0)], day(46));
    assert_eq!((alarms.trips[0].cause, alarms.trips[0].to), (Cause::Volatility, TradingState::ReduceOnly));
    assert!(alarms.trips[0].value > 2.0);
}

#[test]
fn a_market_that_never_moved_is_calm() {
    let mut monitor = RiskMonitor::new(1, MonitorRules::default()).unwrap();
    for count in 0..=40 {
        monitor.observe_bar(BTC, 100.0, Span::DAY, day(count));
    }
    assert!(monitor.observe_book(100.0, &[held(BTC, 10.0)], day(40)).is_empty());
}

#[test]
fn three_days_beyond_the_forecast_halt_the_gate() {
    let mut monitor = told(MonitorRules::default());
    let mut gate = gate();
    let book = [held(BTC, 10.0)];
    // A day that began with 0.1 % at risk and lost 1 % is one; a deposit is no gain that hides it.
    let mut equity = 100.0;
    assert!(!monitor.observe_book(equity, &book, day(40)).beyond_value_at_risk);
    let mut changes = vec![];
    for count in 41..=43 {
        equity *= 0.99;
        let noon = day(count).before(Span::HOUR);
        assert!(!monitor.observe_book(equity, &book, noon).beyond_value_at_risk, "the day is not over");
        monitor.observe_deposit(50.0);
        equity += 50.0;
        let alarms = monitor.observe_book(equity, &book, day(count));
        assert!(alarms.beyond_value_at_risk, "day {count}");
        changes.extend(gate.heed(&alarms, day(count)));
    }
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].to, changes[0].cause), (TradingState::Halted, Cause::ValueAtRiskBreaches));
    assert!(!monitor.observe_book(equity, &book, day(44)).beyond_value_at_risk, "nothing was lost");
}

#[test]
fn the_gate_obeys_the_tightest_alarm_and_tells_the_whole_way() {
    let trip = |to, cause| Trip { to, cause, value: 2.0, limit: 1.0 };
    let mut gate = gate();
    let alarms = Alarms {
        trips: vec![
            trip(TradingState::ReduceOnly, Cause::Volatility),
            trip(TradingState::Halted, Cause::PortfolioRisk),
            trip(TradingState::ReduceOnly, Cause::LosingStreak),
        ],
        ..Alarms::default()
    };
    let change = gate.heed(&alarms, day(0)).unwrap();
    assert_eq!((change.from, change.to), (TradingState::Active, TradingState::Halted));
    assert_eq!(change.cause, Cause::PortfolioRisk);
    assert_eq!(gate.heed(&alarms, day(0)), None);
    assert_eq!(gate.heed(&Alarms::default(), day(0)), None);
    let warned = told(MonitorRules::default()).observe_mark(100.0, 800.0, None, day(0)).levels;
    assert!(!warned.is_empty() && Alarms::default().is_empty());
    for one in [
        alarms,
        Alarms { levels: warned, ..Alarms::default() },
        Alarms { beyond_value_at_risk: true, ..Alarms::default() },
    ] {
        assert!(!one.is_empty(), "{one:?}");
    }
}

#[test]
fn rules_that_contradict_themselves_are_refused_by_key() {
    let refused = |rules| RiskMonitor::new(1, rules).unwrap_err().key;
    let rules = MonitorRules::default;
    assert_eq!(refused(MonitorRules { least_returns: 1, ..rules() }), "least_returns");
    assert_eq!(refused(MonitorRules { window: 29, ..rules() }), "window");
    assert_eq!(refused(MonitorRules { newest: 0, ..rules() }), "newest");
    assert_eq!(refused(MonitorRules { newest: 501, ..rules() }), "newest");
    let wild = MonitorRules { volatility_multiple: Cap::At(f64::NAN), ..rules() };
    assert_eq!(refused(wild), "breakers.volatility_multiple");
    assert!(RiskMonitor::new(1, MonitorRules { least_returns: 2, window: 2, newest: 2, ..rules() }).is_ok());
}

#[test]
fn the_defaults_are_those_that_were_agreed() {
    let monitor = MonitorLimits::default();
    let share = |cap: Cap<autotrading_domain::Rate>| cap.at().unwrap().to_f64();
    assert_eq!((share(monitor.value_at_risk), share(monitor.expected_shortfall)), (0.02, 0.03));
    assert_eq!((share(monitor.concentration), share(monitor.correlation)), (0.2, 0.7));
    assert_eq!((share(monitor.liquidation_probability), share(monitor.daily_loss)), (0.005, 0.02));
    assert_eq!((share(monitor.drawdown), monitor.gross_leverage.at().unwrap().to_f64()), (0.1, 10.0));
    assert_eq!((monitor.levels.warning, monitor.levels.critical), (0.7, 0.9));
    let stages = [MonitorLimits::production(), MonitorLimits::staging(), MonitorLimits::paper()];
    assert_eq!(stages.map(|stage| stage.gross_leverage.at().unwrap().to_f64()), [10.0, 3.0, 2.0]);
    let cluster = *RiskLimits::production().cluster.at().unwrap();
    assert_eq!((cluster.correlation.to_f64(), cluster.share.to_f64()), (0.7, 3.0));
    for (limits, leverage) in
        [(RiskLimits::production(), 10.0), (RiskLimits::staging(), 3.0), (RiskLimits::paper(), 2.0)]
    {
        assert_eq!(limits.gross_leverage.at().unwrap().to_f64(), leverage);
        assert_eq!(limits.margin_leverage, limits.gross_leverage);
        assert_eq!((share(limits.daily_loss.reduce_only), share(limits.daily_loss.halted)), (0.02, 0.05));
        assert_eq!((share(limits.drawdown.reduce_only), share(limits.drawdown.halted)), (0.1, 0.12));
        assert_eq!(share(limits.concentration), 0.2);
        let breakers = limits.breakers.at().unwrap();
        assert_eq!((breakers.breaches, breakers.breach_days, breakers.volatility_multiple), (3, 30, 3.0));
        let errors = (breakers.error_share, breakers.least_requests, breakers.error_seconds);
        assert_eq!(errors, (0.10, 50, 300));
    }
    assert_eq!(MonitorRules::default().volatility_multiple, Cap::At(3.0));
    let names: Vec<_> = Scenario::historical().iter().map(|crash| crash.name[..7].to_owned()).collect();
    assert_eq!(names, ["2020-03", "2021-05", "2022-11", "2025-10"]);
}

/// A measurement as it comes in practice and as it comes from hell.
fn any_measurement() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 50.0f64..150.0,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, f64::MAX, 5e-324]),
    ]
}

proptest! {
    // Each case makes up to 100 calls of the monitor, and four of the gate for each: PROPTEST_CASES=5000 makes more than
    // a million.
    #[test]
    fn the_monitor_never_panics_and_never_says_a_number_that_is_none(
        calls in prop::collection::vec((0u8..8, 0u32..3, any_measurement(), any_measurement(), any::<i64>()), 1..100),
        model in prop::sample::select(vec![
            TailModel::Historical, TailModel::Normal, TailModel::CornishFisher, TailModel::ExtremeValue { level: 0.9 },
        ]),
    ) {
        let small = MonitorRules { model, window: 40, least_returns: 3, newest: 3, ..MonitorRules::default() };
        let mut monitor = RiskMonitor::new(2, small).unwrap();
        let mut gate = gate();
        let mut state = gate.state();
        for ((call, instrument, one, two, wild), count) in calls.into_iter().zip(0..) {
            let (id, moment) = (InstrumentId(instrument), if call == 7 { Timestamp::from_nanos(wild) } else { day(count) });
            let alarms = match call {
                0..=3 => {
                    monitor.observe_bar(InstrumentId(instrument % 2), one, Span::DAY, moment);
                    Alarms::default()
                }
                4 => monitor.observe_mark(one, two, gate.losses(), moment),
                5 => {
                    monitor.observe_deposit(one);
                    monitor.observe_bar(id, two, Span::from_nanos(wild), moment);
                    Alarms::default()
                }
                _ => {
                    let liquidation = if wild % 2 == 0 { at("90") } else { Liquidation::Never };
                    let first = MonitoredPosition { instrument: id, notional: one, mark: two, liquidation };
                    let second = MonitoredPosition { notional: -two, ..held(ETH, 0.0) };
                    let book = [first, second];
                    monitor.observe_book(two * 10.0, &book[..wild.unsigned_abs() as usize % 3], moment)
                }
            };
            for change in &alarms.levels {
                prop_assert!(change.value.is_none_or(f64::is_finite) && change.from != change.to);
            }
            prop_assert!(alarms.trips.iter().all(|trip| trip.value.is_finite() && trip.limit.is_finite()));
            gate.observe_request(call % 2 == 0, moment);
            gate.observe_trade(one - 100.0, moment);
            gate.observe_volatility(one, two, moment);
            gate.heed(&alarms, moment);
            prop_assert!(gate.state() >= state, "nothing loosens by itself");
            state = gate.state();
            let text = serde_json::to_string(&gate.snapshot()).unwrap();
            prop_assert_eq!(serde_json::from_str::<GateSnapshot>(&text).unwrap(), gate.snapshot());
        }
    }
}
