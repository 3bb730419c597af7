//! The port through which everything that happens comes in.

use autotrading_domain::Event;

/// Where events come from, one at a time and in the order in which the house hears of them.
///
/// A backtest hands in a replayed market together with the answers of its simulated venue; paper and live hand in
/// decoded frames. The engine cannot tell which.
pub trait Feed {
    /// Why an event could not be had.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The next event; `None` when nothing will come any more.
    ///
    /// # Errors
    /// Whatever keeps the source from telling; the session stops and hands it on.
    fn next(&mut self) -> Result<Option<&Event>, Self::Error>;
}
