//! The end of a position whose margin is used up.

use autotrading_domain::{
    FillCause, Liquidation, LiquidationInputs, Liquidity, Money, Price, Side, ValueError, bankruptcy,
    liquidation, unrealized,
};
use rust_decimal::Decimal;

use super::{FillReason, book::Danger, clearing::CrossShare, execution::Deal, phase::Phase};

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

    /// Looks at a position that shares the wallet with others, at this mark: what it adds and asks, and where the
    /// account would be liquidated on its price while the others' stay. Nothing where positions carry their own margin.
    pub(super) fn look_at_account(&mut self, mark: f64) -> Result<(), ValueError> {
        if !self.clearing.rules.margin.is_cross() || !self.book.instrument.is_perpetual() {
            return Ok(());
        }
        let share = if self.book.position.is_flat() { CrossShare::default() } else { self.share_at(mark)? };
        let place = self.book.id.index();
        if self.clearing.shares.len() <= place {
            self.clearing.shares.resize(place + 1, CrossShare::default());
        }
        if let Some(kept) = self.clearing.shares.get_mut(place) {
            *kept = share;
        }
        if self.clearing.rules.liquidation {
            self.book.danger = self.danger(self.book.instrument.price(mark)?)?;
        }
        Ok(())
    }

    fn share_at(&self, mark: f64) -> Result<CrossShare, ValueError> {
        let (position, mark) = (&self.book.position, self.book.instrument.price(mark)?);
        let quantity = position.quantity();
        let unrealized = unrealized(position.direction(), quantity, position.open_cost(), mark)?;
        let maintenance = self.book.instrument.tiers().maintenance(mark.times(quantity)?)?;
        Ok(CrossShare { unrealized, maintenance })
    }

    /// A liquidation fee that the account can still pay: where positions share the wallet, it never falls below zero
    /// for a fee.
    pub(super) fn payable(&self, fee: Money, realized: Money) -> Result<Money, ValueError> {
        if !self.clearing.rules.margin.is_cross() {
            return Ok(fee);
        }
        let others = self.clearing.others(self.book.id)?;
        let left = self.clearing.shared_wallet()?.plus(realized)?.plus(others.unrealized)?;
        Ok(fee.min(left.max(Money::ZERO)))
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
        let cross = self.clearing.rules.margin.is_cross();
        let others = if cross { self.clearing.others(self.book.id)? } else { CrossShare::default() };
        let wallet_balance = if cross {
            self.clearing.shared_wallet()?
        } else {
            self.clearing.isolated_margin(&self.book.instrument, position)?
        };
        let inputs = LiquidationInputs {
            direction: position.direction(),
            quantity: position.quantity(),
            open_cost: position.open_cost(),
            wallet_balance,
            other_maintenance: others.maintenance,
            other_unrealized: others.unrealized,
            tiers: self.book.instrument.tiers(),
            mark,
        };
        Ok(Some((inputs, opening.opposite())))
    }
}
