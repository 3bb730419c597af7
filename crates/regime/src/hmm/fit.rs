//! The hidden Markov model under which a sample is likeliest.

use ndarray::ArrayView2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Hmm;
use super::baum_welch::{Step, step};
use super::degeneracy::HmmDegeneracy;
use super::model::check_states;
use super::passes::Trace;
use super::scaling::Training;
use super::start::{Clustered, start};
use crate::RegimeError;

/// How features may move together within a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CovarianceKind {
    /// Not at all: one variance each.
    #[default]
    Diagonal,
    /// As they like.
    Full,
}

/// How the moves between states are learned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Transitions {
    /// From the sample alone.
    #[default]
    MaximumLikelihood,
    /// From the sample and a Dirichlet prior: `strength` moves from each state are presumed, a share `stay` of them
    /// to itself. 0.9 is a usual share.
    Sticky {
        /// Share of presumed moves that stay, in (0, 1).
        stay: f64,
        /// How many moves are presumed, above 0.
        strength: f64,
    },
    /// Not at all: a state stays with this probability and else goes anywhere alike.
    Fixed {
        /// That probability, in (0, 1).
        stay: f64,
    },
}

/// What is fitted and how hard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HmmOptions {
    /// States, 2 to 6. Default 3.
    pub states: usize,
    /// How features may move together. Default diagonal.
    pub covariance: CovarianceKind,
    /// How moves are learned. Default from the sample alone.
    pub transitions: Transitions,
    /// Starts that are tried, 1 to 1000. Default 8.
    pub restarts: usize,
    /// Steps that the two best starts may take. Default 500.
    pub iterations: usize,
    /// Converged when a step gains less than this share of the log-likelihood of the standardised sample. Default 1e-9.
    pub tolerance: f64,
    /// Least variance of a state, as a share of the sample's. Default 1e-5.
    pub variance_floor: f64,
    /// Seed of the starts.
    pub seed: u64,
}

impl Default for HmmOptions {
    fn default() -> Self {
        Self {
            states: 3,
            covariance: CovarianceKind::Diagonal,
            transitions: Transitions::MaximumLikelihood,
            restarts: 8,
            iterations: 500,
            tolerance: 1e-9,
            variance_floor: 1e-5,
            seed: 0,
        }
    }
}

impl HmmOptions {
    fn check(&self) -> Result<(), RegimeError> {
        check_states(self.states)?;
        let share = |x: f64| x > 0.0 && x < 1.0;
        let (stay, strength) = match self.transitions {
            Transitions::MaximumLikelihood => (0.5, 1.0),
            Transitions::Sticky { stay, strength } => (stay, strength),
            Transitions::Fixed { stay } => (stay, 1.0),
        };
        let rules = [
            ("restarts", self.restarts as f64, (1..=1000).contains(&self.restarts), "1 to 1000"),
            ("iterations", self.iterations as f64, self.iterations > 0, "1 or more"),
            (
                "tolerance",
                self.tolerance,
                self.tolerance >= 0.0 && self.tolerance < 1.0,
                "0 to 1, 1 not included",
            ),
            ("variance_floor", self.variance_floor, share(self.variance_floor), "above 0 and below 1"),
            ("stay", stay, share(stay), "above 0 and below 1"),
            ("strength", strength, strength > 0.0 && strength.is_finite(), "above 0 and finite"),
        ];
        match rules.into_iter().find(|(_, _, legal, _)| !legal) {
            Some((name, got, _, allowed)) => Err(RegimeError::Parameter { name, got, allowed }),
            None => Ok(()),
        }
    }
}

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HmmStatus {
    /// Steps gain no more than the tolerance.
    Converged,
    /// The steps allowed are used up; the last gained so much log-likelihood.
    Stopped {
        /// That gain.
        gain: f64,
    },
    /// At rest, but not to be trusted.
    Degenerate(HmmDegeneracy),
}

/// A fitted hidden Markov model. Its states are in order of ascending variance.
#[derive(Clone, Debug, PartialEq)]
pub struct HmmFit {
    /// The model, in the units of the features.
    pub model: Hmm,
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    /// How the fit ended.
    pub status: HmmStatus,
    /// Steps that the best start took.
    pub iterations: usize,
    /// How many observations were seen.
    pub observations: usize,
    /// Expected number of observations of each state.
    pub weights: Vec<f64>,
}

