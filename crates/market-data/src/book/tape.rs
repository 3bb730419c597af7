//! A recorded market in rows: every level that changed and every trade, ready to be played at speed.

use autotrading_domain::{Side, Span, Timestamp};

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// The bids at a price are this much from now on; zero: none.
    Bid,
    /// The offers at a price are this much from now on.
    Ask,
    /// Somebody bought this much at a price, as taker.
    Bought,
    /// Somebody sold this much at a price, as taker.
    Sold,
    /// The book is made anew: what stood in it is gone.
    Clear,
    /// The book is not known any more, until the next `Clear`.
    Lost,
    /// The best bid is this one: with quotes alone, no book.
    BestBid,
    /// The best offer is this one.
    BestAsk,
    /// The mark price, in `quantity` (quote currency per base unit).
    Mark,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapeRow {
    /// When it happened, by the venue's clock.
    pub venue: Timestamp,
    /// When the recorder heard of it, brought to the venue's clock.
    pub heard: Timestamp,
    /// Price in ticks of the instrument.
    pub tick: i64,
    /// Amount, in base units.
    pub quantity: f64,
    /// What it says.
    pub kind: RowKind,
    /// Whether it is the last row of its message. Within a message the book may be crossed; after it, it is not.
    pub ends: bool,
}

impl TapeRow {
    /// The side of the book that a level belongs to.
    pub const fn side(&self) -> Option<Side> {
        match self.kind {
            RowKind::Bid | RowKind::BestBid => Some(Side::Buy),
            RowKind::Ask | RowKind::BestAsk => Some(Side::Sell),
            RowKind::Bought | RowKind::Sold | RowKind::Clear | RowKind::Lost | RowKind::Mark => None,
        }
    }
}

/// Rows in the order of the venue's time. A [`TapeBuilder`](super::TapeBuilder) makes them of messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    pub(super) rows: Vec<TapeRow>,
    pub(super) offset: Span,
}

impl Tape {
    /// The rows.
    pub fn rows(&self) -> &[TapeRow] {
        &self.rows
    }

    /// How far the recorder's clock was ahead of the venue's, as far as it was corrected; negative when behind.
    pub const fn clock_offset(&self) -> Span {
        self.offset
    }
}
