//! How much of the parent shall be done by when.

use autotrading_domain::{Span, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::parent::setting;
use super::{AlgorithmError, AlgorithmKind, Parent, Trajectory};

/// From this moment on, this share of the parent shall be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// From when.
    pub at: Timestamp,
    /// The share, 0 to 1; the last slice's is 1.
    pub cumulative: f64,
}

/// How much of the parent shall be done by when: times ascend from the start and lie before the deadline, shares ascend
/// to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    kind: AlgorithmKind,
    slices: Vec<Slice>,
}

/// More slices than anybody needs.
const MOST: usize = 100_000;

impl Schedule {
    /// Time-weighted: `slices` equal shares, one in each equal part of the time, at a moment drawn from the first
    /// `jitter` of that part (0: at its beginning).
    ///
    /// # Errors
    /// No slice or too many, or a jitter outside 0 to 1 (exclusive).
    pub fn twap(parent: &Parent, slices: usize, jitter: f64, seed: u64) -> Result<Self, AlgorithmError> {
        setting("jitter", jitter, (0.0..1.0).contains(&jitter), "at least 0 and below 1")?;
        let weights = vec![1.0; slices.min(MOST + 1)];
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        Self::shares(AlgorithmKind::Twap, parent, &weights, |_| jitter * chance.random::<f64>())
    }

    /// Volume-weighted: one slice at the beginning of each equal part of the time, in proportion to the volume that is
    /// expected there (any unit).
    ///
    /// # Errors
    /// No part or too many, a volume that is negative or not finite, or no volume at all.
    pub fn vwap(parent: &Parent, expected: &[f64]) -> Result<Self, AlgorithmError> {
        Self::shares(AlgorithmKind::Vwap, parent, expected, |_| 0.0)
    }

    /// Along an optimal [`Trajectory`].
    ///
    /// # Errors
    /// As [`Schedule::vwap`].
    pub fn shortfall(parent: &Parent, trajectory: &Trajectory) -> Result<Self, AlgorithmError> {
        Self::shares(AlgorithmKind::ImplementationShortfall, parent, trajectory.trades(), |_| 0.0)
    }

    fn shares(
        kind: AlgorithmKind,
        parent: &Parent,
        weights: &[f64],
        mut delay: impl FnMut(usize) -> f64,
    ) -> Result<Self, AlgorithmError> {
        let count = weights.len();
        setting("slices", count as f64, (1..=MOST).contains(&count), "1 to 100000")?;
        for weight in weights {
            setting("weight", *weight, *weight >= 0.0, "not negative")?;
        }
        let total: f64 = weights.iter().sum();
        setting("sum of weights", total, total > 0.0, "above 0")?;

        let (start, deadline) = (parent.spec().start, parent.spec().deadline);
        let part = deadline.since(start).nanos() as f64 / count as f64;
        let mut sum = 0.0;
        let slices = weights.iter().enumerate().map(|(nth, weight)| {
            sum += weight;
            let cumulative = if nth + 1 == count { 1.0 } else { (sum / total).min(1.0) };
            let offset = (nth as f64 + delay(nth)) * part;
            Slice { at: start.after(Span::from_nanos(offset as i64)), cumulative }
        });
        Ok(Self { kind, slices: slices.collect() })
    }

    /// Which kind of schedule it is.
    pub const fn kind(&self) -> AlgorithmKind {
        self.kind
    }

    /// The slices, in order of time.
    pub fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// The slice in force and the beginning of the next one.
    pub(super) fn at(&self, now: Timestamp) -> (Option<&Slice>, Option<Timestamp>) {
        let next = self.slices.partition_point(|slice| slice.at <= now);
        let current = next.checked_sub(1).and_then(|nth| self.slices.get(nth));
        (current, self.slices.get(next).map(|slice| slice.at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parent::tests::{buy, instrument};
    use super::*;

    fn parent() -> Parent {
        Parent::new(buy("10", "100", 600), &instrument()).unwrap()
    }

    #[test]
    fn four_equal_slices_without_jitter() {
        let schedule = Schedule::twap(&parent(), 4, 0.0, 1).unwrap();
        let told: Vec<_> = schedule
            .slices()
            .iter()
            .map(|slice| (slice.at.nanos() / 1_000_000_000, slice.cumulative))
            .collect();
        assert_eq!(told, [(0, 0.25), (150, 0.5), (300, 0.75), (450, 1.0)]);
    }

    #[test]
    fn volume_is_followed() {
        let schedule = Schedule::vwap(&parent(), &[3.0, 1.0, 0.0, 4.0]).unwrap();
        let told: Vec<_> = schedule.slices().iter().map(|slice| slice.cumulative).collect();
        assert_eq!(told, [0.375, 0.5, 0.5, 1.0]);
    }

    #[test]
    fn a_schedule_without_sense_is_refused() {
        assert!(Schedule::twap(&parent(), 0, 0.0, 1).is_err());
        assert!(Schedule::twap(&parent(), 4, 1.0, 1).is_err());
        assert!(Schedule::twap(&parent(), usize::MAX, 0.0, 1).is_err());
        for bad in [vec![], vec![0.0], vec![1.0, -1.0], vec![f64::NAN], vec![f64::MAX, f64::MAX]] {
            assert!(Schedule::vwap(&parent(), &bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn slices_ascend_and_end_with_the_whole_before_the_deadline(count in 1usize..50, jitter in 0.0f64..0.999, seed: u64) {
            let schedule = Schedule::twap(&parent(), count, jitter, seed).unwrap();
            prop_assert_eq!(&schedule, &Schedule::twap(&parent(), count, jitter, seed).unwrap());
            prop_assert!(schedule.slices().is_sorted_by(|a, b| a.at < b.at && a.cumulative < b.cumulative));
            let last = schedule.slices().last().unwrap();
            prop_assert!(last.cumulative == 1.0 && last.at < parent().spec().deadline);
        }
    }
}
