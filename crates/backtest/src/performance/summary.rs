//! All figures of an equity curve, side by side with holding the asset.

use autotrading_domain::{Span, Timestamp};
use autotrading_statistics::{Estimator, Moments};
use serde::{Deserialize, Serialize};

use super::certainty::{Interval, sharpe_interval_of};
use super::drawdown::Falls;
use super::ratios::{
    Sides, Tails, defined, lo_correction_of, minimum_track_record_of, omega_of, probabilistic_sharpe_of,
    sharpe, sharpe_of, sharpe_standard_error_of, sortino_of, tail_ratio_of,
};
use super::{Capture, annualised};

/// Figures of an equity curve. Rates are decimal fractions; undefined is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Returns a year holds, from the data's own times (365 days, 24 hours a day).
    pub periods_per_year: f64,
    /// How many returns there are.
    pub observations: usize,
    /// End over start, minus one.
    pub total_return: f64,
    /// The same a year, compounded.
    pub annual_return: Option<f64>,
    /// Standard deviation of returns, annualised.
    pub annual_volatility: Option<f64>,
    /// Sharpe ratio, annualised, risk-free rate zero.
    pub sharpe: Option<f64>,
    /// Its standard error, with skew and fat tails.
    pub sharpe_standard_error: Option<f64>,
    /// Between which limits the true one lies in 95 of 100 cases.
    pub sharpe_interval: Option<Interval>,
    /// Sharpe ratio corrected for autocorrelation over ten lags.
    pub sharpe_autocorrelated: Option<f64>,
    /// Probability that the true Sharpe ratio is above zero.
    pub probabilistic_sharpe: Option<f64>,
    /// Years until that probability would be 95 %.
    pub minimum_track_record_years: Option<f64>,
    /// Sortino ratio, annualised, target zero.
    pub sortino: Option<f64>,
    /// Annual return over largest drawdown.
    pub calmar: Option<f64>,
    /// Gains over losses.
    pub omega: Option<f64>,
    /// Size of the 95 % quantile over size of the 5 % quantile.
    pub tail_ratio: Option<f64>,
    /// Largest fall from a high, in [0, 1].
    pub max_drawdown: f64,
    /// Days of the longest fall, from high to recovery.
    pub longest_drawdown_days: f64,
    /// Root mean square drawdown.
    pub ulcer_index: Option<f64>,
    /// Loss of one period that 95 % of the periods did not exceed, as a positive number.
    pub value_at_risk_95: Option<f64>,
    /// Mean loss of the worst 5 % of the periods, as a positive number.
    pub expected_shortfall_95: Option<f64>,
    /// Skewness of returns.
    pub skewness: Option<f64>,
    /// Excess kurtosis of returns.
    pub excess_kurtosis: Option<f64>,
    /// Best period.
    pub best_return: Option<f64>,
    /// Worst period.
    pub worst_return: Option<f64>,
}

impl Performance {
    /// Figures of an equity curve. `times` are the moments of its points, `equity` above zero.
    pub fn of(times: &[Timestamp], equity: &[f64]) -> Self {
        let mut returns = simple_returns(equity);
        let years = years(times);
        let periods_per_year = if years > 0.0 { returns.len() as f64 / years } else { 0.0 };
        let growth = match (equity.first(), equity.last()) {
            (Some(first), Some(last)) if *first > 0.0 => last / first,
            _ => 1.0,
        };
        // What several figures are made of is made once: this is as much work as a backtest.
        let moments = Moments::of(&returns).ok();
        let of_moments = |figure: &dyn Fn(&Moments) -> Option<f64>| moments.as_ref().and_then(figure);
        let sides = Sides::of(&returns);
        let lo_correction =
            moments.as_ref().and_then(|moments| lo_correction_of(moments, &returns, periods_per_year, 10));
        let observations = returns.len();
        // From here on they are in no order of time.
        let tails = Tails::of(&mut returns);
        let falls = Falls::of(times, equity);
        let annual_return = annualised(growth, years);
        let ratio = of_moments(&|m| sharpe_of(m, periods_per_year));
        Self {
            periods_per_year,
            observations,
            total_return: growth - 1.0,
            annual_return,
            annual_volatility: of_moments(&|m| m.standard_deviation(Estimator::Sample).ok())
                .map(|deviation| deviation * periods_per_year.sqrt()),
            sharpe: ratio,
            sharpe_standard_error: of_moments(&|m| sharpe_standard_error_of(m, periods_per_year)),
            sharpe_interval: moments.as_ref().and_then(|m| sharpe_interval_of(m, periods_per_year, 0.95)),
            sharpe_autocorrelated: ratio.zip(lo_correction).map(|(ratio, factor)| ratio * factor),
            probabilistic_sharpe: of_moments(&|m| probabilistic_sharpe_of(m, 0.0)),
            minimum_track_record_years: of_moments(&|m| minimum_track_record_of(m, 0.0, 0.95))
                .and_then(|periods| defined(periods / periods_per_year)),
            sortino: of_moments(&|m| sortino_of(m, &sides, periods_per_year)),
            calmar: annual_return
                .filter(|_| falls.deepest > 0.0)
                .and_then(|rate| defined(rate / falls.deepest)),
            omega: omega_of(&sides),
            tail_ratio: tails.as_ref().and_then(tail_ratio_of),
            max_drawdown: falls.deepest,
            longest_drawdown_days: falls.longest_days,
            ulcer_index: falls.ulcer_index,
            value_at_risk_95: tails.map(|tails| -tails.low),
            expected_shortfall_95: tails.and_then(|tails| shortfall(returns_of(equity), tails.low)),
            skewness: of_moments(&|m| m.skewness(Estimator::Population).ok()),
            excess_kurtosis: of_moments(&|m| m.excess_kurtosis(Estimator::Population).ok()),
            best_return: of_moments(&|m| m.maximum().ok()),
            worst_return: of_moments(&|m| m.minimum().ok()),
        }
    }
}

