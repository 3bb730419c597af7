//! What a strategy over columns is: it says where its opinion changes.

use std::ops::Range;

use autotrading_domain::Direction;
use autotrading_market_data::Window;

use super::ColumnFault;

/// From the close of the bar at `place` on, the opinion is `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Place of the bar on whose close it changes.
    pub place: usize,
    /// What is wanted from then on.
    pub to: Direction,
}

/// A strategy whose opinion after each bar follows from the columns up to that bar.
///
/// It begins flat. Stretches of bars come in order and without gaps; a stretch may be as short as one bar.
///
/// ```
/// use std::ops::Range;
/// use autotrading_backtest::{Change, ColumnFault, ColumnStrategy, Columns, Keep, ResearchRules};
/// use autotrading_domain::Direction;
/// use autotrading_market_data::{CommonWorkload, Window};
///
/// /// Long after a bar that rose, flat after one that fell.
/// struct LastBar;
///
/// impl ColumnStrategy for LastBar {
///     fn observe(&mut self, bars: Window<'_>, places: Range<usize>, changes: &mut Vec<Change>) -> Result<(), ColumnFault> {
///         let opens = bars.open().iter().zip(bars.close());
///         for (place, (open, close)) in opens.enumerate().skip(places.start).take(places.len()) {
///             changes.push(Change { place, to: if close > open { Direction::Long } else { Direction::Flat } });
///         }
///         Ok(())
///     }
/// }
///
/// let history = CommonWorkload::history(1_000);
/// let outcome = Columns::new(history.all())?.run_with(&mut LastBar, &ResearchRules::default(), Keep::Account)?;
/// assert!(outcome.fills > 100);
/// # Ok::<(), ColumnFault>(())
/// ```
pub trait ColumnStrategy {
    /// Appends where the opinion changes on the bars at `places`, in order of time. A change to what is wanted already
    /// is no change. Of `bars`, nothing after a place may be looked at for it.
    ///
    /// # Errors
    /// The columns cannot be judged exactly.
    fn observe(
        &mut self,
        bars: Window<'_>,
        places: Range<usize>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ColumnFault>;
}
