//! Prices and the differences between them.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Money, Quantity, Rate, ValueError, exact};

/// What one unit of the base asset costs. Unit: quote currency per base unit. Always above zero.
///
/// ```
/// use autotrading_domain::{Price, Quantity};
/// let price = Price::new("25000.5".parse()?)?;
/// let quantity = Quantity::new("0.2".parse()?)?;
/// assert_eq!(price.times(quantity)?.to_string(), "5000.10");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What means nothing does not compile:
///
/// ```compile_fail,E0369
/// # use autotrading_domain::{Price, Quantity};
/// fn nonsense(price: Price, quantity: Quantity) {
///     let _ = price + quantity;
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Price(Decimal);

impl Price {
    /// A price from its exact value.
    ///
    /// # Errors
    /// [`ValueError::NotPositive`] at zero and below.
    pub fn new(raw: Decimal) -> Result<Self, ValueError> {
        if raw > Decimal::ZERO {
            Ok(Self(raw))
        } else {
            Err(ValueError::NotPositive { what: "price", got: raw })
        }
    }

    /// The exact value.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// The nearest measurement.
    pub fn to_f64(self) -> f64 {
        exact::measured(self.0)
    }

    /// `notional = price * quantity`, in quote currency.
    ///
    /// # Errors
    /// Overflow, or underflow to zero.
    pub fn times(self, quantity: Quantity) -> Result<Money, ValueError> {
        exact::multiply(self.0, quantity.get(), "price times quantity").map(Money::new)
    }

    /// `self - other`: how much dearer this price is.
    ///
    /// # Errors
    /// Overflow.
    pub fn minus(self, other: Self) -> Result<PriceDelta, ValueError> {
        exact::subtract(self.0, other.0, "price minus price").map(PriceDelta)
    }

    /// The price moved by `delta`.
    ///
    /// # Errors
    /// [`ValueError::NotPositive`] when nothing is left, or overflow.
    pub fn moved(self, delta: PriceDelta) -> Result<Self, ValueError> {
        exact::add(self.0, delta.0, "price plus delta").and_then(Self::new)
    }

    /// The price scaled by `1 + rate`: `price.shifted(5 %)` is 5 % above.
    ///
    /// # Errors
    /// [`ValueError::NotPositive`] at a rate of -100 % and below, or overflow.
    pub fn shifted(self, rate: Rate) -> Result<Self, ValueError> {
        let factor = exact::add(Decimal::ONE, rate.get(), "one plus rate")?;
        if factor <= Decimal::ZERO {
            return Err(ValueError::NotPositive { what: "price", got: factor });
        }
        exact::multiply(self.0, factor, "price times rate").and_then(Self::new)
    }
}

/// A difference of two prices, signed. Unit: quote currency per base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceDelta(Decimal);

impl PriceDelta {
    /// A difference from its exact value.
    pub const fn new(raw: Decimal) -> Self {
        Self(raw)
    }

    /// The exact value.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// `profit = delta * quantity`, in quote currency.
    ///
    /// # Errors
    /// Overflow, or underflow to zero.
    pub fn times(self, quantity: Quantity) -> Result<Money, ValueError> {
        exact::multiply(self.0, quantity.get(), "price delta times quantity").map(Money::new)
    }
}

impl TryFrom<Decimal> for Price {
    type Error = ValueError;
    fn try_from(raw: Decimal) -> Result<Self, ValueError> {
        Self::new(raw)
    }
}

impl From<Price> for Decimal {
    fn from(price: Price) -> Self {
        price.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PriceDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        Price::new(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_price_is_above_zero() {
        assert_eq!(
            Price::new(Decimal::ZERO),
            Err(ValueError::NotPositive { what: "price", got: Decimal::ZERO })
        );
        assert!(Price::new(Decimal::NEGATIVE_ONE).is_err());
    }

    #[test]
    fn a_difference_times_a_quantity_is_money() {
        let delta = price("101.5").minus(price("100")).unwrap();
        assert_eq!(
            delta.times(Quantity::new(Decimal::TWO).unwrap()).unwrap(),
            Money::new(Decimal::new(30, 1))
        );
    }

    #[test]
    fn a_shift_below_nothing_is_refused() {
        assert!(price("10").shifted(Rate::new(Decimal::NEGATIVE_ONE)).is_err());
        assert_eq!(price("10").shifted(Rate::new(Decimal::new(5, 2))).unwrap(), price("10.50"));
    }

    #[test]
    fn prices_travel_as_strings_only() {
        assert_eq!(serde_json::to_string(&price("0.1")).unwrap(), "\"0.1\"");
        assert!(serde_json::from_str::<Price>("0.1").is_err());
        assert!(serde_json::from_str::<Price>("\"-1\"").is_err());
        assert_eq!(serde_json::from_str::<Price>("\"2.50\"").unwrap(), price("2.50"));
    }
}
