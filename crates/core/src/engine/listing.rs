//! An instrument whose facts change while it is traded, and one that is traded no more.

use autotrading_domain::{Instrument, InstrumentId, InstrumentStatus};

use super::Engine;
use crate::{EngineError, Finding, FindingKind, Turn};

/// How an instrument is listed, as far as it decides what may be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Listing {
    /// As it is known.
    #[default]
    Standing,
    /// Other facts were announced; they count as soon as no order made by the old ones lives.
    Changing(Box<Instrument>),
    /// It is traded no more.
    Delisted,
}

impl Engine {
    /// Whether orders on an instrument may be made: not between two sets of facts, and not after its end.
    pub(super) fn is_standing(&self, id: InstrumentId) -> bool {
        self.markets.get(id.index()).is_some_and(|market| market.listing == Listing::Standing)
    }

    /// The instrument may do something else from now on. A delisted one ends at the venue, with its orders: nothing is
    /// sent for it any more, and what is held is settled by a fill of the venue.
    pub(super) fn hear_status(&mut self, id: InstrumentId, status: InstrumentStatus) {
        self.note_status(id, status);
        if status == InstrumentStatus::Delisted
            && let Some(market) = self.markets.get_mut(id.index())
        {
            (market.listing, market.guard, market.work) = (Listing::Delisted, None, None);
        }
    }

    /// The instrument's facts change. Orders on the old grids are called back first; guards are set up anew on the new.
    pub(super) fn hear_listing(
        &mut self,
        id: InstrumentId,
        facts: &Instrument,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        if let Err(fault) = self.facts(id)?.clone().change(facts.clone()) {
            turn.findings.push(Finding::about(id, FindingKind::DataRefused, fault));
            return Ok(());
        }
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        if market.listing == Listing::Delisted {
            turn.findings.push(Finding::about(id, FindingKind::DataRefused, "it was delisted already"));
            return Ok(());
        }
        (market.listing, market.work) = (Listing::Changing(Box::new(facts.clone())), None);
        let live: Vec<_> = self.desk.live_of(id).map(|order| order.id()).collect();
        for order in live {
            self.cancel(order, turn)?;
        }
        self.adopt_listing(id)
    }

    /// Lets announced facts count when no order of the instrument lives any more.
    pub(super) fn adopt_listing(&mut self, id: InstrumentId) -> Result<(), EngineError> {
        if self.desk.live_of(id).next().is_some() {
            return Ok(());
        }
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        if !matches!(market.listing, Listing::Changing(_)) {
            return Ok(());
        }
        let Listing::Changing(facts) = std::mem::take(&mut market.listing) else { return Ok(()) };
        self.ledger.relist(id, (*facts).clone())?;
        self.gate.observe_listing(id, &facts);
        self.instruments.change(id, *facts)?;
        self.confirm(id)
    }
}
