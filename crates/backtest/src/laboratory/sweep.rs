//! A search over parameters: which runs it takes, and the table that comes of them.

use autotrading_domain::{InstrumentId, StrategyId, Timestamp};
use autotrading_strategy::{Mandate, ParameterValue, build};
use serde::{Deserialize, Serialize};

use super::{JobFigures, JobMarket, JobResult, JobSpec, ReturnTable, Search, SearchError, SearchSpace};
use crate::BacktestConfiguration;

/// What a trial is judged by. More is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Sharpe ratio of daily returns.
    #[default]
    Sharpe,
    /// End over start, minus one.
    TotalReturn,
    /// Annual return over largest drawdown.
    Calmar,
}

impl Criterion {
    /// The criterion's value; `None` where it is undefined.
    pub fn of(self, figures: &JobFigures) -> Option<f64> {
        match self {
            Self::Sharpe => figures.sharpe,
            Self::TotalReturn => Some(figures.total_return),
            Self::Calmar => figures.calmar,
        }
        .filter(|value| value.is_finite())
    }
}

/// A search over parameters of one configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// What every trial is told, but for its parameters.
    pub base: BacktestConfiguration,
    /// What is varied.
    pub space: SearchSpace,
    /// Which points are tried.
    pub search: Search,
}

/// The legal points of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    points: Vec<Point>,
    /// Points that are no legal combination, such as a fast average that is longer than the slow one.
    pub skipped: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Point {
    number: u128,
    values: Vec<ParameterValue>,
    configuration: BacktestConfiguration,
}

/// A search on one window of one data set, ready to be run anywhere: it can be written down, handed to shards, and the
/// results of all put together again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPlan {
    /// What is searched.
    pub sweep: Sweep,
    /// Name of the data.
    pub market: String,
    /// Checksum of the data.
    pub data: String,
    /// First bar that is replayed.
    pub from: Timestamp,
    /// No bar that opens at or after this is replayed.
    pub to: Timestamp,
    /// Figures count from here.
    pub measured_from: Timestamp,
    /// Numbers of the legal points, ascending, as text.
    numbers: Vec<String>,
    /// Points that are no legal combination.
    pub skipped: usize,
}

/// One point with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number in the space.
    pub number: u128,
    /// Its values, one for each axis.
    pub values: Vec<ParameterValue>,
    /// What came of it.
    pub result: JobResult,
}

/// A finished search.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepTable {
    /// What was varied.
    pub space: SearchSpace,
    /// What came of each point, in the order of their numbers.
    pub trials: Vec<Trial>,
    /// Points that were no legal combination.
    pub skipped: usize,
}

impl Sweep {
    /// More trials than this are refused; a larger search wants a plan, not a longer wait.
    pub const MOST: u128 = 100_000;

    /// The legal points. Illegal combinations are left out and counted.
    ///
    /// # Errors
    /// [`SearchError`]: too many points, or none that is legal.
    pub fn candidates(&self, market: &JobMarket<'_>) -> Result<Candidates, SearchError> {
        let numbers = self.space.choose(self.search, Self::MOST)?;
        let looked_at = numbers.len();
        let mut points = Vec::with_capacity(looked_at);
        let mut refused = None;
        for number in numbers {
            let point = self.point(number);
            match self.legal(&point, market) {
                Ok(()) => points.push(point),
                Err(reason) => refused = refused.or(Some(reason)),
            }
        }
        match (points.is_empty(), refused) {
            (true, Some(reason)) => Err(SearchError::NoneLegal { points: looked_at, reason }),
            (_, _) => Ok(Candidates { skipped: looked_at - points.len(), points }),
        }
    }

    fn point(&self, number: u128) -> Point {
        let mut configuration = self.base.clone();
        let mut values = Vec::new();
        for (axis, place) in self.space.axes().iter().zip(self.space.point(number)) {
            let (Some(entry), Some(value)) =
                (configuration.strategies.get_mut(axis.entry), axis.values.get(place))
            else {
                continue;
            };
            entry.parameters = std::mem::take(&mut entry.parameters).with(&axis.parameter, value.clone());
            values.push(value.clone());
        }
        Point { number, values, configuration }
    }

