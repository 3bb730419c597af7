//! Each convex objective goes with each constraint: the answer is certified, keeps the limit, and no other allowed portfolio is
//! better.
#![cfg(feature = "optimise")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test helper that fails is a test that fails")]

mod reference;

use std::sync::LazyLock;

use autotrading_portfolio::{CovarianceEstimator, Inputs, Portfolio, Returns, Reward, Risk, Solution};
use ndarray::{Array1, Array2};
use reference::*;

const CURRENT: [f64; 6] = [0.30, 0.10, 0.20, 0.10, 0.20, 0.10];
const BETAS: [f64; 6] = [1.2, 1.4, 0.8, 1.1, 0.7, 0.9];

/// Six stocks over half a year; means of ten years, so that every objective has something to earn.
struct Market {
    returns: Returns,
    covariance: Array2<f64>,
    means: Vec<f64>,
}

static MARKET: LazyLock<Market> = LazyLock::new(|| {
    const STOCKS: [usize; 6] = [0, 1, 4, 7, 9, 12];
    let table = last_returns(120).table().select(ndarray::Axis(1), &STOCKS);
    let returns = Returns::new(["A", "B", "C", "D", "E", "F"], table).unwrap();
    let covariance = CovarianceEstimator::Sample.estimate(&returns).unwrap().matrix;
    let means = last_returns(2500).means().unwrap();
    Market { returns, covariance, means: STOCKS.map(|i| means[i]).to_vec() }
});

/// In units in which a return of one is this much.
fn inputs(unit: f64) -> Inputs {
    let names = MARKET.returns.names().to_vec();
    let returns = Returns::new(names, &MARKET.returns.table() * unit).unwrap();
    let expected = MARKET.means.iter().map(|mean| mean * unit).collect();
    let inputs = Inputs::from_returns(&returns).unwrap().expected(expected).unwrap();
    inputs.sector("pair", &["B", "D"]).unwrap()
}

fn objectives(unit: f64) -> Vec<(&'static str, Portfolio)> {
    let risk = |name, risk| (name, Portfolio::minimise(risk));
    let reward = |name, reward| (name, Portfolio::maximise(reward));
    vec![
        risk("variance", Risk::Variance),
        risk("semivariance", Risk::Semivariance),
        risk("absolute deviation", Risk::MeanAbsoluteDeviation),
        risk("shortfall", Risk::ConditionalValueAtRisk { confidence: 0.9 }),
        risk("robust shortfall", Risk::RobustConditionalValueAtRisk { confidence: 0.9, radius: 1e-3 * unit }),
        reward("return", Reward::Return),
        reward("sharpe", Reward::Sharpe { risk_free: 1e-5 * unit }),
        reward("utility", Reward::Utility { risk_aversion: 4.0 / unit }),
        reward("robust utility", Reward::RobustUtility { risk_aversion: 4.0 / unit, uncertainty: 0.02 }),
        reward("diversification", Reward::Diversification),
        reward("growth", Reward::Growth),
        ("risk parity", Portfolio::sharing_risk(&[1.0; 6])),
    ]
}

