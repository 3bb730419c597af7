//! The monitor of a running house: told of every mark and bar, it measures the book and speaks in levels and trips.

use std::collections::VecDeque;

use autotrading_domain::{InstrumentId, Liquidation, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    BreakerLimits, Cap, CircuitBreakers, ForecastTest, JointRules, LevelChange, LimitsError, Losses,
    MonitorLimits, PortfolioMonitor, RiskError, RiskMeasure, TailModel, Trip,
    forecast_test::judge,
    limits_check::refuse,
    nearness::Nearness,
    return_memory::{ReturnMemory, aligned},
    tail_risk,
};

/// What the monitor measures, and from how much of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorRules {
    /// The limits of measured risk.
    pub limits: MonitorLimits,
    /// How value at risk and shortfall are estimated.
    pub model: TailModel,
    /// How many returns of each instrument are remembered: 500.
    pub window: usize,
    /// With fewer shared returns than this, 30, nothing is estimated from returns and no level of theirs changes. The
    /// gate's own limits hold all the while.
    pub least_returns: usize,
    /// How many of the newest returns are the volatility of now: 20.
    pub newest: usize,
    /// From which multiple of its normal volatility on an instrument that is held lets only close.
    pub volatility_multiple: Cap<f64>,
    /// How the probability that any of several positions is liquidated is simulated; off: the sum over positions, which
    /// bounds it from above.
    pub joint_liquidation: Cap<JointRules>,
    /// When a day starts after midnight UTC, less than a day; as the gate counts its daily loss.
    pub day_starts: Span,
}

impl Default for MonitorRules {
    fn default() -> Self {
        Self {
            limits: MonitorLimits::default(),
            model: TailModel::Historical,
            window: 500,
            least_returns: 30,
            newest: 20,
            volatility_multiple: Cap::At(BreakerLimits::default().volatility_multiple),
            joint_liquidation: Cap::At(JointRules::default()),
            day_starts: Span::ZERO,
        }
    }
}

/// A position as the monitor sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonitoredPosition {
    /// In what.
    pub instrument: InstrumentId,
    /// At mark, in settlement currency; negative short.
    pub notional: f64,
    /// Mark price.
    pub mark: f64,
    /// At which mark it would be liquidated.
    pub liquidation: Liquidation,
}

/// What the monitor has to say. Hand it to [`RiskGate::heed`](crate::RiskGate::heed); show the levels to people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    /// Measures that came to another level.
    pub levels: Vec<LevelChange>,
    /// Limits that are breached, each with the state that is due.
    pub trips: Vec<Trip>,
    /// The day that has ended lost more than the largest 99 % value at risk that was measured on it.
    pub beyond_value_at_risk: bool,
}

impl Alarms {
    /// Whether there is nothing to say.
    pub const fn is_empty(&self) -> bool {
        self.levels.is_empty() && self.trips.is_empty() && !self.beyond_value_at_risk
    }
}

/// Follows a running house: cheaply at every mark, in full at every bar.
///
/// At each mark: drawdown, daily loss and gross leverage, without any allocation unless there is something to say. At
/// each bar, from the positions as they are: value at risk and shortfall, concentration, correlation (by the sign of
/// the exposure), the probability that any position is liquidated within a day (joint, by simulation, where the sum over
/// positions, which bounds it from above, would be a warning), volatility against its own past, and whether the day that ended lost more than
/// the largest value at risk that was measured on it (a day on which nothing was held at any measurement says nothing). What cannot be measured, once there is a past, is at its worst level.
///
/// ```
/// use autotrading_domain::{InstrumentId, Liquidation, Span, Timestamp, TradingState};
/// use autotrading_risk::{Level, MonitorRules, MonitoredPosition, RiskMeasure, RiskMonitor};
/// let mut monitor = RiskMonitor::new(1, MonitorRules::default())?;
/// let day = |count| Timestamp::EPOCH.after(Span::DAY.times(count));
/// for count in 0..=40 {
///     // Every other day one per cent up, then down.
///     monitor.observe_bar(InstrumentId(0), if count % 2 == 0 { 100.0 } else { 101.0 }, Span::DAY, day(count));
/// }
/// let held = |notional| MonitoredPosition { instrument: InstrumentId(0), notional, mark: 100.0, liquidation: Liquidation::Never };
/// let calm = monitor.observe_book(10_000.0, &[held(1_000.0)], day(40));
/// assert!(calm.is_empty());
/// // Twice the equity in one instrument: 20 000 * 0.99 % is 1.98 % of equity at risk, and no diversification.
/// let alarms = monitor.observe_book(10_000.0, &[held(20_000.0)], day(40));
/// assert_eq!(monitor.level(RiskMeasure::ValueAtRisk), Some(Level::Critical));
/// assert_eq!(alarms.trips[0].to, TradingState::ReduceOnly);
/// # Ok::<(), autotrading_risk::LimitsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RiskMonitor {
    pub(crate) portfolio: PortfolioMonitor,
    breakers: Option<CircuitBreakers>,
    rules: MonitorRules,
    pub(crate) returns: Vec<ReturnMemory>,
    pub(crate) day: Option<Day>,
    /// The largest multiple of its normal volatility that anything held had when the book was measured last.
    wildest: Option<f64>,
    /// Of the days that ended with a forecast, whether they lost more: the newest.
    pub(crate) judged: VecDeque<bool>,
}

