//! Fees by what was traded in the last thirty days.

use std::collections::VecDeque;

use autotrading_domain::{Money, Rate, Span, Timestamp, ValueError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::VenueError;

/// What is paid from some volume on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeTier {
    /// Notional traded in the thirty days before today (UTC), in settlement currency.
    pub from_volume: Money,
    /// Fee per notional of a fill that rested; negative is a rebate.
    pub maker: Rate,
    /// Fee per notional of a fill that took.
    pub taker: Rate,
}

/// Fees by volume, in place of the instruments' own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<FeeTier>", into = "Vec<FeeTier>")]
pub struct FeeSchedule(Vec<FeeTier>);

impl FeeSchedule {
    /// A schedule of tiers: the first from nothing on, volumes rising.
    ///
    /// # Errors
    /// [`VenueError::Rule`] with the tier that is out of order, or a rate that is not between -1 and 1.
    pub fn new(tiers: Vec<FeeTier>) -> Result<Self, VenueError> {
        let wrong = |field, got: String, expected| Err(VenueError::Rule { field, got, expected });
        match tiers.first() {
            None => return wrong("fee tiers", "nothing".to_owned(), "at least one"),
            Some(first) if !first.from_volume.is_zero() => {
                return wrong("fee tiers", first.from_volume.to_string(), "a first tier from zero on");
            }
            Some(_) => {}
        }
        for (tier, next) in tiers.iter().zip(tiers.iter().skip(1)) {
            if next.from_volume <= tier.from_volume {
                return wrong("fee tiers", next.from_volume.to_string(), "rising volumes");
            }
        }
        let lawful = |rate: Rate| rate.get().abs() < Decimal::ONE;
        match tiers.iter().find(|tier| !lawful(tier.maker) || !lawful(tier.taker)) {
            Some(tier) => {
                wrong("fee tiers", format!("{} and {}", tier.maker, tier.taker), "rates in (-1, 1)")
            }
            None => Ok(Self(tiers)),
        }
    }

    /// The same with every fee and rebate multiplied, to see what a strategy would be worth at other costs.
    #[must_use]
    pub fn times(&self, multiple: u32) -> Self {
        let times = |rate: Rate| Rate::new(rate.get() * Decimal::from(multiple));
        let scaled = |tier: &FeeTier| FeeTier { maker: times(tier.maker), taker: times(tier.taker), ..*tier };
        Self(self.0.iter().map(scaled).collect())
    }

    fn tier_of(&self, volume: Money) -> Option<&FeeTier> {
        self.0.iter().rev().find(|tier| tier.from_volume <= volume)
    }
}

impl TryFrom<Vec<FeeTier>> for FeeSchedule {
    type Error = VenueError;
    fn try_from(tiers: Vec<FeeTier>) -> Result<Self, VenueError> {
        Self::new(tiers)
    }
}

impl From<FeeSchedule> for Vec<FeeTier> {
    fn from(schedule: FeeSchedule) -> Self {
        schedule.0
    }
}

/// Days that count.
const DAYS: i64 = 30;

/// Counts what is traded, day by day, and knows today's tier.
#[derive(Clone, Debug)]
pub(super) struct FeeMeter {
    schedule: FeeSchedule,
    /// Days before today that were traded on, and how much.
    days: VecDeque<(i64, Money)>,
    today: i64,
    traded_today: Money,
    tier: Option<FeeTier>,
}

impl FeeMeter {
    pub(super) fn new(schedule: FeeSchedule) -> Self {
        let tier = schedule.tier_of(Money::ZERO).copied();
        Self { schedule, days: VecDeque::new(), today: i64::MIN, traded_today: Money::ZERO, tier }
    }

    /// Today's fees.
    pub(super) fn today(&mut self, at: Timestamp) -> Result<Option<FeeTier>, ValueError> {
        let day = at.nanos().div_euclid(Span::DAY.nanos());
        if day > self.today {
            self.days.push_back((self.today, std::mem::take(&mut self.traded_today)));
            self.today = day;
            self.days.retain(|(past, _)| *past >= day - DAYS);
            let volume = self.days.iter().try_fold(Money::ZERO, |sum, (_, traded)| sum.plus(*traded))?;
            self.tier = self.schedule.tier_of(volume).copied();
        }
        Ok(self.tier)
    }

    /// What taking costs by the tier of the last fill's day.
    pub(super) fn taker(&self) -> Option<Rate> {
        self.tier.map(|tier| tier.taker)
    }

    pub(super) fn count(&mut self, notional: Money) -> Result<(), ValueError> {
        self.traded_today = self.traded_today.plus(notional)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(from: i64, maker: i64, taker: i64) -> FeeTier {
        FeeTier {
            from_volume: Money::new(from.into()),
            maker: Rate::basis_points(maker),
            taker: Rate::basis_points(taker),
        }
    }

    #[test]
    fn what_was_traded_counts_from_the_next_day_on_for_thirty_days() {
        let mut meter = FeeMeter::new(FeeSchedule::new(vec![tier(0, 2, 5), tier(1_000, 1, 4)]).unwrap());
        let mut taker = |day: i64| {
            let fees = meter.today(Timestamp::EPOCH.after(Span::DAY.times(day))).unwrap().unwrap();
            if day == 3 {
                meter.count(Money::new(1_000.into())).unwrap();
            }
            fees.taker
        };
        let bp = Rate::basis_points;
        assert_eq!([3, 3, 4, 33, 34].map(&mut taker), [bp(5), bp(5), bp(4), bp(4), bp(5)]);
    }

    #[test]
    fn a_schedule_out_of_order_is_refused() {
        for bad in [vec![], vec![tier(5, 1, 1)], vec![tier(0, 1, 1), tier(0, 1, 1)], vec![tier(0, 1, 10_000)]]
        {
            assert!(FeeSchedule::new(bad).is_err());
        }
    }
}
