//! Value at risk and expected shortfall of a portfolio, by many models.

use autotrading_statistics::{
    CornishFisher, Decay, Estimator, Moments, PeaksOverThreshold, QuantileMethod, RiskMetrics,
    ShortfallMethod, StudentT, student_t, tail,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{
    RiskError,
    error::{finite, positive},
};

/// The edge of the worst tail and the mean beyond it. Losses are positive; a negative number says that even there is a
/// gain, which is no breach of anything.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TailRisk {
    /// The loss that is exceeded with probability `1 - confidence`.
    pub value_at_risk: f64,
    /// The mean loss beyond it (CVaR).
    pub expected_shortfall: f64,
}

impl TailRisk {
    /// From shares of equity to settlement currency.
    ///
    /// # Errors
    /// An equity that is not above zero; overflow.
    pub fn in_money(self, equity: f64) -> Result<Self, RiskError> {
        positive("equity", equity)?;
        Ok(Self {
            value_at_risk: finite("value at risk in money", self.value_at_risk * equity)?,
            expected_shortfall: finite("expected shortfall in money", self.expected_shortfall * equity)?,
        })
    }
}

/// How the tail is estimated from past returns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TailModel {
    /// The past as it was: quantile of type 7, coherent shortfall of Acerbi and Tasche. Longer horizons grow by the
    /// square root of time.
    Historical,
    /// A normal distribution with the sample's mean and deviation.
    Normal,
    /// A normal quantile bent by skewness and kurtosis; refused outside its monotone domain.
    CornishFisher,
    /// A Student-t distribution with the sample's mean and deviation.
    StudentT {
        /// Degrees of freedom above 2; `None` takes them from the sample's kurtosis.
        degrees_of_freedom: Option<f64>,
    },
    /// The past divided by its own volatility then and multiplied by that of now (EWMA). Source: Barone-Adesi,
    /// Giannopoulos and Vosper (1999), Journal of Futures Markets 19, 583-602.
    FilteredHistorical {
        /// How fast the volatility forgets; written as its lambda, e.g. 0.94.
        #[serde(with = "crate::decay_text")]
        decay: Decay,
    },
    /// Sums of draws from the fitted normal distribution, or Student-t when degrees of freedom are given.
    MonteCarlo {
        /// How many sums, at least 100.
        draws: usize,
        /// Where chance starts.
        seed: u64,
        /// Degrees of freedom above 2; `None` is normal.
        degrees_of_freedom: Option<f64>,
    },
    /// A generalised Pareto tail beyond the quantile at `level` (peaks over threshold).
    ExtremeValue {
        /// Where the tail starts, e.g. 0.95.
        level: f64,
    },
}

