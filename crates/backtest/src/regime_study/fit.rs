//! A hidden Markov model and a volatility model of a whole market, as tables.

use autotrading_domain::{RegimeLabel, Span, Timestamp};
use autotrading_market_data::Window;
use autotrading_regime::RegimeError;
use autotrading_regime::garch::{
    Dynamics, ErrorCovariance, Errors, FitStatus, GarchFit, VarianceForecast, VolatilityModel,
};
use autotrading_regime::hmm::{Gaussian, Hmm, HmmFit, HmmOptions, HmmStatus, label_states};
use ndarray::Array2;
use serde::Serialize;

use super::days::{DayFit, fit_days};
use super::{RegimeStudyError, check_length, log_returns};

/// Fewest bars that models are fitted to.
const FEWEST: usize = 101;
/// Standard errors by which the highest and the lowest mean must differ to name a direction.
const LABEL_ERRORS: f64 = 2.0;
/// Bars ahead that are forecast.
const HORIZONS: [usize; 2] = [1, 10];

/// What is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimeFitRules {
    /// States of the hidden Markov model, 2 to 6.
    pub states: usize,
    /// Which volatility model.
    pub volatility: VolatilityModel,
    /// Seed of the starts.
    pub seed: u64,
}

/// Both fits. They saw all bars: what they say of a bar knows what came after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegimeFit {
    /// Open of the first bar.
    pub from: Timestamp,
    /// Close of the last bar.
    pub to: Timestamp,
    /// How long a bar is.
    pub interval: Span,
    /// Log returns that were fitted.
    pub returns: usize,
    /// The hidden Markov model of the returns.
    pub hidden: HiddenStates,
    /// The volatility model of the returns.
    pub volatility: VolatilityFit,
    /// How much a day swings, by the days before it; `None` where there are fewer than 42 whole days.
    pub days: Option<DayFit>,
}

/// A hidden Markov model of log returns as a table. Returns are decimal fractions a bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HiddenStates {
    /// One row a state, by ascending deviation.
    pub states: Vec<StateRow>,
    /// Probability of going from the state of the row to that of the column, from bar to bar.
    pub transition: Vec<Vec<f64>>,
    /// Log-likelihood of the returns.
    pub log_likelihood: f64,
    /// Akaike's criterion: smaller is better.
    pub aic: f64,
    /// Schwarz's criterion: smaller is better.
    pub bic: f64,
    /// Steps of Baum-Welch.
    pub iterations: usize,
    /// `converged`, or why it is not to be trusted.
    pub status: String,
}

/// One hidden state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateRow {
    /// What its mean makes of it.
    pub label: RegimeLabel,
    /// Mean log return.
    pub mean: f64,
    /// Standard error of that mean, as if it were known which bars are the state's.
    pub mean_error: f64,
    /// Standard deviation of the log return.
    pub deviation: f64,
    /// Bars that it is expected to last; `None`: it is never left.
    pub duration: Option<f64>,
    /// Share of the bars that it explains.
    pub share: f64,
    /// Share of the time that it has in the long run.
    pub long_run_share: f64,
}

/// A fitted volatility model as a table, in decimal fractions a bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VolatilityFit {
    /// Its name, such as `garch, student t`.
    pub model: String,
    /// Its parameters.
    pub parameters: Vec<ParameterRow>,
    /// How much of a shock is left a bar later.
    pub persistence: f64,
    /// Log-likelihood of the returns.
    pub log_likelihood: f64,
    /// Akaike's criterion: smaller is better.
    pub aic: f64,
    /// Schwarz's criterion: smaller is better.
    pub bic: f64,
    /// `converged`, or why it is not to be trusted.
    pub status: String,
    /// What is expected of the bars after the last.
    pub forecasts: Vec<ForecastRow>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterRow {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub estimate: f64,
    /// Its robust standard error; `None` where the sample does not tell it.
    pub standard_error: Option<f64>,
}

/// A forecast of the volatility of one bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForecastRow {
    /// How many bars after the last.
    pub bars_ahead: usize,
    /// Root of the expected variance; `None` where that is infinite, as for EGARCH with fat tails.
    pub deviation: Option<f64>,
    /// Root of the exponential of the variance's expected logarithm, for EGARCH: it exists in any case.
    pub typical: Option<f64>,
}

/// Fits both models to the log returns of all bars.
///
/// # Errors
/// Fewer than 101 bars; returns that do not vary; a number of states out of range.
pub fn fit_regimes(window: Window<'_>, rules: RegimeFitRules) -> Result<RegimeFit, RegimeStudyError> {
    check_length(window, FEWEST)?;
    let returns = log_returns(window);
    let hidden = fit_hidden(&returns, rules.states, rules.seed)?;
    let volatility = rules.volatility.fit(&returns)?;
    Ok(RegimeFit {
        from: window.start().unwrap_or_default(),
        to: window.end().unwrap_or_default(),
        interval: window.interval(),
        returns: returns.len(),
        hidden: hidden_states(&hidden),
        volatility: volatility_fit(&volatility, &returns)?,
        days: fit_days(window, &returns)?,
    })
}

