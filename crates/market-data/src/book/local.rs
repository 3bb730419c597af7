//! The book as it stands.

use autotrading_domain::{BookLevels, Level, Side};

use super::ladder::{Ladder, NOTHING};

/// Both sides of the order book of one instrument, keyed by integer ticks.
///
/// Setting a level and asking for the best are a few instructions; nothing is allocated for levels near the best.
/// Quantities are measurements in base units. The book does not judge what it is told: a [`BookSync`](super::BookSync)
/// does.
///
/// ```
/// use autotrading_domain::{Level, Side};
/// use autotrading_market_data::LocalBook;
///
/// let mut book = LocalBook::new();
/// book.set(Side::Buy, 999, 2.0);
/// book.set(Side::Buy, 998, 5.0);
/// book.set(Side::Sell, 1_001, 1.5);
/// assert_eq!(book.best(Side::Buy), Some(Level { tick: 999, quantity: 2.0 }));
/// assert_eq!(book.set(Side::Buy, 999, 0.0), 2.0); // what stood there before
/// assert_eq!(book.best(Side::Buy).map(|level| level.tick), Some(998));
/// assert!(!book.is_crossed());
/// ```
#[derive(Clone, Debug)]
pub struct LocalBook {
    bids: Ladder,
    asks: Ladder,
}

impl Default for LocalBook {
    fn default() -> Self {
        Self::new()
    }
}

impl LocalBook {
    /// An empty book.
    pub fn new() -> Self {
        Self { bids: Ladder::new(), asks: Ladder::new() }
    }

    /// Sets what stands at a price, in base units; zero takes the level away. Tells what stood there before.
    #[inline]
    pub fn set(&mut self, side: Side, tick: i64, quantity: f64) -> f64 {
        match side {
            Side::Buy => self.bids.set(tick, quantity),
            Side::Sell => self.asks.set(-tick, quantity),
        }
    }

    /// What stands at a price, in base units.
    #[inline]
    pub fn quantity(&self, side: Side, tick: i64) -> f64 {
        match side {
            Side::Buy => self.bids.quantity(tick),
            Side::Sell => self.asks.quantity(-tick),
        }
    }

    /// The best bid (`Side::Buy`) or the best offer (`Side::Sell`).
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        let tick = self.best_tick(side)?;
        Some(Level { tick, quantity: self.quantity(side, tick) })
    }

    /// The price of the best bid or offer, in ticks.
    #[inline]
    pub const fn best_tick(&self, side: Side) -> Option<i64> {
        match side {
            Side::Buy if self.bids.best() != NOTHING => Some(self.bids.best()),
            Side::Sell if self.asks.best() != NOTHING => Some(-self.asks.best()),
            Side::Buy | Side::Sell => None,
        }
    }

    /// Whether somebody bids as much as somebody asks, or more: then one of them is not there any more.
    #[inline]
    pub const fn is_crossed(&self) -> bool {
        match (self.best_tick(Side::Buy), self.best_tick(Side::Sell)) {
            (Some(bid), Some(ask)) => bid >= ask,
            _ => false,
        }
    }

    /// The levels of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let (ladder, sign) = match side {
            Side::Buy => (&self.bids, 1),
            Side::Sell => (&self.asks, -1),
        };
        ladder.levels().map(move |(key, quantity)| Level { tick: sign * key, quantity })
    }

    /// Takes in the levels of a message, one after the other.
    pub fn apply(&mut self, levels: &BookLevels) {
        levels.bids.iter().for_each(|level| {
            self.set(Side::Buy, level.tick, level.quantity);
        });
        levels.asks.iter().for_each(|level| {
            self.set(Side::Sell, level.tick, level.quantity);
        });
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
}
