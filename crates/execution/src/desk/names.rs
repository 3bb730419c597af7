//! Names for orders, from a sequence and never from chance.

use std::collections::VecDeque;

use autotrading_domain::{BracketId, ClientOrderId};

use crate::DeskError;

/// How many issued names may wait for their order; an older one is void.
const WAITING: usize = 1024;

/// The names of one run. Each is good for one order.
#[derive(Debug)]
pub(super) struct Names {
    run: u32,
    last: u32,
    last_bracket: u32,
    /// Issued and not used, ascending.
    waiting: VecDeque<u32>,
}

impl Names {
    pub(super) const fn new(run: u32) -> Self {
        Self { run, last: 0, last_bracket: 0, waiting: VecDeque::new() }
    }

    pub(super) fn issue(&mut self) -> ClientOrderId {
        // At the end of the sequence the last name comes again; it is used up, so that nothing can be placed with it.
        if let Some(next) = self.last.checked_add(1) {
            self.last = next;
            self.waiting.push_back(next);
            if self.waiting.len() > WAITING {
                self.waiting.pop_front();
            }
        }
        ClientOrderId { run: self.run, sequence: self.last }
    }

    pub(super) const fn issue_bracket(&mut self) -> BracketId {
        self.last_bracket = self.last_bracket.saturating_add(1);
        BracketId(self.last_bracket)
    }

    /// Uses a name up.
    pub(super) fn spend(&mut self, id: ClientOrderId) -> Result<(), DeskError> {
        if id.run != self.run {
            return Err(DeskError::Foreign { id, run: self.run });
        }
        let place = self.waiting.binary_search(&id.sequence).map_err(|_| DeskError::NameNotFree { id })?;
        self.waiting.remove(place);
        Ok(())
    }

    /// Why nothing is known under a name.
    pub(super) fn stranger(&self, id: ClientOrderId) -> DeskError {
        if id.run != self.run {
            DeskError::Foreign { id, run: self.run }
        } else if id.sequence == 0
            || id.sequence > self.last
            || self.waiting.binary_search(&id.sequence).is_ok()
        {
            DeskError::NeverPlaced { id }
        } else {
            DeskError::Forgotten { id }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_good_for_one_order() {
        let mut names = Names::new(4);
        let (first, second) = (names.issue(), names.issue());
        assert_eq!(second, ClientOrderId { run: 4, sequence: 2 });
        assert_eq!(names.spend(second), Ok(()));
        assert_eq!(names.spend(second), Err(DeskError::NameNotFree { id: second }));
        assert_eq!(names.spend(first), Ok(()));
        let foreign = ClientOrderId { run: 5, sequence: 1 };
        assert_eq!(names.spend(foreign), Err(DeskError::Foreign { id: foreign, run: 4 }));
    }

    #[test]
    fn names_that_wait_too_long_are_void_and_memory_stays_bounded() {
        let mut names = Names::new(1);
        let first = names.issue();
        (0..WAITING).for_each(|_| {
            names.issue();
        });
        assert_eq!(names.spend(first), Err(DeskError::NameNotFree { id: first }));
        assert_eq!(names.waiting.len(), WAITING);
    }

    #[test]
    fn at_the_end_of_the_sequence_nothing_is_named_twice() {
        let mut names = Names::new(1);
        names.last = u32::MAX - 1;
        let last = names.issue();
        assert_eq!(names.spend(last), Ok(()));
        assert_eq!(names.issue(), last);
        assert_eq!(names.spend(last), Err(DeskError::NameNotFree { id: last }));
    }
}