/// The hidden Markov model of returns alone.
pub(super) fn fit_hidden(returns: &[f64], states: usize, seed: u64) -> Result<HmmFit, RegimeError> {
    let options = HmmOptions { states, seed, ..HmmOptions::default() };
    Hmm::fit(column(returns).view(), options)
}

/// Returns as observations of one feature.
pub(super) fn column(returns: &[f64]) -> Array2<f64> {
    let mut column = Array2::zeros((returns.len(), 1));
    column.iter_mut().zip(returns).for_each(|(slot, r)| *slot = *r);
    column
}

fn hidden_states(fit: &HmmFit) -> HiddenStates {
    let model = &fit.model;
    let labels = label_states(model, &fit.weights, 0, LABEL_ERRORS);
    let (durations, shares, errors) =
        (model.expected_durations(), model.long_run_shares(), fit.mean_errors(0));
    let at = |values: &[f64], state: usize| values.get(state).copied().unwrap_or(f64::NAN);
    let row = |(state, (law, label)): (usize, (&Gaussian, &RegimeLabel))| StateRow {
        label: *label,
        mean: law.mean().first().copied().unwrap_or(0.0),
        mean_error: at(&errors, state),
        deviation: law.variance(0).sqrt(),
        duration: Some(at(&durations, state)).filter(|bars| bars.is_finite()),
        share: at(&fit.weights, state) / fit.observations as f64,
        long_run_share: at(&shares, state),
    };
    HiddenStates {
        states: model.emissions().iter().zip(&labels).enumerate().map(row).collect(),
        transition: model.transition().rows().into_iter().map(|row| row.to_vec()).collect(),
        log_likelihood: fit.log_likelihood,
        aic: fit.aic(),
        bic: fit.bic(),
        iterations: fit.iterations,
        status: match fit.status {
            HmmStatus::Converged => "converged".to_owned(),
            HmmStatus::Stopped { gain } => format!("stopped: the last step still gained {gain:.1e}"),
            HmmStatus::Degenerate(reason) => format!("degenerate: {reason}"),
        },
    }
}

fn volatility_fit(fit: &GarchFit, returns: &[f64]) -> Result<VolatilityFit, RegimeError> {
    let (p, model) = (&fit.parameters, fit.model);
    let errors = fit.standard_errors(returns, ErrorCovariance::Robust).ok();
    let row = |name, estimate, standard_error| ParameterRow { name, estimate, standard_error };
    let mut parameters = vec![
        row("mean", p.mean, errors.map(|e| e.mean)),
        row("omega", p.omega, errors.map(|e| e.omega)),
        row("alpha", p.alpha, errors.map(|e| e.alpha)),
    ];
    if model.dynamics != Dynamics::Garch {
        parameters.push(row("gamma", p.gamma, errors.and_then(|e| e.gamma)));
    }
    parameters.push(row("beta", p.beta, errors.map(|e| e.beta)));
    if model.errors != Errors::Normal {
        parameters.push(row("nu", p.nu, errors.and_then(|e| e.nu)));
    }
    if model.errors == Errors::SkewedT {
        parameters.push(row("lambda", p.lambda, errors.and_then(|e| e.lambda)));
    }
    Ok(VolatilityFit {
        model: name(model),
        parameters,
        persistence: p.persistence(model.dynamics),
        log_likelihood: fit.log_likelihood,
        aic: fit.aic(),
        bic: fit.bic(),
        status: match fit.status {
            FitStatus::Converged => "converged".to_owned(),
            FitStatus::Stalled { gradient } => format!("stalled: a slope of {gradient:.1e} is left"),
            FitStatus::Degenerate(reason) => format!("degenerate: {reason}"),
        },
        forecasts: forecasts(fit)?,
    })
}

fn forecasts(fit: &GarchFit) -> Result<Vec<ForecastRow>, RegimeError> {
    let row = |bars_ahead: usize| {
        let forecast = fit.stream().forecast(bars_ahead)?;
        let last = |sequence: &[f64]| sequence.last().copied();
        let typical = match &forecast {
            VarianceForecast::LogVariance { expected_log, .. } => {
                last(expected_log).map(|ln| (0.5 * ln).exp())
            }
            VarianceForecast::Variance(_) => None,
        };
        let deviation = forecast.variances().and_then(last).map(f64::sqrt);
        Ok(ForecastRow { bars_ahead, deviation, typical })
    };
    HORIZONS.into_iter().map(row).collect()
}

fn name(model: VolatilityModel) -> String {
    let dynamics = match model.dynamics {
        Dynamics::Garch => "garch",
        Dynamics::Gjr => "gjr",
        Dynamics::Egarch => "egarch",
    };
    let errors = match model.errors {
        Errors::Normal => "normal",
        Errors::StudentT => "student t",
        Errors::SkewedT => "skewed t",
    };
    format!("{dynamics}, {errors}")
}
