//! What is odd about an event, and what was done about it.

use autotrading_domain::{ClientOrderId, InstrumentId};
use serde::{Deserialize, Serialize};

/// Something that the market, the venue or an operator said and that the house did not take at its word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// On what, if on an instrument.
    pub instrument: Option<InstrumentId>,
    /// About which order, if about one.
    pub order: Option<ClientOrderId>,
    /// What kind of oddity.
    pub kind: FindingKind,
    /// In words, with the offending value.
    pub detail: String,
}

/// What kind of oddity, and what was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Data that were not used at all.
    DataRefused,
    /// Data that were used for marking, but not to open on.
    DataDoubtful,
    /// A strategy's opinion that was not taken.
    OpinionRefused,
    /// A word of the venue that contradicts what is known.
    VenueWord,
    /// A wish of an operator that was not granted.
    OperatorRefused,
    /// A rule of leaving that could not be set up.
    ExitRule,
    /// An order that cannot be worked in slices.
    Unworkable,
    /// An opinion with several legs of which one cannot be had; the others are closed.
    HalfOpinion,
    /// Capital that could not be shared anew; the shares stay as they are.
    NotShared,
    /// An operator killed the house: what was cancelled and closed.
    Killed,
}

impl Finding {
    /// A finding about an instrument.
    pub fn about(instrument: InstrumentId, kind: FindingKind, detail: impl ToString) -> Self {
        Self { instrument: Some(instrument), order: None, kind, detail: detail.to_string() }
    }

    /// A finding about the book as a whole.
    pub fn about_all(kind: FindingKind, detail: impl ToString) -> Self {
        Self { instrument: None, order: None, kind, detail: detail.to_string() }
    }

    /// A finding about an order.
    pub fn about_order(
        instrument: InstrumentId,
        order: ClientOrderId,
        kind: FindingKind,
        detail: impl ToString,
    ) -> Self {
        Self { order: Some(order), ..Self::about(instrument, kind, detail) }
    }
}
