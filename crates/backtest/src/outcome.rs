//! From a finished run to the report.

use autotrading_domain::{
    Direction, Holding, Money, Price, Quantity, RegimeLabel, Span, Timestamp, ValueError,
};
use autotrading_exchanges::FillRecord;
use autotrading_positions::ClosedTrade;
use rust_decimal::Decimal;

use crate::simulation::Finished;
use crate::{
    Backtest, BacktestError, Benchmark, ConfigurationFault, Costs, FeeScenario, FillMark, OrderStory,
    Performance, RegimeFigures, RegimeTransition, Report, RunFacts, Series, Summary, Tally, TradeRow,
    TradingFigures, ValueAtRiskTest, drawdown_episodes, monthly_returns,
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
        let times = self.times(backtest);
        self.summary_of(&Performance::of(&times, &self.recorder.equity))
    }

    pub(crate) fn summary_of(&self, performance: &Performance) -> Result<Summary, BacktestError> {
        let totals = &self.closing.books.totals;
        Ok(Summary {
            final_equity: normal(self.closing.equity),
            cash: normal(self.cash().map_err(ConfigurationFault::from)?),
            fees: normal(totals.fees),
            funding: normal(totals.funding),
            fills: self.recorder.fill_count,
            closed_trades: self.recorder.trades.len() as u64,
            max_drawdown: performance.max_drawdown,
            sharpe: performance.sharpe,
            digest: self.recorder.digest(),
        })
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
    fn times(&self, backtest: &Backtest<'_>) -> Vec<Timestamp> {
        let interval = backtest.history.interval();
        let opens = backtest.history.open_time().iter().take(self.recorder.equity.len());
        opens.map(|nanos| Timestamp::from_nanos(*nanos).after(interval)).collect()
    }

    /// Makes the report of a run. `scenarios` are the same run again with other fees; its own row is added.
    ///
    /// # Errors
    /// A sum overflows.
    pub fn outcome(
        self,
        backtest: &Backtest<'_>,
        mut scenarios: Vec<FeeScenario>,
    ) -> Result<Outcome, BacktestError> {
        let times = self.times(backtest);
        let closes = backtest.history.close().get(..times.len()).unwrap_or(&[]);
        let performance = Performance::of(&times, &self.recorder.equity);
        let mut drawdowns = drawdown_episodes(&times, &self.recorder.equity);
        drawdowns.sort_by(|a, b| b.depth.total_cmp(&a.depth));
        drawdowns.truncate(DEEPEST);
        let trades = self.recorder.trades.iter().zip(1..).map(trade_row).collect::<Result<Vec<_>, _>>();
        let trades = trades.map_err(ConfigurationFault::from)?;
        let summary = self.summary_of(&performance)?;
        scenarios.push(FeeScenario::of(1, &summary, backtest.configuration.run.cash));
        scenarios.sort_by_key(|scenario| scenario.multiple);
        let (strategies, unattributed) =
            self.recorder.voices.figures(&self.engine).map_err(ConfigurationFault::from)?;
        let report = Report {
            summary,
            run: self.facts(backtest),
            trading: self.trading(&trades, &times),
            benchmark: Benchmark::of(&times, &self.recorder.equity, closes),
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

    fn trading(&self, trades: &[TradeRow], times: &[Timestamp]) -> TradingFigures {
        let nets: Vec<f64> = trades.iter().map(|trade| trade.net.to_f64()).collect();
        let (wins, losses): (Vec<f64>, Vec<f64>) = nets.iter().partition(|net| **net > 0.0);
        let mean =
            |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let exposure = &self.recorder.series.exposure;
        let held = exposure.iter().filter(|share| **share != 0.0).count();
        let bars = exposure.len().max(1) as f64;
        let lost = -losses.iter().sum::<f64>();
        let hours: Vec<f64> =
            trades.iter().map(|t| t.closed_at.since(t.opened_at).in_units_of(Span::HOUR)).collect();
        let years = match (times.first(), times.last()) {
            (Some(first), Some(last)) => last.since(*first).in_units_of(Span::DAY) / 365.0,
            _ => 0.0,
        };
        let turnover = mean(&self.recorder.equity).map(|equity| self.recorder.notional / equity / years);
        TradingFigures {
            orders: self.recorder.orders,
            refused: self.recorder.refused,
            win_rate: (!nets.is_empty()).then(|| wins.len() as f64 / nets.len() as f64),
            profit_factor: (lost > 0.0).then(|| wins.iter().sum::<f64>() / lost),
            expectancy: mean(&nets),
            average_win: mean(&wins),
            average_loss: mean(&losses).map(|loss| -loss),
            average_hours: mean(&hours),
            time_in_market: held as f64 / bars,
            average_leverage: exposure.iter().map(|share| share.abs()).sum::<f64>() / bars,
            peak_leverage: exposure.iter().map(|share| share.abs()).fold(0.0, f64::max),
            annual_turnover: turnover.filter(|turnover| turnover.is_finite()),
            liquidations: self.recorder.liquidations,
        }
    }
}

/// Without trailing zeros: the same amount is the same text.
pub(crate) fn normal(money: Money) -> Money {
    Money::new(money.get().normalize())
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
    })
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

fn regime_figures(series: &Series) -> Vec<RegimeFigures> {
    let bars = series.regime.len();
    let of = |label: RegimeLabel| {
        let mut figures = RegimeFigures { label, bars: 0, share: 0.0, run_return: 1.0, asset_return: 1.0 };
        for place in 1..bars {
            // The return of a bar counts to the regime that was known before it.
            let (Some(known), Some(pair), Some(prices)) = (
                series.regime.get(place - 1),
                series.equity.get(place - 1..=place),
                series.price.get(place - 1..=place),
            ) else {
                continue;
            };
            if let (true, [before, after], [[.., first], [.., last]]) = (*known == label, pair, prices) {
                figures.bars += 1;
                figures.run_return *= after / before;
                figures.asset_return *= last / first;
            }
        }
        figures.share = figures.bars as f64 / (bars.max(2) - 1) as f64;
        figures.run_return -= 1.0;
        figures.asset_return -= 1.0;
        figures
    };
    RegimeLabel::ALL.into_iter().map(of).filter(|figures| figures.bars > 0).collect()
}

/// Row by row; a label that was followed by none has no row.
fn regime_transitions(labels: &[RegimeLabel]) -> Vec<RegimeTransition> {
    let mut counts = [[0u64; 4]; 4];
    for (before, after) in labels.iter().zip(labels.iter().skip(1)) {
        if let Some(count) = counts.get_mut(before.index()).and_then(|row| row.get_mut(after.index())) {
            *count += 1;
        }
    }
    let row = |(from, row): (RegimeLabel, [u64; 4])| {
        let all: u64 = row.iter().sum();
        let cell = move |(to, count)| RegimeTransition { from, to, count, share: count as f64 / all as f64 };
        RegimeLabel::ALL.into_iter().zip(row).filter(move |_| all > 0).map(cell)
    };
    RegimeLabel::ALL.into_iter().zip(counts).flat_map(row).collect()
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
