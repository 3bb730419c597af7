//! What a word of the venue did to an order.

use autotrading_domain::{ClientOrderId, Fill, OrderState, Quantity};

/// What a word of the venue did to an order.
#[must_use = "the fill must be booked"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeskEffect {
    /// The order.
    pub order: ClientOrderId,
    /// Where it was.
    pub before: OrderState,
    /// Where it is now.
    pub state: OrderState,
    /// An execution heard of for the first time: book it, whatever else is remarked.
    pub fill: Option<Fill>,
    /// Whether this very word ended the order.
    pub finished: bool,
    /// What is odd about it.
    pub remark: Option<Remark>,
}

/// What is odd about a word of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The execution was known already; nothing was done.
    Duplicate,
    /// The word is older than what is known already; nothing was done.
    Stale,
    /// The fill came after the order's end. It changes the position all the same.
    LateFill,
    /// More was filled than was ever ordered: the instrument is quarantined.
    Overfill {
        /// The most that was ever ordered.
        ordered: Quantity,
        /// What is filled now.
        filled: Quantity,
    },
    /// An order was filled that was refused before: the instrument is quarantined.
    FillOfRefused,
    /// The venue has filled this much more than was heard of: its fills must be asked for.
    Missing(Quantity),
}

impl Remark {
    /// Whether the venue and the desk contradict each other, so that nothing more may be opened on the instrument
    /// until somebody has looked.
    pub const fn quarantines(self) -> bool {
        match self {
            Self::Overfill { .. } | Self::FillOfRefused => true,
            Self::Duplicate | Self::Stale | Self::LateFill | Self::Missing(_) => false,
        }
    }
}
