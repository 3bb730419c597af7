//! Arithmetic that loses no digit.
//!
//! A decimal holds 28 digits and rounds what does not fit. The identities of the books hold to the last digit, so here
//! such a result is an error instead.

use autotrading_domain::{Money, Price, Quantity, ValueError};
use rust_decimal::Decimal;

use crate::LedgerError;

/// `left + right`, exact.
pub(crate) fn sum(left: Money, right: Money) -> Result<Money, LedgerError> {
    whole("sum", left.get(), right.get(), Decimal::checked_add).map(Money::new)
}

/// `left - right`, exact.
pub(crate) fn difference(left: Money, right: Money) -> Result<Money, LedgerError> {
    signed_difference(left.get(), right.get()).map(Money::new)
}

/// `left + right` of quantities, exact.
pub(crate) fn quantity_sum(left: Quantity, right: Quantity) -> Result<Quantity, LedgerError> {
    whole("quantity sum", left.get(), right.get(), Decimal::checked_add).map(Quantity::of)
}

/// `left - right` of signed amounts, exact.
pub(crate) fn signed_difference(left: Decimal, right: Decimal) -> Result<Decimal, LedgerError> {
    whole("difference", left, right, Decimal::checked_sub)
}

/// `price * quantity`, exact.
pub(crate) fn cost(price: Price, quantity: Quantity) -> Result<Money, LedgerError> {
    let product = price.times(quantity)?;
    let (left, right) = (price.get(), quantity.get());
    let kept =
        |product: Decimal, left: Decimal, right: Decimal| product.scale() == left.scale() + right.scale();
    if quantity.is_zero() || kept(product.get(), left, right) {
        return Ok(product);
    }
    // Zeros at the end are no digits: 294.000 000 is 294. A price that was divided out comes with many.
    let (left, right) = (left.normalize(), right.normalize());
    match left.checked_mul(right) {
        Some(product) if kept(product, left, right) => Ok(Money::new(product)),
        _ => Err(LedgerError::Inexact { what: "cost", left, right }),
    }
}

/// The part of an amount that belongs to `part` out of `whole`: `booked(amount * part / whole)`, between zero and the
/// amount. All of it when the part is the whole.
pub(crate) fn share(amount: Money, part: Quantity, whole: Quantity) -> Result<Money, LedgerError> {
    if part >= whole {
        return Ok(amount);
    }
    let product = amount.get().checked_mul(part.get()).ok_or(ValueError::Overflow { what: "share" })?;
    let quotient = product.checked_div(whole.get()).ok_or(ValueError::Overflow { what: "share" })?;
    let booked = Money::new(quotient).booked();
    // Rounding an amount below the last booked digit up must not take more than there is.
    Ok(if booked.magnitude() > amount.magnitude() { amount } else { booked })
}

/// A sum or difference loses digits exactly when it had to drop decimals to fit.
fn whole(
    what: &'static str,
    left: Decimal,
    right: Decimal,
    operation: impl Fn(Decimal, Decimal) -> Option<Decimal>,
) -> Result<Decimal, LedgerError> {
    let result = operation(left, right).ok_or(ValueError::Overflow { what })?;
    let kept =
        |result: Decimal, left: Decimal, right: Decimal| result.scale() >= left.scale().max(right.scale());
    if left.is_zero() || right.is_zero() || kept(result, left, right) {
        return Ok(result);
    }
    // Zeros at the end are no digits.
    let (left, right) = (left.normalize(), right.normalize());
    match operation(left, right) {
        Some(result) if kept(result, left, right) => Ok(result),
        _ => Err(LedgerError::Inexact { what, left, right }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::new(text.parse().unwrap())
    }

    #[test]
    fn a_sum_that_would_drop_decimals_is_refused() {
        let (large, small) = (money("12345678901234567890"), money("0.000000000001"));
        assert!(matches!(sum(large, small), Err(LedgerError::Inexact { what: "sum", .. })));
        assert!(matches!(difference(large, small), Err(LedgerError::Inexact { .. })));
        assert_eq!(sum(money("0.1"), money("0.2")).unwrap(), money("0.3"));
        assert_eq!(sum(money("0.10"), money("-0.1")).unwrap(), Money::ZERO);
    }

    #[test]
    fn zeros_at_the_end_are_no_digits() {
        let price = Price::new("294.00000000000000000000000000".parse().unwrap()).unwrap();
        let quantity = Quantity::new("3.380".parse().unwrap()).unwrap();
        assert_eq!(cost(price, quantity).unwrap(), money("993.72"));
        let long = money("294.00000000000000000000000000");
        assert_eq!(sum(long, money("1000000.01")).unwrap(), money("1000294.01"));
        assert_eq!(difference(money("1000000.01"), long).unwrap(), money("999706.01"));
    }

    #[test]
    fn a_cost_that_would_drop_decimals_is_refused() {
        let price = Price::new("1.000000000000001".parse().unwrap()).unwrap();
        let quantity = Quantity::new("1.00000000000000000001".parse().unwrap()).unwrap();
        assert!(matches!(cost(price, quantity), Err(LedgerError::Inexact { what: "cost", .. })));
    }

    #[test]
    fn a_share_is_rounded_half_even_and_the_whole_is_not_rounded_at_all() {
        let quantity = |text: &str| Quantity::new(text.parse().unwrap()).unwrap();
        assert_eq!(share(money("100"), quantity("1"), quantity("3")).unwrap(), money("33.333333333333"));
        let fine = money("0.12345678901234567");
        assert_eq!(share(fine, quantity("3"), quantity("3")).unwrap(), fine);
        assert_eq!(
            share(money("0.0000000000006"), quantity("9"), quantity("10")).unwrap(),
            money("0.0000000000006"),
        );
    }
}
