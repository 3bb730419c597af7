//! A book looked at from all sides, and whether its forecasts held.

use autotrading_domain::{InstrumentId, Liquidation, Span, Timestamp};
use autotrading_risk::*;

const BTC: InstrumentId = InstrumentId(0);
const ETH: InstrumentId = InstrumentId(1);

fn day(count: i64) -> Timestamp {
    Timestamp::EPOCH.after(Span::DAY.times(count))
}

fn held(instrument: InstrumentId, notional: f64) -> MonitoredPosition {
    MonitoredPosition { instrument, notional, mark: 100.0, liquidation: Liquidation::Never }
}

/// Two that move apart: the first by 2 % every other day, the second by 3 % every two days.
fn told() -> RiskMonitor {
    let mut monitor = RiskMonitor::new(2, MonitorRules::default()).unwrap();
    let (mut one, mut other) = (100.0, 100.0);
    for count in 0..=400 {
        monitor.observe_bar(BTC, one, Span::DAY, day(count));
        monitor.observe_bar(ETH, other, Span::DAY, day(count));
        one *= if count % 2 == 0 { 1.02 } else { 0.98 };
        other *= if count / 2 % 2 == 0 { 1.03 } else { 0.97 };
    }
    monitor
}

#[test]
fn what_positions_contribute_adds_up_and_closing_one_leaves_the_other() {
    let view =
        told().look_at_book(1_000.0, &[held(BTC, 300.0), held(ETH, 400.0)], &["BTC", "ETH"], &[]).unwrap();
    let z = 1.6448536269514722;
    let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 0.01, "{got} is not {want}");
    near(view.normal_value_at_risk, z * 180.0_f64.sqrt()); // sqrt(6^2 + 12^2)
    let parts: Vec<f64> = view.positions.iter().map(|held| held.component).collect();
    assert!((parts.iter().sum::<f64>() - view.normal_value_at_risk).abs() < 1e-9);
    near(parts[0] / view.normal_value_at_risk, 0.2); // 36 of 180
    near(view.positions[0].without, z * (12.0 - 180.0_f64.sqrt()));
    near(view.positions[1].without, z * (6.0 - 180.0_f64.sqrt()));
    near(view.positions[1].marginal, parts[1] / 400.0);
    assert!((view.herfindahl - (9.0 + 16.0) / 49.0).abs() < 1e-12);
    assert!(view.value_at_risk > 0.0 && view.expected_shortfall >= view.value_at_risk);
}

#[test]
fn a_hedge_contributes_less_than_nothing_and_a_crash_is_told_by_asset() {
    let mut monitor = RiskMonitor::new(2, MonitorRules::default()).unwrap();
    for count in 0..=60 {
        let close = if count % 2 == 0 { 100.0 } else { 104.0 };
        monitor.observe_bar(BTC, close, Span::DAY, day(count));
        monitor.observe_bar(ETH, close, Span::DAY, day(count));
    }
    let book = [held(BTC, 1_000.0), held(ETH, -400.0)];
    let view = monitor.look_at_book(1_000.0, &book, &["BTC", "ETH"], &Scenario::historical()).unwrap();
    assert!(view.positions[1].component < 0.0 && view.positions[1].without > 0.0, "{view:?}");
    assert_eq!(view.stress.len(), 4);
    let march = &view.stress[0];
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    near(march.by_position[0], -500.0); // 50 % down
    near(march.by_position[1], 220.0); // 55 % down
    near(march.equity_after, 720.0);
    let text = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<BookView>(&text).unwrap(), view);
}

#[test]
fn a_book_that_cannot_be_looked_at_is_refused() {
    let monitor = told();
    let look = |positions: &[MonitoredPosition], assets: &[&str], equity| {
        monitor.look_at_book(equity, positions, assets, &[]).unwrap_err().to_string()
    };
    assert_eq!(look(&[], &[], 1.0), "assets of the positions: 0 given, 1 required");
    assert_eq!(look(&[held(BTC, 1.0)], &[], 1.0), "assets of the positions: 0 given, 1 required");
    let stranger = held(InstrumentId(7), 1.0);
    assert_eq!(look(&[stranger], &["X"], 1.0), "instruments that are followed: 0 given, 1 required");
    assert!(monitor.look_at_book(0.0, &[held(BTC, 1.0)], &["BTC"], &[]).is_err());
    assert!(monitor.look_at_book(1.0, &[held(BTC, f64::NAN)], &["BTC"], &[]).is_err());
    let young = RiskMonitor::new(1, MonitorRules::default()).unwrap();
    let error = young.look_at_book(1.0, &[held(BTC, 1.0)], &["BTC"], &[]).unwrap_err();
    assert_eq!(error.to_string(), "shared returns: 0 given, 30 required");
}

