//! Which strategy is listened to in which market.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

use std::collections::BTreeMap;

use autotrading_domain::{RegimeEstimate, RegimeLabel, VolatilityLevel};
use autotrading_strategy::{Blend, StrategyMatrix, Weighing};
use proptest::prelude::*;

const ALL: [&str; 5] =
    ["trend-following", "momentum", "mean-reversion", "range-trading", "funding-arbitrage"];

fn regime(label: RegimeLabel, volatility_level: VolatilityLevel, confidence: f64) -> RegimeEstimate {
    let probabilities = RegimeLabel::ALL.map(|other| f64::from(u8::from(other == label)));
    RegimeEstimate { label, probabilities, confidence, volatility_level, ..RegimeEstimate::UNKNOWN }
}

fn weights(names: &[&str], regime: &RegimeEstimate) -> (Vec<f64>, f64) {
    let mut weights = vec![0.0; names.len()];
    let cash = StrategyMatrix::standard().weighing(names).unwrap().weigh(regime, &mut weights);
    (weights, cash)
}

fn close(ours: &[f64], theirs: &[f64]) -> bool {
    ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-12)
}

#[test]
fn the_standard_matrix_is_the_table() {
    use RegimeLabel::{Bear, Bull, Neutral, Sideways};
    use VolatilityLevel::{High, Low, Normal};
    // Trend, momentum, reversion, range, funding; and cash.
    let table = [
        (Bull, Low, [0.7, 0.3, 0.0, 0.0, 0.0], 0.0),
        (Bull, High, [0.4, 0.0, 0.0, 0.0, 0.6], 0.0),
        (Bear, Low, [0.0, 0.0, 0.6, 0.0, 0.4], 0.0),
        (Bear, High, [0.0, 0.0, 0.3, 0.0, 0.7], 0.0),
        (Sideways, Low, [0.0, 0.0, 0.0, 0.7, 0.3], 0.0),
        (Sideways, High, [0.0, 0.0, 0.0, 0.4, 0.6], 0.0),
        (Neutral, Low, [0.0, 0.0, 0.0, 0.0, 0.5], 0.5),
        (Neutral, High, [0.0, 0.0, 0.0, 0.0, 1.0], 0.0),
        (Bull, Normal, [0.55, 0.15, 0.0, 0.0, 0.3], 0.0),
        (Bear, Normal, [0.0, 0.0, 0.45, 0.0, 0.55], 0.0),
        (Sideways, Normal, [0.0, 0.0, 0.0, 0.55, 0.45], 0.0),
        (Neutral, Normal, [0.0, 0.0, 0.0, 0.0, 0.75], 0.25),
    ];
    for (label, level, want, rest) in table {
        let (ours, cash) = weights(&ALL, &regime(label, level, 0.9));
        assert!(close(&ours, &want), "{label:?}/{level:?}: {ours:?}");
        assert!((cash - rest).abs() < 1e-12, "{label:?}/{level:?}: {cash} in cash");
        // Half sure, half of it.
        let (unsure, cash) = weights(&ALL, &regime(label, level, 0.5));
        assert!(close(&unsure, &want.map(|weight| 0.5 * weight)));
        assert!((cash - 0.5 - 0.5 * rest).abs() < 1e-12);
    }
}

#[test]
fn normal_volatility_is_the_mean_of_low_and_high() {
    let (ours, cash) = weights(&ALL, &regime(RegimeLabel::Bull, VolatilityLevel::Normal, 0.9));
    assert!(close(&ours, &[0.55, 0.15, 0.0, 0.0, 0.3]), "{ours:?}");
    assert!(cash.abs() < 1e-12);
}

#[test]
fn the_weight_of_a_strategy_that_does_not_run_goes_to_cash() {
    let (ours, cash) = weights(&ALL[..4], &regime(RegimeLabel::Bear, VolatilityLevel::High, 0.9));
    assert!(close(&ours, &[0.0, 0.0, 0.3, 0.0]));
    assert!((cash - 0.7).abs() < 1e-12);
}

