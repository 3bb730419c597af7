//! What a job gives back.

use autotrading_domain::{Money, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::JobId;
use crate::{ColumnOutcome, Summary, annualised, max_drawdown, sharpe};

/// The return of one day in UTC: from the last equity of the day before (or the start) to the last of this one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayReturn {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Simple return, a decimal fraction.
    pub value: f64,
}

/// A finished job. What two searches or two machines say about one job is compared by its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobResult {
    /// The job.
    pub id: JobId,
    /// Figures of the measured part.
    pub figures: JobFigures,
    /// Returns of the measured part, day by day; longer bars give one return a bar.
    pub days: Vec<DayReturn>,
}

/// Figures of the measured part of a job. Rates are decimal fractions; undefined is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobFigures {
    /// End over start, minus one.
    pub total_return: f64,
    /// The same a year, compounded.
    pub annual_return: Option<f64>,
    /// Sharpe ratio of the daily returns, annualised, risk-free rate zero.
    pub sharpe: Option<f64>,
    /// Largest fall of equity from its high, bar by bar, in [0, 1].
    pub max_drawdown: f64,
    /// Annual return over largest drawdown.
    pub calmar: Option<f64>,
    /// Returns a year holds, from the data's own times.
    pub periods_per_year: f64,
    /// Executions of the whole run, warming up included.
    pub fills: u64,
    /// Round trips of the whole run.
    pub closed_trades: u64,
    /// Fees of the whole run, in settlement currency.
    pub fees: Money,
    /// Equity at the end, in settlement currency.
    pub final_equity: Money,
    /// Odd things found in data, opinions or the venue's words.
    pub findings: u64,
}

/// Equity at the closes of bars.
#[derive(Debug, Default)]
pub(super) struct EquityCurve {
    times: Vec<Timestamp>,
    equity: Vec<f64>,
}

impl EquityCurve {
    pub(super) fn with_capacity(bars: usize) -> Self {
        Self { times: Vec::with_capacity(bars), equity: Vec::with_capacity(bars) }
    }

    /// Forgets what was; the next point is the start.
    pub(super) fn restart(&mut self) {
        self.times.clear();
        self.equity.clear();
    }

    pub(super) fn push(&mut self, at: Timestamp, equity: f64) {
        self.times.push(at);
        self.equity.push(equity);
    }
}

/// Returns from the first point on, one a day (UTC); a day that ends at or below zero is the last. A close at midnight ends
/// the day before it; longer bars give one return a bar. `times` are the moments of the points of `equity`, ascending.
///
/// ```
/// use autotrading_backtest::laboratory::day_returns;
/// use autotrading_domain::Timestamp;
///
/// let times = [0, 86_400, 172_800].map(Timestamp::from_secs);
/// let days = day_returns(&times, &[100.0, 110.0, 99.0]);
/// assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [0, 1]);
/// assert!((days[1].value + 0.1).abs() < 1e-15);
/// ```
pub fn day_returns(times: &[Timestamp], equity: &[f64]) -> Vec<DayReturn> {
    let mut days = Vec::new();
    let mut points = times.iter().zip(equity).map(|(at, equity)| (day_of(*at), *equity));
    let Some((_, mut base)) = points.next() else { return days };
    let mut open: Option<(i32, f64)> = None;
    for (day, equity) in points {
        if let Some((today, latest)) = open
            && today != day
            && base > 0.0
        {
            days.push(DayReturn { day: today, value: latest / base - 1.0 });
            base = latest;
        }
        open = Some((day, equity));
    }
    if let Some((day, latest)) = open
        && base > 0.0
    {
        days.push(DayReturn { day, value: latest / base - 1.0 });
    }
    days
}

/// The day that a moment belongs to; midnight ends the day before it.
fn day_of(at: Timestamp) -> i32 {
    let day = at.nanos().saturating_sub(1).div_euclid(Span::DAY.nanos());
    i32::try_from(day).unwrap_or(i32::MAX)
}

