//! Sums over all instruments, exact and independent of the order in which they were made.

use crate::watch::{MICRO, Stake};

/// What may become of the whole book when every order fills on its worst side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BookSums {
    gross: i128,
    high: i128,
    low: i128,
    reserve: i128,
    unpriced: u32,
}

impl BookSums {
    pub(crate) fn replace(&mut self, old: &Stake, new: &Stake) {
        self.gross += i128::from(new.gross) - i128::from(old.gross);
        self.high += i128::from(new.high) - i128::from(old.high);
        self.low += i128::from(new.low) - i128::from(old.low);
        self.reserve += i128::from(new.reserve) - i128::from(old.reserve);
        self.unpriced = self.unpriced - u32::from(old.unpriced) + u32::from(new.unpriced);
    }

    /// The sums without one instrument: NaN when another has no price.
    pub(crate) fn without(&self, stake: &Stake) -> Rest {
        let others = self.unpriced - u32::from(stake.unpriced);
        if others > 0 {
            return Rest { gross: f64::NAN, high: f64::NAN, low: f64::NAN, reserve: f64::NAN };
        }
        Rest {
            gross: (self.gross - i128::from(stake.gross)) as f64 / MICRO,
            high: (self.high - i128::from(stake.high)) as f64 / MICRO,
            low: (self.low - i128::from(stake.low)) as f64 / MICRO,
            reserve: (self.reserve - i128::from(stake.reserve)) as f64 / MICRO,
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
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) reserve: f64,
}
