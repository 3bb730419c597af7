//! What cannot be modelled is refused by name, or comes back marked; NaN never comes out.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_regime::RegimeError;
use autotrading_regime::garch::{Dynamics, Errors, FitStatus, GarchFit, GarchParameters, VolatilityModel};
use autotrading_regime::hmm::{
    CovarianceKind, Hmm, HmmDegeneracy, HmmFit, HmmOptions, HmmStatus, Transitions,
};
use ndarray::Array2;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn models() -> impl Iterator<Item = VolatilityModel> {
    [Dynamics::Garch, Dynamics::Gjr, Dynamics::Egarch].into_iter().flat_map(|dynamics| {
        [Errors::Normal, Errors::StudentT, Errors::SkewedT]
            .into_iter()
            .map(move |errors| VolatilityModel { dynamics, errors })
    })
}

fn noise(count: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    (0..count).map(|_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0).collect()
}

fn column(xs: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((xs.len(), 1), xs.to_vec()).unwrap()
}

fn assert_numbers(fit: &GarchFit) {
    let p = &fit.parameters;
    let numbers = [p.mean, p.omega, p.alpha, p.gamma, p.beta, p.nu, p.lambda, fit.log_likelihood];
    assert!(numbers.iter().all(|x| x.is_finite()), "{fit:?}");
    assert!(fit.stream().variance() > 0.0 && fit.stream().variance().is_finite());
    if let FitStatus::Stalled { gradient } = fit.status {
        assert!(gradient.is_finite());
    }
}

fn assert_hmm_numbers(fit: &HmmFit) {
    assert!(fit.log_likelihood.is_finite(), "{fit:?}");
    assert!(fit.model.transition().iter().chain(fit.model.initial()).all(|p| p.is_finite()));
    assert!(fit.model.emissions().iter().all(|law| law.variance(0) > 0.0 && law.mean()[0].is_finite()));
}

#[test]
fn a_constant_series_has_no_volatility_to_model() {
    for level in [0.0, 0.01, 1e300] {
        for model in models() {
            assert!(matches!(model.fit(&[level; 100]), Err(RegimeError::Constant { .. })));
        }
        let fit = Hmm::fit(column(&[level; 100]).view(), HmmOptions::default());
        assert!(matches!(fit, Err(RegimeError::Constant { column: 0, .. })));
    }
}

#[test]
fn a_series_too_short_is_refused_with_what_is_needed() {
    for model in models() {
        let refused = model.fit(&noise(49));
        assert!(matches!(refused, Err(RegimeError::TooFew { got: 49, required: 50, .. })));
    }
    let refused = Hmm::fit(column(&noise(29)).view(), HmmOptions::default());
    assert!(matches!(refused, Err(RegimeError::TooFew { got: 29, required: 30, .. })));
}

#[test]
fn what_is_no_number_is_named_by_its_place() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut series = noise(100);
        series[61] = bad;
        for model in models() {
            assert!(matches!(model.fit(&series), Err(RegimeError::NotFinite { index: 61, .. })));
        }
        let fit = Hmm::fit(column(&series).view(), HmmOptions::default());
        assert!(matches!(fit, Err(RegimeError::NotFinite { index: 61, .. })));
    }
}

#[test]
fn after_a_single_huge_outlier_every_number_is_one_and_the_status_is_honest() {
    for size in [50.0, 1e6, -1e100] {
        let mut series = noise(300);
        series[150] = size;
        for model in models() {
            assert_numbers(&model.fit(&series).unwrap());
        }
        for covariance in [CovarianceKind::Diagonal, CovarianceKind::Full] {
            let options = HmmOptions { states: 2, covariance, restarts: 4, ..HmmOptions::default() };
            // One observation alone in a state starves it. Beyond what squares can hold nothing but it is left.
            match Hmm::fit(column(&series).view(), options) {
                Ok(fit) => {
                    assert_hmm_numbers(&fit);
                    assert!(matches!(fit.status, HmmStatus::Degenerate(_)), "{size} {fit:?}");
                }
                Err(error) => assert!(matches!(error, RegimeError::Constant { .. }), "{error}"),
            }
        }
    }
}

