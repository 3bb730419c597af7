//! How long words travel between us and the venue.

use autotrading_domain::{Span, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::VenueError;

/// How long a word travels. On one way no word overtakes another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LatencyModel {
    /// Always the same.
    Constant(Span),
    /// `least + extra * -ln(1 - u)`, `u` even in [0, 1): an exponential tail on top of the line's own length.
    Sampled {
        /// The shortest time.
        least: Span,
        /// Mean of what comes on top.
        extra: Span,
        /// Draws the times.
        seed: u64,
    },
    /// As it was measured: the last one measured by then counts.
    Replayed(Vec<(Timestamp, Span)>),
}

impl Default for LatencyModel {
    fn default() -> Self {
        Self::Constant(Span::ZERO)
    }
}

impl LatencyModel {
    /// Whether it is one.
    ///
    /// # Errors
    /// [`VenueError::Rule`] for a time below zero, and for measurements that are none or out of order.
    pub fn check(&self) -> Result<(), VenueError> {
        let wrong = |got: String, expected| Err(VenueError::Rule { field: "latency", got, expected });
        match self {
            Self::Constant(span) if *span < Span::ZERO => wrong(span.to_string(), "not negative"),
            Self::Sampled { least, extra, .. } if *least < Span::ZERO || *extra < Span::ZERO => {
                wrong(format!("{least} and {extra}"), "not negative")
            }
            Self::Replayed(series) => {
                if series.is_empty() {
                    return wrong("nothing".to_owned(), "at least one measurement");
                }
                if let Some((at, _)) = series.iter().find(|(_, span)| *span < Span::ZERO) {
                    return wrong(format!("negative at {at}"), "not negative");
                }
                match series
                    .windows(2)
                    .find(|pair| matches!(pair, [(first, _), (second, _)] if second < first))
                {
                    Some([_, (at, _)]) => wrong(format!("{at} out of order"), "rising times"),
                    _ => Ok(()),
                }
            }
            Self::Constant(_) | Self::Sampled { .. } => Ok(()),
        }
    }
}

/// One way between us and the venue: no word on it overtakes another.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// use autotrading_exchanges::{LatencyLine, LatencyModel};
///
/// let measured = vec![(Timestamp::EPOCH, Span::MILLISECOND.times(5)), (Timestamp::from_secs(1), Span::MILLISECOND)];
/// let mut line = LatencyLine::new(LatencyModel::Replayed(measured));
/// let at = |millis| Timestamp::EPOCH.after(Span::MILLISECOND.times(millis));
/// assert_eq!(line.arrival(at(999)), at(1_004));
/// assert_eq!(line.arrival(at(1_000)), at(1_004)); // a millisecond alone, but not before the one ahead of it
/// ```
#[derive(Clone, Debug)]
pub struct LatencyLine {
    model: LatencyModel,
    chance: ChaCha8Rng,
    place: usize,
    latest: Timestamp,
}

impl LatencyLine {
    /// A line of this model; [`LatencyModel::check`] says whether it is one.
    pub fn new(model: LatencyModel) -> Self {
        let seed = if let LatencyModel::Sampled { seed, .. } = model { seed } else { 0 };
        let latest = Timestamp::from_nanos(i64::MIN);
        Self { model, chance: ChaCha8Rng::seed_from_u64(seed), place: 0, latest }
    }

    /// When a word that leaves at this moment arrives. Words are asked about in the order in which they leave.
    pub fn arrival(&mut self, leaves: Timestamp) -> Timestamp {
        let takes = match &self.model {
            LatencyModel::Constant(span) => return leaves.after(*span),
            LatencyModel::Sampled { least, extra, .. } => {
                let tail = -(1.0 - self.chance.random::<f64>()).ln();
                Span::from_nanos(least.nanos().saturating_add((tail * extra.nanos() as f64) as i64))
            }
            LatencyModel::Replayed(series) => {
                while series.get(self.place + 1).is_some_and(|(at, _)| *at <= leaves) {
                    self.place += 1;
                }
                series.get(self.place).map_or(Span::ZERO, |(_, span)| *span)
            }
        };
        self.latest = self.latest.max(leaves.after(takes));
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(count: i64) -> Span {
        Span::MILLISECOND.times(count)
    }

    fn at(count: i64) -> Timestamp {
        Timestamp::EPOCH.after(millis(count))
    }

    #[test]
    fn measured_times_are_taken_in_order_and_nothing_overtakes() {
        let model =
            LatencyModel::Replayed(vec![(at(0), millis(5)), (at(10), millis(30)), (at(20), millis(1))]);
        assert_eq!(model.check(), Ok(()));
        let mut line = LatencyLine::new(model);
        let arrivals = [-5, 3, 12, 21, 60].map(|leaves| line.arrival(at(leaves)));
        assert_eq!(arrivals, [at(0), at(8), at(42), at(42), at(61)]);
    }

    #[test]
    fn sampled_times_are_the_seeds_never_below_the_least_and_of_the_stated_mean() {
        let model = |seed| LatencyModel::Sampled { least: millis(2), extra: millis(3), seed };
        let draw = |seed| {
            let mut line = LatencyLine::new(model(seed));
            (0..4_000)
                .map(|second| {
                    let leaves = at(second * 1_000);
                    line.arrival(leaves).since(leaves)
                })
                .collect::<Vec<_>>()
        };
        let times = draw(7);
        assert_eq!(times, draw(7));
        assert_ne!(times, draw(8));
        assert!(times.iter().all(|time| *time >= millis(2)));
        let mean = times.iter().map(|time| time.in_units_of(Span::MILLISECOND)).sum::<f64>() / 4_000.0;
        assert!((mean - 5.0).abs() < 0.2, "{mean}");
    }

    #[test]
    fn what_is_no_latency_is_refused() {
        for bad in [
            LatencyModel::Constant(millis(-1)),
            LatencyModel::Sampled { least: millis(1), extra: millis(-1), seed: 1 },
            LatencyModel::Replayed(vec![]),
            LatencyModel::Replayed(vec![(at(5), millis(1)), (at(4), millis(1))]),
            LatencyModel::Replayed(vec![(at(5), millis(-1))]),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
