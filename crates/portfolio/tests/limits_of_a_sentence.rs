//! What the limits of a sentence mean, what they cost, and what is said when they cannot hold.
#![cfg(feature = "optimise")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{Inputs, Portfolio, PortfolioError, Reward, Risk, SolvedBy};
use ndarray::{Array2, array};
use reference::*;

fn daily() -> Inputs {
    Inputs::from_returns(&returns()).unwrap()
}

fn long(risk: Risk) -> Portfolio {
    Portfolio::minimise(risk).long_only().cap(1.0)
}

fn most(reward: Reward) -> Portfolio {
    Portfolio::maximise(reward).long_only().cap(1.0)
}

fn three() -> Inputs {
    let covariance = array![[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]];
    let inputs = Inputs::new(["A", "B", "C"]).unwrap().covariance(covariance).unwrap();
    let inputs = inputs.expected(vec![0.05, 0.08, 0.12]).unwrap();
    inputs.sector("risky", &["B", "C"]).unwrap()
}

#[test]
fn constraints_that_exclude_each_other_are_named_and_no_others() {
    let conflict = |portfolio: Portfolio| match portfolio.solve(&three()) {
        Err(PortfolioError::Infeasible { conflict }) => conflict,
        other => panic!("{other:?}"),
    };
    let variance = Portfolio::minimise(Risk::Variance).long_only();
    assert_eq!(conflict(variance.clone()), ["each weight at most 0.2", "the weights sum to 1"]);
    let capped = variance.clone().cap(0.5).sector("risky", ..=0.3);
    assert_eq!(
        conflict(capped),
        ["each weight at most 0.5", "the weights sum to 1", "sector risky at most 0.3"]
    );
    let far = variance.clone().cap(1.0).turnover_from(&[1.0, 0.0, 0.0], 0.2).weight("C", 0.5..);
    assert_eq!(conflict(far), ["turnover at most 0.2", "C at least 0.5"]);
    let greedy = most(Reward::Sharpe { risk_free: 0.0 }).sector("risky", ..=0.3).weight("B", 0.4..);
    assert!(conflict(greedy).contains(&"sector risky at most 0.3".to_owned()));
    let calm = most(Reward::Return).volatility_at_most(0.05);
    assert!(conflict(calm).contains(&"volatility at most 0.05".to_owned()));
}

#[test]
fn without_a_bound_return_is_unbounded_and_says_so() {
    let portfolio = Portfolio::maximise(Reward::Return).each(..);
    assert_eq!(portfolio.solve(&three()), Err(PortfolioError::Unbounded));
}

#[test]
fn without_excess_return_there_is_no_sharpe_ratio() {
    let poor = three().expected(vec![-0.01, -0.02, -0.03]).unwrap();
    let error = most(Reward::Sharpe { risk_free: 0.0 }).solve(&poor).unwrap_err();
    assert_eq!(error, PortfolioError::NoExcessReturn { best: -0.01 });
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let bare = Inputs::new(["A", "B"]).unwrap();
    let missing = Portfolio::minimise(Risk::Variance).solve(&bare).unwrap_err();
    assert_eq!(missing.to_string(), "minimum variance needs a covariance");
    assert!(matches!(most(Reward::Growth).solve(&three()), Err(PortfolioError::Missing { .. })));
    let unknown = long(Risk::Variance).sector("defi", ..0.3).solve(&three()).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no sector named defi");
    assert!(long(Risk::Variance).weight("D", ..0.3).solve(&three()).is_err());
    assert!(long(Risk::Variance).turnover_from(&[1.0], 0.3).solve(&three()).is_err());
    assert!(matches!(Inputs::new(["A", "A"]), Err(PortfolioError::Duplicate { .. })));
    let impossible = bare.clone().covariance(array![[1.0, 2.0], [2.0, 1.0]]);
    assert!(matches!(impossible, Err(PortfolioError::NotPositiveSemidefinite { .. })));
    let constant = bare.covariance(array![[1.0, 0.0], [0.0, 0.0]]).unwrap_err();
    assert_eq!(constant, PortfolioError::Constant { asset: "B".into(), variance: 0.0 });
    assert!(long(Risk::Variance).cost_from(&[0.3; 3], 0.01).solve(&three()).is_err());
}

