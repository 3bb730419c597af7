//! The account at given marks, exact: equity, margin, and how far it is from liquidation.

use autotrading_domain::{Account, Direction, InstrumentId, Money, Price, Rate, ValueError, initial_margin};

use crate::{Ledger, LedgerError, MarginMode, Position};

/// What stands behind a position, or behind the account, and what it must not fall to. Settlement currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarginHealth {
    /// Margin plus unrealized profit.
    pub balance: Money,
    /// Maintenance margin: at or below it the venue liquidates.
    pub maintenance: Money,
}

impl MarginHealth {
    /// `maintenance / balance`: at 1 the venue liquidates. `None` when no balance is left but maintenance is due.
    ///
    /// ```
    /// use autotrading_domain::Money;
    /// use autotrading_positions::MarginHealth;
    /// let health = MarginHealth { balance: Money::new(200.into()), maintenance: Money::new(50.into()) };
    /// assert_eq!(health.ratio().map(|ratio| ratio.to_string()), Some("0.25".to_owned()));
    /// ```
    pub fn ratio(&self) -> Option<Rate> {
        if self.maintenance.is_zero() && !self.balance.is_negative() {
            return Some(Rate::ZERO);
        }
        if self.balance <= Money::ZERO {
            return None;
        }
        self.maintenance.get().checked_div(self.balance.get()).map(Rate::new)
    }

    /// `balance - maintenance`: what may still be lost, as long as maintenance stays.
    ///
    /// # Errors
    /// Overflow.
    pub fn headroom(&self) -> Result<Money, ValueError> {
        self.balance.minus(self.maintenance)
    }

    /// Whether the venue liquidates: something is at stake, and the balance is at or below maintenance.
    pub fn is_liquidated(&self) -> bool {
        !self.maintenance.is_zero() && self.balance <= self.maintenance
    }
}

impl Ledger {
    /// The account at given marks, exact. `used_margin` counts spot holdings at cost, isolated positions by their
    /// assigned margin and cross positions by `notional at mark / leverage`.
    ///
    /// # Errors
    /// [`LedgerError::MissingMark`] when an instrument in which a position is open has no mark; overflow.
    pub fn account(&self, mark_of: impl Fn(InstrumentId) -> Option<Price>) -> Result<Account, LedgerError> {
        let (mut unrealized, mut used_margin) = (Money::ZERO, Money::ZERO);
        for position in self.open_positions() {
            let mark = needed_mark(position.instrument, &mark_of)?;
            unrealized = unrealized.plus(position.unrealized(mark)?)?;
            used_margin = used_margin.plus(self.used_margin(position, mark)?)?;
        }
        Ok(Account { wallet: self.totals.wallet, unrealized, used_margin })
    }

    /// What can still be used as margin, or paid out; never negative. Isolated: `cash - assigned margins`. Cross:
    /// `cash + unrealized profit of perpetuals - initial margins`, so that a loss takes its part at once.
    ///
    /// # Errors
    /// [`LedgerError::MissingMark`], overflow.
    pub fn available(&self, mark_of: impl Fn(InstrumentId) -> Option<Price>) -> Result<Money, LedgerError> {
        let mut free = self.totals.cash;
        for position in self.open_positions() {
            if !self.is_perpetual(position)? {
                continue;
            }
            let mark = needed_mark(position.instrument, &mark_of)?;
            free = free.minus(self.used_margin(position, mark)?)?;
            if matches!(self.rules.margin, MarginMode::Cross { .. }) {
                free = free.plus(position.unrealized(mark)?)?;
            }
        }
        Ok(free.max(Money::ZERO))
    }

