//! Choose on the past, test on what follows, walk on.

use autotrading_domain::{Span, Timestamp};
use autotrading_strategy::ParameterValue;
use serde::{Deserialize, Serialize};

use super::cross_validation::{compounded, mean, share};
use super::{
    Candidates, Check, Criterion, DayReturn, JobMarket, JobResult, JobSpec, SearchError, Sweep, Walk,
    WalkError, WalkRules,
};
use crate::{max_drawdown, sharpe};

/// A walk-forward of a search: in every walk the search is made anew on the training stretch alone, and its best trial is
/// tested on the stretch after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkForward {
    /// What is searched.
    pub sweep: Sweep,
    /// How walks are cut.
    pub rules: WalkRules,
    /// What the best trial of a training stretch is best in.
    pub criterion: Criterion,
    /// From where on results are good enough.
    pub thresholds: WalkForwardThresholds,
}

/// From where on a walk-forward counts as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalkForwardThresholds {
    /// Least mean Sharpe ratio out of sample as a share of the one in sample (Pardo's walk-forward efficiency).
    pub efficiency: f64,
    /// Least share of walks that gain out of sample.
    pub consistency: f64,
    /// Least Sharpe ratio of the tests strung together, annualised.
    pub sharpe: f64,
    /// Largest mean move of a parameter from walk to walk, as a share of its axis.
    pub instability: f64,
}

impl Default for WalkForwardThresholds {
    fn default() -> Self {
        Self { efficiency: 0.5, consistency: 0.55, sharpe: 0.5, instability: 0.35 }
    }
}

/// The walks and the points tried in each.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkPlan {
    rules: WalkRules,
    walks: Vec<Walk>,
    candidates: Candidates,
    data: String,
    start: Timestamp,
}

/// Why a walk-forward cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkForwardError {
    /// The search is impossible.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The data cannot be cut.
    #[error(transparent)]
    Walks(#[from] WalkError),
}

/// A finished walk-forward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardReport {
    /// How walks were cut.
    pub rules: WalkRules,
    /// What was optimised.
    pub criterion: Criterion,
    /// Names of the parameters, one for each axis.
    pub parameters: Vec<String>,
    /// Points tried in each walk.
    pub candidates: usize,
    /// One line a walk.
    pub walks: Vec<WalkFigures>,
    /// How each parameter moved.
    pub stability: Vec<ParameterPath>,
    /// Daily returns of the tests, strung together.
    pub days: Vec<DayReturn>,
    /// End over start of the tests strung together, minus one.
    pub total_return: f64,
    /// Their Sharpe ratio, annualised.
    pub sharpe: Option<f64>,
    /// Their largest fall, day by day, in [0, 1].
    pub max_drawdown: f64,
    /// Mean Sharpe ratio of the chosen trials where they were chosen.
    pub mean_in_sample: Option<f64>,
    /// Mean Sharpe ratio of the same trials in their tests.
    pub mean_out_of_sample: Option<f64>,
    /// The second over the first; `None` unless the first is above zero.
    pub efficiency: Option<f64>,
    /// Share of the walks that gained in their test.
    pub consistency: Option<f64>,
    /// Whether every threshold is met.
    pub holds: bool,
    /// What it amounts to, in one sentence.
    pub verdict: String,
    /// Each threshold with what was found.
    pub checks: Vec<Check>,
}

/// One walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkFigures {
    /// Its stretches.
    pub walk: Walk,
    /// The values chosen; empty where the criterion was undefined for all, and nothing was traded.
    pub values: Vec<ParameterValue>,
    /// Sharpe ratio of the chosen trial in training.
    pub in_sample: Option<f64>,
    /// Sharpe ratio of it in the test.
    pub out_of_sample: Option<f64>,
    /// Return of it in training.
    pub train_return: f64,
    /// Return of it in the test.
    pub test_return: f64,
    /// Round trips of the run over the test, warming up included.
    pub closed_trades: u64,
}

