//! Bad input is a typed error; simulations agree with formulas.

use autotrading_domain::{Span, Timestamp};
use autotrading_risk::*;
use autotrading_statistics::Decay;
use ndarray::array;

#[test]
fn a_portfolio_whose_worst_quantile_is_a_gain_breaches_nothing() {
    let gains: Vec<f64> = (1..=100).map(|k| f64::from(k) / 1_000.0).collect();
    let risk = tail_risk(&gains, TailModel::Historical, 0.95, 1).unwrap();
    assert!(risk.value_at_risk < 0.0);
    let watch = LevelWatch::new("value_at_risk", 0.02, LevelShares::default());
    assert_eq!(watch.level_of(risk.value_at_risk), Level::Normal);
}

#[test]
fn what_cannot_be_measured_is_an_error() {
    let good = [0.01, -0.02, 0.03, -0.01];
    for confidence in [0.0, 1.0, f64::NAN, -1.0, 2.0] {
        assert!(tail_risk(&good, TailModel::Historical, confidence, 1).is_err());
    }
    for model in [
        TailModel::Historical,
        TailModel::Normal,
        TailModel::CornishFisher,
        TailModel::StudentT { degrees_of_freedom: None },
        TailModel::FilteredHistorical { decay: Decay::from_lambda(0.9).unwrap() },
        TailModel::MonteCarlo { draws: 100, seed: 1, degrees_of_freedom: None },
        TailModel::ExtremeValue { level: 0.9 },
    ] {
        assert!(tail_risk(&[], model, 0.95, 1).is_err());
        assert!(tail_risk(&[0.1, f64::NAN, 0.2], model, 0.95, 1).is_err());
        assert!(tail_risk(&good, model, 0.95, 0).is_err());
    }
    for freedom in [2.0, f64::NAN, -1.0] {
        let model = TailModel::StudentT { degrees_of_freedom: Some(freedom) };
        assert!(tail_risk(&good, model, 0.95, 1).is_err());
    }
    for freedom in [f64::INFINITY, f64::NAN, 2.0] {
        let model = TailModel::MonteCarlo { draws: 100, seed: 1, degrees_of_freedom: Some(freedom) };
        assert!(tail_risk(&good, model, 0.95, 1).is_err(), "{freedom}");
    }
    let draws = TailModel::MonteCarlo { draws: 99, seed: 1, degrees_of_freedom: None };
    assert!(tail_risk(&good, draws, 0.95, 1).is_err());
    let risk = TailRisk { value_at_risk: 0.1, expected_shortfall: 0.2 };
    assert!(risk.in_money(0.0).is_err() && risk.in_money(f64::NAN).is_err());
}

#[test]
fn a_book_and_a_covariance_must_fit() {
    let covariance = array![[0.01, 0.0], [0.0, 0.01]];
    assert!(split_risk(array![1.0].view(), covariance.view(), 0.95).is_err());
    assert!(split_risk(array![1.0, f64::NAN].view(), covariance.view(), 0.95).is_err());
    assert!(split_risk(array![1.0, 1.0].view(), covariance.view(), 0.3).is_err());
    let impossible = array![[0.01, -0.05], [-0.05, 0.01]]; // correlation -5
    let error = split_risk(array![1.0, 1.0].view(), impossible.view(), 0.95).unwrap_err();
    assert!(error.to_string().contains("positive semi-definite"), "{error}");
    let nothing = split_risk(array![0.0, 0.0].view(), covariance.view(), 0.95).unwrap();
    assert_eq!((nothing.total, nothing.component), (0.0, vec![0.0, 0.0]));
    assert!(portfolio_returns(array![1.0].view(), 1.0, covariance.view()).is_err());
    assert!(portfolio_returns(array![1.0, 1.0].view(), 0.0, covariance.view()).is_err());
    assert!(incremental_risk(array![1.0, 1.0].view(), array![1.0].view(), covariance.view(), 0.95).is_err());
    assert!(herfindahl(&[f64::INFINITY]).is_err() && herfindahl(&[]).unwrap() == 0.0);
}

