//! What breakers and monitors say, and the gate obeys: only ever by tightening.

use autotrading_domain::Timestamp;

use crate::{Alarms, Cap, CircuitBreakers, LossStreak, RiskGate, StateChange, Trip};

impl RiskGate {
    /// Does what a breaker or monitor asks for; a looser or equal state changes nothing.
    pub fn trip(&mut self, trip: Option<Trip>, at: Timestamp) -> Option<StateChange> {
        let Trip { to, cause, value, limit } = trip?;
        self.tighten(to, cause, value, limit, at)
    }

    /// Obeys the monitor: its trips, and a day's loss beyond the 99 % value at risk, which is counted.
    ///
    /// ```
    /// # use autotrading_domain::{Instruments, Timestamp, TradingState};
    /// # use autotrading_risk::{Alarms, Cause, RiskGate, RiskLimits, Trip};
    /// let mut gate = RiskGate::new(&Instruments::new(vec![]), RiskLimits::production())?;
    /// let trip = Trip { to: TradingState::ReduceOnly, cause: Cause::PortfolioRisk, value: 0.021, limit: 0.02 };
    /// let alarms = Alarms { trips: vec![trip], ..Alarms::default() };
    /// assert_eq!(gate.heed(&alarms, Timestamp::EPOCH).unwrap().cause, Cause::PortfolioRisk);
    /// assert!(gate.heed(&alarms, Timestamp::EPOCH).is_none(), "nothing has changed");
    /// # Ok::<(), autotrading_risk::LimitsError>(())
    /// ```
    pub fn heed(&mut self, alarms: &Alarms, at: Timestamp) -> Option<StateChange> {
        let counted = if alarms.beyond_value_at_risk { self.observe_value_at_risk_breach(at) } else { None };
        // The tightest asks, so that one change tells the whole way; the count, when it is full, halts alone.
        let tightest =
            alarms.trips.iter().copied().reduce(|one, other| if other.to > one.to { other } else { one });
        counted.or_else(|| self.trip(tightest, at))
    }

    /// A day's loss was beyond the 99 % value at risk; too many within the days of the breaker halt.
    pub fn observe_value_at_risk_breach(&mut self, at: Timestamp) -> Option<StateChange> {
        let trip = self.breakers.as_mut().and_then(|breakers| breakers.observe_breach(at));
        self.trip(trip, at)
    }

    /// A request to the venue was answered, well or with an error; too large a share of errors halts.
    pub fn observe_request(&mut self, failed: bool, at: Timestamp) -> Option<StateChange> {
        let trip = self.breakers.as_mut().and_then(|breakers| breakers.observe_request(failed, at));
        self.trip(trip, at)
    }

    /// Volatility now against the usual one, in the same unit; too large a multiple, or none at all, lets only close.
    pub fn observe_volatility(&mut self, now: f64, normal: f64, at: Timestamp) -> Option<StateChange> {
        let trip = self.breakers.as_ref().and_then(|breakers| breakers.observe_volatility(now, normal));
        self.trip(trip, at)
    }

    /// A trade was closed with a profit, negative for a loss; too many losses in a row let only close.
    pub fn observe_trade(&mut self, profit: f64, at: Timestamp) -> Option<StateChange> {
        let losses = self.streak.observe(profit);
        let trip = self.breakers.as_ref().and_then(|breakers| breakers.observe_streak(losses));
        self.trip(trip, at)
    }

    /// Losing trades in a row.
    pub const fn losing_streak(&self) -> u32 {
        self.streak.losses()
    }

    /// A person has looked: what had tripped is counted from the start again.
    pub(crate) fn reset_breakers(&mut self) {
        self.streak = LossStreak::default();
        self.breakers = fresh(&self.limits.breakers);
    }
}

/// Breakers that have seen nothing; none when they are switched off.
pub(crate) fn fresh(limits: &Cap<crate::BreakerLimits>) -> Option<CircuitBreakers> {
    limits.at().copied().map(CircuitBreakers::new)
}