    /// How a one-way position stands against its maintenance margin. Isolated: the position alone. Cross: the whole
    /// account, which is the same whatever the instrument.
    ///
    /// # Errors
    /// Unknown instrument, hedge mode, [`LedgerError::MissingMark`], overflow.
    pub fn margin_health(
        &self,
        id: InstrumentId,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<MarginHealth, LedgerError> {
        self.health(self.position(id)?, &mark_of)
    }

    /// As [`margin_health`](Self::margin_health), for a leg of a hedge account.
    ///
    /// # Errors
    /// Unknown instrument, a flat leg, one-way mode, [`LedgerError::MissingMark`], overflow.
    pub fn margin_health_of(
        &self,
        id: InstrumentId,
        leg: Direction,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<MarginHealth, LedgerError> {
        self.health(self.position_of(id, leg)?, &mark_of)
    }

    fn health(
        &self,
        position: &Position,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<MarginHealth, LedgerError> {
        match self.rules.margin {
            MarginMode::Cross { .. } => {
                let (maintenance, unrealized) = self.perpetuals_but(None, mark_of)?;
                Ok(MarginHealth { balance: self.totals.cash.plus(unrealized)?, maintenance })
            }
            MarginMode::Isolated { .. } => {
                if position.is_flat() || !self.is_perpetual(position)? {
                    return Ok(MarginHealth::default());
                }
                let mark = needed_mark(position.instrument, mark_of)?;
                let balance = self.isolated_margin(position)?.plus(position.unrealized(mark)?)?;
                Ok(MarginHealth { balance, maintenance: self.maintenance(position, mark)? })
            }
        }
    }

    /// Maintenance margin and unrealized profit of all perpetuals but one.
    pub(crate) fn perpetuals_but(
        &self,
        left_out: Option<InstrumentId>,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<(Money, Money), LedgerError> {
        let (mut maintenance, mut unrealized) = (Money::ZERO, Money::ZERO);
        for position in self.open_positions().filter(|position| Some(position.instrument) != left_out) {
            if !self.is_perpetual(position)? {
                continue;
            }
            let mark = needed_mark(position.instrument, mark_of)?;
            maintenance = maintenance.plus(self.maintenance(position, mark)?)?;
            unrealized = unrealized.plus(position.unrealized(mark)?)?;
        }
        Ok((maintenance, unrealized))
    }

    /// The margin assigned to a position: `booked(open cost / leverage)` when isolated, nothing otherwise.
    pub(crate) fn isolated_margin(&self, position: &Position) -> Result<Money, LedgerError> {
        match self.rules.margin {
            MarginMode::Isolated { leverage } if self.is_perpetual(position)? => {
                Ok(position.open_cost.over(leverage)?.booked())
            }
            MarginMode::Isolated { .. } | MarginMode::Cross { .. } => Ok(Money::ZERO),
        }
    }

    pub(crate) fn open_positions(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().filter(|position| !position.is_flat())
    }

    pub(crate) fn is_perpetual(&self, position: &Position) -> Result<bool, LedgerError> {
        Ok(self.instruments.get(position.instrument)?.is_perpetual())
    }

    /// Maintenance margin of one position by the tier of its notional.
    fn maintenance(&self, position: &Position, mark: Price) -> Result<Money, LedgerError> {
        let tiers = self.instruments.get(position.instrument)?.tiers();
        Ok(tiers.maintenance(position.notional(mark)?)?)
    }

    fn used_margin(&self, position: &Position, mark: Price) -> Result<Money, LedgerError> {
        if !self.is_perpetual(position)? {
            return Ok(position.open_cost);
        }
        match self.rules.margin {
            MarginMode::Isolated { .. } => self.isolated_margin(position),
            MarginMode::Cross { leverage } => {
                Ok(initial_margin(position.notional(mark)?, leverage)?.booked())
            }
        }
    }
}

fn needed_mark(
    instrument: InstrumentId,
    mark_of: &impl Fn(InstrumentId) -> Option<Price>,
) -> Result<Price, LedgerError> {
    mark_of(instrument).ok_or(LedgerError::MissingMark { instrument })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_that_is_gone_has_no_ratio_and_an_idle_account_none_to_fear() {
        let health = |balance: i64, maintenance: i64| MarginHealth {
            balance: Money::new(balance.into()),
            maintenance: Money::new(maintenance.into()),
        };
        assert_eq!(health(0, 5).ratio(), None);
        assert_eq!(health(-3, 5).ratio(), None);
        assert_eq!(health(100, 0).ratio(), Some(Rate::ZERO));
        assert!(health(5, 5).is_liquidated() && !health(6, 5).is_liquidated());
        assert!(!health(0, 0).is_liquidated());
    }
}
