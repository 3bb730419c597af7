//! What came of each way of sharing, as plain data.

use autotrading_domain::{Money, Timestamp};
use autotrading_portfolio::Allocation;
use serde::{Deserialize, Serialize};

use crate::{Performance, Summary, Tally};

/// Every figure of a comparison. Money is exact and written as text; undefined is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonReport {
    /// Name of the data.
    pub data: String,
    /// The instruments, in the order of every column.
    pub symbols: Vec<String>,
    /// Open of the first bar that all have.
    pub from: Timestamp,
    /// Close of the last.
    pub to: Timestamp,
    /// Money at the start of each run.
    pub start_cash: Money,
    /// The strategy whose opinions were the views.
    pub views: String,
    /// Each way of sharing.
    pub methods: Vec<MethodFigures>,
    /// Holding equal shares, bought once and never touched again, at no cost.
    pub held: Performance,
    /// What each instrument did over the whole time.
    pub assets: Vec<AssetFigures>,
    /// Efficient portfolios of what happened, known only afterwards.
    pub frontier: Vec<FrontierFigures>,
    /// How the instruments moved together; `null` where one never moved.
    pub correlation: Option<CorrelationFigures>,
    /// What a reader must know to read the figures rightly.
    pub notes: Vec<String>,
}

/// One way of sharing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodFigures {
    /// Which.
    pub method: Allocation,
    /// The few figures that runs are compared by.
    pub summary: Summary,
    /// Figures of the equity curve.
    pub performance: Performance,
    /// Mean return a year, not compounded: the height in the picture of the frontier.
    pub mean_return: f64,
    /// Traded notional a year over the mean equity.
    pub turnover_a_year: f64,
    /// Orders that were sent.
    pub orders: u64,
    /// Orders that the gate refused.
    pub refused: u64,
    /// Mean weight of each instrument.
    pub mean_weights: Vec<f64>,
    /// Weights at the end.
    pub last_weights: Vec<f64>,
    /// Part of the variance that each instrument brought; parts sum to one.
    pub contributions: Option<Vec<f64>>,
    /// Diversification ratio of the mean weights: weighted mean volatility over that of the whole.
    pub diversification: Option<f64>,
    /// What was found on the way, by kind.
    pub findings: Vec<Tally>,
    /// Whether the venue's account and our books agreed to the last digit.
    pub venue_agrees: bool,
}

/// One instrument over the whole time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetFigures {
    /// Which.
    pub symbol: String,
    /// Mean return a year, not compounded.
    pub mean_return: f64,
    /// Standard deviation of the return of a year.
    pub volatility: f64,
}

/// How the instruments moved together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrelationFigures {
    /// Bars of the rolling correlation, and of the alarm's recent window.
    pub window: usize,
    /// Correlation of each pair over the whole time, one row an instrument.
    pub whole: Vec<Vec<f64>>,
    /// The same at the end, in the fading memory that shares are estimated with.
    pub fading: Vec<Vec<f64>>,
    /// The group of each instrument, by what moves alike.
    pub clusters: Vec<usize>,
    /// When the mean correlation left what was usual, each time it did.
    pub breakdowns: Vec<BreakdownFigures>,
}

/// The mean correlation has left what was usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakdownFigures {
    /// When that was seen.
    pub at: Timestamp,
    /// Mean correlation of the recent window.
    pub recent: f64,
    /// And of all before it.
    pub usual: f64,
    /// The difference in standard errors.
    pub score: f64,
}

/// One efficient portfolio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontierFigures {
    /// Mean return a year, not compounded.
    pub mean_return: f64,
    /// Standard deviation of the return of a year.
    pub volatility: f64,
    /// Of each instrument.
    pub weights: Vec<f64>,
}

/// One point for each moment at which bars closed, in columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonSeries {
    /// The moment.
    pub time: Vec<Timestamp>,
    /// Holding equal shares, from 1.
    pub held: Vec<f64>,
    /// Mean correlation of all pairs over the last bars, where known.
    pub correlation: Vec<Option<f64>>,
    /// Each way of sharing.
    pub methods: Vec<MethodSeries>,
}

/// One way of sharing, moment by moment.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodSeries {
    /// Which.
    pub method: Allocation,
    /// Equity, in settlement currency.
    pub equity: Vec<f64>,
    /// Signed notional over equity: one column an instrument.
    pub weights: Vec<Vec<f64>>,
}