#[test]
fn a_limit_that_is_no_number_is_refused_and_never_ignored() {
    let current = [0.4, 0.3, 0.3];
    for asked in [
        long(Risk::Variance).turnover_from(&current, f64::NAN),
        long(Risk::Variance).sector("risky", ..f64::NAN),
        long(Risk::Variance).weight("A", f64::NAN..),
        long(Risk::Variance).gross(f64::NAN),
        long(Risk::Variance).volatility_at_most(f64::NAN),
        long(Risk::Variance).return_at_least(f64::NAN),
        long(Risk::Variance).cap(f64::NAN),
        most(Reward::Utility { risk_aversion: f64::NAN }),
        most(Reward::Sharpe { risk_free: f64::NAN }),
        most(Reward::Return).cost_from(&current, -0.01),
        most(Reward::Return).impact_from(&current, f64::NAN),
    ] {
        let answer = asked.solve(&three());
        assert!(matches!(answer, Err(PortfolioError::Parameter { .. })), "{asked:?}: {answer:?}");
    }
    let confidence = f64::NAN;
    let asked = long(Risk::ConditionalValueAtRisk { confidence });
    assert!(matches!(asked.solve(&daily()), Err(PortfolioError::Parameter { .. })));
    let endless = long(Risk::Variance).sector("risky", ..f64::INFINITY).solve(&three()).unwrap();
    assert_eq!(endless.weights, long(Risk::Variance).solve(&three()).unwrap().weights);
}

#[test]
fn every_limit_is_kept() {
    let benchmark = [0.4, 0.3, 0.3];
    let portfolio = most(Reward::Return)
        .tracking_error(&benchmark, 0.05)
        .exposure("size", &[1.0, 0.0, -1.0], -0.2..=0.2)
        .impact_from(&benchmark, 0.01);
    let answer = portfolio.solve(&three()).unwrap();
    let w = &answer.weights;
    assert!(w[0] - w[2] > -0.2 - 1e-8);
    let gap: Vec<f64> = w.iter().zip(benchmark).map(|(a, b)| a - b).collect();
    let covariance = array![[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]];
    let gap = ndarray::Array1::from(gap);
    assert!(gap.dot(&covariance.dot(&gap)).sqrt() < 0.05 + 1e-8);
    let neutral =
        Portfolio::minimise(Risk::Variance).cap(1.0).net(..).gross(2.0).beta_neutral(&[0.5, 1.0, 1.5]);
    let neutral = neutral.return_at_least(0.01).solve(&three()).unwrap();
    let beta: f64 = neutral.weights.iter().zip([0.5, 1.0, 1.5]).map(|(w, b)| w * b).sum();
    assert!(beta.abs() < 1e-10);
}

#[test]
fn impact_is_paid_by_the_square_root_law() {
    // From all of B: moving d to A gains 0.03 d and costs 0.02 (d^1.5 + d^1.5), best at d = (0.03 / (3 * 0.02))^2.
    let inputs = Inputs::new(["A", "B"]).unwrap().expected(vec![0.08, 0.05]).unwrap();
    let answer = most(Reward::Return).impact_from(&[0.0, 1.0], 0.02).solve(&inputs).unwrap();
    assert_close(&answer.weights, &[0.25, 0.75], 1e-5);
    let net = 0.05 + 0.03 * 0.25 - 2.0 * 0.02 * 0.125;
    assert!((answer.objective - net).abs() < 1e-9, "{}", answer.objective);
    assert_eq!(answer.solved_by, SolvedBy::Conic);
}

#[test]
fn a_position_too_small_is_grown_or_given_up_on_either_side() {
    let asked = Portfolio::minimise(Risk::Variance).each(-0.5..=0.9).smallest_position(0.2);
    let answer = asked.solve(&three()).unwrap();
    assert!(answer.weights.iter().all(|w| *w == 0.0 || w.abs() > 0.2 - 1e-9), "{:?}", answer.weights);
    // Each of the three none, long or short; the plain program for each.
    let ways = [0.0..=0.0, 0.2..=0.9, -0.5..=-0.2];
    let mut best = f64::INFINITY;
    for code in 0..27_usize {
        let names = ["A", "B", "C"].iter().enumerate();
        let placed = names.fold(Portfolio::minimise(Risk::Variance).each(-0.5..=0.9), |asked, (i, name)| {
            asked.weight(name, ways[code / 3_usize.pow(u32::try_from(i).unwrap()) % 3].clone())
        });
        best = best.min(placed.solve(&three()).map_or(f64::INFINITY, |answer| answer.objective));
    }
    assert!((answer.objective / best - 1.0).abs() < 1e-9, "{} {best}", answer.objective);
    assert!(answer.choice.unwrap().proven);
}

