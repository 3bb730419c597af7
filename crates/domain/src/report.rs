//! What a venue says about our orders.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    ClientOrderId, Currency, InstrumentId, Money, OrderKind, Price, Quantity, Side, Timestamp, TradeId,
};

/// Whether a fill rested or took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// The order rested in the book.
    Maker,
    /// The order took from the book.
    Taker,
}

/// What brought a fill about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillCause {
    /// One of our orders traded.
    Order,
    /// The venue liquidated the position.
    Liquidation,
    /// The venue's auto-deleveraging took the position.
    AutoDeleveraging,
    /// The instrument was delisted; the venue settled the position.
    Delisting,
}

/// One execution. (instrument, trade) names it: it is applied at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The venue's name for it.
    pub trade: TradeId,
    /// Our order; `None` when the venue acted by itself.
    pub order: Option<ClientOrderId>,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Our side.
    pub side: Side,
    /// The price.
    pub price: Price,
    /// The quantity, above zero, in base units.
    pub quantity: Quantity,
    /// What it cost; a rebate is negative.
    pub fee: Money,
    /// What the fee is counted in.
    pub fee_currency: Currency,
    /// Whether it rested or took.
    pub liquidity: Liquidity,
    /// What brought it about.
    pub cause: FillCause,
    /// When it happened at the venue.
    pub at: Timestamp,
}

/// Why a venue or its terms ended or refused something.
pub type Reason = Cow<'static, str>;

/// What happened to an order at the venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// The venue has the order.
    Accepted,
    /// The venue refused it.
    Rejected(Reason),
    /// Its condition came true.
    Triggered,
    /// It traded.
    Filled(Fill),
    /// It ended on request, or by a rule of the venue.
    Canceled(Reason),
    /// Its own terms ended it.
    Expired(Reason),
    /// A cancel was refused.
    CancelRefused(Reason),
    /// It was changed.
    Amended {
        /// Its total quantity now.
        quantity: Quantity,
        /// How it is filled now.
        kind: OrderKind,
    },
    /// A change was refused.
    AmendRefused(Reason),
    /// No answer came to a request.
    TimedOut,
    /// Answer to a query: it works, this much of it filled so far.
    Working {
        /// The filled part, in base units.
        filled: Quantity,
    },
    /// Answer to a query: the venue never had it.
    Absent,
}

/// The venue's word on one of our orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReport {
    /// Our name for the order.
    pub order: ClientOrderId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// When it happened at the venue.
    pub ts_event: Timestamp,
    /// When we heard of it.
    pub ts_received: Timestamp,
    /// What happened.
    pub kind: ReportKind,
}
