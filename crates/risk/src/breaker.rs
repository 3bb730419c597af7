//! Circuit breakers: conditions under which trading stops by itself.

use std::collections::VecDeque;

use autotrading_domain::{Span, Timestamp, TradingState};
use serde::{Deserialize, Serialize};

use crate::{Cause, LimitsError, limits_check::refuse};

/// A breaker asks for a tighter trading state; hand it to [`RiskGate::tighten`](crate::RiskGate::tighten).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// The state that is due.
    pub to: TradingState,
    /// Why.
    pub cause: Cause,
    /// What was measured.
    pub value: f64,
    /// What is allowed.
    pub limit: f64,
}

/// When the breakers trip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerLimits {
    /// Closes only from this multiple of the normal volatility on.
    pub volatility_multiple: f64,
    /// Halted from so many breaches of the 99 % value at risk on.
    pub breaches: u32,
    /// Within so many days.
    pub breach_days: u32,
    /// Halted from this share of failed requests on.
    pub error_share: f64,
    /// Once there were so many requests.
    pub least_requests: u32,
    /// Within so many seconds.
    pub error_seconds: u32,
    /// Closes only from so many losing trades in a row on.
    pub losing_streak: u32,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self {
            volatility_multiple: 3.0,
            breaches: 3,
            breach_days: 30,
            error_share: 0.10,
            least_requests: 50,
            error_seconds: 300,
            losing_streak: 8,
        }
    }
}

impl BreakerLimits {
    pub(crate) fn check(&self) -> Result<(), LimitsError> {
        if !(self.volatility_multiple > 1.0 && self.volatility_multiple.is_finite()) {
            return refuse(
                "breakers.volatility_multiple",
                self.volatility_multiple,
                "must be a number above 1",
            );
        }
        if !(self.error_share > 0.0 && self.error_share <= 1.0) {
            return refuse("breakers.error_share", self.error_share, "must lie above 0 and not above 1");
        }
        for (key, count) in self.counts() {
            if count == 0 {
                return refuse(&format!("breakers.{key}"), 0, "must be above zero");
            }
        }
        Ok(())
    }

    /// The first key in which these limits trip later than others.
    pub(crate) fn looser_than(&self, other: &Self) -> Option<&'static str> {
        let windows = [
            ("breach_days", self.breach_days < other.breach_days),
            ("error_seconds", self.error_seconds < other.error_seconds),
            ("volatility_multiple", self.volatility_multiple > other.volatility_multiple),
            ("breaches", self.breaches > other.breaches),
            ("error_share", self.error_share > other.error_share),
            ("least_requests", self.least_requests > other.least_requests),
            ("losing_streak", self.losing_streak > other.losing_streak),
        ];
        windows.into_iter().find_map(|(key, looser)| looser.then_some(key))
    }

    const fn counts(&self) -> [(&'static str, u32); 5] {
        [
            ("breaches", self.breaches),
            ("breach_days", self.breach_days),
            ("least_requests", self.least_requests),
            ("error_seconds", self.error_seconds),
            ("losing_streak", self.losing_streak),
        ]
    }
}

/// The breakers of a house. [`RiskGate`](crate::RiskGate) keeps its own, over restarts too. Each remembers no more than it must: every memory has a cap.
///
/// ```
/// use autotrading_domain::{Span, Timestamp, TradingState};
/// use autotrading_risk::{BreakerLimits, CircuitBreakers};
/// let mut breakers = CircuitBreakers::new(BreakerLimits::default());
/// assert!(breakers.observe_volatility(0.02, 0.01).is_none());
/// assert_eq!(breakers.observe_volatility(0.031, 0.01).unwrap().to, TradingState::ReduceOnly);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreakers {
    limits: BreakerLimits,
    breaches: VecDeque<Timestamp>,
    /// Requests by second: when, how many, how many failed.
    requests: VecDeque<(Timestamp, u32, u32)>,
}

impl CircuitBreakers {
    /// Breakers that have seen nothing.
    pub const fn new(limits: BreakerLimits) -> Self {
        Self { limits, breaches: VecDeque::new(), requests: VecDeque::new() }
    }

    /// What is remembered, under other limits.
    pub(crate) fn under(self, limits: BreakerLimits) -> Self {
        Self { limits, ..self }
    }

    /// Volatility now against the usual one, in the same unit. What cannot be compared trips.
    pub fn observe_volatility(&self, now: f64, normal: f64) -> Option<Trip> {
        let limit = self.limits.volatility_multiple;
        let multiple = now / normal;
        if now >= 0.0 && normal > 0.0 && multiple < limit {
            return None;
        }
        let value = if multiple.is_finite() { multiple } else { limit };
        Some(Trip { to: TradingState::ReduceOnly, cause: Cause::Volatility, value, limit })
    }