#[test]
fn a_choice_that_cannot_be_made_names_what_is_in_the_way() {
    let asked = long(Risk::Variance).cap(0.4).at_most_assets(2);
    let error = asked.solve(&three()).unwrap_err();
    let PortfolioError::Infeasible { conflict } = error else { panic!("{error}") };
    for text in ["each weight at most 0.4", "the weights sum to 1", "at most 2 assets with a weight"] {
        assert!(conflict.contains(&text.to_owned()), "{conflict:?}");
    }
    let asked = long(Risk::Variance).cap(0.3).smallest_position(0.35);
    assert!(asked.solve(&three()).unwrap_err().to_string().contains("each weight at most 0.3"));
    for bad in [f64::NAN, -0.1, f64::INFINITY] {
        let refused = long(Risk::Variance).smallest_position(bad).solve(&three());
        assert!(matches!(refused, Err(PortfolioError::Parameter { what: "the smallest position", .. })));
    }
    assert!(long(Risk::Variance).at_most_assets(0).solve(&three()).is_err());
}

#[test]
fn a_cap_never_widens_what_was_said_of_the_other_side() {
    let asked = Portfolio::minimise(Risk::Variance).each(0.1..=0.9).cap(0.5);
    let answer = asked.solve(&three()).unwrap();
    assert!(answer.weights.iter().all(|w| (0.1 - 1e-12..=0.5 + 1e-12).contains(w)), "{:?}", answer.weights);
    let both = Portfolio::minimise(Risk::Variance).cap(0.7).weight("A", ..=-0.35).solve(&three()).unwrap();
    assert!((both.weights[0] + 0.35).abs() < 1e-9, "without a word on shorts the cap holds on both sides");
}

#[test]
fn a_larger_cost_moves_the_best_sharpe_ratio_less_and_the_best_is_found() {
    let inputs = three();
    let current = [0.8, 0.1, 0.1];
    let (mean, covariance) =
        ([0.05, 0.08, 0.12], array![[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]]);
    let ratio = |w: &[f64], rate: f64, impact: f64| {
        let moves: Vec<f64> = w.iter().zip(current).map(|(a, b)| (a - b).abs()).collect();
        let cost: f64 = moves.iter().map(|m| rate * m + impact * m.powf(1.5)).sum();
        let vector = ndarray::Array1::from(w.to_vec());
        let earned: f64 = w.iter().zip(mean).map(|(w, m)| w * m).sum();
        (earned - cost - 0.01) / vector.dot(&covariance.dot(&vector)).sqrt()
    };
    let mut before = f64::INFINITY;
    for (rate, impact) in [(0.0, 0.0), (0.01, 0.0), (0.0, 0.02), (0.01, 0.02)] {
        let asked = most(Reward::Sharpe { risk_free: 0.01 });
        let answer = asked.cost_from(&current, rate).impact_from(&current, impact).solve(&inputs).unwrap();
        assert!((answer.objective - ratio(&answer.weights, rate, impact)).abs() < 1e-6);
        let mut best: f64 = 0.0;
        for a in 0..=100 {
            for b in 0..=100 - a {
                let w = [f64::from(a) / 100.0, f64::from(b) / 100.0, f64::from(100 - a - b) / 100.0];
                best = best.max(ratio(&w, rate, impact));
            }
        }
        assert!(
            answer.objective >= best - 1e-7 && answer.objective < best + 1e-3,
            "{} {best}",
            answer.objective
        );
        let moved: f64 = answer.weights.iter().zip(current).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved < before || rate == 0.0, "{moved} {before}");
        before = moved;
    }
}

