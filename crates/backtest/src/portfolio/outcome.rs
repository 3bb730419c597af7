//! From a finished run of many markets to its report.

use autotrading_domain::{InstrumentId, Timestamp};
use autotrading_market_data::BarFacts;

use super::record::Record;
use super::{
    InstrumentFigures, PortfolioBacktest, PortfolioFill, PortfolioReport, PortfolioSeries, PortfolioTrade,
};
use crate::outcome::{DEEPEST, explain_fill, normal, tallies, trade_row};
use crate::recorder::Detail;
use crate::{
    BacktestError, Benchmark, ConfigurationFault, Finished, MarketHistory, Performance, Summary,
    ValueAtRiskTest, drawdown_episodes, monthly_returns,
};

/// A run of many markets that is over, before it is made into a report.
#[derive(Debug)]
pub struct PortfolioFinished {
    pub(super) finished: Finished,
    pub(super) record: Record,
    pub(super) facts: Vec<BarFacts>,
}

/// A run of many markets with all that can be told of it.
#[derive(Clone, Debug)]
pub struct PortfolioOutcome {
    /// Every figure.
    pub report: PortfolioReport,
    /// One point for each moment at which a bar closed.
    pub series: PortfolioSeries,
    /// Every execution; empty for a run that kept figures only.
    pub fills: Vec<PortfolioFill>,
    /// Every round trip.
    pub trades: Vec<PortfolioTrade>,
}

impl PortfolioFinished {
    /// Whether the replay reached the end of the data.
    pub const fn is_complete(&self) -> bool {
        self.finished.is_complete()
    }

    /// Whether the venue's account and our books agree to the last digit, instrument by instrument.
    pub fn venue_agrees(&self) -> bool {
        self.finished.venue_agrees()
    }

    /// The few figures that runs are compared by.
    ///
    /// # Errors
    /// A sum overflows.
    pub fn summary(&self) -> Result<Summary, BacktestError> {
        self.summary_of(&self.performance())
    }

    /// Where the points of equity were not kept, they were counted as they came.
    fn summary_of(&self, performance: &Performance) -> Result<Summary, BacktestError> {
        let (drawdown, sharpe) = match self.finished.recorder.running() {
            Some(running) => (running.max_drawdown, running.sharpe),
            None => (performance.max_drawdown, performance.sharpe),
        };
        self.finished.summary_of(drawdown, sharpe)
    }

    fn performance(&self) -> Performance {
        Performance::of(self.record.times(), &self.record.series.equity)
    }

    /// Makes the report of the run.
    ///
    /// # Errors
    /// A sum overflows.
    pub fn outcome(self, backtest: &PortfolioBacktest<'_>) -> Result<PortfolioOutcome, BacktestError> {
        if let Some(fault) = self.record.fault {
            return Err(ConfigurationFault::from(fault).into());
        }
        let performance = self.performance();
        let summary = self.summary_of(&performance)?;
        let trades = self.trades()?;
        let Self { finished, record, facts } = self;
        let Record { rows, series, mut fills, largest_book, .. } = record;
        let mut records = finished.fill_records.iter();
        for entry in &mut fills {
            explain_fill(&mut entry.fill, &mut records);
        }
        let (times, equity) = (&series.time, &series.equity);
        let mut drawdowns = drawdown_episodes(times, equity);
        drawdowns.sort_by(|a, b| b.depth.total_cmp(&a.depth));
        drawdowns.truncate(DEEPEST);
        let mut instruments = Vec::with_capacity(rows.len());
        for (id, row) in (0u32..).map(InstrumentId).zip(rows) {
            instruments.push(closed(row.finish(), id, &finished)?);
        }
        let report = PortfolioReport {
            summary,
            data: backtest.data.to_owned(),
            data_digest: finished.data_digest.clone(),
            from: facts.iter().filter_map(|facts| facts.start).min().unwrap_or_default(),
            to: finished.closing.at,
            start_cash: backtest.configuration.run.cash,
            strategies: finished.engine.strategies().map(str::to_owned).collect(),
            complete: finished.is_complete(),
            venue_agrees: finished.venue_agrees(),
            benchmark: Benchmark::of(times, equity, &series.held),
            performance,
            months: monthly_returns(times, equity),
            drawdowns,
            findings: tallies(&finished.recorder.findings),
            state_changes: finished.recorder.state_changes.clone(),
            largest_book: largest_book.found(),
            value_at_risk_test: finished.engine.monitor().and_then(ValueAtRiskTest::of),
            notes: notes(backtest, &facts, finished.closing.at, &instruments),
            instruments,
        };
        Ok(PortfolioOutcome { report, series, fills, trades })
    }

    fn trades(&self) -> Result<Vec<PortfolioTrade>, BacktestError> {
        let symbol = |id: InstrumentId| {
            self.record.rows.get(id.index()).map_or(String::new(), |row| row.figures.symbol.clone())
        };
        let rows = self.finished.recorder.trades.iter().zip(1..).map(|(trade, number)| {
            Ok(PortfolioTrade { symbol: symbol(trade.instrument), trade: trade_row((trade, number))? })
        });
        rows.collect::<Result<_, _>>().map_err(|fault: autotrading_domain::ValueError| {
            BacktestError::Configuration(ConfigurationFault::from(fault))
        })
    }
}

/// The figures of an instrument with what is left of it at the end.
fn closed(
    figures: InstrumentFigures,
    id: InstrumentId,
    finished: &Finished,
) -> Result<InstrumentFigures, BacktestError> {
    let net = figures.realized.minus(figures.fees).and_then(|net| net.plus(figures.funding));
    let holding = finished.closing.books.holdings.get(id.index());
    Ok(InstrumentFigures {
        realized: normal(figures.realized),
        fees: normal(figures.fees),
        funding: normal(figures.funding),
        net: normal(net.map_err(ConfigurationFault::from)?),
        held: holding.map(|holding| holding.signed.normalize()).unwrap_or_default(),
        unrealized: finished.engine.ledger().unrealized_f64_of(id),
        ..figures
    })
}

/// What a reader must know to read the figures rightly.
fn notes(
    backtest: &PortfolioBacktest<'_>,
    facts: &[BarFacts],
    end: Timestamp,
    instruments: &[InstrumentFigures],
) -> Vec<String> {
    let mut notes = vec![
        "All instruments trade on one clock, through one engine, against one account. Decisions are made on closed bars \
         and meet the open of the next bar at the earliest. What happens inside a bar is heard of at its close."
            .to_owned(),
    ];
    if backtest.detail == Detail::Summary {
        notes.push(
            "Nothing was kept bar by bar: figures of the equity curve are those of its last point of each day, but for the \
             largest drawdown and the Sharpe ratio of the summary, which have seen every point."
                .to_owned(),
        );
    }
    let of = |symbol: &str| backtest.markets.iter().find(|market| market.symbol == symbol);
    for (figures, facts) in instruments.iter().zip(facts) {
        let symbol = &figures.symbol;
        if let Some(delisted) = figures.delisted {
            notes.push(format!(
                "{symbol} was delisted at {delisted}; what was held was settled at its last price."
            ));
        } else if let Some(over) = facts.end.filter(|over| *over < end) {
            notes.push(format!("The data of {symbol} end at {over}; its last price stands from then on."));
        }
        if let Some(market) = of(symbol).filter(|market: &&MarketHistory<'_>| !market.funding.is_empty()) {
            notes.push(format!(
                "{symbol}: funding is paid at the {} times of its series.",
                market.funding.len()
            ));
        }
    }
    notes
}
