//! One way of looking at prices for both directions.

use autotrading_domain::Direction;
use serde::{Deserialize, Serialize};

use super::PriceRange;

/// Prices seen from a position: higher is better. A short sees them with a minus sign, which loses no digit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Course(Direction);

impl Course {
    /// The course of a long or short; `None` when flat.
    pub(super) fn of(direction: Direction) -> Option<Self> {
        (direction != Direction::Flat).then_some(Self(direction))
    }

    /// A price as the position sees it.
    pub(super) fn sees(self, price: f64) -> f64 {
        self.0.sign() * price
    }

    /// The price behind what the position sees.
    pub(super) fn price(self, seen: f64) -> f64 {
        self.0.sign() * seen
    }

    /// The best that a range offered.
    pub(super) fn best(self, range: PriceRange) -> f64 {
        self.sees(if self.0 == Direction::Long { range.high } else { range.low })
    }

    /// The worst that a range did.
    pub(super) fn worst(self, range: PriceRange) -> f64 {
        self.sees(if self.0 == Direction::Long { range.low } else { range.high })
    }
}
