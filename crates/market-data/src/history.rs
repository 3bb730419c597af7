//! Bars in columns: what a backtest walks along and a sweep shares.

use autotrading_domain::{Bar, Span, Timestamp};

use crate::Window;
use crate::digest::{DigestMemory, Remembered};

/// Closed bars of one instrument and one interval, oldest first, in columns: 48 bytes a bar.
///
/// Open times ascend strictly. Prices are what the source said: finite and above zero, but a bar whose high lies below
/// its low stays in when the [`ReadRules`](crate::ReadRules) keep it.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// use autotrading_market_data::CommonWorkload;
///
/// let history = CommonWorkload::history(60);
/// assert_eq!(history.len(), 60);
/// assert_eq!(history.interval(), Span::MINUTE);
/// let noon: Timestamp = "2024-01-01T00:10:00Z".parse()?;
/// assert_eq!(history.window(Some(noon), None).len(), 50);
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    interval: Span,
    price_decimals: u32,
    open_time: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
    /// One flag a bar, or nothing when no bar is synthetic.
    synthetic: Vec<bool>,
    digest: DigestMemory,
}

/// Why a bar cannot join a history.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HistoryError {
    /// The interval of a history must be above zero.
    #[error("the interval of bars must be above zero, got {got}")]
    Interval {
        /// What was asked for.
        got: Span,
    },
    /// The bar does not open after the last one.
    #[error("bar {row} opens at {got}, not after the bar before it at {last}")]
    Order {
        /// Place it would have had.
        row: usize,
        /// Its open time.
        got: Timestamp,
        /// Open time of the bar before.
        last: Timestamp,
    },
    /// A price is not finite and above zero, or the volume is not finite.
    #[error("bar {row} has the {column} {got}, expected a finite number{}", if *column == "volume" { "" } else { " above zero" })]
    Value {
        /// Place it would have had.
        row: usize,
        /// Which figure.
        column: &'static str,
        /// What it is.
        got: f64,
    },
}

impl History {
    /// A history without bars.
    ///
    /// # Errors
    /// [`HistoryError::Interval`] when the interval is not above zero.
    pub fn new(interval: Span) -> Result<Self, HistoryError> {
        Self::with_capacity(interval, 0)
    }

    /// A history without bars, with room for `bars` of them.
    ///
    /// # Errors
    /// [`HistoryError::Interval`] when the interval is not above zero.
    pub fn with_capacity(interval: Span, bars: usize) -> Result<Self, HistoryError> {
        if interval <= Span::ZERO {
            return Err(HistoryError::Interval { got: interval });
        }
        Ok(Self::unchecked(interval, bars))
    }

    /// The same for callers that know their interval to be above zero.
    pub(crate) fn unchecked(interval: Span, bars: usize) -> Self {
        let column = || Vec::with_capacity(bars);
        Self {
            interval,
            price_decimals: 0,
            open_time: Vec::with_capacity(bars),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
            synthetic: Vec::new(),
            digest: DigestMemory::default(),
        }
    }

    /// A history of the given bars. Their own `interval` fields are not looked at.
    ///
    /// # Errors
    /// As [`History::push`], and a bad interval.
    pub fn from_bars(interval: Span, bars: impl IntoIterator<Item = Bar>) -> Result<Self, HistoryError> {
        let mut history = Self::new(interval)?;
        for bar in bars {
            history.push(&bar)?;
        }
        Ok(history)
    }

