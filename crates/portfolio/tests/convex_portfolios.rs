//! Convex portfolio programs against certified optima, and the laws they must keep.
#![cfg(feature = "optimise")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{
    Inputs, Portfolio, PortfolioError, Reward, Risk, RiskBudgets, Solution, SolvedBy, WeightBounds,
    efficient_frontier, maximum_diversification, minimum_variance,
};
use ndarray::Array2;
use proptest::prelude::*;
use reference::*;

fn inputs() -> Inputs {
    let (expected, covariance) = annual();
    let inputs = Inputs::new(returns().names().to_vec()).unwrap();
    let mut inputs = inputs.covariance(covariance).unwrap().expected(expected.to_vec()).unwrap();
    for (sector, members) in portfolio("minvar_sector")["sectors"].as_object().unwrap() {
        let members: Vec<&str> = members.as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
        inputs = inputs.sector(sector, &members).unwrap();
    }
    inputs
}

fn daily() -> Inputs {
    Inputs::from_returns(&returns()).unwrap()
}

fn long(risk: Risk) -> Portfolio {
    Portfolio::minimise(risk).long_only().cap(1.0)
}

fn most(reward: Reward) -> Portfolio {
    Portfolio::maximise(reward).long_only().cap(1.0)
}

#[track_caller]
fn assert_reference(name: &str, asked: &Portfolio) -> Solution {
    let expected = portfolio(name);
    let answer = asked.solve(&inputs()).unwrap();
    assert_close(&answer.weights, &numbers(&expected["w"]), 1e-10);
    let volatility = answer.volatility.unwrap() / number(&expected["vol"]) - 1.0;
    assert!(volatility.abs() < 1e-10, "{name}: volatility off by {volatility:e}");
    assert!(answer.residuals.largest() < 1e-10, "{name}: {:?}", answer.residuals);
    answer
}

#[test]
fn minimum_variance_meets_the_reference_under_every_box() {
    for (name, asked) in [
        ("minvar_unconstrained", Portfolio::minimise(Risk::Variance).each(..)),
        ("minvar_long_only", long(Risk::Variance)),
        ("minvar_box_1pct_10pct", Portfolio::minimise(Risk::Variance).each(0.01..=0.10)),
    ] {
        assert_eq!(assert_reference(name, &asked).solved_by, SolvedBy::ActiveSet, "{name}");
    }
}

#[test]
fn sector_limits_meet_the_reference() {
    let mut asked = long(Risk::Variance);
    for (sector, limits) in portfolio("minvar_sector")["limits"].as_object().unwrap() {
        let limits = numbers(limits);
        asked = asked.sector(sector, limits[0]..=limits[1]);
    }
    let answer = assert_reference("minvar_sector", &asked);
    assert!(answer.binding.contains(&"sector staples at most 0.35".to_owned()), "{:?}", answer.binding);
    assert!(answer.binding.contains(&"sector tech at least 0.1".to_owned()), "{:?}", answer.binding);
}

#[test]
fn a_turnover_cap_meets_the_reference() {
    let portfolio = long(Risk::Variance).turnover_from(&[0.05; 20], 0.3);
    let answer = assert_reference("minvar_turnover_030_from_equal", &portfolio);
    assert!(answer.binding.contains(&"turnover at most 0.3".to_owned()), "{:?}", answer.binding);
}

#[test]
fn utility_meets_the_reference_with_and_without_costs() {
    let utility = most(Reward::Utility { risk_aversion: 5.0 });
    let answer = assert_reference("utility_lambda5_long_only", &utility);
    assert_eq!(answer.solved_by, SolvedBy::ActiveSet);
    let current = numbers(&portfolio("minvar_long_only")["w"]);
    assert_reference("utility_lambda5_cost200bp_from_minvar", &utility.cost_from(&current, 0.02));
}

