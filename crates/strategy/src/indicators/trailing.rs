//! Lines that follow a trend at a distance and turn with it: parabolic SAR, Supertrend.

use super::bounds::factor;
use super::candle::Candle;
use super::indicator::{Indicator, IndicatorError};
use super::volatility::Atr;

/// Which way the price is taken to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Upward; the line runs below the price.
    Up,
    /// Downward; the line runs above the price.
    Down,
}

/// A line that trails the price, and the side it is on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrailingLine {
    /// Level of the line, in price units.
    pub line: f64,
    /// Which way the price is taken to go.
    pub trend: Trend,
}

/// Parabolic stop-and-reverse: a stop that moves toward the extreme of the trend by a share that grows with every new
/// extreme, and turns over when it is touched. Equal to TA-Lib's `SAR`. Source: Wilder, *New Concepts in Technical Trading
/// Systems* (1978).
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, ParabolicSar, Trend};
///
/// let mut stop = ParabolicSar::new(0.02, 0.2)?;
/// for low in [10.0, 11.0, 12.0] {
///     stop.update(Candle::new(low + 2.0, low, low + 1.0, 1.0)?)?;
/// }
/// // Starts at the first low 10; then 2 % of the way to 13, the extreme: 10.06, held at the low before: 10.06.
/// assert!((stop.value().unwrap().line - 10.06).abs() < 1e-12);
/// assert_eq!(stop.value().unwrap().trend, Trend::Up);
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ParabolicSar {
    step: f64,
    most: f64,
    previous: Option<Candle>,
    run: Option<Run>,
    value: Option<TrailingLine>,
}

/// A trend under way: where the stop will be next, the extreme so far, the share it moves by.
#[derive(Clone, Copy, Debug)]
struct Run {
    trend: Trend,
    stop: f64,
    extreme: f64,
    share: f64,
}

impl ParabolicSar {
    /// A stop whose share starts at `step` (0.02 is usual), grows by it, and ends at `most` (0.2).
    ///
    /// # Errors
    /// [`IndicatorError::Factor`] unless `0 < most <= 1` and `0 < step <= most`.
    pub fn new(step: f64, most: f64) -> Result<Self, IndicatorError> {
        let most = factor("parabolic SAR (most)", most, 1.0)?;
        let step = factor("parabolic SAR (step)", step, most)?;
        Ok(Self { step, most, previous: None, run: None, value: None })
    }

    /// The first direction is that of the larger movement between the first two candles; a tie counts as up.
    fn start(&self, before: Candle, now: Candle) -> Run {
        let (up, down) = (now.high() - before.high(), before.low() - now.low());
        if down > 0.0 && down > up {
            Run { trend: Trend::Down, stop: before.high(), extreme: now.low(), share: self.step }
        } else {
            Run { trend: Trend::Up, stop: before.low(), extreme: now.high(), share: self.step }
        }
    }

    fn advance(&self, run: Run, before: Candle, now: Candle) -> (TrailingLine, Run) {
        let touched = match run.trend {
            Trend::Up => now.low() <= run.stop,
            Trend::Down => now.high() >= run.stop,
        };
        let run = if touched { self.turned(run, before, now) } else { run };
        let shown = TrailingLine { line: run.stop, trend: run.trend };
        let new_extreme = match run.trend {
            Trend::Up => now.high() > run.extreme,
            Trend::Down => now.low() < run.extreme,
        };
        let mut next = run;
        if new_extreme && !touched {
            next.extreme = if run.trend == Trend::Up { now.high() } else { now.low() };
            next.share = (run.share + self.step).min(self.most);
        }
        next.stop = held(next.trend, next.stop + next.share * (next.extreme - next.stop), before, now);
        (shown, next)
    }

    /// The stop was touched: the extreme becomes the new stop, on the other side.
    fn turned(&self, run: Run, before: Candle, now: Candle) -> Run {
        let (trend, extreme) = match run.trend {
            Trend::Up => (Trend::Down, now.low()),
            Trend::Down => (Trend::Up, now.high()),
        };
        Run { trend, stop: held(trend, run.extreme, before, now), extreme, share: self.step }
    }
}

/// A stop may not lie inside the last two candles.
fn held(trend: Trend, stop: f64, before: Candle, now: Candle) -> f64 {
    match trend {
        Trend::Up => stop.min(before.low()).min(now.low()),
        Trend::Down => stop.max(before.high()).max(now.high()),
    }
}

impl Indicator for ParabolicSar {
    type Input = Candle;
    type Output = TrailingLine;

