//! Sums over all instruments, exact and independent of the order in which they were made.

use autotrading_domain::Side;

use crate::watch::{MICRO, Stake};

/// What may become of the whole book when every order fills on its worst side.
#[derive(Clone, Debug, Default)]
pub(crate) struct BookSums {
    gross: i128,
    high: i128,
    low: i128,
    reserve: i128,
    unpriced: u32,
    /// Gross of each cluster.
    clusters: Vec<i128>,
}

impl BookSums {
    /// Empty sums over so many instruments.
    pub(crate) fn over(instruments: usize) -> Self {
        Self { clusters: vec![0; instruments], ..Self::default() }
    }

    /// Adds up the gross of each cluster anew.
    pub(crate) fn sum_clusters<'a>(&mut self, staked: impl Iterator<Item = (u32, &'a Stake)>) {
        self.clusters.fill(0);
        for (cluster, stake) in staked {
            if let Some(gross) = self.clusters.get_mut(cluster as usize) {
                *gross += i128::from(stake.gross);
            }
        }
    }

    pub(crate) fn replace(&mut self, cluster: u32, old: &Stake, new: &Stake) {
        let grown = i128::from(new.gross) - i128::from(old.gross);
        self.gross += grown;
        if let Some(gross) = self.clusters.get_mut(cluster as usize) {
            *gross += grown;
        }
        self.high += i128::from(new.high) - i128::from(old.high);
        self.low += i128::from(new.low) - i128::from(old.low);
        self.reserve += i128::from(new.reserve) - i128::from(old.reserve);
        self.unpriced = self.unpriced - u32::from(old.unpriced) + u32::from(new.unpriced);
    }

    /// The sums without one instrument, seen from the side of an order: NaN when another has no price.
    #[inline]
    pub(crate) fn without(&self, stake: &Stake, side: Side) -> Rest {
        if self.unpriced > u32::from(stake.unpriced) {
            return Rest { gross: f64::NAN, net: f64::NAN, reserve: f64::NAN };
        }
        let net = match side {
            Side::Buy => self.high - i128::from(stake.high),
            Side::Sell => i128::from(stake.low) - self.low,
        };
        Rest {
            gross: units(self.gross - i128::from(stake.gross)),
            net: units(net),
            reserve: units(self.reserve - i128::from(stake.reserve)),
        }
    }

    /// Gross of a cluster without one of its instruments: NaN when any other instrument of the book has no price.
    #[inline]
    pub(crate) fn cluster_without(&self, cluster: u32, stake: &Stake) -> f64 {
        match self.clusters.get(cluster as usize) {
            Some(gross) if self.unpriced <= u32::from(stake.unpriced) => {
                units(gross - i128::from(stake.gross))
            }
            _ => f64::NAN,
        }
    }

    /// Whether something that is held or ordered has no price.
    pub(crate) const fn is_unpriced(&self) -> bool {
        self.unpriced > 0
    }
}

/// Sums over the other instruments, in settlement currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) gross: f64,
    /// What all orders of the side bring about, positive in its direction.
    pub(crate) net: f64,
    pub(crate) reserve: f64,
}

/// Millionths as units of money; sums beyond 64 bits (nine trillion) cannot be counted and are infinite.
#[inline]
fn units(millionths: i128) -> f64 {
    match i64::try_from(millionths) {
        Ok(small) => small as f64 / MICRO,
        Err(_) if millionths < 0 => f64::NEG_INFINITY,
        Err(_) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_cannot_be_counted_are_infinite_on_their_own_side() {
        assert_eq!((units(1_500_000), units(-1_500_000)), (1.5, -1.5));
        assert_eq!(units(i128::from(i64::MAX)), i64::MAX as f64 / MICRO);
        assert_eq!(units(i128::from(i64::MAX) + 1), f64::INFINITY);
        assert_eq!(units(i128::from(i64::MIN) - 1), f64::NEG_INFINITY);
    }
}