#[test]
fn maximum_sharpe_meets_the_reference() {
    let sharpe = Reward::Sharpe { risk_free: 0.02 };
    for (name, asked) in [
        ("max_sharpe_long_only", most(sharpe)),
        ("max_sharpe_box_0_20pct", Portfolio::maximise(sharpe).long_only()),
        ("max_sharpe_unconstrained", Portfolio::maximise(sharpe).each(..)),
    ] {
        let answer = assert_reference(name, &asked);
        let expected = number(&portfolio(name)["sharpe_rf2pct"]);
        assert!((answer.objective / expected - 1.0).abs() < 1e-10);
        // That the ratio has no size is no limit that anybody set.
        let limits = ["no weight below 0", "each weight at most 0.2", "each weight at most 1"];
        assert!(answer.binding.iter().all(|text| limits.contains(&&text[..])), "{:?}", answer.binding);
    }
}

#[test]
fn long_and_short_with_a_return_floor_meets_the_reference() {
    let portfolio = Portfolio::minimise(Risk::Variance).each(..).gross(1.6).return_at_least(0.20);
    let answer = assert_reference("minvar_130_30_ret20pct", &portfolio);
    assert_eq!(answer.binding, ["expected return at least 0.2"]);
}

#[test]
fn maximum_diversification_meets_the_reference_and_the_fast_path() {
    let answer = assert_reference("max_diversification_long_only", &most(Reward::Diversification));
    assert_close(&answer.weights, &maximum_diversification(annual().1.view()).unwrap(), 1e-10);
}

#[test]
fn the_frontier_meets_the_reference() {
    let frontier = efficient_frontier(&long(Risk::Variance), &inputs(), 20).unwrap();
    let expected = portfolios()["frontier_20_long_only"].as_array().unwrap().clone();
    assert_eq!(frontier.len(), expected.len());
    for (point, expected) in frontier.iter().zip(&expected) {
        assert!((point.target - number(&expected["target"])).abs() < 1e-10);
        let volatility = point.solution.volatility.unwrap() / number(&expected["vol"]) - 1.0;
        assert!(volatility.abs() < 1e-10, "target {}: {volatility:e}", point.target);
    }
}

#[test]
fn minimum_expected_shortfall_meets_the_reference() {
    let expected = portfolio("min_cvar95_long_only");
    let answer = long(Risk::ConditionalValueAtRisk { confidence: 0.95 }).solve(&daily()).unwrap();
    assert_eq!(answer.solved_by, SolvedBy::ActiveSet);
    assert!(answer.residuals.largest() <= 1e-10);
    assert!((answer.objective / number(&expected["cvar95_daily"]) - 1.0).abs() < 1e-9);
    assert_close(&answer.weights, &numbers(&expected["w"]), 1e-7);
}

#[test]
fn minimum_semivariance_meets_the_reference() {
    let expected = portfolio("min_semivariance_long_only");
    let answer = long(Risk::Semivariance).solve(&daily()).unwrap();
    let value = 1000.0 * answer.objective.sqrt();
    assert!((value / number(&expected["value"]) - 1.0).abs() < 1e-7, "{value}");
}

#[test]
fn minimum_absolute_deviation_meets_the_reference() {
    let expected = number(&portfolio("min_mad_long_only")["value"]);
    let answer = long(Risk::MeanAbsoluteDeviation).solve(&daily()).unwrap();
    assert!((answer.objective / expected - 1.0).abs() < 1e-7, "{}", answer.objective);
}

#[test]
fn a_volatility_limit_is_the_frontier_read_the_other_way() {
    let expected = &portfolios()["frontier_20_long_only"][9];
    let portfolio = most(Reward::Return).volatility_at_most(number(&expected["vol"]));
    let answer = portfolio.solve(&inputs()).unwrap();
    assert!((answer.objective / number(&expected["target"]) - 1.0).abs() < 1e-8);
}