#[test]
fn growth_and_shortfall_pay_what_a_trade_costs() {
    // Stakes of a coin that wins 60 % of the time: without a cost 20 %. What is staked costs two parts in a hundred.
    let coin: Vec<f64> = (0..10).map(|t| if t < 6 { 1.0 } else { -1.0 }).collect();
    let inputs = Inputs::new(["coin"]).unwrap();
    let inputs = inputs.scenarios(Array2::from_shape_vec((10, 1), coin).unwrap()).unwrap();
    let stake = Portfolio::maximise(Reward::Growth).each(0.0..=1.0).net(..).cost_from(&[0.0], 0.02);
    let answer = stake.solve(&inputs).unwrap();
    let growth = |f: f64| 0.6 * (0.98 * f).ln_1p() + 0.4 * (-1.02 * f).ln_1p();
    let best = (0..=1_000_000).map(|k| growth(f64::from(k) / 1e6)).fold(0.0, f64::max);
    assert!((answer.objective - best).abs() < 1e-9 && (growth(answer.weights[0]) - best).abs() < 1e-9);
    // Two assets, one a hair safer: the way there must be worth it.
    let losses = array![[-0.10, -0.09], [0.05, 0.05], [0.05, 0.05], [0.05, 0.05]];
    let inputs = Inputs::new(["A", "B"]).unwrap().scenarios(losses).unwrap();
    let asked = long(Risk::ConditionalValueAtRisk { confidence: 0.75 });
    let dear = asked.clone().cost_from(&[1.0, 0.0], 0.02).solve(&inputs).unwrap();
    assert!((dear.weights[0] - 1.0).abs() < 1e-7 && (dear.objective - 0.10).abs() < 1e-9, "{dear:?}");
    let cheap = asked.cost_from(&[1.0, 0.0], 0.001).solve(&inputs).unwrap();
    assert!((cheap.weights[1] - 1.0).abs() < 1e-7 && (cheap.objective - 0.092).abs() < 1e-9, "{cheap:?}");
}

#[test]
fn what_the_inputs_cannot_mean_is_refused() {
    let names = || Inputs::new(["A", "B"]).unwrap();
    let twice = names().sector("x", &["A", "A"]).unwrap_err();
    assert_eq!(twice.to_string(), "asset A is named twice");
    let again = names().sector("x", &["A"]).unwrap().sector("x", &["B"]).unwrap_err();
    assert_eq!(again.to_string(), "sector x is named twice");
    assert_eq!(names().sector("x", &["C"]).unwrap_err().to_string(), "there is no asset named C");
    assert_eq!(names().sector("x", &[]), Err(PortfolioError::Empty));
    for wrong in [
        names().covariance(Array2::eye(3)).unwrap_err(),
        names().expected(vec![0.1]).unwrap_err(),
        names().scenarios(Array2::zeros((5, 3))).unwrap_err(),
    ] {
        assert!(matches!(wrong, PortfolioError::Shape { .. }), "{wrong}");
    }
    assert!(names().covariance(array![[1.0, f64::NAN], [f64::NAN, 1.0]]).is_err());
    assert!(names().covariance(array![[1.0, 0.5], [0.4, 1.0]]).is_err());
    assert!(names().expected(vec![0.1, f64::INFINITY]).is_err());
    let bad = names().covariance(array![[4.0, 4.0], [4.0, 1.0]]).unwrap_err();
    assert!(bad.to_string().contains("would have a variance of -2.99"), "{bad}"); // a correlation of two: 1 - 2^2
    let sentence = Portfolio::minimise(Risk::Variance).long_only().cap(1.0);
    let three = three();
    for wrong in [
        sentence.clone().exposure("size", &[1.0], ..0.1),
        sentence.clone().beta_neutral(&[1.0, 1.0]),
        sentence.clone().tracking_error(&[0.5, 0.5], 0.1),
        sentence.clone().cost_from(&[0.5, 0.5], 0.1).return_at_least(0.0),
        sentence.clone().impact_from(&[0.5, 0.5], 0.1).return_at_least(0.0),
    ] {
        assert!(matches!(wrong.solve(&three), Err(PortfolioError::Shape { .. })), "{wrong:?}");
    }
    let near = sentence.solve(&three).unwrap();
    let two = names().covariance(Array2::eye(2)).unwrap();
    assert!(matches!(sentence.solve_near(&two, &near), Err(PortfolioError::Shape { .. })));
}
