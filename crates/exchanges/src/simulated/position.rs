//! A position as the venue counts it: the fold of its own fills.

use autotrading_domain::{Direction, Money, Price, Quantity, Side, ValueError};
use rust_decimal::Decimal;

/// Signed quantity and what it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    signed: Decimal,
    open_cost: Money,
}

impl Position {
    /// Base units, positive long, negative short.
    pub(super) const fn signed(&self) -> Decimal {
        self.signed
    }

    pub(super) fn quantity(&self) -> Quantity {
        Quantity::of(self.signed)
    }

    /// Sum of price times quantity of what is still open.
    pub(super) const fn open_cost(&self) -> Money {
        self.open_cost
    }

    pub(super) fn is_flat(&self) -> bool {
        self.signed.is_zero()
    }

    pub(super) fn direction(&self) -> Direction {
        if self.signed.is_zero() {
            Direction::Flat
        } else if self.signed.is_sign_positive() {
            Direction::Long
        } else {
            Direction::Short
        }
    }

    /// How much of the position an order of this side can close.
    pub(super) fn reducible_by(&self, side: Side) -> Quantity {
        let opening = self.direction().opening_side();
        if opening == Some(side.opposite()) { self.quantity() } else { Quantity::ZERO }
    }

    /// Takes a fill of this notional (`price * quantity`) and gives back the profit that it realized, booked.
    ///
    /// A part of the position releases its share of the cost, booked; the whole of it releases all there is; what
    /// passes zero opens anew at the fill's price.
    pub(super) fn take(
        &mut self,
        side: Side,
        price: Price,
        quantity: Quantity,
        notional: Money,
    ) -> Result<Money, ValueError> {
        let held = self.reducible_by(side);
        if held.is_zero() {
            self.open_cost = self.open_cost.plus(notional)?;
            self.signed = added(self.signed, quantity.signed(side))?;
            return Ok(Money::ZERO);
        }
        let long = side == Side::Sell;
        if quantity < held {
            let released = share(self.open_cost, quantity, held)?.booked();
            self.open_cost = self.open_cost.minus(released)?;
            self.signed = added(self.signed, quantity.signed(side))?;
            return gain(long, notional, released);
        }
        let released = self.open_cost;
        let opened = quantity.less(held);
        let closed = if opened.is_zero() { notional } else { price.times(held)? };
        self.open_cost = if opened.is_zero() { Money::ZERO } else { price.times(opened)? };
        self.signed = opened.signed(side);
        gain(long, closed, released)
    }
}

/// Profit of selling for `notional` what cost `released`, the other way round for a short.
fn gain(long: bool, notional: Money, released: Money) -> Result<Money, ValueError> {
    let profit = if long { notional.minus(released)? } else { released.minus(notional)? };
    Ok(profit.booked())
}

/// `cost * part / whole`.
fn share(cost: Money, part: Quantity, whole: Quantity) -> Result<Money, ValueError> {
    let what = "released cost";
    let product = cost.get().checked_mul(part.get()).ok_or(ValueError::Overflow { what })?;
    if product.is_zero() && !cost.is_zero() && !part.is_zero() {
        return Err(ValueError::Underflow { what });
    }
    product.checked_div(whole.get()).map(Money::new).ok_or(ValueError::Overflow { what })
}

fn added(left: Decimal, right: Decimal) -> Result<Decimal, ValueError> {
    left.checked_add(right).ok_or(ValueError::Overflow { what: "position" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(position: &mut Position, side: Side, price: &str, quantity: &str) -> String {
        let price = Price::new(price.parse().unwrap()).unwrap();
        let quantity = Quantity::new(quantity.parse().unwrap()).unwrap();
        let notional = price.times(quantity).unwrap();
        position.take(side, price, quantity, notional).unwrap().get().normalize().to_string()
    }

    #[test]
    fn a_third_of_a_position_releases_its_booked_share_of_the_cost() {
        let mut position = Position::default();
        take(&mut position, Side::Buy, "10", "1");
        take(&mut position, Side::Buy, "11", "2");
        assert_eq!(take(&mut position, Side::Sell, "12", "1"), "1.333333333333"); // 12 - 32 / 3, booked
        assert_eq!(position.open_cost().to_string(), "21.333333333333");
        assert_eq!(take(&mut position, Side::Sell, "12", "2"), "2.666666666667"); // all that is left
        assert_eq!(position, Position::default());
    }

    #[test]
    fn what_passes_zero_opens_anew_at_the_fills_price() {
        let mut position = Position::default();
        take(&mut position, Side::Sell, "100", "1");
        assert_eq!(take(&mut position, Side::Buy, "90", "3"), "10");
        assert_eq!((position.signed(), position.open_cost().get()), (Decimal::TWO, Decimal::from(180)));
    }
}
