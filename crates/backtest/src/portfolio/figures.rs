//! A finished run of many markets as plain data.

use autotrading_domain::{Money, Span, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Benchmark, DrawdownEpisode, FillMark, LargestBook, MonthReturn, Performance, StateChangeNote, Summary,
    Tally, TradeRow, ValueAtRiskTest,
};

/// Every figure of a run of many markets. Money is exact and written as text; undefined is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortfolioReport {
    /// The few figures that runs are compared by.
    pub summary: Summary,
    /// Name of the data.
    pub data: String,
    /// Checksums of the data, by symbol.
    pub data_digest: String,
    /// Open of the first bar of all.
    pub from: Timestamp,
    /// When the run ended.
    pub to: Timestamp,
    /// Money at the start, in settlement currency.
    pub start_cash: Money,
    /// Names of the strategies.
    pub strategies: Vec<String>,
    /// Whether the data were replayed to their end.
    pub complete: bool,
    /// Whether the venue's account and our books agreed to the last digit.
    pub venue_agrees: bool,
    /// Figures of the equity curve, one point for each moment at which a bar closed.
    pub performance: Performance,
    /// The same of holding equal shares of the start in all markets, each bought at its first close and never touched
    /// again; money for a market that has not begun waits.
    pub benchmark: Benchmark,
    /// Each instrument, in the order of the symbols.
    pub instruments: Vec<InstrumentFigures>,
    /// Return of each month.
    pub months: Vec<MonthReturn>,
    /// The deepest falls, deepest first.
    pub drawdowns: Vec<DrawdownEpisode>,
    /// How often something odd was found in data, opinions or the venue's words, by kind.
    pub findings: Vec<Tally>,
    /// When the trading state changed, and why.
    pub state_changes: Vec<StateChangeNote>,
    /// The book when it was largest: what it risked, and what the crashes of the past would have done to it. `None`
    /// without a monitor.
    #[serde(default)]
    pub largest_book: Option<LargestBook>,
    /// Whether the 99 % value at risk held, day by day; `None` before the second day that had one.
    #[serde(default)]
    pub value_at_risk_test: Option<ValueAtRiskTest>,
    /// What a reader must know to read the figures rightly.
    pub notes: Vec<String>,
}

/// What came of one instrument. Realized profit, fees and funding of all add up to those of the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstrumentFigures {
    /// The venue's name for it.
    pub symbol: String,
    /// How many bars were told.
    pub bars: u64,
    /// Length of a bar.
    pub interval: Span,
    /// Orders that were sent to the venue.
    pub orders: u64,
    /// Orders that our own gate refused.
    pub refused: u64,
    /// Executions, those of the venue's own included.
    pub fills: u64,
    /// Round trips that ended.
    pub closed_trades: u64,
    /// Share of them that ended with a gain after fees and funding.
    pub win_rate: Option<f64>,
    /// Positions that the venue liquidated.
    pub liquidations: u64,
    /// Traded notional, in settlement currency.
    pub turnover: f64,
    /// Profit of closed parts before costs, in settlement currency.
    pub realized: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received, negative when paid.
    pub funding: Money,
    /// `realized - fees + funding`: what it did to the wallet.
    pub net: Money,
    /// Held at the end, in base units, negative short.
    pub held: Decimal,
    /// Profit of what is held at the last mark, measured.
    pub unrealized: f64,
    /// Share of the moments with a position.
    pub time_in_market: f64,
    /// Mean of its notional over equity, without sign.
    pub average_weight: f64,
    /// Largest notional over equity, without sign.
    pub peak_weight: f64,
    /// When it was delisted, if it was.
    pub delisted: Option<Timestamp>,
}

/// One point for each moment at which a bar closed, in columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PortfolioSeries {
    /// The moment.
    pub time: Vec<Timestamp>,
    /// Equity, in settlement currency.
    pub equity: Vec<f64>,
    /// What [`PortfolioReport::benchmark`] describes, from 1.
    pub held: Vec<f64>,
    /// Signed notional over equity: one column an instrument; empty for a run that kept figures only.
    pub weights: Vec<Vec<f64>>,
}

/// An execution, and of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortfolioFill {
    /// The instrument.
    pub symbol: String,
    /// The execution.
    #[serde(flatten)]
    pub fill: FillMark,
}

/// A round trip, and in what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortfolioTrade {
    /// The instrument.
    pub symbol: String,
    /// The round trip.
    #[serde(flatten)]
    pub trade: TradeRow,
}
