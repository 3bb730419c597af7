//! The detector that learns: hidden Markov states, GARCH volatility, change points, and no look ahead.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{Bar, RegimeEstimate, RegimeLabel, Span, Timestamp, VolatilityLevel};
use autotrading_regime::{
    DetectionMethod, Detector, DetectorRules, FeatureSet, RegimeError, VolatilityMethod,
};
use proptest::prelude::*;

fn bar(hour: usize, close: f64) -> Bar {
    Bar {
        open_time: Timestamp::from_secs(3600 * hour as i64),
        interval: Span::HOUR,
        open: close,
        high: close * 1.001,
        low: close / 1.001,
        close,
        volume: 5.0,
        closed: true,
        synthetic: false,
    }
}

/// Rules that learn quickly, so that tests are quick.
fn quick() -> DetectorRules {
    DetectorRules {
        method: DetectionMethod::Hmm,
        warm_up: 120,
        training_window: 200,
        refit_interval: 60,
        level_window: 30,
        states: 2,
        restarts: 2,
        ..DetectorRules::default()
    }
}

/// Noise between -1 and 1 that repeats itself after thousands of steps only.
fn noise(t: usize) -> f64 {
    ((t * t * 7 + t * 3 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0
}

/// A market that rises calmly for `stretch` bars, falls wildly for as many, and so on.
fn waves(bars: usize, stretch: usize) -> Vec<f64> {
    let step = |t: usize| {
        if (t / stretch).is_multiple_of(2) { 0.004 + 0.004 * noise(t) } else { -0.006 + 0.02 * noise(t) }
    };
    prices((0..bars).map(step))
}

fn prices(steps: impl Iterator<Item = f64>) -> Vec<f64> {
    steps
        .scan(100.0, |price, step| {
            *price *= 1.0 + step;
            Some(*price)
        })
        .collect()
}

fn said(rules: DetectorRules, closes: &[f64]) -> Vec<RegimeEstimate> {
    let mut detector = Detector::new(rules).unwrap();
    closes.iter().enumerate().map(|(hour, close)| *detector.observe(&bar(hour, *close)).unwrap()).collect()
}

#[test]
fn until_five_hundred_bars_are_seen_the_market_is_neutral_and_half_sure() {
    let rules = DetectorRules { method: DetectionMethod::Hmm, restarts: 1, ..DetectorRules::default() };
    let estimates = said(rules, &waves(510, 50));
    assert!(estimates[..500].iter().all(|e| e.label == RegimeLabel::Neutral && e.confidence == 0.5));
    assert!(estimates[505].probabilities[3] < 0.5);
}

#[test]
fn calm_rises_and_wild_falls_are_told_apart() {
    let estimates = said(quick(), &waves(900, 50));
    let right = estimates.iter().enumerate().skip(250).filter(|(t, estimate)| {
        estimate.label == if t / 50 % 2 == 0 { RegimeLabel::Bull } else { RegimeLabel::Bear }
    });
    let share = right.count() as f64 / 650.0;
    assert!(share > 0.8, "{share}");
    // A label stands for at least five bars.
    let changes: Vec<usize> = (251..900).filter(|t| estimates[*t].label != estimates[t - 1].label).collect();
    assert!(changes.windows(2).all(|pair| pair[1] - pair[0] >= 5));
}

#[test]
fn states_that_differ_in_swing_alone_name_no_direction() {
    let step = |t: usize| if (t / 50).is_multiple_of(2) { 0.002 * noise(t) } else { 0.02 * noise(t) };
    // Each stretch is its own mirror image, so that no stretch has a mean.
    let closes = prices((0..600).map(|t| if t % 2 == 0 { step(t) } else { -step(t - 1) }));
    let estimates = said(quick(), &closes);
    assert!(estimates.iter().skip(200).all(|estimate| estimate.label == RegimeLabel::Neutral));
}

#[test]
fn a_fit_sees_bars_strictly_before_the_one_that_it_first_speaks_of() {
    let closes = waves(121, 30);
    let model = |last: f64| {
        let mut detector = Detector::new(quick()).unwrap();
        for (hour, close) in closes.iter().enumerate() {
            detector.observe(&bar(hour, *close)).unwrap();
        }
        assert!(detector.model().is_none()); // 120 returns are needed, and the next bar is the first to be judged
        detector.observe(&bar(121, last)).unwrap();
        detector.model().cloned().unwrap()
    };
    assert_eq!(model(100.0), model(250.0));
}

#[test]
fn a_change_of_the_market_forces_an_early_fit() {
    let rules = DetectorRules { refit_interval: 1000, ..quick() };
    let calm = |t: usize| 0.002 * noise(t);
    let closes = prices((0..400).map(|t| if t < 300 { calm(t) } else { 8.0 * calm(t) - 0.004 }));
    let fits = |rules: DetectorRules| {
        let mut detector = Detector::new(rules).unwrap();
        let mut fits = Vec::new();
        for (hour, close) in closes.iter().enumerate() {
            detector.observe(&bar(hour, *close)).unwrap();
            let now = detector.model().cloned();
            if now != fits.last().map(|(_, fit)| fit).cloned() {
                fits.push((hour, now.unwrap()));
            }
        }
        fits.into_iter().map(|(hour, _)| hour).collect::<Vec<usize>>()
    };
    assert_eq!(fits(rules), vec![121]);
    let early = fits(DetectorRules { change_interval: Some(250.0), ..rules });
    assert!(early.iter().any(|hour| (315..335).contains(hour)), "{early:?}");
}

#[test]
fn a_market_at_rest_stays_neutral_and_says_why() {
    let mut detector = Detector::new(quick()).unwrap();
    for hour in 0..300 {
        let estimate = detector.observe(&bar(hour, 100.0)).unwrap();
        assert!(estimate.label == RegimeLabel::Neutral && estimate.volatility.is_none_or(f64::is_finite));
    }
    assert!(matches!(detector.problem(), Some(RegimeError::Constant { .. })));
}

#[test]
fn more_states_than_the_bars_support_leave_the_market_neutral_and_say_why() {
    // Two hundred bars of two values alone have nothing for six states to be.
    let closes = prices((0..400).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }));
    let many = DetectorRules { states: 6, ..quick() };
    // The three features that vary here want 180 bars for six states, and the window has 150.
    let much = DetectorRules { features: FeatureSet::All, training_window: 150, ..many };
    for (rules, market, reason) in [
        (many, closes, "a fit of 6 hidden states is degenerate: states 3 and 5 cannot be told apart"),
        (much, waves(400, 50), "observations: 150 observations, at least 180 are needed"),
    ] {
        let mut detector = Detector::new(rules).unwrap();
        for (hour, close) in market.iter().enumerate() {
            let estimate = detector.observe(&bar(hour, *close)).unwrap();
            let estimate = *estimate;
            assert!(
                estimate.label == RegimeLabel::Neutral && estimate.confidence == 0.5,
                "{estimate:?} {:?}",
                detector.model()
            );
        }
        assert_eq!(detector.problem().unwrap().to_string(), reason);
        assert!(detector.model().is_none());
    }
}

