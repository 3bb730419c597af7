//! Nothing that a decision may see knows a later bar, shown by changing what comes later; what does know it is caught.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{Bar, RegimeEstimate, Span, Timestamp};
use autotrading_regime::garch::{ConditionalVariance, Dynamics, Errors, GarchParameters, VolatilityModel};
use autotrading_regime::hmm::{Gaussian, Hmm, HmmOptions};
use autotrading_regime::{
    ChangePointRules, ChangePoints, DetectionMethod, Detector, DetectorRules, FeatureSet, Features,
    HarStream, Hysteresis, RelativeLevel, Trend, VolatilityMethod, garman_klass_variance, parkinson_variance,
};
use autotrading_strategy::{Leak, assert_causal};
use ndarray::{Array2, array};

fn noise(t: usize) -> f64 {
    ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
}

/// A market that rises calmly for forty bars, falls wildly for as many, and so on.
fn bars(count: usize) -> Vec<Bar> {
    let mut close = 100.0;
    let mut bar = |t: usize| {
        let open = close;
        close *=
            1.0 + if (t / 40).is_multiple_of(2) { 0.003 + 0.004 * noise(t) } else { 0.02 * noise(t) - 0.005 };
        let (high, low) = (open.max(close) * 1.001, open.min(close) / 1.001);
        let (open_time, volume) = (Timestamp::from_secs(3600 * t as i64), 5.0 + noise(t + 3));
        Bar {
            open_time,
            interval: Span::HOUR,
            open,
            high,
            low,
            close,
            volume,
            closed: true,
            synthetic: false,
        }
    };
    (0..count).map(&mut bar).collect()
}

/// Log returns, none at the first bar.
fn returns(bars: &[Bar]) -> Vec<f64> {
    let last = |at: usize| bars[at.saturating_sub(1)].close;
    bars.iter().enumerate().map(|(at, bar)| (bar.close / last(at)).ln()).collect()
}

fn column(xs: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((xs.len(), 1), xs.to_vec()).unwrap()
}

fn said(rules: DetectorRules, bars: &[Bar]) -> Vec<RegimeEstimate> {
    let mut detector = Detector::new(rules).unwrap();
    bars.iter().map(|bar| *detector.observe(bar).unwrap()).collect()
}

/// Rules under which models are fitted and fitted again within few bars.
fn quick() -> DetectorRules {
    DetectorRules {
        warm_up: 60,
        training_window: 90,
        refit_interval: 30,
        level_window: 20,
        trend_half_life: 15.0,
        states: 2,
        restarts: 1,
        ..DetectorRules::default()
    }
}

#[track_caller]
fn causal(rules: DetectorRules) {
    let market = bars(220);
    let estimates = said(rules, &market);
    assert!(estimates.iter().any(|e| e.confidence != 0.5), "it says something");
    assert_eq!(assert_causal(|bars| said(rules, bars), &market, 5), Ok(()));
}

#[test]
fn a_detector_of_trends_does_not_know_the_future() {
    causal(quick());
    causal(DetectorRules { high_daily_volatility: Some(0.03), ..quick() });
}

#[test]
fn a_detector_that_fits_hidden_states_does_not_know_the_future() {
    causal(DetectorRules { method: DetectionMethod::Hmm, ..quick() });
}

#[test]
fn a_detector_that_sees_all_features_does_not_know_the_future() {
    // Six features of two states need 120 bars, and the features themselves 20.
    let (method, features) = (DetectionMethod::Hmm, FeatureSet::All);
    causal(DetectorRules { method, features, warm_up: 120, training_window: 130, ..quick() });
}

#[test]
fn a_detector_that_fits_garch_and_looks_for_changes_does_not_know_the_future() {
    let volatility = VolatilityMethod::Garch;
    causal(DetectorRules { volatility, ..quick() });
    let (method, refit_interval, change_interval) = (DetectionMethod::Hmm, 60, Some(100.0));
    causal(DetectorRules { method, volatility, refit_interval, change_interval, ..quick() });
}

/// A model that was there before the first bar.
fn given() -> Hmm {
    let laws = [(0.003, 1e-5), (-0.005, 2e-4)];
    let laws = laws.map(|(mean, variance)| Gaussian::diagonal(&[mean], &[variance]).unwrap());
    Hmm::new(&[0.5, 0.5], array![[0.95, 0.05], [0.05, 0.95]].view(), laws.to_vec()).unwrap()
}

