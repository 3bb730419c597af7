//! What is offered and bid for at the best prices.

use autotrading_domain::{Quote, Side, Span, Timestamp};

/// Quantities at the best bid and offer, and when they stood there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    bid: f64,
    ask: f64,
    at: Timestamp,
}

impl Default for Touch {
    fn default() -> Self {
        Self { bid: f64::NAN, ask: f64::NAN, at: Timestamp::from_nanos(i64::MIN) }
    }
}

impl Touch {
    pub(super) const fn of(quote: &Quote, at: Timestamp) -> Self {
        Self { bid: quote.bid_quantity, ask: quote.ask_quantity, at }
    }

    /// Base units at the best price that an order of this side would take from; `None` while nobody has quoted, and
    /// from `stale_after` on.
    pub(super) fn depth(&self, side: Side, now: Timestamp, stale_after: Span) -> Option<f64> {
        let depth = match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        };
        (depth.is_finite() && now.since(self.at) <= stale_after).then_some(depth)
    }
}