/// How many days are judged together: eight years of trading days.
const JUDGED: usize = 2_048;

/// What is measured from past returns.
const FROM_RETURNS: [RiskMeasure; 4] = [
    RiskMeasure::ValueAtRisk,
    RiskMeasure::ExpectedShortfall,
    RiskMeasure::Correlation,
    RiskMeasure::LiquidationProbability,
];

/// Confidence of the forecast that a day is judged by.
const FORECAST: f64 = 0.99;

/// How a day began, and what could be expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Day {
    start: Timestamp,
    equity: f64,
    /// The loss that 99 of 100 such days do not exceed, as a share: the largest that was measured, since the book may be
    /// another after each trade. `None` while nothing was held, or while it could not be estimated.
    forecast: Option<f64>,
}

impl RiskMonitor {
    /// A monitor over so many instruments, which has seen nothing.
    ///
    /// # Errors
    /// A [`LimitsError`] when limits or rules contradict themselves.
    pub fn new(instruments: usize, rules: MonitorRules) -> Result<Self, LimitsError> {
        if rules.least_returns < 2 {
            return refuse("least_returns", rules.least_returns, "must be at least 2");
        }
        if rules.window < rules.least_returns {
            return refuse("window", rules.window, format!("must not lie below {}", rules.least_returns));
        }
        if rules.newest == 0 || rules.newest > rules.window {
            return refuse("newest", rules.newest, format!("must lie between 1 and {}", rules.window));
        }
        if rules.day_starts < Span::ZERO || rules.day_starts >= Span::DAY {
            return refuse("day_starts", rules.day_starts, "must lie between 0 s and a day");
        }
        if let Cap::At(joint) = &rules.joint_liquidation {
            joint.check()?;
        }
        let breakers = match rules.volatility_multiple {
            Cap::Off => None,
            Cap::At(volatility_multiple) => {
                let limits = BreakerLimits { volatility_multiple, ..BreakerLimits::default() };
                limits.check()?;
                Some(CircuitBreakers::new(limits))
            }
        };
        let returns = vec![ReturnMemory::with_room(rules.window); instruments];
        Ok(Self {
            portfolio: PortfolioMonitor::new(&rules.limits).map_err(|error| error.within("limits"))?,
            breakers,
            rules,
            returns,
            day: None,
            wildest: None,
            judged: VecDeque::new(),
        })
    }

    /// The level of a measure; `None` when it is not watched.
    pub fn level(&self, measure: RiskMeasure) -> Option<crate::Level> {
        self.portfolio.level(measure)
    }

    /// The largest multiple of its normal volatility that anything held had when the book was measured last; `None`
    /// when nothing was held, or there was too little of a past to compare with.
    pub const fn volatility_multiple(&self) -> Option<f64> {
        self.wildest
    }

    /// How value at risk is estimated.
    pub const fn model(&self) -> TailModel {
        self.rules.model
    }

    /// Whether the 99 % value at risk held over the days that ended with a forecast: as many losses beyond it as were
    /// announced, and one not after the other.
    ///
    /// # Errors
    /// Fewer than two such days.
    pub fn forecast_test(&self) -> Result<ForecastTest, RiskError> {
        judge(self.judged.iter().copied().collect(), FORECAST)
    }

    /// Past returns at the times that the instruments of all positions share, one list for each, and how many of them a
    /// day has.
    ///
    /// # Errors
    /// A position in an instrument that is not followed; too few shared returns.
    pub(crate) fn past_of(&self, positions: &[MonitoredPosition]) -> Result<(Vec<Vec<f64>>, u32), RiskError> {
        let memories: Vec<_> =
            positions.iter().filter_map(|held| self.returns.get(held.instrument.index())).collect();
        let (got, required) = (memories.len(), positions.len());
        if got != required {
            return Err(RiskError::Length { what: "instruments that are followed", got, required });
        }
        let bars = memories.iter().map(|memory| memory.bars_a_day()).max().unwrap_or(1);
        let past = aligned(&memories);
        let (got, required) = (past.first().map_or(0, Vec::len), self.rules.least_returns);
        if got < required {
            return Err(RiskError::Length { what: "shared returns", got, required });
        }
        Ok((past, bars))
    }

