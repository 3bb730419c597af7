//! How many messages may go out: a token bucket with a part kept for closes and cancels.

use autotrading_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cap, RateLimit};

/// Tokens in billionths, so that time in nanoseconds refills without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    billionths: i64,
    at: Timestamp,
    limit: Option<RateLimit>,
}

const TOKEN: i64 = 1_000_000_000;

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(cap: &Cap<RateLimit>) -> Self {
        let limit = cap.at().copied();
        let billionths = limit.map_or(0, |limit| i64::from(limit.burst) * TOKEN);
        Self { billionths, at: Timestamp::from_nanos(i64::MIN), limit }
    }

    /// Tokens used once one more has been taken at `now`, and how many an opening order may use. In tokens.
    pub(crate) fn use_by_one_more(&self, now: Timestamp) -> (f64, f64) {
        let Some(limit) = self.limit else { return (0.0, f64::INFINITY) };
        let left = self.refilled(now, limit) as f64 / TOKEN as f64;
        (f64::from(limit.burst) - left + 1.0, f64::from(limit.burst - limit.reserve))
    }

    /// Takes one token; an empty bucket stays empty.
    pub(crate) fn take(&mut self, now: Timestamp) {
        let Some(limit) = self.limit else { return };
        self.billionths = (self.refilled(now, limit) - TOKEN).max(0);
        self.at = self.at.max(now); // a clock that steps back refills nothing twice
    }

    /// Keeps what is left under a new limit.
    pub(crate) fn relimited(self, cap: &Cap<RateLimit>) -> Self {
        let fresh = Self::new(cap);
        if self.limit.is_none() {
            fresh
        } else {
            Self { billionths: self.billionths.min(fresh.billionths), at: self.at, ..fresh }
        }
    }

    fn refilled(&self, now: Timestamp, limit: RateLimit) -> i64 {
        let elapsed = now.since(self.at).nanos().max(0);
        let full = i64::from(limit.burst) * TOKEN;
        self.billionths.saturating_add(elapsed.saturating_mul(i64::from(limit.per_second))).min(full)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Span;

    use super::*;

    fn fits(bucket: &Bucket, now: Timestamp) -> bool {
        let (used, allowed) = bucket.use_by_one_more(now);
        used <= allowed
    }

    #[test]
    fn openings_stop_at_the_reserve_and_time_refills() {
        let mut bucket = Bucket::new(&Cap::At(RateLimit { burst: 5, per_second: 2, reserve: 2 }));
        let start = Timestamp::from_secs(1_000);
        for _ in 0..3 {
            assert!(fits(&bucket, start));
            bucket.take(start);
        }
        assert!(!fits(&bucket, start));
        let later = start.after(Span::from_nanos(499_999_999));
        assert!(!fits(&bucket, later));
        assert!(fits(&bucket, start.after(Span::from_nanos(500_000_000))));
        assert!(!fits(&bucket, start.before(Span::DAY)), "a clock that steps back gives nothing");
    }

    #[test]
    fn a_clock_that_steps_back_and_on_again_refills_nothing_twice() {
        let mut bucket = Bucket::new(&Cap::At(RateLimit { burst: 3, per_second: 1, reserve: 0 }));
        let start = Timestamp::from_secs(1_000);
        bucket.take(start);
        bucket.take(start.before(Span::DAY));
        bucket.take(start);
        assert!(!fits(&bucket, start) && fits(&bucket, start.after(Span::SECOND)));
    }

    #[test]
    fn an_absent_limit_counts_nothing() {
        let mut bucket = Bucket::new(&Cap::Off);
        bucket.take(Timestamp::EPOCH);
        assert!(fits(&bucket, Timestamp::EPOCH));
    }
}
