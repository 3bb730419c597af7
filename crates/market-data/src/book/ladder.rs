//! One side of a book: quantities by price, the best in constant time.
//!
//! Keys rise toward the best price: a bid's key is its tick, an offer's key is its tick negated. Levels near the best
//! lie in an array with a bit for each place that holds something; what lies far behind is kept in a tree.

use std::collections::BTreeMap;

/// Places near the best; a power of two.
const NEAR: usize = 1 << 14;
/// Words of 64 places.
const WORDS: usize = NEAR / 64;
/// Words of 64 words.
const ROWS: usize = WORDS / 64;
/// The best stands here after the window was moved: there is more behind it than before it.
const ANCHOR: i64 = NEAR as i64 / 4 * 3;
/// Below this place the window is moved after the best.
const LOW: usize = NEAR / 8;

/// No level has this key.
pub(super) const NOTHING: i64 = i64::MIN;

/// One side of a book.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// Key of the first place of the array.
    base: i64,
    near: Vec<f64>,
    /// A bit for each place that holds something.
    marks: Vec<u64>,
    /// A bit for each word of marks that is not zero.
    rows: [u64; ROWS],
    /// Levels below the array.
    far: BTreeMap<i64, f64>,
    best: i64,
}

impl Ladder {
    pub(super) fn new() -> Self {
        Self {
            base: 0,
            near: vec![0.0; NEAR],
            marks: vec![0; WORDS],
            rows: [0; ROWS],
            far: BTreeMap::new(),
            best: NOTHING,
        }
    }

    /// The largest key, or [`NOTHING`].
    #[inline]
    pub(super) const fn best(&self) -> i64 {
        self.best
    }

    /// What stands at a key; zero when nothing does.
    #[inline]
    pub(super) fn quantity(&self, key: i64) -> f64 {
        match self.near.get(self.place(key)) {
            Some(quantity) => *quantity,
            None => self.far.get(&key).copied().unwrap_or(0.0),
        }
    }

    /// Sets what stands at a key, zero takes it away, and tells what stood there. On the way of every row.
    #[inline(always)]
    pub(super) fn set(&mut self, key: i64, quantity: f64) -> f64 {
        let place = self.place(key);
        let Some(slot) = self.near.get_mut(place) else { return self.set_far(key, quantity) };
        let before = std::mem::replace(slot, quantity);
        if quantity > 0.0 {
            if before <= 0.0 {
                self.mark(place);
            }
            if key > self.best {
                self.best = key;
            }
        } else if before > 0.0 {
            self.unmark(place);
            if key == self.best {
                self.fall(place);
            }
        }
        before
    }

    pub(super) fn clear(&mut self) {
        self.near.fill(0.0);
        self.marks.fill(0);
        self.rows = [0; ROWS];
        self.far.clear();
        self.best = NOTHING;
    }

    /// The next key below this one that holds something, or [`NOTHING`].
    pub(super) fn below(&self, key: i64) -> i64 {
        let place = self.place(key);
        let near = if place < NEAR { self.last_marked(place) } else { None };
        match near {
            Some(place) => self.base + place as i64,
            None => self.far.range(..key).next_back().map_or(NOTHING, |(key, _)| *key),
        }
    }

    /// Levels from the best on.
    pub(super) fn levels(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        let first = Some(self.best).filter(|best| *best != NOTHING);
        std::iter::successors(first, |key| Some(self.below(*key)).filter(|next| *next != NOTHING))
            .map(|key| (key, self.quantity(key)))
    }

    /// The place of a key in the array; far beyond its end when it has none.
    #[inline]
    const fn place(&self, key: i64) -> usize {
        key.wrapping_sub(self.base) as usize
    }

    #[inline]
    fn mark(&mut self, place: usize) {
        if let Some(word) = self.marks.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
        if let Some(row) = self.rows.get_mut(place / 4096) {
            *row |= 1 << (place / 64 % 64);
        }
    }

    #[inline]
    fn unmark(&mut self, place: usize) {
        let Some(word) = self.marks.get_mut(place / 64) else { return };
        *word &= !(1 << (place % 64));
        if *word == 0
            && let Some(row) = self.rows.get_mut(place / 4096)
        {
            *row &= !(1 << (place / 64 % 64));
        }
    }