    /// Equity and gross notional at a mark, and the losses as the gate counts them; an unknown loss is the worst.
    pub fn observe_mark(
        &mut self,
        equity: f64,
        gross_notional: f64,
        losses: Option<Losses>,
        at: Timestamp,
    ) -> Alarms {
        let (daily, drawdown) = losses.map_or((f64::NAN, f64::NAN), |losses| (losses.daily, losses.drawdown));
        let mut alarms = Alarms::default();
        self.tell(&mut alarms, RiskMeasure::GrossLeverage, share(gross_notional, equity), at);
        self.tell(&mut alarms, RiskMeasure::DailyLoss, daily, at);
        self.tell(&mut alarms, RiskMeasure::Drawdown, drawdown, at);
        alarms.trips.extend(self.portfolio.trip());
        alarms
    }

    /// The close of a bar of an instrument, held or not: its past is what risk is estimated from.
    pub fn observe_bar(&mut self, id: InstrumentId, close: f64, interval: Span, at: Timestamp) {
        if let Some(returns) = self.returns.get_mut(id.index()) {
            returns.observe(close, interval, at);
        }
    }

    /// Money that came in, or went out when negative: neither profit nor loss of the day.
    pub fn observe_deposit(&mut self, amount: f64) {
        if let Some(day) = &mut self.day
            && amount.is_finite()
        {
            day.equity += amount;
        }
    }

    /// Measures the whole book; call it after the bars of a moment were told.
    pub fn observe_book(&mut self, equity: f64, positions: &[MonitoredPosition], at: Timestamp) -> Alarms {
        let mut alarms = Alarms::default();
        let largest = positions.iter().fold(0.0, |most: f64, held| larger(most, held.notional.abs()));
        let gross: f64 = positions.iter().map(|held| held.notional.abs()).sum();
        self.tell(&mut alarms, RiskMeasure::Concentration, share(largest, equity), at);
        self.tell(&mut alarms, RiskMeasure::GrossLeverage, share(gross, equity), at);
        let forecast = self.estimate(&mut alarms, equity, positions, at);
        alarms.beyond_value_at_risk = self.turn_day(equity, forecast, at);
        alarms.trips.extend(self.portfolio.trip());
        let compared: Vec<_> =
            positions.iter().filter_map(|held| self.volatilities(held.instrument)).collect();
        // Prices out of the ordinary.
        let wild = compared
            .iter()
            .find_map(|(now, normal)| self.breakers.as_ref()?.observe_volatility(*now, *normal));
        let wildest = compared.iter().map(|(now, normal)| now / normal).reduce(larger);
        self.wildest = wildest.filter(|multiple| multiple.is_finite());
        alarms.trips.extend(wild);
        alarms
    }

    /// What comes out of past returns; gives the 99 % value at risk of a day.
    fn estimate(
        &mut self,
        alarms: &mut Alarms,
        equity: f64,
        positions: &[MonitoredPosition],
        at: Timestamp,
    ) -> Option<f64> {
        let memories: Vec<_> =
            positions.iter().filter_map(|held| self.returns.get(held.instrument.index())).collect();
        let known = memories.len() == positions.len();
        let bars = memories.iter().map(|memory| memory.bars_a_day()).max().unwrap_or(1);
        let past = aligned(&memories);
        let count = past.first().map_or(0, Vec::len);
        if !positions.is_empty() && known && count < self.rules.least_returns {
            FROM_RETURNS.into_iter().for_each(|measure| self.portfolio.forget(measure));
            return None;
        }
        let mut book = of_book(equity, positions, &past);
        if self.rules.model == TailModel::Historical {
            // What has no order in time is sorted once for both confidences: sorting it again costs next to nothing.
            book.sort_unstable_by(f64::total_cmp);
        }
        let risk = |confidence| match (positions.is_empty(), known) {
            (true, _) => (0.0, 0.0),
            (_, false) => (f64::NAN, f64::NAN),
            (_, true) => tail_risk(&book, self.rules.model, confidence, bars)
                .map_or((f64::NAN, f64::NAN), |risk| (risk.value_at_risk, risk.expected_shortfall)),
        };
        let ((edge, beyond), (forecast, _)) = (risk(0.95), risk(FORECAST));
        let correlation = if known { largest_correlation(positions, &past) } else { f64::NAN };
        let liquidation = if known { self.within_a_day(positions, &past, bars) } else { f64::NAN };
        self.tell(alarms, RiskMeasure::ValueAtRisk, edge, at);
        self.tell(alarms, RiskMeasure::ExpectedShortfall, beyond, at);
        self.tell(alarms, RiskMeasure::Correlation, correlation, at);
        self.tell(alarms, RiskMeasure::LiquidationProbability, liquidation, at);
        Some(forecast).filter(|forecast| forecast.is_finite() && !positions.is_empty())
    }

