//! What the whole book risks together, as sizing wants to see it.

use autotrading_domain::InstrumentId;
use autotrading_positions::Ledger;
use autotrading_sizing::BookRisk;

use super::Market;

/// Exposures and covariance of all instruments, in room that is used again.
///
/// No correlation is estimated yet, and a missing correlation counts as one: positions of one direction add up in full.
#[derive(Debug, Default)]
pub(super) struct BookScratch {
    exposures: Vec<f64>,
    covariance: Vec<f64>,
}

impl BookScratch {
    /// Gathers the book. `false` when one instrument alone is traded, or when a volatility is not known yet: sizing then
    /// fails closed as soon as anything else is held.
    pub(super) fn gather(&mut self, markets: &[Market], ledger: &Ledger) -> bool {
        if markets.len() < 2 {
            return false;
        }
        self.exposures.clear();
        self.covariance.clear();
        for (market, id) in markets.iter().zip((0u32..).map(InstrumentId)) {
            self.exposures.push(ledger.notional_f64(id));
            let Some(own) = market.measures().volatility() else { return false };
            self.covariance
                .extend(markets.iter().map(|other| own * other.measures().volatility().unwrap_or(f64::NAN)));
        }
        true
    }

    /// The book as seen from one instrument.
    pub(super) fn of(&self, id: InstrumentId) -> BookRisk<'_> {
        BookRisk { exposures: &self.exposures, covariance: &self.covariance, own: id.index() }
    }
}