    fn update(&mut self, input: Candle) -> Result<Option<TrailingLine>, IndicatorError> {
        if let Some(before) = self.previous.replace(input) {
            let (run, before) = match self.run {
                Some(run) => (run, before),
                // TA-Lib holds the first stop to the second candle alone.
                None => (self.start(before, input), input),
            };
            let (shown, next) = self.advance(run, before, input);
            self.run = Some(next);
            self.value = Some(shown);
        }
        Ok(self.value)
    }

    fn value(&self) -> Option<TrailingLine> {
        self.value
    }

    fn warm_up(&self) -> usize {
        2
    }

    fn reset(&mut self) {
        self.previous = None;
        self.run = None;
        self.value = None;
    }
}

/// Supertrend: a band of `k` average true ranges around the middle of the candle that only moves toward the price while
/// the trend lasts, and changes sides when the close passes it. The first trend is up if the close lies in the upper half
/// of its candle. After Seban.
///
/// ```
/// use autotrading_strategy::indicators::{Candle, Indicator, Supertrend, Trend};
///
/// let mut line = Supertrend::new(1, 2.0)?;
/// line.update(Candle::new(11.0, 9.0, 10.0, 1.0)?)?;
/// let now = line.update(Candle::new(13.0, 11.0, 13.0, 1.0)?)?.unwrap();
/// assert_eq!((now.line, now.trend), (6.0, Trend::Up)); // middle 12 less twice the true range 3
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Supertrend {
    range: Atr,
    ranges: f64,
    close: f64,
    lower: f64,
    upper: f64,
    value: Option<TrailingLine>,
}

impl Supertrend {
    /// A line `ranges` (3 is usual) times the ATR of `length` (10) away.
    ///
    /// # Errors
    /// [`IndicatorError::Period`] outside `1..=LONGEST_PERIOD`; [`IndicatorError::Factor`] unless the distance is above zero.
    pub fn new(length: usize, ranges: f64) -> Result<Self, IndicatorError> {
        let (range, ranges) = (Atr::new(length)?, factor("Supertrend", ranges, 1e6)?);
        Ok(Self { range, ranges, close: 0.0, lower: 0.0, upper: 0.0, value: None })
    }

    fn push(&mut self, candle: Candle) -> Option<TrailingLine> {
        let before = std::mem::replace(&mut self.close, candle.close());
        let width = self.ranges * self.range.push(candle)?;
        let (lower, upper) = (candle.middle() - width, candle.middle() + width);
        let first = self.value.is_none();
        if first || lower > self.lower || before < self.lower {
            self.lower = lower;
        }
        if first || upper < self.upper || before > self.upper {
            self.upper = upper;
        }
        let trend = match self.value.map(|shown| shown.trend) {
            None if candle.close() >= candle.middle() => Trend::Up,
            None => Trend::Down,
            Some(Trend::Up) if candle.close() < self.lower => Trend::Down,
            Some(Trend::Down) if candle.close() > self.upper => Trend::Up,
            Some(trend) => trend,
        };
        let line = if trend == Trend::Up { self.lower } else { self.upper };
        Some(TrailingLine { line, trend })
    }
}

impl Indicator for Supertrend {
    type Input = Candle;
    type Output = TrailingLine;

    fn update(&mut self, input: Candle) -> Result<Option<TrailingLine>, IndicatorError> {
        self.value = self.push(input);
        Ok(self.value)
    }

    fn value(&self) -> Option<TrailingLine> {
        self.value
    }

    fn warm_up(&self) -> usize {
        self.range.warm_up()
    }

    fn reset(&mut self) {
        self.range.reset();
        (self.close, self.lower, self.upper) = (0.0, 0.0, 0.0);
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(low: f64) -> Candle {
        Candle::new(low + 2.0, low, low + 1.0, 1.0).unwrap()
    }

    #[test]
    fn a_touched_stop_turns_over_to_the_extreme() {
        let mut stop = ParabolicSar::new(0.02, 0.2).unwrap();
        for low in [10.0, 12.0, 14.0, 16.0] {
            stop.update(candle(low)).unwrap();
        }
        let turned = stop.update(candle(5.0)).unwrap().unwrap();
        assert_eq!(turned, TrailingLine { line: 18.0, trend: Trend::Down });
    }

    #[test]
    fn a_supertrend_line_never_falls_while_the_trend_is_up() {
        let mut line = Supertrend::new(3, 1.0).unwrap();
        let mut last = f64::MIN;
        for step in 0..40 {
            let low = 100.0 + f64::from(step) + f64::from(step % 3);
            if let Some(shown) = line.update(candle(low)).unwrap() {
                assert_eq!(shown.trend, Trend::Up);
                assert!(shown.line >= last);
                last = shown.line;
            }
        }
        assert_eq!(line.update(candle(50.0)).unwrap().unwrap().trend, Trend::Down);
    }
}
