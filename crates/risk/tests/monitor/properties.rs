//! Sentences for a risk manager about measured risk.

use autotrading_domain::Timestamp;
use autotrading_risk::*;
use autotrading_statistics::Decay;
use ndarray::{Array1, Array2};
use proptest::prelude::*;

fn models() -> impl Strategy<Value = TailModel> {
    let decay = Decay::from_lambda(0.94).unwrap();
    prop::sample::select(vec![
        TailModel::Historical,
        TailModel::Normal,
        TailModel::StudentT { degrees_of_freedom: None },
        TailModel::StudentT { degrees_of_freedom: Some(4.0) },
        TailModel::FilteredHistorical { decay },
        TailModel::MonteCarlo { draws: 500, seed: 7, degrees_of_freedom: None },
        TailModel::MonteCarlo { draws: 500, seed: 7, degrees_of_freedom: Some(5.0) },
    ])
}

fn returns() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-0.1f64..0.1, 30..120)
}

/// Exposures and a covariance that is one, made of factors.
fn books() -> impl Strategy<Value = (Array1<f64>, Array2<f64>)> {
    (1usize..7).prop_flat_map(|n| {
        let exposures = prop::collection::vec(-1e5f64..1e5, n).prop_map(Array1::from);
        let factors = prop::collection::vec(-0.05f64..0.05, n * n)
            .prop_map(move |raw| Array2::from_shape_vec((n, n), raw).unwrap());
        (
            exposures,
            factors
                .prop_map(|factors| factors.dot(&factors.t()) + Array2::<f64>::eye(factors.nrows()) * 1e-5),
        )
    })
}

proptest! {
    #[test]
    fn a_larger_confidence_never_gives_a_smaller_loss(r in returns(), model in models(), low in 0.6f64..0.98, more in 0.001f64..0.015) {
        let [small, large] = [low, low + more].map(|confidence| tail_risk(&r, model, confidence, 1).unwrap());
        prop_assert!(large.value_at_risk >= small.value_at_risk - 1e-12);
        prop_assert!(large.expected_shortfall >= small.expected_shortfall - 1e-12);
        prop_assert!(small.expected_shortfall >= small.value_at_risk - 1e-12);
    }

    #[test]
    fn risk_scales_with_the_book(r in returns(), model in models(), factor in 0.1f64..10.0) {
        let scaled: Vec<f64> = r.iter().map(|gain| gain * factor).collect();
        let one = tail_risk(&r, model, 0.95, 1).unwrap();
        let many = tail_risk(&scaled, model, 0.95, 1).unwrap();
        prop_assert!((many.value_at_risk - factor * one.value_at_risk).abs() < 1e-9 * (1.0 + many.value_at_risk.abs()));
    }

    #[test]
    fn historical_cvar_of_a_sum_is_at_most_the_sum_of_cvars(pairs in prop::collection::vec((-0.1f64..0.1, -0.1f64..0.1), 20..100)) {
        let risk = |r: Vec<f64>| tail_risk(&r, TailModel::Historical, 0.9, 1).unwrap();
        let (a, b) = (risk(pairs.iter().map(|p| p.0).collect()), risk(pairs.iter().map(|p| p.1).collect()));
        let both = risk(pairs.iter().map(|p| p.0 + p.1).collect());
        let interpolation = 1e-12 + (both.expected_shortfall - both.value_at_risk).abs() * 1e-12;
        prop_assert!(both.expected_shortfall <= a.expected_shortfall + b.expected_shortfall + interpolation);
    }

    #[test]
    fn component_value_at_risk_sums_to_the_total((exposures, covariance) in books()) {
        let split = split_risk(exposures.view(), covariance.view(), 0.95).unwrap();
        let sum: f64 = split.component.iter().sum();
        prop_assert!((sum - split.total).abs() <= 1e-9 * (1.0 + split.total));
    }

    #[test]
    fn marginal_risk_is_the_slope_of_incremental_risk((exposures, covariance) in books(), pick in any::<usize>()) {
        let split = split_risk(exposures.view(), covariance.view(), 0.95).unwrap();
        prop_assume!(split.total > 1.0);
        let pick = pick % exposures.len();
        let mut change = Array1::zeros(exposures.len());
        change[pick] = 1e-3;
        let slope = incremental_risk(exposures.view(), change.view(), covariance.view(), 0.95).unwrap() / 1e-3;
        prop_assert!((slope - split.marginal[pick]).abs() < 1e-4 + 1e-3 * slope.abs());
    }

    #[test]
    fn closing_everything_takes_all_the_risk_away((exposures, covariance) in books()) {
        let total = split_risk(exposures.view(), covariance.view(), 0.95).unwrap().total;
        let change = exposures.mapv(|exposure| -exposure);
        let gone = incremental_risk(exposures.view(), change.view(), covariance.view(), 0.95).unwrap();
        prop_assert!((gone + total).abs() <= 1e-9 * (1.0 + total));
    }

    #[test]
    fn liquidation_is_likelier_nearer_by_volatility_and_with_time(
        distance in 0.01f64..1.0, volatility in 0.01f64..0.2, horizon in 0.1f64..10.0, drift in -0.05f64..0.05,
    ) {
        let risk = |distance: f64, volatility: f64, horizon: f64| {
            let barrier = Barrier { mark: 100.0, liquidation: 100.0 * distance.exp(), volatility, drift_away: drift, horizon };
            let risk = liquidation_risk(&barrier).unwrap();
            assert!((0.0..=1.0).contains(&risk.normal) && (0.0..=1.0).contains(&risk.fat_tailed));
            risk
        };
        let here = risk(distance, volatility, horizon);
        prop_assert!(risk(distance * 1.1, volatility, horizon).probability() <= here.probability() + 1e-12);
        prop_assert!(risk(distance, volatility, horizon * 1.1).normal >= here.normal - 1e-9);
        prop_assert!(risk(distance, volatility * 1.1, horizon).fat_tailed >= here.fat_tailed - 1e-12);
    }

    #[test]
    fn stress_adds_up_and_a_hedge_helps(notional in 1.0f64..1e6, equity in 1.0f64..1e6) {
        for crash in Scenario::historical() {
            let long = StressedPosition { asset: "BTC", notional, beta: 1.0 };
            let short = StressedPosition { notional: -notional, ..long.clone() };
            let alone = crash.apply(std::slice::from_ref(&long), equity).unwrap();
            prop_assert!(alone.profit < 0.0 && alone.profit >= -notional);
            let hedged = crash.apply(&[long, short], equity).unwrap();
            prop_assert_eq!(hedged.profit, 0.0);
            prop_assert_eq!(hedged.by_position.iter().sum::<f64>(), hedged.profit);
        }
    }

    #[test]
    fn a_level_never_looks_better_than_it_is(value in any::<f64>(), limit in any::<f64>()) {
        let watch = LevelWatch::new("x", limit, LevelShares::default());
        let level = watch.level_of(value);
        if value.is_nan() || limit.is_nan() || limit <= 0.0 || value >= limit {
            prop_assert_eq!(level, Level::Breached);
        } else {
            prop_assert!(level < Level::Breached);
        }
        let _ = LevelWatch::new("x", limit, LevelShares::default()).observe(value, Timestamp::EPOCH);
    }
}
