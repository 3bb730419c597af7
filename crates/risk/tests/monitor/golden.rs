//! Golden numbers of other libraries on the same returns: daily closes of a stock index, 1999 to 2018.

use autotrading_risk::{TailModel, rolling_value_at_risk, tail_risk, test_forecasts};

/// The closes are carried by the statistics crate, with their attribution.
pub(crate) fn returns() -> Vec<f64> {
    let file = include_str!("../../../statistics/tests/data/spx_adjclose_5031.csv");
    let prices: Vec<f64> =
        file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
    prices.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn assert_near(got: f64, want: f64, relative: f64) {
    assert!((got - want).abs() <= relative * want.abs(), "{got:?} is not {want:?}");
}

#[test]
fn there_are_5030_returns() {
    assert_eq!(returns().len(), 5_030);
}

#[test]
fn historical_value_at_risk_and_coherent_shortfall() {
    for (confidence, var, es) in [
        (0.95, 0.01864332974449528, 0.028629073156617856),
        (0.975, 0.02472398290847846, 0.03576655631147832),
        (0.99, 0.03305941758920985, 0.04707895541215638),
    ] {
        let risk = tail_risk(&returns(), TailModel::Historical, confidence, 1).unwrap();
        assert!((risk.value_at_risk - var).abs() <= 1e-15 && (risk.expected_shortfall - es).abs() <= 1e-15);
    }
}

#[test]
fn normal_value_at_risk_and_shortfall() {
    for (confidence, var, es) in [
        (0.95, 0.01957452750068776, 0.024601682517618247),
        (0.975, 0.02336553817785075, 0.027911218507282894),
        (0.99, 0.027773407369035715, 0.03185022016187513),
    ] {
        let risk = tail_risk(&returns(), TailModel::Normal, confidence, 1).unwrap();
        assert_near(risk.value_at_risk, var, 1e-12);
        assert_near(risk.expected_shortfall, es, 1e-12);
    }
}

#[test]
fn cornish_fisher_is_refused_outside_its_monotone_domain_and_taken_inside() {
    // Skewness -0.020 and excess kurtosis 8.336: a larger confidence could give a smaller loss.
    assert!(tail_risk(&returns(), TailModel::CornishFisher, 0.95, 1).is_err());
    // Over ten days the kurtosis has shrunk to 0.834.
    let ten = tail_risk(&returns(), TailModel::CornishFisher, 0.99, 10).unwrap();
    let normal = tail_risk(&returns(), TailModel::Normal, 0.99, 10).unwrap();
    assert!(ten.value_at_risk > normal.value_at_risk);
}

#[test]
fn extreme_value_tail_by_peaks_over_threshold() {
    for (confidence, var, es) in [
        (0.95, 0.018660039000952783, 0.02863616353685282),
        (0.975, 0.024820664132587468, 0.03594019568681266),
        (0.99, 0.034061299515621514, 0.04689588548802413),
    ] {
        let risk = tail_risk(&returns(), TailModel::ExtremeValue { level: 0.95 }, confidence, 1).unwrap();
        assert_near(risk.value_at_risk, var, 1e-6);
        assert_near(risk.expected_shortfall, es, 1e-6);
    }
}

#[test]
fn rolling_forecasts_and_their_tests() {
    let r = returns();
    for (confidence, first, last, sum, count, kupiec, kupiec_p, independence, independence_p) in [
        (
            0.95,
            0.017989642778329484,
            0.020690117153803776,
            85.36395926522228,
            267,
            3.3322520027118117,
            0.06793379830640314,
            25.0001952679294,
            5.732450849778141e-07,
        ),
        (
            0.99,
            0.02268024805738087,
            0.03261955918575611,
            135.17506646920265,
            81,
            19.276079465078624,
            1.1311464969913592e-05,
            6.0094473472798775,
            0.014229483454647513,
        ),
    ] {
        let forecasts = rolling_value_at_risk(&r, 250, confidence).unwrap();
        assert_eq!(forecasts.len(), 4_780);
        assert!((forecasts[0] - first).abs() <= 1e-15 && (forecasts[4_779] - last).abs() <= 1e-15);
        assert_near(forecasts.iter().sum(), sum, 1e-12);
        let test = test_forecasts(&r[250..], &forecasts, confidence).unwrap();
        assert_eq!(test.count, count);
        assert_near(test.coverage.statistic, kupiec, 1e-9);
        assert_near(test.coverage.p_value, kupiec_p, 1e-9);
        assert_near(test.independence.statistic, independence, 1e-9);
        assert_near(test.independence.p_value, independence_p, 1e-9);
    }
}
