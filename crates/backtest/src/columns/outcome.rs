//! What comes of a run over columns.

use autotrading_domain::Money;

use super::{Change, CurveFigures};

/// How much of a run is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// What the account is at the end: for a sweep.
    Account,
    /// The figures of the equity curve as well.
    Figures,
    /// Equity at every close and what every fill and trade is made of as well.
    Everything,
}

/// What comes of a run over columns. Money is exact, without trailing zeros, in settlement currency.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnOutcome {
    /// Wallet plus unrealized profit at the last close.
    pub final_equity: Money,
    /// `final_equity - quantity * close`.
    pub cash: Money,
    /// Profit of what was closed, before fees.
    pub realized: Money,
    /// All fees paid.
    pub fees: Money,
    /// Nothing: the research profile knows no funding.
    pub funding: Money,
    /// Executions.
    pub fills: u64,
    /// Round trips that ended.
    pub closed_trades: u64,
    /// Figures of the equity curve; `None` with [`Keep::Account`].
    pub curve: Option<CurveFigures>,
    /// Equity at the close of every bar; empty unless [`Keep::Everything`].
    pub equity: Vec<f64>,
    /// The position after each fill, and at the open of which bar it came about; empty unless [`Keep::Everything`].
    pub turns: Vec<Change>,
}
