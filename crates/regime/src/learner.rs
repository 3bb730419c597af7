//! A hidden Markov model of the market, fitted again and again to bars strictly before the one that it next speaks of.

use std::collections::VecDeque;

use autotrading_domain::{Bar, RegimeLabel};
use ndarray::Array2;

use crate::hmm::{ForwardFilter, Hmm, HmmFit, HmmOptions, HmmStatus, Transitions, label_states, matching};
use crate::{ChangePointRules, ChangePoints, DetectorRules, FeatureRow, FeatureSet, Features, RegimeError};

/// Values of one bar, of which a fit may use fewer.
type Row = [f64; FeatureRow::COUNT];

/// Bars within which a change counts as recent, and that a fit waits for after it.
const RECENT: usize = 20;
/// Longest run that is told from longer ones.
const LONGEST_RUN: usize = 250;

/// Keeps the training window, fits when it is due, filters every bar.
#[derive(Clone, Debug)]
pub(crate) struct Learner {
    rules: DetectorRules,
    features: Features,
    window: VecDeque<Row>,
    since: usize,
    speaker: Option<Speaker>,
    problem: Option<RegimeError>,
    changes: Option<ChangePoints>,
    /// Bars until a fit that a change has made due.
    due_in: Option<usize>,
}

/// The model that speaks now.
#[derive(Clone, Debug)]
struct Speaker {
    fit: HmmFit,
    filter: ForwardFilter,
    labels: Vec<RegimeLabel>,
    /// The features that varied in the training window, which the model sees.
    columns: Vec<usize>,
    seen: Vec<f64>,
}

impl Learner {
    pub(crate) fn new(rules: DetectorRules) -> Result<Self, RegimeError> {
        Ok(Self {
            rules,
            features: Features::new()?,
            window: VecDeque::with_capacity(rules.training_window + 1),
            since: rules.refit_interval,
            speaker: None,
            problem: None,
            changes: None,
            due_in: None,
        })
    }

    pub(crate) fn fit(&self) -> Option<&HmmFit> {
        self.speaker.as_ref().map(|speaker| &speaker.fit)
    }

    pub(crate) const fn problem(&self) -> Option<&RegimeError> {
        self.problem.as_ref()
    }

    /// Filtered probabilities of the labels; `None` while there is no model.
    pub(crate) fn probabilities(&self) -> Option<[f64; 4]> {
        self.speaker.as_ref().map(Speaker::probabilities)
    }

    /// Takes a closed bar and the close before it.
    pub(crate) fn observe(&mut self, bar: &Bar, last_close: Option<f64>) -> Result<(), RegimeError> {
        let Some(row) = self.row(bar, last_close)? else { return Ok(()) };
        let enough = self.window.len() >= self.rules.warm_up.min(self.rules.training_window);
        if enough && (self.since >= self.rules.refit_interval || self.due_in == Some(0)) {
            self.refit();
        }
        self.since += 1;
        if self.window.len() == self.rules.training_window {
            self.window.pop_front();
        }
        self.window.push_back(row);
        if let Some(speaker) = &mut self.speaker {
            speaker.observe(&row)?;
        }
        let [log_return, ..] = row;
        self.watch_for_changes(log_return)
    }

    /// A change makes a fit due as soon as there are some bars of what has come, for without them it would learn nothing.
    fn watch_for_changes(&mut self, log_return: f64) -> Result<(), RegimeError> {
        let Some(changes) = &mut self.changes else { return Ok(()) };
        let recent = changes.observe(log_return)?.at_most(RECENT) > 0.5;
        self.due_in = match self.due_in {
            Some(bars) => Some(bars.saturating_sub(1)),
            None if recent && self.since > RECENT => Some(RECENT),
            None => None,
        };
        Ok(())
    }

    /// The values of a bar; zeros stand for those that the rules do not ask for.
    fn row(&mut self, bar: &Bar, last_close: Option<f64>) -> Result<Option<Row>, RegimeError> {
        if self.rules.features == FeatureSet::Return {
            let mut row = [0.0; FeatureRow::COUNT];
            let [log_return, ..] = &mut row;
            let Some(last) = last_close else { return Ok(None) };
            *log_return = (bar.close / last).ln();
            return Ok(Some(row));
        }
        Ok(self.features.observe(bar)?.map(|row| row.to_array()))
    }

