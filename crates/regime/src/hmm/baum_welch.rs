//! One step of expectation and maximisation.

use ndarray::{Array2, Axis};

use super::fit::{CovarianceKind, HmmOptions, Transitions};
use super::model::for_states;
use super::moments::{Moments, Summed};
use super::passes::{Block, Trace, backward};
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
    summed: Summed,
}

/// One step from `model`, which is one of the standardised features, as the training sample is.
pub(super) fn step(
    model: &Hmm,
    training: &Training,
    options: &HmmOptions,
    trace: &mut Trace,
) -> Result<Step, RegimeError> {
    let full = options.covariance == CovarianceKind::Full;
    let expected = for_states!(model.states(), expect(model, training, full, trace));
    maximise(model, expected, options)
}

fn expect<const K: usize>(model: &Hmm, training: &Training, full: bool, trace: &mut Trace) -> Expected {
    let log_likelihood = model.forward::<K>(&training.rows, trace);
    let transition = model.transition_array();
    let mut first = model.initial_array();
    let mut moments = Moments::<K>::of(training, full);
    let moves = backward(training.len(), &transition, trace, |place, block: &Block<K>| {
        if place == 0 {
            first = block.map(|[first, ..]| first);
        }
        moments.add(place, block);
    });
    Expected {
        log_likelihood,
        first: first.to_vec(),
        moves: Array2::from_shape_fn((K, K), |(i, j)| {
            moves.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0)
        }),
        summed: moments.summed(),
    }
}

fn maximise(model: &Hmm, expected: Expected, options: &HmmOptions) -> Result<Step, RegimeError> {
    let mut floored = vec![false; model.states()];
    let mut laws = Vec::with_capacity(model.states());
    let Summed { weights, sums, products } = expected.summed;
    let states = weights.iter().zip(sums.rows()).zip(&products);
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
        weights,
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
