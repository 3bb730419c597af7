//! Snapshot and changes in step: when the local book is the venue's book, and when it is not.

use std::collections::VecDeque;

use autotrading_domain::{BookLevels, Level, Side};
use serde::{Deserialize, Serialize};

use super::{BookFinding, BookFindings, LocalBook};

/// How a venue numbers the changes of its book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateNumbering {
    /// Each message names the last number of the one before it (`pu`); numbers in between belong to other books.
    #[default]
    NamesPrevious,
    /// Numbers have no holes: each message begins right after the end of the one before it.
    Consecutive,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BookNews {
    /// It is in the book.
    Applied,
    /// The book was made anew, out of a snapshot and what had waited for it.
    Rebuilt,
    /// It waits for a snapshot.
    Waits,
    /// It is older than the book, as it must be right after a snapshot.
    Older,
    /// Something is wrong; after most findings the book is not known until the next snapshot.
    Found(BookFinding),
}

/// How many messages wait for a snapshot at most.
const WAITING: usize = 10_000;

/// Keeps a [`LocalBook`] in step with the messages of a venue, or says that it is not.
///
/// Changes that come before the snapshot wait. Of those, the ones that end before the snapshot are dropped; the first
/// one kept must reach over the snapshot's end; from then on each must continue the one before it. After a gap, a
/// crossed book or an unsound level the book is empty and not known until the next snapshot, never wrong. Source of the
/// rules: Binance, "How to manage a local order book correctly" (USD-M futures and spot).
///
/// ```
/// use autotrading_domain::{BookLevels, Level, Side};
/// use autotrading_market_data::{BookNews, BookSync, UpdateNumbering};
///
/// let mut sync = BookSync::new(UpdateNumbering::NamesPrevious);
/// let level = |tick, quantity| vec![Level { tick, quantity }];
/// let change = BookLevels { first_update: 12, last_update: 15, previous_update: Some(9), bids: level(99, 3.0), asks: vec![] };
/// assert_eq!(sync.change(&change), BookNews::Waits);
/// let snapshot = BookLevels { last_update: 13, bids: level(99, 1.0), asks: level(101, 2.0), ..BookLevels::default() };
/// assert_eq!(sync.snapshot(&snapshot), BookNews::Rebuilt);
/// assert_eq!(sync.book().map(|book| book.quantity(Side::Buy, 99)), Some(3.0));
/// let late = BookLevels { first_update: 19, last_update: 20, previous_update: Some(18), ..BookLevels::default() };
/// let BookNews::Found(gap) = sync.change(&late) else { panic!("16 to 18 are missing") };
/// assert_eq!(gap.to_string(), "a gap in the book: the update follows 18, but the last one was 15");
/// assert!(sync.book().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct BookSync {
    numbering: UpdateNumbering,
    book: LocalBook,
    state: State,
    waiting: VecDeque<BookLevels>,
    findings: BookFindings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The book is not known.
    Unknown,
    /// A snapshot is there; the first change must reach over its end.
    Bridging { snapshot: u64 },
    /// In step.
    Running { last: u64 },
}

impl BookSync {
    /// A book that is not known yet.
    pub fn new(numbering: UpdateNumbering) -> Self {
        Self {
            numbering,
            book: LocalBook::new(),
            state: State::Unknown,
            waiting: VecDeque::new(),
            findings: BookFindings::default(),
        }
    }

    /// The book; `None` while it is not known.
    pub fn book(&self) -> Option<&LocalBook> {
        (self.state != State::Unknown).then_some(&self.book)
    }

    /// Number of the last update in the book; `None` while it is not known.
    pub const fn last_update(&self) -> Option<u64> {
        match self.state {
            State::Unknown => None,
            State::Bridging { snapshot: last } | State::Running { last } => Some(last),
        }
    }

    /// Everything that was found so far.
    pub const fn findings(&self) -> &BookFindings {
        &self.findings
    }

    pub(super) const fn findings_mut(&mut self) -> &mut BookFindings {
        &mut self.findings
    }

