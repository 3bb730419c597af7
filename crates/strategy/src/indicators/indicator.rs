//! The one shape that all indicators share.

/// A number derived from a stream, one input at a time.
///
/// - An update costs O(1) and allocates nothing (exceptions are named at the indicator).
/// - There is no value until the indicator is warm: never a zero, a NaN or a half-filled window.
/// - A refused input leaves the state exactly as it was.
/// - The value depends on the inputs so far and on nothing else, so it cannot know the future.
///
/// ```
/// use autotrading_strategy::indicators::{Indicator, Sma};
///
/// let mut average = Sma::new(3)?;
/// assert_eq!(average.update(1.0)?, None);
/// assert_eq!(average.update(2.0)?, None);
/// assert_eq!(average.update(6.0)?, Some(3.0));
/// assert!(average.update(f64::NAN).is_err());
/// assert_eq!(average.value(), Some(3.0));
/// # Ok::<(), autotrading_strategy::indicators::IndicatorError>(())
/// ```
pub trait Indicator {
    /// What it is fed: a price, or a [`Candle`](super::Candle).
    type Input: Copy;
    /// What it tells.
    type Output: Copy;

    /// Takes the next input and tells the new value, if warm.
    ///
    /// # Errors
    /// [`IndicatorError::Input`] if a number is NaN, infinite or absurdly large; the state is then untouched.
    fn update(&mut self, input: Self::Input) -> Result<Option<Self::Output>, IndicatorError>;

    /// The value after the last accepted input.
    fn value(&self) -> Option<Self::Output>;

    /// How many inputs it takes until the first value.
    fn warm_up(&self) -> usize;

    /// Forgets everything seen; the settings stay.
    fn reset(&mut self);
}

/// Why an indicator could not be made, or refused an input.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum IndicatorError {
    /// NaN, infinite or absurdly large.
    #[error("{what} is {got}: must be a finite number of magnitude at most 1e100")]
    Input {
        /// Which number.
        what: &'static str,
        /// What came.
        got: f64,
    },
    /// High, low and close contradict each other.
    #[error("candle with high {high}, low {low}, close {close}: low <= close <= high must hold")]
    Candle {
        /// The high that came.
        high: f64,
        /// The low that came.
        low: f64,
        /// The close that came.
        close: f64,
    },
    /// A negative volume.
    #[error("volume is {got}: must not be negative")]
    Volume {
        /// What came.
        got: f64,
    },
    /// A window too short or too long.
    #[error("period {got} of {indicator}: must lie in {least}..={most}")]
    Period {
        /// Whose period.
        indicator: &'static str,
        /// What was asked for.
        got: usize,
        /// Shortest allowed.
        least: usize,
        /// Longest allowed.
        most: usize,
    },
    /// A multiplier or step out of range.
    #[error("factor {got} of {indicator}: must lie above 0 and not above {most}")]
    Factor {
        /// Whose factor.
        indicator: &'static str,
        /// What was asked for.
        got: f64,
        /// Largest allowed.
        most: f64,
    },
    /// A fast period that is not shorter than the slow one.
    #[error("{indicator} with fast period {fast} and slow period {slow}: fast must be below slow")]
    Order {
        /// Whose periods.
        indicator: &'static str,
        /// The fast one.
        fast: usize,
        /// The slow one.
        slow: usize,
    },
}
