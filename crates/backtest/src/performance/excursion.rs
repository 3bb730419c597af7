//! How far the price went against and for a round trip while it was open.

use autotrading_domain::Direction;
use serde::{Deserialize, Serialize};

/// The worst and the best that a position saw, as shares of its entry price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Excursion {
    /// Maximum adverse excursion: how far the price went against it, zero or more.
    pub adverse: f64,
    /// Maximum favourable excursion: how far it went for it, zero or more.
    pub favourable: f64,
}

impl Excursion {
    /// From highs and lows of the bars in which the position was open; the bars of entry and exit count in full, so the
    /// truth may be a little less. Source: Sweeney (1996), "Maximum Adverse Excursion".
    ///
    /// `None` for no bar, a flat direction, or an entry that is not a price.
    ///
    /// ```
    /// use autotrading_backtest::Excursion;
    /// use autotrading_domain::Direction;
    /// let seen = Excursion::of(Direction::Long, 100.0, &[104.0, 110.0], &[95.0, 101.0]).unwrap();
    /// assert!((seen.adverse - 0.05).abs() < 1e-15 && (seen.favourable - 0.1).abs() < 1e-15);
    /// ```
    pub fn of(direction: Direction, entry: f64, highs: &[f64], lows: &[f64]) -> Option<Self> {
        let high = highs.iter().copied().reduce(f64::max)?;
        let low = lows.iter().copied().reduce(f64::min)?;
        if !(entry > 0.0 && entry.is_finite() && high.is_finite() && low.is_finite()) {
            return None;
        }
        let (up, down) = ((high / entry - 1.0).max(0.0), (1.0 - low / entry).max(0.0));
        match direction {
            Direction::Long => Some(Self { adverse: down, favourable: up }),
            Direction::Short => Some(Self { adverse: up, favourable: down }),
            Direction::Flat => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_a_long_is_against_a_short() {
        let of = |direction| Excursion::of(direction, 50.0, &[60.0], &[45.0]);
        let (long, short) = (of(Direction::Long).unwrap(), of(Direction::Short).unwrap());
        assert_eq!((long.adverse, long.favourable), (short.favourable, short.adverse));
        assert_eq!(of(Direction::Flat), None);
        assert_eq!(Excursion::of(Direction::Long, 50.0, &[], &[]), None);
        assert_eq!(Excursion::of(Direction::Long, f64::NAN, &[60.0], &[45.0]), None);
    }

    #[test]
    fn a_price_that_never_came_back_had_no_excursion_the_other_way() {
        let seen = Excursion::of(Direction::Long, 40.0, &[60.0], &[45.0]).unwrap();
        assert_eq!(seen.adverse, 0.0);
    }
}
