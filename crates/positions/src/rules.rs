//! How an account keeps its positions and their margin.

use autotrading_domain::{Currency, Leverage};
use serde::{Deserialize, Serialize};

/// How many positions an account keeps per instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionMode {
    /// One position that is long, short or flat: buys and sells net. The usual one.
    #[default]
    OneWay,
    /// A long and a short side by side; a fill names the leg it belongs to, and no leg ever flips.
    Hedge,
}

/// Which money stands behind a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MarginMode {
    /// Each position carries its own margin, `open cost / leverage`, and can lose no more.
    Isolated {
        /// Cost carried per unit of margin.
        leverage: Leverage,
    },
    /// The whole wallet stands behind all positions together.
    Cross {
        /// Notional that one unit of margin allows to open.
        leverage: Leverage,
    },
}

impl MarginMode {
    /// The leverage that positions are opened with.
    pub const fn leverage(self) -> Leverage {
        match self {
            Self::Isolated { leverage } | Self::Cross { leverage } => leverage,
        }
    }
}

/// The rules of one account.
///
/// ```
/// use autotrading_domain::{Currency, Leverage};
/// use autotrading_positions::{LedgerRules, MarginMode, PositionMode};
/// let rules = LedgerRules::isolated(Leverage::new(5.into())?);
/// assert_eq!(rules.mode, PositionMode::OneWay);
/// assert_eq!(rules.margin, MarginMode::Isolated { leverage: Leverage::new(5.into())? });
/// assert_eq!(rules.settle, Currency::USDT);
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerRules {
    /// One position per instrument, or two.
    pub mode: PositionMode,
    /// Which money stands behind a position.
    pub margin: MarginMode,
    /// The currency that everything is settled in; every instrument of the ledger must share it.
    pub settle: Currency,
}

impl LedgerRules {
    /// One-way positions with isolated margin, settled in USDT.
    pub const fn isolated(leverage: Leverage) -> Self {
        Self { mode: PositionMode::OneWay, margin: MarginMode::Isolated { leverage }, settle: Currency::USDT }
    }

    /// One-way positions with cross margin, settled in USDT.
    pub const fn cross(leverage: Leverage) -> Self {
        Self { mode: PositionMode::OneWay, margin: MarginMode::Cross { leverage }, settle: Currency::USDT }
    }

    /// The same rules with a long and a short leg per instrument.
    #[must_use]
    pub const fn hedged(self) -> Self {
        Self { mode: PositionMode::Hedge, ..self }
    }
}
