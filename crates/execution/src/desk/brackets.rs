//! Orders that share one quantity.

use autotrading_domain::{BracketId, Quantity};

/// What the live brackets have filled, all legs together.
#[derive(Debug, Default)]
pub(super) struct Brackets(Vec<Bracket>);

#[derive(Debug)]
struct Bracket {
    id: BracketId,
    filled: Quantity,
    live_legs: usize,
}

impl Brackets {
    /// A leg was placed.
    pub(super) fn join(&mut self, id: BracketId) {
        match self.of(id) {
            Some(bracket) => bracket.live_legs += 1,
            None => self.0.push(Bracket { id, filled: Quantity::ZERO, live_legs: 1 }),
        }
    }

    /// A leg was filled.
    pub(super) fn fill(&mut self, id: BracketId, quantity: Quantity) {
        if let Some(bracket) = self.of(id) {
            // Too much to count is as good as all of it; the overfill was remarked long before.
            bracket.filled = bracket.filled.plus(quantity).unwrap_or(bracket.filled);
        }
    }

    /// A leg is over; a bracket without legs is forgotten.
    pub(super) fn leave(&mut self, id: BracketId) {
        if let Some(bracket) = self.of(id) {
            bracket.live_legs = bracket.live_legs.saturating_sub(1);
        }
        self.0.retain(|bracket| bracket.live_legs > 0);
    }

    /// What all legs together have filled.
    pub(super) fn filled(&self, id: BracketId) -> Quantity {
        self.0.iter().find(|bracket| bracket.id == id).map_or(Quantity::ZERO, |bracket| bracket.filled)
    }

    fn of(&mut self, id: BracketId) -> Option<&mut Bracket> {
        self.0.iter_mut().find(|bracket| bracket.id == id)
    }
}