#[test]
fn simulated_and_closed_forms_agree() {
    let returns: Vec<f64> = (0..500).map(|k| f64::from((k * 7_919) % 1_000 - 500) / 20_000.0).collect();
    let normal = tail_risk(&returns, TailModel::Normal, 0.95, 10).unwrap();
    let model = TailModel::MonteCarlo { draws: 200_000, seed: 11, degrees_of_freedom: None };
    let drawn = tail_risk(&returns, model, 0.95, 10).unwrap();
    assert!((drawn.value_at_risk / normal.value_at_risk - 1.0).abs() < 0.02);
    assert!((drawn.expected_shortfall / normal.expected_shortfall - 1.0).abs() < 0.02);
    assert_eq!(tail_risk(&returns, model, 0.95, 10).unwrap(), drawn, "the same seed gives the same number");
}

#[test]
fn filtered_history_speaks_of_the_volatility_of_now() {
    let calm_then_wild: Vec<f64> =
        (0..400).map(|t| if t % 2 == 0 { 1.0 } else { -1.0 } * if t < 300 { 0.005 } else { 0.03 }).collect();
    let decay = Decay::from_lambda(0.94).unwrap();
    let now = tail_risk(&calm_then_wild, TailModel::FilteredHistorical { decay }, 0.9, 1).unwrap();
    let past = tail_risk(&calm_then_wild[..300], TailModel::FilteredHistorical { decay }, 0.9, 1).unwrap();
    assert!(now.value_at_risk > 4.0 * past.value_at_risk);
    assert_eq!(rescaled(&[0.01, -0.02], &[0.01, 0.04], 0.02).unwrap(), [0.02, -0.01]);
    assert!(rescaled(&[0.01], &[0.0], 0.02).is_err() && rescaled(&[0.01], &[], 0.02).is_err());
}

#[test]
fn joint_liquidation_agrees_with_one_barrier_and_counts_either_of_two() {
    let rules = |paths, steps| JointRules { paths, steps, seed: 3 };
    let many = rules(20_000, 4);
    let one = joint_liquidation_risk(&[-0.1], array![[0.0025]].view(), &many).unwrap();
    let barrier =
        Barrier { mark: 1.0, liquidation: (-0.1f64).exp(), volatility: 0.05, drift_away: 0.0, horizon: 1.0 };
    let exact = liquidation_risk(&barrier).unwrap();
    assert!((one.normal / exact.normal - 1.0).abs() < 0.05, "{one:?} {exact:?}");
    assert!((one.fat_tailed / exact.fat_tailed - 1.0).abs() < 0.05, "{one:?} {exact:?}");
    let finer = joint_liquidation_risk(&[-0.1], array![[0.0025]].view(), &rules(20_000, 12)).unwrap();
    assert!((one.normal / finer.normal - 1.0).abs() < 0.07, "steps do not matter: {one:?} {finer:?}");
    let both = array![[0.0025, 0.0], [0.0, 0.0025]];
    let two = joint_liquidation_risk(&[-0.1, 0.1], both.view(), &many).unwrap();
    let independent = 1.0 - (1.0 - exact.normal) * (1.0 - exact.normal);
    assert!((two.normal / independent - 1.0).abs() < 0.05, "{two:?} {independent}");
    assert_eq!(
        joint_liquidation_risk(&[-0.1, 0.1], both.view(), &many).unwrap(),
        two,
        "the same seed, the same number"
    );
    for (distances, steps, paths) in [(&[-0.1, f64::NAN][..], 1, 1), (&[-0.1], 1, 1), (&[-0.1, 0.1], 0, 1)] {
        assert!(joint_liquidation_risk(distances, both.view(), &rules(paths, steps)).is_err());
    }
}

