//! What round trips came to, all together or by any mark that they bear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ratios::defined;

/// Figures of some round trips. Undefined is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoundTripFigures {
    /// How many there were.
    pub count: u64,
    /// What they came to after all costs, in settlement currency.
    pub net: f64,
    /// Share that ended with a gain.
    pub win_rate: Option<f64>,
    /// Gains over losses; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Mean result, in settlement currency.
    pub expectancy: Option<f64>,
    /// Mean gain of the winners over mean loss of the losers.
    pub payoff: Option<f64>,
    /// The bet that grows wealth fastest if these odds are the true ones; below zero for odds that lose.
    pub kelly: Option<f64>,
    /// Best result.
    pub best: Option<f64>,
    /// Worst result.
    pub worst: Option<f64>,
    /// Most round trips in a row that did not gain.
    pub longest_losing_streak: u64,
}

impl RoundTripFigures {
    /// Figures of results after all costs, in order of time.
    ///
    /// `kelly = w - (1 - w) / b` with the share of winners `w` and the payoff `b`. Source: Kelly (1956), Bell System
    /// Technical Journal 35, 917-926.
    ///
    /// ```
    /// use autotrading_backtest::RoundTripFigures;
    /// let seen = RoundTripFigures::of([20.0, -10.0, 20.0, -10.0]);
    /// assert_eq!((seen.win_rate, seen.profit_factor, seen.expectancy), (Some(0.5), Some(2.0), Some(5.0)));
    /// assert_eq!((seen.payoff, seen.kelly), (Some(2.0), Some(0.25))); // 0.5 - 0.5 / 2
    /// ```
    pub fn of(nets: impl IntoIterator<Item = f64>) -> Self {
        let (mut gained, mut lost, mut wins, mut losses, mut streak) = (0.0, 0.0, 0_u64, 0_u64, 0_u64);
        let mut seen = Self::default();
        for net in nets {
            seen.count += 1;
            seen.net += net;
            seen.best = Some(seen.best.map_or(net, |best| best.max(net)));
            seen.worst = Some(seen.worst.map_or(net, |worst| worst.min(net)));
            if net > 0.0 {
                (gained, wins, streak) = (gained + net, wins + 1, 0);
            } else {
                (lost, losses, streak) = (lost - net, losses + 1, streak + 1);
            }
            seen.longest_losing_streak = seen.longest_losing_streak.max(streak);
        }
        if seen.count == 0 {
            return seen;
        }
        let win_rate = wins as f64 / seen.count as f64;
        let payoff = if wins > 0 && lost > 0.0 {
            defined((gained / wins as f64) / (lost / losses as f64))
        } else {
            None
        };
        Self {
            win_rate: Some(win_rate),
            profit_factor: defined(gained / lost).filter(|_| lost > 0.0),
            expectancy: defined(seen.net / seen.count as f64),
            payoff,
            kelly: payoff.and_then(|payoff| defined(win_rate - (1.0 - win_rate) / payoff)),
            ..seen
        }
    }

    /// Figures of each group of round trips that bear the same mark: strategy, regime, instrument, side or month, whatever
    /// the caller reads from them. Groups are in the order of their marks, results within one in the order given.
    ///
    /// ```
    /// use autotrading_backtest::RoundTripFigures;
    /// let trades = [("long", 10.0), ("short", -4.0), ("long", -5.0)];
    /// let sides = RoundTripFigures::by(&trades, |trade| trade.0, |trade| trade.1);
    /// assert_eq!(sides[0].0, "long");
    /// assert_eq!((sides[0].1.net, sides[1].1.net), (5.0, -4.0));
    /// ```
    pub fn by<T, K: Ord>(trades: &[T], mark: impl Fn(&T) -> K, net: impl Fn(&T) -> f64) -> Vec<(K, Self)> {
        let mut groups: BTreeMap<K, Vec<f64>> = BTreeMap::new();
        for trade in trades {
            groups.entry(mark(trade)).or_default().push(net(trade));
        }
        groups.into_iter().map(|(mark, nets)| (mark, Self::of(nets))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undefined_of_round_trips_is_none() {
        assert_eq!(RoundTripFigures::of([]), RoundTripFigures::default());
        let winners = RoundTripFigures::of([1.0, 2.0]);
        assert_eq!((winners.profit_factor, winners.payoff, winners.kelly), (None, None, None));
        assert_eq!(winners.win_rate, Some(1.0));
        let nothing = RoundTripFigures::of([0.0, 0.0]);
        assert_eq!((nothing.win_rate, nothing.profit_factor), (Some(0.0), None));
        assert_eq!(nothing.longest_losing_streak, 2);
    }

    #[test]
    fn the_groups_add_up_to_the_whole() {
        let trades: Vec<(u32, f64)> = (0..60).map(|i| (i % 7, f64::from(i * 37 % 23) - 11.0)).collect();
        let whole = RoundTripFigures::of(trades.iter().map(|trade| trade.1));
        let groups = RoundTripFigures::by(&trades, |trade| trade.0, |trade| trade.1);
        assert_eq!(groups.len(), 7);
        assert_eq!(groups.iter().map(|group| group.1.count).sum::<u64>(), whole.count);
        assert_eq!(groups.iter().map(|group| group.1.net).sum::<f64>(), whole.net);
    }
}
