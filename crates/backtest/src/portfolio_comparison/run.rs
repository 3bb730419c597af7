//! The same markets under one allocation after the other.

use std::ops::ControlFlow;

use autotrading_core::{Configuration, Engine, EngineError, Unrecorded};
use autotrading_domain::{Instruments, StrategyId, Timestamp};
use autotrading_market_data::History;
use autotrading_portfolio::Allocation;
use autotrading_strategy::{Mandate, Strategy, build};

use super::closes::Closes;
use super::{
    ComparisonFault, ComparisonReport, ComparisonRules, ComparisonSeries, MethodFigures, MethodSeries, hold,
    together,
};
use crate::{BacktestError, Detail, MarketHistory, Performance, PortfolioBacktest, PortfolioOutcome};

/// With fewer bars in common nothing is compared: thirty are gone before anything is estimated.
const FEWEST: usize = 60;
/// Points of the efficient line.
const POINTS: usize = 80;

/// How much each way of sharing capital is worth on markets of the past.
///
/// Every instrument is wanted all the time ([`hold`]); how much of it is held is the allocation's word, from estimates of
/// the past alone. Each run goes through the one engine: orders, the gate, the simulated venue, fees, spread and impact.
///
/// ```
/// use std::ops::ControlFlow;
/// use autotrading_backtest::{ComparisonRules, PortfolioComparison};
/// use autotrading_market_data::CommonWorkload;
/// use autotrading_portfolio::Allocation;
///
/// let history = CommonWorkload::history(300);
/// let markets = [("BTC", &history), ("ETH", &history)];
/// let rules = ComparisonRules { methods: vec![Allocation::Equal], ..ComparisonRules::default() };
/// let comparison = PortfolioComparison { rules: &rules, markets: &markets, data: "synthetic" };
/// let (report, series) = comparison.run(|_| ControlFlow::Continue(()))?.unwrap();
/// assert_eq!(report.methods[0].method, Allocation::Equal);
/// assert!(report.methods[0].venue_agrees);
/// assert_eq!(series.methods[0].weights.len(), 2);
/// # Ok::<(), autotrading_backtest::ComparisonFault>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PortfolioComparison<'a> {
    /// What is compared, and under which rules.
    pub rules: &'a ComparisonRules,
    /// The markets by symbol, in any order; only what all have in common is traded.
    pub markets: &'a [(&'a str, &'a History)],
    /// Name of the data, for the report.
    pub data: &'a str,
}

