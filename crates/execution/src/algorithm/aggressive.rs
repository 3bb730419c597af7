//! Takes what there is, up to a price bound.

use autotrading_domain::{Span, Timestamp, Toward};

use super::parent::setting;
use super::{Algorithm, AlgorithmError, AlgorithmKind, Children, MarketView, Parent, Style, Wish};

/// Takes what there is, up to a price bound: IOC orders for all that is left, as deep into the book as the reach allows.
/// Sweeps again when the book has had time to refill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggressive {
    reach: f64,
    every: Span,
    last: Option<Timestamp>,
}

impl Aggressive {
    /// Sweeps as far as `reach_bps` basis points beyond the best price of the other side, at most once in `every`.
    ///
    /// # Errors
    /// A reach outside 0 to 10 000 basis points.
    pub fn new(reach_bps: f64, every: Span) -> Result<Self, AlgorithmError> {
        let ok = (0.0..10_000.0).contains(&reach_bps);
        let reach = setting("reach", reach_bps, ok, "at least 0 and below 10000 basis points")? / 1e4;
        Ok(Self { reach, every, last: None })
    }

    /// The sweep for a quantity, when the limit reaches the other side and it is time.
    pub(super) fn sweep(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        quantity: autotrading_domain::Quantity,
    ) -> Option<Wish> {
        let far = market.far(parent.side());
        let early = self.last.is_some_and(|last| now < last.after(self.every));
        if early || quantity.is_zero() || !parent.allows(far) {
            return None;
        }
        self.last = Some(now);
        // Rounded back from the bound, which is never passed; the touch itself is on the grid.
        let price = parent.price(far * (1.0 + parent.side().sign() * self.reach), Toward::Passive);
        Some(Wish::Place { quantity, price, style: Style::Take })
    }
}

impl Algorithm for Aggressive {
    fn kind(&self) -> AlgorithmKind {
        AlgorithmKind::Aggressive
    }

    fn on(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    ) {
        if children.is_idle() {
            wishes.extend(self.sweep(now, market, parent, children.room(parent)));
        }
    }
}
