//! What a live system will meet, row by row: a certified answer or an error that names what is wrong, and never the equal
//! weights or the NaN that well-known libraries answer some of it with.
#![cfg(feature = "optimise")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{
    CovarianceEstimator, HierarchicalRiskParity, Inputs, Portfolio, PortfolioError, Returns, Reward, Risk,
    RiskBudgets, nearest_positive_semidefinite, pairwise_covariance,
};
use ndarray::{Array1, Array2};
use reference::*;
use serde_json::Value;

const PEERS: &str = include_str!("data/illcond_peers.json");

fn peers() -> Value {
    serde_json::from_str(PEERS).unwrap()
}

/// The table that a row is about, and its names.
fn table(kind: &str) -> (Vec<String>, Array2<f64>) {
    let all = returns();
    let (mut names, mut table) = (all.names().to_vec(), all.table().to_owned());
    let twin = |table: &Array2<f64>, nudge: f64| {
        Array1::from_shape_fn(table.nrows(), |t| table[[t, 0]] + nudge * (t as f64).sin())
    };
    match kind {
        "T15_N20" => table = last_returns(15).table().to_owned(),
        "duplicate_asset" | "near_duplicate_1e-9" => {
            let column = twin(&table, if kind == "duplicate_asset" { 0.0 } else { 1e-9 });
            table.push_column(column.view()).unwrap();
            names.push("DUP".to_owned());
        }
        "constant_asset" => table.column_mut(3).fill(0.0),
        "one_nan" => table[[100, 3]] = f64::NAN,
        "one_inf" => table[[100, 3]] = f64::INFINITY,
        "all_negative_mean" => table = &table - &all.means().unwrap() - 1e-4,
        "scale_1e-6" => table *= 1e-6,
        other => panic!("a row that nobody looks at: {other}"),
    }
    (names, table)
}

/// The weights for what a peer was asked, and how far they are from their optimality conditions.
fn answered(peer: &str, returns: &Returns) -> Result<(Vec<f64>, f64), PortfolioError> {
    let covariance = CovarianceEstimator::Sample.estimate(returns)?.matrix;
    let sentence = |asked: Portfolio| {
        let answer = asked.long_only().cap(1.0).solve(&Inputs::from_returns(returns)?)?;
        let residual = answer.residuals.largest();
        Ok((answer.weights, residual))
    };
    match peer.rsplit('.').next().unwrap() {
        "min_volatility" | "MinVariance" | "MinRisk" => sentence(Portfolio::minimise(Risk::Variance)),
        "max_sharpe" | "MaxSharpe" | "Sharpe" => {
            sentence(Portfolio::maximise(Reward::Sharpe { risk_free: 0.0 }))
        }
        "ERC" => {
            let answer = RiskBudgets::equal(returns.assets())?.solve(covariance.view())?;
            Ok((answer.weights, answer.residual))
        }
        "HRP" => Ok((HierarchicalRiskParity::default().solve(covariance.view())?.weights, 0.0)),
        other => panic!("a problem that nobody solves: {other}"),
    }
}

#[test]
fn every_row_is_certified_or_refused_by_name() {
    let (mut certified, mut refused) = (0, 0);
    for (kind, row) in peers().as_object().unwrap() {
        let (names, table) = table(kind);
        for peer in row.as_object().unwrap().keys() {
            let ours =
                Returns::new(names.clone(), table.clone()).and_then(|returns| answered(peer, &returns));
            let sharpe = peer.to_lowercase().ends_with("sharpe");
            match (kind.as_str(), ours) {
                ("constant_asset", Err(error)) => {
                    // A matrix knows places, a table knows names.
                    let asset =
                        if peer.ends_with("ERC") || peer.ends_with("HRP") { "asset 3" } else { "BBY" };
                    assert_eq!(
                        error,
                        PortfolioError::Constant { asset: asset.into(), variance: 0.0 },
                        "{peer}"
                    );
                    refused += 1;
                }
                ("one_nan" | "one_inf", Err(error)) => {
                    let said = error.to_string();
                    assert!(said.starts_with("the return of BBY in row 100 is"), "{said}");
                    refused += 1;
                }
                ("all_negative_mean", Err(error)) if sharpe => {
                    assert!(matches!(error, PortfolioError::NoExcessReturn { .. }), "{error}");
                    refused += 1;
                }
                ("constant_asset" | "one_nan" | "one_inf", Ok(_)) => panic!("{kind}, {peer}: answered"),
                (_, Ok((weights, residual))) => {
                    assert!(!(kind == "all_negative_mean" && sharpe), "{peer}: answered");
                    let sum: f64 = weights.iter().sum();
                    assert!(residual <= 1e-8 && (sum - 1.0).abs() < 1e-9, "{kind}, {peer}: {residual} {sum}");
                    assert!(weights.iter().all(|w| *w > -1e-9), "{kind}, {peer}: {weights:?}");
                    let most = weights.iter().copied().fold(0.0, f64::max);
                    assert!(most > 1.3 / weights.len() as f64, "{kind}, {peer}: equal weights, {weights:?}");
                    certified += 1;
                }
                (_, Err(error)) => panic!("{kind}, {peer}: {error}"),
            }
        }
    }
    assert_eq!((certified, refused), (52, 36), "8 rows of 11 peers");
}