#[test]
fn the_joint_probability_is_simulated_where_the_sum_over_positions_would_be_a_warning() {
    let at = |price: &str| Liquidation::At(autotrading_domain::Price::new(price.parse().unwrap()).unwrap());
    let near = |instrument| MonitoredPosition { liquidation: at("96"), ..held(instrument, 10.0) };
    let told_with = |limit: i64, joint_liquidation: Cap<JointRules>| {
        let probability = Cap::At(autotrading_domain::Rate::basis_points(limit));
        let limits = MonitorLimits { liquidation_probability: probability, ..MonitorLimits::default() };
        let rules = MonitorRules { limits, joint_liquidation, ..MonitorRules::default() };
        let mut monitor = RiskMonitor::new(2, rules).unwrap();
        monitor.restore(&told().snapshot());
        monitor.observe_book(1_000.0, &[near(BTC), near(ETH)], day(400));
        let mut readings = monitor.readings();
        readings.find(|own| own.measure == RiskMeasure::LiquidationProbability).unwrap().value.unwrap()
    };
    let sum = told_with(50, Cap::Off);
    let joint = told_with(50, Cap::At(JointRules { paths: 20_000, ..JointRules::default() }));
    assert!(joint < 0.99 * sum && joint > 0.8 * sum, "two that move apart: {joint} of {sum}");
    assert_eq!(told_with(9_900, Cap::At(JointRules::default())), sum, "no warning: the bound is enough");
    let monitor = PortfolioMonitor::new(&MonitorLimits::default()).unwrap();
    assert_eq!(monitor.limit(RiskMeasure::LiquidationProbability), Some(0.005));
    assert_eq!(monitor.limit(RiskMeasure::Correlation), Some(0.7));
}

#[test]
fn a_day_ends_when_the_house_says_and_not_at_midnight() {
    let hour = |count: i64| Timestamp::EPOCH.after(Span::HOUR.times(400 * 24 + count));
    let judged_at = |day_starts: Span| {
        let mut monitor =
            RiskMonitor::new(2, MonitorRules { day_starts, ..MonitorRules::default() }).unwrap();
        monitor.restore(&told().snapshot());
        // Held flat, so that only the loss between the ends of two days is judged.
        let equity = |count: i64| if count < 26 { 10_000.0 } else { 5_000.0 };
        (0..60).find(|count| {
            monitor.observe_book(equity(*count), &[held(BTC, 10_000.0)], hour(*count)).beyond_value_at_risk
        })
    };
    assert_eq!(judged_at(Span::ZERO), Some(48));
    assert_eq!(judged_at(Span::HOUR.times(2)), Some(26));
    let late = MonitorRules { day_starts: Span::DAY, ..MonitorRules::default() };
    assert_eq!(RiskMonitor::new(1, late).unwrap_err().key, "day_starts");
}

#[test]
fn the_days_that_had_a_forecast_are_judged_over_restarts_too() {
    let mut monitor = told();
    assert!(monitor.forecast_test().is_err(), "no day has ended yet");
    let mut equity = 10_000.0;
    for count in 400..500 {
        if count == 450 {
            let text = serde_json::to_string(&monitor.snapshot()).unwrap();
            let mut next = told();
            next.restore(&serde_json::from_str::<MonitorSnapshot>(&text).unwrap());
            monitor = next;
        }
        monitor.observe_book(equity, &[held(BTC, 10_000.0)], day(count));
        equity -= if count % 20 == 10 { 900.0 } else { -10.0 };
        if count == 480 {
            monitor.observe_book(equity, &[], day(count)); // sold within the day: the forecast of the morning counts
        }
    }
    let test = monitor.forecast_test().unwrap();
    assert_eq!((test.breaches.len(), test.count), (99, 5));
    assert!(test.coverage.p_value < 0.01, "five of a hundred are too many: {:?}", test.coverage);
    assert!(test.independence.p_value > 0.05, "and lie far apart: {:?}", test.independence);
}
