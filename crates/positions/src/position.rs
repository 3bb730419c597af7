//! What is held of one instrument, and what it cost.

use autotrading_domain::{Direction, Holding, InstrumentId, Money, Price, Quantity, ValueError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{RoundTrip, round_trip::average};

/// A position: the fold of its fills. Money in settlement currency, quantities in base units.
///
/// It keeps its **open cost**; the average entry is derived, because an average times a quantity does not give the cost
/// back exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub(crate) instrument: InstrumentId,
    pub(crate) direction: Direction,
    pub(crate) quantity: Quantity,
    pub(crate) open_cost: Money,
    pub(crate) realized: Money,
    pub(crate) fees: Money,
    pub(crate) funding: Money,
    pub(crate) trip: Option<RoundTrip>,
}

impl Position {
    /// Nothing yet.
    pub(crate) const fn flat(instrument: InstrumentId) -> Self {
        Self {
            instrument,
            direction: Direction::Flat,
            quantity: Quantity::ZERO,
            open_cost: Money::ZERO,
            realized: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
            trip: None,
        }
    }

    /// On what.
    pub const fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    /// Long, short or flat.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// How much.
    pub const fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// How much, positive long and negative short.
    pub fn signed(&self) -> Decimal {
        match self.direction {
            Direction::Long => self.quantity.get(),
            Direction::Short => -self.quantity.get(),
            Direction::Flat => Decimal::ZERO,
        }
    }

    /// Whether nothing is held.
    pub fn is_flat(&self) -> bool {
        self.quantity.is_zero()
    }

    /// What the open quantity cost, never negative.
    pub const fn open_cost(&self) -> Money {
        self.open_cost
    }

    /// `open cost / quantity`, to 28 digits; `None` when flat.
    pub fn average_entry(&self) -> Option<Price> {
        average(self.open_cost, self.quantity).ok()
    }

    /// Profit of everything closed in this instrument since the books began, before fees and funding.
    pub const fn realized(&self) -> Money {
        self.realized
    }

    /// Fees in settlement currency since the books began.
    pub const fn fees(&self) -> Money {
        self.fees
    }

    /// Funding received, less what was paid, since the books began.
    pub const fn funding(&self) -> Money {
        self.funding
    }

    /// The round trip that is open; `None` when flat.
    pub const fn trip(&self) -> Option<&RoundTrip> {
        self.trip.as_ref()
    }

    /// Profit at a price: `side * (quantity * price - open cost)`.
    ///
    /// # Errors
    /// Overflow.
    pub fn unrealized(&self, price: Price) -> Result<Money, ValueError> {
        autotrading_domain::unrealized(self.direction, self.quantity, self.open_cost, price)
    }

    /// Value at a price: `quantity * price`, never negative.
    ///
    /// # Errors
    /// Overflow.
    pub fn notional(&self, price: Price) -> Result<Money, ValueError> {
        if self.is_flat() { Ok(Money::ZERO) } else { price.times(self.quantity) }
    }

    /// The position as the rule crates see it.
    pub(crate) fn holding(&self, isolated_margin: Money) -> Holding {
        Holding {
            instrument: self.instrument,
            signed: self.signed(),
            open_cost: self.open_cost,
            isolated_margin,
        }
    }

    /// Whether flat means flat in every field, and open means open.
    pub(crate) fn is_consistent(&self) -> bool {
        let trip = self.trip.map(|trip| trip.direction).unwrap_or_default();
        let flat = self.quantity.is_zero();
        flat == (self.direction == Direction::Flat)
            && trip == self.direction
            && !self.open_cost.is_negative()
            && (!flat || self.open_cost.is_zero())
    }
}
