//! Portfolios that need no conic solver, against certified references and against the laws they must keep.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{
    ClusterDistance, CovarianceEstimator, HierarchicalRiskParity, LeafOrder, Linkage, PortfolioError,
    Returns, RiskBudgets, WeightBounds, diversification_ratio, inverse_volatility, maximum_diversification,
    minimum_variance,
};
use autotrading_statistics::covariance::quadratic_form;
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use reference::*;

fn weights_of(name: &str) -> Vec<f64> {
    numbers(&portfolio(name)["w"])
}

#[test]
fn equal_risk_contribution_meets_the_reference() {
    let answer = RiskBudgets::equal(20).unwrap().solve(annual().1.view()).unwrap();
    assert_close(&answer.weights, &weights_of("erc_long_only"), 1e-12);
    assert!(answer.residual <= 1e-12);
    assert!((answer.volatility / number(&portfolio("erc_long_only")["vol"]) - 1.0).abs() < 1e-12);
}

#[test]
fn linear_risk_budgets_meet_the_reference() {
    let budgets: Vec<f64> = (1..=20).map(f64::from).collect();
    let answer = RiskBudgets::new(budgets).unwrap().solve(annual().1.view()).unwrap();
    assert_close(&answer.weights, &weights_of("risk_budget_linear_1_to_20"), 1e-12);
}

#[test]
fn inverse_volatility_meets_the_reference() {
    let sigma: Vec<f64> = annual().1.diag().iter().map(|v| v.sqrt()).collect();
    assert_close(&inverse_volatility(&sigma).unwrap(), &weights_of("inverse_volatility"), 1e-12);
}

#[test]
fn minimum_variance_meets_the_reference() {
    let covariance = annual().1;
    for (name, lower, upper) in [
        ("minvar_unconstrained", -10.0, 10.0),
        ("minvar_long_only", 0.0, 1.0),
        ("minvar_box_1pct_10pct", 0.01, 0.10),
    ] {
        let bounds = WeightBounds::new(vec![lower; 20], vec![upper; 20]).unwrap();
        let answer = minimum_variance(covariance.view(), &bounds).unwrap();
        assert_close(&answer.weights, &weights_of(name), 1e-10);
        assert!((answer.volatility / number(&portfolio(name)["vol"]) - 1.0).abs() < 1e-12);
        assert!(answer.residual < 1e-12, "{name}: {:e}", answer.residual);
    }
}

#[test]
fn maximum_diversification_meets_the_reference() {
    let covariance = annual().1;
    let weights = maximum_diversification(covariance.view()).unwrap();
    let expected = portfolio("max_diversification_long_only");
    assert_close(&weights, &numbers(&expected["w"]), 1e-10);
    let ratio = diversification_ratio(covariance.view(), &weights).unwrap();
    assert!((ratio - number(&expected["diversification_ratio"])).abs() < 1e-12);
}

#[test]
fn hierarchical_risk_parity_meets_the_reference_with_its_leaf_order() {
    let (covariance, names) = (annual().1, returns().names().to_vec());
    let plain = HierarchicalRiskParity::default();
    for (name, method) in [
        ("hrp_single_on_d", plain),
        (
            "hrp_single_on_distance_of_d",
            HierarchicalRiskParity { distance: ClusterDistance::BetweenColumns, ..plain },
        ),
        ("hrp_ward_on_d", HierarchicalRiskParity { linkage: Linkage::Ward, ..plain }),
    ] {
        let answer = method.solve(covariance.view()).unwrap();
        let expected = portfolio(name);
        let order: Vec<&str> = answer.order.iter().map(|&i| names[i].as_str()).collect();
        let expected_order: Vec<&str> =
            expected["leaf_order"].as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
        assert_eq!(order, expected_order, "{name}");
        assert_close(&answer.weights, &numbers(&expected["w"]), 1e-13);
        for (merge, row) in answer.tree.iter().zip(expected["linkage"].as_array().into_iter().flatten()) {
            let got = [merge.left as f64, merge.right as f64, merge.distance, merge.size as f64];
            assert_close(&got, &numbers(row), 1e-12);
        }
    }
}