/// Value at risk and expected shortfall of returns (shares of equity per period, losses below zero) at a confidence
/// such as 0.95 over `periods` periods.
///
/// ```
/// use autotrading_risk::{TailModel, tail_risk};
/// let returns = [-0.04, -0.01, 0.0, 0.02, 0.03];
/// let risk = tail_risk(&returns, TailModel::Historical, 0.75, 1)?;
/// assert_eq!(risk.value_at_risk, 0.01);
/// assert!((risk.expected_shortfall - 0.034).abs() < 1e-16); // (0.04 + 0.25 * 0.01) / 1.25
/// assert_eq!(risk.in_money(1_000.0)?.value_at_risk, 10.0);
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError`]: too few returns, a return that is not finite, a confidence outside (0, 1), no period, a model that
/// does not fit.
pub fn tail_risk(
    returns: &[f64],
    model: TailModel,
    confidence: f64,
    periods: u32,
) -> Result<TailRisk, RiskError> {
    if periods == 0 {
        return Err(RiskError::OutOfRange { what: "periods", got: 0.0, required: "at least 1" });
    }
    let span = f64::from(periods);
    match model {
        TailModel::Historical => historical(returns, confidence, span.sqrt()),
        TailModel::Normal => {
            let shape = Shape::of(returns, span)?;
            Ok(TailRisk {
                value_at_risk: tail::normal_value_at_risk(shape.mean, shape.deviation, confidence)?,
                expected_shortfall: tail::normal_expected_shortfall(shape.mean, shape.deviation, confidence)?,
            })
        }
        TailModel::CornishFisher => cornish_fisher(returns, confidence, span),
        TailModel::StudentT { degrees_of_freedom } => {
            let shape = Shape::of(returns, span)?;
            let Some(freedom) = freedom(returns, degrees_of_freedom)? else {
                return tail_risk(returns, TailModel::Normal, confidence, periods);
            };
            let t = StudentT::new(freedom)?;
            Ok(TailRisk {
                value_at_risk: tail::student_t_value_at_risk(shape.mean, shape.deviation, &t, confidence)?,
                expected_shortfall: tail::student_t_expected_shortfall(
                    shape.mean,
                    shape.deviation,
                    &t,
                    confidence,
                )?,
            })
        }
        TailModel::FilteredHistorical { decay } => {
            historical(&filtered(returns, decay)?, confidence, span.sqrt())
        }
        TailModel::MonteCarlo { draws, seed, degrees_of_freedom } => {
            let shape = Shape::of(returns, 1.0)?;
            historical(&simulated(&shape, draws, seed, degrees_of_freedom, periods)?, confidence, 1.0)
        }
        TailModel::ExtremeValue { level } => {
            let losses: Vec<f64> = returns.iter().map(|gain| -gain).collect();
            let tail = PeaksOverThreshold::fit(&losses, level)?;
            Ok(TailRisk {
                value_at_risk: finite("value at risk", tail.value_at_risk(confidence)? * span.sqrt())?,
                expected_shortfall: finite(
                    "expected shortfall",
                    tail.expected_shortfall(confidence)? * span.sqrt(),
                )?,
            })
        }
    }
}

/// Filtered historical simulation with the volatilities of any model, GARCH for one: [`TailModel::FilteredHistorical`]
/// brings its own (EWMA). `volatilities[t]` is the forecast for `returns[t]`, `forecast` that for the next one; more
/// periods than one scale with the root of their number.
///
/// ```
/// use autotrading_risk::filtered_tail_risk;
/// // The past was calm then wild; tomorrow is to be in between.
/// let risk = filtered_tail_risk(&[0.01, -0.02, 0.06, -0.03], &[0.01, 0.01, 0.03, 0.03], 0.02, 0.75, 1)?;
/// assert!((risk.value_at_risk - 0.025).abs() < 1e-15); // between -0.04 and -0.02, a quarter from the bottom
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// As [`rescaled`] and [`tail_risk`].
pub fn filtered_tail_risk(
    returns: &[f64],
    volatilities: &[f64],
    forecast: f64,
    confidence: f64,
    periods: u32,
) -> Result<TailRisk, RiskError> {
    tail_risk(&rescaled(returns, volatilities, forecast)?, TailModel::Historical, confidence, periods)
}

/// The past divided by its volatility then and multiplied by that of now. Volatilities come from the caller, so that any
/// model (GARCH, for one) serves: `volatilities[t]` is the forecast for `returns[t]`, `forecast` that for the next one.
///
/// # Errors
/// Lengths that differ; a volatility that is not above zero; a return that is not finite.
pub fn rescaled(returns: &[f64], volatilities: &[f64], forecast: f64) -> Result<Vec<f64>, RiskError> {
    if returns.len() != volatilities.len() {
        return Err(RiskError::Length {
            what: "volatilities",
            got: volatilities.len(),
            required: returns.len(),
        });
    }
    positive("forecast volatility", forecast)?;
    returns
        .iter()
        .zip(volatilities)
        .map(|(gain, then)| finite("rescaled return", gain / positive("volatility", *then)? * forecast))
        .collect()
}

/// Mean and deviation over the horizon.
struct Shape {
    mean: f64,
    deviation: f64,
}

impl Shape {
    fn of(returns: &[f64], span: f64) -> Result<Self, RiskError> {
        let moments = Moments::of(returns)?;
        let deviation = moments.standard_deviation(Estimator::Sample)?;
        Ok(Self { mean: moments.mean()? * span, deviation: deviation * span.sqrt() })
    }
}

