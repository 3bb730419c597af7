//! From a finished run to the report.

use autotrading_domain::{Direction, Holding, Money, Price, Quantity, Timestamp, ValueError};
use autotrading_exchanges::FillRecord;
use autotrading_positions::ClosedTrade;
use rust_decimal::Decimal;

use crate::laboratory::{DayReturn, day_returns};
use crate::performance::sharpe_of_equity;
use crate::regime_figures::{regime_figures, regime_transitions};
use crate::simulation::Finished;
use crate::{
    Backtest, BacktestError, Benchmark, ConfigurationFault, Costs, FeeScenario, FillMark, OrderStory,
    Outlook, Performance, Report, RunFacts, Series, Summary, Tally, TradeRow, Undefined, ValueAtRiskTest,
    WalkTable, drawdown_episodes, max_drawdown, monthly_returns,
};

/// A run with all that can be told of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every figure.
    pub report: Report,
    /// One point a bar; empty for a run that kept figures only.
    pub series: Series,
    /// Every execution.
    pub fills: Vec<FillMark>,
    /// Every round trip.
    pub trades: Vec<TradeRow>,
    /// Every decision that asked for an order.
    pub orders: Vec<OrderStory>,
}

/// How many falls the report lists.
pub(crate) const DEEPEST: usize = 10;

impl Finished {
    /// Whether the replay reached the end of the data.
    pub const fn is_complete(&self) -> bool {
        self.closing.complete
    }

    /// The few figures that runs are compared by.
    ///
    /// # Errors
    /// A sum overflows.
    pub fn summary(&self, backtest: &Backtest<'_>) -> Result<Summary, BacktestError> {
        if let Some(running) = self.recorder.running() {
            return self.summary_of(running.max_drawdown, running.sharpe);
        }
        let equity = &self.recorder.equity;
        let interval = backtest.history.interval();
        let closes_at = |place: usize| {
            let open = backtest.history.open_time().get(place).copied().unwrap_or_default();
            Timestamp::from_nanos(open).after(interval)
        };
        let (first, last) = (closes_at(0), closes_at(equity.len().saturating_sub(1)));
        self.summary_of(max_drawdown(equity), sharpe_of_equity(first, last, equity))
    }

    pub(crate) fn summary_of(
        &self,
        max_drawdown: f64,
        sharpe: Option<f64>,
    ) -> Result<Summary, BacktestError> {
        let totals = &self.closing.books.totals;
        Ok(Summary {
            final_equity: normal(self.closing.equity),
            cash: normal(self.cash().map_err(ConfigurationFault::from)?),
            fees: normal(totals.fees),
            funding: normal(totals.funding),
            fills: self.recorder.fill_count,
            closed_trades: self.recorder.trade_count,
            max_drawdown,
            sharpe,
            digest: self.recorder.digest(),
        })
    }

    /// Returns of the days that were replayed (UTC), by the equity at their last bar.
    pub fn day_returns(&self, backtest: &Backtest<'_>) -> Vec<DayReturn> {
        let start = (backtest.history.start().unwrap_or_default(), backtest.configuration.run.cash.to_f64());
        let points = self.times(backtest).into_iter().zip(self.recorder.equity.iter().copied());
        let (times, equity): (Vec<Timestamp>, Vec<f64>) = std::iter::once(start).chain(points).unzip();
        day_returns(&times, &equity)
    }

    /// `equity - quantity * mark`.
    fn cash(&self) -> Result<Money, ValueError> {
        let holdings = &self.closing.books.holdings;
        holdings.iter().try_fold(self.closing.equity, |cash, holding| {
            let mark = self.engine.ledger().mark_of(holding.instrument);
            let facts = self.engine.instruments().get(holding.instrument).ok();
            let Some(price) = mark.zip(facts).and_then(|(mark, facts)| facts.price(mark).ok()) else {
                return Ok(cash);
            };
            if holding.quantity().is_zero() {
                return Ok(cash);
            }
            let notional = price.times(holding.quantity())?;
            match holding.direction() {
                Direction::Short => cash.plus(notional),
                Direction::Long | Direction::Flat => cash.minus(notional),
            }
        })
    }

    /// Whether the venue's account and our books agree to the last digit.
    pub fn venue_agrees(&self) -> bool {
        let books = &self.closing.books;
        let totals = &books.totals;
        self.account.deposits == totals.deposits
            && self.account.realized == totals.realized
            && self.account.fees == totals.fees
            && self.account.funding == totals.funding
            && self.account.positions.len() == books.holdings.len()
            && self
                .account
                .positions
                .iter()
                .zip(&books.holdings)
                .all(|(theirs, ours)| self.is_same(theirs, ours))
    }

