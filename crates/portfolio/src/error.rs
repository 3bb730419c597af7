//! What keeps capital from being shared.

use autotrading_statistics::StatisticsError;

/// An input that no honest share can be computed from, or a computation that did not arrive.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PortfolioError {
    /// There is nothing to share among.
    #[error("there is no asset to share capital among")]
    Empty,
    /// A volatility must be finite and above zero.
    #[error("the volatility of asset {index} is {got}; it must be finite and above zero")]
    Volatility {
        /// Place of the asset, from 0.
        index: usize,
        /// The offending value.
        got: f64,
    },
    /// A rule lies outside of what it may be.
    #[error("portfolio.{key} is {got}, allowed is {allowed}")]
    Rule {
        /// The configuration key.
        key: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// An argument lies outside of what it may be.
    #[error("{what} is {got}, allowed is {allowed}")]
    Parameter {
        /// Which argument.
        what: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Two inputs that must fit each other do not.
    #[error("{what} has shape {got:?}, {required:?} is required")]
    Shape {
        /// Which input.
        what: &'static str,
        /// Its rows and columns.
        got: (usize, usize),
        /// What fits.
        required: (usize, usize),
    },
    /// A name that stands twice where it may stand once.
    #[error("{what} {name} is named twice")]
    Duplicate {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name, group or benchmark that the inputs do not know.
    #[error("there is no {what} named {name}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An input that the objective or a constraint needs was not given.
    #[error("{wanted_by} needs {what}")]
    Missing {
        /// The input.
        what: &'static str,
        /// Who asks for it.
        wanted_by: &'static str,
    },
    /// A NaN or an infinity.
    #[error("{what} of {asset} in row {row} is {got}, it must be finite")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// The asset.
        asset: String,
        /// The row, from 0 (oldest).
        row: usize,
        /// The value.
        got: f64,
    },
    /// An asset that does not move where the method divides by how much it moves.
    #[error("{asset} does not move (variance {variance}), so it has no place in this method")]
    Constant {
        /// The asset.
        asset: String,
        /// Its variance.
        variance: f64,
    },
    /// A matrix that is not the covariance of anything.
    #[error(
        "the covariance is not positive semi-definite: a combination of assets, each over its volatility, would have a \
         variance of {got}; repair it first (nearest_positive_semidefinite)"
    )]
    NotPositiveSemidefinite {
        /// The offending pivot, below zero.
        got: f64,
    },
    /// Views of which one says what the others say already, or the opposite, and each is sure.
    #[error("these views, held for certain, repeat or contradict each other: {}", views.join("; "))]
    Contradiction {
        /// Those that are certain.
        views: Vec<String>,
    },
    /// The constraints exclude each other.
    #[error("no portfolio meets all of: {}", conflict.join("; "))]
    Infeasible {
        /// Those that cannot hold together; without any one of them the rest could.
        conflict: Vec<String>,
    },
    /// The objective can be improved without end.
    #[error("the objective improves without end; bound the weights (cap, gross, turnover)")]
    Unbounded,
    /// No allowed portfolio is expected to earn more than the risk-free rate.
    #[error("no allowed portfolio earns more than the risk-free rate; the best excess return is {best}")]
    NoExcessReturn {
        /// The best excess return of one asset.
        best: f64,
    },
    /// The iteration stopped before the certificate was good enough.
    #[error("stopped early ({status}) after {iterations} iterations, residual {residual}")]
    StoppedEarly {
        /// What the solver said.
        status: String,
        /// How many iterations were spent.
        iterations: u32,
        /// The largest relative residual of the optimality conditions.
        residual: f64,
    },
    /// A statistic that could not be computed.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}
