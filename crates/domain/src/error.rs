//! What can be wrong with a value, always with the value and what was allowed.

use rust_decimal::Decimal;

/// A value that breaks the law of its type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// The value must be above zero.
    #[error("{what} must be above zero, got {got}")]
    NotPositive {
        /// The type that refused it.
        what: &'static str,
        /// The offending value.
        got: Decimal,
    },
    /// The value must not be below zero.
    #[error("{what} must not be negative, got {got}")]
    Negative {
        /// The type that refused it.
        what: &'static str,
        /// The offending value.
        got: Decimal,
    },
    /// A measurement is NaN or infinite, or not above zero where it must be.
    #[error("{what} must be a finite number{}, got {got}", if *positive { " above zero" } else { "" })]
    NotFinite {
        /// The measurement that was refused.
        what: &'static str,
        /// The offending value.
        got: f64,
        /// Whether it also had to be above zero.
        positive: bool,
    },
    /// The value lies outside a closed range.
    #[error("{what} must lie in {low}..={high}, got {got}")]
    OutOfRange {
        /// The type that refused it.
        what: &'static str,
        /// The offending value.
        got: Decimal,
        /// The smallest legal value.
        low: Decimal,
        /// The largest legal value.
        high: Decimal,
    },
    /// The value does not lie on the instrument's grid (price off tick, quantity off step).
    #[error("{what} {got} is not a multiple of {step}; the nearest legal value is {nearest}")]
    OffGrid {
        /// Price or quantity.
        what: &'static str,
        /// The offending value.
        got: Decimal,
        /// The grid's step.
        step: Decimal,
        /// The nearest value on the grid.
        nearest: Decimal,
    },
    /// A result does not fit into 96 bits of mantissa.
    #[error("{what} overflows")]
    Overflow {
        /// The operation that overflowed.
        what: &'static str,
    },
    /// A product or quotient of non-zero numbers is too small to be told from zero.
    #[error("{what} underflows to zero")]
    Underflow {
        /// The operation that underflowed.
        what: &'static str,
    },
    /// A quotient has a divisor of zero.
    #[error("{what} divides by zero")]
    DivisionByZero {
        /// The operation that was asked for.
        what: &'static str,
    },
    /// A text is not a legal value of its type.
    #[error("{what} cannot be read from {got:?}: {expected}")]
    Unreadable {
        /// The type that refused it.
        what: &'static str,
        /// The offending text.
        got: String,
        /// What a legal text looks like.
        expected: &'static str,
    },
    /// Two amounts of different currencies met.
    #[error("{left} and {right} cannot be added")]
    CurrencyMismatch {
        /// Currency of the left operand.
        left: crate::Currency,
        /// Currency of the right operand.
        right: crate::Currency,
    },
}