/// A constraint that can bite, and how far weights are from keeping it (at most zero when they do).
/// The second argument of the constraint is the unit of returns.
type Limit = (&'static str, fn(Portfolio, f64) -> Portfolio, fn(&[f64]) -> f64);

fn distance(w: &[f64], from: &[f64]) -> f64 {
    w.iter().zip(from).map(|(a, b)| (a - b).abs()).sum()
}

fn exposure(w: &[f64]) -> f64 {
    w.iter().zip(BETAS).map(|(w, b)| w * b).sum()
}

fn gap_volatility(w: &[f64], from: &[f64]) -> f64 {
    let gap: Array1<f64> = w.iter().zip(from).map(|(a, b)| a - b).collect();
    gap.dot(&MARKET.covariance.dot(&gap)).sqrt()
}

fn expected(w: &[f64]) -> f64 {
    w.iter().zip(&MARKET.means).map(|(w, mean)| w * mean).sum()
}

const LIMITS: [Limit; 15] = [
    (
        "box",
        |p, _| p.each(0.05..=0.4),
        |w| w.iter().map(|w| (0.05 - w).max(w - 0.4)).fold(f64::MIN, f64::max),
    ),
    ("one weight", |p, _| p.weight("F", 0.15..=0.25), |w| (0.15 - w[5]).max(w[5] - 0.25)),
    ("net", |p, _| p.net(0.5..=0.8), |w| (0.5 - w.iter().sum::<f64>()).max(w.iter().sum::<f64>() - 0.8)),
    ("gross", |p, _| p.each(-0.3..=0.7).gross(1.2), |w| distance(w, &[0.0; 6]) - 1.2),
    ("sector", |p, _| p.sector("pair", 0.1..=0.3), |w| (0.1 - w[1] - w[3]).max(w[1] + w[3] - 0.3)),
    ("turnover", |p, _| p.turnover_from(&CURRENT, 0.3), |w| distance(w, &CURRENT) - 0.3),
    (
        "linear cost",
        |p, c| p.cost_from(&CURRENT, 1e-4 * c).return_at_least(3e-4 * c),
        |w| 3e-4 - expected(w) + 1e-4 * distance(w, &CURRENT),
    ),
    (
        "impact",
        |p, c| p.impact_from(&CURRENT, 2e-4 * c).return_at_least(3e-4 * c),
        |w| {
            3e-4 - expected(w)
                + 2e-4 * w.iter().zip(CURRENT).map(|(a, b)| (a - b).abs().powf(1.5)).sum::<f64>()
        },
    ),
    ("tracking error", |p, c| p.tracking_error(&CURRENT, 0.004 * c), |w| gap_volatility(w, &CURRENT) - 0.004),
    ("beta", |p, _| p.exposure("beta", &BETAS, 0.9..=1.0), |w| (0.9 - exposure(w)).max(exposure(w) - 1.0)),
    (
        "factor",
        |p, _| p.exposure("size", &[1.0, -1.0, 0.5, -0.5, 0.0, 0.0], -0.05..=0.05),
        |w| (w[0] - w[1] + 0.5 * (w[2] - w[3])).abs() - 0.05,
    ),
    ("return floor", |p, c| p.return_at_least(8e-4 * c), |w| 8e-4 - expected(w)),
    ("volatility", |p, c| p.volatility_at_most(0.0115 * c), |w| gap_volatility(w, &[0.0; 6]) - 0.0115),
    ("few", |p, _| p.at_most_assets(3), |w| w.iter().filter(|w| w.abs() > 1e-9).count() as f64 - 3.0),
    (
        "none small",
        |p, _| p.smallest_position(0.12),
        |w| w.iter().filter(|w| w.abs() > 1e-9).map(|w| 0.12 - w.abs()).fold(f64::MIN, f64::max),
    ),
];

fn assert_sound(name: &str, answer: &Solution) {
    let residual = answer.residuals.largest();
    assert!(residual <= 1e-8, "{name}: {:?}", answer.residuals);
    let parts: f64 = answer.contributions.as_ref().unwrap().iter().sum();
    assert!((parts - 1.0).abs() < 1e-9, "{name}: contributions sum to {parts}");
    assert!(answer.condition_number.unwrap() > 1.0, "{name}");
    assert!(answer.iterations > 0, "{name}");
}

#[test]
fn every_objective_goes_with_every_constraint_and_keeps_it() {
    let inputs = inputs(1.0);
    let mut moved = [0; LIMITS.len()];
    for (aim, objective) in objectives(1.0) {
        let free = objective.clone().long_only().cap(0.7);
        let without = free.solve(&inputs).unwrap_or_else(|error| panic!("{aim}: {error}"));
        assert_sound(aim, &without);
        for ((limit, put, beyond), moved) in LIMITS.into_iter().zip(&mut moved) {
            let name = format!("{aim} under {limit}");
            let asked = put(free.clone(), 1.0);
            if aim == "risk parity" && limit == "few" {
                let error = asked.solve(&inputs).unwrap_err().to_string();
                assert!(error.contains("at most 3 assets"), "{error}");
                continue;
            }
            let answer = asked.solve(&inputs).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_sound(&name, &answer);
            let over = beyond(&answer.weights);
            assert!(over <= 1e-7, "{name}: beyond the limit by {over:e}, {:?}", answer.weights);
            *moved += u32::from(distance(&answer.weights, &without.weights) > 1e-4);
        }
    }
    for ((limit, ..), moved) in LIMITS.iter().zip(moved) {
        assert!(moved >= 3, "{limit} held back {moved} objectives only");
    }
}

/// What the objective is worth, the more the better, and nothing of the optimiser in it.
fn worth(aim: &str, w: &[f64]) -> f64 {
    let weights = Array1::from(w.to_vec());
    let returns = MARKET.returns.table().dot(&weights).to_vec();
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let shortfall = || {
        let mut sorted = returns.clone();
        sorted.sort_by(f64::total_cmp);
        -sorted[..12].iter().sum::<f64>() / 12.0 // a tenth of 120
    };
    let volatility = gap_volatility(w, &[0.0; 6]);
    match aim {
        "variance" => -volatility,
        "semivariance" => -returns.iter().map(|r| (mean - r).max(0.0).powi(2)).sum::<f64>(),
        "absolute deviation" => -returns.iter().map(|r| (mean - r).abs()).sum::<f64>(),
        "shortfall" => -shortfall(),
        "robust shortfall" => -shortfall() - 1e-3 / 0.1 * weights.dot(&weights).sqrt(),
        "return" => expected(w),
        "sharpe" => (expected(w) - 1e-5 * w.iter().sum::<f64>()) / volatility,
        "utility" => expected(w) - 2.0 * volatility * volatility,
        "robust utility" => expected(w) - 2.0 * volatility * volatility - 0.02 * volatility,
        "diversification" => {
            MARKET.covariance.diag().iter().zip(w).map(|(v, w)| v.sqrt() * w).sum::<f64>() / volatility
        }
        "growth" => returns.iter().map(|r| r.ln_1p()).sum::<f64>(),
        "risk parity" => w.iter().map(|w| w.max(1e-300).ln()).sum::<f64>() / 6.0 - volatility.ln(),
        other => panic!("{other}"),
    }
}

/// Whole-numbered steps of a tenth that sum to one.
fn grid() -> Vec<[f64; 6]> {
    let mut all = Vec::new();
    let tenths = |k: u32| f64::from(k) / 10.0;
    for code in 0..11_u32.pow(5) {
        let digits: Vec<u32> = (0..5).map(|place| code / 11_u32.pow(place) % 11).collect();
        let sum: u32 = digits.iter().sum();
        if sum <= 10 && digits.iter().chain([&(10 - sum)]).all(|d| *d <= 7) {
            let rest = tenths(10 - sum);
            all.push([
                tenths(digits[0]),
                tenths(digits[1]),
                tenths(digits[2]),
                tenths(digits[3]),
                tenths(digits[4]),
                rest,
            ]);
        }
    }
    all
}

#[test]
fn no_portfolio_of_a_grid_is_allowed_and_better() {
    let inputs = inputs(1.0);
    let grid = grid();
    assert!(grid.len() > 2500, "{}", grid.len());
    for (aim, objective) in objectives(1.0) {
        let worths: Vec<f64> = grid.iter().map(|w| worth(aim, w)).collect();
        for (limit, put, beyond) in LIMITS {
            // Costs change what the objective is worth, and a net exposure what sums to one: the grid knows neither.
            let unknown = ["net", "linear cost", "impact"].contains(&limit);
            if unknown || (aim, limit) == ("risk parity", "few") {
                continue;
            }
            let answer = put(objective.clone().long_only().cap(0.7), 1.0).solve(&inputs).unwrap();
            let ours = worth(aim, &answer.weights);
            for (other, theirs) in grid.iter().zip(&worths).filter(|(w, _)| beyond(*w) <= 1e-12) {
                assert!(
                    ours >= theirs - 1e-6 * theirs.abs(),
                    "{aim} under {limit}: {ours} {theirs} {other:?}"
                );
            }
        }
    }
}

#[test]
fn the_unit_of_returns_moves_no_weight() {
    let all = |unit: f64| {
        let inputs = inputs(unit);
        let mut weights = Vec::new();
        for (aim, objective) in objectives(unit) {
            for (limit, put, _) in LIMITS {
                // Growth is a logarithm, which has a unit.
                if aim != "growth" && (aim, limit) != ("risk parity", "few") {
                    let asked = put(objective.clone().long_only().cap(0.7), unit);
                    let name = format!("{aim} under {limit} in units of {unit:e}");
                    let mut held =
                        asked.solve(&inputs).unwrap_or_else(|error| panic!("{name}: {error}")).weights;
                    // A ratio is the same for every size of the portfolio, so the size is not told.
                    if ["diversification", "risk parity"].contains(&aim) {
                        let sum: f64 = held.iter().sum();
                        held.iter_mut().for_each(|weight| *weight /= sum);
                    }
                    weights.push((name, held));
                }
            }
        }
        weights
    };
    let plain = all(1.0);
    for unit in [1e-8, 1e-3, 1e8] {
        for ((name, ours), (_, plain)) in all(unit).into_iter().zip(&plain) {
            let gap = ours.iter().zip(plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(gap < 1e-5, "{name}: {gap:e}");
        }
    }
}
