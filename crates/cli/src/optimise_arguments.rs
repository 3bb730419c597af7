//! What can be said of one portfolio on the command line.

use std::collections::BTreeMap;

use autotrading_domain::Money;
use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use crate::arguments::money;
use crate::portfolio_arguments::Coins;

// Yearly figures are of 365 days, whatever the bars.
#[derive(Args, Debug)]
pub(crate) struct PortfolioOptimise {
    #[command(flatten)]
    pub(crate) coins: Coins,
    /// What is wanted.
    #[arg(long, value_enum, default_value_t = Aim::MinimumVariance)]
    pub(crate) objective: Aim,
    /// How the covariance is estimated.
    #[arg(long, value_enum, default_value_t = Estimate::LedoitWolf)]
    pub(crate) covariance: Estimate,
    /// How expected returns are estimated.
    #[arg(long, value_enum, default_value_t = Means::Mean)]
    pub(crate) means: Means,
    /// Half-life, in bars, of what fades.
    #[arg(long, value_name = "BARS", default_value_t = 60.0)]
    pub(crate) half_life: f64,
    /// No weight above this.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6)]
    pub(crate) cap: f64,
    /// Allow shorts, as large as --cap.
    #[arg(long)]
    pub(crate) shorts: bool,
    /// Absolute weights sum to no more than this.
    #[arg(long, value_name = "LEVERAGE")]
    pub(crate) gross: Option<f64>,
    /// Weight of one instrument, as in BTC=0.1..0.5 (either end may be missing); may be given several times.
    #[arg(long = "weight", value_name = "SYMBOL=LOW..HIGH", value_parser = bounded)]
    pub(crate) weights: Vec<Bounded>,
    /// Weight of a group, as in ETH+LTC=..0.3; may be given several times.
    #[arg(long = "group", value_name = "SYMBOL+SYMBOL=LOW..HIGH", value_parser = bounded)]
    pub(crate) groups: Vec<Bounded>,
    /// What is held now, as in BTC=0.5,ETH=0.2; what is not named is not held.
    #[arg(long, value_name = "SYMBOL=WEIGHT,...", value_parser = holdings)]
    pub(crate) current: Option<Holdings>,
    /// Trade no more than this share of the capital, counted on both sides, away from --current.
    #[arg(long, value_name = "SHARE", requires = "current")]
    pub(crate) turnover: Option<f64>,
    /// What a trade away from --current costs, per notional; spread over --hold.
    #[arg(long, value_name = "RATE", requires = "current")]
    pub(crate) cost: Option<f64>,
    /// What moving a weight by d costs in impact, over d^(3/2); spread over --hold.
    #[arg(long, value_name = "RATE", requires = "current")]
    pub(crate) impact: Option<f64>,
    /// Bars over which the cost of a trade must be earned; those of a year when not given.
    #[arg(long, value_name = "BARS")]
    pub(crate) hold: Option<f64>,
    /// Volatility of a year no higher than this.
    #[arg(long, value_name = "VOLATILITY")]
    pub(crate) volatility: Option<f64>,
    /// Expected return of a year, after costs, no lower than this.
    #[arg(long, value_name = "RETURN", allow_hyphen_values = true)]
    pub(crate) least_return: Option<f64>,
    /// Return of a year without risk, for the Sharpe ratio.
    #[arg(long, value_name = "RETURN", default_value_t = 0.0, allow_hyphen_values = true)]
    pub(crate) risk_free: f64,
    /// Risk aversion of the utility.
    #[arg(long, value_name = "NUMBER", default_value_t = 2.5)]
    pub(crate) risk_aversion: f64,
    /// Confidence of the expected shortfall.
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub(crate) confidence: f64,
    /// No more instruments with a weight than this.
    #[arg(long, value_name = "COUNT")]
    pub(crate) at_most: Option<usize>,
    /// No weight smaller than this, other than none.
    #[arg(long, value_name = "SHARE")]
    pub(crate) smallest: Option<f64>,
    /// Also say which whole lots to trade with this much money, from --current or from nothing.
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    pub(crate) equity: Option<Money>,
    /// Lot step of an instrument, as in BTC=0.001; 0.00001 for those that are not named. May be given several times.
    #[arg(long = "lot", value_name = "SYMBOL=STEP", value_parser = lot, requires = "equity")]
    pub(crate) lots: Vec<(String, Decimal)>,
    /// With --equity: no trade smaller than this.
    #[arg(long, value_name = "AMOUNT", value_parser = money, default_value = "10")]
    pub(crate) least_trade: Money,
    /// Print JSON instead of the table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aim {
    /// The least variance.
    MinimumVariance,
    /// The largest excess return for its volatility.
    MaximumSharpe,
    /// The most expected return less risk aversion times half the variance.
    Utility,
    /// The largest expected return; give --volatility with it.
    MaximumReturn,
    /// The largest mean volatility for the volatility of the whole.
    MaximumDiversification,
    /// The least mean loss of the worst bars.
    MinimumShortfall,
    /// The least mean square below the mean.
    MinimumSemivariance,
    /// The most growth: Kelly's criterion.
    Growth,
    /// The same part of the risk from each.
    RiskParity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Estimate {
    /// As it was.
    Sample,
    /// In a fading memory.
    Fading,
    /// Pulled towards one variance for all.
    LedoitWolf,
    /// Pulled towards one correlation for all pairs.
    ConstantCorrelation,
    /// Oracle approximating shrinkage.
    Oas,
    /// From large moves alone.
    Gerber,
    /// Without the eigenvalues that noise explains.
    Denoised,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Means {
    /// As they were.
    Mean,
    /// In a fading memory.
    Fading,
    /// Pulled towards that of the least variance.
    JamesStein,
}

/// Symbols and the range of what they weigh together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bounded {
    pub(crate) symbols: Vec<String>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

/// Weights by symbol.
pub(crate) type Holdings = BTreeMap<String, f64>;

fn bounded(text: &str) -> Result<Bounded, String> {
    let wanted = || format!("{text} is no SYMBOL=LOW..HIGH");
    let (symbols, range) = text.split_once('=').ok_or_else(wanted)?;
    let (low, high) = range.split_once("..").ok_or_else(wanted)?;
    let end = |end: &str| match end {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| format!("{number} in {text} is no number")),
    };
    let symbols: Vec<String> = symbols.split('+').map(str::to_owned).collect();
    Ok(Bounded { symbols, low: end(low)?, high: end(high)? })
}

fn holdings(text: &str) -> Result<Holdings, String> {
    let mut held = Holdings::new();
    for part in text.split(',') {
        let (symbol, weight) = part.split_once('=').ok_or_else(|| format!("{part} is no SYMBOL=WEIGHT"))?;
        let weight: f64 = weight.parse().map_err(|_| format!("{weight} in {part} is no number"))?;
        if held.insert(symbol.to_owned(), weight).is_some() {
            return Err(format!("{symbol} is named twice"));
        }
    }
    Ok(held)
}

fn lot(text: &str) -> Result<(String, Decimal), String> {
    let (symbol, step) = text.split_once('=').ok_or_else(|| format!("{text} is no SYMBOL=STEP"))?;
    let step = step.parse().map_err(|_| format!("{step} in {text} is no number"))?;
    Ok((symbol.to_owned(), step))
}
