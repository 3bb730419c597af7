//! What a cap answers: how large the position may become, or why not at all.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

use crate::SizeRequest;

/// The name of a cap or a multiplier, as configuration and reports write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CapName(Cow<'static, str>);

impl CapName {
    /// A name known at compile time; copies without allocating.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for CapName {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for CapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One reason not to grow without end. Built-in caps and those of users are the same to the [`Sizer`](crate::Sizer).
///
/// A cap is pure: the same request gives the same ceiling. What it needs and cannot find or believe it answers with
/// [`Ceiling::Zero`], never with a guess.
pub trait Cap: Send + Sync {
    /// How decisions and reports call it.
    fn name(&self) -> CapName;

    /// The largest position, in the direction of the trade, that may result.
    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling;
}

/// The largest resulting position, in base units, counted in the direction of the trade.
///
/// What is already held in that direction counts against it; what is held against it adds room: from -1 to a ceiling
/// of +1 there is room for 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceiling {
    /// This cap has nothing against any size.
    Unlimited,
    /// Up to here. Below zero: the position against the trade must not be closed further than that.
    At {
        /// Base units in the direction of the trade, finite.
        quantity: f64,
        /// What is worth knowing about it, often nothing.
        note: Cow<'static, str>,
    },
    /// Nothing may be opened in this direction; what is held against it may be closed.
    Zero {
        /// Why.
        refusal: Refusal,
    },
}

impl Ceiling {
    /// A ceiling from a computed number; NaN and infinity fail closed.
    ///
    /// ```
    /// use autotrading_sizing::Ceiling;
    /// assert_eq!(Ceiling::at(2.0).quantity(), Some(2.0));
    /// assert_eq!(Ceiling::at(f64::NAN).quantity(), Some(0.0));
    /// ```
    pub fn at(quantity: f64) -> Self {
        if quantity.is_finite() {
            Self::At { quantity, note: Cow::Borrowed("") }
        } else {
            Self::Zero { refusal: Refusal::NotFinite { input: Cow::Borrowed("ceiling"), got: quantity } }
        }
    }

    /// The same ceiling with a remark.
    #[must_use]
    pub fn noted(self, remark: &'static str) -> Self {
        match self {
            Self::At { quantity, .. } => Self::At { quantity, note: Cow::Borrowed(remark) },
            Self::Unlimited => Self::Unlimited,
            Self::Zero { refusal } => Self::Zero { refusal },
        }
    }

    /// The ceiling as a number of base units; `None` when unlimited.
    pub fn quantity(&self) -> Option<f64> {
        match self {
            Self::Unlimited => None,
            Self::At { quantity, .. } => Some(*quantity),
            Self::Zero { .. } => Some(0.0),
        }
    }

    /// The ceiling as given by a cap that may not have used [`Ceiling::at`].
    pub(crate) fn checked(self) -> Self {
        match self {
            Self::At { quantity, .. } if !quantity.is_finite() => Self::at(quantity),
            other => other,
        }
    }
}

impl From<Refusal> for Ceiling {
    fn from(refusal: Refusal) -> Self {
        Self::Zero { refusal }
    }
}

/// Why nothing may be opened.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// An input that an enabled rule needs was not given.
    #[error("{input} is missing")]
    Missing {
        /// Which.
        input: Cow<'static, str>,
    },
    /// An input, or what was computed from the inputs, is NaN or infinite.
    #[error("{input} is {got}, expected a finite number")]
    NotFinite {
        /// Which.
        input: Cow<'static, str>,
        /// Its value.
        #[serde(with = "as_text")]
        got: f64,
    },
    /// An input must be above zero.
    #[error("{input} is {got}, expected a number above zero")]
    NotPositive {
        /// Which.
        input: Cow<'static, str>,
        /// Its value.
        got: f64,
    },
    /// An input lies outside its range.
    #[error("{input} is {got}, expected {expected}")]
    OutOfRange {
        /// Which.
        input: Cow<'static, str>,
        /// Its value.
        got: f64,
        /// What would have been accepted.
        expected: Cow<'static, str>,
    },
    /// Too little is known.
    #[error("{got} observations, at least {required} required")]
    TooFew {
        /// How many there are.
        got: u64,
        /// How many it takes.
        required: u64,
    },
    /// Two inputs contradict each other.
    #[error("{what}")]
    Inconsistent {
        /// How.
        what: Cow<'static, str>,
    },
    /// The rule allows nothing here, with good inputs.
    #[error("{why}")]
    NoRoom {
        /// Why.
        why: Cow<'static, str>,
    },
}