/// What is counted over the whole of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) fills: u64,
    pub(super) closed_trades: u64,
    pub(super) fees: Money,
    pub(super) final_equity: Money,
    pub(super) findings: u64,
}

impl From<&Summary> for Counts {
    fn from(summary: &Summary) -> Self {
        let Summary { fills, closed_trades, fees, final_equity, .. } = *summary;
        Self { fills, closed_trades, fees, final_equity, findings: 0 }
    }
}

impl From<&ColumnOutcome> for Counts {
    fn from(outcome: &ColumnOutcome) -> Self {
        let ColumnOutcome { fills, closed_trades, fees, final_equity, .. } = *outcome;
        Self { fills, closed_trades, fees, final_equity, findings: 0 }
    }
}

impl JobResult {
    /// Puts a run's curve and figures together.
    pub(super) fn of(id: JobId, curve: &EquityCurve, counts: Counts) -> Self {
        let days = day_returns(&curve.times, &curve.equity);
        let years = match (curve.times.first(), curve.times.last()) {
            (Some(first), Some(last)) => last.since(*first).in_units_of(Span::DAY) / 365.0,
            _ => 0.0,
        };
        let growth = match (curve.equity.first(), curve.equity.last()) {
            (Some(first), Some(last)) if *first > 0.0 => last / first,
            _ => 1.0,
        };
        let periods_per_year = if years > 0.0 { days.len() as f64 / years } else { 0.0 };
        let values: Vec<f64> = days.iter().map(|day| day.value).collect();
        let annual_return = annualised(growth, years);
        let deepest = max_drawdown(&curve.equity);
        let figures = JobFigures {
            total_return: growth - 1.0,
            annual_return,
            sharpe: sharpe(&values, periods_per_year),
            max_drawdown: deepest,
            calmar: annual_return.filter(|_| deepest > 0.0).map(|annual| annual / deepest),
            periods_per_year,
            fills: counts.fills,
            closed_trades: counts.closed_trades,
            fees: counts.fees,
            final_equity: counts.final_equity,
            findings: counts.findings,
        };
        Self { id, figures, days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(i64, f64)]) -> EquityCurve {
        let mut curve = EquityCurve::default();
        for (hours, equity) in points {
            curve.push(Timestamp::from_secs(3600 * hours), *equity);
        }
        curve
    }

    fn days(points: &[(i64, f64)]) -> Vec<(i32, f64)> {
        let curve = curve(points);
        day_returns(&curve.times, &curve.equity).iter().map(|day| (day.day, day.value)).collect()
    }

    #[test]
    fn a_close_at_midnight_ends_the_day_before_it() {
        assert_eq!(
            days(&[(1, 100.0), (24, 110.0), (48, 99.0)]),
            [(0, 110.0 / 100.0 - 1.0), (1, 99.0 / 110.0 - 1.0)]
        );
    }

    #[test]
    fn daily_bars_give_one_return_a_bar_after_the_first() {
        assert_eq!(
            days(&[(24, 100.0), (48, 101.0), (72, 102.0)]),
            [(1, 101.0 / 100.0 - 1.0), (2, 102.0 / 101.0 - 1.0)]
        );
    }

    #[test]
    fn an_account_that_is_gone_has_no_returns_after_that() {
        assert_eq!(days(&[(1, 100.0), (24, 50.0), (48, -1.0), (72, 5.0)]).len(), 2);
        assert!(days(&[]).is_empty() && days(&[(1, 100.0)]).is_empty());
    }

    #[test]
    fn days_compound_to_the_whole() {
        let points: Vec<(i64, f64)> =
            (1..500).map(|hour| (hour * 7, 100.0 + f64::from((hour * 37 % 23) as i32))).collect();
        let growth: f64 = days(&points).iter().map(|(_, value)| 1.0 + value).product();
        let (first, last) = (points[0].1, points[points.len() - 1].1);
        assert!((growth - last / first).abs() < 1e-12);
    }
}
