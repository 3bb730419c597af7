//! One run: changes of opinion in, fills and equity out.

use std::ops::Range;

use autotrading_domain::{Direction, Timestamp};
use autotrading_market_data::Window;

use super::account::Account;
use super::books::Books;
use super::curve::Curve;
use super::terms::Terms;
use super::{Change, ColumnFault, ColumnOutcome, Keep};

/// A run on its way. Stretches of bars come in order and without gaps.
#[derive(Debug)]
pub(super) struct Course {
    terms: Terms,
    keep: Keep,
    account: Account,
    books: Books,
    curve: Curve,
    /// An order that meets the open of the next bar.
    sent: Option<Direction>,
    /// Equity of the stretch at hand; with [`Keep::Everything`] of all before as well.
    equity: Vec<f64>,
    turns: Vec<Change>,
}

impl Course {
    pub(super) fn new(terms: Terms, keep: Keep, bars: usize) -> Self {
        Self {
            account: Account::new(&terms),
            books: Books::new(&terms),
            curve: Curve::new(),
            sent: None,
            equity: Vec::with_capacity(if keep == Keep::Everything { bars } else { 0 }),
            turns: Vec::new(),
            keep,
            terms,
        }
    }

    /// Takes the changes of a stretch.
    pub(super) fn take(
        &mut self,
        bars: Window<'_>,
        places: Range<usize>,
        changes: &[Change],
    ) -> Result<(), ColumnFault> {
        let mut drawn = places.start;
        if let Some(to) = self.sent.take() {
            self.fill(bars, places.start, to)?;
        }
        let mut from = places.start;
        for change in changes {
            let place = change.place;
            if !(from..places.end).contains(&place) {
                return Err(ColumnFault::Change { got: place, from, to: places.end });
            }
            from = place + 1;
            if change.to == self.account.stance {
                continue;
            }
            let Some(close) = bars.close().get(place) else { continue };
            self.account.bears(&self.terms, place, *close)?;
            if place + 1 == places.end {
                self.sent = Some(change.to);
                continue;
            }
            self.draw(bars, drawn..place + 1);
            drawn = place + 1;
            self.fill(bars, place + 1, change.to)?;
        }
        self.draw(bars, drawn..places.end);
        self.measure(places)
    }

    /// The order of the bar before meets an open.
    fn fill(&mut self, bars: Window<'_>, place: usize, to: Direction) -> Result<(), ColumnFault> {
        let Some(open) = bars.open().get(place) else { return Ok(()) };
        let times = bars.open_time();
        let time = |place: usize| times.get(place).copied().map(Timestamp::from_nanos);
        if let (Some(opens), Some(before)) = (time(place), place.checked_sub(1).and_then(time)) {
            let closes = before.after(bars.interval());
            if opens < closes {
                return Err(ColumnFault::Overlap { place, opens, closes });
            }
        }
        self.account.fill(&self.terms, to, place, *open)?;
        if self.keep >= Keep::Figures {
            self.books.fill(&self.terms, to, *open)?;
        }
        if self.keep == Keep::Everything {
            self.turns.push(Change { place, to });
        }
        Ok(())
    }

    /// Draws equity on at the present level.
    #[inline]
    fn draw(&mut self, bars: Window<'_>, places: Range<usize>) {
        if self.keep >= Keep::Figures {
            let level = self.books.level;
            self.equity.extend(bars.close().get(places).unwrap_or(&[]).iter().map(|close| level.at(*close)));
        }
    }

    fn measure(&mut self, places: Range<usize>) -> Result<(), ColumnFault> {
        if self.keep < Keep::Figures {
            return Ok(());
        }
        let before = self.equity.len().saturating_sub(places.len());
        let drawn = self.equity.get(before..).unwrap_or(&[]);
        self.curve.take(drawn).map_err(|ahead| ColumnFault::Ruin {
            place: places.start + ahead,
            equity: drawn.get(ahead).copied().unwrap_or(0.0),
        })?;
        if self.keep == Keep::Figures {
            self.equity.clear();
        }
        Ok(())
    }

    /// What has become of it at the last bar.
    pub(super) fn finish(self, bars: Window<'_>) -> Result<ColumnOutcome, ColumnFault> {
        let place = bars.len().saturating_sub(1);
        let close = bars.close().last().copied().ok_or(ColumnFault::NoBars)?;
        let outcome = self.account.outcome(&self.terms, place, close)?;
        let years = match (bars.start(), bars.end()) {
            // From the first close to the last.
            (Some(start), Some(end)) => {
                end.since(start.after(bars.interval())).in_units_of(autotrading_domain::Span::DAY) / 365.0
            }
            _ => 0.0,
        };
        let curve = (self.keep >= Keep::Figures).then(|| self.curve.figures(years));
        let equity = if self.keep == Keep::Everything { self.equity } else { Vec::new() };
        Ok(ColumnOutcome { curve, equity, turns: self.turns, ..outcome })
    }
}
