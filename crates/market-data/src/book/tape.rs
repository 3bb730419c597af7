//! A recorded market in rows: every level that changed and every trade, ready to be played at speed.

use autotrading_domain::{Side, Span, Timestamp};

use crate::digest::WordDigest;

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

    /// A checksum of all rows: what happened, and when it was heard.
    pub fn digest(&self) -> u64 {
        let mut digest = WordDigest::default();
        for row in &self.rows {
            let (venue, heard) = (row.venue.nanos().cast_unsigned(), row.heard.nanos().cast_unsigned());
            let kind = row.kind as u64 * 2 + u64::from(row.ends);
            digest.take([venue, heard, row.tick.cast_unsigned(), row.quantity.to_bits(), kind]);
        }
        digest.finish()
    }

    /// How far the recorder's clock was ahead of the venue's, as far as it was corrected; negative when behind.
    pub const fn clock_offset(&self) -> Span {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use crate::SyntheticBook;

    #[test]
    fn the_checksum_sees_every_change_of_a_row() {
        let tape = SyntheticBook::tape(1, 50);
        assert_eq!(tape.digest(), SyntheticBook::tape(1, 50).digest());
        for change in [
            |row: &mut super::TapeRow| row.tick += 1,
            |row: &mut super::TapeRow| row.quantity += 0.001,
            |row: &mut super::TapeRow| row.ends = !row.ends,
            |row: &mut super::TapeRow| row.heard = row.venue,
        ] {
            let mut other = tape.clone();
            other.rows.iter_mut().skip(20).take(1).for_each(change);
            assert_ne!(other.digest(), tape.digest());
        }
    }
}
