//! Hidden Markov models against the golden numbers of the S&P 500, 1999 to 2018.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

mod numbers;

use autotrading_regime::hmm::{Gaussian, Hmm, HmmOptions, HmmStatus};
use ndarray::Array2;
use numbers::{Golden, THREE, TWO};
use sha2::{Digest, Sha256};

fn prices() -> Vec<f64> {
    let file = include_str!("../data/spx_adjclose_5031.csv");
    file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect()
}

/// Percent returns in one column.
fn percent() -> Array2<f64> {
    let returns: Vec<f64> = prices().windows(2).map(|pair| 100.0 * (pair[1] / pair[0] - 1.0)).collect();
    Array2::from_shape_vec((returns.len(), 1), returns).unwrap()
}

fn moves(states: usize) -> Array2<f64> {
    Array2::from_shape_fn((states, states), |(i, j)| if i == j { 0.95 } else { 0.05 / (states - 1) as f64 })
}

/// The start that the reference states.
fn start(golden: &Golden, returns: &Array2<f64>) -> Hmm {
    let states = golden.multiples.len();
    let (mean, variance) = (returns.mean().unwrap(), returns.var(0.0));
    let laws =
        golden.multiples.iter().map(|m| Gaussian::diagonal(&[mean], &[variance * m]).unwrap()).collect();
    Hmm::new(&vec![1.0 / states as f64; states], moves(states).view(), laws).unwrap()
}

/// The reference's own optimum.
fn optimum(golden: &Golden) -> Hmm {
    let states = golden.means.len();
    let laws = golden
        .means
        .iter()
        .zip(golden.variances)
        .map(|(m, v)| Gaussian::diagonal(&[*m], &[*v]).unwrap())
        .collect();
    let transition = Array2::from_shape_fn((states, states), |(i, j)| golden.transition[i][j]);
    // It begins in the state above the calmest, with a certainty that leaves some 1e-66 for others.
    let initial: Vec<f64> = (0..states).map(|state| if state == 1 { 1.0 } else { 0.0 }).collect();
    Hmm::new(&initial, transition.view(), laws).unwrap()
}

fn exactly(steps: usize) -> HmmOptions {
    HmmOptions { iterations: steps, tolerance: 0.0, ..HmmOptions::default() }
}

#[track_caller]
fn assert_all_near(got: &[f64], want: &[f64], allowed: f64) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= allowed, "{got:?} is not {want:?}");
    }
}

#[test]
fn the_input_is_the_one_that_the_numbers_were_made_from() {
    let hash = |values: &[f64]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let prices = prices();
    let returns: Vec<f64> = prices.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    assert_eq!(hash(&prices), "be5b1f766caa6a8d3f4edc2a70923cdf38279ebc3bf8911062255adbc37d5bce");
    assert_eq!(hash(&returns), "bd10d13098fcfdc2360ed3c73344ca8306bee77ae2c3d7bff83903f2acf06b4b");
}

#[test]
fn the_likelihood_at_given_parameters_and_after_each_number_of_steps() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let begin = start(golden, &returns);
        for (steps, want) in golden.after_steps {
            let (got, allowed) = match steps {
                0 => (begin.log_likelihood(returns.view()).unwrap(), 1e-12),
                _ => (begin.improved(returns.view(), exactly(steps)).unwrap().log_likelihood, 1e-10),
            };
            assert!((got / want - 1.0).abs() < allowed, "{steps}: {got:?} {want:?}");
        }
        let at_optimum = optimum(golden).log_likelihood(returns.view()).unwrap();
        assert!((at_optimum / golden.log_likelihood - 1.0).abs() < 1e-12, "{at_optimum:?}");
    }
}

#[test]
fn baum_welch_arrives_where_the_reference_does() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let fit = start(golden, &returns).improved(returns.view(), exactly(golden.steps)).unwrap();
        assert!((fit.log_likelihood - golden.log_likelihood).abs() < 1e-6);
        for (law, (mean, variance)) in
            fit.model.emissions().iter().zip(golden.means.iter().zip(golden.variances))
        {
            assert_all_near(&[law.mean()[0], law.variance(0)], &[*mean, *variance], 1e-6);
        }
        for (row, want) in fit.model.transition().rows().into_iter().zip(golden.transition) {
            assert_all_near(&row.to_vec(), want, 1e-6);
        }
    }
}