    /// Appends a bar. Its own `interval` field is not looked at.
    ///
    /// # Errors
    /// [`HistoryError::Order`] unless it opens after the last bar, [`HistoryError::Value`] when a price is not finite
    /// and above zero or the volume not finite.
    pub fn push(&mut self, bar: &Bar) -> Result<(), HistoryError> {
        let row = self.len();
        if let Some(last) = self.open_time.last().filter(|last| **last >= bar.open_time.nanos()) {
            let last = Timestamp::from_nanos(*last);
            return Err(HistoryError::Order { row, got: bar.open_time, last });
        }
        for (column, got) in [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)]
        {
            if !(got > 0.0 && got < f64::INFINITY) {
                return Err(HistoryError::Value { row, column, got });
            }
        }
        if !bar.volume.is_finite() {
            return Err(HistoryError::Value { row, column: "volume", got: bar.volume });
        }
        self.append(bar);
        Ok(())
    }

    /// Appends a bar that was judged already.
    pub(crate) fn append(&mut self, bar: &Bar) {
        self.digest.forget();
        if bar.synthetic && self.synthetic.is_empty() {
            self.synthetic.resize(self.len(), false);
        }
        if bar.synthetic || !self.synthetic.is_empty() {
            self.synthetic.push(bar.synthetic);
        }
        self.open_time.push(bar.open_time.nanos());
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
    }

    /// Gives back the room that growing left over.
    pub(crate) fn shrink(&mut self) {
        self.open_time.shrink_to_fit();
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close, &mut self.volume] {
            column.shrink_to_fit();
        }
        self.synthetic.shrink_to_fit();
    }

    /// Lets all bars go; the room stays.
    pub(crate) fn clear(&mut self) {
        self.digest.forget();
        self.open_time.clear();
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close, &mut self.volume] {
            column.clear();
        }
        self.synthetic.clear();
    }

    pub(crate) fn set_interval(&mut self, interval: Span) {
        self.digest.forget();
        self.interval = interval;
    }

    /// States the largest number of decimals in the source's prices.
    #[must_use]
    pub fn with_price_decimals(mut self, decimals: u32) -> Self {
        self.digest.forget();
        self.price_decimals = decimals;
        self
    }

    /// The length of a bar.
    pub const fn interval(&self) -> Span {
        self.interval
    }

    /// The largest number of significant decimals in the prices of the source: every price is a multiple of
    /// `10^-decimals`, which is the tick of an instrument that nobody specified.
    pub const fn price_decimals(&self) -> u32 {
        self.price_decimals
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.open_time.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.open_time.is_empty()
    }

    /// All bars, borrowed.
    pub fn all(&self) -> Window<'_> {
        Window {
            interval: self.interval,
            price_decimals: self.price_decimals,
            open_time: &self.open_time,
            open: &self.open,
            high: &self.high,
            low: &self.low,
            close: &self.close,
            volume: &self.volume,
            synthetic: &self.synthetic,
            remembered: Remembered::by(&self.digest),
        }
    }

    /// The bars that open from `from` (inclusive) to `to` (exclusive), borrowed; `None` leaves an end open.
    pub fn window(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> Window<'_> {
        self.all().between(from, to)
    }

    /// The bar at a place, oldest first.
    #[inline]
    pub fn bar(&self, place: usize) -> Option<Bar> {
        self.all().bar(place)
    }

    /// The bars, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Bar> + '_ {
        self.all().into_bars()
    }

    /// Open times in nanoseconds since the epoch, strictly ascending.
    pub fn open_time(&self) -> &[i64] {
        &self.open_time
    }

    /// First prices, in quote currency per base unit.
    pub fn open(&self) -> &[f64] {
        &self.open
    }

    /// Highest prices.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Lowest prices.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Last prices.
    pub fn close(&self) -> &[f64] {
        &self.close
    }

    /// Traded amounts, in base units.
    pub fn volume(&self) -> &[f64] {
        &self.volume
    }

    /// Checksum of the content, for naming a data set in a report; worked out once. See [`Window::digest`].
    pub fn digest(&self) -> u64 {
        self.all().digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(minute: i64, price: f64) -> Bar {
        Bar {
            open_time: Timestamp::EPOCH.after(Span::MINUTE.times(minute)),
            interval: Span::MINUTE,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 1.0,
            closed: true,
            synthetic: false,
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let bars: Vec<Bar> = (0..5).map(|minute| bar(minute, 100.0 + minute as f64)).collect();
        let history = History::from_bars(Span::MINUTE, bars.clone()).unwrap();
        assert_eq!(history.iter().collect::<Vec<_>>(), bars);
        assert_eq!(history.bar(5), None);
    }

    #[test]
    fn one_synthetic_bar_marks_itself_alone() {
        let marked = Bar { synthetic: true, ..bar(1, 1.0) };
        let history = History::from_bars(Span::MINUTE, [bar(0, 1.0), marked, bar(2, 1.0)]).unwrap();
        let flags: Vec<bool> = history.iter().map(|bar| bar.synthetic).collect();
        assert_eq!(flags, [false, true, false]);
    }

    #[test]
    fn a_bar_that_does_not_come_later_is_refused() {
        let mut history = History::from_bars(Span::MINUTE, [bar(1, 1.0)]).unwrap();
        assert!(matches!(history.push(&bar(1, 1.0)), Err(HistoryError::Order { row: 1, .. })));
        assert!(matches!(history.push(&bar(0, 1.0)), Err(HistoryError::Order { row: 1, .. })));
        assert_eq!(history.len(), 1);
    }

    #[test]
    fn nonsense_never_joins() {
        let mut history = History::new(Span::MINUTE).unwrap();
        for price in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            assert!(matches!(history.push(&bar(0, price)), Err(HistoryError::Value { column: "open", .. })));
        }
        assert!(History::new(Span::ZERO).is_err());
    }
}
