//! Which algorithm, and why.

use std::fmt;

use autotrading_domain::Quantity;
use serde::{Deserialize, Serialize};

use super::MarketView;

/// The ways to work an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlgorithmKind {
    /// Sweeps the book up to a bound.
    Aggressive,
    /// Posts at the touch.
    Passive,
    /// Equal shares over time.
    Twap,
    /// Shares in proportion to the expected volume.
    Vwap,
    /// Shares that balance impact against risk.
    ImplementationShortfall,
    /// A share of what trades.
    Pov,
    /// A little at a time at one price.
    Iceberg,
}

/// How much it hurts to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Not much.
    Low,
    /// Somewhat.
    #[default]
    Normal,
    /// Very much.
    High,
}

/// What the choice was made on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// How much it hurts to wait.
    pub urgency: Urgency,
    /// The order as a multiple of one minute's volume; infinite where nothing trades.
    pub minutes: f64,
    /// The spread, in basis points.
    pub spread_bps: f64,
}

/// Which algorithm, and why. Its text is the explanation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The algorithm.
    pub kind: AlgorithmKind,
    /// What it was chosen on.
    pub ground: Ground,
}

/// An order above this multiple of one minute's volume is large.
const LARGE: f64 = 0.5;
/// A spread above this many basis points is wide.
const WIDE_BPS: f64 = 5.0;

impl Ground {
    const fn is_large(&self) -> bool {
        self.minutes > LARGE
    }

    const fn is_wide(&self) -> bool {
        self.spread_bps > WIDE_BPS
    }
}

/// Chooses by size, spread and urgency. Small (up to half of one minute's volume): passive when the spread is above 5
/// basis points and the urgency low, aggressive otherwise. Large: time-weighted while the spread is at most 5 basis
/// points (front-loaded along the optimal trajectory when urgent), with the volume otherwise.
///
/// ```
/// use autotrading_domain::{Quantity, Quote};
/// use autotrading_execution::algorithm::{AlgorithmKind, MarketView, Urgency, choose};
///
/// let quote = Quote { bid: 99.99, bid_quantity: 2.0, ask: 100.01, ask_quantity: 3.0 };
/// let choice = choose(Quantity::new("80".parse()?)?, Urgency::Normal, &MarketView::new(quote, 0.0, 100.0)?);
/// assert_eq!(choice.kind, AlgorithmKind::Twap);
/// assert_eq!(
///     choice.to_string(),
///     "twap: the order is large (0.80 of one minute's volume, above 0.50), the spread narrow (2.0 bps, at most 5.0) \
///      and the urgency normal"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn choose(quantity: Quantity, urgency: Urgency, market: &MarketView) -> Choice {
    let minute = market.minute_volume();
    let minutes = if minute > 0.0 { quantity.to_f64() / minute } else { f64::INFINITY };
    let ground = Ground { urgency, minutes, spread_bps: market.spread_bps() };
    let kind = match (ground.is_large(), ground.is_wide(), urgency) {
        (false, true, Urgency::Low) => AlgorithmKind::Passive,
        (false, true, Urgency::Normal | Urgency::High) | (false, false, _) => AlgorithmKind::Aggressive,
        (true, false, Urgency::High) => AlgorithmKind::ImplementationShortfall,
        (true, false, Urgency::Low | Urgency::Normal) => AlgorithmKind::Twap,
        (true, true, _) => AlgorithmKind::Pov,
    };
    Choice { kind, ground }
}

impl fmt::Display for AlgorithmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aggressive => "aggressive",
            Self::Passive => "passive",
            Self::Twap => "twap",
            Self::Vwap => "vwap",
            Self::ImplementationShortfall => "implementation shortfall",
            Self::Pov => "percentage of volume",
            Self::Iceberg => "iceberg",
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ground { urgency, minutes, spread_bps } = self.ground;
        let (size, bound) = if self.ground.is_large() { ("large", "above") } else { ("small", "at most") };
        let (spread, reach) = if self.ground.is_wide() { ("wide", "above") } else { ("narrow", "at most") };
        let urgency = match urgency {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
        };
        write!(
            f,
            "{}: the order is {size} ({minutes:.2} of one minute's volume, {bound} {LARGE:.2}), the spread {spread} \
             ({spread_bps:.1} bps, {reach} {WIDE_BPS:.1}) and the urgency {urgency}",
            self.kind
        )
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Quote;

    use super::*;

    fn chosen(size: &str, half_spread: f64, urgency: Urgency, minute: f64) -> AlgorithmKind {
        let (bid, ask) = (100.0 - half_spread, 100.0 + half_spread);
        let quote = Quote { bid, bid_quantity: 1.0, ask, ask_quantity: 1.0 };
        let quantity = Quantity::new(size.parse().unwrap()).unwrap();
        choose(quantity, urgency, &MarketView::new(quote, 0.0, minute).unwrap()).kind
    }

    #[test]
    fn the_choice_follows_size_spread_and_urgency() {
        use AlgorithmKind as K;
        assert_eq!(chosen("1", 0.01, Urgency::Low, 100.0), K::Aggressive);
        assert_eq!(chosen("1", 0.05, Urgency::Low, 100.0), K::Passive);
        assert_eq!(chosen("1", 0.05, Urgency::Normal, 100.0), K::Aggressive);
        assert_eq!(chosen("50", 0.01, Urgency::Normal, 100.0), K::Aggressive);
        assert_eq!(chosen("51", 0.01, Urgency::Normal, 100.0), K::Twap);
        assert_eq!(chosen("51", 0.01, Urgency::High, 100.0), K::ImplementationShortfall);
        assert_eq!(chosen("51", 0.05, Urgency::Low, 100.0), K::Pov);
        assert_eq!(chosen("1", 0.05, Urgency::Low, 0.0), K::Pov);
    }
}
