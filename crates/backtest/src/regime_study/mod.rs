//! What regimes a market had: models fitted to all of it, and what a detector would have said on the way.

mod days;
mod fit;
mod hindsight;
mod story;

use autotrading_market_data::Window;
use autotrading_regime::RegimeError;

pub use days::DayFit;
pub use fit::{
    ForecastRow, HiddenStates, ParameterRow, RegimeFit, RegimeFitRules, StateRow, VolatilityFit, fit_regimes,
};
pub use hindsight::{HeldRow, Hindsight};
pub use story::{LabelRow, RegimeSeries, RegimeStory, VolatilityTrial, tell_regimes};

/// Why a study could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RegimeStudyError {
    /// Too little to study.
    #[error("{bars} bars are too few to study regimes; at least {required} are needed")]
    TooShort {
        /// How many came.
        bars: usize,
        /// How many are needed.
        required: usize,
    },
    /// A model could not be fitted, or a detector not run.
    #[error(transparent)]
    Regime(#[from] RegimeError),
}

/// Log returns from each close to the next: one fewer than there are bars.
fn log_returns(window: Window<'_>) -> Vec<f64> {
    let closes = window.close();
    closes.iter().zip(closes.iter().skip(1)).map(|(last, now)| (now / last).ln()).collect()
}

fn check_length(window: Window<'_>, required: usize) -> Result<(), RegimeStudyError> {
    let bars = window.len();
    if bars < required { Err(RegimeStudyError::TooShort { bars, required }) } else { Ok(()) }
}
