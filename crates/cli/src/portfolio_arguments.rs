//! What can be said about portfolios on the command line.

use std::path::PathBuf;

use autotrading_domain::{Money, Rate, Span, Timestamp};
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::{money, rate};
use crate::optimise_arguments::PortfolioOptimise;

#[derive(Debug, Subcommand)]
pub(crate) enum PortfolioCommand {
    /// Hold several instruments under one way of sharing capital after the other, and compare what came of it.
    Compare(Box<PortfolioCompare>),
    /// Find the best portfolio for an objective within limits, and say what holds it back and how sure it is.
    Optimise(Box<PortfolioOptimise>),
}

/// The instruments among which capital is shared, and over which time.
#[derive(Args, Debug)]
pub(crate) struct Coins {
    /// Bars of several instruments (CSV, side by side or below each other); daily BTC, ETH and LTC when not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// First bar (RFC 3339, or a date); where the youngest instrument begins when not given.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// No bar that opens at or after this.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Timestamp>,
}

#[derive(Args, Debug)]
pub(crate) struct PortfolioCompare {
    #[command(flatten)]
    pub(crate) coins: Coins,
    /// Compare this method; may be given several times. All of them when not given.
    #[arg(long = "method", value_enum)]
    pub(crate) methods: Vec<Method>,
    /// Money at the start of each run.
    #[arg(long, value_name = "AMOUNT", value_parser = money, default_value = "100000")]
    pub(crate) cash: Money,
    /// Fee per notional of a fill.
    #[arg(long, value_name = "RATE", value_parser = rate, default_value = "0.001")]
    pub(crate) fee: Rate,
    /// How long shares stand before they are estimated again.
    #[arg(long, value_name = "SPAN", default_value = "7 d")]
    pub(crate) refresh: Span,
    /// Half-life, in bars, of what is remembered of how instruments move together.
    #[arg(long, value_name = "BARS", default_value_t = 60.0)]
    pub(crate) half_life: f64,
    /// No instrument has more of the capital than this share.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6)]
    pub(crate) largest: f64,
    /// When what is held is brought back to its share.
    #[arg(long, value_enum, default_value_t = Rebalance::Band)]
    pub(crate) rebalance: Rebalance,
    /// With --rebalance threshold: how far off its share a holding must be, as a part of the larger of the two.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) threshold: f64,
    /// Strategy whose opinions are the views of Black-Litterman; `strategies list` shows all. Momentum of sixty bars when not
    /// given.
    #[arg(long, value_name = "NAME")]
    pub(crate) views: Option<String>,
    /// Seed of everything that is drawn by chance.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder for portfolio.html, portfolio.json, portfolio.csv and portfolio-weights.csv.
    #[arg(long, value_name = "DIR", default_value = "out/portfolio")]
    pub(crate) out: PathBuf,
    /// Overwrite what an earlier comparison left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print portfolio.json instead of the table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// The same to each.
    Equal,
    /// In inverse proportion to volatility.
    InverseVolatility,
    /// So that each carries the same part of the risk.
    RiskParity,
    /// So that all together move least.
    MinimumVariance,
    /// By the tree of correlations.
    Hierarchical,
    /// By returns expected after the views of a strategy.
    BlackLitterman,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rebalance {
    /// Bought once, and left alone.
    Never,
    /// When it is off by more than --threshold.
    Threshold,
    /// When it lies outside of the no-trade band of its fee, and then to the nearer edge.
    Band,
    /// Every day.
    Daily,
}
