//! Which trades were applied before.

use autotrading_domain::{Timestamp, TradeId};
use serde::{Deserialize, Serialize};

/// The most trades of one instrument that are remembered by name (16 bytes each).
pub const TRADE_MEMORY: usize = 2_048;

/// The trades of one instrument that were applied, so that none is applied twice, in bounded memory.
///
/// The newest [`TRADE_MEMORY`] trades are known by name. When they are full the older half is forgotten and leaves a
/// horizon: a trade at or before it whose name is unknown cannot be told new from repeated and is refused. That holds
/// for trade numbers of any order, as long as a repeated trade carries the time of its first telling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeMemory {
    /// Sorted by trade.
    known: Vec<(TradeId, Timestamp)>,
    /// The newest forgotten trade, by time and then number.
    horizon: Option<(Timestamp, TradeId)>,
}

/// What the memory says of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    /// It was not applied.
    New,
    /// It was applied.
    Known,
    /// It is too old to tell.
    Forgotten(Timestamp),
}

impl TradeMemory {
    /// Whether a trade was applied before.
    pub(crate) fn recall(&self, trade: TradeId, at: Timestamp) -> Recall {
        if self.place(trade).is_ok() {
            return Recall::Known;
        }
        match self.horizon {
            Some((time, newest)) if (at, trade) <= (time, newest) => Recall::Forgotten(time),
            Some(_) | None => Recall::New,
        }
    }

    /// Remembers a trade; forgets the older half when there are too many.
    pub(crate) fn remember(&mut self, trade: TradeId, at: Timestamp) {
        if let Err(place) = self.place(trade) {
            self.known.insert(place, (trade, at));
        }
        if self.known.len() >= TRADE_MEMORY {
            self.forget_older_half();
        }
    }

    /// How many trades are known by name: always below [`TRADE_MEMORY`].
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether no trade is known by name.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether it is what it should be: in order, without repetition, not too long.
    pub(crate) fn is_sound(&self) -> bool {
        self.known.len() < TRADE_MEMORY && self.known.is_sorted_by(|(left, _), (right, _)| left < right)
    }

    fn place(&self, trade: TradeId) -> Result<usize, usize> {
        match self.known.last() {
            // Trade numbers mostly rise.
            Some((last, _)) if *last < trade => Err(self.known.len()),
            Some(_) | None => self.known.binary_search_by_key(&trade, |(known, _)| *known),
        }
    }

    fn forget_older_half(&mut self) {
        let mut ages: Vec<_> = self.known.iter().map(|(trade, at)| (*at, *trade)).collect();
        let (_, newest_forgotten, _) = ages.select_nth_unstable(TRADE_MEMORY / 2 - 1);
        let horizon = *newest_forgotten;
        self.known.retain(|(trade, at)| (*at, *trade) > horizon);
        self.horizon = self.horizon.max(Some(horizon));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_never_takes_an_old_trade_for_a_new_one() {
        let mut memory = TradeMemory::default();
        let scrambled = |n: u64| TradeId(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for n in 0..10_000_u64 {
            let at = Timestamp::from_secs(n as i64 / 7);
            assert_eq!(memory.recall(scrambled(n), at), Recall::New, "{n}");
            memory.remember(scrambled(n), at);
            assert!(memory.len() < TRADE_MEMORY);
        }
        for n in 0..10_000_u64 {
            let at = Timestamp::from_secs(n as i64 / 7);
            assert_ne!(memory.recall(scrambled(n), at), Recall::New, "{n}");
        }
        assert_eq!(memory.recall(scrambled(9_999), Timestamp::EPOCH), Recall::Known);
    }

    #[test]
    fn the_older_half_is_forgotten_and_the_newer_known() {
        let mut memory = TradeMemory::default();
        let full = TRADE_MEMORY as u64;
        (1..=full).for_each(|n| memory.remember(TradeId(n), Timestamp::EPOCH));
        assert_eq!(memory.len(), TRADE_MEMORY / 2);
        assert_eq!(memory.recall(TradeId(full / 2), Timestamp::EPOCH), Recall::Forgotten(Timestamp::EPOCH));
        assert_eq!(memory.recall(TradeId(full / 2 + 1), Timestamp::EPOCH), Recall::Known);
        assert_eq!(memory.recall(TradeId(full + 1), Timestamp::EPOCH), Recall::New);
        assert!(memory.is_sound());
        memory.known.push((TradeId(full), Timestamp::EPOCH));
        assert!(!memory.is_sound(), "a trade is known once");
    }
}
