//! One step of expectation and maximisation.

use ndarray::{Array2, Axis};

use super::fit::{CovarianceKind, HmmOptions, Transitions};
use super::model::for_states;
use super::passes::{backward, forward};
use super::scaling::Training;
use super::start::sticky;
use super::{Gaussian, Hmm};
use crate::RegimeError;

/// What a step found out about the model that it started from, and the model that it leads to.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Log-likelihood of the model before the step and the logarithm of the prior of its moves: what steps increase.
    pub(super) objective: f64,
    /// Expected number of observations of each state.
    pub(super) weights: Vec<f64>,
    /// Whether the floor held some variance up.
    pub(super) floored: Vec<bool>,
    /// The next model.
    pub(super) next: Hmm,
}

/// The sums that maximisation needs.
struct Expected {
    log_likelihood: f64,
    first: Vec<f64>,
    moves: Array2<f64>,
    weights: Vec<f64>,
    /// For each state the sum of each feature.
    sums: Array2<f64>,
    /// For each state the sum of each product of features; the squares alone where features are independent.
    products: Vec<Array2<f64>>,
}

/// One step from `model`, which is one of the standardised features, as the training sample is.
pub(super) fn step(model: &Hmm, training: &Training, options: &HmmOptions) -> Result<Step, RegimeError> {
    let full = options.covariance == CovarianceKind::Full;
    let expected = for_states!(model.states(), expect(model, training, full));
    maximise(model, expected, options)
}

fn expect<const K: usize>(model: &Hmm, training: &Training, full: bool) -> Expected {
    let (densities, peaks) = model.densities::<K>(&training.rows);
    let transition = model.transition_array();
    let (mut probabilities, logs) = forward(&model.initial_array(), &transition, &densities);
    let moves = backward(&transition, &densities, &mut probabilities);
    let features = training.features;
    let mut weights = [0.0; K];
    let mut sums = Array2::zeros((K, features));
    let mut products = vec![Array2::zeros((features, features)); K];
    if features == 1 {
        let (mut ones, mut squares) = ([0.0; K], [0.0; K]);
        for (p, x) in probabilities.iter().zip(&training.rows) {
            let state = weights.iter_mut().zip(&mut ones).zip(&mut squares);
            for (((weight, one), square), p) in state.zip(p) {
                let part = p * x;
                *weight += p;
                *one += part;
                *square += part * x;
            }
        }
        sums.iter_mut().zip(ones).for_each(|(to, from)| *to = from);
        products.iter_mut().zip(squares).for_each(|(to, from)| to.fill(from));
    } else {
        for (p, row) in probabilities.iter().zip(training.rows.chunks_exact(features)) {
            let state = weights.iter_mut().zip(sums.rows_mut()).zip(&mut products);
            for (((weight, mut sum), product), p) in state.zip(p) {
                *weight += p;
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += p * x);
                for ((i, x), mut line) in row.iter().enumerate().zip(product.rows_mut()) {
                    let own = line.iter_mut().zip(row).enumerate();
                    own.filter(|(j, _)| full || *j == i).for_each(|(_, (sum, y))| *sum += p * x * y);
                }
            }
        }
    }
    Expected {
        log_likelihood: peaks + logs,
        first: probabilities.first().map_or_else(|| model.initial().to_vec(), |p| p.to_vec()),
        moves: Array2::from_shape_fn((K, K), |(i, j)| {
            moves.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0)
        }),
        weights: weights.to_vec(),
        sums,
        products,
    }
}

fn maximise(model: &Hmm, expected: Expected, options: &HmmOptions) -> Result<Step, RegimeError> {
    let mut floored = vec![false; model.states()];
    let mut laws = Vec::with_capacity(model.states());
    let states = expected.weights.iter().zip(expected.sums.rows()).zip(&expected.products);
    for ((((weight, sums), products), before), floored) in states.zip(model.emissions()).zip(&mut floored) {
        // A state that explains nothing has nothing to learn from.
        if *weight < 1e-8 {
            laws.push(before.clone());
            continue;
        }
        let mean = sums.mapv(|sum| sum / weight);
        let row = mean.view().insert_axis(Axis(0));
        let column = mean.view().insert_axis(Axis(1));
        let covariance = products.mapv(|sum| sum / weight) - &column * &row;
        let law = law(&mean.to_vec(), &covariance, options)?;
        *floored = law.1;
        laws.push(law.0);
    }
    let (transition, ln_prior) = transition(model, &expected.moves, options.transitions);
    let first: f64 = expected.first.iter().sum();
    let initial: Vec<f64> = expected.first.iter().map(|p| p / first).collect();
    Ok(Step {
        objective: expected.log_likelihood + ln_prior,
        weights: expected.weights,
        floored,
        next: Hmm::new(&initial, transition.view(), laws)?,
    })
}

/// The law of a state, and whether the floor held it up. The sample's variance is one.
fn law(
    mean: &[f64],
    covariance: &Array2<f64>,
    options: &HmmOptions,
) -> Result<(Gaussian, bool), RegimeError> {
    let floor = options.variance_floor;
    if options.covariance == CovarianceKind::Diagonal {
        let floored = covariance.diag().iter().any(|v| *v < floor);
        let variances: Vec<f64> = covariance.diag().iter().map(|v| v.max(floor)).collect();
        return Ok((Gaussian::diagonal(mean, &variances)?, floored));
    }
    let symmetric = 0.5 * (covariance + &covariance.t());
    let lowered = &symmetric - &(Array2::<f64>::eye(mean.len()) * floor);
    if autotrading_statistics::Cholesky::of(lowered.view()).is_ok()
        && let Ok(law) = Gaussian::full(mean, symmetric.view())
    {
        return Ok((law, false));
    }
    // Some direction has less variance than the floor: every direction is given that much more.
    let raised = &symmetric + &(Array2::<f64>::eye(mean.len()) * floor.max(1e-9));
    let law = Gaussian::full(mean, raised.view()).or_else(|_| {
        let variances: Vec<f64> = symmetric.diag().iter().map(|v| v.max(floor)).collect();
        Gaussian::diagonal(mean, &variances)
    })?;
    Ok((law, true))
}

/// The next moves, and the logarithm of the prior of the present ones (without its constant).
fn transition(model: &Hmm, moves: &Array2<f64>, rule: Transitions) -> (Array2<f64>, f64) {
    let states = model.states();
    let prior = match rule {
        Transitions::MaximumLikelihood => Array2::zeros((states, states)),
        Transitions::Sticky { stay, strength } => sticky(states, stay) * strength,
        Transitions::Fixed { stay } => return (sticky(states, stay), 0.0),
    };
    let present = model.transition();
    let ln_prior = prior
        .iter()
        .zip(present)
        .map(|(count, p)| if *count > 0.0 { count * p.max(f64::MIN_POSITIVE).ln() } else { 0.0 })
        .sum();
    let mut next = moves + &prior;
    for (mut row, before) in next.rows_mut().into_iter().zip(present.rows()) {
        let sum = row.sum();
        if sum > 1e-12 {
            row.mapv_inplace(|count| count / sum);
        } else {
            row.assign(&before);
        }
    }
    (next, ln_prior)
}
