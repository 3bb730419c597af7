//! What can be said on the command line about searches and what they prove.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use autotrading_backtest::laboratory::Criterion;
use autotrading_domain::Span;
use autotrading_jobs::Shard;
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Subject;

/// Which points are tried, by whom, and where results are kept.
#[derive(Args, Debug)]
pub(crate) struct SearchArguments {
    #[command(flatten)]
    pub(crate) subject: Subject,
    /// A parameter to vary: fast=5..14, slow=20..65:5, mode=long-flat,long-short, or a name alone for the range that the
    /// strategy declares; with several strategies as in trend-following.fast=10,20. May be given several times.
    #[arg(long, value_name = "AXIS")]
    pub(crate) vary: Vec<String>,
    /// Try this many points drawn by chance instead of the whole grid.
    #[arg(long, value_name = "N")]
    pub(crate) random: Option<usize>,
    /// What trials are compared by.
    #[arg(long, value_enum, default_value_t = By::Sharpe)]
    pub(crate) criterion: By,
    /// How many threads run trials; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Begin anew what an earlier search left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// The ledger of every trial that was ever made on a data set.
    #[arg(long, value_name = "FILE", default_value = "out/trials.jsonl")]
    pub(crate) ledger: PathBuf,
    /// Print the figures as JSON instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Sharpe ratio of daily returns.
    Sharpe,
    /// End over start, minus one.
    TotalReturn,
    /// Annual return over largest drawdown.
    Calmar,
}

impl From<By> for Criterion {
    fn from(by: By) -> Self {
        match by {
            By::Sharpe => Self::Sharpe,
            By::TotalReturn => Self::TotalReturn,
            By::Calmar => Self::Calmar,
        }
    }
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SweepArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
    #[command(flatten)]
    pub(crate) run: SweepRun,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Run a search, or a shard of it (the same as `sweep` alone).
    Run(Box<SweepRun>),
    /// Put the shards of a search together.
    Merge(SweepMerge),
}

#[derive(Args, Debug)]
pub(crate) struct SweepRun {
    #[command(flatten)]
    pub(crate) search: SearchArguments,
    /// Run only the i-th of n shares of the trials; `sweep merge` puts them together.
    #[arg(long, value_name = "i/n")]
    pub(crate) shard: Option<Shard>,
    /// Stop early: after this many trials in a row without a better one, looked at in an order drawn by --seed.
    #[arg(long, value_name = "N", conflicts_with = "shard")]
    pub(crate) patience: Option<NonZeroUsize>,
    /// Folder for sweep.html, sweep.csv, sweep.json and what a killed search goes on from.
    #[arg(long, value_name = "DIR", default_value = "out/sweep")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct SweepMerge {
    /// Folders of the shards.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,
    /// Folder for sweep.html, sweep.csv and sweep.json.
    #[arg(long, value_name = "DIR", default_value = "out/sweep")]
    pub(crate) out: PathBuf,
    /// What trials are compared by.
    #[arg(long, value_enum, default_value_t = By::Sharpe)]
    pub(crate) criterion: By,
    /// Overwrite what an earlier search left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// The ledger of every trial that was ever made on a data set.
    #[arg(long, value_name = "FILE", default_value = "out/trials.jsonl")]
    pub(crate) ledger: PathBuf,
    /// Print the figures as JSON instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct WalkForwardArguments {
    #[command(flatten)]
    pub(crate) search: SearchArguments,
    /// Length of the stretch that parameters are chosen on.
    #[arg(long, value_name = "SPAN", default_value = "60 d")]
    pub(crate) train: Span,
    /// Length of the stretch after it that the choice is tested on.
    #[arg(long, value_name = "SPAN", default_value = "20 d")]
    pub(crate) test: Span,
    /// Choose on everything from the start of the data on, instead of on the last stretch.
    #[arg(long)]
    pub(crate) anchored: bool,
    /// How long a run warms up on data before its stretch.
    #[arg(long, value_name = "SPAN", default_value = "30 d")]
    pub(crate) warm_up: Span,
    /// Fewer walks than this are refused.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) least_walks: usize,
    /// Folder for walk-forward.html, walk-forward.json and walks.csv.
    #[arg(long, value_name = "DIR", default_value = "out/walk-forward")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct CrossValidateArguments {
    #[command(flatten)]
    pub(crate) search: SearchArguments,
    /// Groups of days that the sample is cut into.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) groups: usize,
    /// How many groups are held out at a time: 1 is purged k-fold, more is combinatorial.
    #[arg(long, value_name = "K", default_value_t = 2)]
    pub(crate) held_out: usize,
    /// Days before a held-out group that are not learned on.
    #[arg(long, value_name = "DAYS", default_value_t = 5)]
    pub(crate) purge: usize,
    /// Days after a held-out group that are not learned on.
    #[arg(long, value_name = "DAYS", default_value_t = 5)]
    pub(crate) embargo: usize,
    /// Folder for cross-validation.html, cross-validation.json, splits.csv and paths.csv.
    #[arg(long, value_name = "DIR", default_value = "out/cross-validation")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct OverfitArguments {
    #[command(flatten)]
    pub(crate) search: SearchArguments,
    /// Judge these returns instead of a search: CSV with one column a trial, a header, one line a period.
    #[arg(long, value_name = "FILE", conflicts_with = "vary")]
    pub(crate) returns: Option<PathBuf>,
    /// With --returns: how many trials were really made, if more than the file has columns.
    #[arg(long, value_name = "N", requires = "returns")]
    pub(crate) trials: Option<u64>,
    /// With --returns: returns a year holds.
    #[arg(long, value_name = "N", default_value_t = 365.0, requires = "returns")]
    pub(crate) periods_per_year: f64,
    /// Blocks of days that splits are made of; 16 give 12 870 splits.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) blocks: usize,
    /// Make the whole search again on so many markets with the same bars in another order, and tell how often it finds as
    /// good a trial there. Takes as many times as long; at least 19 say something.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "returns")]
    pub(crate) permutations: u64,
    /// Folder for overfit.html and overfit.json.
    #[arg(long, value_name = "DIR", default_value = "out/overfit")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct MonteCarloArguments {
    #[command(flatten)]
    pub(crate) subject: Subject,
    /// Simulate from these returns instead of a run: CSV with a header and one column, one line a period.
    #[arg(long, value_name = "FILE")]
    pub(crate) returns: Option<PathBuf>,
    /// Whose daily returns are simulated.
    #[arg(long, value_enum, default_value_t = Of::Equity)]
    pub(crate) of: Of,
    /// How many paths.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) paths: u64,
    /// Steps of a path.
    #[arg(long, value_name = "N", default_value_t = 365)]
    pub(crate) horizon: usize,
    /// Level at or below which an account is ruined, as a share of the start.
    #[arg(long, value_name = "LEVEL", default_value_t = 0.5)]
    pub(crate) ruin: f64,
    /// Largest probability of ruin that is called tolerable, by the worst way to draw a future.
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub(crate) tolerable: f64,
    /// With --of asset: leverage of a long and a short position whose liquidation is asked.
    #[arg(long, value_name = "X")]
    pub(crate) leverage: Vec<f64>,
    /// How many threads make paths; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Folder for monte-carlo.html, monte-carlo.json and monte-carlo.csv.
    #[arg(long, value_name = "DIR", default_value = "out/monte-carlo")]
    pub(crate) out: PathBuf,
    /// Overwrite what an earlier simulation left in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the figures as JSON instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Of {
    /// Of the run's equity.
    Equity,
    /// Of the asset.
    Asset,
}
