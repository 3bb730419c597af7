//! The account at a mark, exact: equity, margin, and where a position would be liquidated.

use autotrading_domain::{
    Account, InstrumentId, Liquidation, LiquidationInputs, Money, Price, initial_margin, liquidation,
};

use crate::{Ledger, LedgerError, MarginMode, Position};

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

    /// Where the position of a one-way account would be liquidated, given its mark. Spot and flat: never. With isolated
    /// margin the position stands alone; with cross margin the wallet and all other perpetuals count, at `mark_of`.
    ///
    /// # Errors
    /// Unknown instrument, hedge mode, [`LedgerError::MissingMark`] with cross margin, overflow.
    pub fn liquidation(
        &self,
        id: InstrumentId,
        mark: Price,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Liquidation, LedgerError> {
        let position = self.position(id)?;
        if position.is_flat() || !self.is_perpetual(position)? {
            return Ok(Liquidation::Never);
        }
        Ok(liquidation(&self.liquidation_inputs(position, mark, &mark_of)?)?)
    }

    /// What the liquidation price of a position depends on.
    pub(crate) fn liquidation_inputs(
        &self,
        position: &Position,
        mark: Price,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<LiquidationInputs<'_>, LedgerError> {
        let (wallet_balance, other_maintenance, other_unrealized) = match self.rules.margin {
            MarginMode::Isolated { .. } => (self.isolated_margin(position)?, Money::ZERO, Money::ZERO),
            MarginMode::Cross { .. } => {
                let (maintenance, unrealized) = self.others(position.instrument, mark_of)?;
                (self.totals.cash, maintenance, unrealized)
            }
        };
        Ok(LiquidationInputs {
            direction: position.direction,
            quantity: position.quantity,
            open_cost: position.open_cost,
            wallet_balance,
            other_maintenance,
            other_unrealized,
            tiers: self.instruments.get(position.instrument)?.tiers(),
            mark,
        })
    }

    /// Maintenance margin and unrealized profit of all perpetuals but one.
    fn others(
        &self,
        id: InstrumentId,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<(Money, Money), LedgerError> {
        let (mut maintenance, mut unrealized) = (Money::ZERO, Money::ZERO);
        for position in self.open_positions().filter(|position| position.instrument != id) {
            if !self.is_perpetual(position)? {
                continue;
            }
            let mark = needed_mark(position.instrument, mark_of)?;
            maintenance = maintenance.plus(self.maintenance(position, mark)?)?;
            unrealized = unrealized.plus(position.unrealized(mark)?)?;
        }
        Ok((maintenance, unrealized))
    }

    pub(crate) fn open_positions(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().filter(|position| !position.is_flat())
    }

    pub(crate) fn is_perpetual(&self, position: &Position) -> Result<bool, LedgerError> {
        Ok(self.instruments.get(position.instrument)?.is_perpetual())
    }

    /// Maintenance margin of one position by the tier of its notional.
    pub(crate) fn maintenance(&self, position: &Position, mark: Price) -> Result<Money, LedgerError> {
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

pub(crate) fn needed_mark(
    instrument: InstrumentId,
    mark_of: &impl Fn(InstrumentId) -> Option<Price>,
) -> Result<Price, LedgerError> {
    mark_of(instrument).ok_or(LedgerError::MissingMark { instrument })
}