impl Refusal {
    /// An input was not given.
    pub const fn missing(input: &'static str) -> Self {
        Self::Missing { input: Cow::Borrowed(input) }
    }

    /// Good inputs, and still nothing.
    pub const fn no_room(why: &'static str) -> Self {
        Self::NoRoom { why: Cow::Borrowed(why) }
    }

    /// Inputs that contradict each other.
    pub const fn inconsistent(what: &'static str) -> Self {
        Self::Inconsistent { what: Cow::Borrowed(what) }
    }
}

/// The input if it is a finite number.
///
/// # Errors
/// [`Refusal::NotFinite`].
pub fn finite(input: &'static str, got: f64) -> Result<f64, Refusal> {
    if got.is_finite() { Ok(got) } else { Err(Refusal::NotFinite { input: Cow::Borrowed(input), got }) }
}

/// The input if it is a finite number above zero.
///
/// # Errors
/// [`Refusal::NotFinite`], [`Refusal::NotPositive`].
pub fn positive(input: &'static str, got: f64) -> Result<f64, Refusal> {
    match finite(input, got)? {
        got if got > 0.0 => Ok(got),
        got => Err(Refusal::NotPositive { input: Cow::Borrowed(input), got }),
    }
}

/// The measurement if it is there and a finite number above zero.
///
/// # Errors
/// [`Refusal::Missing`], [`Refusal::NotFinite`], [`Refusal::NotPositive`].
pub fn known(input: &'static str, measurement: Option<f64>) -> Result<f64, Refusal> {
    measurement.ok_or(Refusal::missing(input)).and_then(|got| positive(input, got))
}

/// The input if it lies in [0, 1].
///
/// # Errors
/// [`Refusal::NotFinite`], [`Refusal::OutOfRange`].
pub fn share(input: &'static str, got: f64) -> Result<f64, Refusal> {
    let got = finite(input, got)?;
    if (0.0..=1.0).contains(&got) {
        Ok(got)
    } else {
        Err(Refusal::OutOfRange { input: Cow::Borrowed(input), got, expected: Cow::Borrowed("0 to 1") })
    }
}

/// Numbers that JSON has no word for travel as text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(got: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(got)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_the_offending_value() {
        assert_eq!(known("ATR", None).unwrap_err().to_string(), "ATR is missing");
        assert_eq!(
            known("ATR", Some(-1.0)).unwrap_err().to_string(),
            "ATR is -1, expected a number above zero"
        );
        assert_eq!(
            known("ATR", Some(f64::NAN)).unwrap_err().to_string(),
            "ATR is NaN, expected a finite number"
        );
        assert_eq!(share("strength", 1.5).unwrap_err().to_string(), "strength is 1.5, expected 0 to 1");
    }

    #[test]
    fn a_refusal_over_nan_survives_the_journal() {
        let refused = Ceiling::from(positive("mark", f64::NEG_INFINITY).unwrap_err());
        let text = serde_json::to_string(&refused).unwrap();
        assert_eq!(serde_json::from_str::<Ceiling>(&text).unwrap(), refused);
    }

    #[test]
    fn a_ceiling_that_is_no_number_is_zero() {
        let careless = Ceiling::At { quantity: f64::INFINITY, note: Cow::Borrowed("") };
        assert_eq!(careless.checked().quantity(), Some(0.0));
        assert_eq!(Ceiling::Unlimited.checked().quantity(), None);
    }
}
