//! What the venue remembers of orders, so that an id places at most one and a query has an answer.

use std::collections::VecDeque;

use autotrading_domain::{ClientOrderId, Fill, InstrumentId, Reason, ReportKind};

/// How many orders, and how many fills, are remembered.
const REMEMBERED: usize = 4_096;

/// The latest orders and fills.
#[derive(Clone, Debug, Default)]
pub(super) struct OrderMemory {
    /// By id. Ids rise, so that a new one belongs at the end.
    fates: VecDeque<(ClientOrderId, Fate)>,
    fills: VecDeque<Fill>,
    /// The largest id that was forgotten. Ids rise, so nothing at or below it is new.
    forgotten: Option<ClientOrderId>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Working(InstrumentId),
    Filled,
    Rejected(Reason),
    Canceled(Reason),
    Expired(Reason),
    /// So long ago that only its end is certain.
    Forgotten,
}

impl Fate {
    /// The report of this end, if it is one that is told again.
    pub(super) fn report(&self) -> Option<ReportKind> {
        match self {
            Self::Working(_) | Self::Filled => None,
            Self::Rejected(reason) => Some(ReportKind::Rejected(reason.clone())),
            Self::Canceled(reason) => Some(ReportKind::Canceled(reason.clone())),
            Self::Expired(reason) => Some(ReportKind::Expired(reason.clone())),
            Self::Forgotten => Some(ReportKind::Canceled("over long ago".into())),
        }
    }
}

impl OrderMemory {
    /// What became of an order; `None` when the venue never had it.
    pub(super) fn fate(&self, id: ClientOrderId) -> Option<Fate> {
        if self.fates.back().is_some_and(|(latest, _)| id > *latest) {
            return None;
        }
        let known = self.fates.binary_search_by_key(&id, |(known, _)| *known).ok();
        let old = self.forgotten.is_some_and(|forgotten| id <= forgotten);
        known
            .and_then(|place| self.fates.get(place))
            .map(|(_, fate)| fate.clone())
            .or(old.then_some(Fate::Forgotten))
    }

    /// Notes what has become of an order, and forgets the oldest that is over.
    pub(super) fn note(&mut self, id: ClientOrderId, fate: Fate) {
        match self.fates.back_mut() {
            Some((latest, kept)) if *latest == id => {
                *kept = fate;
                return;
            }
            Some((latest, _)) if *latest < id => self.fates.push_back((id, fate)),
            _ => match self.fates.binary_search_by_key(&id, |(known, _)| *known) {
                Ok(place) => {
                    if let Some((_, kept)) = self.fates.get_mut(place) {
                        *kept = fate;
                    }
                    return;
                }
                Err(place) => self.fates.insert(place, (id, fate)),
            },
        }
        while self.fates.len() > REMEMBERED {
            let over = |(_, fate): &(ClientOrderId, Fate)| !matches!(fate, Fate::Working(_));
            let Some(oldest) = self.fates.iter().position(over) else { return }; // all of them work
            if let Some((id, _)) = self.fates.remove(oldest) {
                self.forgotten = self.forgotten.max(Some(id));
            }
        }
    }

    pub(super) fn note_fill(&mut self, fill: Fill) {
        if self.fills.len() >= REMEMBERED {
            self.fills.pop_front();
        }
        self.fills.push_back(fill);
    }

    /// The remembered fills of an order, in order.
    pub(super) fn fills_of(&self, id: ClientOrderId) -> impl Iterator<Item = &Fill> {
        self.fills.iter().filter(move |fill| fill.order == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_id_is_never_taken_for_a_new_one() {
        let id = |sequence| ClientOrderId { run: 1, sequence };
        let mut memory = OrderMemory::default();
        memory.note(id(1), Fate::Working(InstrumentId(0)));
        for sequence in 2..=5_000 {
            memory.note(id(sequence), Fate::Filled);
        }
        assert_eq!(memory.fate(id(1)), Some(Fate::Working(InstrumentId(0))));
        assert_eq!(memory.fate(id(2)), Some(Fate::Forgotten));
        assert_eq!(memory.fate(id(5_000)), Some(Fate::Filled));
        assert_eq!(memory.fate(id(5_001)), None);
    }
}
