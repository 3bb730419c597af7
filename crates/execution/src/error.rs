//! Why the desk did not do as it was told. An order that meets an error stays as it was.

use autotrading_domain::{ClientOrderId, IllegalTransition, InstrumentId, Quantity, Side, ValueError};

/// Why the desk did not do as it was told. The order concerned stays as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// The order was issued by another run of the program.
    #[error("order {id} belongs to run {}, this is run {run}", id.run)]
    Foreign {
        /// The order.
        id: ClientOrderId,
        /// This desk's run.
        run: u32,
    },
    /// No order of this name was placed or denied.
    #[error("order {id} was never placed")]
    NeverPlaced {
        /// The order.
        id: ClientOrderId,
    },
    /// The order ended so long ago that the desk no longer remembers it.
    #[error("order {id} is over and forgotten")]
    Forgotten {
        /// The order.
        id: ClientOrderId,
    },
    /// The name was used before, or was not issued by this desk.
    #[error("the name {id} is not free: an order is placed at most once, under a name that this desk issued")]
    NameNotFree {
        /// The name.
        id: ClientOrderId,
    },
    /// An order of nothing.
    #[error("order {id} has no quantity")]
    Empty {
        /// The order.
        id: ClientOrderId,
    },
    /// The venue speaks of another instrument than we ordered.
    #[error("order {id} trades instrument {}, the venue reports {}", ours.0, reported.0)]
    WrongInstrument {
        /// The order.
        id: ClientOrderId,
        /// What we ordered.
        ours: InstrumentId,
        /// What was reported.
        reported: InstrumentId,
    },
    /// The venue speaks of another side than we ordered.
    #[error("order {id} is to {ours}, the venue reports a {reported}")]
    WrongSide {
        /// The order.
        id: ClientOrderId,
        /// What we ordered.
        ours: Side,
        /// What was reported.
        reported: Side,
    },
    /// It cannot happen to the order where it is, and it is no late word either.
    #[error("order {id}: {source}")]
    Illegal {
        /// The order.
        id: ClientOrderId,
        /// What was said to have happened, and where the order was.
        source: IllegalTransition,
    },
    /// An amendment asks for no more than is filled already; cancel instead.
    #[error("order {id} has {filled} filled and cannot be amended to {wanted}")]
    BelowFilled {
        /// The order.
        id: ClientOrderId,
        /// The total quantity asked for.
        wanted: Quantity,
        /// What is filled.
        filled: Quantity,
    },
    /// An amendment asks for another kind of order.
    #[error("order {id} cannot be amended into another kind of order")]
    OtherKind {
        /// The order.
        id: ClientOrderId,
    },
    /// A figure is not representable.
    #[error("order {id}: {source}")]
    Value {
        /// The order.
        id: ClientOrderId,
        /// What is wrong.
        source: ValueError,
    },
}
