//! What a detector would have said of each bar of a market, knowing only the past, and what then came.

use autotrading_domain::{RegimeEstimate, RegimeLabel, Span, Timestamp, VolatilityLevel};
use autotrading_market_data::Window;
use autotrading_regime::{Detector, DetectorRules};
use serde::Serialize;

use super::hindsight::{Hindsight, hindsight};
use super::{RegimeStudyError, check_length, log_returns};
use crate::sharpe;

/// Fewest bars of which there is something to tell.
const FEWEST: usize = 101;
/// Bars over which the volatility that came is measured.
const AHEAD: usize = 24;
/// Deviations beyond which a return is called a surprise.
const SURPRISE: f64 = 2.0;

/// A market as a detector told it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegimeStory {
    /// Close of the first bar.
    pub from: Timestamp,
    /// Close of the last bar.
    pub to: Timestamp,
    /// How long a bar is.
    pub interval: Span,
    /// How many bars there are.
    pub bars: usize,
    /// How the detector looked.
    pub rules: DetectorRules,
    /// How many times a hidden Markov model was fitted.
    pub fits: usize,
    /// Why the last fit was not used, if it was not.
    pub problem: Option<String>,
    /// One row a label, in the order of [`RegimeLabel::ALL`].
    pub labels: Vec<LabelRow>,
    /// How often the label of the row was followed by that of the column from one bar to the next.
    pub transitions: [[u64; 4]; 4],
    /// How the volatility forecast did.
    pub volatility: VolatilityTrial,
    /// What hindsight would have added; `None` where no model can be fitted to the whole.
    pub hindsight: Option<Hindsight>,
    /// One value a bar.
    #[serde(skip)]
    pub series: RegimeSeries,
}

/// The bars under one label. Returns are those of the bar *after* the label was said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelRow {
    /// Which.
    pub label: RegimeLabel,
    /// Bars at whose close it was said.
    pub bars: u64,
    /// Their share of all bars.
    pub share: f64,
    /// Stretches of neighbouring bars.
    pub spells: u64,
    /// Mean length of a stretch, in bars; `None` without one.
    pub mean_spell: Option<f64>,
    /// Mean return of the next bar, a decimal fraction.
    pub mean_return: Option<f64>,
    /// Deviation of the next bar's return.
    pub deviation: Option<f64>,
    /// What holding the asset over those bars made, compounded, without costs.
    pub total_return: f64,
    /// Sharpe ratio a year of those bars alone.
    pub sharpe: Option<f64>,
}

/// How the forecasts of the next bar's volatility did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VolatilityTrial {
    /// Forecasts that were followed by a bar.
    pub forecasts: u64,
    /// Mean squared return that came over mean forecast variance: 1 is right on average, above it too low.
    pub realised_over_forecast: Option<f64>,
    /// Correlation of the forecast with the size of the return that came.
    pub correlation: Option<f64>,
    /// Share of returns beyond two forecast deviations; 4.6 % where errors are normal.
    pub surprises: Option<f64>,
}

/// What was said at the close of each bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegimeSeries {
    /// The close.
    pub time: Vec<Timestamp>,
    /// Its price.
    pub close: Vec<f64>,
    /// The label.
    pub label: Vec<RegimeLabel>,
    /// Filtered probabilities of the labels, in the order of [`RegimeLabel::ALL`].
    pub probabilities: Vec<[f64; 4]>,
    /// Forecast of the next bar's volatility; NaN until there is one.
    pub forecast: Vec<f64>,
    /// Its level.
    pub level: Vec<VolatilityLevel>,
    /// Root mean square of the 24 log returns that then came; NaN where they have not come.
    pub realised: Vec<f64>,
}

/// Shows a detector every bar in turn and writes down what it says.
///
/// # Errors
/// Fewer than 101 bars; rules out of range; a bar that the detector refuses.
pub fn tell_regimes(window: Window<'_>, rules: DetectorRules) -> Result<RegimeStory, RegimeStudyError> {
    check_length(window, FEWEST)?;
    let mut detector = Detector::new(rules)?;
    let mut series = RegimeSeries::default();
    let (mut fits, mut model) = (0, None);
    for bar in window.into_bars() {
        let said = *detector.observe(&bar)?;
        let fitted = detector.model().map(|fit| fit.log_likelihood);
        fits += usize::from(fitted != model);
        model = fitted;
        series.take(bar.open_time.after(bar.interval), bar.close, &said);
    }
    let returns = log_returns(window);
    series.realised = realised(&returns, series.time.len());
    let bars_a_year = Span::DAY.times(365).in_units_of(window.interval());
    let said = series.label.get(1..).unwrap_or(&[]);
    let seen_back = hindsight(&returns, said, rules.states, bars_a_year);
    Ok(RegimeStory {
        from: series.time.first().copied().unwrap_or_default(),
        to: series.time.last().copied().unwrap_or_default(),
        interval: window.interval(),
        bars: window.len(),
        rules,
        fits,
        problem: detector.problem().map(ToString::to_string),
        labels: RegimeLabel::ALL.map(|label| row(label, &series.label, &returns, bars_a_year)).to_vec(),
        transitions: transitions(&series.label),
        volatility: trial(&series.forecast, &returns),
        hindsight: seen_back.ok(),
        series,
    })
}

impl RegimeSeries {
    fn take(&mut self, time: Timestamp, close: f64, said: &RegimeEstimate) {
        self.time.push(time);
        self.close.push(close);
        self.label.push(said.label);
        self.probabilities.push(said.probabilities);
        self.forecast.push(said.volatility.unwrap_or(f64::NAN));
        self.level.push(said.volatility_level);
    }
}