    /// A venue that demands no margin assigns none; everything else must be equal.
    fn is_same(&self, theirs: &Holding, ours: &Holding) -> bool {
        let margin = if self.margined { ours.isolated_margin } else { Money::ZERO };
        (theirs.signed, theirs.open_cost, theirs.isolated_margin) == (ours.signed, ours.open_cost, margin)
    }

    /// Closes of the bars that were replayed, with their number as the equity curve has it.
    pub(crate) fn times(&self, backtest: &Backtest<'_>) -> Vec<Timestamp> {
        let interval = backtest.history.interval();
        let opens = backtest.history.open_time().iter().take(self.recorder.equity.len());
        opens.map(|nanos| Timestamp::from_nanos(*nanos).after(interval)).collect()
    }

    /// Makes the report of a run. `scenarios` are the same run again with other fees; its own row is added.
    ///
    /// # Errors
    /// A sum overflows; [`BacktestError::NotKept`] for a run that kept its summary alone.
    pub fn outcome(
        self,
        backtest: &Backtest<'_>,
        mut scenarios: Vec<FeeScenario>,
    ) -> Result<Outcome, BacktestError> {
        if self.recorder.running().is_some() {
            return Err(BacktestError::NotKept);
        }
        let times = self.times(backtest);
        let closes = backtest.history.close().get(..times.len()).unwrap_or(&[]);
        let performance = Performance::of(&times, &self.recorder.equity);
        let mut drawdowns = drawdown_episodes(&times, &self.recorder.equity);
        drawdowns.sort_by(|a, b| b.depth.total_cmp(&a.depth));
        drawdowns.truncate(DEEPEST);
        let trades = self.recorder.trades.iter().zip(1..).map(trade_row).collect::<Result<Vec<_>, _>>();
        let mut trades = trades.map_err(ConfigurationFault::from)?;
        self.recorder.trips.tell(&mut trades, &self.fill_records, &self.recorder.series);
        let summary = self.summary_of(performance.max_drawdown, performance.sharpe)?;
        scenarios.push(FeeScenario::of(1, &summary, backtest.configuration.run.cash));
        scenarios.sort_by_key(|scenario| scenario.multiple);
        let (strategies, unattributed) =
            self.recorder.voices.figures(&self.engine).map_err(ConfigurationFault::from)?;
        let benchmark = Benchmark::of(&times, &self.recorder.equity, closes);
        let days = self.day_returns(backtest);
        let run = self.facts(backtest);
        let report = Report {
            summary,
            trading: self.trading(&trades, &times),
            breakdown: self.breakdown(&trades, &run).map_err(ConfigurationFault::from)?,
            undefined: undefined(&performance, &benchmark),
            walks: WalkTable::of(&days, run.from, run.to),
            outlook: Outlook::of(&days, run.seed),
            run,
            benchmark,
            costs: self.costs(scenarios),
            months: monthly_returns(&times, &self.recorder.equity),
            drawdowns,
            regimes: regime_figures(&self.recorder.series),
            regime_transitions: regime_transitions(&self.recorder.series.regime),
            strategies,
            unattributed,
            bounds: tallies(&self.recorder.bounds),
            refusals: tallies(&self.recorder.refusals),
            findings: tallies(&self.recorder.findings),
            limits: self.recorder.limits.uses(),
            largest_book: self.recorder.largest_book.found(),
            value_at_risk_test: self.engine.monitor().and_then(ValueAtRiskTest::of),
            state_changes: self.recorder.state_changes.clone(),
            levels: self.recorder.levels.clone(),
            beyond_value_at_risk: self.recorder.beyond_value_at_risk.clone(),
            notes: self.notes(backtest),
            performance,
        };
        let mut fills = self.recorder.fills;
        explain_fills(&mut fills, &self.fill_records);
        let mut series = self.recorder.series;
        series.limits = self.recorder.limits.shares();
        series.contributions = self.recorder.voices.courses();
        Ok(Outcome { report, series, fills, trades, orders: self.recorder.stories })
    }

    fn facts(&self, backtest: &Backtest<'_>) -> RunFacts {
        let run = &backtest.configuration.run;
        RunFacts {
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            data: backtest.data.to_owned(),
            data_digest: self.data_digest.clone(),
            instrument: self.instrument.spec().symbol.clone(),
            from: backtest.history.start().unwrap_or_default(),
            to: self.closing.at,
            bars: self.recorder.equity.len() as u64,
            interval: backtest.history.interval(),
            seed: run.seed,
            start_cash: run.cash,
            strategies: self.engine.strategies().map(str::to_owned).collect(),
            complete: self.closing.complete,
            venue_agrees: self.venue_agrees(),
        }
    }

