//! The test of Engle and Granger against another program, and against what it promises.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::{CointegrationError, EngleGranger, Significance};

const GOLDENS: &str = include_str!("data/cointegration_goldens.csv");

/// Noise of a fixed generator, uniform in `[-1, 1]`.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// The series of `data/make_cointegration_goldens.py`.
fn series(kind: &str, n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut noise = noise(seed);
    let (mut level, mut kept, mut walk) = (0.0, 0.0, 0.0);
    let mut pair = || {
        level += noise();
        let step = noise();
        kept = 0.5 * kept + step;
        walk += step;
        (if kind == "together" { 0.8 * level + 0.3 + kept } else { walk }, level)
    };
    (0..n).map(|_| pair()).unzip()
}

#[test]
fn the_test_equals_statsmodels() {
    for line in GOLDENS.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells[place].parse::<f64>().unwrap();
        let (y, x) = series(cells[0], cells[1].parse().unwrap(), cells[2].parse().unwrap());
        let ours = EngleGranger::test(&y, &x, cells[3].parse().unwrap()).unwrap();
        for (ours, theirs) in
            [(ours.intercept, number(4)), (ours.slope, number(5)), (ours.statistic, number(6))]
        {
            assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{line}: {ours}");
        }
    }
}

#[test]
fn prices_that_belong_together_pass_and_strangers_do_not() {
    let (y, x) = series("together", 1_000, 3);
    assert!(EngleGranger::test(&y, &x, 1).unwrap().holds(Significance::FivePercent));
    let (y, x) = series("alone", 1_000, 3);
    assert!(!EngleGranger::test(&y, &x, 1).unwrap().holds(Significance::TenPercent));
}

#[test]
fn strangers_pass_as_often_as_the_significance_says() {
    let share = |significance| {
        let passes = (0..2_000).filter(|seed| {
            let (y, x) = series("alone", 200, 1_000 + seed * 7_919);
            EngleGranger::test(&y, &x, 1).unwrap().holds(significance)
        });
        passes.count() as f64 / 2_000.0
    };
    // Two standard errors of a share of 5 % among 2000 are 1 %, of 10 % 1.4 %.
    assert!((share(Significance::FivePercent) - 0.05).abs() < 0.015);
    assert!((share(Significance::TenPercent) - 0.10).abs() < 0.02);
}

#[test]
fn what_cannot_be_tested_is_refused_with_its_reason() {
    let line: Vec<f64> = (0..40).map(f64::from).collect();
    let twice: Vec<f64> = line.iter().map(|x| 2.0 * x).collect();
    let test = |y: &[f64], x: &[f64], lags| EngleGranger::test(y, x, lags).unwrap_err();
    assert_eq!(test(&line, &line[..39], 1), CointegrationError::Length { one: 40, other: 39 });
    assert_eq!(test(&line[..20], &line[..20], 1), CointegrationError::Observations { got: 20, lags: 1 });
    assert_eq!(test(&line, &twice, 5), CointegrationError::Observations { got: 40, lags: 5 });
    assert_eq!(test(&line, &twice, 1), CointegrationError::Degenerate);
    assert_eq!(test(&line, &[1.0; 40], 1), CointegrationError::Degenerate);
    let mut holed = line.clone();
    holed[7] = f64::NAN;
    assert_eq!(test(&holed, &twice, 1), CointegrationError::NotFinite { at: 7 });
}