/// The swing of the 24 bars after each bar.
fn realised(returns: &[f64], bars: usize) -> Vec<f64> {
    let swing = |next: &[f64]| (next.iter().map(|r| r * r).sum::<f64>() / AHEAD as f64).sqrt();
    let mut swings: Vec<f64> = returns.windows(AHEAD).map(swing).collect();
    swings.resize(bars, f64::NAN);
    swings
}

fn row(label: RegimeLabel, labels: &[RegimeLabel], returns: &[f64], bars_a_year: f64) -> LabelRow {
    let bars = labels.iter().filter(|said| **said == label).count();
    let begun = |pair: (&RegimeLabel, &RegimeLabel)| *pair.0 != label && *pair.1 == label;
    let spells = labels.iter().zip(labels.iter().skip(1)).filter(|pair| begun(*pair)).count()
        + usize::from(labels.first() == Some(&label));
    let next: Vec<f64> =
        labels.iter().zip(returns).filter(|(said, _)| **said == label).map(|(_, r)| r.exp_m1()).collect();
    let count = next.len() as f64;
    let mean = next.iter().sum::<f64>() / count;
    let variance = next.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let some = |x: f64| x.is_finite().then_some(x);
    LabelRow {
        label,
        bars: bars as u64,
        share: bars as f64 / labels.len().max(1) as f64,
        spells: spells as u64,
        mean_spell: some(bars as f64 / spells as f64),
        mean_return: some(mean),
        deviation: some(variance.sqrt()),
        total_return: next.iter().fold(1.0, |growth, r| growth * (1.0 + r)) - 1.0,
        sharpe: sharpe(&next, bars_a_year),
    }
}

fn transitions(labels: &[RegimeLabel]) -> [[u64; 4]; 4] {
    let mut counts = [[0; 4]; 4];
    for (from, to) in labels.iter().zip(labels.iter().skip(1)) {
        if let Some(count) = counts.get_mut(from.index()).and_then(|row| row.get_mut(to.index())) {
            *count += 1;
        }
    }
    counts
}

/// Each forecast is for the return that follows it.
fn trial(forecasts: &[f64], returns: &[f64]) -> VolatilityTrial {
    let pairs: Vec<(f64, f64)> =
        forecasts.iter().zip(returns).filter(|(f, _)| **f > 0.0).map(|(f, r)| (*f, *r)).collect();
    let count = pairs.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (forecast, size) = (mean(&|pair| pair.0), mean(&|pair| pair.1.abs()));
    let together = mean(&|pair| (pair.0 - forecast) * (pair.1.abs() - size));
    let (own, other) =
        (mean(&|pair| (pair.0 - forecast).powi(2)), mean(&|pair| (pair.1.abs() - size).powi(2)));
    let surprises = pairs.iter().filter(|(f, r)| r.abs() > SURPRISE * f).count() as f64;
    let some = |x: f64| x.is_finite().then_some(x);
    VolatilityTrial {
        forecasts: pairs.len() as u64,
        realised_over_forecast: some(mean(&|pair| pair.1.powi(2)) / mean(&|pair| pair.0.powi(2))),
        correlation: some(together / (own * other).sqrt()),
        surprises: some(surprises / count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RegimeLabel::{Bear, Bull, Neutral};

    #[test]
    fn a_label_is_judged_by_the_bar_after_it() {
        let labels = [Neutral, Bull, Bull, Bear, Bull];
        let returns: Vec<f64> = [0.5_f64, 0.1, 0.2, -0.5].iter().map(|r| r.ln_1p()).collect();
        let bull = row(Bull, &labels, &returns, 365.0);
        assert_eq!((bull.bars, bull.spells, bull.mean_spell), (3, 2, Some(1.5)));
        assert!((bull.mean_return.unwrap() - 0.15).abs() < 1e-12); // 0.1 and 0.2; the last has not come
        assert!((bull.total_return - 0.32).abs() < 1e-12);
        assert!((row(Bear, &labels, &returns, 365.0).total_return + 0.5).abs() < 1e-12);
        assert_eq!(row(RegimeLabel::Sideways, &labels, &returns, 365.0).mean_return, None);
    }

    #[test]
    fn every_step_from_label_to_label_is_counted_once() {
        let counts = transitions(&[Neutral, Bull, Bull, Bear, Bull]);
        assert_eq!(counts[Bull.index()], [1, 1, 0, 0]);
        assert_eq!(counts.iter().flatten().sum::<u64>(), 4);
    }

    #[test]
    fn a_forecast_that_is_right_is_found_right() {
        let returns: Vec<f64> = (0..400).map(|t| if t % 2 == 0 { 0.01 } else { -0.02 }).collect();
        let forecasts: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
        let trial = trial(&forecasts, &returns);
        assert!((trial.realised_over_forecast.unwrap() - 1.0).abs() < 1e-12);
        assert!((trial.correlation.unwrap() - 1.0).abs() < 1e-9);
        assert_eq!((trial.forecasts, trial.surprises), (400, Some(0.0)));
        assert_eq!(super::trial(&[f64::NAN; 3], &[0.1; 3]), VolatilityTrial::default());
    }

    #[test]
    fn what_came_is_measured_over_the_bars_after() {
        let swings = realised(&[vec![0.0; 10], vec![0.02; 40]].concat(), 51);
        assert!((swings[10] - 0.02).abs() < 1e-15 && swings[0] < 0.02);
        assert!(swings[27].is_nan() && swings.len() == 51);
    }
}
