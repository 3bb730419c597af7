//! What the books refuse, and how they would break.

use autotrading_domain::{
    Currency, Direction, InstrumentError, InstrumentId, Money, Quantity, Timestamp, TradeId, ValueError,
};
use rust_decimal::Decimal;

use crate::PositionMode;

/// Why the books refused something. A refusal leaves them exactly as they were.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// No instrument has this number.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
    /// A figure breaks the law of its type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A result has more digits than a decimal holds; rounding it would break the identities.
    #[error("{what} of {left} and {right} has more than 28 digits")]
    Inexact {
        /// The operation.
        what: &'static str,
        /// Its left operand.
        left: Decimal,
        /// Its right operand.
        right: Decimal,
    },
    /// An instrument settles in another currency than the account.
    #[error("instrument {} settles in {got}, the account in {expected}", instrument.0)]
    Settlement {
        /// The instrument.
        instrument: InstrumentId,
        /// Its currency.
        got: Currency,
        /// The account's.
        expected: Currency,
    },
    /// A fill of nothing.
    #[error("trade {} of instrument {} fills a quantity of zero", trade.0, instrument.0)]
    EmptyFill {
        /// The instrument.
        instrument: InstrumentId,
        /// The trade.
        trade: TradeId,
    },
    /// A trade is older than all that the ledger remembers, so that nobody can tell whether it was applied before.
    /// The venue's own books have to be asked.
    #[error(
        "trade {} of instrument {} at {at} lies before what is remembered (since {horizon}): new or repeated cannot be told",
        trade.0,
        instrument.0
    )]
    BeyondMemory {
        /// The instrument.
        instrument: InstrumentId,
        /// The trade.
        trade: TradeId,
        /// When it happened at the venue.
        at: Timestamp,
        /// The newest forgotten trade's time.
        horizon: Timestamp,
    },
    /// A fill that is inferred names no order, so that the venue's own word could not take its place.
    #[error("an inferred fill of instrument {} names no order", instrument.0)]
    InferredOfNothing {
        /// The instrument.
        instrument: InstrumentId,
    },
    /// So much has happened since a fill was inferred that no more is kept: the venue has to be asked first.
    #[error("instrument {} has seen {events} events since an inferred fill that the venue never told", instrument.0)]
    TooLongUnsettled {
        /// The instrument.
        instrument: InstrumentId,
        /// How many.
        events: usize,
    },
    /// More of an asset was sold than is held: spot has no shorts.
    #[error("instrument {} is spot: {sold} sold, {held} held", instrument.0)]
    SpotShort {
        /// The instrument.
        instrument: InstrumentId,
        /// How much is held, in base units.
        held: Quantity,
        /// How much was sold, in base units.
        sold: Quantity,
    },
    /// Funding was paid on an asset that is held outright.
    #[error("instrument {} is spot and pays no funding", instrument.0)]
    SpotFunding {
        /// The instrument.
        instrument: InstrumentId,
    },
    /// More of a hedge leg was closed than is open: legs do not flip.
    #[error("the {leg} leg of instrument {} holds {held}, {closed} would be closed", instrument.0)]
    LegOverclosed {
        /// The instrument.
        instrument: InstrumentId,
        /// The leg.
        leg: Direction,
        /// How much it holds, in base units.
        held: Quantity,
        /// How much would be closed, in base units.
        closed: Quantity,
    },
    /// The call belongs to the other position mode: one-way books have no legs, hedge books need one named.
    #[error("{call} does not belong to {mode:?} mode")]
    WrongMode {
        /// What was called.
        call: &'static str,
        /// The mode of the ledger.
        mode: PositionMode,
    },
    /// A leg is long or short, never flat.
    #[error("a hedge leg is long or short, not flat")]
    FlatLeg,
    /// An open position has no mark price.
    #[error("there is no mark price for instrument {}, in which a position is open", instrument.0)]
    MissingMark {
        /// The instrument.
        instrument: InstrumentId,
    },
    /// A journal entry is not the next one.
    #[error("journal entry {got} follows entry {last}, expected {}", last + 1)]
    OutOfSequence {
        /// The number of the last entry in the books.
        last: u64,
        /// The number of the offered entry.
        got: u64,
    },
    /// A journal entry does not tell what the books themselves make of its cause.
    #[error("journal entry {sequence} tells other effects than its cause has")]
    EntryMismatch {
        /// The number of the entry.
        sequence: u64,
    },
}

/// An identity that the books no longer satisfy. Never seen unless memory or code is broken; then nothing may trade.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IdentityBroken {
    /// A total is not what its parts add up to.
    #[error("{identity}: the books say {kept}, their parts {recomputed}")]
    Sum {
        /// The identity in words.
        identity: &'static str,
        /// The figure kept.
        kept: Money,
        /// The figure recomputed.
        recomputed: Money,
    },
    /// A position contradicts itself: flat with a cost, open without a direction or a round trip, a negative cost.
    #[error("the {direction} position in instrument {} holds {quantity} at a cost of {open_cost}", instrument.0)]
    Position {
        /// The instrument.
        instrument: InstrumentId,
        /// Its direction.
        direction: Direction,
        /// Its size, in base units.
        quantity: Quantity,
        /// Its open cost.
        open_cost: Money,
    },
    /// A measured shadow has left its exact original.
    #[error("{figure}: the measured shadow says {shadow}, the exact books {exact}")]
    Shadow {
        /// The figure.
        figure: &'static str,
        /// The shadow.
        shadow: f64,
        /// The exact value, measured.
        exact: f64,
    },
    /// The parts do not add up within a decimal.
    #[error(transparent)]
    Arithmetic(#[from] LedgerError),
}