    /// The last place before this one that holds something.
    #[inline]
    fn last_marked(&self, before: usize) -> Option<usize> {
        let word = self.marks.get(before / 64)? & below_bit(before % 64);
        if word != 0 {
            return Some(before / 64 * 64 + top_bit(word));
        }
        let own_row = before / 4096;
        let mut words = self.rows.get(own_row)? & below_bit(before / 64 % 64);
        for row in (0..=own_row).rev() {
            if row != own_row {
                words = *self.rows.get(row)?;
            }
            if words != 0 {
                let word = row * 64 + top_bit(words);
                return Some(word * 64 + top_bit(*self.marks.get(word)?));
            }
        }
        None
    }

    /// The best is gone: the next one is.
    #[inline(never)]
    fn fall(&mut self, place: usize) {
        match self.last_marked(place) {
            Some(next) => {
                self.best = self.base + next as i64;
                if next < LOW && !self.far.is_empty() {
                    self.move_to(self.best);
                }
            }
            None => match self.far.last_key_value() {
                Some((&key, _)) => {
                    self.best = key;
                    self.move_to(key);
                }
                None => self.best = NOTHING,
            },
        }
    }

    /// A key outside the array.
    #[cold]
    fn set_far(&mut self, key: i64, quantity: f64) -> f64 {
        if quantity > 0.0 && key > self.best {
            // A new best: the array goes where it is.
            self.best = key;
            self.move_to(key);
            return self.set(key, quantity);
        }
        let before = if quantity > 0.0 { self.far.insert(key, quantity) } else { self.far.remove(&key) };
        before.unwrap_or(0.0)
    }

    /// Lays the array around a key; no level changes.
    #[cold]
    fn move_to(&mut self, key: i64) {
        for (place, quantity) in self.near.iter_mut().enumerate() {
            if *quantity > 0.0 {
                self.far.insert(self.base + place as i64, *quantity);
                *quantity = 0.0;
            }
        }
        self.marks.fill(0);
        self.rows = [0; ROWS];
        self.base = key.saturating_sub(ANCHOR);
        let within = self.far.split_off(&self.base);
        for (key, quantity) in within {
            let place = self.place(key);
            if let Some(slot) = self.near.get_mut(place) {
                *slot = quantity;
                self.mark(place);
            }
        }
    }
}

/// All bits below this one.
const fn below_bit(bit: usize) -> u64 {
    (1 << bit) - 1
}

/// The highest bit that is set.
const fn top_bit(word: u64) -> usize {
    63 - word.leading_zeros() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ladder_is_a_sorted_map_however_far_prices_jump(
            steps in prop::collection::vec((prop_oneof![3 => -40i64..40, 1 => -40_000i64..40_000], 0u8..3), 1..400)
        ) {
            let (mut ladder, mut plain) = (Ladder::new(), BTreeMap::new());
            for (key, quantity) in steps {
                let quantity = f64::from(quantity);
                let before = ladder.set(key, quantity);
                let expected = if quantity > 0.0 { plain.insert(key, quantity) } else { plain.remove(&key) };
                prop_assert_eq!(before, expected.unwrap_or(0.0));
                prop_assert_eq!(ladder.best(), plain.last_key_value().map_or(NOTHING, |(key, _)| *key));
            }
            let levels: Vec<_> = ladder.levels().collect();
            let expected: Vec<_> = plain.iter().rev().map(|(key, quantity)| (*key, *quantity)).collect();
            prop_assert_eq!(levels, expected);
        }

        #[test]
        fn a_slow_walk_over_the_whole_array_loses_no_level(step in 1i64..900, down in any::<bool>()) {
            let mut ladder = Ladder::new();
            let direction = if down { -1 } else { 1 };
            let keys: Vec<i64> = (0..60).map(|count| direction * count * step).collect();
            keys.iter().for_each(|key| { ladder.set(*key, 1.0); });
            for key in &keys {
                prop_assert_eq!(ladder.set(*key, 0.0), 1.0);
            }
            prop_assert_eq!(ladder.best(), NOTHING);
        }
    }
}
