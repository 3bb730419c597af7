//! Covariance estimates against published equations and well-known libraries, on 20 stocks over 2500 days.
#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{
    CovarianceEstimator, ExpectedReturns, Returns, ShrinkageTarget, factor_model, pairwise_covariance,
};
use autotrading_statistics::{Cholesky, Decay, ExponentialCovariance};
use ndarray::{Array1, Axis};
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

#[test]
fn means_that_fade_and_means_that_shrink_meet_the_reference() {
    // NumPy: explicit weights 0.97^k; Jorion's equations with linalg.solve, the weight of the centre being 0.5715.
    let decay = Decay::from_lambda(0.97).unwrap();
    let fading = ExpectedReturns::Exponential { decay }.estimate(&returns()).unwrap();
    assert_close(&fading.to_vec()[..2], &[-0.00372206, -0.00260658], 5e-9);
    let shrunk = ExpectedReturns::JamesStein.estimate(&returns()).unwrap();
    let expected = [0.000_717_842_066_695_148_1, 0.001_085_499_301_391_232_7, 0.000_555_788_822_028_725_5];
    assert_close(&shrunk.to_vec()[..3], &expected, 1e-16);
    assert!(
        (&shrunk - 0.000_470_024_368_297_408_56)
            .iter()
            .zip(&(&returns().means().unwrap() - 0.000_470_024_368_297_408_56))
            .all(|(a, b)| (a / b - (1.0 - 0.571_523_524_801_807_8)).abs() < 1e-9)
    );
}

#[test]
fn factors_meet_the_reference_and_need_fewer_days_than_stocks() {
    // NumPy's lstsq on two factors, the mean of the first ten stocks and that of the others.
    let of = |returns: &Returns| {
        let half = |from: usize| {
            returns.table().slice_axis(Axis(1), (from..from + 10).into()).mean_axis(Axis(1)).unwrap()
        };
        ndarray::stack(Axis(1), &[half(0).view(), half(10).view()]).unwrap()
    };
    let model = factor_model(&returns(), of(&returns()).view()).unwrap();
    let covariance = model.covariance();
    let got = [covariance[[0, 0]], covariance[[0, 1]], covariance[[19, 3]], model.specific[0]];
    let expected = [
        0.000_328_660_396_619_874_03,
        0.000_266_731_356_100_605_5,
        0.000_149_143_543_326_937_56,
        0.000_183_437_845_987_285_13,
    ];
    assert_close(&got, &expected, 1e-16);
    let few = last_returns(15);
    let covariance = factor_model(&few, of(&few).view()).unwrap().covariance();
    assert!(Cholesky::of(covariance.view()).is_ok(), "fifteen days of twenty stocks");
}

#[test]
fn one_more_row_is_as_if_all_rows_were_seen_again() {
    let (returns, lambda) = (last_returns(300), 0.97_f64);
    let mut stream = ExponentialCovariance::new(20, Decay::from_lambda(lambda).unwrap()).unwrap();
    for (seen, row) in returns.table().rows().into_iter().enumerate() {
        stream.push(row).unwrap();
        if ![0, 1, 40, 299].contains(&seen) {
            continue;
        }
        // The plain definition, all rows and their weights.
        let weights = Array1::from_shape_fn(seen + 1, |t| lambda.powi(i32::try_from(seen - t).unwrap()));
        let rows = returns.table().slice_axis(Axis(0), (0..=seen).into()).to_owned();
        let mean = weights.dot(&rows) / weights.sum();
        let moved = &rows - &mean;
        let weighed = &moved * &weights.view().insert_axis(Axis(1));
        let plain = moved.t().dot(&weighed) / weights.sum();
        let worst = (&stream.covariance().unwrap() - &plain).iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        assert!(worst < 1e-17, "after {seen}: {worst:e}");
    }
}

#[test]
fn a_pair_with_holes_uses_the_days_that_both_have() {
    let all = last_returns(60);
    let mut holed = all.table().to_owned();
    (0..20).for_each(|day| holed[[day, 3]] = f64::NAN);
    (50..60).for_each(|day| holed[[day, 7]] = f64::NAN);
    let pairwise = pairwise_covariance(all.names().to_vec(), holed.view(), 20).unwrap();
    let over = |days: std::ops::Range<usize>| {
        let table = all.table().slice_axis(Axis(0), days.into()).to_owned();
        let returns = Returns::new(all.names().to_vec(), table).unwrap();
        CovarianceEstimator::Sample.estimate(&returns).unwrap().matrix
    };
    let expected = [over(0..60)[[0, 1]], over(20..60)[[0, 3]], over(20..50)[[3, 7]], over(0..50)[[7, 7]]];
    let got = [pairwise[[0, 1]], pairwise[[0, 3]], pairwise[[3, 7]], pairwise[[7, 7]]];
    assert_close(&got, &expected, 1e-18);
    assert!(pairwise_covariance(all.names().to_vec(), holed.view(), 31).is_err(), "thirty days in common");
}

#[cfg(feature = "optimise")]
mod spectrum {
    use super::*;
    use autotrading_portfolio::{
        condition_number, denoised, detoned, eigenvalues, nearest_positive_semidefinite,
    };
    use ndarray::Array2;

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
    fn no_covariance_is_nearer_to_a_broken_one_than_the_repaired() {
        let all = last_returns(40);
        let mut holed = all.table().to_owned();
        // Holes that let pairs disagree: each stock misses its own days.
        (0..20).for_each(|i| (0..13).for_each(|k| holed[[(i * 7 + k * 3) % 40, i]] = f64::NAN));
        let broken = pairwise_covariance(all.names().to_vec(), holed.view(), 5).unwrap();
        assert!(eigenvalues(broken.view()).unwrap()[0] < -1e-6, "it must be broken to be repaired");
        let repaired = nearest_positive_semidefinite(broken.view()).unwrap();
        // The nearest point of a convex cone: what is left is normal to it.
        let left: Array2<f64> = &broken - &repaired;
        assert!((&left * &repaired).sum().abs() < 1e-18, "the rest is not at right angles to the repaired");
        assert!(eigenvalues((-&left).view()).unwrap()[0] > -1e-16, "the rest points back into the cone");
        assert!(eigenvalues(repaired.view()).unwrap()[0] > -1e-16);
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