impl PortfolioComparison<'_> {
    /// Runs one method after the other; `done` is told after each how many are, and may stop. `None` when it did.
    ///
    /// # Errors
    /// [`ComparisonFault`] says what kept a run from being made, and under which method.
    pub fn run(
        &self,
        mut done: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<(ComparisonReport, ComparisonSeries)>, ComparisonFault> {
        if self.markets.len() < 2 {
            return Err(ComparisonFault::OneInstrument);
        }
        let mut markets = self.common()?;
        markets.sort_by(|a, b| a.0.cmp(b.0));
        let mut outcomes = Vec::new();
        for (number, method) in self.rules.methods.iter().enumerate() {
            let run = self.run_one(*method, &markets);
            let outcome = run.map_err(|source| ComparisonFault::Run { method: method.name(), source })?;
            outcomes.push((*method, outcome));
            if done(number + 1).is_break() {
                return Ok(None);
            }
        }
        self.told(&markets, outcomes).map(Some)
    }

    /// The bars from where the last market begins to where the first ends.
    fn common(&self) -> Result<Vec<(&str, History)>, ComparisonFault> {
        let first = |history: &History| history.all().start().unwrap_or_default();
        let over = |history: &History| history.all().end().unwrap_or_default();
        let from = self.markets.iter().map(|(_, history)| first(history)).max().unwrap_or_default();
        let to = self.markets.iter().map(|(_, history)| over(history)).min().unwrap_or_default();
        let within = self
            .markets
            .iter()
            .map(|(symbol, history)| (*symbol, history.window(Some(from), Some(to)).to_history()));
        let within: Vec<(&str, History)> = within.collect();
        let got = within.iter().map(|(_, history)| history.len()).min().unwrap_or(0);
        if got < FEWEST {
            return Err(ComparisonFault::TooFewBars { got, required: FEWEST });
        }
        Ok(within)
    }

    fn run_one(
        &self,
        method: Allocation,
        markets: &[(&str, History)],
    ) -> Result<PortfolioOutcome, BacktestError> {
        let symbols: Vec<&str> = markets.iter().map(|(symbol, _)| *symbol).collect();
        let configuration = self.rules.configuration(method, &symbols);
        let markets: Vec<MarketHistory<'_>> =
            markets.iter().map(|(symbol, history)| MarketHistory::new(symbol, history)).collect();
        let backtest = PortfolioBacktest {
            configuration: &configuration,
            markets: &markets,
            data: self.data,
            detail: Detail::Full,
        };
        let make = |instruments, configuration| self.engine(method, instruments, configuration);
        let (finished, _) = backtest.run_with(make, Unrecorded, |_| ControlFlow::Continue(()))?;
        finished.outcome(&backtest)
    }

    /// Each instrument is held; for Black-Litterman another strategy has views on it.
    fn engine(
        &self,
        method: Allocation,
        instruments: Instruments,
        configuration: Configuration,
    ) -> Result<Engine, EngineError> {
        let mut strategies: Vec<(_, Box<dyn Strategy>)> = Vec::new();
        let views = &self.rules.views;
        for (instrument, facts) in instruments.iter() {
            let mandate = |number: usize| Mandate {
                strategy: StrategyId(u16::try_from(number).unwrap_or(u16::MAX)),
                instrument,
                facts: facts.clone(),
            };
            strategies.push((instrument, hold(mandate(strategies.len()))));
            if method == Allocation::BlackLitterman {
                let viewer = build(&views.name, &views.parameters, mandate(strategies.len()));
                let refused = |error: &dyn std::fmt::Display| EngineError::Strategy {
                    name: views.name.clone(),
                    problem: error.to_string(),
                };
                strategies.push((instrument, viewer.map_err(|error| refused(&error))?));
            }
        }
        Engine::with_strategies(instruments, configuration, strategies)
    }

    fn told(
        &self,
        markets: &[(&str, History)],
        outcomes: Vec<(Allocation, PortfolioOutcome)>,
    ) -> Result<(ComparisonReport, ComparisonSeries), ComparisonFault> {
        let interval = markets.iter().map(|(_, history)| history.interval()).min().unwrap_or_default();
        let named: Vec<(&str, &History)> =
            markets.iter().map(|(symbol, history)| (*symbol, history)).collect();
        let times: Vec<Timestamp> =
            outcomes.first().map(|(_, outcome)| outcome.series.time.clone()).unwrap_or_default();
        let closes = Closes::of(&named, &times, interval)?;
        let held = outcomes.first().map(|(_, outcome)| outcome.series.held.clone()).unwrap_or_default();
        let report = ComparisonReport {
            data: self.data.to_owned(),
            symbols: named.iter().map(|(symbol, _)| (*symbol).to_owned()).collect(),
            from: named.iter().filter_map(|(_, history)| history.all().start()).min().unwrap_or_default(),
            to: times.last().copied().unwrap_or_default(),
            start_cash: self.rules.cash,
            views: self.rules.views.name.clone(),
            methods: outcomes.iter().map(|(method, outcome)| figures(*method, outcome, &closes)).collect(),
            held: Performance::of(&times, &held),
            assets: closes.assets()?,
            frontier: closes.frontier(self.rules.sharing.largest_share, POINTS)?,
            correlation: together::figures(closes.returns(), &times, self.rules.sharing.half_life),
            notes: self.notes(),
        };
        let methods = outcomes
            .into_iter()
            .map(|(method, outcome)| MethodSeries {
                method,
                equity: outcome.series.equity,
                weights: outcome.series.weights,
            })
            .collect();
        let correlation = together::rolling_mean(closes.returns());
        Ok((report, ComparisonSeries { time: times, held, correlation, methods }))
    }

    fn notes(&self) -> Vec<String> {
        let sharing = &self.rules.sharing;
        vec![
            "Every run holds all instruments all the time; only how much of each is held differs. Shares are estimated from \
             bars before the decision, and traded at the next open, with fee, spread and impact."
                .to_owned(),
            format!(
                "Estimates are renewed every {} with a half-life of {} bars; no instrument has more than {} % of the capital. \
                 Until thirty bars in common are known, shares are by inverse volatility, and before that even.",
                sharing.refresh,
                sharing.half_life,
                sharing.largest_share * 100.0
            ),
            format!(
                "Black-Litterman takes the opinions of {} as views, each saying that its instrument beats the others by \
                 {} yearly volatilities of the difference; the market is taken to hold the same of each.",
                self.rules.views.name, sharing.black_litterman.ratio
            ),
            "The efficient frontier is drawn from the means and the covariance of the whole time: nobody knew it then. One \
             stretch of one market is one draw; the order of the methods may be luck."
                .to_owned(),
        ]
    }
}

fn figures(method: Allocation, outcome: &PortfolioOutcome, closes: &Closes) -> MethodFigures {
    let (report, series) = (&outcome.report, &outcome.series);
    let points = series.equity.len().max(1) as f64;
    let mean_equity = series.equity.iter().sum::<f64>() / points;
    let traded: f64 = report.instruments.iter().map(|row| row.turnover).sum();
    let per_year = report.performance.periods_per_year;
    let years = report.performance.observations as f64 / per_year.max(f64::MIN_POSITIVE);
    let changes = series.equity.iter().zip(series.equity.iter().skip(1)).map(|(a, b)| b / a - 1.0);
    let mean = |column: &Vec<f64>| column.iter().sum::<f64>() / column.len().max(1) as f64;
    MethodFigures {
        method,
        summary: report.summary.clone(),
        performance: report.performance.clone(),
        mean_return: changes.sum::<f64>() / report.performance.observations.max(1) as f64 * per_year,
        turnover_a_year: traded / mean_equity / years.max(f64::MIN_POSITIVE),
        orders: report.instruments.iter().map(|row| row.orders).sum(),
        refused: report.instruments.iter().map(|row| row.refused).sum(),
        mean_weights: series.weights.iter().map(mean).collect(),
        last_weights: series.weights.iter().map(|column| column.last().copied().unwrap_or(0.0)).collect(),
        contributions: closes.contributions(&series.weights),
        diversification: closes.diversification(&series.weights),
        findings: report.findings.clone(),
        venue_agrees: report.venue_agrees,
    }
}
