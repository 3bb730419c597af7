//! What was seen of each instrument while many were traded.

use autotrading_core::Outcome;
use autotrading_domain::{
    Event, Fill, FillCause, InstrumentId, MarketData, Money, ReportKind, Span, Timestamp, ValueError,
};
use autotrading_positions::BookChange;

use super::{InstrumentFigures, PortfolioFill, PortfolioSeries};
use crate::largest_book::LargestBookWatch;
use crate::recorder::Detail;
use crate::{FillMark, MarketHistory, Step};

/// What was seen, instrument by instrument.
#[derive(Debug)]
pub(super) struct Record {
    detail: Detail,
    pub(super) rows: Vec<Row>,
    pub(super) series: PortfolioSeries,
    pub(super) fills: Vec<PortfolioFill>,
    pub(super) largest_book: LargestBookWatch,
    /// The first amount that could not be added up, if one could not.
    pub(super) fault: Option<ValueError>,
}

/// One instrument.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) figures: InstrumentFigures,
    wins: u64,
    first: f64,
    last: f64,
    moments: u64,
    held: u64,
    weights: f64,
}

impl Record {
    pub(super) fn new(detail: Detail, markets: &[MarketHistory<'_>]) -> Self {
        let row = |market: &MarketHistory<'_>| Row {
            figures: InstrumentFigures {
                symbol: market.symbol.to_owned(),
                delisted: market.delisted(),
                ..InstrumentFigures::default()
            },
            wins: 0,
            first: f64::NAN,
            last: f64::NAN,
            moments: 0,
            held: 0,
            weights: 0.0,
        };
        let columns = if detail == Detail::Full { markets.len() } else { 0 };
        let series = PortfolioSeries { weights: vec![Vec::new(); columns], ..PortfolioSeries::default() };
        let (rows, largest_book) = (markets.iter().map(row).collect(), LargestBookWatch::new());
        Self { detail, rows, series, fills: Vec::new(), largest_book, fault: None }
    }

    pub(super) fn see(&mut self, step: &Step<'_>) {
        match step.event {
            Event::Market(market) => {
                if let MarketData::Bar(bar) = &market.data {
                    if let Some(row) = self.rows.get_mut(market.instrument.index()) {
                        row.figures.bars += 1;
                        row.figures.interval = bar.interval;
                        row.last = bar.close;
                        row.first = if row.first.is_nan() { bar.close } else { row.first };
                    }
                    self.see_moment(market.ts_event, step);
                }
            }
            Event::Order(report) => {
                if let ReportKind::Filled(fill) = &report.kind {
                    self.see_fill(fill, step);
                }
            }
            Event::Fill(fill) => self.see_fill(fill, step),
            Event::Funding(_) => self.book(step),
            Event::Deposit { .. } | Event::Operator(_) | Event::Connection { .. } | Event::Clock(_) => {}
        }
        for decision in step.turn.decisions() {
            let Some(row) = self.rows.get_mut(decision.instrument.index()) else { continue };
            match decision.outcome {
                Outcome::Sent(_) => row.figures.orders += 1,
                Outcome::Refused(_) => row.figures.refused += 1,
                Outcome::NoTrade | Outcome::Amended(_) => {}
            }
        }
    }

    /// One point for each moment at which bars close: that of the last one, which has seen them all. Of a run that keeps
    /// sums alone, the first one and one for each day.
    fn see_moment(&mut self, at: Timestamp, step: &Step<'_>) {
        let ledger = step.engine.ledger();
        if self.detail == Detail::Full {
            self.largest_book.see(step.engine, at);
        }
        let last = self.series.time.last().copied();
        let again = last.is_some_and(|last| last == at || self.is_same_day(last, at));
        if again {
            self.series.time.pop();
            self.series.equity.pop();
            self.series.held.pop();
        }
        let equity = ledger.equity_f64();
        let grown = |row: &Row| if row.first.is_nan() { 1.0 } else { row.last / row.first };
        self.series.time.push(at);
        self.series.equity.push(equity);
        self.series.held.push(self.rows.iter().map(grown).sum::<f64>() / self.rows.len().max(1) as f64);
        for (id, row) in (0u32..).map(InstrumentId).zip(&mut self.rows) {
            let notional = ledger.notional_f64(id);
            let weight = if equity > 0.0 { notional / equity } else { 0.0 };
            let column = self.series.weights.get_mut(id.index());
            if let Some(column) = column {
                if again {
                    column.pop();
                }
                column.push(weight);
            }
            row.moments += 1;
            row.held += u64::from(notional != 0.0);
            row.weights += weight.abs();
            row.figures.peak_weight = row.figures.peak_weight.max(weight.abs());
        }
    }