    /// Takes in a whole book.
    pub fn snapshot(&mut self, levels: &BookLevels) -> BookNews {
        if let Some(finding) = unsound(levels) {
            return self.find(finding);
        }
        if let Some(last) = self.last_update()
            && levels.last_update < last
        {
            return self.find(BookFinding::OutOfOrder { last, got: levels.last_update });
        }
        let first_kept = self.waiting.iter().find(|change| !self.is_before(change, levels.last_update));
        if let Some(change) = first_kept
            && !self.reaches_over(change, levels.last_update)
        {
            let (snapshot, follows) = (levels.last_update, self.follows(change));
            return self.find(BookFinding::SnapshotTooOld { snapshot, follows });
        }
        self.book.clear();
        self.book.apply(levels);
        self.state = State::Bridging { snapshot: levels.last_update };
        if let Some(finding) = self.crossing() {
            return self.lose(finding);
        }
        for change in std::mem::take(&mut self.waiting) {
            if let BookNews::Found(finding) = self.take(&change) {
                return BookNews::Found(finding);
            }
        }
        BookNews::Rebuilt
    }

    /// Takes in a change.
    pub fn change(&mut self, levels: &BookLevels) -> BookNews {
        if self.state == State::Unknown {
            return self.wait(levels);
        }
        self.take(levels)
    }

    /// The messages stopped, at a reconnect for one: the book is not known until the next snapshot.
    pub fn lose_track(&mut self) {
        self.state = State::Unknown;
        self.book.clear();
        self.waiting.clear();
    }

    fn wait(&mut self, levels: &BookLevels) -> BookNews {
        self.waiting.push_back(levels.clone());
        if self.waiting.len() > WAITING {
            self.waiting.pop_front();
            return self.find(BookFinding::Overflow { kept: WAITING });
        }
        BookNews::Waits
    }

    fn take(&mut self, levels: &BookLevels) -> BookNews {
        match self.state {
            State::Unknown => return self.wait(levels),
            State::Bridging { snapshot } if self.is_before(levels, snapshot) => return BookNews::Older,
            State::Bridging { snapshot } if !self.reaches_over(levels, snapshot) => {
                let follows = self.follows(levels);
                return self.lose_at(BookFinding::SnapshotTooOld { snapshot, follows }, levels);
            }
            State::Running { last } if levels.last_update <= last => {
                return self.find(BookFinding::OutOfOrder { last, got: levels.last_update });
            }
            State::Running { last } if self.follows(levels) != last => {
                let follows = self.follows(levels);
                return self.lose_at(BookFinding::Gap { last, follows }, levels);
            }
            State::Bridging { .. } | State::Running { .. } => {}
        }
        if let Some(finding) = unsound(levels) {
            return self.lose(finding);
        }
        self.book.apply(levels);
        self.state = State::Running { last: levels.last_update };
        match self.crossing() {
            Some(finding) => self.lose(finding),
            None => BookNews::Applied,
        }
    }

    /// The number that a change follows.
    fn follows(&self, change: &BookLevels) -> u64 {
        match (self.numbering, change.previous_update) {
            (UpdateNumbering::NamesPrevious, Some(previous)) => previous,
            _ => change.first_update.saturating_sub(1),
        }
    }

    fn is_before(&self, change: &BookLevels, snapshot: u64) -> bool {
        match self.numbering {
            UpdateNumbering::NamesPrevious => change.last_update < snapshot,
            UpdateNumbering::Consecutive => change.last_update <= snapshot,
        }
    }

    fn reaches_over(&self, change: &BookLevels, snapshot: u64) -> bool {
        self.follows(change) <= snapshot && snapshot <= change.last_update
    }

    fn crossing(&self) -> Option<BookFinding> {
        match (self.book.best_tick(Side::Buy), self.book.best_tick(Side::Sell)) {
            (Some(bid), Some(ask)) if bid >= ask => Some(BookFinding::Crossed { bid, ask }),
            _ => None,
        }
    }

    fn find(&mut self, finding: BookFinding) -> BookNews {
        self.findings.add(finding);
        BookNews::Found(finding)
    }

    fn lose(&mut self, finding: BookFinding) -> BookNews {
        self.lose_track();
        self.find(finding)
    }

    /// Loses the book, and keeps the change: the snapshot to come may end before it.
    fn lose_at(&mut self, finding: BookFinding, change: &BookLevels) -> BookNews {
        self.lose_track();
        self.waiting.push_back(change.clone());
        self.find(finding)
    }
}

fn unsound(levels: &BookLevels) -> Option<BookFinding> {
    let sound = |level: &&Level| level.tick > 0 && (0.0..f64::INFINITY).contains(&level.quantity);
    let bad = levels.bids.iter().chain(&levels.asks).find(|level| !sound(level))?;
    Some(BookFinding::Unsound { tick: bad.tick, quantity: bad.quantity })
}
