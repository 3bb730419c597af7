//! What is held and what may still come: the words between the books and the judges.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Direction, InstrumentId, Money, Quantity};

/// A position as the rule crates see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// On what.
    pub instrument: InstrumentId,
    /// Base units, positive long, negative short.
    pub signed: Decimal,
    /// What it cost: quantity times average entry, never negative, in settlement currency.
    pub open_cost: Money,
    /// Margin assigned to it when isolated, in settlement currency.
    pub isolated_margin: Money,
}

impl Holding {
    /// Nothing of an instrument.
    pub const fn none(instrument: InstrumentId) -> Self {
        Self { instrument, signed: Decimal::ZERO, open_cost: Money::ZERO, isolated_margin: Money::ZERO }
    }

    /// Which way.
    pub fn direction(&self) -> Direction {
        if self.signed > Decimal::ZERO {
            Direction::Long
        } else if self.signed < Decimal::ZERO {
            Direction::Short
        } else {
            Direction::Flat
        }
    }

    /// How much, in base units.
    pub fn quantity(&self) -> Quantity {
        Quantity::of(self.signed)
    }
}

/// What the confirmed position of an instrument may become when every live order fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// On what.
    pub instrument: InstrumentId,
    /// The confirmed position: base units, positive long, negative short.
    pub position: Decimal,
    /// Open quantity of all buys that may still fill, unknown ones included; a bracket counts once, by its largest leg.
    pub open_buys: Quantity,
    /// The same of all sells.
    pub open_sells: Quantity,
}

impl Exposure {
    /// Nothing of an instrument.
    pub const fn none(instrument: InstrumentId) -> Self {
        Self { instrument, position: Decimal::ZERO, open_buys: Quantity::ZERO, open_sells: Quantity::ZERO }
    }
}

/// The account at a mark, in settlement currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Deposits plus realized profit minus fees plus funding.
    pub wallet: Money,
    /// Profit of the open positions at mark.
    pub unrealized: Money,
    /// Margin that positions hold.
    pub used_margin: Money,
}

impl Account {
    /// `equity = wallet + unrealized`.
    ///
    /// # Errors
    /// Overflow.
    pub fn equity(&self) -> Result<Money, crate::ValueError> {
        self.wallet.plus(self.unrealized)
    }
}
