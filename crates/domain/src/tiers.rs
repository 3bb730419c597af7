//! Margin tiers: the larger the position, the more margin per unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Leverage, Money, Rate, ValueError, exact};

/// One bracket of notional and what it demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarginTier {
    /// The bracket holds notionals from here (inclusive), in settlement currency.
    pub notional_floor: Money,
    /// To here (exclusive), in settlement currency.
    pub notional_cap: Money,
    /// Maintenance margin per unit of notional.
    pub maintenance_margin_rate: Rate,
    /// What is taken off, so that maintenance is continuous over the brackets.
    pub maintenance_amount: Money,
    /// The largest leverage that the venue allows here.
    pub max_leverage: Leverage,
}

/// The tiers of an instrument, ordered by notional and continuous in maintenance.
///
/// `maintenance = notional * rate - amount`, with `amount_n = floor_n * (rate_n - rate_{n-1}) + amount_{n-1}`.
/// Source: Binance USD-M futures, "Leverage and Margin".
///
/// ```
/// use autotrading_domain::{Leverage, MarginTier, MarginTiers, Money, Rate};
/// let tier = |floor: i64, cap: i64, rate: i64, amount: i64| MarginTier {
///     notional_floor: Money::new(floor.into()),
///     notional_cap: Money::new(cap.into()),
///     maintenance_margin_rate: Rate::basis_points(rate),
///     maintenance_amount: Money::new(amount.into()),
///     max_leverage: Leverage::ONE,
/// };
/// let tiers = MarginTiers::new(vec![tier(0, 300_000, 40, 0), tier(300_000, 800_000, 50, 300)])?;
/// assert_eq!(tiers.maintenance(Money::new(500_000.into()))?.to_string(), "2200.0000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<MarginTier>", into = "Vec<MarginTier>")]
pub struct MarginTiers(Vec<MarginTier>);

/// Why a list of tiers is not one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TierError {
    /// There is no tier at all.
    #[error("there is no margin tier")]
    Empty,
    /// The first tier must start at zero, and each next one where the last ends.
    #[error("margin tier {index} starts at {got}, expected {expected}")]
    Floor {
        /// Place of the tier, from 0.
        index: usize,
        /// Its floor.
        got: Money,
        /// Where it should start.
        expected: Money,
    },
    /// A tier ends where it starts, or before.
    #[error("margin tier {index} ends at {cap}, not above its floor {floor}")]
    Cap {
        /// Place of the tier, from 0.
        index: usize,
        /// Its floor.
        floor: Money,
        /// Its cap.
        cap: Money,
    },
    /// Rates must rise from tier to tier and lie in [0, 1).
    #[error("margin tier {index} has the maintenance rate {got}; it must lie in [0, 1) and not fall")]
    Rate {
        /// Place of the tier, from 0.
        index: usize,
        /// Its rate.
        got: Rate,
    },
    /// The maintenance amount breaks continuity.
    #[error("margin tier {index} has the maintenance amount {got}, continuity asks for {expected}")]
    Amount {
        /// Place of the tier, from 0.
        index: usize,
        /// Its amount.
        got: Money,
        /// What continuity asks for.
        expected: Money,
    },
    /// A figure overflows.
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl MarginTiers {
    /// Tiers from their list.
    ///
    /// # Errors
    /// A [`TierError`] that names the tier, its figure and what was expected.
    pub fn new(tiers: Vec<MarginTier>) -> Result<Self, TierError> {
        let mut expected_floor = Money::ZERO;
        let (mut last_rate, mut last_amount) = (Rate::ZERO, Money::ZERO);
        for (index, tier) in tiers.iter().enumerate() {
            if tier.notional_floor != expected_floor {
                return Err(TierError::Floor { index, got: tier.notional_floor, expected: expected_floor });
            }
            if tier.notional_cap <= tier.notional_floor {
                return Err(TierError::Cap { index, floor: tier.notional_floor, cap: tier.notional_cap });
            }
            let rate = tier.maintenance_margin_rate;
            if rate < last_rate || rate.get() >= Decimal::ONE {
                return Err(TierError::Rate { index, got: rate });
            }
            let step = exact::subtract(rate.get(), last_rate.get(), "rate step")?;
            let expected = if index == 0 {
                Money::ZERO
            } else {
                tier.notional_floor.times(Rate::new(step))?.plus(last_amount)?
            };
            if tier.maintenance_amount != expected {
                return Err(TierError::Amount { index, got: tier.maintenance_amount, expected });
            }
            (expected_floor, last_rate, last_amount) = (tier.notional_cap, rate, expected);
        }
        if tiers.is_empty() { Err(TierError::Empty) } else { Ok(Self(tiers)) }
    }

    /// One tier without end: the same rate and leverage for every notional.
    ///
    /// # Errors
    /// [`TierError::Rate`] outside [0, 1).
    pub fn single(rate: Rate, max_leverage: Leverage) -> Result<Self, TierError> {
        Self::new(vec![MarginTier {
            notional_floor: Money::ZERO,
            notional_cap: Money::new(Decimal::from(1_000_000_000_000_000_000_i64)),
            maintenance_margin_rate: rate,
            maintenance_amount: Money::ZERO,
            max_leverage,
        }])
    }

    /// The tiers in order.
    pub fn as_slice(&self) -> &[MarginTier] {
        &self.0
    }

    /// The tier of a notional; beyond the last cap the last tier goes on.
    pub fn tier_of(&self, notional: Money) -> &MarginTier {
        let place =
            self.0.partition_point(|tier| tier.notional_cap <= notional).min(self.0.len().saturating_sub(1));
        // The constructor refuses an empty list, so there is a tier at `place`.
        self.0.get(place).unwrap_or(&UNREACHED)
    }

    /// `notional * rate - amount`: below this margin balance the position is liquidated.
    ///
    /// # Errors
    /// Overflow.
    pub fn maintenance(&self, notional: Money) -> Result<Money, ValueError> {
        let tier = self.tier_of(notional);
        notional.times(tier.maintenance_margin_rate)?.minus(tier.maintenance_amount)
    }
}

