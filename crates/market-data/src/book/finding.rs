//! What can be wrong with the messages of a book.

use autotrading_domain::Timestamp;
use serde::Serialize;

/// What was found, with what was there and what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum BookFinding {
    /// Messages are missing: the book is not known from here on, until the next snapshot.
    #[error("a gap in the book: the update follows {follows}, but the last one was {last}")]
    Gap {
        /// Number of the last update that was taken in.
        last: u64,
        /// Number that the message follows.
        follows: u64,
    },
    /// The message is older than what is in the book already. It is left out.
    #[error("a book update out of order: {got} comes after {last}")]
    OutOfOrder {
        /// Number of the last update that was taken in.
        last: u64,
        /// Last number of the message.
        got: u64,
    },
    /// The snapshot is too old to be continued by the messages that are there. It is left out.
    #[error("the snapshot ends at {snapshot}, but the first update after it follows {follows}")]
    SnapshotTooOld {
        /// Last number of the snapshot.
        snapshot: u64,
        /// Number that the first message after it follows.
        follows: u64,
    },
    /// Best bid at or above best offer after a whole message: the book is not known until the next snapshot.
    #[error("a crossed book: bid {bid} and offer {ask}, in ticks")]
    Crossed {
        /// Best bid, in ticks.
        bid: i64,
        /// Best offer, in ticks.
        ask: i64,
    },
    /// A level has a price that is not above zero, or a quantity that is negative or not finite. The message is left
    /// out, and with it the book is not known until the next snapshot.
    #[error("an unsound level: {quantity} at tick {tick}")]
    Unsound {
        /// Price in ticks.
        tick: i64,
        /// Quantity, in base units.
        quantity: f64,
    },
    /// More messages came before a snapshot than are kept; the oldest is left out.
    #[error("{kept} updates wait for a snapshot, the oldest is left out")]
    Overflow {
        /// How many are kept.
        kept: usize,
    },
    /// The venue's clock ran backward. The message is kept, at the time of the one before it.
    #[error("the venue's clock ran backward: {got} after {last}")]
    ClockBackward {
        /// The latest time before.
        last: Timestamp,
        /// The time of the message.
        got: Timestamp,
    },
}

impl BookFinding {
    const KINDS: usize = 7;

    const fn kind(&self) -> usize {
        match self {
            Self::Gap { .. } => 0,
            Self::OutOfOrder { .. } => 1,
            Self::SnapshotTooOld { .. } => 2,
            Self::Crossed { .. } => 3,
            Self::Unsound { .. } => 4,
            Self::Overflow { .. } => 5,
            Self::ClockBackward { .. } => 6,
        }
    }
}

/// Findings, all counted and the first of each kind listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BookFindings {
    counts: [u64; BookFinding::KINDS],
    listed: Vec<BookFinding>,
}

impl BookFindings {
    /// How many of each kind are listed.
    const LISTED: u64 = 100;

    pub(super) fn add(&mut self, finding: BookFinding) {
        let Some(count) = self.counts.get_mut(finding.kind()) else { return };
        *count += 1;
        if *count <= Self::LISTED {
            self.listed.push(finding);
        }
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many there are of the kind of this one.
    pub fn count_like(&self, finding: &BookFinding) -> u64 {
        self.counts.get(finding.kind()).copied().unwrap_or(0)
    }

    /// The first hundred of each kind, in the order of finding.
    pub fn listed(&self) -> &[BookFinding] {
        &self.listed
    }
}
