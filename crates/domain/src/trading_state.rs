//! How much the house may do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much the house may do. Tightens by itself, loosens only by an operator's word.
///
/// ```
/// use autotrading_domain::TradingState::{Active, Halted, ReduceOnly};
/// assert_eq!(ReduceOnly.tightened(Active), ReduceOnly);
/// assert_eq!(ReduceOnly.tightened(Halted), Halted);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradingState {
    /// Opens and closes.
    #[default]
    Active,
    /// Only closes.
    ReduceOnly,
    /// Opens nothing; only proven closes and cancels pass.
    Halted,
}

impl TradingState {
    /// The tighter of the two.
    pub const fn tightened(self, by: Self) -> Self {
        match (self, by) {
            (Self::Halted, _) | (_, Self::Halted) => Self::Halted,
            (Self::ReduceOnly, _) | (_, Self::ReduceOnly) => Self::ReduceOnly,
            (Self::Active, Self::Active) => Self::Active,
        }
    }

    /// Whether orders that open may pass.
    pub const fn may_open(self) -> bool {
        matches!(self, Self::Active)
    }
}

impl fmt::Display for TradingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::ReduceOnly => "reduce-only",
            Self::Halted => "halted",
        })
    }
}
