//! A stream that is warm takes no memory: counted, not believed.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use allocation_counter::measure;
use autotrading_domain::{Bar, Span, Timestamp};
use autotrading_regime::garch::{ConditionalVariance, Dynamics, Errors, GarchParameters, VolatilityModel};
use autotrading_regime::hmm::{Gaussian, Hmm};
use autotrading_regime::{
    ChangePointRules, ChangePoints, DetectionMethod, Detector, DetectorRules, FeatureSet, Features,
    HarStream, Hysteresis, RelativeLevel, RollingMean, Trend, VolatilityMethod,
};
use ndarray::{Array2, array};

fn noise(t: usize) -> f64 {
    ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
}

fn bars(count: usize) -> Vec<Bar> {
    let mut close = 100.0;
    let mut bar = |t: usize| {
        let open = close;
        close *= 1.0 + if (t / 50).is_multiple_of(2) { 0.004 * noise(t) } else { 0.02 * noise(t) - 0.002 };
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

/// Runs every input through and expects that nothing was asked of the allocator.
#[track_caller]
fn assert_no_allocation<I>(what: &str, inputs: &[I], mut one: impl FnMut(&I)) {
    let counted = measure(|| inputs.iter().for_each(&mut one));
    assert_eq!(counted.count_total, 0, "{what}");
}

#[test]
fn the_counter_counts() {
    // Hidden from the optimiser, which would leave out what nobody looks at.
    assert!(measure(|| drop(std::hint::black_box(vec![1, 2, 3]))).count_total > 0);
}

#[test]
fn a_filtered_step_allocates_nothing() {
    for (states, features) in [(2, 1), (3, 1), (6, 1), (3, 2)] {
        let law =
            |k: usize| Gaussian::diagonal(&vec![0.0; features], &vec![1.0 + k as f64; features]).unwrap();
        let moves = Array2::from_elem((states, states), 1.0 / states as f64);
        let start = vec![1.0 / states as f64; states];
        let model = Hmm::new(&start, moves.view(), (0..states).map(law).collect()).unwrap();
        let mut filter = model.forward_filter();
        let rows: Vec<Vec<f64>> = (0..500).map(|t| vec![3.0 * noise(t); features]).collect();
        assert_no_allocation("forward filter", &rows, |row| {
            filter.observe(row).unwrap();
        });
    }
}

#[test]
fn a_filtered_step_of_a_full_covariance_allocates_nothing() {
    let law = |v: f64| Gaussian::full(&[0.0, 0.0], array![[v, 0.3], [0.3, 1.0]].view()).unwrap();
    let moves = array![[0.9, 0.1], [0.2, 0.8]];
    let mut filter = Hmm::new(&[0.5, 0.5], moves.view(), vec![law(1.0), law(4.0)]).unwrap().forward_filter();
    let rows: Vec<[f64; 2]> = (0..200).map(|t| [noise(t), noise(t + 9)]).collect();
    assert_no_allocation("forward filter", &rows, |row| {
        filter.observe(row).unwrap();
    });
}

#[test]
fn a_step_of_the_conditional_variance_allocates_nothing() {
    for dynamics in [Dynamics::Garch, Dynamics::Gjr, Dynamics::Egarch] {
        let model = VolatilityModel { dynamics, errors: Errors::StudentT };
        let p = GarchParameters {
            omega: 0.05,
            alpha: 0.1,
            gamma: 0.02,
            beta: 0.8,
            nu: 6.0,
            ..GarchParameters::ZERO
        };
        let mut variance = ConditionalVariance::new(model, p, 1.0).unwrap();
        let returns: Vec<f64> = (0..500).map(noise).collect();
        assert_no_allocation("conditional variance", &returns, |r| {
            variance.observe(*r).unwrap();
        });
    }
}

#[test]
fn warm_features_changes_and_expectations_allocate_nothing() {
    let bars = bars(600);
    let (first, later) = bars.split_at(100);
    let mut features = Features::new().unwrap();
    first.iter().for_each(|bar| {
        features.observe(bar).unwrap();
    });
    assert_no_allocation("features", later, |bar| {
        features.observe(bar).unwrap();
    });

    let xs: Vec<f64> = (0..600).map(noise).collect();
    let rules = ChangePointRules { expected_length: 100.0, mean: 0.0, variance: 0.3, longest: 80 };
    let mut changes = ChangePoints::new(rules).unwrap();
    assert_no_allocation("change points", &xs, |x| {
        changes.observe(*x).unwrap();
    });

    let days: Vec<f64> = xs.iter().map(|x| x * x + 0.01).collect();
    let mut expectation = HarStream::new().unwrap();
    days.iter().take(30).for_each(|day| {
        expectation.observe(*day).unwrap();
    });
    assert_no_allocation("har", &days, |day| {
        expectation.observe(*day).unwrap();
    });
}

#[test]
fn warm_parts_of_the_detector_allocate_nothing() {
    let xs: Vec<f64> = (0..600).map(|t| noise(t) + 1.5).collect();
    let mut mean = RollingMean::new(20).unwrap();
    let mut level = RelativeLevel::new(50, 0.33, 0.67).unwrap();
    let mut trend = Trend::new(30.0, 1.3).unwrap();
    let mut label = Hysteresis::new(5, 0.7);
    let mut step = |x: &f64| {
        mean.observe(*x).unwrap();
        level.observe(*x).unwrap();
        trend.observe(*x).unwrap();
        label.observe(&[0.25; 4]);
    };
    xs.iter().take(100).for_each(&mut step);
    assert_no_allocation("parts", &xs, step);
}

#[test]
fn a_detector_between_refits_allocates_nothing() {
    let bars = bars(1500);
    let quick =
        DetectorRules { warm_up: 120, training_window: 200, level_window: 50, ..DetectorRules::default() };
    let learned = DetectorRules {
        method: DetectionMethod::Hmm,
        volatility: VolatilityMethod::Garch,
        features: FeatureSet::All,
        change_interval: Some(250.0),
        refit_interval: 1_000_000,
        restarts: 2,
        states: 2,
        ..quick
    };
    // Without changes to look for there is no refit but the first.
    let settled = DetectorRules { change_interval: None, ..learned };
    for rules in [quick, settled] {
        let mut detector = Detector::new(rules).unwrap();
        let (first, later) = bars.split_at(700);
        first.iter().for_each(|bar| {
            detector.observe(bar).unwrap();
        });
        assert_no_allocation("detector", later, |bar| {
            detector.observe(bar).unwrap();
        });
    }
}
