//! How far equity fell from its high, and for how long.

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One fall from a high until the high is seen again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawdownEpisode {
    /// When the high was reached.
    pub peak_at: Timestamp,
    /// When the low was reached.
    pub trough_at: Timestamp,
    /// When the high was seen again; `None` when it was not.
    pub recovered_at: Option<Timestamp>,
    /// Depth as a share of the high, above zero.
    pub depth: f64,
}

impl DrawdownEpisode {
    /// Days from the high to its recovery, or to `end` while it lasts.
    pub fn days(&self, end: Timestamp) -> f64 {
        let until = self.recovered_at.unwrap_or(end);
        until.since(self.peak_at).in_units_of(Span::DAY)
    }
}

/// All falls of a series, in order of time.
pub fn drawdown_episodes(times: &[Timestamp], equity: &[f64]) -> Vec<DrawdownEpisode> {
    let mut episodes = Vec::new();
    let mut peak: Option<(Timestamp, f64)> = None;
    let mut open: Option<DrawdownEpisode> = None;
    for (&at, &value) in times.iter().zip(equity) {
        let Some((peak_at, high)) = peak else {
            peak = Some((at, value));
            continue;
        };
        if value >= high {
            if let Some(episode) = open.take() {
                episodes.push(DrawdownEpisode { recovered_at: Some(at), ..episode });
            }
            peak = Some((at, value));
        } else {
            let depth = if high > 0.0 { 1.0 - value / high } else { 0.0 };
            let episode =
                open.get_or_insert(DrawdownEpisode { peak_at, trough_at: at, recovered_at: None, depth });
            if depth > episode.depth {
                (episode.depth, episode.trough_at) = (depth, at);
            }
        }
    }
    episodes.extend(open);
    episodes
}

/// Largest fall as a share of the high before it, in [0, 1]; zero when it never fell.
///
/// ```
/// use autotrading_backtest::max_drawdown;
/// assert_eq!(max_drawdown(&[100.0, 120.0, 90.0, 130.0]), 0.25);
/// ```
pub fn max_drawdown(equity: &[f64]) -> f64 {
    drawdowns(equity).fold(0.0, f64::max)
}

/// Root of the mean squared drawdown. Source: Martin and McCann (1989), "The Investor's Guide to Fidelity Funds".
pub fn ulcer_index(equity: &[f64]) -> Option<f64> {
    let (count, squares) = drawdowns(equity).fold((0u64, 0.0), |(n, sum), d| (n + 1, sum + d * d));
    (count > 0).then(|| (squares / count as f64).sqrt())
}

/// The fall from the high so far, at each point.
pub fn drawdowns(equity: &[f64]) -> impl Iterator<Item = f64> {
    equity.iter().scan(f64::NEG_INFINITY, |high, &value| {
        *high = high.max(value);
        Some(if *high > 0.0 { 1.0 - value / *high } else { 0.0 })
    })
}

/// The falls of a series, in one pass: what [`max_drawdown`], [`ulcer_index`] and [`drawdown_episodes`] say of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Falls {
    /// The deepest, as a share of its high.
    pub(super) deepest: f64,
    /// Days of the longest.
    pub(super) longest_days: f64,
    /// Root mean square.
    pub(super) ulcer_index: Option<f64>,
}

impl Falls {
    pub(super) fn of(times: &[Timestamp], equity: &[f64]) -> Self {
        let mut deepest = 0.0_f64;
        let mut squares = 0.0;
        let mut longest = Span::ZERO;
        let mut peak = (times.first().copied().unwrap_or_default(), f64::NEG_INFINITY);
        let mut below = false;
        for (place, depth) in drawdowns(equity).enumerate() {
            deepest = deepest.max(depth);
            squares += depth * depth;
            let (Some(value), Some(at)) = (equity.get(place), times.get(place)) else { continue };
            if *value >= peak.1 {
                if below {
                    longest = longest.max(at.since(peak.0));
                }
                (peak, below) = ((*at, *value), false);
            } else {
                below = true;
            }
        }
        if below && let Some(end) = times.last() {
            longest = longest.max(end.since(peak.0));
        }
        let ulcer_index = (!equity.is_empty()).then(|| (squares / equity.len() as f64).sqrt());
        Self { deepest, longest_days: longest.in_units_of(Span::DAY), ulcer_index }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::performance::spx_returns;

    #[test]
    fn one_pass_says_what_three_say() {
        let equity = spx_equity();
        let times: Vec<Timestamp> =
            (0..).map(|day| Timestamp::from_secs(86_400 * day)).take(equity.len()).collect();
        for end in [0, 1, 2, 700, 2_000, 5_032] {
            let (times, equity) = (&times[..end.min(times.len())], &equity[..end.min(equity.len())]);
            let last = times.last().copied().unwrap_or_default();
            let longest = drawdown_episodes(times, equity).iter().map(|e| e.days(last)).fold(0.0, f64::max);
            let expected = Falls {
                deepest: max_drawdown(equity),
                longest_days: longest,
                ulcer_index: ulcer_index(equity),
            };
            assert_eq!(Falls::of(times, equity), expected);
        }
    }

    fn spx_equity() -> Vec<f64> {
        let mut equity = vec![1.0];
        equity.extend(spx_returns().iter().scan(1.0, |value, r| {
            *value *= 1.0 + r;
            Some(*value)
        }));
        equity
    }

    #[test]
    fn the_deepest_fall_of_twenty_years_agrees_with_the_reference() {
        assert!((max_drawdown(&spx_equity()) - 0.567_753_877_503_055_5).abs() < 1e-12);
        assert!((ulcer_index(&spx_equity()[1..]).unwrap() - 0.202_590_492_812_006_83).abs() < 1e-9);
    }

    #[test]
    fn an_episode_ends_when_the_high_is_seen_again() {
        let times: Vec<Timestamp> = (0..6).map(Timestamp::from_secs).collect();
        let episodes = drawdown_episodes(&times, &[100.0, 90.0, 80.0, 100.0, 110.0, 99.0]);
        assert_eq!(episodes.len(), 2);
        assert_eq!((episodes[0].trough_at, episodes[0].recovered_at), (times[2], Some(times[3])));
        assert!((episodes[0].depth - 0.2).abs() < 1e-15);
        assert_eq!(episodes[1].recovered_at, None);
    }

    #[test]
    fn a_series_that_only_rises_never_fell() {
        assert_eq!(max_drawdown(&[1.0, 2.0, 3.0]), 0.0);
        assert!(drawdown_episodes(&[], &[]).is_empty());
    }
}
