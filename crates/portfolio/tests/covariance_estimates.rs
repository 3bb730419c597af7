//! Covariance estimates against published equations and well-known libraries, on 20 stocks over 2500 days.
#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{CovarianceEstimator, Returns, ShrinkageTarget};
use autotrading_statistics::{Cholesky, Decay};
use reference::*;

const IDENTITY: CovarianceEstimator = CovarianceEstimator::LedoitWolf(ShrinkageTarget::Identity);
const CONSTANT: CovarianceEstimator = CovarianceEstimator::LedoitWolf(ShrinkageTarget::ConstantCorrelation);

#[test]
fn the_input_is_the_reference_input() {
    let means = returns().means().unwrap().to_vec();
    assert_close(&means, &numbers(&covariances()["mean_daily"]), 1e-17);
}

#[test]
fn sample_covariance_meets_the_reference() {
    let sample = CovarianceEstimator::Sample.estimate(&returns()).unwrap();
    assert_relatively_close(&sample.matrix, &triangle(&covariances()["sample_ddof1"]), 1e-12);
    let determinant = Cholesky::of(sample.matrix.view()).unwrap().ln_determinant();
    assert!((determinant - number(&covariances()["logdet_ddof1"])).abs() < 1e-9);
}

#[test]
fn fading_covariance_meets_the_reference() {
    let decay = Decay::from_lambda(0.94).unwrap();
    let fading = CovarianceEstimator::Exponential { decay }.estimate(&returns()).unwrap();
    assert_relatively_close(&fading.matrix, &triangle(&covariances()["ewma_lambda_0.94_zero_mean"]), 1e-12);
}

#[test]
fn shrinkage_meets_the_reference() {
    for (key, estimator) in [
        ("ledoit_wolf_identity", IDENTITY),
        ("ledoit_wolf_constant_correlation", CONSTANT),
        ("oas", CovarianceEstimator::OracleApproximating),
    ] {
        let expected = &covariances()[key];
        let estimate = estimator.estimate(&returns()).unwrap();
        assert_close(&[estimate.shrinkage.unwrap()], &[number(&expected["shrinkage"])], 1e-12);
        assert_relatively_close(&estimate.matrix, &triangle(&expected["cov"]), 1e-12);
    }
}

#[test]
fn gerber_meets_the_reference() {
    let gerber = CovarianceEstimator::Gerber { threshold: 0.5 }.estimate(&returns()).unwrap();
    assert_relatively_close(&gerber.matrix, &triangle(&covariances()["gerber_skfolio"]["cov"]), 1e-12);
}

#[test]
fn fewer_days_than_stocks_shrink_as_in_the_reference() {
    let (few, expected) = (last_returns(15), &covariances()["T15_N20"]);
    for (key, estimator) in [
        ("lw_identity_shrinkage", IDENTITY),
        ("lw_constcorr_shrinkage", CONSTANT),
        ("oas_shrinkage", CovarianceEstimator::OracleApproximating),
    ] {
        let estimate = estimator.estimate(&few).unwrap();
        assert_close(&[estimate.shrinkage.unwrap()], &[number(&expected[key])], 1e-12);
        assert!(Cholesky::of(estimate.matrix.view()).is_ok(), "{key} is not positive definite");
    }
}

#[test]
fn the_unit_of_returns_scales_every_estimate_and_no_intensity() {
    let plain = last_returns(300);
    for scale in [1e-8, 1e8] {
        let scaled = Returns::new(plain.names().to_vec(), &plain.table() * scale).unwrap();
        for estimator in [
            CovarianceEstimator::Sample,
            IDENTITY,
            CONSTANT,
            CovarianceEstimator::OracleApproximating,
            CovarianceEstimator::Gerber { threshold: 0.5 },
        ] {
            let (a, b) = (estimator.estimate(&plain).unwrap(), estimator.estimate(&scaled).unwrap());
            assert_relatively_close(&(b.matrix / (scale * scale)), &a.matrix, 1e-10);
            assert!((a.shrinkage.unwrap_or(0.0) - b.shrinkage.unwrap_or(0.0)).abs() < 1e-10);
        }
    }
}

#[cfg(feature = "optimise")]
mod spectrum {
    use super::*;
    use autotrading_portfolio::{condition_number, denoised, detoned, eigenvalues};

    #[test]
    fn eigenvalues_and_condition_number_meet_the_reference() {
        let sample = CovarianceEstimator::Sample.estimate(&returns()).unwrap().matrix;
        let values = eigenvalues(sample.view()).unwrap();
        for (got, expected) in values.iter().zip(numbers(&covariances()["eigenvalues_ddof1"])) {
            assert!((got / expected - 1.0).abs() < 1e-11);
        }
        let condition = condition_number(sample.view()).unwrap();
        assert!((condition / number(&covariances()["condition_number_ddof1"]) - 1.0).abs() < 1e-11);
        let few = &covariances()["T15_N20"];
        for (key, estimator) in [("lw_identity_cond", IDENTITY), ("lw_constcorr_cond", CONSTANT)] {
            let matrix = estimator.estimate(&last_returns(15)).unwrap().matrix;
            assert!((condition_number(matrix.view()).unwrap() / number(&few[key]) - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn denoised_and_detoned_meet_the_reference() {
        let sample = CovarianceEstimator::Sample.estimate(&returns()).unwrap().matrix;
        let quiet = denoised(sample.view(), 2500).unwrap();
        assert_relatively_close(&quiet, &triangle(&covariances()["denoise_mp_skfolio"]["cov"]), 1e-6);
        let toneless = detoned(sample.view(), 1).unwrap();
        let expected = triangle(&covariances()["detone_skfolio"]["cov"]);
        let largest = expected.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let worst = (&toneless - &expected).iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        assert!(worst < 1e-12 * largest, "{worst:e} of {largest:e}");
    }
}
