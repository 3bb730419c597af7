//! One number for a whole run: what must be the same when it is repeated.

use autotrading_domain::{Event, Fill, InstrumentId, ReportKind};
use sha2::{Digest as _, Sha256};

/// SHA-256 over the data's checksum, every fill, every funding and every point of equity, in order.
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
    pub(crate) fn finish(mut self, equity: &[f64]) -> String {
        for value in equity {
            self.0.update(value.to_bits().to_le_bytes());
        }
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