#[test]
fn no_feature_knows_the_future() {
    let features = |bars: &[Bar]| {
        let mut features = Features::new().unwrap();
        bars.iter().map(|bar| features.observe(bar).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(features, &bars(200), 3), Ok(()));
    let ranges = |bars: &[Bar]| {
        bars.iter().map(|bar| (parkinson_variance(bar), garman_klass_variance(bar))).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(ranges, &bars(200), 3), Ok(()));
}

#[test]
fn no_filter_of_hidden_states_knows_the_future() {
    let one_by_one = |bars: &[Bar]| {
        let mut filter = given().forward_filter();
        returns(bars).iter().map(|r| filter.observe(&[*r]).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(one_by_one, &bars(200), 3), Ok(()));
    let at_once = |bars: &[Bar]| given().filtered(column(&returns(bars)).view()).unwrap();
    assert_eq!(assert_causal(at_once, &bars(200), 3), Ok(()));
}

#[test]
fn no_stream_knows_the_future() {
    let variance = |bars: &[Bar]| {
        let model = VolatilityModel { dynamics: Dynamics::Gjr, errors: Errors::Normal };
        let (omega, alpha, gamma, beta) = (1e-6, 0.05, 0.05, 0.9);
        let p = GarchParameters { omega, alpha, gamma, beta, ..GarchParameters::ZERO };
        let mut variance = ConditionalVariance::new(model, p, 1e-4).unwrap();
        returns(bars).iter().map(|r| variance.observe(*r).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(variance, &bars(200), 3), Ok(()));
    let changes = |bars: &[Bar]| {
        let rules = ChangePointRules { expected_length: 50.0, mean: 0.0, variance: 1e-4, longest: 60 };
        let mut changes = ChangePoints::new(rules).unwrap();
        returns(bars).iter().map(|r| changes.observe(*r).unwrap().at_most(10)).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(changes, &bars(200), 3), Ok(()));
    let days = |bars: &[Bar]| {
        let mut days = HarStream::new().unwrap();
        returns(bars).iter().map(|r| days.observe(r * r).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(days, &bars(200), 3), Ok(()));
    let parts = |bars: &[Bar]| {
        let mut trend = Trend::new(20.0, 1.3).unwrap();
        let mut level = RelativeLevel::new(20, 0.33, 0.67).unwrap();
        let mut label = Hysteresis::new(5, 0.7);
        let mut one = |r: &f64| {
            trend.observe(*r).unwrap();
            let [bull, bear, sideways] = trend.probabilities().unwrap();
            (level.observe(r.abs()).unwrap(), label.observe(&[bull, bear, sideways, 0.0]))
        };
        returns(bars).iter().map(&mut one).collect::<Vec<_>>()
    };
    assert_eq!(assert_causal(parts, &bars(200), 3), Ok(()));
}

#[test]
fn a_detector_by_smoothed_probabilities_is_caught() {
    let smoothed = |bars: &[Bar]| {
        let smoothed = given().smoothed(column(&returns(bars)).view()).unwrap();
        let mut label = Hysteresis::new(1, 0.7);
        let one = |p: ndarray::ArrayView1<'_, f64>| (label.observe(&[p[0], p[1], 0.0, 0.0]), p[0]);
        smoothed.in_hindsight().rows().into_iter().map(one).collect::<Vec<_>>()
    };
    assert!(matches!(assert_causal(smoothed, &bars(200), 3), Err(Leak::Future { .. })));
}

#[test]
fn a_detector_by_the_likeliest_path_is_caught() {
    let path = |bars: &[Bar]| given().likeliest_path(column(&returns(bars)).view()).unwrap().in_hindsight;
    assert!(matches!(assert_causal(path, &bars(200), 3), Err(Leak::Future { .. })));
}

#[test]
fn a_detector_whose_scaler_was_fitted_on_all_data_is_caught() {
    // The filter itself is causal; its inputs are not.
    let model = {
        let laws = [0.2, 2.0].map(|variance| Gaussian::diagonal(&[0.0], &[variance]).unwrap());
        Hmm::new(&[0.5, 0.5], array![[0.95, 0.05], [0.05, 0.95]].view(), laws.to_vec()).unwrap()
    };
    let scaled = |bars: &[Bar]| {
        let returns = returns(bars);
        let count = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / count;
        let deviation = (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / count).sqrt();
        let mut filter = model.forward_filter();
        returns.iter().map(|r| filter.observe(&[(r - mean) / deviation]).unwrap()).collect::<Vec<_>>()
    };
    assert!(matches!(assert_causal(scaled, &bars(200), 3), Err(Leak::Future { at: 0, .. })));
}

#[test]
fn a_detector_fitted_on_all_data_is_caught() {
    let fitted = |bars: &[Bar]| {
        let returns = column(&returns(bars));
        // Short histories are fitted to as well, so that every other future leads to a model.
        let options = HmmOptions { states: 2, restarts: 1, ..HmmOptions::default() };
        let fit = Hmm::fit(returns.view(), options).unwrap();
        fit.model.filtered(returns.view()).unwrap()
    };
    assert!(matches!(assert_causal(fitted, &bars(200), 3), Err(Leak::Future { .. })));
}
