//! What a price did in a while.

use serde::{Deserialize, Serialize};

use super::ExitError;

/// The range of a price since the last observation, in quote currency per base unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceRange {
    /// The highest.
    pub high: f64,
    /// The lowest.
    pub low: f64,
    /// The last.
    pub close: f64,
}

impl PriceRange {
    /// A single price.
    pub const fn at(price: f64) -> Self {
        Self { high: price, low: price, close: price }
    }

    /// Refuses what is no range of prices.
    pub(super) fn check(self) -> Result<Self, ExitError> {
        let finite = self.high.is_finite() && self.low > 0.0;
        if finite && self.low <= self.close && self.close <= self.high {
            Ok(self)
        } else {
            Err(ExitError::Range { high: self.high, low: self.low, close: self.close })
        }
    }
}