#[test]
fn where_a_peer_is_exact_the_largest_weight_is_the_same() {
    let rows = peers();
    for (kind, peer, within) in [
        ("T15_N20", "Riskfolio.ERC", 2e-6),
        ("T15_N20", "PyPortfolioOpt.HRP", 1e-13),
        ("duplicate_asset", "PyPortfolioOpt.min_volatility", 1e-10),
        ("duplicate_asset", "PyPortfolioOpt.max_sharpe", 1e-8),
        ("duplicate_asset", "PyPortfolioOpt.HRP", 1e-13),
        ("near_duplicate_1e-9", "PyPortfolioOpt.min_volatility", 1e-9),
        ("near_duplicate_1e-9", "PyPortfolioOpt.HRP", 1e-13),
        ("all_negative_mean", "PyPortfolioOpt.min_volatility", 1e-10),
        ("all_negative_mean", "PyPortfolioOpt.HRP", 1e-13),
        ("all_negative_mean", "Riskfolio.ERC", 2e-6),
        ("scale_1e-6", "PyPortfolioOpt.HRP", 1e-13),
    ] {
        let (names, table) = table(kind);
        let (weights, _) = answered(peer, &Returns::new(names, table).unwrap()).unwrap();
        let most = weights.iter().copied().fold(0.0, f64::max);
        let theirs = number(&rows[kind][peer]["max"]);
        assert!((most - theirs).abs() <= within, "{kind}, {peer}: {most} {theirs}");
    }
}

#[test]
fn a_tiny_unit_gives_the_weights_of_the_plain_one() {
    let (names, tiny) = table("scale_1e-6");
    let tiny = Returns::new(names, tiny).unwrap();
    for peer in ["PyPortfolioOpt.min_volatility", "PyPortfolioOpt.max_sharpe", "Riskfolio.ERC", "skfolio.HRP"]
    {
        let (ours, plain) = (answered(peer, &tiny).unwrap().0, answered(peer, &returns()).unwrap().0);
        assert_close(&ours, &plain, 1e-10);
    }
}

#[test]
fn a_hole_is_bridged_by_a_stated_policy_only() {
    let (names, holed) = table("one_nan");
    let dropped = Returns::complete_rows(names.clone(), holed.view()).unwrap();
    assert_eq!(dropped.observations(), 2499);
    let pairwise = pairwise_covariance(names.clone(), holed.view(), 250).unwrap();
    let repaired = nearest_positive_semidefinite(pairwise.view()).unwrap();
    for covariance in [CovarianceEstimator::Sample.estimate(&dropped).unwrap().matrix, repaired] {
        let inputs = Inputs::new(names.clone()).unwrap().covariance(covariance).unwrap();
        let answer = Portfolio::minimise(Risk::Variance).long_only().cap(1.0).solve(&inputs).unwrap();
        assert!(answer.residuals.largest() <= 1e-10);
        // The answer of a library that bridges it and says nothing.
        let most = answer.weights.iter().copied().fold(0.0, f64::max);
        assert!((most - number(&peers()["one_nan"]["PyPortfolioOpt.min_volatility"]["max"])).abs() < 1e-3);
    }
}
