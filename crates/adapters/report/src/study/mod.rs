//! Pages about many runs together: the same frame, style and script as the report of one run.

mod chart;
mod cross_validation;
mod frame;
mod judgement;
mod markets;
mod monte_carlo;
mod overfit;
mod portfolio;
mod sweep;
mod tables;
mod walk_forward;

pub use cross_validation::cross_validation_html;
pub use markets::{
    MARKET_TRADES_HEADER, market_equity_csv, market_fills_csv, market_trade_line, market_trades_csv,
    markets_html,
};
pub use monte_carlo::{MonteCarloStudy, monte_carlo_html};
pub use overfit::{OverfitStudy, overfit_html};
pub use portfolio::{portfolio_csv, portfolio_html, portfolio_weights_csv};
use sweep::criterion;
pub use sweep::{SweepStudy, sweep_html};
pub use tables::{folds_csv, monte_carlo_csv, paths_csv, sweep_csv, walks_csv};
pub use walk_forward::walk_forward_html;
pub(crate) use walk_forward::{thresholds, walk_list};
