//! How much a day swings, by the day, the week and the month before it.

use autotrading_domain::Span;
use autotrading_market_data::Window;
use autotrading_regime::{HarModel, HarStream, RegimeError, realized_variance};
use autotrading_statistics::{Decay, RiskMetrics};
use serde::Serialize;

use super::fit::ParameterRow;

/// Decay of RiskMetrics for daily returns.
const LAMBDA: f64 = 0.94;
/// Days whose mean square starts it.
const FIRST: usize = 20;

/// A heterogeneous autoregression of the realized variance of days. Deviations are decimal fractions a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayFit {
    /// Whole days that were seen.
    pub days: usize,
    /// Its weights, with errors right for errors that are correlated and of unequal variance.
    pub parameters: Vec<ParameterRow>,
    /// Share of the variation of realized variance that is explained.
    pub r_squared: f64,
    /// What the last whole day was: root of the sum of its squared returns.
    pub last: f64,
    /// What is expected of the day after it.
    pub expected: f64,
    /// What RiskMetrics expects of it, from the squares of daily returns alone.
    pub weighted: f64,
}

/// Fits to the whole days of a market; `None` where there are too few, or all are alike.
pub(super) fn fit_days(window: Window<'_>, returns: &[f64]) -> Result<Option<DayFit>, RegimeError> {
    let days = whole_days(window, returns);
    let variances: Vec<f64> =
        days.iter().map(|day| realized_variance(day)).collect::<Result<_, RegimeError>>()?;
    let model = match HarModel::fit(&variances) {
        Ok(model) => model,
        Err(RegimeError::TooFew { .. } | RegimeError::Constant { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    let mut stream = HarStream::new()?;
    let mut row = None;
    for variance in &variances {
        row = stream.observe(*variance)?;
    }
    let Some(row) = row else { return Ok(None) };
    let names = ["constant", "day", "week", "month"];
    let estimates = model.coefficients.into_iter().zip(model.standard_errors);
    let parameter = |(name, (estimate, error))| ParameterRow { name, estimate, standard_error: Some(error) };
    Ok(Some(DayFit {
        days: days.len(),
        parameters: names.into_iter().zip(estimates).map(parameter).collect(),
        r_squared: model.r_squared,
        last: variances.last().copied().unwrap_or(0.0).sqrt(),
        expected: model.expect(&row).sqrt(),
        weighted: weighted(&days)?.sqrt(),
    }))
}

/// The log returns of each day of which no bar is missing, oldest first. The first bar leads from nowhere.
fn whole_days(window: Window<'_>, returns: &[f64]) -> Vec<Vec<f64>> {
    let (day, interval) = (Span::DAY.nanos(), window.interval().nanos());
    if interval <= 0 || interval > day {
        return Vec::new();
    }
    let mut days: Vec<(i64, Vec<f64>)> = Vec::new();
    for (opened, value) in window.open_time().iter().skip(1).zip(returns) {
        let number = opened.div_euclid(day);
        match days.last_mut().filter(|(last, _)| *last == number) {
            Some((_, own)) => own.push(*value),
            None => days.push((number, vec![*value])),
        }
    }
    let whole = usize::try_from(day / interval).unwrap_or(usize::MAX);
    days.into_iter().map(|(_, own)| own).filter(|own| own.len() == whole).collect()
}

fn weighted(days: &[Vec<f64>]) -> Result<f64, RegimeError> {
    let moved: Vec<f64> = days.iter().map(|day| day.iter().sum()).collect();
    let first = moved.len().clamp(1, FIRST);
    let start = moved.iter().take(first).map(|r| r * r).sum::<f64>() / first as f64;
    let mut variance = RiskMetrics::new(Decay::from_lambda(LAMBDA)?, start)?;
    for value in moved.iter().skip(first) {
        variance.push(*value)?;
    }
    Ok(variance.variance())
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Bar, Timestamp};
    use autotrading_market_data::History;

    use super::*;

    /// Six bars a day; how much they swing follows the day before.
    fn market(days: usize) -> (History, Vec<f64>) {
        let mut history = History::new(Span::HOUR.times(4)).unwrap();
        let (mut close, mut swing, mut returns) = (100.0_f64, 0.01_f64, Vec::new());
        for bar in 0..6 * days {
            if bar % 6 == 0 {
                let noise = (bar * bar * 31 % 199) as f64 / 199.0;
                swing = (0.002 + 0.6 * swing + 0.004 * noise).min(0.05);
            }
            let open = close;
            close *= (swing * if (bar * 7 + bar / 5) % 2 == 0 { 1.0 } else { -1.0 }).exp();
            if bar > 0 {
                returns.push((close / open).ln());
            }
            let bar = Bar {
                open_time: Timestamp::EPOCH.after(Span::HOUR.times(4 * bar as i64)),
                interval: Span::HOUR.times(4),
                open,
                high: open.max(close),
                low: open.min(close),
                close,
                volume: 1.0,
                closed: true,
                synthetic: false,
            };
            history.push(&bar).unwrap();
        }
        (history, returns)
    }

    #[test]
    fn days_that_follow_their_past_are_forecast_by_it() {
        let (history, returns) = market(400);
        let fit = fit_days(history.all(), &returns).unwrap().unwrap();
        assert_eq!(fit.days, 399, "the first day lacks the return of its first bar");
        assert!(fit.r_squared > 0.2 && fit.parameters[1].estimate > 0.3, "{fit:?}");
        let last: f64 = returns[returns.len() - 6..].iter().map(|r| r * r).sum::<f64>().sqrt();
        assert!((fit.last - last).abs() < 1e-15);
        assert!(fit.expected > 0.2 * last && fit.expected < 5.0 * last && fit.weighted > 0.0);
    }

    #[test]
    fn without_enough_whole_days_there_is_no_fit() {
        let (history, returns) = market(42);
        assert_eq!(fit_days(history.all(), &returns), Ok(None));
        // A gap: the day is not whole, and does not count.
        let (history, returns) = market(100);
        let part = history.all().slice(0, 599);
        assert_eq!(fit_days(part, &returns[..598]).unwrap().unwrap().days, 98);
    }
}