#[test]
fn hierarchical_risk_parity_with_flipped_leaves_meets_its_library() {
    // skfolio 1.12 and Riskfolio-Lib 7.4 flip the leaves; their volatility and smallest weight on this covariance.
    let covariance = annual().1;
    let method =
        HierarchicalRiskParity { order: LeafOrder::MergeByMerge, ..HierarchicalRiskParity::default() };
    let weights = method.solve(covariance.view()).unwrap().weights;
    let variance = quadratic_form(Array1::from(weights.clone()).view(), covariance.view()).unwrap();
    assert!((variance.sqrt() - 0.154_441_273_486_351_14).abs() < 1e-12, "{}", variance.sqrt());
    let smallest = weights.iter().copied().fold(1.0, f64::min);
    assert!((smallest - 0.011_226_666_095_783_327).abs() < 1e-12);
    let plain = weights_of("hrp_single_on_d");
    let gap = weights.iter().zip(plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!((gap - 0.037_741_108_724_330_3).abs() < 1e-12, "the two orders differ by {gap}");
}

/// A covariance of `n` assets from `rows` random rows; singular when there are fewer rows than assets.
fn covariances(n: usize, rows: std::ops::Range<usize>) -> impl Strategy<Value = Array2<f64>> {
    rows.prop_flat_map(move |rows| {
        prop::collection::vec(prop_oneof![-1.0_f64..-0.01, 0.01_f64..1.0], rows * n).prop_map(
            move |entries| {
                let a = Array2::from_shape_vec((rows, n), entries).unwrap();
                a.t().dot(&a) / rows as f64
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_asset_carries_the_risk_it_was_given(
        covariance in covariances(6, 2..20),
        budgets in prop::collection::vec(0.01_f64..1.0, 6),
        scale in -8_i32..=8,
    ) {
        let total: f64 = budgets.iter().sum();
        let budgets = RiskBudgets::new(budgets.iter().map(|b| b / total).collect()).unwrap();
        let unit = match budgets.solve(covariance.view()) {
            Ok(unit) => unit,
            // Fewer days than assets can hide a perfect hedge: no risk, so no shares of it.
            Err(PortfolioError::StoppedEarly { .. }) => {
                let bounds = WeightBounds::long_only(6).unwrap();
                let least = minimum_variance(covariance.view(), &bounds).unwrap();
                prop_assert!(least.volatility < 1e-5, "stopped without a perfect hedge: {}", least.volatility);
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        prop_assert!(unit.residual <= 1e-8);
        prop_assert!((unit.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let scaled = budgets.solve((&covariance * 10.0_f64.powi(2 * scale)).view()).unwrap();
        assert_close(&scaled.weights, &unit.weights, 1e-9);
        let warm = budgets.clone().starting_from(&unit.weights).unwrap().solve(covariance.view()).unwrap();
        prop_assert!(warm.iterations <= unit.iterations + 1, "{} {}", warm.iterations, unit.iterations);
    }

    #[test]
    fn no_allowed_portfolio_has_less_variance_than_the_minimum(
        covariance in covariances(6, 2..20),
        other in prop::collection::vec(0.0_f64..1.0, 6),
        cap in 0.2_f64..1.0,
    ) {
        let bounds = WeightBounds::new(vec![0.0; 6], vec![cap; 6]).unwrap();
        let answer = minimum_variance(covariance.view(), &bounds).unwrap();
        prop_assert!(answer.weights.iter().all(|w| (-1e-12..=cap + 1e-12).contains(w)));
        // Pull any other portfolio into the bounds, towards equal weights.
        let total: f64 = other.iter().sum();
        let other: Vec<f64> = other.iter().map(|w| w / total.max(1e-9)).collect();
        let most = other.iter().copied().fold(1.0 / 6.0, f64::max);
        let t = ((cap - 1.0 / 6.0) / (most - 1.0 / 6.0 + 1e-12)).min(1.0);
        let other: Array1<f64> = other.iter().map(|w| t * w + (1.0 - t) / 6.0).collect();
        if (other.sum() - 1.0).abs() < 1e-9 {
            let theirs = quadratic_form(other.view(), covariance.view()).unwrap();
            prop_assert!(answer.volatility.powi(2) <= theirs * (1.0 + 1e-9) + 1e-9);
        }
    }

    #[test]
    fn the_unit_of_returns_does_not_move_a_weight(covariance in covariances(6, 8..20), scale in -8_i32..=8) {
        let scaled = &covariance * 10.0_f64.powi(2 * scale);
        let bounds = WeightBounds::long_only(6).unwrap();
        let (a, b) = (minimum_variance(covariance.view(), &bounds), minimum_variance(scaled.view(), &bounds));
        assert_close(&a.unwrap().weights, &b.unwrap().weights, 1e-9);
        let method = HierarchicalRiskParity::default();
        let (a, b) = (method.solve(covariance.view()).unwrap(), method.solve(scaled.view()).unwrap());
        assert_close(&a.weights, &b.weights, 1e-12);
        let weights = maximum_diversification(scaled.view()).unwrap();
        assert_close(&weights, &maximum_diversification(covariance.view()).unwrap(), 1e-8);
    }

    #[test]
    fn every_box_of_many_assets_has_a_certified_minimum(covariance in covariances(25, 5..60), cap in 0.05_f64..0.5) {
        let bounds = WeightBounds::new(vec![-0.01; 25], vec![cap; 25]).unwrap();
        let answer = minimum_variance(covariance.view(), &bounds).unwrap();
        prop_assert!(answer.residual <= 1e-10);
        prop_assert!((answer.weights.iter().sum::<f64>() - 1.0).abs() < 1e-10);
    }

    #[test]
    fn hierarchical_weights_are_above_zero_and_sum_to_one(covariance in covariances(9, 2..20)) {
        for linkage in [Linkage::Single, Linkage::Complete, Linkage::Average, Linkage::Ward] {
            for order in [LeafOrder::AsMerged, LeafOrder::Optimal, LeafOrder::MergeByMerge] {
                let method = HierarchicalRiskParity { linkage, order, ..HierarchicalRiskParity::default() };
                let weights = method.solve(covariance.view()).unwrap().weights;
                prop_assert!(weights.iter().all(|w| *w > 0.0));
                prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn bounds_that_cannot_hold_together_are_named() {
    let error = WeightBounds::new(vec![0.0; 4], vec![0.2; 4]).unwrap_err();
    let PortfolioError::Infeasible { conflict } = error else { panic!("{error}") };
    assert_eq!(conflict, ["the weights sum to 1", "the upper bounds, which sum to 0.8"]);
    assert!(WeightBounds::new(vec![0.3; 4], vec![1.0; 4]).is_err());
    assert!(WeightBounds::new(vec![0.5, 0.0], vec![0.4, 1.0]).is_err());
}

/// What well-known libraries answer with equal weights, a broken number, or nothing.
mod ill_conditioned {
    use super::*;

    fn sample(returns: &Returns) -> Array2<f64> {
        CovarianceEstimator::Sample.estimate(returns).unwrap().matrix
    }

    fn with_column(extra: impl Fn(usize, f64) -> f64) -> Returns {
        let all = returns();
        let column = Array1::from_shape_fn(all.observations(), |t| extra(t, all.table()[[t, 0]]));
        let mut table = all.table().to_owned();
        table.push_column(column.view()).unwrap();
        let names = all.names().iter().cloned().chain(["DUP".to_owned()]);
        Returns::new(names, table).unwrap()
    }

    fn certified(covariance: &Array2<f64>) -> (f64, f64, f64) {
        let n = covariance.nrows();
        let least = minimum_variance(covariance.view(), &WeightBounds::long_only(n).unwrap()).unwrap();
        assert!(least.residual <= 1e-10);
        let parity = RiskBudgets::equal(n).unwrap().solve(covariance.view()).unwrap();
        assert!(parity.residual <= 1e-12);
        let tree = HierarchicalRiskParity::default().solve(covariance.view()).unwrap();
        let max = |w: &[f64]| w.iter().copied().fold(0.0, f64::max);
        (max(&least.weights), max(&parity.weights), max(&tree.weights))
    }

    #[test]
    fn fewer_days_than_stocks_have_certified_answers() {
        let (least, parity, tree) = certified(&sample(&last_returns(15)));
        assert!((least - 0.4962).abs() < 1e-4 && (parity - 0.0868).abs() < 2e-5);
        assert!((tree - 0.133_605_370_168_303_8).abs() < 1e-12, "{tree}");
    }

    #[test]
    fn duplicates_and_near_duplicates_have_certified_answers() {
        for returns in [with_column(|_, x| x), with_column(|t, x| x + 1e-9 * (t as f64).sin())] {
            let (least, parity, tree) = certified(&sample(&returns));
            assert!((least - 0.209_209_008_98).abs() < 1e-9, "{least}");
            assert!((parity - 0.070_47).abs() < 1e-5);
            assert!((tree - 0.098_425_726_677).abs() < 1e-9);
        }
    }

    #[test]
    fn returns_of_a_millionth_have_the_answers_of_returns_of_one() {
        let all = returns();
        let tiny = Returns::new(all.names().to_vec(), &all.table() * 1e-6).unwrap();
        let (a, b) = (certified(&sample(&all)), certified(&sample(&tiny)));
        assert_close(&[a.0, a.1, a.2], &[b.0, b.1, b.2], 1e-10);
    }

    #[test]
    fn a_constant_asset_is_an_error_with_its_place() {
        let all = returns();
        let mut table = all.table().to_owned();
        table.column_mut(3).fill(0.0);
        let covariance = sample(&Returns::new(all.names().to_vec(), table).unwrap());
        let expected = PortfolioError::Constant { asset: "asset 3".into(), variance: 0.0 };
        let bounds = WeightBounds::long_only(20).unwrap();
        assert_eq!(minimum_variance(covariance.view(), &bounds), Err(expected.clone()));
        assert_eq!(RiskBudgets::equal(20).unwrap().solve(covariance.view()), Err(expected.clone()));
        assert_eq!(HierarchicalRiskParity::default().solve(covariance.view()), Err(expected));
    }

    #[test]
    fn a_hole_or_an_infinity_never_gets_past_the_door() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut table = returns().table().to_owned();
            table[[100, 3]] = bad;
            let error = Returns::new(returns().names().to_vec(), table).unwrap_err();
            assert!(matches!(error, PortfolioError::NotFinite { row: 100, ref asset, .. } if asset == "BBY"));
        }
    }
}
