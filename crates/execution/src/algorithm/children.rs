//! The children of a parent order, and what they hold of it.

use autotrading_domain::{Money, Price, Quantity, Timestamp};

use super::{Parent, Style};

/// A child's place in the order of births, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildId(pub u32);

/// One child order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its name within the parent.
    pub id: ChildId,
    /// How much, in base units.
    pub quantity: Quantity,
    /// What of it is filled.
    pub filled: Quantity,
    /// Its worst price.
    pub price: Price,
    /// What it wants of the book.
    pub style: Style,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Whether its end was asked for.
    pub ending: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Child {
    fn unfilled(&self) -> Quantity {
        self.quantity.less(self.filled)
    }
}

/// The children of a parent order, and what they hold of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Children {
    /// Those that may still fill, by birth.
    held: Vec<Child>,
    born: u32,
    filled: Quantity,
    cost: Money,
}

impl Children {
    /// What all children have filled, in base units.
    pub const fn filled(&self) -> Quantity {
        self.filled
    }

    /// What the fills cost, in quote currency, without fees.
    pub const fn cost(&self) -> Money {
        self.cost
    }

    /// How many there were.
    pub const fn born(&self) -> u32 {
        self.born
    }

    /// Those that work at the venue, as far as is known.
    pub fn live(&self) -> impl Iterator<Item = &Child> {
        self.held.iter().filter(|child| child.ended_at.is_none())
    }

    /// Whether none is at work.
    pub fn is_idle(&self) -> bool {
        self.live().next().is_none()
    }

    /// What may still fill, in base units; the rest of a child that has just ended included.
    pub fn open(&self) -> Quantity {
        self.held.iter().fold(Quantity::ZERO, |sum, child| {
            // Beyond what can be counted nothing is left to give.
            sum.plus(child.unfilled()).unwrap_or(sum)
        })
    }

    /// What is neither filled nor held by a child.
    pub fn room(&self, parent: &Parent) -> Quantity {
        parent.quantity().less(self.filled).less(self.open())
    }

    /// How far a target is from what is filled and open.
    pub fn short_of(&self, target: Quantity) -> Quantity {
        target.less(self.filled).less(self.open())
    }

    pub(super) fn bear(&mut self, quantity: Quantity, price: Price, style: Style, now: Timestamp) -> Child {
        let child = Child {
            id: ChildId(self.born),
            quantity,
            filled: Quantity::ZERO,
            price,
            style,
            placed_at: now,
            ending: false,
            ended_at: None,
        };
        self.born = self.born.saturating_add(1);
        self.held.push(child);
        child
    }

    pub(super) fn get_mut(&mut self, id: ChildId) -> Option<&mut Child> {
        self.held.iter_mut().find(|child| child.id == id)
    }

    pub(super) fn live_mut(&mut self) -> impl Iterator<Item = &mut Child> {
        self.held.iter_mut().filter(|child| child.ended_at.is_none())
    }

    /// A child was filled, be it over or not.
    pub(super) fn fill(&mut self, id: ChildId, quantity: Quantity, price: Price) {
        if let Some(child) = self.get_mut(id) {
            child.filled = child.filled.plus(quantity).unwrap_or(child.filled);
        }
        self.filled = self.filled.plus(quantity).unwrap_or(self.filled);
        self.cost = price.times(quantity).and_then(|paid| self.cost.plus(paid)).unwrap_or(self.cost);
    }

    /// Gives back what ended children held, once fills can no longer be on their way.
    pub(super) fn release(&mut self, parent: &Parent, now: Timestamp) {
        let grace = parent.spec().grace;
        self.held.retain(|child| {
            child.ended_at.is_none_or(|ended| !child.unfilled().is_zero() && now < ended.after(grace))
        });
    }
}