    /// A bar that closes at midnight belongs to the day that is over.
    fn is_same_day(&self, last: Timestamp, at: Timestamp) -> bool {
        let day = |at: Timestamp| at.nanos().saturating_sub(1).div_euclid(Span::DAY.nanos());
        self.detail == Detail::Summary && self.series.time.len() > 1 && day(last) == day(at)
    }

    fn see_fill(&mut self, fill: &Fill, step: &Step<'_>) {
        if step.turn.bookings().is_empty() {
            return; // a duplicate
        }
        self.book(step);
        let Some(row) = self.rows.get_mut(fill.instrument.index()) else { return };
        row.figures.fills += 1;
        row.figures.liquidations += u64::from(fill.cause == FillCause::Liquidation);
        row.figures.turnover += fill.price.to_f64() * fill.quantity.to_f64();
        if self.detail == Detail::Full {
            let purpose = fill.order.and_then(|order| step.engine.desk().order(order));
            self.fills.push(PortfolioFill {
                symbol: row.figures.symbol.clone(),
                fill: FillMark {
                    at: fill.at,
                    trade: fill.trade,
                    order: fill.order,
                    side: fill.side,
                    price: fill.price,
                    quantity: fill.quantity,
                    fee: fill.fee,
                    purpose: purpose.map(|order| order.intent().purpose),
                    reason: String::new(),
                },
            });
        }
    }

    /// Adds what the books say was booked, exactly.
    fn book(&mut self, step: &Step<'_>) {
        for entry in step.turn.bookings() {
            let booked = match &entry.change {
                BookChange::Fill(booked) => self.rows.get_mut(booked.fill.instrument.index()).map(|row| {
                    if let Some(trade) = &booked.closed_trade {
                        row.figures.closed_trades += 1;
                        row.wins += u64::from(trade.net().is_ok_and(|net| net > Money::ZERO));
                    }
                    row.take(booked.realized, booked.fee, Money::ZERO)
                }),
                BookChange::Funding(booked) => self
                    .rows
                    .get_mut(booked.payment.instrument.index())
                    .map(|row| row.take(Money::ZERO, Money::ZERO, booked.amount)),
                BookChange::Deposit { .. } => None,
            };
            if let Some(Err(fault)) = booked {
                self.fault.get_or_insert(fault);
            }
        }
    }

    /// When the last point was taken, and how many there are.
    pub(super) fn times(&self) -> &[Timestamp] {
        &self.series.time
    }
}

impl Row {
    fn take(&mut self, realized: Money, fee: Money, funding: Money) -> Result<(), ValueError> {
        let figures = &mut self.figures;
        figures.realized = figures.realized.plus(realized)?;
        figures.fees = figures.fees.plus(fee)?;
        figures.funding = figures.funding.plus(funding)?;
        Ok(())
    }

    /// Its figures, with the shares worked out.
    pub(super) fn finish(mut self) -> InstrumentFigures {
        let (moments, trades) = (self.moments.max(1) as f64, self.figures.closed_trades);
        self.figures.win_rate = (trades > 0).then(|| self.wins as f64 / trades as f64);
        self.figures.time_in_market = self.held as f64 / moments;
        self.figures.average_weight = self.weights / moments;
        self.figures
    }
}
