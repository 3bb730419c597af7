//! Orders that may still fill, and how much they may fill together.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use autotrading_domain::{BracketId, ClientOrderId, InstrumentId, OrderIntent, Side};

use crate::repeat::mixed;

/// An order that may still fill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiveOrder {
    pub(crate) intent: OrderIntent,
    /// Lots that may still fill.
    pub(crate) open: i64,
    /// Lots filled so far.
    pub(crate) filled: i64,
    /// What a lot of it counts against its strategy, in millionths of the settlement currency; zero when it closes.
    pub(crate) worth: i64,
    /// Its price in ticks, when it rests where others can meet it.
    pub(crate) tick: Option<i64>,
    next_leg: Option<u32>,
}

/// Hashes two small integers; only lookups depend on it, never an order of iteration.
///
/// Numbers given one after the other stay side by side, eight at a time, so that what was placed last is near in
/// memory; the eights are spread. The highest bits, by which a table tells neighbours apart, are spread for each.
#[derive(Default)]
pub(crate) struct Spread(u64);

/// The bits of a number that stay together.
const TOGETHER: u64 = 7;
/// The bits of a hash by which a table tells neighbours apart.
const TAG: u64 = 0x7F << 57;

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        let place = mixed(self.0 | TOGETHER) & !(TAG | TOGETHER) | self.0 & TOGETHER;
        place | self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) & TAG
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u32(&mut self, word: u32) {
        self.0 = self.0.rotate_left(32) ^ u64::from(word);
    }
}

type Index<K> = HashMap<K, u32, BuildHasherDefault<Spread>>;

/// All of them, by id; brackets chain their legs.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveOrders {
    places: Index<ClientOrderId>,
    orders: Vec<LiveOrder>,
    free: Vec<u32>,
    first_legs: Index<(InstrumentId, BracketId)>,
}

impl LiveOrders {
    /// Room for so many without asking for memory again. The index is never more than half full: what was removed then
    /// makes it tidy up in place, and never grow.
    pub(crate) fn with_room(room: usize) -> Self {
        Self {
            places: HashMap::with_capacity_and_hasher(2 * room, BuildHasherDefault::default()),
            orders: Vec::with_capacity(room),
            free: Vec::with_capacity(room),
            first_legs: HashMap::with_capacity_and_hasher(2 * room, BuildHasherDefault::default()),
        }
    }

    /// What it holds room for: as long as these stay, no memory was asked for.
    #[cfg(test)]
    pub(crate) fn room(&self) -> [usize; 4] {
        [self.places.capacity(), self.orders.capacity(), self.free.capacity(), self.first_legs.capacity()]
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The ids of all, in no order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ClientOrderId> {
        self.places.keys().copied()
    }

    pub(crate) fn get(&self, id: ClientOrderId) -> Option<&LiveOrder> {
        self.places.get(&id).and_then(|place| self.orders.get(*place as usize))
    }

    /// Adds an order; an id that is already there is taken out first. Gives by how many lots its side grew.
    pub(crate) fn insert(&mut self, intent: OrderIntent, open: i64, worth: i64, tick: Option<i64>) -> i64 {
        let before = self.together(&intent, 0);
        let order = LiveOrder { intent, open, filled: 0, worth, tick, next_leg: None };
        let place = match self.free.pop() {
            Some(place) => place,
            None => u32::try_from(self.orders.len()).unwrap_or(u32::MAX),
        };
        match self.orders.get_mut(place as usize) {
            Some(slot) => *slot = order,
            None => self.orders.push(order),
        }
        self.places.insert(intent.id, place);
        if let Some(bracket) = intent.bracket {
            let next_leg = self.first_legs.insert((intent.instrument, bracket), place);
            if let Some(slot) = self.orders.get_mut(place as usize) {
                slot.next_leg = next_leg;
            }
        }
        let after = if intent.bracket.is_some() { self.together(&intent, 0) } else { open };
        after.saturating_sub(before)
    }

    /// Sets what is open and filled. Gives by how many lots its side grew.
    pub(crate) fn set(&mut self, id: ClientOrderId, open: i64, filled: i64) -> i64 {
        let Some(old) = self.get(id).copied() else { return 0 };
        let before = if old.intent.bracket.is_some() { self.together(&old.intent, 0) } else { old.open };
        if let Some(slot) = self.places.get(&id).and_then(|place| self.orders.get_mut(*place as usize)) {
            slot.open = open;
            slot.filled = filled;
        }
        let after = if old.intent.bracket.is_some() { self.together(&old.intent, 0) } else { open };
        after.saturating_sub(before)
    }

    /// Notes what a lot counts against its strategy.
    pub(crate) fn revalue(&mut self, id: ClientOrderId, worth: i64) {
        if let Some(slot) = self.places.get(&id).and_then(|place| self.orders.get_mut(*place as usize)) {
            slot.worth = worth;
        }
    }

    /// Notes a new kind and the tick at which it rests.
    pub(crate) fn rekind(
        &mut self,
        id: ClientOrderId,
        kind: autotrading_domain::OrderKind,
        tick: Option<i64>,
    ) {
        if let Some(slot) = self.places.get(&id).and_then(|place| self.orders.get_mut(*place as usize)) {
            slot.intent.kind = kind;
            slot.tick = tick;
        }
    }

    /// Takes an order out; its side has shrunk by what [`LiveOrders::set`] to zero gives before.
    pub(crate) fn remove(&mut self, id: ClientOrderId) {
        let Some(place) = self.places.remove(&id) else { return };
        if let Some(order) = self.orders.get(place as usize).copied()
            && let Some(bracket) = order.intent.bracket
        {
            self.unchain((order.intent.instrument, bracket), place, order.next_leg);
        }
        self.free.push(place);
    }

    /// Open lots that the bracket of `intent` has on its side with one more leg of `lots`: a bracket counts once, by its
    /// largest leg. Without a bracket, `lots`.
    pub(crate) fn together(&self, intent: &OrderIntent, lots: i64) -> i64 {
        let Some(bracket) = intent.bracket else { return lots };
        let mut largest = lots;
        let mut leg = self.first_legs.get(&(intent.instrument, bracket)).copied();
        while let Some(order) = leg.and_then(|place| self.orders.get(place as usize)) {
            if order.intent.side == intent.side {
                largest = largest.max(order.open);
            }
            leg = order.next_leg;
        }
        largest
    }

    fn unchain(&mut self, key: (InstrumentId, BracketId), place: u32, next: Option<u32>) {
        let Some(first) = self.first_legs.get(&key).copied() else { return };
        if first == place {
            match next {
                Some(next) => self.first_legs.insert(key, next),
                None => self.first_legs.remove(&key),
            };
            return;
        }
        let mut leg = Some(first);
        while let Some(order) = leg.and_then(|at| self.orders.get_mut(at as usize)) {
            if order.next_leg == Some(place) {
                order.next_leg = next;
                return;
            }
            leg = order.next_leg;
        }
    }
}

/// Prices at which our own orders rest in one instrument, in ticks, the best last.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnBook {
    bids: Vec<i64>,
    asks: Vec<i64>,
}

