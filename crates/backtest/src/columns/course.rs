//! One run: changes of opinion in, fills and equity out.

use std::ops::Range;

use autotrading_domain::{Direction, Span};
use autotrading_market_data::Window;

use super::account::Account;
use super::curve::Curve;
use super::level::Level;
use super::terms::Terms;
use super::{Change, ColumnFault, ColumnOutcome, Keep};

/// Some bars of the market, with what all runs need of them.
#[derive(Debug)]
pub(super) struct Stretch<'a> {
    pub(super) places: Range<usize>,
    pub(super) closes: &'a [f64],
    /// Opens in ticks.
    pub(super) opens: &'a [i64],
}

/// A run on its way. Stretches of bars come in order and without gaps.
#[derive(Debug)]
pub(super) struct Course {
    terms: Terms,
    keep: Keep,
    account: Account,
    level: Level,
    curve: Curve,
    /// An order that meets the open of the next bar.
    sent: Option<Direction>,
    /// Equity of the stretch at hand; with [`Keep::Everything`] of all before as well.
    equity: Vec<f64>,
    turns: Vec<Change>,
}

impl Course {
    pub(super) fn new(terms: Terms, keep: Keep, bars: usize) -> Self {
        let account = Account::new(&terms);
        Self {
            level: Level::of(&terms, &account),
            account,
            curve: Curve::new(),
            sent: None,
            equity: Vec::with_capacity(if keep == Keep::Everything { bars } else { 0 }),
            turns: Vec::new(),
            keep,
            terms,
        }
    }

    /// Takes the changes of a stretch.
    pub(super) fn take(&mut self, stretch: &Stretch<'_>, changes: &[Change]) -> Result<(), ColumnFault> {
        let Range { start, end } = stretch.places;
        if let Some(to) = self.sent.take() {
            self.fill(stretch, start, to);
        }
        let (mut from, mut drawn) = (start, start);
        for change in changes {
            let place = change.place;
            if !(from..end).contains(&place) {
                return Err(ColumnFault::Change { got: place, from, to: end });
            }
            from = place + 1;
            if change.to == self.account.stance {
                continue;
            }
            let Some(close) = stretch.closes.get(place - start) else { continue };
            self.account.bears(&self.terms, place, *close)?;
            if from == end {
                self.sent = Some(change.to);
                continue;
            }
            self.draw(stretch, drawn..from);
            drawn = from;
            self.fill(stretch, from, change.to);
        }
        self.draw(stretch, drawn..end);
        self.measure(&stretch.places)
    }

    /// The order of the bar before meets an open.
    #[inline]
    fn fill(&mut self, stretch: &Stretch<'_>, place: usize, to: Direction) {
        let Some(ticks) = stretch.opens.get(place - stretch.places.start) else { return };
        self.account.fill(&self.terms, to, *ticks);
        if self.keep >= Keep::Figures {
            self.level = Level::of(&self.terms, &self.account);
        }
        if self.keep == Keep::Everything {
            self.turns.push(Change { place, to });
        }
    }

    /// Draws equity on at the present level.
    #[inline]
    fn draw(&mut self, stretch: &Stretch<'_>, places: Range<usize>) {
        if self.keep >= Keep::Figures {
            let start = stretch.places.start;
            let closes = stretch.closes.get(places.start - start..places.end - start).unwrap_or(&[]);
            self.level.draw(closes, &mut self.equity);
        }
    }

    fn measure(&mut self, places: &Range<usize>) -> Result<(), ColumnFault> {
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

    /// What has become of it after all bars, the last of which closed at so many ticks.
    pub(super) fn finish(self, bars: &Window<'_>, ticks: i64) -> Result<ColumnOutcome, ColumnFault> {
        let outcome = self.account.outcome(&self.terms, ticks)?;
        // From the first close to the last.
        let years = match (bars.start(), bars.end()) {
            (Some(start), Some(end)) => {
                end.since(start.after(bars.interval())).in_units_of(Span::DAY) / 365.0
            }
            _ => 0.0,
        };
        let curve = (self.keep >= Keep::Figures).then(|| self.curve.figures(years));
        let equity = if self.keep == Keep::Everything { self.equity } else { Vec::new() };
        Ok(ColumnOutcome { curve, equity, turns: self.turns, ..outcome })
    }
}
