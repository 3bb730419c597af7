//! One number for a whole run: what must be the same when it is repeated.

use autotrading_domain::{Event, Fill, InstrumentId, ReportKind};
use sha2::{Digest as _, Sha256};

/// SHA-256 over the data's checksum, every fill, every funding, in order, and the SHA-256 of all points of equity. The two
/// are apart so that a run need not keep its equity until the end.
#[derive(Clone, Debug)]
pub(crate) struct RunDigest(Sha256);

impl RunDigest {
    pub(crate) fn of(data_digest: &str) -> Self {
        Self(Sha256::new_with_prefix(data_digest.as_bytes()))
    }

    /// Takes what an event did to the account.
    #[inline]
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::Order(report) => {
                if let ReportKind::Filled(fill) = &report.kind {
                    self.fill(fill);
                }
            }
            Event::Fill(fill) => self.fill(fill),
            Event::Funding(payment) => {
                self.of_instrument(payment.instrument);
                self.0.update(payment.at.nanos().to_le_bytes());
                self.0.update(payment.amount.get().normalize().serialize());
            }
            Event::Market(_)
            | Event::Deposit { .. }
            | Event::Operator(_)
            | Event::Connection { .. }
            | Event::Clock(_) => {}
        }
    }

    /// Takes one execution.
    pub(crate) fn fill(&mut self, fill: &Fill) {
        self.of_instrument(fill.instrument);
        self.0.update(fill.at.nanos().to_le_bytes());
        self.0.update([fill.side as u8]);
        for amount in [fill.price.get(), fill.quantity.get(), fill.fee.get()] {
            self.0.update(amount.normalize().serialize());
        }
    }

    /// Which instrument it is about, where there is more than the first.
    fn of_instrument(&mut self, id: InstrumentId) {
        if id != InstrumentId(0) {
            self.0.update(id.0.to_le_bytes());
        }
    }

    /// Ends with the equity curve; lower-case hex.
    pub(crate) fn finish(mut self, equity: EquityDigest) -> String {
        self.0.update(equity.finish());
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Points of equity that are taken together.
const TOGETHER: usize = 64;

/// SHA-256 over every point of an equity curve.
#[derive(Clone, Debug)]
pub(crate) struct EquityDigest {
    taken: Sha256,
    waiting: [[u8; 8]; TOGETHER],
    count: usize,
}

impl Default for EquityDigest {
    fn default() -> Self {
        Self { taken: Sha256::new(), waiting: [[0; 8]; TOGETHER], count: 0 }
    }
}

impl EquityDigest {
    /// The digest of a whole curve.
    pub(crate) fn of(equity: &[f64]) -> Self {
        let mut digest = Self::default();
        equity.iter().for_each(|value| digest.point(*value));
        digest
    }

    /// Takes the next point.
    #[inline]
    pub(crate) fn point(&mut self, equity: f64) {
        if let Some(place) = self.waiting.get_mut(self.count) {
            *place = equity.to_bits().to_le_bytes();
        }
        self.count += 1;
        if self.count == TOGETHER {
            self.taken.update(self.waiting.as_flattened());
            self.count = 0;
        }
    }

    fn finish(mut self) -> [u8; 32] {
        let rest = self.waiting.get(..self.count).unwrap_or_default();
        self.taken.update(rest.as_flattened());
        self.taken.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_are_taken_together_are_those_that_were_given() {
        for length in [0, 1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 1_000] {
            let equity: Vec<f64> = (0..length).map(|place| 100.0 + place as f64 / 7.0).collect();
            let bytes: Vec<u8> = equity.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
            let plain: [u8; 32] = Sha256::digest(bytes).into();
            assert_eq!(EquityDigest::of(&equity).finish(), plain, "{length} points");
        }
    }
}