impl OwnBook {
    /// As [`LiveOrders::room`].
    #[cfg(test)]
    pub(crate) const fn room(&self) -> [usize; 2] {
        [self.bids.capacity(), self.asks.capacity()]
    }

    pub(crate) fn add(&mut self, side: Side, tick: i64) {
        match side {
            Side::Buy => {
                let place = self.bids.partition_point(|other| *other < tick);
                self.bids.insert(place, tick);
            }
            Side::Sell => {
                let place = self.asks.partition_point(|other| *other > tick);
                self.asks.insert(place, tick);
            }
        }
    }

    pub(crate) fn remove(&mut self, side: Side, tick: i64) {
        let (ticks, place) = match side {
            Side::Buy => {
                let place = self.bids.partition_point(|other| *other < tick);
                (&mut self.bids, place)
            }
            Side::Sell => {
                let place = self.asks.partition_point(|other| *other > tick);
                (&mut self.asks, place)
            }
        };
        if ticks.get(place) == Some(&tick) {
            ticks.remove(place);
        }
    }

    /// The best price of our own orders that an order of this side would meet.
    pub(crate) fn best_against(&self, side: Side) -> Option<i64> {
        match side {
            Side::Buy => self.asks.last().copied(),
            Side::Sell => self.bids.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_of_our_own_is_that_of_a_plain_list(
            steps in prop::collection::vec((any::<bool>(), any::<bool>(), 95i64..105), 1..60),
        ) {
            let mut resting = OwnBook::default();
            let (mut bids, mut asks) = (Vec::new(), Vec::new());
            for (adds, buys, tick) in steps {
                let (side, list) = if buys { (Side::Buy, &mut bids) } else { (Side::Sell, &mut asks) };
                if adds {
                    resting.add(side, tick);
                    list.push(tick);
                } else {
                    resting.remove(side, tick);
                    if let Some(place) = list.iter().position(|other| *other == tick) {
                        list.swap_remove(place);
                    }
                }
                prop_assert_eq!(resting.best_against(Side::Sell), bids.iter().max().copied());
                prop_assert_eq!(resting.best_against(Side::Buy), asks.iter().min().copied());
            }
        }
    }

    #[test]
    fn neighbours_stay_together_and_everything_else_is_spread() {
        let hash = |run: u32, sequence: u32| {
            BuildHasherDefault::<Spread>::default().hash_one(ClientOrderId { run, sequence })
        };
        let place = |run, sequence| hash(run, sequence) & 0xFFFF;
        assert!((0..8).all(|k| place(1, 800 + k) == place(1, 800) + u64::from(k)));
        let mut places: Vec<u64> = (0..1_000).flat_map(|k| [place(1, k * 8), place(k + 2, 0)]).collect();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 1_700, "{} of 2 000", places.len()); // 8 192 places for eights
        let mut tags: Vec<u64> = (0..1_000).map(|k| hash(1, k) >> 57).collect();
        tags.sort_unstable();
        tags.dedup();
        assert!(tags.len() > 100, "{} of 128", tags.len());
    }
}
