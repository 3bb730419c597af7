//! The same order again and again: a loop that runs wild is stopped, and stays stopped until a person looks.

use autotrading_domain::{OrderIntent, OrderKind, Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::RepeatLimit;

/// How many orders of an instrument are remembered, and so the largest count that can be limited.
pub(crate) const LONGEST_MEMORY: u32 = 32;

/// The last orders of one instrument, by fingerprint and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repeats {
    /// The first bits of each fingerprint: one cache line that tells nearly always that none is the same.
    tags: [u16; LONGEST_MEMORY as usize],
    seen: [u64; LONGEST_MEMORY as usize],
    at: [Timestamp; LONGEST_MEMORY as usize],
    filled: u32,
    next: u32,
    /// One too many came: stands until a person resets it.
    latched: bool,
}

impl Repeats {
    pub(crate) const fn new() -> Self {
        Self {
            tags: [0; LONGEST_MEMORY as usize],
            seen: [0; LONGEST_MEMORY as usize],
            at: [Timestamp::EPOCH; LONGEST_MEMORY as usize],
            filled: 0,
            next: 0,
            latched: false,
        }
    }

    /// How many identical orders there would be with one more at `now`.
    pub(crate) fn with_one_more(&self, fingerprint: u64, limit: &RepeatLimit, now: Timestamp) -> u32 {
        let window = i64::try_from(limit.window_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let tag = tag(fingerprint);
        if !self.tags.iter().fold(false, |any, seen| any | (*seen == tag)) {
            return 1;
        }
        let same = self
            .seen
            .iter()
            .zip(&self.at)
            .take(self.filled as usize)
            .filter(|(seen, at)| **seen == fingerprint && now.since(**at).nanos() < window)
            .count();
        u32::try_from(same).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(crate) fn remember(&mut self, fingerprint: u64, now: Timestamp) {
        let place = self.next as usize;
        if let (Some(tagged), Some(seen), Some(at)) =
            (self.tags.get_mut(place), self.seen.get_mut(place), self.at.get_mut(place))
        {
            (*tagged, *seen, *at) = (tag(fingerprint), fingerprint, now);
        }
        self.next = (self.next + 1) % LONGEST_MEMORY;
        self.filled = (self.filled + 1).min(LONGEST_MEMORY);
    }

    pub(crate) const fn is_latched(&self) -> bool {
        self.latched
    }

    pub(crate) const fn latch(&mut self) {
        self.latched = true;
    }

    pub(crate) const fn reset(&mut self) {
        *self = Self::new();
    }

    /// Whether there is anything to remember over a restart.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.filled == 0 && !self.latched
    }
}

const fn tag(fingerprint: u64) -> u16 {
    (fingerprint >> 48) as u16
}

/// What makes two orders of an instrument the same: side, quantity in lots, kind, and prices in ticks.
pub(crate) fn fingerprint(intent: &OrderIntent, lots: i64, limit: Option<i64>, trigger: Option<i64>) -> u64 {
    let side = match intent.side {
        Side::Buy => 1,
        Side::Sell => 2,
    };
    let (kind, distance) = match intent.kind {
        OrderKind::Market => (1, 0),
        OrderKind::Limit { .. } => (2, 0),
        OrderKind::StopMarket { .. } => (3, 0),
        OrderKind::StopLimit { .. } => (4, 0),
        OrderKind::TakeProfitMarket { .. } => (5, 0),
        OrderKind::TakeProfitLimit { .. } => (6, 0),
        OrderKind::TrailingStop { distance, .. } => (7, distance.to_f64().to_bits()),
    };
    // Prices are above zero, so that no tick of an order is -1.
    let tick = |tick: Option<i64>| tick.unwrap_or(-1).cast_unsigned();
    let head = mixed((side << 60 | kind << 56) ^ lots.cast_unsigned() ^ distance.rotate_left(17));
    mixed(mixed(head ^ tick(limit)) ^ tick(trigger))
}

/// The finalizer of SplitMix64: spreads each bit over all.
pub(crate) const fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_is_shared_makes_no_order_the_same() {
        let limit = RepeatLimit { count: 2, window_ms: 1_000 };
        let mut repeats = Repeats::new();
        assert_eq!(
            repeats.with_one_more(0, &limit, Timestamp::EPOCH),
            1,
            "what was never seen is not zero seen"
        );
        repeats.remember(5 << 48 | 1, Timestamp::EPOCH);
        assert_eq!(repeats.with_one_more(5 << 48 | 2, &limit, Timestamp::EPOCH), 1);
        assert_eq!(repeats.with_one_more(5 << 48 | 1, &limit, Timestamp::EPOCH), 2);
        assert_eq!((tag(5 << 48), tag(u64::MAX)), (5, u16::MAX));
    }
}