#[test]
fn few_assets_and_no_crumbs() {
    let answer = long(Risk::Variance).at_most_assets(4).solve(&inputs()).unwrap();
    assert_eq!(answer.weights.iter().filter(|w| w.abs() > 1e-9).count(), 4);
    let answer = long(Risk::Variance).smallest_position(0.05).solve(&inputs()).unwrap();
    assert!(answer.weights.iter().all(|w| *w == 0.0 || *w > 0.05 - 1e-9), "{:?}", answer.weights);
    assert!(answer.choice.unwrap().proven, "{:?}", answer.choice);
    assert_eq!(long(Risk::Variance).solve(&inputs()).unwrap().choice, None);
}

/// Every choice of assets, one convex program each.
fn best_of_all_choices(asked: &Portfolio, inputs: &Inputs, most: u32) -> f64 {
    let names = inputs.names().to_vec();
    let choices = (1_u32..1 << names.len()).filter(|choice| choice.count_ones() <= most);
    let objective = |choice: u32| {
        let out = names.iter().enumerate().filter(|(i, _)| choice >> i & 1 == 0);
        let asked = out.fold(asked.clone(), |asked, (_, name)| asked.weight(name, 0.0..=0.0));
        asked.solve(inputs).map_or(f64::INFINITY, |answer| answer.objective)
    };
    choices.map(objective).fold(f64::INFINITY, f64::min)
}

#[test]
fn shares_of_risk_within_limits() {
    let covariance = annual().1;
    let exact = RiskBudgets::equal(20).unwrap().solve(covariance.view()).unwrap();
    let free = Portfolio::sharing_risk(&[1.0; 20]).cap(1.0).solve(&inputs()).unwrap();
    assert_close(&free.weights, &exact.weights, 1e-6);
    let least = exact.weights.iter().copied().fold(1.0, f64::min);
    let capped = Portfolio::sharing_risk(&[1.0; 20]).cap(0.06).solve(&inputs()).unwrap();
    assert!(capped.weights.iter().all(|w| *w < 0.06 + 1e-8 && *w > least / 2.0), "{:?}", capped.weights);
    assert_eq!(capped.binding, ["each weight at most 0.06"]);
    assert!(Portfolio::sharing_risk(&[1.0; 3]).solve(&inputs()).is_err());
    assert!(Portfolio::sharing_risk(&[0.0; 20]).solve(&inputs()).is_err());
}

#[test]
fn a_frontier_goes_on_from_point_to_point() {
    let frontier = efficient_frontier(&long(Risk::Variance), &inputs(), 20).unwrap();
    let continued = frontier.iter().filter(|point| point.solution.solved_by == SolvedBy::Continued).count();
    assert!(continued >= 16, "{continued} of 20");
    for point in &frontier {
        let alone = long(Risk::Variance).return_at_least(point.target - 1e-14).solve(&inputs()).unwrap();
        assert_close(&point.solution.weights, &alone.weights, 1e-7);
        assert!(point.solution.residuals.largest() <= 1e-10);
    }
}

#[test]
fn doubt_about_the_means_pulls_towards_less_risk() {
    let plain = most(Reward::Utility { risk_aversion: 5.0 }).solve(&inputs()).unwrap();
    let doubtful = Reward::RobustUtility { risk_aversion: 5.0, uncertainty: 0.3 };
    let robust = most(doubtful).solve(&inputs()).unwrap();
    assert!(robust.volatility < plain.volatility);
    assert!(robust.residuals.largest() < 1e-8);
}

#[test]
fn kelly_on_a_coin_is_the_edge_over_the_odds() {
    // Wins 60 % of the time, one for one: Kelly stakes 20 %; the rest lies idle.
    let coin: Vec<f64> = (0..10).map(|t| if t < 6 { 1.0 } else { -1.0 }).collect();
    let inputs = Inputs::new(["coin"]).unwrap();
    let inputs = inputs.scenarios(Array2::from_shape_vec((10, 1), coin).unwrap()).unwrap();
    let answer = Portfolio::maximise(Reward::Growth).each(0.0..=1.0).net(..).solve(&inputs).unwrap();
    assert_close(&answer.weights, &[0.2], 1e-6);
    let growth = 0.6 * 1.2_f64.ln() + 0.4 * 0.8_f64.ln();
    assert!((answer.objective - growth).abs() < 1e-10);
}

