//! The account as decimals, in the engine's own steps: what equity is measured by between two fills.

use autotrading_domain::{Direction, Money};

use super::ColumnFault;
use super::terms::Terms;

/// Equity between two fills: `wallet + (quantity * close - cost)`, in this order of operations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    wallet: f64,
    quantity: f64,
    cost: f64,
}

impl Level {
    #[inline]
    pub(super) fn at(&self, close: f64) -> f64 {
        self.wallet + (self.quantity * close - self.cost)
    }
}

/// The sums that a ledger keeps, with the scales that it gives them: a measurement depends on them in its last bit.
#[derive(Clone, Debug)]
pub(super) struct Books {
    stance: Direction,
    cost: Money,
    realized: Money,
    fees: Money,
    pub(super) level: Level,
}

impl Books {
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            stance: Direction::Flat,
            cost: Money::ZERO,
            realized: Money::ZERO,
            fees: Money::ZERO,
            level: Level { wallet: terms.cash.to_f64(), quantity: 0.0, cost: 0.0 },
        }
    }

    /// Books the fill that brings the position to `to` at an open.
    pub(super) fn fill(&mut self, terms: &Terms, to: Direction, open: f64) -> Result<(), ColumnFault> {
        let price = terms.instrument.price(open)?;
        let turns = self.stance != Direction::Flat && to != Direction::Flat;
        let traded = price.times(if turns { terms.double } else { terms.quantity })?;
        self.fees = self.fees.plus(traded.times(terms.fee)?.booked())?;
        let notional = if turns { price.times(terms.quantity)? } else { traded };
        let gain = match self.stance {
            Direction::Long => notional.minus(self.cost)?,
            Direction::Short => self.cost.minus(notional)?,
            Direction::Flat => Money::ZERO,
        };
        self.realized = self.realized.plus(gain.booked())?;
        self.stance = to;
        self.cost = if to == Direction::Flat { Money::ZERO } else { notional };
        let wallet = terms.cash.plus(self.realized)?.minus(self.fees)?;
        self.level = Level {
            wallet: wallet.to_f64(),
            quantity: to.sign() * terms.quantity.to_f64(),
            cost: to.sign() * self.cost.to_f64(),
        };
        Ok(())
    }
}
