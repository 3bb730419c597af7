//! Drawdown with its duration, and losing streaks.

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{RiskError, error::finite};

/// The fall of equity below its highest value.
///
/// `drawdown = (high - equity) / high`.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// use autotrading_risk::DrawdownMonitor;
/// let mut monitor = DrawdownMonitor::default();
/// let at = |hours| Timestamp::EPOCH.after(Span::HOUR.times(hours));
/// monitor.observe(100.0, at(0))?;
/// monitor.observe(120.0, at(1))?;
/// let now = monitor.observe(90.0, at(4))?;
/// assert_eq!((now.drawdown, now.duration), (0.25, Span::HOUR.times(3)));
/// assert_eq!(monitor.observe(130.0, at(5))?.drawdown, 0.0);
/// assert_eq!(monitor.worst(), 0.25);
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawdownMonitor {
    high: Option<(f64, Timestamp)>,
    worst: f64,
    longest: Span,
}

/// A drawdown at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawdown {
    /// As a share of the highest equity; above 1 when more than everything was lost.
    pub drawdown: f64,
    /// Since when equity has not been as high.
    pub duration: Span,
}

impl DrawdownMonitor {
    /// Takes an equity, in settlement currency.
    ///
    /// # Errors
    /// An equity that is not finite; a first one that is not above zero. Nothing has changed then.
    pub fn observe(&mut self, equity: f64, at: Timestamp) -> Result<Drawdown, RiskError> {
        finite("equity", equity)?;
        let (high, since) = match self.high {
            Some((high, since)) if equity < high => (high, since),
            None if equity <= 0.0 => {
                return Err(RiskError::OutOfRange {
                    what: "first equity",
                    got: equity,
                    required: "above zero",
                });
            }
            _ => {
                self.high = Some((equity, at));
                (equity, at)
            }
        };
        let now = Drawdown { drawdown: fallen(high, equity), duration: at.since(since).max(Span::ZERO) };
        self.worst = self.worst.max(now.drawdown);
        self.longest = self.longest.max(now.duration);
        Ok(now)
    }

    /// The worst drawdown so far.
    pub const fn worst(&self) -> f64 {
        self.worst
    }

    /// The longest time below a high so far.
    pub const fn longest(&self) -> Span {
        self.longest
    }
}

/// What was lost of a `high` above zero, as a share of it; finite whatever the two finite numbers are.
pub(crate) fn fallen(high: f64, equity: f64) -> f64 {
    let loss = high - equity;
    // The difference of two numbers of opposite sign can be beyond what a double holds; their ratio seldom is.
    let share = if loss.is_finite() { loss / high } else { 1.0 - equity / high };
    share.min(f64::MAX)
}

/// Losing trades in a row.
///
/// ```
/// use autotrading_risk::LossStreak;
/// let mut streak = LossStreak::default();
/// let counts: Vec<u32> = [-1.0, -2.0, 0.0, -3.0, 5.0, -1.0].iter().map(|profit| streak.observe(*profit)).collect();
/// assert_eq!(counts, [1, 2, 2, 3, 0, 1]); // a trade without profit or loss neither adds nor ends
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossStreak {
    losses: u32,
}

impl LossStreak {
    /// Losses in a row so far.
    pub const fn losses(&self) -> u32 {
        self.losses
    }

    /// Takes the profit of a closed trade; gives the losses in a row. What is no number counts as a loss.
    pub const fn observe(&mut self, profit: f64) -> u32 {
        if profit > 0.0 {
            self.losses = 0;
        } else if profit < 0.0 || profit.is_nan() {
            self.losses = self.losses.saturating_add(1);
        }
        self.losses
    }
}

#[cfg(test)]
mod tests {
    use super::fallen;

    #[test]
    fn a_fall_between_the_ends_of_all_doubles_is_a_number() {
        assert_eq!(fallen(1e308, -1e308), 2.0);
        assert_eq!(fallen(f64::MAX, -f64::MAX), 2.0);
        assert_eq!(fallen(f64::MIN_POSITIVE, -f64::MAX), f64::MAX);
    }
}
