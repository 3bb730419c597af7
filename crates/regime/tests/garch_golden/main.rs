//! The GARCH family against the golden numbers of the S&P 500, 1999 to 2018.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

mod numbers;

use autotrading_regime::garch::{
    ConditionalVariance, Dynamics, ErrorCovariance, FitOptions, FitStatus, GarchFit, GarchParameters,
    VarianceForecast, VolatilityModel,
};
use numbers::{GOLDENS, Golden, SIMULATED, SIMULATED_ERRORS};
use sha2::{Digest, Sha256};

fn prices() -> Vec<f64> {
    let file = include_str!("../data/spx_adjclose_5031.csv");
    file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect()
}

/// Simple returns as decimal fractions.
fn decimals() -> Vec<f64> {
    prices().windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn percent() -> Vec<f64> {
    decimals().into_iter().map(|r| 100.0 * r).collect()
}

fn parameters([mean, omega, alpha, gamma, beta, nu, lambda]: [f64; 7]) -> GarchParameters {
    GarchParameters { mean, omega, alpha, gamma, beta, nu, lambda }
}

fn array(p: &GarchParameters) -> [f64; 7] {
    [p.mean, p.omega, p.alpha, p.gamma, p.beta, p.nu, p.lambda]
}

#[track_caller]
fn assert_near(what: &str, got: f64, want: f64, relative: f64) {
    assert!(
        (got - want).abs() <= relative * want.abs(),
        "{what}: {got:?} is not {want:?}, off by {:e}",
        got / want - 1.0
    );
}

#[test]
fn the_input_is_the_one_that_the_numbers_were_made_from() {
    let hash = |values: &[f64]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let prices = prices();
    let returns: Vec<f64> = prices.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    assert_eq!(hash(&prices), "be5b1f766caa6a8d3f4edc2a70923cdf38279ebc3bf8911062255adbc37d5bce");
    assert_eq!(hash(&returns), "bd10d13098fcfdc2360ed3c73344ca8306bee77ae2c3d7bff83903f2acf06b4b");
}

#[test]
fn likelihood_variances_and_forecasts_at_given_parameters_agree_to_twelve_digits() {
    let returns = percent();
    for golden in &GOLDENS {
        let seen = golden.model.evaluate(&parameters(golden.polished), &returns).unwrap();
        assert_near(golden.name, seen.log_likelihood, golden.log_likelihood, 1e-12);
        let n = seen.variances.len();
        let ends = [0, 1, 2, n - 3, n - 2, n - 1].map(|t| seen.variances[t]);
        for (got, want) in ends.iter().zip(golden.variances) {
            assert_near(golden.name, *got, want, 1e-12);
        }
        let horizon = golden.forecast.len();
        let forecast = seen.next.forecast(horizon).unwrap();
        for (got, want) in forecast.variances().unwrap().iter().zip(golden.forecast) {
            assert_near(golden.name, *got, *want, 1e-12);
        }
        let at_arch = golden.model.evaluate(&parameters(golden.arch), &returns).unwrap();
        assert_near(golden.name, at_arch.log_likelihood, golden.arch_log_likelihood, 1e-12);
    }
}

/// Fits on percent and on decimals and compares both with the golden optimum.
fn check_fit(name: &str) {
    let golden: &Golden = GOLDENS.iter().find(|golden| golden.name == name).unwrap();
    let fit = golden.model.fit(&percent()).unwrap();
    assert_eq!(fit.status, FitStatus::Converged);
    assert!(fit.log_likelihood >= golden.log_likelihood - 1e-6, "{:.9}", fit.log_likelihood);
    assert!((fit.log_likelihood - golden.log_likelihood).abs() < 1e-5, "{:.9}", fit.log_likelihood);
    for (got, want) in array(&fit.parameters).iter().zip(golden.polished) {
        // A parameter near zero is known to so many digits as the others are.
        assert!((got - want).abs() <= 1e-4 * want.abs().max(0.02), "{got} {want}");
    }
    let horizon = golden.forecast.len();
    let forecast = fit.stream().forecast(horizon).unwrap();
    for (got, want) in forecast.variances().unwrap().iter().zip(golden.forecast) {
        assert_near("forecast", *got, *want, 1e-4);
    }
    check_decimals(golden, &fit);
}

fn check_decimals(golden: &Golden, percent: &GarchFit) {
    let fit = golden.model.fit(&decimals()).unwrap();
    let square_of_the_scale: f64 = 1e4;
    let equivalent = fit.log_likelihood - 5030.0 * 100.0_f64.ln();
    assert!((equivalent - percent.log_likelihood).abs() < 1e-6);
    assert!(equivalent >= golden.log_likelihood - 1e-6);
    let (p, d) = (&percent.parameters, &fit.parameters);
    let omega = match golden.model.dynamics {
        Dynamics::Egarch => d.omega + (1.0 - d.beta) * square_of_the_scale.ln(),
        Dynamics::Garch | Dynamics::Gjr => d.omega * square_of_the_scale,
    };
    assert!((omega - p.omega).abs() < 1e-6);
    assert!((100.0 * d.mean - p.mean).abs() < 1e-6);
    for (d, p) in [(d.alpha, p.alpha), (d.gamma, p.gamma), (d.beta, p.beta), (d.lambda, p.lambda)] {
        assert!((d - p).abs() < 1e-6);
    }
    assert!((d.nu - p.nu).abs() < 1e-4);
}

macro_rules! fits {
    ($($test:ident: $name:literal,)*) => {$(
        #[test]
        fn $test() {
            check_fit($name);
        }
    )*};
}

fits! {
    garch_with_normal_errors_reaches_the_golden_optimum_on_percent_and_decimals: "garch11_normal",
    garch_with_t_errors_reaches_the_golden_optimum_on_percent_and_decimals: "garch11_t",
    garch_with_skewed_t_errors_reaches_the_golden_optimum_on_percent_and_decimals: "garch11_skewt",
    gjr_with_normal_errors_reaches_the_golden_optimum_on_percent_and_decimals: "gjr11_normal",
    gjr_with_t_errors_reaches_the_golden_optimum_on_percent_and_decimals: "gjr11_t",
    egarch_with_normal_errors_reaches_the_golden_optimum_on_percent_and_decimals: "egarch11_normal",
    egarch_with_t_errors_reaches_the_golden_optimum_on_percent_and_decimals: "egarch11_t",
}

#[test]
fn the_optimum_of_gjr_lies_on_the_border_where_gains_excite_nothing() {
    let fit = GOLDENS[2].model.fit(&percent()).unwrap();
    assert_eq!(fit.parameters.alpha, 0.0);
    assert_eq!(fit.status, FitStatus::Converged);
}

#[test]
fn a_year_alone_is_fitted_at_least_as_well_as_the_peer_does() {
    let year = &percent()[..250];
    for golden in &GOLDENS {
        let fit = golden.model.fit(year).unwrap();
        assert!(fit.log_likelihood >= golden.first_year - 1e-6, "{}: {}", golden.name, fit.log_likelihood);
    }
}

#[test]
fn robust_standard_errors_agree_with_the_peer_to_what_its_differences_can_tell() {
    let returns = percent();
    for golden in &GOLDENS {
        // The peer's errors are those at its own stop, which is the optimum to five digits.
        let fit = golden.model.fit(&returns).unwrap();
        let errors = fit.standard_errors(&returns, ErrorCovariance::Robust).unwrap();
        let got = [
            errors.mean,
            errors.omega,
            errors.alpha,
            errors.gamma.unwrap_or(0.0),
            errors.beta,
            errors.nu.unwrap_or(0.0),
            errors.lambda.unwrap_or(0.0),
        ];
        for (got, want) in got.iter().zip(golden.arch_errors) {
            assert_near(golden.name, *got, want, 2e-3);
        }
    }
}

#[test]
fn standard_errors_do_not_depend_on_the_unit_and_the_three_kinds_are_alike() {
    let golden = &GOLDENS[5];
    let (percent, decimals) = (percent(), decimals());
    let (left, right) = (golden.model.fit(&percent).unwrap(), golden.model.fit(&decimals).unwrap());
    for kind in [ErrorCovariance::Hessian, ErrorCovariance::OuterProduct, ErrorCovariance::Robust] {
        let p = left.standard_errors(&percent, kind).unwrap();
        let d = right.standard_errors(&decimals, kind).unwrap();
        assert_near("beta", d.beta, p.beta, 1e-3);
        assert_near("mean", 100.0 * d.mean, p.mean, 1e-3);
        assert_near("beta of the robust kind", p.beta, golden.arch_errors[4], 0.5);
        assert_eq!((p.lambda, p.nu.is_some()), (None, true));
    }
}

#[test]
fn the_expected_variance_of_egarch_agrees_with_two_hundred_thousand_simulated_paths() {
    let golden = &GOLDENS[4];
    let seen = golden.model.evaluate(&parameters(golden.polished), &percent()).unwrap();
    let forecast = seen.next.forecast(10).unwrap();
    for ((got, want), error) in forecast.variances().unwrap().iter().zip(SIMULATED).zip(SIMULATED_ERRORS) {
        assert!((got - want).abs() < 4.0 * error + 1e-9, "{got} {want} {error}");
    }
}

#[test]
fn egarch_with_fat_tails_says_that_it_expects_no_finite_variance() {
    let golden = &GOLDENS[5];
    let seen = golden.model.evaluate(&parameters(golden.polished), &percent()).unwrap();
    let forecast = seen.next.forecast(10).unwrap();
    assert_eq!(forecast.variances(), None);
    let VarianceForecast::LogVariance { expected_log, .. } = forecast else { panic!("{forecast:?}") };
    assert_near("next", expected_log[0].exp(), golden.forecast[0], 1e-12);
    assert!(expected_log.windows(2).all(|pair| pair[1] < pair[0])); // from high to the long run
}

#[test]
fn the_stream_goes_on_where_the_fit_ended() {
    let returns = percent();
    for golden in &GOLDENS {
        let given = parameters(golden.polished);
        let half = golden.model.evaluate(&given, &returns[..2500]).unwrap();
        let whole = golden.model.evaluate(&given, &returns).unwrap();
        let mut stream: ConditionalVariance = half.next;
        // The means of the samples differ by nothing that the backcast, long forgotten, could still show.
        for (value, variance) in returns.iter().zip(&whole.variances).skip(2500) {
            assert_near("variance", stream.variance(), *variance, 1e-9);
            stream.observe(*value).unwrap();
        }
        assert_near("next", stream.variance(), whole.next.variance(), 1e-9);
    }
}

#[test]
#[ignore = "a search from every start takes minutes in debug; run with --release -- --ignored"]
fn no_start_leads_higher_than_the_two_that_are_climbed() {
    let returns = percent();
    let all = FitOptions { climbs: usize::MAX, ..FitOptions::default() };
    for golden in &GOLDENS {
        let model: VolatilityModel = golden.model;
        for window in [&returns[..], &returns[..1000], &returns[2000..2500], &returns[4000..]] {
            let (quick, thorough) = (model.fit(window).unwrap(), model.fit_with(window, all).unwrap());
            assert!(
                quick.log_likelihood > thorough.log_likelihood - 1e-5,
                "{} {}",
                golden.name,
                window.len()
            );
        }
    }
}