#[test]
fn drift_toward_the_barrier_hurts_and_extremes_stay_probabilities() {
    let at = |drift_away, distance: f64, volatility| {
        let barrier =
            Barrier { mark: 1.0, liquidation: (-distance).exp(), volatility, drift_away, horizon: 1.0 };
        liquidation_risk(&barrier).unwrap()
    };
    assert!(at(-0.05, 0.1, 0.05).normal > at(0.0, 0.1, 0.05).normal);
    assert!(at(0.05, 0.1, 0.05).normal < at(0.0, 0.1, 0.05).normal);
    for drift in [-1e6, -10.0, 10.0, 1e6] {
        for volatility in [1e-6, 1.0, 1e3] {
            assert!((0.0..=1.0).contains(&at(drift, 0.5, volatility).probability()), "{drift} {volatility}");
        }
    }
    let bad = Barrier { mark: 1.0, liquidation: 0.5, volatility: 0.0, drift_away: 0.0, horizon: 1.0 };
    assert!(liquidation_risk(&bad).is_err());
    assert!(liquidation_risk(&Barrier { volatility: 0.1, liquidation: f64::NAN, ..bad }).is_err());
}

#[test]
fn an_impossible_shock_or_book_is_refused() {
    let mut mine = Scenario { name: "mine".into(), source: "me".into(), shocks: [].into(), others: -0.5 };
    let position = |beta| StressedPosition { asset: "ABC", notional: 100.0, beta };
    assert_eq!(mine.apply(&[position(4.0)], 1.0).unwrap().profit, -100.0, "nothing falls below zero");
    assert!(mine.apply(&[position(f64::NAN)], 1.0).is_err());
    assert!(mine.apply(&[position(1.0)], 0.0).is_err());
    mine.shocks.insert("ABC".into(), -1.1);
    assert!(mine.apply(&[position(1.0)], 1.0).is_err());
    let text = serde_json::to_string(&Scenario::historical()).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Scenario>>(&text).unwrap(), Scenario::historical());
}

#[test]
fn drawdown_refuses_what_is_no_equity_and_keeps_what_it_knew() {
    let mut monitor = DrawdownMonitor::default();
    assert!(
        monitor.observe(0.0, Timestamp::EPOCH).is_err()
            && monitor.observe(f64::NAN, Timestamp::EPOCH).is_err()
    );
    monitor.observe(100.0, Timestamp::EPOCH).unwrap();
    assert!(monitor.observe(f64::INFINITY, Timestamp::EPOCH).is_err());
    let later = Timestamp::EPOCH.after(Span::DAY);
    assert_eq!(monitor.observe(-20.0, later).unwrap().drawdown, 1.2);
    let text = serde_json::to_string(&monitor).unwrap();
    assert_eq!(serde_json::from_str::<DrawdownMonitor>(&text).unwrap(), monitor);
    assert_eq!(monitor.longest(), Span::DAY);
}

#[test]
fn a_trade_without_profit_or_loss_neither_adds_to_a_streak_nor_ends_it() {
    let mut streak = LossStreak::default();
    let counts: Vec<u32> = [-1.0, 0.0, f64::NAN, 0.0, 1.0, 0.0].map(|profit| streak.observe(profit)).to_vec();
    assert_eq!(counts, [1, 1, 2, 2, 0, 0]);
}

#[test]
fn forecasts_and_returns_must_fit() {
    assert!(test_forecasts(&[0.1, 0.2], &[0.1], 0.95).is_err());
    assert!(test_forecasts(&[0.1, f64::NAN], &[0.1, 0.1], 0.95).is_err());
    assert!(rolling_value_at_risk(&[0.1], 0, 0.95).is_err());
    assert!(rolling_value_at_risk(&[0.1, 0.2], 1, f64::NAN).is_err());
    let test = test_forecasts(&[-0.2, 0.1, -0.05, 0.3], &[0.1; 4], 0.75).unwrap();
    assert_eq!((test.count, test.breaches), (1, vec![true, false, false, false]));
}