    /// Whether every strategy can be made with the point's parameters.
    fn legal(&self, point: &Point, market: &JobMarket<'_>) -> Result<(), String> {
        let facts = point
            .configuration
            .instrument
            .instrument(market.history().all())
            .map_err(|error| error.to_string())?;
        for entry in &point.configuration.strategies {
            let mandate =
                Mandate { strategy: StrategyId(0), instrument: InstrumentId(0), facts: facts.clone() };
            build(&entry.name, &entry.parameters, mandate).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The search on a window, with all its legal points.
    ///
    /// # Errors
    /// As [`Sweep::candidates`].
    pub fn plan(
        self,
        market: &JobMarket<'_>,
        [from, to, measured_from]: [Timestamp; 3],
    ) -> Result<SweepPlan, SearchError> {
        let candidates = self.candidates(market)?;
        let numbers = candidates.points.iter().map(|point| point.number.to_string()).collect();
        let (market, data) = (market.name().to_owned(), market.digest());
        Ok(SweepPlan {
            sweep: self,
            market,
            data,
            from,
            to,
            measured_from,
            numbers,
            skipped: candidates.skipped,
        })
    }
}

impl SweepPlan {
    /// The jobs, in the order of the points' numbers.
    pub fn jobs(&self) -> Vec<JobSpec> {
        let job = |point: Point| JobSpec {
            configuration: point.configuration,
            data: self.data.clone(),
            from: self.from,
            to: self.to,
            measured_from: self.measured_from,
        };
        self.points().map(job).collect()
    }

    /// The plan of some of its points alone, by their places in [`SweepPlan::jobs`]; places that there are not are left out.
    pub fn part(&self, places: &[usize]) -> Self {
        let numbers = places.iter().filter_map(|place| self.numbers.get(*place).cloned()).collect();
        Self { numbers, ..self.clone() }
    }

    /// The same search on the same window of other data, such as a permuted market.
    pub fn on(&self, market: &JobMarket<'_>) -> Self {
        Self { market: market.name().to_owned(), data: market.digest(), ..self.clone() }
    }

    /// Puts results beside their points. `results` are those of [`SweepPlan::jobs`], in their order.
    pub fn table(&self, results: Vec<JobResult>) -> SweepTable {
        let trial = |(point, result): (Point, JobResult)| Trial {
            number: point.number,
            values: point.values,
            result,
        };
        SweepTable {
            space: self.sweep.space.clone(),
            skipped: self.skipped,
            trials: self.points().zip(results).map(trial).collect(),
        }
    }

    fn points(&self) -> impl Iterator<Item = Point> {
        self.numbers.iter().filter_map(|number| number.parse().ok()).map(|number| self.sweep.point(number))
    }
}

impl Candidates {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The values of a point.
    pub fn values(&self, place: usize) -> Option<&[ParameterValue]> {
        self.points.get(place).map(|point| point.values.as_slice())
    }

    /// The job of one point on a window: first bar, end, and where measuring begins.
    pub(super) fn job(
        &self,
        place: usize,
        data: &str,
        [from, to, measured_from]: [Timestamp; 3],
    ) -> Option<JobSpec> {
        let configuration = self.points.get(place)?.configuration.clone();
        Some(JobSpec { configuration, data: data.to_owned(), from, to, measured_from })
    }
}

impl SweepTable {
    /// The best trial; of equals the first. `None` if the criterion is undefined for all.
    pub fn best(&self, criterion: Criterion) -> Option<&Trial> {
        let scored =
            self.trials.iter().filter_map(|trial| Some((criterion.of(&trial.result.figures)?, trial)));
        scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, trial)| trial)
    }

    /// The daily returns of all trials.
    pub fn returns(&self) -> ReturnTable {
        ReturnTable::of(self.trials.iter().map(|trial| &trial.result))
    }
}