    /// Fits to the window, which the present bar is not part of.
    fn refit(&mut self) {
        self.since = 0;
        self.due_in = None;
        match self.fitted() {
            Ok(speaker) => {
                self.speaker = Some(speaker);
                self.problem = None;
            }
            Err(problem) => self.problem = Some(problem),
        }
        if self.changes.is_none() {
            self.changes = self.change_points();
        }
    }

    fn fitted(&self) -> Result<Speaker, RegimeError> {
        let columns = self.varying();
        let table = Array2::from_shape_fn((self.window.len(), columns.len()), |(t, j)| {
            let column = columns.get(j).copied().unwrap_or(0);
            self.window.get(t).and_then(|row| row.get(column)).copied().unwrap_or(0.0)
        });
        let options = HmmOptions {
            states: self.rules.states,
            covariance: self.rules.covariance,
            transitions: self.transitions(),
            restarts: self.rules.restarts,
            seed: self.rules.seed,
            tolerance: 1e-7,
            ..HmmOptions::default()
        };
        let mut fit = Hmm::fit(table.view(), options)?;
        if let HmmStatus::Degenerate(reason) = fit.status {
            return Err(RegimeError::Degenerate { states: self.rules.states, reason });
        }
        if let Some(before) = &self.speaker {
            let order = matching(&fit.model, &before.fit.model);
            fit.model = fit.model.reordered(&order)?;
            fit.weights = order.iter().filter_map(|state| fit.weights.get(*state).copied()).collect();
        }
        let labels = label_states(&fit.model, &fit.weights, 0, self.rules.label_errors);
        let mut filter = fit.model.forward_filter();
        for row in table.rows() {
            filter.observe(&row.to_vec())?;
        }
        Ok(Speaker { fit, filter, labels, seen: vec![0.0; columns.len()], columns })
    }

    /// How a fit comes by the moves between states.
    fn transitions(&self) -> Transitions {
        let strength = self.rules.stay_moves;
        match self.rules.stay {
            None => Transitions::MaximumLikelihood,
            Some(stay) if self.rules.stay_learned => Transitions::Sticky { stay, strength },
            Some(stay) => Transitions::Fixed { stay },
        }
    }

    /// The features asked for that vary within the window; the return always, so that a market at rest is refused.
    fn varying(&self) -> Vec<usize> {
        let asked = match self.rules.features {
            FeatureSet::Return => 1,
            FeatureSet::ReturnVolumeStrength => 3,
            FeatureSet::All => FeatureRow::COUNT,
        };
        let varies = |column: usize| {
            let mut values = self.window.iter().filter_map(|row| row.get(column));
            let first = values.next();
            let spread = |x: &f64| first.is_some_and(|first| (x - first).abs() > 1e-9 * first.abs());
            values.any(spread)
        };
        (0..asked).filter(|column| *column == 0 || varies(*column)).collect()
    }

    /// A detector of changes that presumes the first window's mean and variance, and has seen that window.
    fn change_points(&self) -> Option<ChangePoints> {
        let expected_length = self.rules.change_interval?;
        let returns = || self.window.iter().map(|[log_return, ..]| *log_return);
        let count = self.window.len().max(1) as f64;
        let mean = returns().sum::<f64>() / count;
        let variance = returns().map(|r| (r - mean).powi(2)).sum::<f64>() / count;
        let rules = ChangePointRules { expected_length, mean, variance, longest: LONGEST_RUN };
        let mut changes = ChangePoints::new(rules).ok()?;
        for log_return in returns() {
            changes.observe(log_return).ok()?;
        }
        Some(changes)
    }
}

impl Speaker {
    fn observe(&mut self, row: &Row) -> Result<(), RegimeError> {
        for (slot, column) in self.seen.iter_mut().zip(&self.columns) {
            *slot = row.get(*column).copied().unwrap_or(0.0);
        }
        self.filter.observe(&self.seen)?;
        Ok(())
    }

    fn probabilities(&self) -> [f64; 4] {
        let mut sums = [0.0; 4];
        for (label, p) in self.labels.iter().zip(self.filter.now().probabilities()) {
            if let Some(sum) = sums.get_mut(label.index()) {
                // A sum of all of them may round to a last digit above one.
                *sum = (*sum + p).min(1.0);
            }
        }
        sums
    }
}
