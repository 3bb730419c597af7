//! Requests on their way to the venue.

use autotrading_domain::{Amendment, ClientOrderId, InstrumentId, OrderIntent, Timestamp};

/// A request, as it will arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) arrives: Timestamp,
    pub(super) ask: Ask,
    /// A fault on demand: the venue takes it, and its answer gets lost.
    pub(super) unanswered: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    Place(OrderIntent),
    Amend(InstrumentId, Amendment),
    Cancel(InstrumentId, ClientOrderId),
    Query(InstrumentId, ClientOrderId),
    /// A fault on demand: it got lost on the way, and its sender is told that no answer came.
    Lost(InstrumentId, ClientOrderId),
}

impl Ask {
    pub(super) const fn instrument(&self) -> InstrumentId {
        match self {
            Self::Place(intent) => intent.instrument,
            Self::Amend(id, _) | Self::Cancel(id, _) | Self::Query(id, _) | Self::Lost(id, _) => *id,
        }
    }

    pub(super) const fn order(&self) -> ClientOrderId {
        match self {
            Self::Place(intent) => intent.id,
            Self::Amend(_, change) => change.id,
            Self::Cancel(_, id) | Self::Query(_, id) | Self::Lost(_, id) => *id,
        }
    }
}
