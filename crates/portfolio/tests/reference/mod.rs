//! The reference data set and its numbers, read from `tests/data`.
#![allow(dead_code, reason = "each test file uses its own part")]

use autotrading_portfolio::Returns;
use ndarray::{Array1, Array2};
use serde_json::Value;

const PRICE_CHANGES: &str = include_str!("../data/us20_price_changes.csv");
const COVARIANCE: &str = include_str!("../data/covariance.json");
const PORTFOLIO: &str = include_str!("../data/portfolio.json");

/// 2500 daily simple returns of 20 stocks.
pub(crate) fn returns() -> Returns {
    let mut lines = PRICE_CHANGES.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut level = vec![0_i64; names.len()];
    let mut prices = Vec::new();
    for line in lines {
        for (level, change) in level.iter_mut().zip(line.split(',')) {
            *level += if change.is_empty() { 0 } else { change.parse::<i64>().unwrap() };
        }
        prices.extend(level.iter().map(|&thousandths| thousandths as f64 / 1000.0));
    }
    let prices = Array2::from_shape_vec((prices.len() / names.len(), names.len()), prices).unwrap();
    Returns::from_prices(names, prices.view()).unwrap()
}

/// The last `periods` of them.
pub(crate) fn last_returns(periods: usize) -> Returns {
    let all = returns();
    let from = all.observations() - periods;
    Returns::new(all.names().to_vec(), all.table().slice_axis(ndarray::Axis(0), (from..).into()).to_owned())
        .unwrap()
}

/// Expected returns and covariance as the reference portfolios have them: 252 times mean and sample covariance.
pub(crate) fn annual() -> (Array1<f64>, Array2<f64>) {
    let returns = returns();
    let sample = autotrading_portfolio::CovarianceEstimator::Sample.estimate(&returns).unwrap().matrix;
    (returns.means().unwrap() * 252.0, sample * 252.0)
}

pub(crate) fn covariances() -> Value {
    serde_json::from_str(COVARIANCE).unwrap()
}

pub(crate) fn portfolios() -> Value {
    serde_json::from_str(PORTFOLIO).unwrap()
}

pub(crate) fn portfolio(name: &str) -> Value {
    portfolios()["portfolios"][name].clone()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// A symmetric matrix from its lower triangle.
pub(crate) fn triangle(value: &Value) -> Array2<f64> {
    let entries = numbers(value);
    let n = ((8.0 * entries.len() as f64 + 1.0).sqrt() as usize - 1) / 2;
    Array2::from_shape_fn((n, n), |(i, j)| {
        let (row, column) = (i.max(j), i.min(j));
        entries[row * (row + 1) / 2 + column]
    })
}

#[track_caller]
pub(crate) fn assert_close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "differs by {worst:e}, allowed {tolerance:e}\n{got:?}\n{expected:?}");
}

#[track_caller]
pub(crate) fn assert_relatively_close(got: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    assert_eq!(got.dim(), expected.dim());
    let gap = |(a, b): (&f64, &f64)| ((a - b) / b).abs();
    let worst = got.iter().zip(expected).map(gap).fold(0.0, f64::max);
    assert!(worst <= tolerance, "differs by {worst:e} relative, allowed {tolerance:e}");
}
