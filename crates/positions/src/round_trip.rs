//! From flat to flat: what one position was, from its first fill to its last.

use autotrading_domain::{
    Direction, FillCause, InstrumentId, Money, Price, Quantity, Span, Timestamp, ValueError,
};
use serde::{Deserialize, Serialize};

use crate::{LedgerError, precise};

/// A position's life so far, while it is open. Money in settlement currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTrip {
    /// Long or short.
    pub direction: Direction,
    /// Time of the fill that opened it.
    pub opened_at: Timestamp,
    /// The most that was held at once, in base units.
    pub largest: Quantity,
    /// All that was ever added, in base units.
    pub entered: Quantity,
    /// What that cost.
    pub entry_value: Money,
    /// All that was ever taken off, in base units.
    pub exited: Quantity,
    /// What that brought.
    pub exit_value: Money,
    /// Profit of what was taken off, before fees and funding.
    pub realized: Money,
    /// Fees in settlement currency.
    pub fees: Money,
    /// Funding received, less what was paid.
    pub funding: Money,
}

/// A position that was opened and closed. Partial closes belong to it; a flip ends one and begins the next.
/// Money in settlement currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedTrade {
    /// On what.
    pub instrument: InstrumentId,
    /// Long or short.
    pub direction: Direction,
    /// Time of the fill that opened it.
    pub opened_at: Timestamp,
    /// Time of the fill that closed the rest of it.
    pub closed_at: Timestamp,
    /// The most that was held at once, in base units.
    pub quantity: Quantity,
    /// Average price of all that was added.
    pub average_entry: Price,
    /// Average price of all that was taken off.
    pub average_exit: Price,
    /// Profit before fees and funding.
    pub realized: Money,
    /// Fees in settlement currency.
    pub fees: Money,
    /// Funding received, less what was paid.
    pub funding: Money,
    /// What brought the last fill about.
    pub cause: FillCause,
}

impl ClosedTrade {
    /// `realized - fees + funding`: what the trade did to the wallet.
    ///
    /// # Errors
    /// Overflow.
    pub fn net(&self) -> Result<Money, ValueError> {
        self.realized.minus(self.fees)?.plus(self.funding)
    }

    /// How long it was open; never negative, also when fills were told out of order.
    pub fn held_for(&self) -> Span {
        self.closed_at.since(self.opened_at).max(Span::ZERO)
    }
}

impl RoundTrip {
    /// Begins with the first fill.
    pub(crate) fn begin(direction: Direction, at: Timestamp) -> Self {
        Self {
            direction,
            opened_at: at,
            largest: Quantity::ZERO,
            entered: Quantity::ZERO,
            entry_value: Money::ZERO,
            exited: Quantity::ZERO,
            exit_value: Money::ZERO,
            realized: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
        }
    }

    /// After a fill added to the position, which now holds `held`.
    pub(crate) fn added(
        self,
        quantity: Quantity,
        cost: Money,
        fee: Money,
        held: Quantity,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            largest: self.largest.max(held),
            entered: precise::quantity_sum(self.entered, quantity)?,
            entry_value: precise::sum(self.entry_value, cost)?,
            fees: precise::sum(self.fees, fee)?,
            ..self
        })
    }

    /// After a fill took off some of it.
    pub(crate) fn reduced(
        self,
        quantity: Quantity,
        value: Money,
        realized: Money,
        fee: Money,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            exited: precise::quantity_sum(self.exited, quantity)?,
            exit_value: precise::sum(self.exit_value, value)?,
            realized: precise::sum(self.realized, realized)?,
            fees: precise::sum(self.fees, fee)?,
            ..self
        })
    }

    /// After funding.
    pub(crate) fn funded(self, amount: Money) -> Result<Self, LedgerError> {
        Ok(Self { funding: precise::sum(self.funding, amount)?, ..self })
    }

    /// The record of it, once nothing is held any more.
    pub(crate) fn ended(
        self,
        instrument: InstrumentId,
        at: Timestamp,
        cause: FillCause,
    ) -> Result<ClosedTrade, LedgerError> {
        Ok(ClosedTrade {
            instrument,
            direction: self.direction,
            opened_at: self.opened_at,
            closed_at: at,
            quantity: self.largest,
            average_entry: average(self.entry_value, self.entered)?,
            average_exit: average(self.exit_value, self.exited)?,
            realized: self.realized,
            fees: self.fees,
            funding: self.funding,
            cause,
        })
    }
}

/// `value / quantity`, to 28 digits.
pub(crate) fn average(value: Money, quantity: Quantity) -> Result<Price, ValueError> {
    let what = "average price";
    if quantity.is_zero() {
        return Err(ValueError::DivisionByZero { what });
    }
    let quotient = value.get().checked_div(quantity.get()).ok_or(ValueError::Overflow { what })?;
    Price::new(quotient.normalize())
}
