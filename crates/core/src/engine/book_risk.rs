//! What the whole book risks together, as sizing wants to see it.

use autotrading_domain::InstrumentId;
use autotrading_positions::Ledger;
use autotrading_sizing::BookRisk;

use super::{Market, comovement::Comovement};

/// Exposures and covariance of all instruments, in room that is used again.
///
/// The covariance of two instruments is the product of their volatilities over the risk horizon and of their
/// correlation. While no correlation is known it counts as one: positions of one direction add up in full.
#[derive(Debug, Default)]
pub(super) struct BookScratch {
    exposures: Vec<f64>,
    covariance: Vec<f64>,
}

impl BookScratch {
    /// Gathers the book. `false` when one instrument alone is traded, or when a volatility is not known yet: sizing then
    /// fails closed as soon as anything else is held.
    pub(super) fn gather(
        &mut self,
        markets: &[Market],
        ledger: &Ledger,
        comovement: Option<&mut Comovement>,
    ) -> bool {
        if markets.len() < 2 {
            return false;
        }
        let known = comovement.and_then(Comovement::correlation);
        let together = |row: usize, column: usize| {
            let correlation = known.and_then(|known| known.get([row, column]));
            if row == column { 1.0 } else { correlation.copied().unwrap_or(1.0) }
        };
        self.exposures.clear();
        self.covariance.clear();
        for (row, (market, id)) in markets.iter().zip((0u32..).map(InstrumentId)).enumerate() {
            self.exposures.push(ledger.notional_f64(id));
            let Some(own) = market.measures().volatility() else { return false };
            let others = markets.iter().map(|other| other.measures().volatility().unwrap_or(f64::NAN));
            self.covariance
                .extend(others.enumerate().map(|(column, their)| own * their * together(row, column)));
        }
        true
    }

    /// The book as seen from one instrument.
    pub(super) fn of(&self, id: InstrumentId) -> BookRisk<'_> {
        BookRisk { exposures: &self.exposures, covariance: &self.covariance, own: id.index() }
    }
}
