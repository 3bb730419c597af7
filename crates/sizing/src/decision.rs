//! How much, and what held it back.

use autotrading_domain::{Quantity, Side};
use serde::{Deserialize, Serialize};

use crate::{CapName, Ceiling, Refusal};

/// The answer to a [`SizeRequest`](crate::SizeRequest): how much more to trade, and every reason on the way there.
///
/// `total = min of the ceilings`, `target = total * factor` (a total below zero is not scaled: that would be more),
/// `quantity = target - held`, floored to the lot and never below zero. `{}` writes it as a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizingDecision {
    /// Which way the position is to grow.
    pub side: Side,
    /// How much to trade on that side, in base units: a multiple of the lot step, possibly nothing.
    pub quantity: Quantity,
    /// What would have to give for more to be traded.
    pub bound: Bound,
    /// The cap with the lowest ceiling, whatever came after it.
    pub tightest: Option<CapName>,
    /// Base units held in the direction of the trade; below zero when held against it.
    pub held: f64,
    /// The position that the rules allow: the lowest ceiling times the factor, in the direction of the trade.
    pub target: f64,
    /// Product of the multipliers, in [0, 1].
    pub factor: f64,
    /// `target - held` before lots, minimum and maximum; never below zero.
    pub unrounded: f64,
    /// Every cap in the order of the rules.
    pub caps: Vec<CapReading>,
    /// Every multiplier in the order of the rules.
    pub multipliers: Vec<MultiplierReading>,
}

/// What a cap said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapReading {
    /// Which cap.
    pub name: CapName,
    /// Its answer.
    pub ceiling: Ceiling,
}

/// What a multiplier said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultiplierReading {
    /// Which multiplier.
    pub name: CapName,
    /// Its factor, in [0, 1].
    pub factor: f64,
    /// Why the factor is zero, when it is for want of a believable input.
    pub refusal: Option<Refusal>,
}

/// The one thing that determined the quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The lowest ceiling. The multipliers scale it, and do not count as binding while they leave something.
    Cap {
        /// Whose.
        name: CapName,
    },
    /// The smallest multiplier: it left no more than is held already.
    Multiplier {
        /// Which.
        name: CapName,
    },
    /// What was left is less than the instrument's minimum. It is never rounded up to it.
    BelowMinimum {
        /// Which minimum.
        minimum: Minimum,
    },
    /// The instrument's largest order.
    MaxQuantity,
    /// The request itself cannot be believed; nothing was computed.
    Request {
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// No cap had anything to say; without a ceiling nothing is opened.
    NoCeiling,
}

/// A minimum of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Minimum {
    /// The lot step or the smallest quantity.
    Quantity,
    /// The smallest notional of an order that opens.
    Notional,
}

impl CapReading {
    /// How much more this cap alone would allow, in base units: ceiling minus held, not below zero; `None` when unlimited.
    pub fn room(&self, held: f64) -> Option<f64> {
        self.ceiling.quantity().map(|most| (most - held).max(0.0))
    }
}

impl Default for SizingDecision {
    /// A blank to be filled by [`Sizer::size_into`](crate::Sizer::size_into).
    fn default() -> Self {
        Self {
            side: Side::Buy,
            quantity: Quantity::ZERO,
            bound: Bound::NoCeiling,
            tightest: None,
            held: 0.0,
            target: 0.0,
            factor: 1.0,
            unrounded: 0.0,
            caps: Vec::new(),
            multipliers: Vec::new(),
        }
    }
}

impl SizingDecision {
    /// Whether there is something to trade.
    pub fn is_trade(&self) -> bool {
        !self.quantity.is_zero()
    }

    /// The reading of a cap by name.
    pub fn cap(&self, name: &str) -> Option<&CapReading> {
        self.caps.iter().find(|reading| reading.name.as_str() == name)
    }

    /// The reading of a multiplier by name.
    pub fn multiplier(&self, name: &str) -> Option<&MultiplierReading> {
        self.multipliers.iter().find(|reading| reading.name.as_str() == name)
    }
}
