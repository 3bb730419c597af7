//! How long words travel between the market, us and the venue.

use autotrading_exchanges::{LatencyLine, LatencyModel, VenueError};
use serde::{Deserialize, Serialize};

/// How long words travel, each way by its own model: a constant, drawn from a seed, or replayed from measurements.
///
/// ```
/// use autotrading_backtest::LatencyRules;
/// use autotrading_domain::Span;
/// use autotrading_exchanges::LatencyModel;
///
/// let told = r#"{"feed": {"constant": "5 ms"}, "entry": {"sampled": {"least": "2 ms", "extra": "1 ms", "seed": 7}}}"#;
/// let rules: LatencyRules = serde_json::from_str(told)?;
/// assert_eq!(rules.feed, LatencyModel::Constant(Span::MILLISECOND.times(5)));
/// assert_eq!(rules.response, LatencyModel::Constant(Span::ZERO));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LatencyRules {
    /// From what happens in the market to our hearing of it.
    pub feed: LatencyModel,
    /// From our command to its arrival at the venue.
    pub entry: LatencyModel,
    /// From what happens to an order at the venue to our hearing of it.
    pub response: LatencyModel,
}

impl LatencyRules {
    /// Whether every model is one.
    ///
    /// # Errors
    /// [`VenueError::Rule`] for a time below zero, and for measurements that are none or out of order.
    pub fn check(&self) -> Result<(), VenueError> {
        [&self.feed, &self.entry, &self.response].into_iter().try_for_each(LatencyModel::check)
    }

    /// The way from the market to us; none where nothing is lost on it.
    pub(crate) fn feed_line(&self) -> Option<LatencyLine> {
        (self.feed != LatencyModel::default()).then(|| LatencyLine::new(self.feed.clone()))
    }
}