#[test]
fn an_unsure_regime_shrinks_all_weights_toward_cash() {
    let (ours, cash) = weights(&ALL, &regime(RegimeLabel::Bull, VolatilityLevel::Low, 0.5));
    assert!(close(&ours, &[0.35, 0.15, 0.0, 0.0, 0.0]));
    assert!((cash - 0.5).abs() < 1e-12);
}

#[test]
fn rows_are_mixed_by_probability_unless_the_switch_is_hard() {
    let mut mixed = regime(RegimeLabel::Bull, VolatilityLevel::Low, 0.9);
    mixed.probabilities = [0.6, 0.0, 0.4, 0.0];
    assert!(close(&weights(&ALL, &mixed).0, &[0.42, 0.18, 0.0, 0.28, 0.12]));
    let hard = StrategyMatrix { blend: Blend::Hard, ..StrategyMatrix::standard() };
    let mut ours = [0.0; 5];
    hard.weighing(&ALL).unwrap().weigh(&mixed, &mut ours);
    assert!(close(&ours, &[0.7, 0.3, 0.0, 0.0, 0.0]));
}

#[test]
fn strategies_of_one_name_share_its_weight() {
    let twice = ["trend-following", "trend-following"];
    let (ours, cash) = weights(&twice, &regime(RegimeLabel::Bull, VolatilityLevel::Low, 0.9));
    assert!(close(&ours, &[0.35, 0.35]));
    assert!((cash - 0.3).abs() < 1e-12);
}

#[test]
fn a_bad_matrix_is_refused_with_the_row_that_is_wrong() {
    let broken = |change: fn(&mut StrategyMatrix)| {
        let mut matrix = StrategyMatrix::standard();
        change(&mut matrix);
        matrix.weighing(&ALL).unwrap_err().to_string()
    };
    let refusal = broken(|matrix| {
        matrix.rows.pop();
    });
    assert_eq!(refusal, "Neutral/High has 0 rows: must have one");
    let refusal = broken(|matrix| matrix.rows[0].weights = BTreeMap::from([("momentum".to_owned(), -0.5)]));
    assert_eq!(refusal, "weight of momentum in Bull/Low is -0.5: must be a number in 0..=1");
    let refusal = broken(|matrix| matrix.rows[1].weights.clear());
    assert_eq!(refusal, "the weights of Bull/High add up to nothing");
    let refusal = StrategyMatrix::standard().weighing(&["sma-cross"]).unwrap_err().to_string();
    assert_eq!(refusal, "no row of the strategy matrix gives any weight to sma-cross");
}

#[test]
fn an_even_weighing_does_not_look_at_the_market() {
    let mut ours = [0.0; 2];
    assert_eq!(Weighing::even(2).weigh(&RegimeEstimate::UNKNOWN, &mut ours), 0.0);
    assert_eq!(ours, [0.5, 0.5]);
}

#[test]
fn a_matrix_reads_back_as_it_was_written() {
    let written = serde_json::to_string(&StrategyMatrix::standard()).unwrap();
    assert_eq!(serde_json::from_str::<StrategyMatrix>(&written).unwrap(), StrategyMatrix::standard());
}

proptest! {
    #[test]
    fn weights_and_cash_are_never_negative_and_add_up_to_one(
        probabilities in prop::array::uniform4(0.0..1.0f64),
        confidence in prop_oneof![0.0..1.0f64, Just(f64::NAN)],
        label in 0usize..4,
        level in prop::sample::select(vec![VolatilityLevel::Low, VolatilityLevel::Normal, VolatilityLevel::High]),
        hard in any::<bool>(),
    ) {
        let blend = if hard { Blend::Hard } else { Blend::Mixture };
        let matrix = StrategyMatrix { blend, ..StrategyMatrix::standard() };
        let estimate = RegimeEstimate {
            probabilities,
            ..regime(RegimeLabel::ALL[label], level, confidence)
        };
        let mut ours = [0.0; 5];
        let cash = matrix.weighing(&ALL).unwrap().weigh(&estimate, &mut ours);
        prop_assert!(ours.iter().all(|weight| *weight >= 0.0) && cash >= 0.0);
        prop_assert!((ours.iter().sum::<f64>() + cash - 1.0).abs() < 1e-12);
    }
}