/// How a parameter moved from walk to walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterPath {
    /// The parameter.
    pub name: String,
    /// Places of the chosen values on the axis, one a walk; `None` where nothing was chosen.
    pub places: Vec<Option<usize>>,
    /// Mean distance between neighbouring walks' places, as a share of the axis: 0 never moves, about 1/3 is chance.
    pub mean_move: Option<f64>,
}

impl WalkForward {
    /// Cuts the data and lists the legal points.
    ///
    /// # Errors
    /// [`WalkForwardError`].
    pub fn plan(&self, market: &JobMarket<'_>) -> Result<WalkPlan, WalkForwardError> {
        let all = market.history().all();
        let (start, end) = (all.start().unwrap_or_default(), all.end().unwrap_or_default());
        Ok(WalkPlan {
            rules: self.rules,
            walks: self.rules.walks(start, end)?,
            candidates: self.sweep.candidates(market)?,
            data: market.digest(),
            start,
        })
    }

    /// Of each walk, the place of the point that did best in training; of equals the first, and `None` where the
    /// criterion is undefined for all. `trained` are the results of [`WalkPlan::training`], in its order.
    pub fn choose(&self, plan: &WalkPlan, trained: &[JobResult]) -> Vec<Option<usize>> {
        let best = |results: &[JobResult]| {
            let scored = results.iter().map(|result| self.criterion.of(&result.figures)).enumerate();
            let scored = scored.filter_map(|(place, value)| Some((place, value?)));
            scored.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(place, _)| place)
        };
        trained.chunks(plan.candidates.len().max(1)).map(best).collect()
    }

    /// Puts training and tests together. `tested` are the results of [`WalkPlan::tests`], in its order.
    pub fn report(
        &self,
        plan: &WalkPlan,
        trained: &[JobResult],
        chosen: &[Option<usize>],
        tested: &[JobResult],
    ) -> WalkForwardReport {
        let mut tests = tested.iter();
        let walks: Vec<(WalkFigures, &[DayReturn])> = plan
            .walks
            .iter()
            .zip(trained.chunks(plan.candidates.len().max(1)))
            .zip(chosen)
            .map(|((walk, trained), chosen)| {
                let training = chosen.and_then(|place| trained.get(place));
                let test = chosen.and_then(|_| tests.next());
                let values = chosen.and_then(|place| plan.candidates.values(place)).unwrap_or_default();
                let figures = WalkFigures {
                    walk: *walk,
                    values: values.to_vec(),
                    in_sample: training.and_then(|result| result.figures.sharpe),
                    out_of_sample: test.and_then(|result| result.figures.sharpe),
                    train_return: training.map_or(0.0, |result| result.figures.total_return),
                    test_return: test.map_or(0.0, |result| result.figures.total_return),
                    closed_trades: test.map_or(0, |result| result.figures.closed_trades),
                };
                (figures, test.map_or(&[][..], |result| result.days.as_slice()))
            })
            .collect();
        let days: Vec<DayReturn> = walks.iter().flat_map(|(_, days)| days.iter().copied()).collect();
        let walks: Vec<WalkFigures> = walks.into_iter().map(|(figures, _)| figures).collect();
        self.summarise(plan, walks, days)
    }

    fn summarise(&self, plan: &WalkPlan, walks: Vec<WalkFigures>, days: Vec<DayReturn>) -> WalkForwardReport {
        let returns: Vec<f64> = days.iter().map(|day| day.value).collect();
        let equity = compounded(&returns);
        let years = match (plan.walks.first(), plan.walks.last()) {
            (Some(first), Some(last)) => last.test_to.since(first.test_from).in_units_of(Span::DAY) / 365.0,
            _ => 0.0,
        };
        let periods_per_year = if years > 0.0 { returns.len() as f64 / years } else { 0.0 };
        // Walks without a ratio in both stretches say nothing about how one carries over to the other.
        let pairs = || walks.iter().filter_map(|walk| walk.in_sample.zip(walk.out_of_sample));
        let (mean_in_sample, mean_out_of_sample) =
            (mean(pairs().map(|(inside, _)| inside)), mean(pairs().map(|(_, outside)| outside)));
        let efficiency = mean_in_sample
            .zip(mean_out_of_sample)
            .filter(|(inside, _)| *inside > 0.0)
            .map(|(inside, outside)| outside / inside);
        let consistency = share(&walks, |walk| walk.test_return > 0.0);
        let sharpe = sharpe(&returns, periods_per_year);
        let stability = self.stability(&walks);
        let checks = self.checks(efficiency, consistency, sharpe, &stability);
        WalkForwardReport {
            rules: self.rules,
            criterion: self.criterion,
            parameters: self.sweep.space.axes().iter().map(ToString::to_string).collect(),
            candidates: plan.candidates.len(),
            walks,
            stability,
            total_return: equity.last().copied().unwrap_or(1.0) - 1.0,
            max_drawdown: max_drawdown(&equity),
            sharpe,
            mean_in_sample,
            mean_out_of_sample,
            efficiency,
            consistency,
            holds: Check::all_met(&checks),
            verdict: Check::verdict(
                &checks,
                "what was chosen on the past held up on what followed",
                "what was chosen on the past did not hold up on what followed",
            ),
            checks,
            days,
        }
    }

    fn stability(&self, walks: &[WalkFigures]) -> Vec<ParameterPath> {
        let path = |(number, axis): (usize, &super::SearchAxis)| {
            let place = |walk: &WalkFigures| {
                let chosen = walk.values.get(number)?;
                axis.values.iter().position(|value| value == chosen)
            };
            let places: Vec<Option<usize>> = walks.iter().map(place).collect();
            let longest = axis.values.len().saturating_sub(1) as f64;
            let moves = places.iter().zip(places.iter().skip(1)).filter_map(|(before, after)| {
                Some(before.as_ref()?.abs_diff(*after.as_ref()?) as f64 / longest)
            });
            let mean_move = mean(moves).filter(|mean| mean.is_finite());
            ParameterPath { name: axis.to_string(), places, mean_move }
        };
        self.sweep.space.axes().iter().enumerate().map(path).collect()
    }

    fn checks(
        &self,
        efficiency: Option<f64>,
        consistency: Option<f64>,
        sharpe: Option<f64>,
        stability: &[ParameterPath],
    ) -> Vec<Check> {
        let limits = self.thresholds;
        let mut checks = vec![
            Check::at_least("Sharpe ratio out of sample over in sample", efficiency, limits.efficiency),
            Check::at_least("share of walks that gained in their test", consistency, limits.consistency),
            Check::at_least("Sharpe ratio of the tests strung together", sharpe, limits.sharpe),
        ];
        let moving = stability.iter().filter_map(|path| path.mean_move).reduce(f64::max);
        if moving.is_some() {
            checks.push(Check::at_most(
                "mean move of the least stable parameter, as a share of its axis",
                moving,
                limits.instability,
            ));
        }
        checks
    }
}

impl WalkPlan {
    /// The walks.
    pub fn walks(&self) -> &[Walk] {
        &self.walks
    }

    /// The legal points.
    pub const fn candidates(&self) -> &Candidates {
        &self.candidates
    }

    /// The jobs of the training stretches: walk by walk, point by point.
    pub fn training(&self) -> Vec<JobSpec> {
        let of = |walk: &Walk| {
            let window = self.window(walk.train_from, walk.test_from);
            (0..self.candidates.len()).filter_map(move |place| self.candidates.job(place, &self.data, window))
        };
        self.walks.iter().flat_map(of).collect()
    }

    /// The jobs of the tests, one for each walk in which something was chosen.
    pub fn tests(&self, chosen: &[Option<usize>]) -> Vec<JobSpec> {
        let of = |(walk, chosen): (&Walk, &Option<usize>)| {
            self.candidates.job((*chosen)?, &self.data, self.window(walk.test_from, walk.test_to))
        };
        self.walks.iter().zip(chosen).filter_map(of).collect()
    }

    /// A stretch with the warm-up before it, as far as there are data.
    fn window(&self, from: Timestamp, to: Timestamp) -> [Timestamp; 3] {
        [from.before(self.rules.warm_up).max(self.start), to, from]
    }
}
