//! Money, rates, leverage and the currencies they are counted in.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Price, Quantity, ValueError, exact};

/// A signed amount of the settlement currency. A notional is money.
///
/// ```
/// use autotrading_domain::{Money, Rate};
/// let notional = Money::new("10000".parse()?);
/// let taker = Rate::new("0.0004".parse()?);
/// assert_eq!(notional.times(taker)?.to_string(), "4.0000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount from its exact value.
    pub const fn new(raw: Decimal) -> Self {
        Self(raw)
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

    /// Whether something is owed.
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// The amount with the other sign.
    pub fn negated(self) -> Self {
        Self(-self.0)
    }

    /// The size of the amount.
    pub fn magnitude(self) -> Self {
        Self(self.0.abs())
    }

    /// `self + other`.
    ///
    /// # Errors
    /// Overflow.
    pub fn plus(self, other: Self) -> Result<Self, ValueError> {
        exact::add(self.0, other.0, "money plus money").map(Self)
    }

    /// `self - other`.
    ///
    /// # Errors
    /// Overflow.
    pub fn minus(self, other: Self) -> Result<Self, ValueError> {
        exact::subtract(self.0, other.0, "money minus money").map(Self)
    }

    /// `self * rate`.
    ///
    /// # Errors
    /// Overflow, or underflow to zero.
    pub fn times(self, rate: Rate) -> Result<Self, ValueError> {
        exact::multiply(self.0, rate.0, "money times rate").map(Self)
    }

    /// `self / leverage`: the margin that a notional needs.
    ///
    /// # Errors
    /// Underflow to zero.
    pub fn over(self, leverage: Leverage) -> Result<Self, ValueError> {
        exact::divide(self.0, leverage.0, "money by leverage").map(Self)
    }

    /// `self / price`: how much of the base asset the money buys.
    ///
    /// # Errors
    /// [`ValueError::Negative`] when the amount is negative; underflow to zero.
    pub fn by(self, price: Price) -> Result<Quantity, ValueError> {
        exact::divide(self.0, price.get(), "money by price").and_then(Quantity::new)
    }

    /// Rounded once, at booking: half-even to 12 decimals. Sums of booked amounts are exact.
    pub fn booked(self) -> Self {
        Self(exact::booked(self.0))
    }
}

/// A decimal fraction: 0.0004 is 4 basis points. Signed (a funding rate may be negative, a maker fee a rebate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(Decimal);

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A rate from its exact value.
    pub const fn new(raw: Decimal) -> Self {
        Self(raw)
    }

    /// A rate in basis points: `Rate::basis_points(4)` is 0.0004.
    pub fn basis_points(points: i64) -> Self {
        Self(Decimal::new(points, 4))
    }

    /// The exact value.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// The nearest measurement.
    pub fn to_f64(self) -> f64 {
        exact::measured(self.0)
    }

    /// The rate with the other sign.
    pub fn negated(self) -> Self {
        Self(-self.0)
    }
}

/// Notional carried per unit of margin. At least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Leverage(Decimal);

impl Leverage {
    /// No leverage: the whole notional is margin.
    pub const ONE: Self = Self(Decimal::ONE);

    /// A leverage from its exact value.
    ///
    /// # Errors
    /// [`ValueError::OutOfRange`] below 1 and above 1000.
    pub fn new(raw: Decimal) -> Result<Self, ValueError> {
        let high = Decimal::ONE_THOUSAND;
        if raw >= Decimal::ONE && raw <= high {
            Ok(Self(raw))
        } else {
            Err(ValueError::OutOfRange { what: "leverage", got: raw, low: Decimal::ONE, high })
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
}

impl TryFrom<Decimal> for Leverage {
    type Error = ValueError;
    fn try_from(raw: Decimal) -> Result<Self, ValueError> {
        Self::new(raw)
    }
}

impl From<Leverage> for Decimal {
    fn from(leverage: Leverage) -> Self {
        leverage.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Leverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The code of a currency or asset: 1 to 12 ASCII letters or digits, in capitals. Copies freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 12]);

impl Currency {
    /// Tether, the usual settlement currency.
    pub const USDT: Self = Self(*b"USDT\0\0\0\0\0\0\0\0");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD\0\0\0\0\0\0\0\0\0");

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }
}

impl FromStr for Currency {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let legal = (1..=12).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !legal {
            let expected = "1 to 12 capital letters or digits";
            return Err(ValueError::Unreadable { what: "currency", got: text.to_owned(), expected });
        }
        let mut code = [0; 12];
        for (slot, byte) in code.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Currency {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leverage_is_at_least_one() {
        assert!(Leverage::new(Decimal::new(9, 1)).is_err());
        assert_eq!(
            Money::new(Decimal::TEN).over(Leverage::new(Decimal::TWO).unwrap()).unwrap().to_string(),
            "5"
        );
    }

    #[test]
    fn a_currency_is_a_short_capital_code() {
        assert_eq!("BTC".parse::<Currency>().unwrap().as_str(), "BTC");
        assert_eq!("USDT".parse::<Currency>().unwrap(), Currency::USDT);
        for bad in ["", "usdt", "TOOLONGACURRENCY", "A B"] {
            assert!(bad.parse::<Currency>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn basis_points_are_ten_thousandths() {
        assert_eq!(Rate::basis_points(4).to_string(), "0.0004");
    }
}