impl HmmFit {
    /// Akaike's criterion, `2 k - 2 ln L`: smaller is better.
    pub fn aic(&self) -> f64 {
        2.0 * self.model.parameter_count() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's criterion, `k ln n - 2 ln L`: smaller is better.
    pub fn bic(&self) -> f64 {
        self.model.parameter_count() as f64 * (self.observations as f64).ln() - 2.0 * self.log_likelihood
    }
}

/// Steps that every start takes before the best go on.
const TRIAL: usize = 12;
/// How many go on.
const FINALISTS: usize = 2;

impl Hmm {
    /// Fits a model to observations, one row each, by Baum-Welch from several seeded starts.
    ///
    /// Features are standardised inside by the sample's own mean and deviation, so units do not matter. Same sample,
    /// same seed, same model. Source: Baum, Petrie, Soules and Weiss (1970), Annals of Mathematical Statistics 41,
    /// 164-171.
    ///
    /// ```
    /// use autotrading_regime::hmm::{Hmm, HmmOptions, HmmStatus};
    /// use ndarray::Array2;
    ///
    /// // Fifty calm days, fifty wild ones, and so on.
    /// let value = |t: usize| (t * t % 97) as f64 / 48.0 - 1.0;
    /// let days = Array2::from_shape_fn((600, 1), |(t, _)| value(t) * if t / 50 % 2 == 0 { 0.01 } else { 0.04 });
    /// let fit = Hmm::fit(days.view(), HmmOptions { states: 2, ..HmmOptions::default() })?;
    /// assert_eq!(fit.status, HmmStatus::Converged);
    /// assert!(fit.model.emissions()[1].variance(0) > 10.0 * fit.model.emissions()[0].variance(0));
    /// assert!(fit.model.transition()[[0, 0]] > 0.95);
    /// # Ok::<(), autotrading_regime::RegimeError>(())
    /// ```
    ///
    /// # Errors
    /// An option out of range; fewer observations than ten times the states, or fewer distinct ones than states; one that
    /// is not finite; a feature that does not vary.
    pub fn fit(observations: ArrayView2<'_, f64>, options: HmmOptions) -> Result<HmmFit, RegimeError> {
        options.check()?;
        let training = Training::of(observations, 10 * options.states * observations.ncols().max(1))?;
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let mut trace = Trace::default();
        let mut trials: Vec<Run> = Vec::new();
        for attempt in 0..options.restarts {
            let clustered = if attempt % 2 == 0 { Clustered::Swings } else { Clustered::Features };
            if let Some(model) = start(&training, options.states, clustered, &mut rng)? {
                trials.push(Run::of(model, &training, &options, TRIAL.min(options.iterations), &mut trace)?);
            }
        }
        trials.sort_by(|a, b| b.rank().total_cmp(&a.rank()));
        let mut best: Option<Run> = None;
        for trial in trials.into_iter().take(FINALISTS) {
            let run = trial.on(&training, &options, options.iterations, &mut trace)?;
            if best.as_ref().is_none_or(|best| run.rank() > best.rank()) {
                best = Some(run);
            }
        }
        // Fewer distinct observations than states leave some cluster empty whatever the start.
        let (got, allowed) = (options.states as f64, "so many as there are distinct observations");
        best.ok_or(RegimeError::Parameter { name: "states", got, allowed })?.finished(&training)
    }

    /// Takes Baum-Welch steps from this model until they gain no more than the tolerance or `options.iterations` are
    /// used up. Of the options, `states`, `restarts` and `seed` do not matter.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); another number of features than the model has.
    pub fn improved(
        &self,
        observations: ArrayView2<'_, f64>,
        options: HmmOptions,
    ) -> Result<HmmFit, RegimeError> {
        options.check()?;
        if observations.ncols() != self.features() {
            return Err(RegimeError::Features { got: observations.ncols(), required: self.features() });
        }
        let training = Training::of(observations, 2)?;
        let start = training.standardised(self)?;
        Run::of(start, &training, &options, options.iterations, &mut Trace::default())?.finished(&training)
    }
}

/// One climb: the last step, whose `next` is where it stands.
struct Run {
    last: Step,
    gain: f64,
    iterations: usize,
    at_rest: bool,
}

impl Run {
    fn of(
        model: Hmm,
        training: &Training,
        options: &HmmOptions,
        steps: usize,
        trace: &mut Trace,
    ) -> Result<Self, RegimeError> {
        let last = step(&model, training, options, trace)?;
        Self { last, gain: f64::INFINITY, iterations: 1, at_rest: false }.on(training, options, steps, trace)
    }

    /// Goes on until at rest or until `steps` are taken in all.
    fn on(
        mut self,
        training: &Training,
        options: &HmmOptions,
        steps: usize,
        trace: &mut Trace,
    ) -> Result<Self, RegimeError> {
        while !self.at_rest && self.iterations < steps {
            let next = step(&self.last.next, training, options, trace)?;
            self.gain = next.objective - self.last.objective;
            self.at_rest = self.gain <= options.tolerance * next.objective.abs().max(1.0);
            self.last = next;
            self.iterations += 1;
        }
        Ok(self)
    }

    /// What restarts compete by; one that is degenerate comes behind all that are not.
    fn rank(&self) -> f64 {
        let penalty = if self.degeneracy().is_some() { 1e100 } else { 0.0 };
        self.last.objective - penalty
    }

    fn degeneracy(&self) -> Option<HmmDegeneracy> {
        HmmDegeneracy::of(&self.last.next, &self.last.weights, &self.last.floored)
    }

    /// The model in the units of the features, its states by ascending variance.
    fn finished(self, training: &Training) -> Result<HmmFit, RegimeError> {
        let model = &self.last.next;
        let spread = |state: usize| {
            model.emissions().get(state).map_or(0.0, |law| law.covariance().diag().iter().sum::<f64>())
        };
        let mut order: Vec<usize> = (0..model.states()).collect();
        order.sort_by(|a, b| spread(*a).total_cmp(&spread(*b)));
        let place = |state: usize| order.iter().position(|old| *old == state).unwrap_or(state);
        let status = match self.degeneracy() {
            Some(reason) => HmmStatus::Degenerate(reason.renumbered(place)),
            None if self.at_rest => HmmStatus::Converged,
            None => HmmStatus::Stopped { gain: self.gain },
        };
        let log_likelihood = log_likelihood(model, training);
        let fitted = training.in_units(&model.reordered(&order)?)?;
        Ok(HmmFit {
            model: fitted,
            log_likelihood: log_likelihood + training.ln_jacobian(),
            status,
            iterations: self.iterations,
            observations: training.len(),
            weights: order.iter().filter_map(|state| self.last.weights.get(*state).copied()).collect(),
        })
    }
}

fn log_likelihood(model: &Hmm, training: &Training) -> f64 {
    let mut filter = model.forward_filter();
    for row in training.rows.chunks_exact(training.features) {
        // Rows were checked when the training sample was made.
        let _ = filter.observe(row);
    }
    filter.log_likelihood()
}
