//! The worst that may still come.

use autotrading_domain::{ClientOrderId, Exposure, InstrumentId, Quantity, Side};
use rust_decimal::Decimal;

use super::OrderDesk;
use crate::OrderRecord;

impl OrderDesk {
    /// What the position may become when everything fills that may fill: unknown orders count in full, an amended order
    /// counts with the larger of both sizes until the venue has answered, a bracket counts once, by its largest leg.
    pub fn exposure(&self, instrument: InstrumentId, position: Decimal) -> Exposure {
        let mut exposure = Exposure { position, ..Exposure::none(instrument) };
        for record in self.live_of(instrument).filter(|record| self.leads(record)) {
            let sum = match record.intent.side {
                Side::Buy => &mut exposure.open_buys,
                Side::Sell => &mut exposure.open_sells,
            };
            // A sum that cannot be counted is larger than any limit.
            *sum = sum.plus(self.open_of(record)).unwrap_or(Quantity::of(Decimal::MAX));
        }
        exposure
    }

    /// What may still fill of an order, in base units; what other legs of its bracket filled is gone from it too.
    pub fn open_quantity(&self, id: ClientOrderId) -> Quantity {
        self.order(id).map_or(Quantity::ZERO, |record| self.open_of(record))
    }

    fn open_of(&self, record: &OrderRecord) -> Quantity {
        match record.intent.bracket {
            Some(bracket) if record.state.may_fill() => {
                record.ceiling.less(self.brackets.filled(bracket).max(record.filled))
            }
            Some(_) | None => record.open_quantity(),
        }
    }

    /// Whether it is the leg by which its bracket counts: the largest, and of equals the first.
    fn leads(&self, record: &OrderRecord) -> bool {
        let Some(bracket) = record.intent.bracket else { return true };
        let ours = self.open_of(record);
        self.live_of(record.intent.instrument)
            .filter(|other| other.intent.bracket == Some(bracket) && other.intent.side == record.intent.side)
            .all(|other| {
                let theirs = self.open_of(other);
                theirs < ours || (theirs == ours && other.id() >= record.id())
            })
    }
}