    /// Probability that any position is liquidated within a day.
    fn within_a_day(&self, positions: &[MonitoredPosition], past: &[Vec<f64>], bars: u32) -> f64 {
        let nearness = Nearness::of(positions, past, bars);
        let limit = self.portfolio.limit(RiskMeasure::LiquidationProbability).unwrap_or(f64::INFINITY);
        match self.rules.joint_liquidation {
            Cap::At(rules) if nearness.sum() >= self.rules.limits.levels.warning * limit => {
                nearness.joint(&rules)
            }
            Cap::At(_) | Cap::Off => nearness.sum(),
        }
    }

    fn tell(&mut self, alarms: &mut Alarms, measure: RiskMeasure, value: f64, at: Timestamp) {
        alarms.levels.extend(self.portfolio.observe(measure, value, at));
    }

    /// Volatility of now, and the usual one; `None` before there is enough of a past.
    fn volatilities(&self, id: InstrumentId) -> Option<(f64, f64)> {
        let returns = self.returns.get(id.index())?;
        let enough = returns.len() >= self.rules.least_returns.max(self.rules.newest);
        let (now, normal) = (returns.volatility(self.rules.newest), returns.volatility(self.rules.window));
        // Prices that never moved are calm, not incomparable.
        (enough && !(now == 0.0 && normal == 0.0)).then_some((now, normal))
    }

    /// Starts a new day when it is time; says whether the old one lost more than could be expected of it.
    fn turn_day(&mut self, equity: f64, forecast: Option<f64>, at: Timestamp) -> bool {
        let start = at.before(self.rules.day_starts).floor(Span::DAY).after(self.rules.day_starts);
        if let Some(day) = self.day.as_mut().filter(|day| start <= day.start) {
            day.forecast = day.forecast.into_iter().chain(forecast).reduce(f64::max);
            return false;
        }
        let old = self.day.replace(Day { start, equity, forecast });
        let beyond = old.and_then(|day| Some((day.equity - equity) / day.equity > day.forecast?));
        if let Some(beyond) = beyond {
            if self.judged.len() == JUDGED {
                self.judged.pop_front();
            }
            self.judged.push_back(beyond);
        }
        beyond == Some(true)
    }
}

/// A share of equity; no number when there is no equity above zero.
fn share(money: f64, equity: f64) -> f64 {
    if equity > 0.0 && equity.is_finite() { money / equity } else { f64::NAN }
}

/// The larger of two, and no number when one is none.
fn larger(one: f64, other: f64) -> f64 {
    if one >= other || one.is_nan() { one } else { other }
}

/// Returns that the book as it is would have had, as shares of equity.
pub(crate) fn of_book(equity: f64, positions: &[MonitoredPosition], past: &[Vec<f64>]) -> Vec<f64> {
    let mut book = vec![0.0; past.first().map_or(0, Vec::len)];
    for (held, returns) in positions.iter().zip(past) {
        let weight = share(held.notional, equity);
        book.iter_mut().zip(returns).for_each(|(sum, gain)| *sum += weight * gain);
    }
    book
}

/// The largest correlation of the profits of two positions; an undefined one counts as 1, none at all as 0.
fn largest_correlation(positions: &[MonitoredPosition], past: &[Vec<f64>]) -> f64 {
    let mut largest = 0.0;
    for (place, (one, ours)) in positions.iter().zip(past).enumerate() {
        for (other, theirs) in positions.iter().zip(past).skip(place + 1) {
            let sign = one.notional.signum() * other.notional.signum();
            let correlation = correlation(ours, theirs).map_or(1.0, |value| sign * value);
            largest = larger(largest, correlation);
        }
    }
    largest
}

fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let count = one.len() as f64;
    let (mean_one, mean_other) = (one.iter().sum::<f64>() / count, other.iter().sum::<f64>() / count);
    let (mut both, mut own, mut their) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (a - mean_one, b - mean_other);
        both += a * b;
        own += a * a;
        their += b * b;
    }
    Some(both / (own * their).sqrt()).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_of_deviations_from_the_mean() {
        // Deviations -4/3, -1/3, 5/3 and -1, 1, 0: 1 / sqrt(42/9 * 2).
        let known = 1.0 / (84.0_f64 / 9.0).sqrt();
        let got = correlation(&[1.0, 2.0, 4.0], &[1.0, 3.0, 2.0]).unwrap();
        assert!((got - known).abs() < 1e-15, "{got}");
        assert_eq!(correlation(&[5.0, 5.0], &[1.0, 2.0]), None, "what does not move has none");
    }
}
