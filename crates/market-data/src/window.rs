//! A stretch of a history, borrowed: costs nothing to cut and to share.

use autotrading_domain::{Bar, Span, Timestamp};

use crate::History;
use crate::digest::Remembered;

/// Neighbouring bars of a [`History`]. All columns have the same length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window<'a> {
    pub(crate) interval: Span,
    pub(crate) price_decimals: u32,
    pub(crate) open_time: &'a [i64],
    pub(crate) open: &'a [f64],
    pub(crate) high: &'a [f64],
    pub(crate) low: &'a [f64],
    pub(crate) close: &'a [f64],
    pub(crate) volume: &'a [f64],
    pub(crate) synthetic: &'a [bool],
    pub(crate) remembered: Remembered<'a>,
}

impl<'a> Window<'a> {
    /// The length of a bar.
    pub const fn interval(&self) -> Span {
        self.interval
    }

    /// As [`History::price_decimals`].
    pub const fn price_decimals(&self) -> u32 {
        self.price_decimals
    }

    /// How many bars there are.
    pub const fn len(&self) -> usize {
        self.open_time.len()
    }

    /// Whether there is no bar.
    pub const fn is_empty(&self) -> bool {
        self.open_time.is_empty()
    }

    /// The bar at a place, oldest first.
    #[inline]
    pub fn bar(&self, place: usize) -> Option<Bar> {
        Some(Bar {
            open_time: Timestamp::from_nanos(*self.open_time.get(place)?),
            interval: self.interval,
            open: *self.open.get(place)?,
            high: *self.high.get(place)?,
            low: *self.low.get(place)?,
            close: *self.close.get(place)?,
            volume: *self.volume.get(place)?,
            closed: true,
            synthetic: self.is_synthetic(place),
        })
    }

    /// Whether the bar at a place was filled forward.
    #[inline]
    pub fn is_synthetic(&self, place: usize) -> bool {
        self.synthetic.get(place).copied().unwrap_or(false)
    }

    /// The place of the first bar that was filled forward.
    pub fn first_synthetic(&self) -> Option<usize> {
        self.synthetic.iter().position(|synthetic| *synthetic)
    }

    /// The bars, oldest first.
    pub fn into_bars(self) -> impl ExactSizeIterator<Item = Bar> + 'a {
        Bars { window: self, next: 0 }
    }

    /// The bars at places from `start` (inclusive) to `end` (exclusive), cut to what there is.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        let whole = start == 0 && end == self.len();
        let places = start.min(end)..end;
        Self {
            open_time: cut(self.open_time, &places),
            open: cut(self.open, &places),
            high: cut(self.high, &places),
            low: cut(self.low, &places),
            close: cut(self.close, &places),
            volume: cut(self.volume, &places),
            synthetic: cut(self.synthetic, &places),
            remembered: if whole { self.remembered } else { Remembered::default() },
            ..self
        }
    }

    /// The bars that open from `from` (inclusive) to `to` (exclusive); `None` leaves an end open.
    #[must_use]
    pub fn between(self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let place = |moment: Timestamp| self.open_time.partition_point(|time| *time < moment.nanos());
        self.slice(from.map_or(0, place), to.map_or(self.len(), place))
    }

    /// When the first bar opens.
    pub fn start(&self) -> Option<Timestamp> {
        self.open_time.first().copied().map(Timestamp::from_nanos)
    }

    /// When the last bar closes.
    pub fn end(&self) -> Option<Timestamp> {
        self.open_time.last().map(|last| Timestamp::from_nanos(*last).after(self.interval))
    }

    /// Open times in nanoseconds since the epoch, strictly ascending.
    pub const fn open_time(&self) -> &'a [i64] {
        self.open_time
    }

    /// First prices, in quote currency per base unit.
    pub const fn open(&self) -> &'a [f64] {
        self.open
    }

    /// Highest prices.
    pub const fn high(&self) -> &'a [f64] {
        self.high
    }

    /// Lowest prices.
    pub const fn low(&self) -> &'a [f64] {
        self.low
    }

    /// Last prices.
    pub const fn close(&self) -> &'a [f64] {
        self.close
    }

    /// Traded amounts, in base units.
    pub const fn volume(&self) -> &'a [f64] {
        self.volume
    }

    /// A checksum of the content, not a signature: it finds a mix-up, not a forger.
    ///
    /// Each 64-bit word `w` takes the state `s`, `cbf29ce484222325` at first, to `p mod 2^64` xor `p / 2^64`, where `p` is
    /// `(s xor w)` times `9e3779b97f4a7c15`: over the words of each of the six columns, and again over the six results, the
    /// number of bars, the interval in nanoseconds, the price decimals and the places of synthetic bars.
    pub fn digest(&self) -> u64 {
        self.remembered.digest(self)
    }

    /// The bars as a history of their own.
    pub fn to_history(&self) -> History {
        let mut history =
            History::unchecked(self.interval, self.len()).with_price_decimals(self.price_decimals);
        for bar in self.into_bars() {
            history.append(&bar);
        }
        history
    }
}

fn cut<'a, T>(column: &'a [T], places: &std::ops::Range<usize>) -> &'a [T] {
    // The column of synthetic flags may be empty; then every cut of it is.
    column.get(places.clone()).unwrap_or(&[])
}

struct Bars<'a> {
    window: Window<'a>,
    next: usize,
}

impl Iterator for Bars<'_> {
    type Item = Bar;

    #[inline]
    fn next(&mut self) -> Option<Bar> {
        let bar = self.window.bar(self.next)?;
        self.next += 1;
        Some(bar)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.window.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Bars<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommonWorkload;

    #[test]
    fn a_window_takes_its_start_and_leaves_its_end() {
        let history = CommonWorkload::history(10);
        let minute = |n| Some(history.all().start().unwrap().after(Span::MINUTE.times(n)));
        let window = history.window(minute(2), minute(5));
        assert_eq!(window.len(), 3);
        assert_eq!(window.bar(0), history.bar(2));
        assert_eq!(window.end(), minute(5));
        assert_eq!(history.window(minute(8), minute(3)).len(), 0);
        assert_eq!(history.window(None, None), history.all());
    }

    #[test]
    fn a_copied_window_is_the_same_data() {
        let history = CommonWorkload::history(10);
        let copy = history.all().slice(3, 7).to_history();
        assert_eq!(copy.digest(), history.all().slice(3, 7).digest());
        assert_ne!(copy.digest(), history.digest());
    }
}