    fn notes(&self, backtest: &Backtest<'_>) -> Vec<String> {
        let mut notes = notes(backtest);
        if let Some(first) = &self.recorder.first_finding {
            let all: u64 = self.recorder.findings.values().sum();
            notes.push(format!("{all} words of the market or the venue were odd; the first, at {first}."));
        }
        notes
    }

    fn costs(&self, scenarios: Vec<FeeScenario>) -> Costs {
        let totals = &self.closing.books.totals;
        let sum = |cost: fn(&FillRecord) -> f64| {
            let total: f64 = self.fill_records.iter().map(cost).sum();
            Money::new(Decimal::from_f64_retain(total).unwrap_or_default().round_dp(2))
        };
        Costs {
            realized: normal(totals.realized),
            fees: normal(totals.fees),
            funding: normal(totals.funding),
            spread: sum(FillRecord::spread_cost),
            impact: sum(FillRecord::impact_cost),
            scenarios,
        }
    }
}

/// Without trailing zeros: the same amount is the same text.
pub(crate) fn normal(money: Money) -> Money {
    Money::new(money.get().normalize())
}

impl TradeRow {
    /// A closed round trip as a row with this number.
    ///
    /// # Errors
    /// A price that rounds to nothing; a sum that overflows.
    pub fn of(trade: &ClosedTrade, number: u64) -> Result<Self, ValueError> {
        trade_row((trade, number))
    }
}

pub(crate) fn trade_row((trade, number): (&ClosedTrade, u64)) -> Result<TradeRow, ValueError> {
    let price = |price: Price| Price::new(price.get().round_dp(8).normalize());
    Ok(TradeRow {
        number,
        direction: trade.direction,
        opened_at: trade.opened_at,
        closed_at: trade.closed_at,
        quantity: Quantity::of(trade.quantity.get().normalize()),
        entry: price(trade.average_entry)?,
        exit: price(trade.average_exit)?,
        realized: normal(trade.realized),
        fees: normal(trade.fees),
        funding: normal(trade.funding),
        net: normal(trade.net()?),
        spread: None,
        impact: None,
        regime: None,
        strategy: None,
        excursion: None,
        notional: None,
    })
}

/// What is undefined of the run, and of the asset under `benchmark`.
fn undefined(own: &Performance, benchmark: &Benchmark) -> Vec<Undefined> {
    let of = |place: &'static str, figures: &Performance| {
        figures
            .undefined()
            .into_iter()
            .map(move |one| Undefined { figure: format!("{place}.{}", one.figure), ..one })
    };
    of("performance", own).chain(of("benchmark.performance", &benchmark.performance)).collect()
}

pub(crate) fn tallies(counts: &std::collections::BTreeMap<String, u64>) -> Vec<Tally> {
    let mut all: Vec<Tally> =
        counts.iter().map(|(cause, count)| Tally { cause: cause.clone(), count: *count }).collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.cmp(&b.cause)));
    all
}

fn explain_fills(fills: &mut [FillMark], records: &[FillRecord]) {
    let mut records = records.iter();
    for fill in fills {
        explain_fill(fill, &mut records);
    }
}

/// Writes down why the venue filled an order; both come in the order in which it traded.
pub(crate) fn explain_fill(fill: &mut FillMark, records: &mut std::slice::Iter<'_, FillRecord>) {
    if let Some(record) = records.find(|record| record.trade == fill.trade) {
        fill.reason = record.reason.to_string();
    }
}

/// What a reader must know to read the figures rightly.
fn notes(backtest: &Backtest<'_>) -> Vec<String> {
    let configuration = backtest.configuration;
    let mut notes = vec![
        "The data are spot prices; they are traded here as a linear perpetual. The mark price is the price of the bar."
            .to_owned(),
        "Decisions are made on closed bars and meet the open of the next bar at the earliest. What happens inside a bar \
         is taken in the order that is worst for the position."
            .to_owned(),
    ];
    let venue = &configuration.venue;
    notes.push(if venue.liquidation {
        "Liquidation is checked on the high and low of every bar.".to_owned()
    } else {
        "Liquidation is not simulated in this run.".to_owned()
    });
    notes.push(match venue.default_funding_rate {
        _ if !backtest.funding.is_empty() => {
            format!("Funding is paid at the {} times of the given series.", backtest.funding.len())
        }
        Some(rate) => format!(
            "No series of funding rates is given: {} % every {} is paid by longs to shorts.",
            (rate.get() * Decimal::ONE_HUNDRED).normalize(),
            configuration.instrument.funding_interval
        ),
        None => "No funding is paid in this run.".to_owned(),
    });
    notes.push("Auto-deleveraging and changes of the venue's rules over time are not modelled.".to_owned());
    if let Some(pause) = configuration.run.resume_after {
        notes.push(format!(
            "When a limit tightens the trading state, a scripted operator sets it back after {pause}; each time is listed."
        ));
    }
    notes
}
