//! Client order ids that were used: none may ever mean a second order.

use autotrading_domain::ClientOrderId;
use serde::{Deserialize, Serialize};

/// How far behind the newest id an unused one may still come.
const WINDOW: u32 = 1 << 16;
const WORDS: usize = (WINDOW / 64) as usize;

/// The ids of the newest run, exactly within a window behind the newest one. What lies farther back, and every id of an
/// earlier run, counts as spent: when in doubt, no.
#[derive(Clone, Debug)]
pub(crate) struct SpentIds {
    run: u32,
    newest: u32,
    bits: Box<[u64]>,
}

/// What of it survives a restart: everything up to the newest id counts as spent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NewestId {
    run: u32,
    sequence: u32,
}

impl SpentIds {
    pub(crate) fn none() -> Self {
        Self { run: 0, newest: 0, bits: vec![0; WORDS].into_boxed_slice() }
    }

    pub(crate) fn contains(&self, id: ClientOrderId) -> bool {
        if id.run != self.run {
            return id.run < self.run;
        }
        if id.sequence > self.newest {
            return false;
        }
        self.newest - id.sequence >= WINDOW
            || self.bits.get(Self::word(id.sequence)).is_none_or(|word| word & Self::bit(id.sequence) != 0)
    }

    pub(crate) fn spend(&mut self, id: ClientOrderId) {
        if id.run < self.run {
            return;
        }
        if id.run > self.run {
            self.run = id.run;
            self.newest = 0;
            self.bits.fill(0);
        }
        if id.sequence > self.newest {
            self.forget_up_to(id.sequence);
            self.newest = id.sequence;
        }
        if self.newest - id.sequence < WINDOW
            && let Some(word) = self.bits.get_mut(Self::word(id.sequence))
        {
            *word |= Self::bit(id.sequence);
        }
    }

    pub(crate) const fn newest(&self) -> NewestId {
        NewestId { run: self.run, sequence: self.newest }
    }

    pub(crate) fn all_up_to(newest: NewestId) -> Self {
        Self { run: newest.run, newest: newest.sequence, bits: vec![u64::MAX; WORDS].into_boxed_slice() }
    }

    /// The places between the newest id and a newer one are taken over from ids a window earlier.
    fn forget_up_to(&mut self, newer: u32) {
        if newer - self.newest >= WINDOW {
            self.bits.fill(0);
            return;
        }
        for sequence in self.newest + 1..=newer {
            if let Some(word) = self.bits.get_mut(Self::word(sequence)) {
                *word &= !Self::bit(sequence);
            }
        }
    }

    const fn word(sequence: u32) -> usize {
        (sequence % WINDOW / 64) as usize
    }

    const fn bit(sequence: u32) -> u64 {
        1 << (sequence % 64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn id(run: u32, sequence: u32) -> ClientOrderId {
        ClientOrderId { run, sequence }
    }

    #[test]
    fn earlier_runs_and_distant_ids_count_as_spent() {
        let mut spent = SpentIds::none();
        spent.spend(id(2, 100_000));
        assert!(spent.contains(id(1, 7)) && spent.contains(id(2, 5)) && spent.contains(id(2, 100_000)));
        assert!(!spent.contains(id(2, 99_999)) && !spent.contains(id(3, 1)));
        let restarted = SpentIds::all_up_to(spent.newest());
        assert!(restarted.contains(id(2, 99_999)) && !restarted.contains(id(2, 100_001)));
    }

    proptest! {
        #[test]
        fn within_the_window_exactly_the_spent_ids_are_spent(sequences in prop::collection::vec(1u32..5_000, 1..200)) {
            let (mut spent, mut oracle) = (SpentIds::none(), HashSet::new());
            for sequence in sequences {
                prop_assert_eq!(spent.contains(id(1, sequence)), oracle.contains(&sequence));
                spent.spend(id(1, sequence));
                oracle.insert(sequence);
            }
        }
    }
}