#[test]
fn more_states_than_the_data_support_are_marked() {
    // Two values alone: six states have nothing to be.
    let series: Vec<f64> = (0..120).map(|t| if t % 40 < 20 { 1.0 } else { 2.0 }).collect();
    let options = HmmOptions { states: 6, restarts: 3, ..HmmOptions::default() };
    match Hmm::fit(column(&series).view(), options) {
        Ok(fit) => {
            assert_hmm_numbers(&fit);
            assert!(matches!(fit.status, HmmStatus::Degenerate(_)), "{fit:?}");
        }
        Err(error) => assert!(matches!(error, RegimeError::Constant { .. }), "{error}"),
    }
    let two = Hmm::fit(column(&series).view(), HmmOptions { states: 2, ..options }).unwrap();
    assert_eq!(two.status, HmmStatus::Degenerate(HmmDegeneracy::AtFloor { state: 0 }));
}

#[test]
fn states_that_the_data_do_not_tell_apart_are_marked() {
    // Two values that take turns: a saddle at which all six states are one.
    let series: Vec<f64> = (0..120).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }).collect();
    for restarts in 1..6 {
        let options = HmmOptions { states: 6, restarts, ..HmmOptions::default() };
        match Hmm::fit(column(&series).view(), options) {
            Ok(fit) => {
                assert_hmm_numbers(&fit);
                assert!(matches!(fit.status, HmmStatus::Degenerate(HmmDegeneracy::Alike { .. })), "{fit:?}");
            }
            Err(error) => assert_eq!(
                error.to_string(),
                "states is 6, allowed is so many as there are distinct observations",
                "the only start left a cluster empty"
            ),
        }
    }
}

#[test]
fn an_option_out_of_range_is_named() {
    let data = column(&noise(200));
    let good = HmmOptions::default();
    for bad in [
        HmmOptions { states: 1, ..good },
        HmmOptions { states: 7, ..good },
        HmmOptions { restarts: 0, ..good },
        HmmOptions { tolerance: f64::NAN, ..good },
        HmmOptions { variance_floor: 0.0, ..good },
        HmmOptions { transitions: Transitions::Sticky { stay: 1.0, strength: 1.0 }, ..good },
        HmmOptions { transitions: Transitions::Sticky { stay: 0.9, strength: f64::INFINITY }, ..good },
    ] {
        assert!(matches!(Hmm::fit(data.view(), bad), Err(RegimeError::Parameter { .. })), "{bad:?}");
    }
}

#[test]
fn parameters_outside_of_the_admissible_set_are_named() {
    let returns = noise(100);
    let garch = VolatilityModel { dynamics: Dynamics::Gjr, errors: Errors::SkewedT };
    let good =
        GarchParameters { omega: 0.1, alpha: 0.1, gamma: 0.1, beta: 0.7, nu: 8.0, ..GarchParameters::ZERO };
    assert!(garch.evaluate(&good, &returns).is_ok());
    for (name, bad) in [
        ("mean", GarchParameters { mean: f64::NAN, ..good }),
        ("omega", GarchParameters { omega: 0.0, ..good }),
        ("alpha", GarchParameters { alpha: -0.1, ..good }),
        ("gamma", GarchParameters { gamma: -0.2, ..good }),
        ("beta", GarchParameters { beta: f64::INFINITY, ..good }),
        ("nu", GarchParameters { nu: 2.0, ..good }),
        ("lambda", GarchParameters { lambda: -1.0, ..good }),
    ] {
        let Err(RegimeError::Parameter { name: named, .. }) = garch.evaluate(&bad, &returns) else {
            panic!("{name} was let through");
        };
        assert_eq!(named, name);
    }
}

#[test]
fn errors_without_memory_leave_a_garch_that_says_so() {
    let fit = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::Normal }.fit(&noise(400)).unwrap();
    assert_numbers(&fit);
    // Whether it calls itself degenerate or reacts by a hair is chance; that it sees no clusters is not.
    assert!(fit.parameters.alpha < 0.1);
}

