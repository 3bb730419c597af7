//! Instruments that move together count as one.

use autotrading_domain::{InstrumentId, Rate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::RiskGate;

/// How much may lie in instruments that move together.
///
/// Instruments whose correlation, of either sign, is at or above `correlation` belong to one cluster, and so do those
/// that are linked by others. A correlation that nobody told counts as 1: until
/// [`RiskGate::observe_correlations`] the whole book is one cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterLimit {
    /// From this correlation on two instruments move together: 0.7.
    pub correlation: Rate,
    /// The largest sum of notionals in one cluster, whatever their direction, as a share of equity: 3.
    pub share: Rate,
}

impl Default for ClusterLimit {
    fn default() -> Self {
        Self { correlation: Rate::basis_points(7_000), share: Rate::new(Decimal::from(3)) }
    }
}

impl RiskGate {
    /// Which instruments move together from now on, by the correlation of each pair. What is no number counts as 1.
    /// Costs a call for each pair: at a bar, not at a mark.
    ///
    /// ```
    /// use autotrading_domain::{Instrument, InstrumentId, Instruments};
    /// use autotrading_risk::{RiskGate, RiskLimits};
    /// let listed = |symbol: &str| Instrument::linear_perpetual("sim", symbol, "0.1".parse().unwrap(), "0.001".parse().unwrap());
    /// let all = Instruments::new(vec![listed("BTCUSDT")?, listed("ETHUSDT")?, listed("TRXUSDT")?]);
    /// let mut gate = RiskGate::new(&all, RiskLimits::production())?;
    /// let (bitcoin, ether, tron) = (InstrumentId(0), InstrumentId(1), InstrumentId(2));
    /// assert!(gate.move_together(bitcoin, tron), "nobody has told");
    /// gate.observe_correlations(|one, other| if one == bitcoin && other == ether { 0.85 } else { 0.3 });
    /// assert!(gate.move_together(bitcoin, ether) && !gate.move_together(bitcoin, tron));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn observe_correlations(&mut self, correlation: impl Fn(InstrumentId, InstrumentId) -> f64) {
        let from = self.limits.cluster.at().map_or(f64::INFINITY, |limit| limit.correlation.to_f64());
        let clusters = linked(self.watches.len(), |one, other| {
            let strength = correlation(InstrumentId(one), InstrumentId(other)).abs();
            strength >= from || strength.is_nan()
        });
        for (watch, cluster) in self.watches.iter_mut().zip(clusters) {
            watch.cluster = cluster;
        }
        self.sum_clusters();
    }

    /// Whether two instruments belong to one cluster.
    pub fn move_together(&self, one: InstrumentId, other: InstrumentId) -> bool {
        let cluster = |id: InstrumentId| self.watches.get(id.index()).map(|watch| watch.cluster);
        cluster(one) == cluster(other)
    }

    /// What was told is about another limit: everything moves together until it is told again.
    pub(crate) fn forget_correlations(&mut self) {
        self.watches.iter_mut().for_each(|watch| watch.cluster = 0);
        self.sum_clusters();
    }

    fn sum_clusters(&mut self) {
        let staked = self.watches.iter().map(|watch| (watch.cluster, &watch.staked));
        self.sums.sum_clusters(staked);
    }
}

/// The cluster of each of so many: the smallest number among those it is linked with, over any number of links.
fn linked(count: usize, together: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let mut clusters: Vec<u32> = (0..).take(count).collect();
    for (other, place) in (0..).zip(0..count) {
        for one in 0..other {
            let (Some(&a), Some(&b)) = (clusters.get(one as usize), clusters.get(place)) else { continue };
            if a != b && together(one, other) {
                let (first, second) = (a.min(b), a.max(b));
                clusters
                    .iter_mut()
                    .filter(|cluster| **cluster == second)
                    .for_each(|cluster| *cluster = first);
            }
        }
    }
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_over_any_number_of_steps() {
        let pairs = [(0, 3), (3, 4), (1, 2)];
        assert_eq!(linked(6, |one, other| pairs.contains(&(one, other))), [0, 1, 1, 0, 0, 5]);
        assert_eq!(linked(4, |_, _| true), [0; 4]);
        assert_eq!(linked(3, |_, _| false), [0, 1, 2]);
        assert_eq!(linked(5, |one, other| one + 1 == other), [0; 5]);
        assert!(linked(0, |_, _| true).is_empty());
    }
}
