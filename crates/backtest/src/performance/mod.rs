//! What a run achieved: every number of the report that comes from the equity curve.

mod calendar;
mod capture;
mod certainty;
mod drawdown;
mod excursion;
mod ratios;
mod round_trips;
mod summary;
mod undefined;

pub use calendar::{MonthReturn, monthly_returns};
pub use capture::Capture;
pub use certainty::{Interval, conditional_drawdown, sharpe_interval};
pub use drawdown::{DrawdownEpisode, drawdown_episodes, drawdowns, max_drawdown, ulcer_index};
pub use excursion::Excursion;
pub use ratios::{
    annualised, lo_correction, minimum_track_record, omega, probabilistic_sharpe, sharpe,
    sharpe_standard_error, sortino, tail_ratio,
};
pub use round_trips::RoundTripFigures;
pub(crate) use summary::sharpe_of_equity;
pub use summary::{Benchmark, Performance};
pub use undefined::Undefined;

/// Twenty years of daily simple returns of an index, for comparing with reference figures.
#[cfg(test)]
pub(crate) fn spx_returns() -> Vec<f64> {
    let text = include_str!("../../tests/data/spx_adjclose_5031.csv");
    let closes: Vec<f64> =
        text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}
