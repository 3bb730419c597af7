//! Shows a little at a time.

use autotrading_domain::{Quantity, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::parent::setting;
use super::{Algorithm, AlgorithmError, AlgorithmKind, Children, MarketView, Parent, Style, Wish};

/// Rests at the parent's limit and shows a little at a time: when the tip is filled, the next one comes up, of a size
/// that differs a little, so that it is not recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Iceberg {
    tip: f64,
    jitter: f64,
    chance: ChaCha8Rng,
}

impl Iceberg {
    /// Shows about `tip`; each tip is drawn between `tip * (1 - jitter)` and `tip`.
    ///
    /// # Errors
    /// An empty tip, or a jitter outside 0 to 1 (exclusive).
    pub fn new(tip: Quantity, jitter: f64, seed: u64) -> Result<Self, AlgorithmError> {
        let tip = tip.to_f64();
        setting("tip", tip, tip > 0.0, "above 0")?;
        setting("jitter", jitter, (0.0..1.0).contains(&jitter), "at least 0 and below 1")?;
        Ok(Self { tip, jitter, chance: ChaCha8Rng::seed_from_u64(seed) })
    }
}

impl Algorithm for Iceberg {
    fn kind(&self) -> AlgorithmKind {
        AlgorithmKind::Iceberg
    }

    fn on(
        &mut self,
        _now: Timestamp,
        _market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    ) {
        let room = children.room(parent);
        if !children.is_idle() || room.is_zero() {
            return;
        }
        let tip = parent.lots_in(self.tip * (1.0 - self.jitter * self.chance.random::<f64>()));
        let quantity = tip.max(parent.smallest()).min(room);
        wishes.push(Wish::Place { quantity, price: parent.spec().limit, style: Style::Rest });
    }
}