#[test]
fn a_wider_ball_of_distributions_spreads_the_weights() {
    let daily = Inputs::from_returns(&last_returns(250)).unwrap();
    let shortfall = |radius| match radius {
        0.0 => Risk::ConditionalValueAtRisk { confidence: 0.9 },
        _ => Risk::RobustConditionalValueAtRisk { confidence: 0.9, radius },
    };
    let concentration = |radius: f64| {
        let weights = long(shortfall(radius)).solve(&daily).unwrap().weights;
        weights.iter().map(|w| w * w).sum::<f64>()
    };
    let (tight, wide) = (concentration(0.0), concentration(0.01));
    assert!(wide < tight, "{wide} {tight}");
    assert!(concentration(10.0) < 0.0501);
}

fn covariances() -> impl Strategy<Value = Array2<f64>> {
    prop::collection::vec(prop_oneof![-1.0_f64..-0.01, 0.01_f64..1.0], 8 * 5).prop_map(|entries| {
        let a = Array2::from_shape_vec((8, 5), entries).unwrap();
        a.t().dot(&a) / 8.0
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_fast_path_and_the_conic_path_agree(covariance in covariances(), cap in 0.25_f64..1.0) {
        let inputs = Inputs::new(["A", "B", "C", "D", "E"]).unwrap().covariance(covariance.clone()).unwrap();
        let conic = Portfolio::minimise(Risk::Variance).long_only().cap(cap).solve(&inputs).unwrap();
        let bounds = WeightBounds::new(vec![0.0; 5], vec![cap; 5]).unwrap();
        let fast = minimum_variance(covariance.view(), &bounds).unwrap();
        prop_assert!((conic.volatility.unwrap() - fast.volatility).abs() < 1e-9);
        assert_close(&conic.weights, &fast.weights, 1e-7);
    }

    #[test]
    fn the_choice_of_few_assets_is_the_best_of_all_choices(
        covariance in covariances(), most in 1_u32..5, cap in 0.3_f64..1.0,
    ) {
        let inputs = Inputs::new(["A", "B", "C", "D", "E"]).unwrap().covariance(covariance).unwrap();
        let asked = long(Risk::Variance).cap(cap);
        let best = best_of_all_choices(&asked, &inputs, most);
        match asked.at_most_assets(most as usize).solve(&inputs) {
            Ok(answer) => {
                prop_assert!(answer.choice.is_none_or(|choice| choice.proven));
                prop_assert!((answer.objective - best).abs() <= 1e-8 * best, "{} {best}", answer.objective);
            }
            Err(PortfolioError::Infeasible { conflict }) => {
                prop_assert!(best.is_infinite() && conflict.iter().any(|text| text.starts_with("at most")));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn where_a_sentence_starts_decides_nothing(
        covariance in covariances(),
        tomorrow in covariances(),
        expected in prop::collection::vec(0.01_f64..0.3, 5),
    ) {
        let inputs = |covariance: &Array2<f64>| {
            let names = Inputs::new(["A", "B", "C", "D", "E"]).unwrap().covariance(covariance.clone()).unwrap();
            names.expected(expected.clone()).unwrap().sector("pair", &["A", "B"]).unwrap()
        };
        let moved = &covariance * 0.9 + &tomorrow * 0.1;
        for asked in [
            long(Risk::Variance).cap(0.6),
            long(Risk::Variance).cap(0.6).sector("pair", 0.2..=0.5).turnover_from(&[0.2; 5], 0.5),
            most(Reward::Utility { risk_aversion: 2.0 }).cap(0.5).sector("pair", ..=0.6),
        ] {
            let near = asked.solve(&inputs(&covariance)).unwrap();
            let (cold, warm) =
                (asked.solve(&inputs(&moved)).unwrap(), asked.solve_near(&inputs(&moved), &near).unwrap());
            prop_assert!(warm.residuals.largest() <= 1e-8);
            prop_assert!((cold.objective - warm.objective).abs() <= 1e-8 * (1.0 + cold.objective.abs()));
            assert_close(&cold.weights, &warm.weights, 1e-5);
        }
    }

    #[test]
    fn the_unit_of_returns_moves_no_convex_weight(
        covariance in covariances(),
        expected in prop::collection::vec(0.01_f64..1.0, 5),
        scale in -8_i32..=8,
    ) {
        let c = 10.0_f64.powi(scale);
        let inputs = |c: f64| {
            let names = Inputs::new(["A", "B", "C", "D", "E"]).unwrap();
            let names = names.covariance(&covariance * (c * c)).unwrap();
            names.expected(expected.iter().map(|m| m * c).collect()).unwrap()
        };
        for portfolio in [
            Portfolio::minimise(Risk::Variance).long_only().cap(0.4),
            most(Reward::Sharpe { risk_free: 0.0 }),
            most(Reward::Diversification),
        ] {
            let (a, b) = (portfolio.solve(&inputs(1.0)).unwrap(), portfolio.solve(&inputs(c)).unwrap());
            assert_close(&a.weights, &b.weights, 1e-7);
        }
    }

    #[test]
    fn from_corner_to_corner_one_comes_to_the_shortfall_that_the_conic_solver_finds(
        entries in prop::collection::vec(-1.0_f64..1.0, 60 * 4),
        confidence in 0.5_f64..0.97,
        low in -0.3_f64..0.1,
        high in 0.3_f64..1.0,
    ) {
        let scenarios = Array2::from_shape_vec((60, 4), entries).unwrap();
        let inputs = Inputs::new(["A", "B", "C", "D"]).unwrap().scenarios(scenarios).unwrap();
        let asked = |risk| Portfolio::minimise(risk).each(low..=high);
        let corner = asked(Risk::ConditionalValueAtRisk { confidence }).solve(&inputs).unwrap();
        prop_assert_eq!(corner.solved_by, SolvedBy::ActiveSet);
        prop_assert!(corner.residuals.largest() <= 1e-10);
        // A limit that never holds takes the way over the conic solver.
        let conic = asked(Risk::ConditionalValueAtRisk { confidence }).gross(9.0).solve(&inputs).unwrap();
        prop_assert!(conic.solved_by != SolvedBy::ActiveSet);
        prop_assert!((corner.objective - conic.objective).abs() < 1e-8, "{} {}", corner.objective, conic.objective);
        prop_assert!(corner.objective <= conic.objective + 1e-12);
    }

    #[test]
    fn the_tail_alone_gives_the_shortfall_of_all_scenarios(
        entries in prop::collection::vec(-1.0_f64..1.0, 60 * 3),
        confidence in 0.5_f64..0.97,
    ) {
        let scenarios = Array2::from_shape_vec((60, 3), entries).unwrap();
        let inputs = Inputs::new(["A", "B", "C"]).unwrap().scenarios(scenarios).unwrap();
        let tail = long(Risk::ConditionalValueAtRisk { confidence }).gross(9.0).solve(&inputs).unwrap();
        // A radius of next to nothing takes the way over all scenarios.
        let all = Risk::RobustConditionalValueAtRisk { confidence, radius: 1e-13 };
        let all = long(all).solve(&inputs).unwrap();
        prop_assert!((tail.objective - all.objective).abs() < 1e-8, "{} {}", tail.objective, all.objective);
    }

    #[test]
    fn no_weights_beat_the_certified_sharpe_ratio(
        covariance in covariances(),
        expected in prop::collection::vec(-0.5_f64..1.0, 5),
        other in prop::collection::vec(0.0_f64..1.0, 5),
    ) {
        let inputs = Inputs::new(["A", "B", "C", "D", "E"]).unwrap().covariance(covariance.clone()).unwrap();
        let inputs = inputs.expected(expected.clone()).unwrap();
        let total: f64 = other.iter().sum::<f64>() + 1e-9;
        let other: ndarray::Array1<f64> = other.iter().map(|w| w / total).collect();
        let theirs = other.dot(&ndarray::Array1::from(expected)) / other.dot(&covariance.dot(&other)).sqrt();
        match most(Reward::Sharpe { risk_free: 0.0 }).solve(&inputs) {
            Ok(ours) => prop_assert!(ours.objective >= theirs - 1e-6),
            Err(PortfolioError::NoExcessReturn { best }) => prop_assert!(best <= 1e-6 && theirs <= 1e-6),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

/// What well-known libraries answer with equal weights, a broken number, or nothing.
mod ill_conditioned {
    use super::*;
    use autotrading_portfolio::Returns;

    #[test]
    fn fewer_days_than_stocks_and_tiny_units_are_certified() {
        let few = last_returns(15);
        let all = returns();
        let tiny = Returns::new(all.names().to_vec(), &all.table() * 1e-6).unwrap();
        // The largest weight of the libraries that do answer, where it is unique.
        for (returns, least, sharpe) in
            [(&few, 0.4962, 0.4527), (&all, 0.2092, 0.3034), (&tiny, 0.2092, 0.3034)]
        {
            let inputs = Inputs::from_returns(returns).unwrap();
            let largest = |s: &Solution| s.weights.iter().copied().fold(0.0, f64::max);
            let answer = long(Risk::Variance).solve(&inputs).unwrap();
            assert!((largest(&answer) - least).abs() < 2e-4, "{}", largest(&answer));
            let answer = most(Reward::Sharpe { risk_free: 0.0 }).solve(&inputs).unwrap();
            assert!((largest(&answer) - sharpe).abs() < 1e-3, "{}", largest(&answer));
        }
        let parity = RiskBudgets::equal(20).unwrap();
        let sample = autotrading_portfolio::CovarianceEstimator::Sample;
        assert!(parity.solve(sample.estimate(&few).unwrap().matrix.view()).unwrap().residual <= 1e-12);
    }

    #[test]
    fn duplicates_and_near_duplicates_are_certified_and_no_better_than_the_original() {
        let all = returns();
        let original = Inputs::from_returns(&all).unwrap();
        for nudge in [0.0, 1e-9] {
            let mut table = all.table().to_owned();
            let twin = all.table().column(0).to_owned();
            let twin = ndarray::Array1::from_shape_fn(twin.len(), |t| twin[t] + nudge * (t as f64).sin());
            table.push_column(twin.view()).unwrap();
            let names = all.names().iter().cloned().chain(["DUP".to_owned()]);
            let inputs = Inputs::from_returns(&Returns::new(names, table).unwrap()).unwrap();
            for asked in [long(Risk::Variance), most(Reward::Sharpe { risk_free: 0.0 })] {
                let (one, two) = (asked.solve(&original).unwrap(), asked.solve(&inputs).unwrap());
                assert!(two.residuals.largest() < 1e-8, "{:?}", two.residuals);
                assert!((two.objective / one.objective - 1.0).abs() < 1e-6);
                let pair = two.weights[0] + two.weights[20];
                assert!((pair - one.weights[0]).abs() < 1e-5, "{pair} {}", one.weights[0]);
                assert!(two.condition_number.unwrap() > 1e12);
            }
        }
    }

    #[test]
    fn all_means_negative_is_an_error_and_minimum_variance_is_not_touched() {
        let all = returns();
        let table = &all.table() - &all.means().unwrap() - 1e-4;
        let inputs = Inputs::from_returns(&Returns::new(all.names().to_vec(), table).unwrap()).unwrap();
        let error = most(Reward::Sharpe { risk_free: 0.0 }).solve(&inputs).unwrap_err();
        assert!(matches!(error, PortfolioError::NoExcessReturn { best } if (best + 1e-4).abs() < 1e-12));
        let weights = long(Risk::Variance).solve(&inputs).unwrap().weights;
        assert_close(&weights, &numbers(&portfolio("minvar_long_only")["w"]), 1e-9);
    }
}