#[test]
fn a_sticky_prior_keeps_states_and_a_fixed_one_keeps_them_as_told() {
    let series: Vec<f64> = noise(400)
        .iter()
        .enumerate()
        .map(|(t, x)| if (t / 20).is_multiple_of(2) { *x } else { 4.0 * x })
        .collect();
    let data = column(&series);
    let stay = |transitions: Transitions| {
        let fit =
            Hmm::fit(data.view(), HmmOptions { states: 2, transitions, ..HmmOptions::default() }).unwrap();
        fit.model.transition()[[0, 0]]
    };
    let free = stay(Transitions::MaximumLikelihood);
    let sticky = stay(Transitions::Sticky { stay: 0.999, strength: 1000.0 });
    assert!(sticky > free && sticky < 0.9999, "{sticky} {free}");
    assert!((stay(Transitions::Fixed { stay: 0.9 }) - 0.9).abs() < 1e-12);
}

#[test]
fn a_full_covariance_finds_states_that_differ_in_correlation_alone() {
    let (x, y) = (noise(600), noise(1200));
    let sign = |t: usize| if (t / 100).is_multiple_of(2) { 1.0 } else { -1.0 };
    let table =
        Array2::from_shape_fn(
            (600, 2),
            |(t, j)| {
                if j == 0 { x[t] } else { sign(t) * 0.9 * x[t] + 0.4 * y[t + 600] }
            },
        );
    let full =
        HmmOptions { states: 2, covariance: CovarianceKind::Full, restarts: 12, ..HmmOptions::default() };
    let fit = Hmm::fit(table.view(), full).unwrap();
    let correlation = |state: usize| {
        let c = fit.model.emissions()[state].covariance().to_owned();
        c[[0, 1]] / (c[[0, 0]] * c[[1, 1]]).sqrt()
    };
    assert!(correlation(0) * correlation(1) < -0.5, "{} {}", correlation(0), correlation(1));
    let plain = Hmm::fit(table.view(), HmmOptions { covariance: CovarianceKind::Diagonal, ..full }).unwrap();
    assert!(fit.bic() < plain.bic());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_the_series_a_fit_is_made_of_numbers(
        series in prop::collection::vec(prop_oneof![-1.0_f64..1.0, Just(0.0), -1e3_f64..1e3], 60..90),
    ) {
        for model in models() {
            match model.fit(&series) {
                Ok(fit) => assert_numbers(&fit),
                Err(error) => prop_assert!(matches!(error, RegimeError::Constant { .. }), "{error}"),
            }
        }
        let options = HmmOptions { restarts: 2, iterations: 60, ..HmmOptions::default() };
        match Hmm::fit(column(&series).view(), options) {
            Ok(fit) => assert_hmm_numbers(&fit),
            Err(error) => prop_assert!(matches!(error, RegimeError::Constant { .. }), "{error}"),
        }
    }

    #[test]
    fn scale_does_not_matter(scale in prop_oneof![Just(1e-4), Just(1e-2), Just(1e2), Just(1e6)], seed in 0_u64..50) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut variance = 1.0_f64;
        let series: Vec<f64> = (0..300).map(|_| {
            let x = ((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0) * variance.sqrt();
            variance = 0.1 + 0.2 * x * x + 0.7 * variance;
            x
        }).collect();
        let scaled: Vec<f64> = series.iter().map(|x| scale * x).collect();
        let shift = 300.0 * scale.ln();
        for model in [VolatilityModel { dynamics: Dynamics::Gjr, errors: Errors::StudentT },
                      VolatilityModel { dynamics: Dynamics::Egarch, errors: Errors::Normal }] {
            let (one, other) = (model.fit(&series).unwrap(), model.fit(&scaled).unwrap());
            prop_assert!((one.log_likelihood - other.log_likelihood - shift).abs() < 1e-5, "{one:?} {other:?}");
        }
        let options = HmmOptions { states: 2, restarts: 2, ..HmmOptions::default() };
        let (one, other) = (Hmm::fit(column(&series).view(), options).unwrap(), Hmm::fit(column(&scaled).view(), options).unwrap());
        prop_assert!((one.log_likelihood - other.log_likelihood - shift).abs() < 1e-5);
    }
}