fn historical(returns: &[f64], confidence: f64, scale: f64) -> Result<TailRisk, RiskError> {
    let edge = tail::historical_value_at_risk(returns, confidence, QuantileMethod::Linear)?;
    let mean = tail::historical_expected_shortfall(returns, confidence, ShortfallMethod::Fractional)?;
    Ok(TailRisk {
        value_at_risk: finite("value at risk", edge * scale)?,
        // The two estimators differ by interpolation; the mean beyond the edge is never better than the edge.
        expected_shortfall: finite("expected shortfall", mean.max(edge) * scale)?,
    })
}

/// Skewness shrinks with the square root of the horizon, excess kurtosis with the horizon.
fn cornish_fisher(returns: &[f64], confidence: f64, span: f64) -> Result<TailRisk, RiskError> {
    let moments = Moments::of(returns)?;
    let shape = Shape::of(returns, span)?;
    let skewness = moments.skewness(Estimator::Population)? / span.sqrt();
    let bent = CornishFisher::new(skewness, moments.excess_kurtosis(Estimator::Population)? / span)?;
    Ok(TailRisk {
        value_at_risk: bent.value_at_risk(shape.mean, shape.deviation, confidence)?,
        expected_shortfall: bent.expected_shortfall(shape.mean, shape.deviation, confidence)?,
    })
}

/// Degrees of freedom that were given, or those of the sample's kurtosis; `None` when its tails are thin: normal.
fn freedom(returns: &[f64], given: Option<f64>) -> Result<Option<f64>, RiskError> {
    match given {
        Some(freedom) if freedom > 2.0 && freedom.is_finite() => Ok(Some(freedom)),
        Some(got) => Err(RiskError::OutOfRange { what: "degrees of freedom", got, required: "above 2" }),
        None => {
            let excess = Moments::of(returns)?.excess_kurtosis(Estimator::Population)?;
            if excess <= 0.0 {
                Ok(None)
            } else {
                Ok(Some(student_t::degrees_of_freedom_from_kurtosis(excess)?))
            }
        }
    }
}

/// Returns at today's volatility; each is divided by the volatility that was known before it came.
fn filtered(returns: &[f64], decay: Decay) -> Result<Vec<f64>, RiskError> {
    let first = Moments::of(returns)?.variance(Estimator::Sample)?;
    positive("variance of the returns", first)?;
    let mut ewma = RiskMetrics::new(decay, first)?;
    let mut volatilities = Vec::with_capacity(returns.len());
    for gain in returns {
        volatilities.push(ewma.variance().sqrt());
        ewma.push(*gain)?;
    }
    rescaled(returns, &volatilities, ewma.variance().sqrt())
}

fn simulated(
    shape: &Shape,
    draws: usize,
    seed: u64,
    degrees_of_freedom: Option<f64>,
    periods: u32,
) -> Result<Vec<f64>, RiskError> {
    const MOST: usize = 10_000_000;
    if !(100..=MOST).contains(&draws) {
        return Err(RiskError::OutOfRange {
            what: "draws",
            got: draws as f64,
            required: "100 to 10 million",
        });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut sums = vec![0.0; draws];
    match degrees_of_freedom {
        None => {
            // A sum of independent normals is normal: one draw serves for all periods.
            let span = f64::from(periods);
            for sum in &mut sums {
                let z: f64 = StandardNormal.sample(&mut rng);
                *sum = shape.mean * span + shape.deviation * span.sqrt() * z;
            }
        }
        Some(freedom) if freedom > 2.0 && freedom.is_finite() => {
            let unit = ((freedom - 2.0) / freedom).sqrt();
            let t = rand_distr::StudentT::new(freedom).map_err(|_| RiskError::OutOfRange {
                what: "degrees of freedom",
                got: freedom,
                required: "above 2",
            })?;
            for sum in &mut sums {
                for _ in 0..periods {
                    *sum += shape.mean + shape.deviation * unit * t.sample(&mut rng);
                }
            }
        }
        Some(got) => {
            return Err(RiskError::OutOfRange { what: "degrees of freedom", got, required: "above 2" });
        }
    }
    Ok(sums)
}
