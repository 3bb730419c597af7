//! Which way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The side of an order or fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Takes the base asset.
    Buy,
    /// Gives the base asset.
    Sell,
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// +1 for a buy, -1 for a sell.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Buy => 1.0,
            Self::Sell => -1.0,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// What an opinion or a position wants of the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
    /// Stands aside.
    #[default]
    Flat,
}

impl Direction {
    /// +1 long, -1 short, 0 flat.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
            Self::Flat => 0.0,
        }
    }

    /// The direction of a signed number; zero and NaN are flat.
    pub fn of(signed: f64) -> Self {
        if signed > 0.0 {
            Self::Long
        } else if signed < 0.0 {
            Self::Short
        } else {
            Self::Flat
        }
    }

    /// The side that opens this direction.
    pub const fn opening_side(self) -> Option<Side> {
        match self {
            Self::Long => Some(Side::Buy),
            Self::Short => Some(Side::Sell),
            Self::Flat => None,
        }
    }

    /// The direction that fills of this side build.
    pub const fn built_by(side: Side) -> Self {
        match side {
            Side::Buy => Self::Long,
            Side::Sell => Self::Short,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Long => "long",
            Self::Short => "short",
            Self::Flat => "flat",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_number_is_no_direction() {
        assert_eq!(Direction::of(f64::NAN), Direction::Flat);
        assert_eq!(Direction::of(-0.0), Direction::Flat);
        assert_eq!(Direction::of(-1e-300), Direction::Short);
    }

    #[test]
    fn a_buy_builds_a_long() {
        assert_eq!(Direction::built_by(Side::Buy).opening_side(), Some(Side::Buy));
        assert_eq!(Side::Buy.opposite(), Side::Sell);
    }
}
