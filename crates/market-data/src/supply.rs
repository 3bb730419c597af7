//! Bars wherever they lie: in memory, or in a file that is larger than memory.

use std::fmt;

use autotrading_domain::{Bar, Span, Timestamp};

use crate::{History, Window};

/// What must be known of bars before they are walked along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarFacts {
    /// The length of a bar.
    pub interval: Span,
    /// As [`History::price_decimals`].
    pub price_decimals: u32,
    /// How many bars there are.
    pub bars: usize,
    /// When the first bar opens.
    pub start: Option<Timestamp>,
    /// When the last bar closes.
    pub end: Option<Timestamp>,
    /// The highest high, in quote currency per base unit; zero without bars.
    pub highest: f64,
    /// As [`Window::digest`].
    pub digest: u64,
}

/// Why bars that lie elsewhere cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SupplyError(Box<dyn std::error::Error + Send + Sync>);

impl SupplyError {
    /// Takes the error of whoever reads them.
    pub fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(source))
    }
}

/// Bars of one instrument that can be walked along as often as wanted, oldest first, wherever they lie.
///
/// Each walk gives the same bars, [`BarFacts::bars`] of them. Whoever reads a file for it keeps a bounded piece of it at
/// a time.
pub trait BarSupply: fmt::Debug {
    /// What is known before the first bar.
    fn facts(&self) -> BarFacts;

    /// Begins at the first bar.
    ///
    /// # Errors
    /// The source cannot be opened.
    fn walk(&self) -> Result<Box<dyn BarWalk + '_>, SupplyError>;
}

/// One walk along a supply.
pub trait BarWalk: fmt::Debug {
    /// The next bar; `None` after the last.
    ///
    /// # Errors
    /// The source cannot be read on.
    fn next_bar(&mut self) -> Result<Option<Bar>, SupplyError>;
}

impl BarSupply for Window<'_> {
    fn facts(&self) -> BarFacts {
        BarFacts {
            interval: self.interval(),
            price_decimals: self.price_decimals(),
            bars: self.len(),
            start: self.start(),
            end: self.end(),
            highest: self.high().iter().copied().fold(0.0, f64::max),
            digest: self.digest(),
        }
    }

    fn walk(&self) -> Result<Box<dyn BarWalk + '_>, SupplyError> {
        Ok(Box::new(InMemory { window: *self, next: 0 }))
    }
}

impl BarSupply for History {
    fn facts(&self) -> BarFacts {
        self.all().facts()
    }

    fn walk(&self) -> Result<Box<dyn BarWalk + '_>, SupplyError> {
        Ok(Box::new(InMemory { window: self.all(), next: 0 }))
    }
}

#[derive(Debug)]
struct InMemory<'a> {
    window: Window<'a>,
    next: usize,
}

impl BarWalk for InMemory<'_> {
    fn next_bar(&mut self) -> Result<Option<Bar>, SupplyError> {
        self.next += 1;
        Ok(self.window.bar(self.next - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommonWorkload;

    #[test]
    fn each_walk_begins_anew_and_gives_every_bar() {
        let history = CommonWorkload::history(5);
        for _ in 0..2 {
            let mut walk = history.walk().unwrap();
            let mut walked = Vec::new();
            while let Some(bar) = walk.next_bar().unwrap() {
                walked.push(bar);
            }
            assert!(history.iter().eq(walked));
        }
        let facts = history.facts();
        assert_eq!((facts.bars, facts.start, facts.end), (5, history.all().start(), history.all().end()));
    }
}