#[test]
fn own_starts_find_the_best_known_optimum_of_two_and_of_three_states() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let options = HmmOptions { states: golden.means.len(), ..HmmOptions::default() };
        let fit = Hmm::fit(returns.view(), options).unwrap();
        assert_eq!(fit.status, HmmStatus::Converged);
        assert!(fit.log_likelihood > golden.log_likelihood - 1e-3, "{}", fit.log_likelihood);
        for (law, variance) in fit.model.emissions().iter().zip(golden.variances) {
            assert!((law.variance(0) / variance - 1.0).abs() < 1e-2);
        }
    }
}

#[test]
fn percent_and_decimals_give_the_same_fit() {
    let percent = percent();
    let decimals = percent.mapv(|r| r / 100.0);
    let options = HmmOptions { restarts: 2, ..HmmOptions::default() };
    let (p, d) = (Hmm::fit(percent.view(), options).unwrap(), Hmm::fit(decimals.view(), options).unwrap());
    let equivalent = d.log_likelihood - 5030.0 * 100.0_f64.ln();
    assert!((p.log_likelihood - equivalent).abs() < 1e-6);
    for (p, d) in p.model.emissions().iter().zip(d.model.emissions()) {
        assert_all_near(&[100.0 * d.mean()[0], 1e4 * d.variance(0)], &[p.mean()[0], p.variance(0)], 1e-6);
    }
}

#[test]
fn the_likeliest_path_is_identical() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let path = optimum(golden).likeliest_path(returns.view()).unwrap();
        assert!((path.log_likelihood / golden.path_log_likelihood - 1.0).abs() < 1e-12);
        let bytes: Vec<u8> = path.in_hindsight.iter().map(|state| *state as u8).collect();
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let counts: Vec<usize> = (0..golden.means.len())
            .map(|state| path.in_hindsight.iter().filter(|s| **s == state).count())
            .collect();
        assert_eq!(counts, golden.path_counts);
        assert_eq!(
            path.in_hindsight.windows(2).filter(|pair| pair[0] != pair[1]).count(),
            golden.path_switches
        );
        assert_eq!(digest, golden.path_digest);
    }
}

#[test]
fn filtered_and_smoothed_probabilities_agree_to_ten_digits() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let model = optimum(golden);
        let filtered = model.filtered(returns.view()).unwrap();
        let smoothed = model.smoothed(returns.view()).unwrap();
        let hindsight = smoothed.in_hindsight();
        assert_all_near(filtered[5029].probabilities(), golden.filtered_last, 1e-10);
        assert_all_near(filtered[2499].probabilities(), golden.filtered_at_2499, 1e-10);
        assert_all_near(&hindsight.row(0).to_vec(), golden.smoothed_first, 1e-10);
        assert_all_near(&hindsight.row(2499).to_vec(), golden.smoothed_at_2499, 1e-10);
        let differ =
            filtered.iter().zip(hindsight.rows()).filter(|(f, s)| f.most_likely() != likeliest(&s.to_vec()));
        assert_eq!(differ.count(), golden.days_that_differ);
    }
}

#[test]
fn hindsight_sells_a_sharpe_ratio_that_nobody_can_have() {
    let returns = percent();
    for golden in [&TWO, &THREE] {
        let model = optimum(golden);
        let now: Vec<usize> =
            model.filtered(returns.view()).unwrap().iter().map(|filtered| filtered.most_likely()).collect();
        let smoothed = model.smoothed(returns.view()).unwrap();
        let hindsight: Vec<usize> =
            smoothed.in_hindsight().rows().into_iter().map(|row| likeliest(&row.to_vec())).collect();
        for (states, want) in [(now, golden.sharpe[0]), (hindsight, golden.sharpe[1])] {
            let next = returns.iter().skip(1).zip(&states);
            let earned: Vec<f64> = next.map(|(r, state)| if *state == 0 { *r } else { 0.0 }).collect();
            let count = earned.len() as f64;
            let mean = earned.iter().sum::<f64>() / count;
            let variance = earned.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (count - 1.0);
            let sharpe = mean / variance.sqrt() * 252.0_f64.sqrt();
            assert!((sharpe - want).abs() < 1e-9, "{sharpe} {want}");
        }
    }
}

fn likeliest(row: &[f64]) -> usize {
    (0..row.len()).fold(0, |best, state| if row[state] > row[best] { state } else { best })
}