/// A run compared with holding the asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// Figures of buy and hold.
    pub performance: Performance,
    /// Slope of the run's returns on the asset's.
    pub beta: Option<f64>,
    /// Annualised return that beta does not explain.
    pub alpha: Option<f64>,
    /// Correlation of the two.
    pub correlation: Option<f64>,
    /// Annualised mean difference over its deviation.
    pub information_ratio: Option<f64>,
    /// Deviation of the difference, annualised.
    pub tracking_error: Option<f64>,
    /// How much of the asset's rises and falls the run took.
    pub capture: Capture,
}

impl Benchmark {
    /// Compares an equity curve with the price of the asset over the same moments.
    pub fn of(times: &[Timestamp], equity: &[f64], prices: &[f64]) -> Self {
        let performance = Performance::of(times, prices);
        let (own, asset) = (simple_returns(equity), simple_returns(prices));
        let difference: Vec<f64> = own.iter().zip(&asset).map(|(a, b)| a - b).collect();
        let n = own.len() as f64;
        let (mean_own, mean_asset) = (own.iter().sum::<f64>() / n, asset.iter().sum::<f64>() / n);
        let cross: f64 = own.iter().zip(&asset).map(|(a, b)| (a - mean_own) * (b - mean_asset)).sum();
        let square: f64 = asset.iter().map(|b| (b - mean_asset).powi(2)).sum();
        let own_square: f64 = own.iter().map(|a| (a - mean_own).powi(2)).sum();
        let beta = defined(cross / square);
        Self {
            beta,
            alpha: beta
                .and_then(|beta| defined((mean_own - beta * mean_asset) * performance.periods_per_year)),
            correlation: defined(cross / (square * own_square).sqrt()),
            information_ratio: sharpe(&difference, performance.periods_per_year),
            tracking_error: Moments::of(&difference)
                .ok()
                .and_then(|moments| moments.standard_deviation(Estimator::Sample).ok())
                .and_then(|deviation| defined(deviation * performance.periods_per_year.sqrt())),
            capture: Capture::of(&own, &asset),
            performance,
        }
    }
}

/// [`Performance::sharpe`] of a curve with its first and last moment, without room for the returns between.
pub(crate) fn sharpe_of_equity(first: Timestamp, last: Timestamp, equity: &[f64]) -> Option<f64> {
    let moments = Moments::of_values(returns_of(equity)).ok()?;
    let years = years(&[first, last]);
    let periods_per_year = if years > 0.0 { moments.count() as f64 / years } else { 0.0 };
    sharpe_of(&moments, periods_per_year)
}

fn simple_returns(equity: &[f64]) -> Vec<f64> {
    returns_of(equity).collect()
}

