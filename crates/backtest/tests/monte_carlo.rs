//! Simulated futures against what is known of them exactly, and the same bytes however they are shared.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use autotrading_backtest::monte_carlo::{
    GarchPaths, HeldPosition, JumpParameters, JumpPaths, MonteCarlo, MonteCarloError, MonteCarloOutcome,
    MonteCarloRules, PathMaker, RegimePaths, ResampledPaths, ShuffledPaths,
};
use autotrading_domain::Direction;
use autotrading_regime::garch::GarchParameters;
use autotrading_regime::hmm::{Gaussian, Hmm, HmmOptions};
use autotrading_statistics::{Estimator, Moments, normal};
use ndarray::array;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn index_returns() -> Vec<f64> {
    let text = include_str!("data/spx_adjclose_5031.csv");
    let closes: Vec<f64> =
        text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn makers() -> Vec<Box<dyn PathMaker>> {
    let returns = &index_returns()[..1500];
    let options = HmmOptions { states: 2, restarts: 2, ..HmmOptions::default() };
    vec![
        Box::new(ResampledPaths::new(returns, None).unwrap()),
        Box::new(ShuffledPaths::of_trades(&returns[..80]).unwrap()),
        Box::new(ShuffledPaths::of_bars(returns).unwrap()),
        Box::new(GarchPaths::fitted(returns).unwrap()),
        Box::new(JumpPaths::fitted(returns).unwrap()),
        Box::new(RegimePaths::fitted(returns, options).unwrap()),
    ]
}

fn rules(paths: u64, horizon: usize) -> MonteCarloRules {
    let long = HeldPosition { direction: Direction::Long, leverage: 5.0, maintenance: 0.005 };
    let short = HeldPosition { direction: Direction::Short, ..long };
    MonteCarloRules { paths, horizon, positions: vec![long, short], ..MonteCarloRules::default() }
}

fn run(maker: &dyn PathMaker, rules: MonteCarloRules) -> MonteCarloOutcome {
    MonteCarlo::new(maker, rules).unwrap().run().unwrap()
}

#[test]
fn the_same_bytes_at_every_number_of_workers() {
    for maker in makers() {
        let game = MonteCarlo::new(maker.as_ref(), rules(203, 50)).unwrap();
        let alone = serde_json::to_string(&game.run().unwrap()).unwrap();
        for workers in [2, 3, 7, 203, 1000] {
            let mut shares: Vec<_> =
                game.shares(workers).map(|paths| game.simulate(paths).unwrap()).collect();
            shares.reverse();
            let together = serde_json::to_string(&game.conclude(shares).unwrap()).unwrap();
            assert!(alone == together, "{} with {workers} workers", maker.name());
        }
    }
}

#[test]
fn a_share_survives_the_way_through_a_file() {
    let maker = ResampledPaths::new(&index_returns(), Some(9.0)).unwrap();
    let game = MonteCarlo::new(&maker, rules(40, 30)).unwrap();
    let text = serde_json::to_string(&game.simulate(0..40).unwrap()).unwrap();
    assert_eq!(game.conclude(vec![serde_json::from_str(&text).unwrap()]).unwrap(), game.run().unwrap());
}

#[test]
fn shares_that_do_not_make_the_whole_are_refused() {
    let maker = ResampledPaths::new(&[0.01, -0.01], Some(1.0)).unwrap();
    let game = MonteCarlo::new(&maker, rules(10, 5)).unwrap();
    let share = |paths| game.simulate(paths).unwrap();
    assert_eq!(
        game.conclude(vec![share(0..4), share(6..10)]),
        Err(MonteCarloError::Shares { expected: 4, got: 6..10 })
    );
    assert!(game.conclude(vec![share(0..6), share(4..10)]).is_err());
    assert!(game.conclude(vec![share(0..9)]).is_err());
    assert!(game.conclude(vec![]).is_err());
    assert_eq!(game.simulate(5..11), Err(MonteCarloError::Paths { from: 5, to: 11, paths: 10 }));
    let other = MonteCarlo::new(&maker, MonteCarloRules { fan_points: 2, ..rules(10, 5) }).unwrap();
    let foreign = other.simulate(0..10).unwrap();
    assert_eq!(game.conclude(vec![foreign]), Err(MonteCarloError::Foreign { first: 0 }));
}

#[test]
fn resampled_ends_are_distributed_as_powers_of_one_step() {
    // Single rows of two returns: after n steps the level is 1.1^k 0.9^(n - k), k binomial with one half.
    let maker = ResampledPaths::new(&[0.1, -0.1], Some(1.0)).unwrap();
    let outcome = run(&maker, rules(20_000, 10));
    let falls = outcome.terminals.iter().filter(|level| **level < 0.9_f64.powi(10) * 1.0001).count();
    // One in 1024: nineteen or twenty of 20 000, give or take four or five.
    assert!((5..40).contains(&falls), "{falls}");
    assert!((outcome.mean_terminal - 1.0).abs() < 0.01, "{}", outcome.mean_terminal);
    // Below the beginning with five or fewer gains of ten: (1 + 10 + 45 + 120 + 210 + 252) / 1024.
    assert!((outcome.loss.probability - 638.0 / 1024.0).abs() < 0.015, "{:?}", outcome.loss);
    assert!(outcome.loss.low <= 638.0 / 1024.0 && outcome.loss.high >= 638.0 / 1024.0);
}

#[test]
fn all_orders_of_the_same_trades_end_at_the_same_place() {
    let trades = [0.1, -0.05, 0.02, -0.2, 0.3, 0.01, -0.07];
    let outcome = run(&ShuffledPaths::of_trades(&trades).unwrap(), rules(500, trades.len()));
    let end: f64 = trades.iter().map(|r| 1.0 + r).product();
    assert!(outcome.terminals.iter().all(|level| (level / end - 1.0).abs() < 1e-12));
    // The deepest order has all losses in a row.
    let deepest = 1.0 - 0.95 * 0.8 * 0.93;
    assert!(outcome.drawdown_quantiles.iter().all(|fall| (0.2 - 1e-12..=deepest + 1e-12).contains(fall)));
}

#[test]
fn the_barrier_of_a_random_walk_is_reached_as_often_as_the_formula_says() {
    // A diffusion without jumps and without drift of the logarithm: P(min < ln b) = 2 Phi(ln b / (s sqrt n)).
    let quiet =
        JumpParameters { drift: 0.0, volatility: 0.01, intensity: 0.0, jump_mean: 0.0, jump_deviation: 0.0 };
    let outcome = run(&JumpPaths::new(quiet).unwrap(), rules(20_000, 400));
    let [long, short] = outcome.liquidations[..] else { panic!("two positions") };
    // Seen at the steps alone, a barrier seems further away by 0.5826 steps. Source: Broadie, Glasserman, Kou (1997).
    let shift = 0.5826 * 0.01;
    let formula = |barrier: f64| 2.0 * normal::cdf(-(barrier.ln().abs() + shift) / (0.01 * 20.0)).unwrap();
    for side in [long, short] {
        let expected = formula(side.barrier);
        assert!((side.frequency.probability - expected).abs() < 0.01, "{side:?} {expected}");
    }
    assert!((long.barrier - 0.8 / 0.995).abs() < 1e-15 && (short.barrier - 1.2 / 1.005).abs() < 1e-15);
}

#[test]
fn a_position_without_leverage_is_never_liquidated() {
    let held = HeldPosition { direction: Direction::Long, leverage: 1.0, maintenance: 0.0 };
    let maker = ResampledPaths::new(&[-0.9, 0.1], Some(1.0)).unwrap();
    let outcome = run(&maker, MonteCarloRules { positions: vec![held], ..rules(200, 400) });
    assert_eq!(outcome.liquidations[0].frequency.paths, 0);
    assert!(outcome.ruin.probability > 0.99);
}

fn one_long_path(maker: &dyn PathMaker, steps: usize) -> Vec<f64> {
    let mut path = vec![0.0; steps];
    maker.fill(&mut ChaCha8Rng::seed_from_u64(4), &mut path);
    path.iter().map(|r| r.ln_1p()).collect()
}

#[test]
fn garch_paths_have_the_long_run_variance_of_their_parameters() {
    let parameters =
        GarchParameters { mean: 1e-4, omega: 5e-6, alpha: 0.05, beta: 0.9, nu: 8.0, ..GarchParameters::ZERO };
    let maker = GarchPaths::new(parameters, 1e-4).unwrap();
    let moments = Moments::of(&one_long_path(&maker, 200_000)).unwrap();
    let variance = moments.variance(Estimator::Sample).unwrap();
    assert!((variance / (5e-6 / 0.05) - 1.0).abs() < 0.05, "{variance}");
    assert!(moments.excess_kurtosis(Estimator::Population).unwrap() > 1.0);
}

#[test]
fn garch_paths_can_be_fitted_back() {
    let parameters =
        GarchParameters { omega: 2e-6, alpha: 0.1, beta: 0.85, nu: 6.0, ..GarchParameters::ZERO };
    let made = one_long_path(&GarchPaths::new(parameters, 4e-5).unwrap(), 6_000);
    let simple: Vec<f64> = made.iter().map(|log| log.exp_m1()).collect();
    let fitted = *GarchPaths::fitted(&simple).unwrap().parameters();
    assert!((fitted.alpha - 0.1).abs() < 0.03 && (fitted.beta - 0.85).abs() < 0.05, "{fitted:?}");
    assert!((fitted.nu - 6.0).abs() < 1.5, "{fitted:?}");
}

#[test]
fn jump_paths_have_the_moments_of_their_parameters() {
    let parameters = JumpParameters {
        drift: 0.001,
        volatility: 0.01,
        intensity: 0.1,
        jump_mean: -0.03,
        jump_deviation: 0.02,
    };
    let moments = Moments::of(&one_long_path(&JumpPaths::new(parameters).unwrap(), 200_000)).unwrap();
    // Mean drift + l m; variance s^2 + l (m^2 + d^2).
    assert!((moments.mean().unwrap() - (0.001 - 0.003)).abs() < 2e-4);
    let variance = moments.variance(Estimator::Sample).unwrap();
    assert!((variance / (1e-4 + 0.1 * (9e-4 + 4e-4)) - 1.0).abs() < 0.03, "{variance}");
    let told = JumpParameters::fitted(
        &one_long_path(
            &JumpPaths::new(JumpParameters { intensity: 0.02, jump_mean: -0.08, ..parameters }).unwrap(),
            20_000,
        )
        .iter()
        .map(|log| log.exp_m1())
        .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!((told.intensity - 0.02).abs() < 0.006 && (told.volatility - 0.01).abs() < 3e-4, "{told:?}");
}

#[test]
fn regimes_take_turns_as_their_model_says() {
    let calm = Gaussian::diagonal(&[0.001], &[1e-4]).unwrap();
    let wild = Gaussian::diagonal(&[-0.002], &[9e-4]).unwrap();
    let model = Hmm::new(&[0.5, 0.5], array![[0.95, 0.05], [0.1, 0.9]].view(), vec![calm, wild]).unwrap();
    let maker = RegimePaths::new(&model, &[1.0, 0.0]).unwrap();
    let moments = Moments::of(&one_long_path(&maker, 200_000)).unwrap();
    // Two thirds of the time calm: mean 0, variance 2/3 (1e-4 + 1e-6) + 1/3 (9e-4 + 4e-6).
    assert!(moments.mean().unwrap().abs() < 5e-4);
    let variance = moments.variance(Estimator::Sample).unwrap();
    assert!((variance / (1.01e-4 * 2.0 / 3.0 + 9.04e-4 / 3.0) - 1.0).abs() < 0.05, "{variance}");
    assert!(RegimePaths::new(&model, &[1.0]).is_err() && RegimePaths::new(&model, &[0.5, 0.6]).is_err());
}

#[test]
fn bad_rules_are_named() {
    let maker = ResampledPaths::new(&[0.1], Some(1.0)).unwrap();
    let default = MonteCarloRules::default();
    let long = HeldPosition { direction: Direction::Long, leverage: 5.0, maintenance: 0.005 };
    let held = |position| MonteCarloRules { positions: vec![position], ..MonteCarloRules::default() };
    for (key, rules) in [
        ("paths", MonteCarloRules { paths: 0, ..default.clone() }),
        ("horizon", MonteCarloRules { horizon: 0, ..default.clone() }),
        ("ruin", MonteCarloRules { ruin: 1.0, ..default.clone() }),
        ("ruin", MonteCarloRules { ruin: f64::NAN, ..default.clone() }),
        ("fan_points", MonteCarloRules { fan_points: 0, ..default.clone() }),
        ("quantiles", MonteCarloRules { quantiles: vec![1.5], ..default.clone() }),
        ("drawdowns", MonteCarloRules { drawdowns: vec![0.0], ..default.clone() }),
        ("paths times fan_points", MonteCarloRules { paths: 10_000_000, ..default.clone() }),
        ("leverage", held(HeldPosition { leverage: 0.5, ..long })),
        ("maintenance", held(HeldPosition { maintenance: 0.2, ..long })),
        ("side of the position", held(HeldPosition { direction: Direction::Flat, ..long })),
    ] {
        match MonteCarlo::new(&maker, rules) {
            Err(MonteCarloError::Rule { key: got, .. }) => assert_eq!(got, key),
            other => panic!("{key}: {other:?}"),
        }
    }
    assert!(matches!(GarchPaths::fitted(&[0.1; 49]), Err(MonteCarloError::TooFew { got: 49, required: 50 })));
    assert!(matches!(GarchPaths::fitted(&[-1.0; 60]), Err(MonteCarloError::Return { index: 0, .. })));
    assert!(GarchPaths::fitted(&[0.1; 60]).is_err() && JumpPaths::fitted(&[0.1; 60]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn quantiles_are_in_order_and_nothing_is_ever_no_number(
        returns in prop::collection::vec(-1.0_f64..3.0, 1..30), block in 1.0_f64..20.0, horizon in 1_usize..80, seed: u64,
    ) {
        let maker = ResampledPaths::new(&returns, Some(block)).unwrap();
        let outcome = run(&maker, MonteCarloRules { seed, ..rules(40, horizon) });
        prop_assert_eq!(outcome.fan.last().unwrap().step, horizon);
        for point in &outcome.fan {
            prop_assert!(point.levels.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(point.levels.iter().all(|level| level.is_finite() && *level >= 0.0));
        }
        prop_assert!(outcome.drawdown_quantiles.iter().all(|fall| (0.0..=1.0).contains(fall)));
        let falls: Vec<f64> = outcome.drawdowns.iter().map(|fall| fall.frequency.probability).collect();
        prop_assert!(falls.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
