//! What can be said on the command line.

use std::path::PathBuf;

use autotrading_domain::{Money, Rate, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rust_decimal::Decimal;

use crate::market_arguments::MarketArguments;
use crate::portfolio_arguments::PortfolioCommand;
use crate::search_arguments::{
    CrossValidateArguments, MonteCarloArguments, OverfitArguments, SweepArguments, WalkForwardArguments,
};

/// Automated trading of crypto perpetuals and spot: risk first, exact in money, honest about what a backtest proves.
#[derive(Debug, Parser)]
#[command(name = "autotrading", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program answers to a shell.
const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed: bad data, a damaged journal, a run that could not go on
  2  the command line or the configuration is wrong
  3  a check found something (data check, journal verify)
  130  interrupted; the journal is closed and the report tells what was done until then";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trade a market of the past with the whole system and write a report.
    Backtest(Box<Backtest>),
    /// Try many parameters, in parallel, and tell what the best of them is worth.
    Sweep(Box<SweepArguments>),
    /// Choose parameters on the past, test them on what follows, walk on.
    WalkForward(Box<WalkForwardArguments>),
    /// Choose parameters on some days, test them on others, in every way there is.
    CrossValidate(Box<CrossValidateArguments>),
    /// Tell how much of the best of many trials is luck.
    Overfit(Box<OverfitArguments>),
    /// Draw futures that could have been: ruin, drawdowns, liquidation.
    MonteCarlo(Box<MonteCarloArguments>),
    /// Tell why an order had its size, and what became of it.
    Explain(Explain),
    /// Read and verify journals.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Write, check and show configurations.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check data, or make some.
    #[command(subcommand)]
    Data(DataCommand),
    /// Ways of sharing capital among instruments, compared.
    #[command(subcommand)]
    Portfolio(PortfolioCommand),
    /// Regimes of a market: models fitted to it, and what a detector would have said on the way.
    #[command(subcommand)]
    Regime(RegimeCommand),
    /// The strategies and their parameters.
    #[command(subcommand)]
    Strategies(StrategiesCommand),
}

/// What is run on what: the same for every command that runs something.
#[derive(Args, Debug)]
pub(crate) struct Subject {
    /// Configuration (TOML); the built-in one when not given. `config init` writes it out.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Bars (CSV); the built-in hourly bitcoin when not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Funding rates (CSV: time,rate, or Binance's dump); the venue's default rate when not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) funding: Option<PathBuf>,
    /// Trade this strategy alone.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Option<String>,
    /// A parameter of --strategy; may be given several times.
    #[arg(long = "param", value_name = "KEY=VALUE", requires = "strategy", value_parser = key_value)]
    pub(crate) parameters: Vec<(String, String)>,
    /// First bar to trade on (RFC 3339, or a date).
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// Trade no bar that opens at or after this.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Timestamp>,
    /// Money at the start, in settlement currency.
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    pub(crate) cash: Option<Money>,
    /// Seed of everything that is drawn by chance.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// The rules of the run: `full` is the venue with all its frictions, `research` fills at the next open with a flat
    /// fee and nothing else, for comparison with other backtesters.
    #[arg(long, value_enum, default_value_t = Profile::Full)]
    pub(crate) profile: Profile,
    /// Research profile: where a signal is filled.
    #[arg(long, value_enum)]
    pub(crate) fill: Option<Fill>,
    /// Research profile: fee per notional of a fill, such as 0.0005.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) fee: Option<Rate>,
    /// Research profile: units of a full position.
    #[arg(long, value_name = "UNITS", value_parser = decimal)]
    pub(crate) size: Option<Decimal>,
}

