//! Quantities: how much of the base asset.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Side, ValueError, exact};

/// How much of the base asset. Unit: base units (contracts times multiplier on a venue that counts contracts).
/// Never negative: direction is a [`Side`], not a minus sign.
///
/// ```
/// use autotrading_domain::Quantity;
/// let held = Quantity::new("0.5".parse()?)?;
/// let sold = Quantity::new("0.2".parse()?)?;
/// assert_eq!(held.minus(sold)?.to_string(), "0.3");
/// assert!(sold.minus(held).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Quantity(Decimal);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A quantity from its exact value.
    ///
    /// # Errors
    /// [`ValueError::Negative`] below zero.
    pub fn new(raw: Decimal) -> Result<Self, ValueError> {
        if raw >= Decimal::ZERO {
            Ok(Self(raw))
        } else {
            Err(ValueError::Negative { what: "quantity", got: raw })
        }
    }

    /// The size of a signed amount, whatever its direction.
    pub fn of(signed: Decimal) -> Self {
        Self(signed.abs())
    }

    /// The exact value.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// The nearest measurement.
    pub fn to_f64(self) -> f64 {
        exact::measured(self.0)
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Positive when bought, negative when sold.
    pub fn signed(self, side: Side) -> Decimal {
        match side {
            Side::Buy => self.0,
            Side::Sell => -self.0,
        }
    }

    /// `self + other`.
    ///
    /// # Errors
    /// Overflow.
    pub fn plus(self, other: Self) -> Result<Self, ValueError> {
        exact::add(self.0, other.0, "quantity plus quantity").map(Self)
    }

    /// `self - other`.
    ///
    /// # Errors
    /// [`ValueError::Negative`] when `other` is the larger.
    pub fn minus(self, other: Self) -> Result<Self, ValueError> {
        exact::subtract(self.0, other.0, "quantity minus quantity").and_then(Self::new)
    }

    /// `self - other`, or nothing when `other` is the larger.
    pub fn less(self, other: Self) -> Self {
        if self > other { Self(self.0 - other.0) } else { Self::ZERO }
    }
}

impl TryFrom<Decimal> for Quantity {
    type Error = ValueError;
    fn try_from(raw: Decimal) -> Result<Self, ValueError> {
        Self::new(raw)
    }
}

impl From<Quantity> for Decimal {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_never_negative() {
        assert!(Quantity::new(Decimal::NEGATIVE_ONE).is_err());
        assert!(Quantity::new(Decimal::ZERO).unwrap().is_zero());
    }

    #[test]
    fn direction_is_a_side() {
        let two = Quantity::new(Decimal::TWO).unwrap();
        assert_eq!(two.signed(Side::Sell), -Decimal::TWO);
        assert_eq!(Quantity::of(-Decimal::TWO), two);
    }

    #[test]
    fn more_than_there_is_leaves_nothing() {
        let (one, two) = (Quantity::of(Decimal::ONE), Quantity::of(Decimal::TWO));
        assert_eq!(one.less(two), Quantity::ZERO);
        assert_eq!(two.less(one), one);
    }
}
