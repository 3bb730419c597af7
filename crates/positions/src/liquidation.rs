//! Where the venue would take a position away.

use autotrading_domain::{
    Direction, InstrumentId, Liquidation, LiquidationInputs, MarginTier, MarginTiers, Money, Price, Rate,
    ValueError, bankruptcy, liquidation,
};
use rust_decimal::Decimal;

use crate::{Ledger, LedgerError, MarginMode, Position};

impl Ledger {
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
        self.liquidated(self.position(id)?, mark, &mark_of)
    }

    /// Where a leg of a hedge account would be liquidated. With isolated margin the leg stands alone. With cross margin
    /// both legs move with the price and share their fate: the price nearest to mark, below or above, at which the
    /// account's balance meets its maintenance.
    ///
    /// # Errors
    /// Unknown instrument, a flat leg, one-way mode, [`LedgerError::MissingMark`] with cross margin, overflow.
    pub fn liquidation_of(
        &self,
        id: InstrumentId,
        leg: Direction,
        mark: Price,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Liquidation, LedgerError> {
        let position = self.position_of(id, leg)?;
        if matches!(self.rules.margin, MarginMode::Isolated { .. }) || position.is_flat() {
            return self.liquidated(position, mark, &mark_of);
        }
        self.pair(id, &mark_of)?.liquidation(mark)
    }

    /// The price at which nothing is left of what stands behind a one-way position: maintenance is not counted. `None`
    /// when there is no such price above zero.
    ///
    /// # Errors
    /// As [`liquidation`](Self::liquidation).
    pub fn bankruptcy(
        &self,
        id: InstrumentId,
        mark: Price,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Option<Price>, LedgerError> {
        self.ruined(self.position(id)?, mark, &mark_of)
    }

    /// As [`bankruptcy`](Self::bankruptcy), for a leg of a hedge account. With cross margin it is the same for both legs,
    /// and there is none when they are equal.
    ///
    /// # Errors
    /// As [`liquidation_of`](Self::liquidation_of).
    pub fn bankruptcy_of(
        &self,
        id: InstrumentId,
        leg: Direction,
        mark: Price,
        mark_of: impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Option<Price>, LedgerError> {
        let position = self.position_of(id, leg)?;
        if matches!(self.rules.margin, MarginMode::Isolated { .. }) || position.is_flat() {
            return self.ruined(position, mark, &mark_of);
        }
        let pair = self.pair(id, &mark_of)?;
        pair.solution(Rate::ZERO, Rate::ZERO, Money::ZERO)
    }

    fn ruined(
        &self,
        position: &Position,
        mark: Price,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Option<Price>, LedgerError> {
        if position.is_flat() || !self.is_perpetual(position)? {
            return Ok(None);
        }
        Ok(bankruptcy(&self.liquidation_inputs(position, mark, mark_of)?)?)
    }

    fn liquidated(
        &self,
        position: &Position,
        mark: Price,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Liquidation, LedgerError> {
        if position.is_flat() || !self.is_perpetual(position)? {
            return Ok(Liquidation::Never);
        }
        Ok(liquidation(&self.liquidation_inputs(position, mark, mark_of)?)?)
    }

    /// What the liquidation price of a position depends on.
    fn liquidation_inputs(
        &self,
        position: &Position,
        mark: Price,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<LiquidationInputs<'_>, LedgerError> {
        let (wallet_balance, other_maintenance, other_unrealized) = match self.rules.margin {
            MarginMode::Isolated { .. } => (self.isolated_margin(position)?, Money::ZERO, Money::ZERO),
            MarginMode::Cross { .. } => {
                let (maintenance, unrealized) = self.perpetuals_but(Some(position.instrument), mark_of)?;
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

    fn pair(
        &self,
        id: InstrumentId,
        mark_of: &impl Fn(InstrumentId) -> Option<Price>,
    ) -> Result<Pair<'_>, LedgerError> {
        let (maintenance, unrealized) = self.perpetuals_but(Some(id), mark_of)?;
        Ok(Pair {
            long: self.position_of(id, Direction::Long)?,
            short: self.position_of(id, Direction::Short)?,
            free: self.totals.cash.plus(unrealized)?.minus(maintenance)?,
            tiers: self.instruments.get(id)?.tiers(),
        })
    }
}

/// Both legs of an instrument with cross margin, and what the rest of the account leaves them.
struct Pair<'a> {
    long: &'a Position,
    short: &'a Position,
    free: Money,
    tiers: &'a MarginTiers,
}

impl Pair<'_> {
    /// Balance less maintenance is `free - long cost + short cost + (L - S) p - M(L p) - M(S p)`: concave and piecewise
    /// linear, so zero at two prices at the most. Each pair of tiers is solved and taken where it contains its solution.
    fn liquidation(&self, mark: Price) -> Result<Liquidation, LedgerError> {
        if self.headroom(mark)? <= Money::ZERO {
            return Ok(Liquidation::Already);
        }
        let mut nearest: Option<Price> = None;
        for long_tier in self.tiers.as_slice() {
            for short_tier in self.tiers.as_slice() {
                let Some(price) = self.solution_of(long_tier, short_tier)? else { continue };
                let nearer = |other: Price| apart(price, mark) < apart(other, mark);
                if self.contains(price, long_tier, short_tier)? && nearest.is_none_or(nearer) {
                    nearest = Some(price);
                }
            }
        }
        Ok(nearest.map_or(Liquidation::Never, Liquidation::At))
    }

    fn headroom(&self, mark: Price) -> Result<Money, LedgerError> {
        let balance = self.free.plus(self.long.unrealized(mark)?)?.plus(self.short.unrealized(mark)?)?;
        let maintenance = self.tiers.maintenance(self.long.notional(mark)?)?;
        let both = maintenance.plus(self.tiers.maintenance(self.short.notional(mark)?)?)?;
        Ok(balance.minus(both)?)
    }

    fn solution_of(&self, long: &MarginTier, short: &MarginTier) -> Result<Option<Price>, LedgerError> {
        let amounts = long.maintenance_amount.plus(short.maintenance_amount)?;
        self.solution(long.maintenance_margin_rate, short.maintenance_margin_rate, amounts)
    }

    /// The price at which balance and maintenance at these rates, less these amounts, are equal; `None` where there is
    /// none above zero.
    fn solution(&self, of_long: Rate, of_short: Rate, amounts: Money) -> Result<Option<Price>, LedgerError> {
        let overflow = ValueError::Overflow { what: "liquidation price of a hedged pair" };
        let costs = self.short.open_cost.minus(self.long.open_cost)?;
        let constant = self.free.plus(amounts)?.plus(costs)?.get();
        let up = Decimal::ONE.checked_sub(of_long.get());
        let up = up.and_then(|rate| rate.checked_mul(self.long.quantity.get()));
        let down = Decimal::ONE.checked_add(of_short.get());
        let down = down.and_then(|rate| rate.checked_mul(self.short.quantity.get()));
        let slope = up.zip(down).and_then(|(up, down)| down.checked_sub(up));
        let slope = slope.ok_or_else(|| overflow.clone())?;
        if slope.is_zero() {
            return Ok(None);
        }
        Ok(Price::new(constant.checked_div(slope).ok_or(overflow)?).ok())
    }

    fn contains(
        &self,
        price: Price,
        long_tier: &MarginTier,
        short_tier: &MarginTier,
    ) -> Result<bool, LedgerError> {
        let of_long = self.tiers.tier_of(self.long.notional(price)?);
        let of_short = self.tiers.tier_of(self.short.notional(price)?);
        Ok(of_long == long_tier && of_short == short_tier)
    }
}

fn apart(price: Price, mark: Price) -> Decimal {
    // Both lie above zero, so that their difference fits.
    (price.get() - mark.get()).abs()
}