/// Returns from point to point; a point at or below zero ends the series.
fn returns_of(equity: &[f64]) -> impl ExactSizeIterator<Item = f64> + Clone {
    // The whole is judged first: a loop that might stop at each point is a slow one.
    let last = equity.len().saturating_sub(1);
    let above = if equity.iter().fold(true, |above, value| above & (*value > 0.0)) {
        last
    } else {
        equity.iter().take(last).take_while(|before| **before > 0.0).count()
    };
    equity.iter().zip(equity.iter().skip(1)).take(above).map(|(before, after)| after / before - 1.0)
}

/// Years of 365 days from the first point to the last.
fn years(times: &[Timestamp]) -> f64 {
    match (times.first(), times.last()) {
        (Some(first), Some(last)) => last.since(*first).in_units_of(Span::DAY) / 365.0,
        _ => 0.0,
    }
}

fn shortfall(returns: impl Iterator<Item = f64>, quantile: f64) -> Option<f64> {
    let (count, sum) =
        returns.filter(|r| *r <= quantile).fold((0u64, 0.0), |(count, sum), r| (count + 1, sum + r));
    (count > 0).then(|| -sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: i64) -> Vec<Timestamp> {
        (0..count).map(|hour| Timestamp::from_secs(3600 * hour)).collect()
    }

    #[test]
    fn the_periods_of_a_year_come_from_the_datas_own_times() {
        let equity: Vec<f64> = (0..100).map(|i| 100.0 + f64::from(i % 7)).collect();
        assert!((Performance::of(&hours(100), &equity).periods_per_year - 8760.0).abs() < 1e-6);
    }

    #[test]
    fn a_curve_without_a_point_has_no_figures() {
        for equity in [&[][..], &[100.0], &[100.0, 100.0, 100.0]] {
            let figures = Performance::of(&hours(equity.len() as i64), equity);
            assert_eq!((figures.sharpe, figures.total_return, figures.max_drawdown), (None, 0.0, 0.0));
        }
    }

    #[test]
    fn the_ratio_alone_is_that_of_all_figures_to_the_bit() {
        for length in [0, 1, 2, 3, 1_000] {
            let equity: Vec<f64> = (0..length).map(|i| 100.0 + (i * 37 % 11) as f64).collect();
            let times = hours(length);
            let (first, last) = (times.first().copied(), times.last().copied());
            let alone = sharpe_of_equity(first.unwrap_or_default(), last.unwrap_or_default(), &equity);
            assert_eq!(alone, Performance::of(&times, &equity).sharpe, "{length} points");
        }
    }

    #[test]
    fn holding_the_asset_is_its_own_benchmark() {
        let prices: Vec<f64> = (0..200).map(|i| 100.0 + f64::from(i * 37 % 11)).collect();
        let benchmark = Benchmark::of(&hours(200), &prices, &prices);
        assert!((benchmark.beta.unwrap() - 1.0).abs() < 1e-12);
        assert!((benchmark.correlation.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(benchmark.information_ratio, None);
        assert_eq!(benchmark.tracking_error, Some(0.0));
        assert_eq!(benchmark.capture, Capture { up: Some(1.0), down: Some(1.0) });
    }

    #[test]
    fn half_of_the_asset_has_half_its_beta_and_half_its_rises_and_falls() {
        let prices: Vec<f64> = (0..200).map(|i| 100.0 + f64::from(i * 37 % 11)).collect();
        let mut equity = vec![1000.0];
        for pair in prices.windows(2) {
            equity.push(equity[equity.len() - 1] * (1.0 + 0.5 * (pair[1] / pair[0] - 1.0)));
        }
        let benchmark = Benchmark::of(&hours(200), &equity, &prices);
        let halves = [benchmark.beta, benchmark.capture.up, benchmark.capture.down];
        assert!(halves.iter().all(|half| (half.unwrap() - 0.5).abs() < 1e-12), "{benchmark:?}");
        assert!(benchmark.alpha.unwrap().abs() < 1e-9);
    }

    #[test]
    fn the_interval_lies_around_the_ratio_by_twice_its_error() {
        let equity: Vec<f64> =
            (0..500).map(|i| 100.0 + f64::from(i) * 0.1 + f64::from(i * 37 % 11)).collect();
        let figures = Performance::of(&hours(500), &equity);
        let (interval, ratio) = (figures.sharpe_interval.unwrap(), figures.sharpe.unwrap());
        let half = 1.959_963_984_540_054 * figures.sharpe_standard_error.unwrap();
        assert!((interval.high - ratio - half).abs() < 1e-9 && (ratio - interval.low - half).abs() < 1e-9);
    }
}
