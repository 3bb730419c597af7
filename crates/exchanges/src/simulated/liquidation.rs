//! The end of a position whose margin is used up.

use autotrading_domain::{
    FillCause, Liquidation, LiquidationInputs, Liquidity, Money, Price, Side, ValueError, bankruptcy,
    liquidation,
};
use rust_decimal::Decimal;

use super::{FillReason, book::Danger, execution::Deal, phase::Phase};

impl Phase<'_> {
    /// The mark prices at which the position will be liquidated, worked out whenever it changes.
    pub(super) fn danger(&self, mark: Price) -> Result<Danger, ValueError> {
        let Some((inputs, side)) = self.liquidation_inputs(mark)? else { return Ok(Danger::NONE) };
        let level = match liquidation(&inputs)? {
            Liquidation::Never => return Ok(Danger::NONE),
            Liquidation::At(price) => price.to_f64(),
            // At the very next price.
            Liquidation::Already if side == Side::Sell => f64::INFINITY,
            Liquidation::Already => f64::NEG_INFINITY,
        };
        Ok(match side {
            Side::Sell => Danger { below: level, ..Danger::NONE },
            Side::Buy => Danger { above: level, ..Danger::NONE },
        })
    }

    /// Takes the position over at its bankruptcy price: the whole isolated margin is lost and, however far the price
    /// has gone, not more than it; what is left between liquidation and bankruptcy goes to the insurance fund. The
    /// liquidation fee comes on top. All orders of the instrument are cancelled.
    pub(super) fn liquidate(&mut self, reference: f64) -> Result<(), ValueError> {
        let mark = self.book.instrument.price(reference)?;
        let Some((inputs, side)) = self.liquidation_inputs(mark)? else { return Ok(()) };
        let (quantity, bankrupt) = (inputs.quantity, bankruptcy(&inputs)?);
        let price = self.never_beyond(bankrupt.unwrap_or(mark), side)?;
        let deal = Deal {
            side,
            price,
            quantity,
            liquidity: Liquidity::Taker,
            cause: FillCause::Liquidation,
            reason: FillReason::Liquidated,
            reference,
            half_spread: 0.0,
            impact: 0.0,
        };
        let fill = self.settle(None, &deal)?;
        self.announce(fill);
        while let Some(priority) = self.book.orders.first().map(|order| order.priority) {
            self.cancel(priority, "the position was liquidated")?;
        }
        Ok(())
    }

    /// The tick at a price or on its good side, so that rounding never loses more than the margin.
    fn never_beyond(&self, price: Price, side: Side) -> Result<Price, ValueError> {
        let ticks = self.book.instrument.ticks();
        let floor = ticks.floor(price.get())?;
        let low_enough = side == Side::Buy && floor > Decimal::ZERO;
        if floor == price.get() || low_enough {
            return Price::new(floor);
        }
        let above = floor.checked_add(ticks.step()).ok_or(ValueError::Overflow { what: "tick above" })?;
        Price::new(above)
    }

    /// The position as the margin formulas see it, and the side that closes it.
    fn liquidation_inputs(&self, mark: Price) -> Result<Option<(LiquidationInputs<'_>, Side)>, ValueError> {
        let position = &self.book.position;
        let Some(opening) = position.direction().opening_side() else { return Ok(None) };
        if !self.book.instrument.is_perpetual() {
            return Ok(None);
        }
        let inputs = LiquidationInputs {
            direction: position.direction(),
            quantity: position.quantity(),
            open_cost: position.open_cost(),
            wallet_balance: self.clearing.isolated_margin(&self.book.instrument, position)?,
            other_maintenance: Money::ZERO,
            other_unrealized: Money::ZERO,
            tiers: self.book.instrument.tiers(),
            mark,
        };
        Ok(Some((inputs, opening.opposite())))
    }
}
