//! Fits of two to six hidden states, and how the detector keeps them from one fit to the next.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{Bar, Span, Timestamp};
use autotrading_regime::hmm::{CovarianceKind, Hmm, HmmOptions, HmmStatus, matching};
use autotrading_regime::{DetectionMethod, Detector, DetectorRules, FeatureSet};
use ndarray::Array2;

fn noise(t: usize) -> f64 {
    ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
}

/// Stretches of sixty points whose swing is one of `kinds`, each three times the last.
fn series(kinds: usize, points: usize) -> Array2<f64> {
    let swing = |t: usize| 3.0_f64.powi((t / 60 % kinds) as i32);
    Array2::from_shape_fn((points, 1), |(t, _)| swing(t) * noise(t))
}

#[test]
fn two_to_six_states_are_told_apart_by_their_swing() {
    for states in 2..=6 {
        let options = HmmOptions { states, ..HmmOptions::default() };
        let fit = Hmm::fit(series(states, 360 * states).view(), options).unwrap();
        assert_eq!(fit.status, HmmStatus::Converged, "{states}");
        let deviations: Vec<f64> = fit.model.emissions().iter().map(|law| law.variance(0).sqrt()).collect();
        for pair in deviations.windows(2) {
            assert!((pair[1] / pair[0] / 3.0 - 1.0).abs() < 0.25, "{states}: {deviations:?}");
        }
        assert!(fit.model.expected_durations().iter().all(|d| (20.0..200.0).contains(d)), "{states}");
    }
}

#[test]
fn the_same_sample_and_seed_give_the_same_model_to_the_last_bit() {
    let sample = series(3, 900);
    let fit = |seed| Hmm::fit(sample.view(), HmmOptions { seed, ..HmmOptions::default() }).unwrap();
    assert_eq!(fit(4), fit(4));
    // Another seed begins elsewhere and arrives at the same place.
    assert!((fit(4).log_likelihood - fit(5).log_likelihood).abs() < 1e-4);
}

#[test]
fn no_step_makes_the_sample_less_likely() {
    let sample =
        Array2::from_shape_fn((400, 2), |(t, j)| noise(t + 7 * j) * if t / 50 % 2 == 0 { 1.0 } else { 3.0 });
    for covariance in [CovarianceKind::Diagonal, CovarianceKind::Full] {
        let options =
            HmmOptions { states: 3, covariance, restarts: 1, iterations: 1, ..HmmOptions::default() };
        let mut now = Hmm::fit(sample.view(), options).unwrap();
        for _ in 0..20 {
            let next = now.model.improved(sample.view(), options).unwrap();
            assert!(next.log_likelihood > now.log_likelihood - 1e-9, "{covariance:?}");
            now = next;
        }
    }
}

fn bar(hour: usize, close: f64) -> Bar {
    let (open_time, interval) = (Timestamp::from_secs(3600 * hour as i64), Span::HOUR);
    let (high, low) = (close * 1.001, close / 1.001);
    Bar { open_time, interval, open: close, high, low, close, volume: 5.0, closed: true, synthetic: false }
}

/// The models of a detector on a market of calm rises and wild falls, each with the bar that it first spoke of.
fn models(rules: DetectorRules) -> Vec<(usize, Hmm)> {
    let mut detector = Detector::new(rules).unwrap();
    let (mut close, mut models) = (100.0, Vec::new());
    for hour in 0..500_usize {
        close *= 1.0
            + if (hour / 50).is_multiple_of(2) {
                0.004 + 0.004 * noise(hour)
            } else {
                -0.006 + 0.02 * noise(hour)
            };
        detector.observe(&bar(hour, close)).unwrap();
        if let Some(fit) = detector.model()
            && models.last().is_none_or(|(_, before)| *before != fit.model)
        {
            models.push((hour, fit.model.clone()));
        }
    }
    models
}

fn quick() -> DetectorRules {
    let (method, warm_up, training_window) = (DetectionMethod::Hmm, 120, 200);
    DetectorRules {
        method,
        warm_up,
        training_window,
        refit_interval: 60,
        states: 2,
        ..DetectorRules::default()
    }
}

#[test]
fn a_model_is_fitted_again_after_each_interval_and_its_states_keep_their_places() {
    let models = models(quick());
    let hours: Vec<usize> = models.iter().map(|(hour, _)| *hour).collect();
    assert_eq!(hours, vec![121, 181, 241, 301, 361, 421, 481]);
    for pair in models.windows(2) {
        assert_eq!(matching(&pair[1].1, &pair[0].1), vec![0, 1]);
    }
}

#[test]
fn a_detector_fits_features_that_move_together_if_it_may() {
    let quick = DetectorRules { features: FeatureSet::ReturnVolumeStrength, training_window: 300, ..quick() };
    // The volume never varies here: return and strength are left.
    let moved_together = |covariance| {
        let models = models(DetectorRules { covariance, ..quick });
        assert!(models.len() > 3 && models.iter().all(|(_, model)| model.features() == 2));
        models
            .iter()
            .flat_map(|(_, model)| model.emissions().iter().map(|law| law.covariance()[[0, 1]].abs()))
            .sum()
    };
    let (apart, together): (f64, f64) =
        (moved_together(CovarianceKind::Diagonal), moved_together(CovarianceKind::Full));
    assert_eq!(apart, 0.0);
    assert!(together > 0.0);
}

#[test]
fn a_fit_that_was_stopped_says_so_and_how_much_it_still_gained() {
    let sample = series(3, 900);
    let fit =
        |iterations| Hmm::fit(sample.view(), HmmOptions { iterations, ..HmmOptions::default() }).unwrap();
    let stopped = fit(3);
    let HmmStatus::Stopped { gain } = stopped.status else { panic!("{:?}", stopped.status) };
    assert_eq!(stopped.iterations, 3);
    assert!(gain > 0.0 && gain.is_finite());
    assert_eq!(fit(500).status, HmmStatus::Converged);
}

#[test]
fn states_that_are_presumed_to_stay_stay_longer() {
    let stay = |rules| {
        let models = models(rules);
        models.iter().map(|(_, model)| model.transition().diag().sum()).sum::<f64>() / models.len() as f64
    };
    let told = DetectorRules { stay: Some(0.999), stay_moves: 5000.0, ..quick() };
    assert!(stay(told) > stay(DetectorRules { stay: None, ..quick() }));
    assert!(stay(told) > 2.0 * 0.99);
    let fixed = models(DetectorRules { stay: Some(0.9), stay_learned: false, ..quick() });
    assert!(fixed.iter().all(|(_, model)| model.transition().diag().iter().all(|p| (p - 0.9).abs() < 1e-12)));
    let error = Detector::new(DetectorRules { stay: Some(1.0), ..quick() }).unwrap_err();
    assert_eq!(error.to_string(), "regime.stay is 1, allowed is above 0 and below 1");
}