#[test]
fn one_huge_outlier_leaves_every_number_a_number() {
    let mut closes = waves(600, 50);
    closes[300] = 1e12;
    for volatility in [VolatilityMethod::RiskMetrics, VolatilityMethod::Garch] {
        for estimate in said(DetectorRules { volatility, ..quick() }, &closes) {
            assert!(estimate.confidence.is_finite() && estimate.volatility.is_none_or(f64::is_finite));
            assert!((estimate.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn a_bad_bar_changes_nothing() {
    let rules = DetectorRules { features: FeatureSet::All, ..quick() };
    let closes = waves(300, 50);
    let clean = said(rules, &closes);
    let mut detector = Detector::new(rules).unwrap();
    for (hour, close) in closes.iter().enumerate() {
        assert!(detector.observe(&bar(hour, f64::NAN)).is_err());
        assert!(detector.observe(&Bar { high: 0.5 * close, ..bar(hour, *close) }).is_err());
        assert!(detector.observe(&Bar { volume: f64::INFINITY, ..bar(hour, *close) }).is_err());
        assert_eq!(*detector.observe(&bar(hour, *close)).unwrap(), clean[hour]);
    }
}

#[test]
fn features_that_do_not_vary_are_left_out_of_a_fit() {
    let rules = DetectorRules { features: FeatureSet::All, ..quick() };
    let mut detector = Detector::new(rules).unwrap();
    for (hour, close) in waves(300, 50).iter().enumerate() {
        detector.observe(&bar(hour, *close)).unwrap();
    }
    // The volume is always the same, and so is Parkinson's range; the body is nothing, so Garman and Klass's is too.
    assert_eq!(detector.model().unwrap().model.features(), 3);
}

#[test]
fn the_absolute_daily_threshold_is_an_option() {
    // 0.5 % an hour are 2.4 % a day, 1 % are 4.9 %.
    for (step, level) in [(0.005, VolatilityLevel::Low), (0.01, VolatilityLevel::High)] {
        let closes = prices((0..200).map(|t| if t % 2 == 0 { step } else { -step }));
        let rules = DetectorRules { high_daily_volatility: Some(0.03), ..DetectorRules::default() };
        assert_eq!(said(rules, &closes)[199].volatility_level, level);
    }
}

#[test]
fn a_fitted_garch_forecasts_the_volatility_once_it_has_bars_enough() {
    let step = |t: usize| 0.01 * (1.0 + 0.9 * (t as f64 / 25.0).sin()) * noise(t);
    let closes = prices((0..400).map(step));
    let plain = said(quick(), &closes);
    let fitted = said(DetectorRules { volatility: VolatilityMethod::Garch, ..quick() }, &closes);
    assert_eq!(plain[120].volatility, fitted[120].volatility);
    let differ = plain.iter().zip(&fitted).filter(|(p, f)| p.volatility != f.volatility).count();
    assert!(differ > 100, "{differ}");
    assert!(fitted.iter().flat_map(|f| f.volatility).all(|v| v > 0.0 && v < 0.1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn what_is_said_now_does_not_depend_on_what_comes_later(
        seed in 0usize..1000, other in prop::collection::vec(-0.3_f64..0.3, 60), cut in 180usize..240,
    ) {
        let rules = DetectorRules {
            volatility: VolatilityMethod::Garch, change_interval: Some(200.0), refit_interval: 40, restarts: 1, ..quick()
        };
        let step = |t: usize| if ((t + seed) / 40).is_multiple_of(2) { 0.006 * noise(t + seed) } else { 0.03 * noise(t + seed) - 0.005 };
        let steps: Vec<f64> = (0..260).map(step).collect();
        let mut changed = steps.clone();
        for (slot, step) in changed.iter_mut().skip(cut).zip(&other) { *slot = *step; }
        let (before, after) =
            (said(rules, &prices(steps.into_iter())), said(rules, &prices(changed.into_iter())));
        prop_assert_eq!(&before[..cut], &after[..cut]);
    }

    #[test]
    fn the_unit_of_price_does_not_matter(seed in 0usize..1000, scale in 1e-6_f64..1e6) {
        let step = |t: usize| if ((t + seed) / 40).is_multiple_of(2) { 0.006 * noise(t + seed) } else { 0.03 * noise(t + seed) - 0.005 };
        let closes = prices((0..200).map(step));
        let scaled: Vec<f64> = closes.iter().map(|close| scale * close).collect();
        for (left, right) in said(quick(), &closes).iter().zip(said(quick(), &scaled)) {
            for (p, q) in left.probabilities.iter().zip(right.probabilities) {
                prop_assert!((p - q).abs() < 1e-5, "{left:?} {right:?}");
            }
        }
    }
}