    /// A day's loss was beyond the 99 % value at risk.
    pub fn observe_breach(&mut self, at: Timestamp) -> Option<Trip> {
        self.breaches.push_back(at);
        let start = at.before(Span::DAY.times(i64::from(self.limits.breach_days)));
        while self.breaches.front().is_some_and(|first| *first <= start)
            || self.breaches.len() > self.limits.breaches.max(1) as usize
        {
            self.breaches.pop_front();
        }
        let count = self.breaches.len() as f64;
        let limit = f64::from(self.limits.breaches);
        (count >= limit).then_some(Trip {
            to: TradingState::Halted,
            cause: Cause::ValueAtRiskBreaches,
            value: count,
            limit,
        })
    }

    /// A request to the venue was answered, well or with an error.
    pub fn observe_request(&mut self, failed: bool, at: Timestamp) -> Option<Trip> {
        let second = at.floor(Span::SECOND);
        match self.requests.back_mut() {
            Some((newest, all, errors)) if *newest >= second => {
                *all = all.saturating_add(1);
                *errors = errors.saturating_add(u32::from(failed));
            }
            _ => self.requests.push_back((second, 1, u32::from(failed))),
        }
        let start = second.before(Span::SECOND.times(i64::from(self.limits.error_seconds)));
        while self.requests.front().is_some_and(|(first, ..)| *first <= start) {
            self.requests.pop_front();
        }
        let (all, errors) = self
            .requests
            .iter()
            .fold((0.0, 0.0), |(a, e), (_, all, errors)| (a + f64::from(*all), e + f64::from(*errors)));
        let share = errors / all;
        let trips = all >= f64::from(self.limits.least_requests) && share >= self.limits.error_share;
        trips.then_some(Trip {
            to: TradingState::Halted,
            cause: Cause::VenueErrors,
            value: share,
            limit: self.limits.error_share,
        })
    }

    /// So many trades in a row have lost: see [`LossStreak`](crate::LossStreak).
    pub fn observe_streak(&self, losses: u32) -> Option<Trip> {
        (losses >= self.limits.losing_streak).then_some(Trip {
            to: TradingState::ReduceOnly,
            cause: Cause::LosingStreak,
            value: f64::from(losses),
            limit: f64::from(self.limits.losing_streak),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn three_breaches_within_thirty_days_halt() {
        let mut breakers = CircuitBreakers::new(BreakerLimits::default());
        let day = 86_400;
        assert!(breakers.observe_breach(at(0)).is_none());
        assert!(breakers.observe_breach(at(20 * day)).is_none());
        assert!(breakers.observe_breach(at(30 * day)).is_none(), "the first is thirty days old");
        let trip = breakers.observe_breach(at(31 * day)).unwrap();
        assert_eq!(
            (trip.to, trip.cause, trip.value),
            (TradingState::Halted, Cause::ValueAtRiskBreaches, 3.0)
        );
    }

    #[test]
    fn a_tenth_of_errors_halts_once_there_were_fifty_requests() {
        let mut breakers = CircuitBreakers::new(BreakerLimits::default());
        for request in 0..49 {
            assert!(breakers.observe_request(request < 5, at(request)).is_none());
        }
        let trip = breakers.observe_request(false, at(49)).unwrap();
        assert_eq!((trip.to, trip.value), (TradingState::Halted, 0.1));
        assert!(
            breakers.observe_request(false, at(306)).is_none(),
            "the errors are more than five minutes old"
        );
    }

    #[test]
    fn requests_of_one_second_share_one_place_and_old_seconds_are_forgotten() {
        let mut breakers = CircuitBreakers::new(BreakerLimits::default());
        for _ in 0..1_000 {
            assert!(breakers.observe_request(false, at(0)).is_none());
        }
        assert_eq!(breakers.requests, [(at(0), 1_000, 0)]);
        breakers.observe_request(true, at(0).before(Span::SECOND)); // a clock that steps back
        assert_eq!(breakers.requests, [(at(0), 1_001, 1)]);
        breakers.observe_request(false, at(300));
        assert_eq!(breakers.requests, [(at(300), 1, 0)]);
    }

    #[test]
    fn volatility_that_cannot_be_compared_trips() {
        let breakers = CircuitBreakers::new(BreakerLimits::default());
        for (now, normal) in [(f64::NAN, 1.0), (1.0, 0.0), (1.0, f64::NAN), (-1.0, 1.0), (f64::INFINITY, 1.0)]
        {
            let trip = breakers.observe_volatility(now, normal).unwrap();
            assert!(trip.value.is_finite(), "{now} {normal}");
        }
        assert!(breakers.observe_streak(7).is_none() && breakers.observe_streak(8).is_some());
    }
}