/// What an empty list would answer, if there could be one: everything is margin.
static UNREACHED: MarginTier = MarginTier {
    notional_floor: Money::ZERO,
    notional_cap: Money::new(Decimal::MAX),
    maintenance_margin_rate: Rate::new(Decimal::ONE),
    maintenance_amount: Money::ZERO,
    max_leverage: Leverage::ONE,
};

impl TryFrom<Vec<MarginTier>> for MarginTiers {
    type Error = TierError;
    fn try_from(tiers: Vec<MarginTier>) -> Result<Self, TierError> {
        Self::new(tiers)
    }
}

impl From<MarginTiers> for Vec<MarginTier> {
    fn from(tiers: MarginTiers) -> Self {
        tiers.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(floor: i64, cap: i64, rate: i64, amount: i64) -> MarginTier {
        MarginTier {
            notional_floor: Money::new(floor.into()),
            notional_cap: Money::new(cap.into()),
            maintenance_margin_rate: Rate::basis_points(rate),
            maintenance_amount: Money::new(amount.into()),
            max_leverage: Leverage::ONE,
        }
    }

    #[test]
    fn unsorted_tiers_are_refused_by_place() {
        let error = MarginTiers::new(vec![tier(0, 100, 40, 0), tier(200, 300, 50, 0)]).unwrap_err();
        assert_eq!(error.to_string(), "margin tier 1 starts at 200, expected 100");
        assert_eq!(MarginTiers::new(vec![]), Err(TierError::Empty));
    }

    #[test]
    fn a_jump_in_maintenance_is_refused() {
        let error =
            MarginTiers::new(vec![tier(0, 300_000, 40, 0), tier(300_000, 800_000, 50, 301)]).unwrap_err();
        assert!(matches!(error, TierError::Amount { index: 1, .. }));
    }

    #[test]
    fn the_cap_belongs_to_the_next_tier_and_the_last_goes_on() {
        let tiers = MarginTiers::new(vec![tier(0, 300_000, 40, 0), tier(300_000, 800_000, 50, 300)]).unwrap();
        assert_eq!(tiers.tier_of(Money::new(300_000.into())).maintenance_margin_rate, Rate::basis_points(50));
        assert_eq!(tiers.tier_of(Money::new(900_000.into())).maintenance_margin_rate, Rate::basis_points(50));
        assert_eq!(tiers.maintenance(Money::new(300_000.into())).unwrap(), Money::new(1_200.into()));
    }
}