#[derive(Args, Debug)]
pub(crate) struct Backtest {
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) markets: MarketArguments,
    /// Folder for report.html, report.json, trades.csv, equity.csv and journal/.
    #[arg(long, value_name = "DIR", default_value = "out/backtest")]
    pub(crate) out: PathBuf,
    /// Overwrite what an earlier run left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Show a walk-forward that was made before in the page: its walk-forward.json.
    #[arg(long, value_name = "FILE", conflicts_with = "bare")]
    pub(crate) walk_forward: Option<PathBuf>,
    /// Print report.json instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep no journal and draw no page: only report.json and trades.csv.
    #[arg(long)]
    pub(crate) bare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// The venue with all its frictions.
    Full,
    /// Next open, flat fee, nothing else.
    Research,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fill {
    /// At the open of the bar after the signal.
    NextOpen,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The order, as in trades and report: 1-42.
    pub(crate) order: autotrading_domain::ClientOrderId,
    /// Folder of the journal.
    #[arg(long, value_name = "DIR", default_value = "out/backtest/journal")]
    pub(crate) journal: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Check the chain of a journal and compute every turn again.
    Verify {
        /// Folder of the journal.
        directory: PathBuf,
    },
    /// Print the records of a journal as JSON, one a line.
    Show {
        /// Folder of the journal.
        directory: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write the built-in configuration, with a comment on every key.
    Init {
        /// Where to.
        #[arg(default_value = "autotrading.toml")]
        file: PathBuf,
        /// Overwrite an existing file.
        #[arg(long)]
        force: bool,
    },
    /// Say whether a configuration is legal.
    Check {
        /// Which.
        file: PathBuf,
    },
    /// Print a configuration with all its defaults filled in.
    Show {
        /// Which; the built-in one when not given.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Look for gaps, duplicates, contradictions and spikes, with line numbers.
    Check {
        /// Bars (CSV).
        file: PathBuf,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the synthetic minute bars that backtesters are compared on.
    Synth {
        /// How many.
        #[arg(long, value_name = "N")]
        bars: usize,
        /// Where to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Overwrite an existing file.
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegimeCommand {
    /// Fit a hidden Markov model and a volatility model to all bars, and print them as tables.
    Fit(RegimeFit),
    /// Show a detector bar after bar, and write a page: what it said, knowing only the past, and what then came.
    Show(RegimeShow),
}

/// Which bars regimes are looked for in.
#[derive(Args, Debug)]
pub(crate) struct RegimeBars {
    /// Bars (CSV); the built-in hourly bitcoin when not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// First bar (RFC 3339, or a date).
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// No bar that opens at or after this.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Timestamp>,
}

#[derive(Args, Debug)]
pub(crate) struct RegimeFit {
    #[command(flatten)]
    pub(crate) bars: RegimeBars,
    /// States of the hidden Markov model, 2 to 6.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=6))]
    pub(crate) states: u8,
    /// How the variance moves.
    #[arg(long, value_enum, default_value_t = VarianceModel::Garch)]
    pub(crate) model: VarianceModel,
    /// How its errors are spread.
    #[arg(long, value_enum, default_value_t = ErrorLaw::StudentT)]
    pub(crate) errors: ErrorLaw,
    /// Seed of the starts.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print the tables as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RegimeShow {
    #[command(flatten)]
    pub(crate) bars: RegimeBars,
    /// Take the detector of the [regime] section of this configuration (TOML); hidden states and GARCH when not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How the kind of market is told.
    #[arg(long, value_enum)]
    pub(crate) method: Option<Method>,
    /// States of the hidden Markov model, 2 to 6.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(2..=6))]
    pub(crate) states: Option<u8>,
    /// Folder for regimes.html, regimes.json and regimes.csv.
    #[arg(long, value_name = "DIR", default_value = "out/regimes")]
    pub(crate) out: PathBuf,
    /// Overwrite what an earlier run left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print regimes.json instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VarianceModel {
    /// By size of the last error.
    Garch,
    /// Losses count more.
    Gjr,
    /// Its logarithm, by sign and size.
    Egarch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorLaw {
    /// Normal.
    Normal,
    /// Student's t: fat tails.
    StudentT,
    /// Hansen's skewed t: fat tails, one fatter.
    SkewedT,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// By the filtered states of a hidden Markov model, fitted again and again to bars before now.
    Hmm,
    /// By the significance of the mean return.
    Trend,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StrategiesCommand {
    /// List all strategies with parameters, ranges and defaults.
    List {
        /// Print everything about them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tell what one strategy looks at, when it enters and leaves, and what can be set about it.
    Describe {
        /// Which.
        name: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "expected KEY=VALUE".to_owned())
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|_| "expected a decimal number such as 0.5".to_owned())
}

pub(crate) fn money(text: &str) -> Result<Money, String> {
    decimal(text).map(Money::new)
}

pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    decimal(text).map(Rate::new)
}
