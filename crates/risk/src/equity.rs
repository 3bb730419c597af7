//! Equity against its past: where today started, where it was highest, and what was lost since.

use autotrading_domain::{Span, Timestamp, TradingState};
use serde::{Deserialize, Serialize};

use crate::{Cap, Cause, LossLadder, RiskLimits, drawdown::fallen};

/// Measured losses, as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// Since the start of the day, per equity then; zero when there is a gain.
    pub daily: f64,
    /// Since the highest equity, per that equity.
    pub drawdown: f64,
}

/// Follows equity with one comparison or two per event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EquityWatch {
    equity: f64,
    /// The last sound equity, with which the next day starts.
    last: f64,
    free_margin: f64,
    high: f64,
    day_start: f64,
    day_end: Timestamp,
    /// At this equity or below, a tighter trading state is due.
    floor: f64,
    rules: Rules,
}

#[derive(Clone, Copy, Debug)]
struct Rules {
    daily: LossLadder,
    drawdown: LossLadder,
    day_offset: Span,
}

/// What of it survives a restart. Equities are finite, or absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EquityMemory {
    high: Option<f64>,
    day_start: Option<f64>,
    day_end: Timestamp,
    last: Option<f64>,
}

/// A loss that reached its limit.
pub(crate) struct Breach {
    pub(crate) to: TradingState,
    pub(crate) cause: Cause,
    pub(crate) value: f64,
    pub(crate) limit: f64,
}

const NEVER: Timestamp = Timestamp::from_nanos(i64::MIN);

impl EquityWatch {
    pub(crate) fn new(limits: &RiskLimits) -> Self {
        Self {
            equity: f64::NAN,
            last: f64::NAN,
            free_margin: f64::NAN,
            high: f64::NEG_INFINITY,
            day_start: f64::NAN,
            day_end: NEVER,
            floor: f64::NEG_INFINITY,
            rules: Rules::of(limits),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &RiskLimits, state: TradingState) {
        self.rules = Rules::of(limits);
        self.refloor(state);
    }

    /// Takes a new equity; gives what it breaches beyond `state`.
    pub(crate) fn observe(
        &mut self,
        equity: f64,
        free: f64,
        at: Timestamp,
        state: TradingState,
    ) -> Option<Breach> {
        self.free_margin = free;
        if !equity.is_finite() {
            self.equity = f64::NAN;
            return None;
        }
        if at >= self.day_end {
            self.start_day(equity, at, state);
        }
        self.equity = equity;
        self.last = equity;
        if equity > self.high {
            self.high = equity;
            self.refloor(state);
        }
        if equity <= self.floor { self.breach(state) } else { None }
    }

    /// Money that came in, or went out, is neither profit nor loss.
    pub(crate) fn move_by(&mut self, amount: f64, state: TradingState) {
        if amount.is_finite() {
            self.high += amount;
            self.day_start += amount;
            self.equity += amount;
            self.last += amount;
            self.free_margin += amount;
            self.refloor(state);
        }
    }

    /// Equity, NaN when it is unknown or not above zero.
    pub(crate) fn equity(&self) -> f64 {
        if self.equity > 0.0 { self.equity } else { f64::NAN }
    }

    pub(crate) const fn free_margin(&self) -> f64 {
        self.free_margin
    }

    /// Losses as shares; NaN when equity is unknown.
    pub(crate) fn losses(&self) -> Losses {
        Losses { daily: lost(self.day_start, self.equity), drawdown: lost(self.high, self.equity) }
    }

    /// A person has looked at what was lost and lets trading go on: losses count from here.
    pub(crate) fn forgive(&mut self, state: TradingState) {
        if self.equity.is_finite() {
            self.high = self.equity;
            self.day_start = self.equity;
        }
        self.refloor(state);
    }

    /// Knows the next threshold after the state has changed.
    pub(crate) fn refloor(&mut self, state: TradingState) {
        self.floor = f64::NEG_INFINITY;
        for (reference, ladder) in [(self.high, self.rules.drawdown), (self.day_start, self.rules.daily)] {
            for (to, cap) in
                [(TradingState::ReduceOnly, ladder.reduce_only), (TradingState::Halted, ladder.halted)]
            {
                if let Cap::At(limit) = cap
                    && to > state
                    && reference.is_finite()
                {
                    self.floor = self.floor.max(reference * (1.0 - limit.to_f64()));
                }
            }
        }
    }

    pub(crate) fn memory(&self) -> EquityMemory {
        let finite = |value: f64| value.is_finite().then_some(value);
        EquityMemory {
            high: finite(self.high),
            day_start: finite(self.day_start),
            day_end: self.day_end,
            last: finite(self.last),
        }
    }

    /// Goes on from a memory; equity itself is unknown until it is observed again.
    pub(crate) fn recall(&mut self, memory: &EquityMemory, state: TradingState) {
        self.high = memory.high.unwrap_or(f64::NEG_INFINITY);
        self.day_start = memory.day_start.unwrap_or(f64::NAN);
        self.day_end = memory.day_end;
        self.equity = f64::NAN;
        self.last = memory.last.unwrap_or(f64::NAN);
        self.free_margin = f64::NAN;
        self.refloor(state);
    }

    /// The day starts with the last equity of the day before, so that a loss over midnight belongs to a day.
    fn start_day(&mut self, equity: f64, at: Timestamp, state: TradingState) {
        self.day_start = if self.last.is_finite() { self.last } else { equity };
        self.day_end =
            at.before(self.rules.day_offset).floor(Span::DAY).after(self.rules.day_offset).after(Span::DAY);
        self.refloor(state);
    }

    #[cold]
    fn breach(&self, state: TradingState) -> Option<Breach> {
        let losses = self.losses();
        let mut worst: Option<Breach> = None;
        for (ladder, value, cause) in [
            (self.rules.drawdown, losses.drawdown, Cause::Drawdown),
            (self.rules.daily, losses.daily, Cause::DailyLoss),
        ] {
            for (to, cap) in
                [(TradingState::ReduceOnly, ladder.reduce_only), (TradingState::Halted, ladder.halted)]
            {
                let Cap::At(limit) = cap else { continue };
                let limit = limit.to_f64();
                // The threshold was rounded once; what reaches it to rounding has reached it.
                let reached = value >= limit - 1e-12;
                if reached && to > worst.as_ref().map_or(state, |breach| breach.to) {
                    worst = Some(Breach { to, cause, value, limit });
                }
            }
        }
        worst
    }
}

impl Rules {
    fn of(limits: &RiskLimits) -> Self {
        Self {
            daily: limits.daily_loss,
            drawdown: limits.drawdown,
            day_offset: Span::MINUTE.times(i64::from(limits.day_starts_minutes)),
        }
    }
}

/// Share of `reference` that is lost; all of it when the reference itself is not above zero.
fn lost(reference: f64, equity: f64) -> f64 {
    if !equity.is_finite() || !reference.is_finite() {
        f64::NAN
    } else if equity >= reference {
        0.0
    } else if reference > 0.0 {
        fallen(reference, equity)
    } else {
        1.0
    }
}
