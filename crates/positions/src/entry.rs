//! The journal of the books: one entry per change, with everything the change did.

use autotrading_domain::{Direction, Fill, FundingPayment, Money, Quantity, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ClosedTrade;

/// One change of the books. The causes in order rebuild the ledger; the effects say what each of them did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookEntry {
    /// Its place in the journal of the ledger, from 1.
    pub sequence: u64,
    /// What changed.
    pub change: BookChange,
    /// The wallet afterwards: deposits + realized - fees + funding, in settlement currency.
    pub wallet: Money,
}

impl BookEntry {
    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match &self.change {
            BookChange::Deposit { at, .. } => *at,
            BookChange::Fill(booked) => booked.fill.at,
            BookChange::Funding(booked) => booked.payment.at,
        }
    }

    /// The round trip that it ended, if it did.
    pub const fn closed_trade(&self) -> Option<&ClosedTrade> {
        match &self.change {
            BookChange::Fill(booked) => booked.closed_trade.as_ref(),
            BookChange::Deposit { .. } | BookChange::Funding(_) => None,
        }
    }
}

/// What can change the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every entry is a fill; a box would allocate for each")]
pub enum BookChange {
    /// Money came in, or went out when negative.
    Deposit {
        /// How much, booked, in settlement currency.
        amount: Money,
        /// When.
        at: Timestamp,
    },
    /// Something was traded.
    Fill(FillBooked),
    /// Funding was received or paid.
    Funding(FundingBooked),
}

/// A fill and all that it did. Money in settlement currency unless said otherwise, quantities in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FillBooked {
    /// The fill.
    pub fill: Fill,
    /// The leg it belongs to, in hedge mode.
    pub leg: Option<Direction>,
    /// The position before, positive long, negative short.
    pub before: Decimal,
    /// The position after.
    pub after: Decimal,
    /// How much it closed.
    pub closed: Quantity,
    /// How much it opened.
    pub opened: Quantity,
    /// The cost that the closed part set free: `booked(open cost * closed / held)`, all of it at a full close.
    pub released_cost: Money,
    /// The cost that the opened part added: `price * opened`.
    pub added_cost: Money,
    /// `booked(side * (price * closed - released cost))`.
    pub realized: Money,
    /// The fee, booked, in its own currency.
    pub fee: Money,
    /// The part of the fee that is counted to the closed quantity; zero when the fee is in another currency.
    pub fee_of_close: Money,
    /// The part of the fee that is counted to the opened quantity; zero when the fee is in another currency.
    pub fee_of_open: Money,
    /// The open cost afterwards.
    pub open_cost: Money,
    /// Whether a round trip began: from flat, or by crossing zero.
    pub began: bool,
    /// The round trip that ended, if one did.
    pub closed_trade: Option<ClosedTrade>,
    /// Whether nobody told it yet: see [`Ledger::infer_fill`](crate::Ledger::infer_fill).
    #[serde(default)]
    pub inferred: bool,
    /// How much of an inferred fill it took the place of, in base units. What changed then is `after - before`,
    /// `realized`, `fee_of_open` (the change of all fees) and `open_cost`.
    #[serde(default)]
    pub replaced: Quantity,
    /// The round trips that ended since that inferred fill, each told again as it is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retold: Vec<ClosedTrade>,
}

/// A funding payment and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundingBooked {
    /// The payment.
    pub payment: FundingPayment,
    /// The leg whose round trip it is counted to, in hedge mode.
    pub leg: Option<Direction>,
    /// What was booked: positive when received.
    pub amount: Money,
    /// Whether a round trip was open that it could be counted to.
    pub counted_to_trip: bool,
}

/// What became of a fill.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the entry belongs into a journal"]
#[expect(clippy::large_enum_variant, reason = "duplicates are rare; a box would allocate for every fill")]
pub enum Applied {
    /// It changed the books.
    Booked(BookEntry),
    /// This trade was applied before; nothing changed.
    Duplicate,
}

impl Applied {
    /// The entry, unless it was a duplicate.
    pub fn entry(self) -> Option<BookEntry> {
        match self {
            Self::Booked(entry) => Some(entry),
            Self::Duplicate => None,
        }
    }
}
