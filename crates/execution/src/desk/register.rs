//! Where the records lie: live orders in order of their names, and the most recent ones that are over.

use std::collections::{HashMap, VecDeque, hash_map::DefaultHasher};
use std::hash::BuildHasherDefault;

use autotrading_domain::{ClientOrderId, OrderIntent, Timestamp};

use crate::OrderRecord;

/// Slots are used again, so that a desk at work allocates nothing.
#[derive(Debug)]
pub(super) struct Register {
    slots: Vec<OrderRecord>,
    free: Vec<usize>,
    /// Only looked up, never walked; the hash is the same in every run.
    places: HashMap<ClientOrderId, usize, BuildHasherDefault<DefaultHasher>>,
    /// Slots of the live orders, by name.
    live: Vec<usize>,
    /// Slots of the orders that are over, oldest first.
    over: VecDeque<usize>,
    remembered: usize,
}

impl Register {
    pub(super) fn new(remembered: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            places: HashMap::default(),
            live: Vec::new(),
            over: VecDeque::new(),
            remembered,
        }
    }

    pub(super) fn place_of(&self, id: ClientOrderId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(super) fn at(&self, place: usize) -> Option<&OrderRecord> {
        self.slots.get(place)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut OrderRecord> {
        self.slots.get_mut(place)
    }

    pub(super) fn get(&self, id: ClientOrderId) -> Option<&OrderRecord> {
        self.at(self.place_of(id)?)
    }

    pub(super) fn live(&self) -> impl DoubleEndedIterator<Item = &OrderRecord> + Clone {
        self.live.iter().filter_map(|place| self.slots.get(*place))
    }

    pub(super) const fn live_places(&self) -> &[usize] {
        self.live.as_slice()
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.live.is_empty()
    }

    /// Opens a record, which is live until it is closed.
    pub(super) fn open(&mut self, intent: &OrderIntent, now: Timestamp) -> Option<&mut OrderRecord> {
        let place = self.fresh(intent, now);
        let at = self.live.partition_point(|other| self.name(*other) < Some(intent.id));
        self.live.insert(at, place);
        self.slots.get_mut(place)
    }

    /// Opens a record that is over from the start.
    pub(super) fn open_over(&mut self, intent: &OrderIntent, now: Timestamp) -> Option<usize> {
        let place = self.fresh(intent, now);
        self.remember(place);
        self.place_of(intent.id)
    }

    /// Moves a live record to those that are over.
    pub(super) fn close(&mut self, place: usize) {
        let name = self.name(place);
        let at = self.live.partition_point(|other| self.name(*other) < name);
        if self.live.get(at) == Some(&place) {
            self.live.remove(at);
            self.remember(place);
        }
    }

    fn name(&self, place: usize) -> Option<ClientOrderId> {
        self.slots.get(place).map(OrderRecord::id)
    }

    fn fresh(&mut self, intent: &OrderIntent, now: Timestamp) -> usize {
        let place = self.free.pop().unwrap_or(self.slots.len());
        match self.slots.get_mut(place) {
            Some(record) => record.begin(intent, now),
            None => self.slots.push(OrderRecord::new(intent, now)),
        }
        self.places.insert(intent.id, place);
        place
    }

    fn remember(&mut self, place: usize) {
        self.over.push_back(place);
        while self.over.len() > self.remembered {
            if let Some(oldest) = self.over.pop_front() {
                if let Some(name) = self.name(oldest) {
                    self.places.remove(&name);
                }
                self.free.push(oldest);
            }
        }
    }
}
